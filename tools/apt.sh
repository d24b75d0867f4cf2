#!/usr/bin/env bash
# apt.sh PACKAGE…: install Debian packages, where that is ours to do: as root, in CI or in a
# container. Elsewhere, and when it fails, exit 1 with one line that says why.
set -euo pipefail

refuse() {
    echo "apt.sh: $1" >&2
    exit 1
}

disposable() { # a machine that nobody minds packages on: CI, a container, no init system
    [ "${CI:-}" = true ] || [ -e /.dockerenv ] || [ -e /run/.containerenv ] || [ ! -d /run/systemd/system ]
}

[ "$(id -u)" = 0 ] || refuse "not root; install by hand: $*"
command -v apt-get >/dev/null || refuse "no apt-get here; install by hand: $*"
disposable || refuse "not in CI and not in a container; install by hand: apt-get install $*"

export DEBIAN_FRONTEND=noninteractive
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
for attempt in 1 2 3; do
    if apt-get update >"$log" 2>&1 &&
        apt-get install --yes --no-install-recommends "$@" >>"$log" 2>&1 </dev/null; then
        exit 0
    fi
    [ "$attempt" = 3 ] || sleep 5
done
tail -n 5 "$log" >&2
refuse "could not install: $*"
