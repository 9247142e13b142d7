"""Packets below the sockets: `send` takes a list from the input, `watch SECONDS` lists the TCP and UDP that comes in."""
import json, socket, struct, sys, time


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def transport(packet):
    source, target = socket.inet_aton(packet["source"]), socket.inet_aton(packet["destination"])
    if packet["protocol"] == "udp":
        payload = bytes.fromhex(packet.get("payload", ""))
        return struct.pack("!HHHH", 40000, packet["port"], 8 + len(payload), 0) + payload
    head = struct.pack("!HHIIBBHHH", 40000, packet["port"], 1, 0, 0x50, packet.get("flags", 2), 1024, 0, 0)
    pseudo = source + target + struct.pack("!BBH", 0, 6, len(head))
    return head[:16] + struct.pack("!H", checksum(pseudo + head)) + head[18:]


def headed(packet, body, fragment):
    options = bytes.fromhex(packet.get("options", ""))
    protocol = {"tcp": 6, "udp": 17}[packet["protocol"]]
    head = struct.pack(
        "!BBHHHBBH4s4s", 0x45 + len(options) // 4, 0, 20 + len(options) + len(body), 77, fragment, 64, protocol, 0,
        socket.inet_aton(packet["source"]), socket.inet_aton(packet["destination"]),
    )
    return head + options + body


def send(packets):
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        for packet in packets:
            body = transport(packet)
            if packet.get("fragmented"):
                pieces = [(body[:8], 0x2000), (body[8:], 1)]
            else:
                pieces = [(body, 0)]
            for piece, fragment in pieces:
                raw.sendto(headed(packet, piece, fragment), (packet["destination"], 0))


def watch(seconds):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800)) as wire:
        print("watching", flush=True)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            wire.settimeout(max(0.01, until - time.monotonic()))
            try:
                data, (device, _, kind, _, _) = wire.recvfrom(65535)
            except socket.timeout:
                break
            ip = data[14:]
            # no ICMP: a router complains of an answer that nobody took seconds after the packet that it answers
            if device == "lo" or kind == socket.PACKET_OUTGOING or ip[9] not in (6, 17):
                continue
            at = (ip[0] & 15) * 4
            protocol = {6: "tcp", 17: "udp"}[ip[9]]
            port = struct.unpack("!H", ip[at + 2 : at + 4])[0]
            print(json.dumps({"source": socket.inet_ntoa(ip[12:16]), "destination": socket.inet_ntoa(ip[16:20]),
                              "protocol": protocol, "port": port}), flush=True)


def scan(targets):
    """Addresses and ports that take a connection, of a list of pairs."""
    import concurrent.futures

    def opens(target):
        with socket.socket() as client:
            client.settimeout(1.5)
            return client.connect_ex(tuple(target)) == 0

    with concurrent.futures.ThreadPoolExecutor(200) as pool:
        print(json.dumps([target for target, is_open in zip(targets, pool.map(opens, targets)) if is_open]))


if sys.argv[1] == "watch":
    watch(float(sys.argv[2]))
elif sys.argv[1] == "scan":
    scan(json.load(sys.stdin))
else:
    send(json.load(sys.stdin))
