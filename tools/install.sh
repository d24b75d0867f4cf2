#!/usr/bin/env bash
# Make .venv and install the hub, every plugin under plugins/ and the tools of development into
# it, editable, in the versions of constraints.txt. Does nothing when that was done already: the
# stamp holds a checksum of all that the installation depends on, and the folder's place.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

stamp=.venv/installed-from

fits() { # really runs it: a pyenv shim may stand for a version that is not there
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    local candidate
    for candidate in ${PYTHON:+"$PYTHON"} python3.13 python3.12 python3.11 python3; do
        if fits "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

fingerprint() {
    pwd
    cat setup.cfg pyproject.toml plugins/*/pyproject.toml constraints.txt tools/install.sh | cksum
}

if [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$(fingerprint)" ]; then
    exit 0
fi

if command -v flock >/dev/null; then # two `make` at once in one checkout: the second waits
    mkdir -p var
    exec 9>var/install.lock
    flock 9
    [ "$(cat "$stamp" 2>/dev/null)" = "$(fingerprint)" ] && exit 0
fi

# A folder that was moved or copied holds scripts that name the old place: start afresh.
if [ -e .venv ] && { ! fits .venv/bin/python || ! head -n 1 .venv/bin/pip | grep -qF "$(pwd)/.venv/"; }; then
    rm -rf .venv
fi

if [ ! -e .venv ]; then
    if ! python="$(find_python)"; then
        bash tools/apt.sh python3 python3-venv || true
        python="$(find_python)" || {
            echo "install: Python 3.11 or newer with venv is needed; name it: make install PYTHON=/path/to/python3" >&2
            exit 1
        }
    fi
    echo "install: .venv with $("$python" --version)"
    "$python" -m venv .venv
fi

targets=(--editable '.[dev]')
for project in plugins/*/pyproject.toml; do
    [ -e "$project" ] && targets+=(--editable "$(dirname "$project")")
done

pip=(.venv/bin/python -m pip --disable-pip-version-check --quiet install --constraint constraints.txt)
echo "install: the hub, its plugins and their dependencies (a minute or two the first time)"
"${pip[@]}" setuptools wheel
# The build tools are there, in pinned versions: no isolated copy of them for every package.
"${pip[@]}" --no-build-isolation "${targets[@]}"
fingerprint >"$stamp"
