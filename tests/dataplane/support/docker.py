#!/usr/bin/python3
"""What the tests need of Docker: one image, and containers that may do what the command's words let them do, no more.

An image named in /run/docker/registry can be pulled. Its program is CoreDNS with the capability in its file, and its user
is not root, as of the image that CoreDNS publishes. A word that is not known here ends the command, as Docker does it.
"""
import ctypes, os, shutil, signal, subprocess, sys, time

ROOT = "/run/docker"
NET_BIND_SERVICE = 10
FLAGS = {"--rm", "--read-only"}
VALUES = {"--name", "--network", "--user", "--cap-drop", "--cap-add", "--security-opt", "--memory", "--cpus", "--volume",
          "--sysctl"}


def lines(name):
    try:
        with open(os.path.join(ROOT, name)) as file:
            return file.read().split("\n")
    except OSError:
        return []


def note(text):
    with open(ROOT + "/log", "a") as file:
        file.write(text + "\n")


def fail(why):
    print("docker: " + why, file=sys.stderr)
    sys.exit(125)


def pull(image):
    if image not in lines("registry"):
        fail("manifest for %s not found" % image)
    note("pull " + image)
    with open(ROOT + "/images", "a") as file:
        file.write(image + "\n")


def pid_of(name):
    """Its process, or None where it runs no more."""
    try:
        pid = int(lines(name + ".pid")[0])
        with open("/proc/%d/stat" % pid) as file:
            return pid if file.read().split(") ")[1][0] not in "ZX" else None
    except (IndexError, ValueError, OSError):
        return None


def become(options, words):
    """The container's process, from here on."""
    libc = ctypes.CDLL(None, use_errno=True)
    os.setpgid(0, 0)
    root = "%s/roots/%d" % (ROOT, os.getpid())
    mounts = ["mount --make-rprivate /", "mount -t tmpfs tmpfs " + root, "cp %s/coredns %s/coredns" % (ROOT, root)]
    mounts.append("setcap cap_net_bind_service=+ep %s/coredns" % root)
    for volume in options.get("--volume", []):
        source, target, mode = volume.split(":")
        mounts += ["mkdir -p " + root + target, "mount --bind %s %s" % (source, root + target)]
        mounts.append("mount -o remount,bind,%s %s" % (mode, root + target))
    if "--read-only" in options:
        mounts.append("mount -o remount,ro " + root)
    os.makedirs(root)
    network = options["--network"][0]
    if libc.unshare(0x00020000 | (0x40000000 if network == "none" else 0)) != 0:
        fail("cannot be apart")
    if network == "none":
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    elif options.get("--sysctl"):
        fail("sysctl not allowed in host network namespace")
    for setting in options.get("--sysctl", []):
        subprocess.run(["sysctl", "-qw", setting], check=True)
    for mount in mounts:
        subprocess.run(mount.split(), check=True)
    os.chroot(root)
    os.chdir("/")
    kept = [NET_BIND_SERVICE] if options.get("--cap-add") == ["NET_BIND_SERVICE"] else []
    for capability in range(41):
        if options.get("--cap-drop") == ["ALL"] and capability not in kept:
            # setting the user takes two of them still
            if capability not in (6, 7):
                libc.prctl(24, capability, 0, 0, 0)
    if options.get("--security-opt") == ["no-new-privileges"]:
        libc.prctl(38, 1, 0, 0, 0)
    user, group = options.get("--user", ["65532:65532"])[0].split(":")
    os.setgroups([])
    os.setgid(int(group))
    os.setuid(int(user))
    for capability in (6, 7):
        libc.prctl(24, capability, 0, 0, 0)
    os.execv("/coredns", ["/coredns"] + words)


def run(words):
    options = {}
    while words[0].startswith("-"):
        word = words.pop(0)
        if word in FLAGS:
            options[word] = True
        elif word in VALUES:
            options.setdefault(word, []).append(words.pop(0))
        else:
            fail("unknown flag: " + word)
    image, name = words[0], options["--name"][0]
    if pid_of(name) is not None:
        fail("the container name %s is already in use" % name)
    if image not in lines("images"):
        pull(image)
    note("run %s %s" % (name, image))
    # its output is the daemon's to keep, and outlives the command that shows it
    said = open("%s/%s.log" % (ROOT, name), "wb+", buffering=0)
    child = os.fork()
    if child == 0:
        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
        become(options, words[1:])
    with open("%s/%s.pid" % (ROOT, name), "w") as file:
        file.write(str(child))
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
    shown, ended, status = 0, 0, 0
    while ended == 0:
        ended, status = os.waitpid(child, os.WNOHANG)
        new = os.pread(said.fileno(), 65536, shown)
        shown += os.write(1, new)
        time.sleep(0.02)
    sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)


def end(name, number):
    pid = pid_of(name)
    if pid is None:
        fail("no such container: " + name)
    os.kill(pid, number)
    while number == signal.SIGKILL and pid_of(name) is not None:
        time.sleep(0.01)


def main(words):
    os.makedirs(ROOT + "/roots", exist_ok=True)
    if words[0] == "run":
        run(words[1:])
    elif words[:2] == ["image", "inspect"]:
        sys.exit(0 if words[-1] in lines("images") else 1)
    elif words[0] == "pull":
        pull(words[-1])
    elif words[:3] == ["kill", "--signal", "USR1"]:
        end(words[3], signal.SIGUSR1)
    elif words[0] == "stop":
        note("stop " + words[1])
        end(words[1], signal.SIGTERM)
    elif words[:2] == ["rm", "--force"]:
        if pid_of(words[2]) is not None:
            note("rm " + words[2])
            end(words[2], signal.SIGKILL)
    else:
        fail("unknown command: " + " ".join(words))


main(sys.argv[1:])
