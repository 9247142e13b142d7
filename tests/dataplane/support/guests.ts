/** What a guest can do: connect, scan, and send packets that no socket would. */
import { join } from "node:path";
import type { Host } from "./hosts.ts";
import type { Topology } from "./topology.ts";

const PACKETS = join(import.meta.dirname, "packets.py");

export interface Packet {
  readonly source: string;
  readonly destination: string;
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  /** TCP flags; SYN unless told. */
  readonly flags?: number;
  /** IP options in hexadecimal, a multiple of four bytes. */
  readonly options?: string;
  /** Cut after its first eight bytes. */
  readonly fragmented?: boolean;
  /** Of UDP, in hexadecimal. */
  readonly payload?: string;
}

/** The targets that take a TCP connection from a host, as `address:port`, in the order of the targets. */
export async function scan(host: Host, addresses: readonly string[], ports: readonly number[]): Promise<string[]> {
  const targets = addresses.flatMap((address) => ports.map((port) => [address, port]));
  const found = await host.must(["/usr/bin/python3", PACKETS, "scan"], {
    input: JSON.stringify(targets),
    timeout: 60_000,
  });
  return (JSON.parse(found) as [string, number][]).map(([address, port]) => `${address}:${port}`);
}

/** Sends packets from the guest; gives what arrives of them at a host, as `source destination:port/protocol`. */
export async function arrivals(
  net: Topology,
  at: "endpoint" | "neighbour" | "guest",
  packets: readonly Packet[],
): Promise<string[]> {
  const watcher = net.spawn(at, ["/usr/bin/python3", PACKETS, "watch", "1.5"]);
  let seen = "";
  watcher.stdout!.setEncoding("utf8").on("data", (text: string) => (seen += text));
  await new Promise((resolve) => watcher.stdout!.once("data", resolve));
  const over = new Promise((resolve) => watcher.once("close", resolve));
  await net.hosts.guest.must(["/usr/bin/python3", PACKETS, "send"], { input: JSON.stringify(packets) });
  await over;
  const lines = seen.split("\n").filter((line) => line.startsWith("{"));
  return lines.map((line) => {
    const { source, destination, port, protocol } = JSON.parse(line) as Packet;
    return `${source} ${destination}:${port}/${protocol}`;
  });
}
