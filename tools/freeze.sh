#!/usr/bin/env bash
# Write constraints.txt: the versions that are installed in .venv, and so were tested. Without the
# hub and its plugins, which are editable, and without pip, which comes with Python.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

{
    echo "# The versions the hub was tested with. Made by tools/freeze.sh; \`make install\` keeps to them."
    .venv/bin/python -m pip --disable-pip-version-check freeze --all --exclude-editable |
        grep -E '^[A-Za-z0-9._-]+==[^ ]+$' |
        grep -vE '^(pip|integration-hub|hub-[a-z-]+)==' |
        LC_ALL=C sort --ignore-case
} >constraints.txt.new
mv constraints.txt.new constraints.txt
