#!/usr/bin/env bash
# The fuzzer (atheris) on every signature scheme, reader and source, for FUZZ_SECONDS in all (600), on
# FUZZ_TARGETS (all of them), the clock on what must not tell secrets by the time it takes, and more
# examples for the JSON API. The fuzzer is large and needed by nobody else, so it is installed when it is
# first asked for.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=.venv/bin/python
if ! "$python" -c 'import atheris' 2>/dev/null; then
    echo "fuzz: installing the fuzzer (35 MB, once)"
    "$python" -m pip --disable-pip-version-check --quiet install --constraint constraints.txt \
        --no-build-isolation --editable '.[fuzz]'
fi

"$python" -m tests.hostile.clocking
HUB_API_EXAMPLES=30 "$python" -m pytest -q tests/hostile/test_api.py
# shellcheck disable=SC2086 # several names
exec "$python" -m tests.hostile.fuzz --seconds "${FUZZ_SECONDS:-600}" ${FUZZ_TARGETS:-}
