#!/usr/bin/env bash
# A throwaway PostgreSQL cluster for tests and benchmarks, on a free loopback port.
#
#   tools/postgres.sh start [NAME]   start it (or find it running) and print its URL
#   tools/postgres.sh url   [NAME]   print the URL of a running one
#   tools/postgres.sh stop  [NAME]   stop it and delete its files
#   tools/postgres.sh halt  [NAME]   stop it at once, as a lost machine would, and leave its files
#   tools/postgres.sh resume [NAME]  start it again where it was
#   tools/postgres.sh run COMMAND…   start one, run the command with HUB_TEST_POSTGRES_URL, stop it
#   tools/postgres.sh need           only install what is missing
#
# NAME keeps clusters of one checkout apart; one that ends in -PID is stopped by a later run if that
# process is gone. Where PostgreSQL cannot be had, start prints nothing
# on stdout and one line on stderr; with CI=true that is an error, elsewhere the tests that need
# it skip. fsync stays on: what the tests say about crashes and speed is to be true.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

state=var/postgres
programs=() # initdb, pg_ctl and psql, with their paths
# `return` always says 0: inside a trap a bare one repeats the status from before the trap.

say() { echo "postgres: $1" >&2; }

find_programs() {
    local folder
    if command -v initdb >/dev/null && command -v pg_ctl >/dev/null && command -v psql >/dev/null; then
        programs=("$(command -v initdb)" "$(command -v pg_ctl)" "$(command -v psql)")
        return 0
    fi
    # Debian keeps them out of PATH; the newest version counts.
    while read -r folder; do
        if [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ] && [ -x "$folder/psql" ]; then
            programs=("$folder/initdb" "$folder/pg_ctl" "$folder/psql")
            return 0
        fi
    done < <(printf '%s\n' /usr/lib/postgresql/*/bin | sort --version-sort --reverse)
    return 1
}

need() {
    local missing=()
    find_programs || missing+=(postgresql)
    # CI also runs the PHP sender of the docs.
    if [ "${CI:-}" = true ] && ! php -r 'exit(function_exists("curl_init") ? 0 : 1);' >/dev/null 2>&1; then
        missing+=(php-cli php-curl)
    fi
    if [ "${#missing[@]}" -gt 0 ]; then
        bash tools/apt.sh "${missing[@]}" || true
    fi
    find_programs && return 0
    if [ "${CI:-}" = true ]; then
        say "PostgreSQL is not installed and could not be installed; CI needs it"
        exit 1
    fi
    say "PostgreSQL is not installed: tests that need it skip"
    return 1
}

# PostgreSQL refuses to run as root: there it runs as the user that Debian's package makes.
owner() { if id postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi; }

as_owner() {
    if [ "$(id -u)" != 0 ]; then
        "$@"
    elif command -v runuser >/dev/null; then
        runuser -u "$(owner)" -- "$@"
    else
        su "$(owner)" -s /bin/sh -c "$(printf '%q ' "$@")"
    fi
}

new_folder() { # in var/ if the owner can get there, else in the temporary directory
    local folder
    folder="$(mktemp -d "$PWD/$state/cluster.XXXXXX")"
    if [ "$(id -u)" = 0 ]; then
        chown "$(owner)" "$folder"
        if ! as_owner test -w "$folder"; then
            rmdir "$folder"
            folder="$(mktemp -d "${TMPDIR:-/tmp}/hub-postgres.XXXXXX")"
            chown "$(owner)" "$folder"
        fi
    fi
    chmod 700 "$folder"
    echo "$folder"
}

control() { # folder, then arguments of pg_ctl
    local folder="$1"
    shift
    (cd / && as_owner env LC_ALL=C "${programs[1]}" -D "$folder/data" --silent "$@") \
        >>"$folder/pg_ctl.log" 2>&1 </dev/null
}

options() { # port
    echo "-c listen_addresses=127.0.0.1 -c port=$1 -c unix_socket_directories='' -c max_connections=200"
}

running() { # name; a cluster whose machine was restarted is not
    local folder
    folder="$(cat "$state/$1.folder" 2>/dev/null)" && [ -d "$folder/data" ] && find_programs && control "$folder" status
}

start() { # name
    local name="$1" folder port
    mkdir -p "$state"
    if running "$name"; then
        cat "$state/$name.url"
        return 0
    fi
    need || return 0
    stop "$name"
    folder="$(new_folder)"
    echo "$folder" >"$state/$name.folder"
    (cd / && as_owner env LC_ALL=C "${programs[0]}" -D "$folder/data" --username=postgres --auth=trust \
        --encoding=UTF8 --no-locale --no-sync) >"$folder/initdb.log" 2>&1 </dev/null ||
        give_up "initdb failed" "$folder/initdb.log"
    # Nothing is asked which port is free, because the answer may be stale: PostgreSQL itself tries.
    for _ in $(seq 20); do
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
        if control "$folder" -w -t 60 -l "$folder/server.log" -o "$(options "$port")" start; then
            make_role "$port" >>"$folder/pg_ctl.log" 2>&1 || give_up "the role hub was not made" "$folder/pg_ctl.log"
            echo "postgresql+psycopg://hub@127.0.0.1:$port/postgres" >"$state/$name.url"
            cat "$state/$name.url"
            return 0
        fi
        grep -q 'could not bind' "$folder/server.log" 2>/dev/null || break
        : >"$folder/server.log"
    done
    give_up "the server did not start" "$folder/server.log"
}

make_role() { # port; no superuser, as in any installation: row-level security binds it
    "${programs[2]}" --no-psqlrc --quiet --host=127.0.0.1 --port="$1" --username=postgres --dbname=postgres \
        --command='CREATE ROLE hub LOGIN CREATEDB'
}

give_up() {
    say "$1: $(grep -aE 'FATAL|ERROR|error' "$2" | tail -n 1)"
    [ "${CI:-}" = true ] && exit 1
    exit 0
}

stop() { # name; silent where there is none
    local folder
    folder="$(cat "$state/$1.folder" 2>/dev/null)" || return 0
    if [ -d "$folder/data" ] && find_programs && control "$folder" status; then
        control "$folder" -w -t 20 -m fast stop || control "$folder" -w -t 20 -m immediate stop ||
            say "the server in $folder does not stop"
    fi
    # Only what mktemp made above is deleted.
    case "$folder" in */cluster.* | */hub-postgres.*) rm -rf "$folder" ;; esac
    rm -f "$state/$1.folder" "$state/$1.url"
}

