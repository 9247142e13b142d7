import { ON_DISK } from "./onDisk.ts";

/** A variable of systemd, which would be TypeScript's. */
const DOLLAR = "$";

/** The agent on an executor: the program that brings it to the configuration in its project's metadata. */
export const AGENT_PROGRAM = String.raw`${ON_DISK}

def run(*command, **options):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failure("%s could not be run: %s" % (os.path.basename(command[0]), error))
    said = done.stdout.strip()
    if said and said != "unchanged":
        print(said, flush=True)
    if done.returncode != 0:
        raise Failure("%s ended with %d: %s" % (os.path.basename(command[0]), done.returncode, said[-300:]))


def container(name):
    """The command of the container's unit in words, or None where the image names no repository."""
    command = re.search("^ExecStart=(.+)$", read(os.path.join(RELEASES, name, "units", CONTAINER_UNIT)), re.M)
    repository = re.search("^DNS_PROXY_IMAGE=(.+)$", read(IMAGE_FILE), re.M)
    if command is None or repository is None:
        return None
    return command.group(1).replace("${DOLLAR}{DNS_PROXY_IMAGE}", repository.group(1).strip(" '\"")).split()


def fetched(command):
    """Gets the container's image before the one that runs is ended for it: nobody has names meanwhile."""
    docker, image = command[0], command[command.index("-conf") - 1]
    try:
        run(docker, "image", "inspect", "--format", "", image)
    except Failure:
        run(docker, "pull", "--quiet", image, timeout=PULL_SECONDS)


def trial(name):
    """Starts CoreDNS on a configuration in a network of its own, where it disturbs nobody."""
    corefile = os.path.join(RELEASES, name, "corefile")
    if not read(corefile):
        return
    if os.access(PROGRAM, os.X_OK):
        network = "ip link set lo up && ip address add 10.61.0.1/32 dev lo && exec %s -conf %s" % (PROGRAM, corefile)
        first_words(["unshare", "--net", "sh", "-c", network])
        return
    command = container(name)
    if command is None:
        raise Failure("this image has neither CoreDNS nor a repository of dns-proxy in %s; update the image" % IMAGE_FILE)
    fetched(command)
    apart = {"host": "none", "dns-proxy": "dns-proxy-trial", HOME + "/current/corefile": corefile}
    words = [apart.get(word, word) for word in command[2:]]
    subprocess.run([command[0], "rm", "--force", "dns-proxy-trial"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        # in this network as well the bridge has no address
        first_words(command[:2] + ["--sysctl", "net.ipv4.ip_nonlocal_bind=1"] + words)
    finally:
        run(command[0], "rm", "--force", "dns-proxy-trial")


def first_words(command):
    """Waits until CoreDNS says that it is there, and ends it."""
    tried = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
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


def units_differ(name):
    folder = os.path.join(RELEASES, name, "units")
    return any(read(os.path.join(UNITS, unit)) != read(os.path.join(folder, unit)) for unit in os.listdir(folder))


def activate(name):
    folder = os.path.join(RELEASES, name)
    trust(read(folder + "/caBundle"))
    services(folder)
    run(folder + "/guestRules")


def serial_of(corefile):
    found = re.search(r" IN SOA localhost\. root\.localhost\. (\d+) ", corefile)
    return int(found.group(1)) if found else None


def running_serial():
    """The serial number of the file dns-proxy runs with, which its answer without addresses ends with."""
    question = struct.pack(">HHHHHH", os.getpid() & 0xFFFF, 0x0100, 1, 0, 0, 0) + b"\x09localhost\x00\x00\x1c\x00\x01"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(1)
        client.connect(("127.0.0.1", 53))
        client.send(question)
        answer = client.recv(512)
    if answer[:2] != question[:2] or len(answer) < len(question) + 20:
        raise OSError("it answers something else")
    return struct.unpack(">I", answer[-20:-16])[0]


def problem(name):
    """Why a configuration does not work, or None where it does."""
    folder = os.path.join(RELEASES, name)
    corefile = read(folder + "/corefile")
    if corefile:
        try:
            # CoreDNS goes on with the file it has where it refuses another, and says so to nobody but its log. Asked
            # first: what is healthy may be what it was before it was told of another.
            if serial_of(corefile) not in (None, running_serial()):
                return "dns-proxy refuses the configuration and goes on with another"
            for address in ("127.0.0.1:8080/health", "127.0.0.1:8181/ready"):
                DIRECT.open("http://" + address, timeout=1).close()
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
        try:
            wait_until_healthy(previous)
        except Failure as failure:
            raise Failure("%s did not work: %s; nor does what worked before: %s" % (name, why, failure))
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
        if not known or units_differ(name) or problem(name) is not None:
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
    elif repair(artefact):
        settle()


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
