#!/usr/bin/env bash
# What the tests need beside the engine. Prints where it is, gets it where it is missing:
#   scripts/tools.sh moto        an S3, a KMS and an IAM on this machine, in a Python environment of its own
#   scripts/tools.sh verdaccio   an npm registry, from npm
#   scripts/tools.sh nginx       from Debian
#   scripts/tools.sh postgresql  the folder of PostgreSQL's own programs, from Debian
#   scripts/tools.sh coredns     CoreDNS with the plugins of the rendered Corefile, built with Go from scripts/coredns
#   scripts/tools.sh dnsperf     a generator of DNS queries, from Debian
#   scripts/tools.sh dig         a DNS client, from Debian
#   scripts/tools.sh publishing  the folder of cfn-lint, moto and a Python that reads HCL, in an environment of its own
#   scripts/tools.sh shellcheck  a reader of shell scripts, from Debian
# Nothing is got twice; of several at once one works and the others wait. Fails with one line that says why.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/causeway/tools"

fail() {
  echo "$1: $2" >&2
  exit 1
}

install_debian() {
  local what=$1
  shift
  [ "$(id -u)" = 0 ] || fail "$what" "not installed, and only root can; run apt-get install $*"
  command -v apt-get >/dev/null || fail "$what" "not installed, and there is no apt-get; install it"
  export DEBIAN_FRONTEND=noninteractive
  local log="$cache/apt.log"
  { apt-get update && apt-get install -y --no-install-recommends -o Dpkg::Options::=--force-confold "$@"; } \
    >"$log" 2>&1 || fail "$what" "apt-get install $* failed: $(grep '^E:' "$log" | tail -1); all of it is in $log"
}

# name program: a Python environment with what scripts/<name>.txt pins, known by that it holds the program
python_environment() {
  local name=$1 program=$2 requirements="$here/$1.txt" home
  home="$cache/$name-$(cksum <"$requirements" | cut -d ' ' -f 1)"
  if [ ! -x "$home/bin/$program" ]; then
    python3 -c 'import venv, ensurepip' 2>/dev/null || install_debian python3 python3 python3-venv
    # a Python environment holds its own path, so it is made in its place and counts once it is whole
    rm -rf "$home"
    local log="$cache/$name.log"
    { python3 -m venv "$home" && "$home/bin/pip" install --only-binary :all: -r "$requirements"; } >"$log" 2>&1 || {
      rm -rf "$home"
      fail "$name" "pip install failed: $(grep '^ERROR' "$log" | tail -1); all of it is in $log"
    }
  fi
  echo "$home/bin"
}

moto() { echo "$(python_environment moto moto_server)/moto_server"; }

postgresql_folder() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1; }

postgresql() {
  local folder
  folder="$(postgresql_folder)"
  if [ ! -x "$folder/initdb" ] || [ ! -x "$folder/postgres" ]; then
    # the package would make and start a server of its own
    local clusters=/etc/postgresql-common/createcluster.conf
    if [ "$(id -u)" = 0 ] && [ ! -e "$clusters" ]; then
      mkdir -p "$(dirname "$clusters")"
      echo 'create_main_cluster = false' >"$clusters"
    fi
    install_debian postgresql postgresql
    folder="$(postgresql_folder)"
    [ -x "$folder/initdb" ] || fail postgresql "installed, but there is no initdb in /usr/lib/postgresql"
  fi
  echo "$folder"
}

coredns() {
  local source="$here/coredns" home
  home="$cache/coredns-$(cat "$source/main.go" "$source/go.mod" "$source/go.sum" | cksum | cut -d ' ' -f 1)"
  if [ ! -x "$home/coredns" ]; then
    command -v go >/dev/null || fail coredns "not built, and there is no Go; install Go 1.26 or later"
    mkdir -p "$home"
    local log="$cache/coredns.log"
    # built beside its place, since it counts once it is whole
    (cd "$source" && CGO_ENABLED=0 go build -mod=readonly -trimpath -ldflags '-s -w' -o "$home/coredns.part" .) \
      >"$log" 2>&1 || fail coredns "go build failed: $(tail -1 "$log"); all of it is in $log"
    mv "$home/coredns.part" "$home/coredns"
  fi
  echo "$home/coredns"
}

# program package
debian_program() {
  command -v "$1" >/dev/null || install_debian "$1" "$2"
  command -v "$1" || fail "$1" "package $2 installed, and there is no program $1"
}

verdaccio() {
  local version=6.10.4 home
  home="$cache/verdaccio-$version"
  if [ ! -x "$home/node_modules/.bin/verdaccio" ]; then
    rm -rf "$home"
    local log="$cache/verdaccio.log"
    mkdir -p "$home"
    # one dependency is named by a tag, which not every mirror of the npm registry has
    printf '{"dependencies":{"verdaccio":"%s"},"overrides":{"node-fetch":"2.7.0"}}' "$version" >"$home/package.json"
    npm install --prefix "$home" --no-audit --no-fund --ignore-scripts >"$log" 2>&1 || {
      rm -rf "$home"
      fail verdaccio "npm install failed; all of it is in $log"
    }
  fi
  echo "$home/node_modules/.bin/verdaccio"
}

mkdir -p "$cache"
exec 9>"$cache/lock"
command -v flock >/dev/null && flock 9
case "${1:-}" in
  moto) moto ;;
  postgresql) postgresql ;;
  coredns) coredns ;;
  dnsperf) debian_program dnsperf dnsperf ;;
  dig) debian_program dig bind9-dnsutils ;;
  publishing) python_environment publishing cfn-lint ;;
  shellcheck) debian_program shellcheck shellcheck ;;
  nginx) debian_program nginx nginx ;;
  verdaccio) verdaccio ;;
  *) fail tools "expected moto, postgresql, coredns, dnsperf, dig, publishing, shellcheck, nginx or verdaccio, got ${1:-nothing}" ;;
esac