halt() { control "$(cat "$state/$1.folder")" -w -t 30 -m immediate stop; }

resume() { # name; on the port that it had
    local folder port
    folder="$(cat "$state/$1.folder")"
    port="$(sed 's/.*:\([0-9]*\)\/.*/\1/' "$state/$1.url")"
    control "$folder" -w -t 60 -l "$folder/server.log" -o "$(options "$port")" start
}

sweep() { # clusters whose process, the number in their name, was killed before it could clean up
    local file name
    for file in "$state"/*-[0-9]*.folder; do
        [ -e "$file" ] || continue
        name="$(basename "$file" .folder)"
        kill -0 "${name##*-}" 2>/dev/null || stop "$name"
    done
}

run() {
    local url name="run-$$"
    if [ -n "${HUB_TEST_POSTGRES_URL:-}" ]; then # there is one already
        exec "$@"
    fi
    sweep
    trap 'stop "'"$name"'"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    url="$(start "$name")"
    if [ -n "$url" ]; then
        export HUB_TEST_POSTGRES_URL="$url"
    fi
    "$@"
}

case "${1:-}" in
    start) start "${2:-default}" ;;
    stop) stop "${2:-default}" ;;
    halt) find_programs && halt "${2:-default}" ;;
    resume) find_programs && resume "${2:-default}" ;;
    url) running "${2:-default}" && cat "$state/${2:-default}.url" ;;
    need) need || true ;;
    run) shift && run "$@" ;;
    *) sed -n '2,17s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac
