/** The agent on an executor: the program that brings it to the configuration in its project's metadata. */
export const AGENT_PROGRAM = String.raw`#!/usr/bin/python3
"""Brings this executor to the configuration in its project's metadata, or leaves it at the one it has.

Safe to end at any moment: a configuration is complete on the disk before it is linked as the current one, and counts as
confirmed only once it was seen to work. What is linked and not confirmed is applied again, or taken back.
"""
import glob, hashlib, json, os, shutil, socket, struct, subprocess, sys, threading, time
import urllib.error, urllib.request

HOME = "/var/lib/causeway"
RELEASES = HOME + "/releases"
METADATA = "http://169.254.169.254/computeMetadata/v1/"
KEY = "project/attributes/causeway-dns-proxy"
ATTRIBUTES = "instance/guest-attributes/causeway/"
UNITS = "/etc/systemd/system"
PROGRAM = "/usr/local/bin/coredns"
AUTHORITIES = "/usr/local/share/ca-certificates"
FILES = ("corefile", "guestRules", "caBundle")
HEALTH_SECONDS = 15
TRIAL_SECONDS = 10
# A configuration that did not work is tried again after this long: what it lacked may have come.
RETRY_SECONDS = 600

# a proxy of the environment is not asked for what is on this machine
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Failure(Exception):
    pass


def request(path, data=None):
    method = "GET" if data is None else "PUT"
    headers = {"Metadata-Flavor": "Google"}
    asked = urllib.request.Request(METADATA + path, data=data, method=method, headers=headers)
    with DIRECT.open(asked, timeout=5) as answer:
        return answer.read().decode()


def wanted():
    """The project's configuration, or None where it has none."""
    try:
        text = request(KEY)
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise Failure("the metadata server answers %d; nothing was changed" % error.code)
    except OSError as error:
        raise Failure("the metadata server does not answer: %s; nothing was changed" % error)
    try:
        value = json.loads(text)
        claimed = value.pop("hash")
        content = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        known = value["version"] == 2 and all(isinstance(value[name], str) for name in FILES)
        named = all("/" not in name and name.endswith(".service") for name in value["units"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Failure("the metadata holds no configuration; the one in force stays")
    if hashlib.sha256(content).hexdigest() != claimed:
        raise Failure("the configuration in the metadata is not what its hash says; the one in force stays")
    if not known or not named:
        raise Failure("the configuration in the metadata is of a version this image does not read; update the image")
    return dict(value, hash=claimed)


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def sync(folder):
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def write(path, text, mode=0o644):
    """Replaces a file as a whole."""
    part = path + ".part"
    with open(part, "w", encoding="utf-8") as file:
        file.write(text)
        os.fchmod(file.fileno(), mode)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
    sync(os.path.dirname(path))


def link(name, target):
    """Points a link elsewhere in one step; None takes it away."""
    path = os.path.join(HOME, name)
    if target is None:
        if os.path.lexists(path):
            os.remove(path)
    else:
        if os.path.lexists(path + ".part"):
            os.remove(path + ".part")
        os.symlink("releases/" + target, path + ".part")
        os.replace(path + ".part", path)
    sync(HOME)


def linked(name):
    try:
        return os.path.basename(os.readlink(os.path.join(HOME, name)))
    except OSError:
        return None


def certificates(bundle):
    end = "-----END CERTIFICATE-----"
    return [part[part.index("-----BEGIN"):] + end + "\n" for part in bundle.split(end)[:-1] if "-----BEGIN" in part]


def guest_startup(artefact):
    """What a fresh virtual machine runs: it asks dns-proxy, and trusts the customer's authorities."""
    lines = ["#!/bin/sh", "set -eu"]
    if artefact["corefile"]:
        lines += ["rm -f /etc/resolv.conf", "echo 'nameserver 10.61.0.1' >/etc/resolv.conf"]
    found = certificates(artefact["caBundle"])
    if found:
        lines.append("mkdir -p " + AUTHORITIES)
    for number, certificate in enumerate(found):
        lines += ["cat >%s/causeway-%d.crt <<'PEM'" % (AUTHORITIES, number), certificate + "PEM"]
    if found:
        # the daemon reads the trusted authorities when it starts
        lines += ["update-ca-certificates", "systemctl try-restart docker.service || :"]
    return "\n".join(lines) + "\n"


def stage(artefact):
    """Writes a configuration in full before anything refers to it."""
    name = artefact["hash"]
    if os.path.isdir(os.path.join(RELEASES, name)):
        return
    folder = os.path.join(RELEASES, name + ".part")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder + "/units")
    for member in FILES:
        write(os.path.join(folder, member), artefact[member], 0o755 if member == "guestRules" else 0o644)
    for unit, text in artefact["units"].items():
        write(os.path.join(folder, "units", unit), text)
    write(folder + "/guestStartup", guest_startup(artefact), 0o755)
    write(folder + "/hash", name)
    os.rename(folder, os.path.join(RELEASES, name))
    sync(RELEASES)


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, **options)
    said = done.stdout.strip()
    if said and said != "unchanged":
        print(said, flush=True)
    if done.returncode != 0:
        raise Failure("%s ended with %d: %s" % (os.path.basename(command[0]), done.returncode, said[-300:]))


def trial(name):
    """Starts CoreDNS on a configuration in a network of its own, where it disturbs nobody."""
    corefile = os.path.join(RELEASES, name, "corefile")
    if not read(corefile) or not os.access(PROGRAM, os.X_OK):
        return
    network = "ip link set lo up && ip address add 10.61.0.1/32 dev lo && exec %s -conf %s" % (PROGRAM, corefile)
    command = ["unshare", "--net", "sh", "-c", network]
    tried = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    limit = threading.Timer(TRIAL_SECONDS, tried.kill)
    limit.start()
    said = ""
    try:
        for line in tried.stdout:
            # what it says once every server listens
            if line.startswith("CoreDNS-"):
                return
            said += line
    finally:
        limit.cancel()
        tried.kill()
        tried.communicate()
    raise Failure("CoreDNS does not take the configuration: %s" % said.strip()[-300:])


def trust(bundle):
    """The authorities of a bundle, and no other of ours, in the host's trust store."""
    files = {}
    for certificate in certificates(bundle):
        name = hashlib.sha256(certificate.encode()).hexdigest()[:16]
        files["%s/causeway-%s.crt" % (AUTHORITIES, name)] = certificate
    stale = [path for path in glob.glob(AUTHORITIES + "/causeway-*.crt") if path not in files]
    fresh = [path for path in files if read(path) != files[path]]
    if not stale and not fresh:
        return
    os.makedirs(AUTHORITIES, exist_ok=True)
    for path in fresh:
        write(path, files[path])
    for path in stale:
        os.remove(path)
    run("update-ca-certificates")


def services(folder):
    """dns-proxy's units as the configuration has them, loaded anew where they are the same."""
    names = os.listdir(folder + "/units") if folder else []
    texts = {name: read(os.path.join(folder, "units", name)) for name in names}
    changed = [name for name in names if read(os.path.join(UNITS, name)) != texts[name]]
    gone = [os.path.basename(path) for path in glob.glob(UNITS + "/dns-proxy*.service")]
    gone = [name for name in gone if name not in texts]
    for name in gone:
        run("systemctl", "disable", "--now", name)
        os.remove(os.path.join(UNITS, name))
    for name in changed:
        write(os.path.join(UNITS, name), texts[name])
    if changed or gone:
        run("systemctl", "daemon-reload")
    for name in sorted(names):
        run("systemctl", "enable", name)
        run("systemctl", "restart" if name in changed else "reload-or-restart", name)


def activate(name):
    folder = os.path.join(RELEASES, name)
    trust(read(folder + "/caBundle"))
    services(folder)
    run(folder + "/guestRules")


def answers():
    """Whether dns-proxy answers a question, whatever it says."""
    question = struct.pack(">HHHHHH", os.getpid() & 0xFFFF, 0x0100, 1, 0, 0, 0) + b"\x09localhost\x00\x00\x01\x00\x01"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(1)
        client.connect(("127.0.0.1", 53))
        client.send(question)
        return client.recv(512)[:2] == question[:2]


def problem(name):
    """Why a configuration does not work, or None where it does."""
    folder = os.path.join(RELEASES, name)
    if read(folder + "/corefile"):
        try:
            for address in ("127.0.0.1:8080/health", "127.0.0.1:8181/ready"):
                DIRECT.open("http://" + address, timeout=1).close()
            if not answers():
                return "dns-proxy answers something else"
        except OSError as error:
            return "dns-proxy does not answer: %s" % error
    try:
        run(folder + "/guestRules", "check")
    except Failure as failure:
        return str(failure)
    return None


def wait_until_healthy(name):
    until = time.monotonic() + HEALTH_SECONDS
    why = problem(name)
    while why is not None:
        if time.monotonic() > until:
            raise Failure(why)
        time.sleep(0.2)
        why = problem(name)


def confirm(name):
    write(HOME + "/confirmed", name)
    kept = (name, linked("previous"))
    for other in os.listdir(RELEASES):
        if other not in kept:
            shutil.rmtree(os.path.join(RELEASES, other), ignore_errors=True)


def roll_back(name, why):
    previous = linked("previous")
    if previous == name:
        raise Failure("%s worked before, and does not any more: %s" % (name, why))
    write(HOME + "/refused", json.dumps({"hash": name, "at": time.time(), "why": str(why)}))
    if previous is None:
        withdraw(name)
        link("current", None)
    else:
        link("current", previous)
        activate(previous)
        confirm(previous)
    raise Failure("%s did not work and was taken back: %s" % (name, why))


def withdraw(name):
    """Takes away what a configuration did."""
    trust("")
    services(None)
    script = os.path.join(RELEASES, name, "guestRules")
    if os.path.exists(script):
        run(script, "remove")
    write(HOME + "/confirmed", "")


def refused(name):
    try:
        last = json.loads(read(HOME + "/refused"))
        return last["why"] if last["hash"] == name and 0 <= time.time() - last["at"] < RETRY_SECONDS else None
    except (ValueError, KeyError):
        return None


def deliver(artefact):
    name = artefact["hash"]
    why = refused(name)
    if why is not None:
        raise Failure("%s did not work and is not tried again yet: %s" % (name, why))
    stage(artefact)
    try:
        trial(name)
    except Failure as failure:
        write(HOME + "/refused", json.dumps({"hash": name, "at": time.time(), "why": str(failure)}))
        raise
    # only what was seen to work is gone back to
    if linked("current") != name and read(HOME + "/confirmed") == (linked("current") or ""):
        link("previous", linked("current"))
    write(HOME + "/confirmed", "")
    link("current", name)
    settle()


def settle():
    """Sees to it that what is linked as current works, and counts as confirmed."""
    name = linked("current")
    if name is None:
        return
    known = read(HOME + "/confirmed") == name
    # the executor's drops name the guests' range, so a guest that forges a source outside of it would pass them
    if read("/proc/sys/net/ipv4/conf/all/rp_filter").strip() == "0":
        run("sysctl", "-qw", "net.ipv4.conf.all.rp_filter=1")
    try:
        if known:
            # the executor makes its chain anew when it is installed, and the rules in front of it are gone
            run(os.path.join(RELEASES, name, "guestRules"))
            trust(read(os.path.join(RELEASES, name, "caBundle")))
        if not known or problem(name) is not None:
            activate(name)
        wait_until_healthy(name)
    except Failure as failure:
        if known:
            raise
        roll_back(name, failure)
    if not known:
        confirm(name)


def converge():
    artefact = wanted()
    current = linked("current")
    if artefact is None:
        if current is not None:
            withdraw(current)
            link("current", None)
            link("previous", None)
    elif artefact["hash"] != current:
        deliver(artefact)


def report(state):
    """Says what is in force: in a file, and as guest attributes where the project has them switched on."""
    facts = {"hash": linked("current") or "", "state": state}
    if read(HOME + "/status.json") != json.dumps(facts):
        write(HOME + "/status.json", json.dumps(facts))
    for key, value in facts.items():
        try:
            request(ATTRIBUTES + key, value.encode())
        except OSError:
            pass


def main():
    os.makedirs(RELEASES, exist_ok=True)
    failures = []
    # what is in force is kept working also while nothing can be fetched, and before anything new is looked at
    for step in (settle, converge):
        try:
            step()
        except Failure as failure:
            failures.append(str(failure))
    report("; ".join(failures) or "ok")
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


sys.exit(main())
`;
