#!/usr/bin/env bash
# A throwaway RabbitMQ node for tests, on free loopback ports.
#
#   tools/rabbitmq.sh run COMMAND…   start one, run the command with HUB_TEST_BROKER_URL, stop it
#
# Where RabbitMQ cannot be had the command runs without the variable, and the tests that need a
# broker skip; with CI=true that is an error.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

server=/usr/lib/rabbitmq/bin/rabbitmq-server
node=""

say() { echo "rabbitmq: $1" >&2; }

give_up() {
    say "$1"
    if [ "${CI:-}" = true ]; then exit 1; fi
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

start() { # sets HUB_TEST_BROKER_URL
    local folder="$1" port
    port="$(free_port)"
    export RABBITMQ_NODENAME="hub$$@localhost" RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT="$port"
    export RABBITMQ_MNESIA_BASE="$folder/data" RABBITMQ_LOG_BASE="$folder/log"
    export RABBITMQ_ENABLED_PLUGINS_FILE="$folder/plugins" RABBITMQ_CONF_ENV_FILE="$folder/none"
    RABBITMQ_DIST_PORT="$(free_port)" ERL_EPMD_PORT="$(free_port)"
    export RABBITMQ_DIST_PORT ERL_EPMD_PORT ERL_EPMD_ADDRESS=127.0.0.1
    HOME="$folder" RABBITMQ_PID_FILE="$folder/pid" "$server" >"$folder/out" 2>&1 </dev/null &
    node=$!
    for _ in $(seq 120); do
        if grep -q 'Starting broker... completed' "$folder/out"; then
            export HUB_TEST_BROKER_URL="amqp://guest:guest@127.0.0.1:$port//"
            return 0
        fi
        kill -0 "$node" 2>/dev/null || break
        sleep 0.5
    done
    give_up "the node did not start: $(tail -n 1 "$folder/out")"
}

stop() { # folder
    if [ -s "$1/pid" ]; then kill "$(cat "$1/pid")" 2>/dev/null || true; fi
    if [ -n "$node" ]; then
        kill "$node" 2>/dev/null || true
        wait "$node" 2>/dev/null || true
    fi
    epmd -kill >/dev/null 2>&1 || true # the one on the port of this run
    rm -rf "$1"
}

run() {
    local folder
    if [ -n "${HUB_TEST_BROKER_URL:-}" ]; then # there is one already
        exec "$@"
    fi
    if [ ! -x "$server" ] && ! bash tools/apt.sh rabbitmq-server; then
        give_up "there is none; the tests with a broker skip"
    fi
    if [ -x "$server" ]; then
        folder="$(mktemp -d "${TMPDIR:-/tmp}/hub-rabbitmq.XXXXXX")"
        trap 'stop "'"$folder"'"' EXIT
        trap 'exit 130' INT
        trap 'exit 143' TERM
        start "$folder"
    fi
    "$@"
}

case "${1:-}" in
    run) shift && run "$@" ;;
    *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac
