/** The first half of the agent: what it fetches, and how it puts that on the disk. */
export const ON_DISK = String.raw`#!/usr/bin/python3
"""Brings this executor to the configuration in its project's metadata, or leaves it at the one it has.

Safe to end at any moment: a configuration is complete on the disk before it is linked as the current one, and counts as
confirmed only once it was seen to work. What is linked and not confirmed is applied again, or taken back.
"""
import glob, hashlib, json, os, re, shutil, socket, struct, subprocess, sys, threading, time
import urllib.error, urllib.request

HOME = "/var/lib/causeway"
RELEASES = HOME + "/releases"
METADATA = "http://169.254.169.254/computeMetadata/v1/"
KEY = "project/attributes/causeway-dns-proxy"
ATTRIBUTES = "instance/guest-attributes/causeway/"
UNITS = "/etc/systemd/system"
PROGRAM = "/usr/local/bin/coredns"
CONTAINER_UNIT = "dns-proxy-container.service"
IMAGE_FILE = "/etc/causeway/dns-proxy.env"
AUTHORITIES = "/usr/local/share/ca-certificates"
FILES = ("corefile", "guestRules", "caBundle")
HEALTH_SECONDS = 15
TRIAL_SECONDS = 10
PULL_SECONDS = 120
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
        with open(path, encoding="utf-8", errors="replace") as file:
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


def contents(artefact):
    """Text and mode of every file of a configuration, by its path."""
    files = {name: (artefact[name], 0o755 if name == "guestRules" else 0o644) for name in FILES}
    files.update({"units/" + name: (text, 0o644) for name, text in artefact["units"].items()})
    files["guestStartup"] = (guest_startup(artefact), 0o755)
    files["hash"] = (artefact["hash"], 0o644)
    return files


def intact(path, text, mode):
    return os.path.exists(path) and os.stat(path).st_mode & 0o777 == mode and read(path) == text


def repair(artefact):
    """Puts right what somebody altered in a configuration on the disk; whether there was anything."""
    folder = os.path.join(RELEASES, artefact["hash"])
    altered = [file for file in contents(artefact).items() if not intact(os.path.join(folder, file[0]), *file[1])]
    for path, (text, mode) in altered:
        os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
        write(os.path.join(folder, path), text, mode)
        print("put right: %s was altered by hand" % path, flush=True)
    return bool(altered)


def stage(artefact):
    """Writes a configuration in full before anything refers to it."""
    name = artefact["hash"]
    if os.path.isdir(os.path.join(RELEASES, name)):
        repair(artefact)
        return
    folder = os.path.join(RELEASES, name + ".part")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder + "/units")
    for path, (text, mode) in contents(artefact).items():
        write(os.path.join(folder, path), text, mode)
    os.rename(folder, os.path.join(RELEASES, name))
    sync(RELEASES)
`;
