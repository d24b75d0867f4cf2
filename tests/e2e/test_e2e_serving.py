"""``hub serve``: many at once, too large, too slow, stopped and killed."""

import http.client
import os
import re
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import Any

import psutil
import pytest
import requests

from .conftest import wait_until

LIMIT = 1024 * 1024
TOGETHER = 64
THREADS = 64
"""Of a server process, for requests; it has some more."""

TOKEN = "a-token-for-prometheus"


def sale(external_id: str, **fields: Any) -> dict[str, Any]:
    usual = {"grossAmount": "10.00", "currency": "EUR"}
    return {"event": "transaction.created", "externalId": external_id, **usual, **fields}


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_of_identical_webhooks_at_once_one_is_processed(
    serve: Callable[..., Any],
    fresh_database: Callable[[str], str],
    make_firm: Callable[..., Any],
    engine: str,
) -> None:
    with serve(fresh_database(engine), "--workers", "3", HUB_METRICS_TOKEN=TOKEN) as server:
        firm = make_firm(server)
        body = b'{"event":"transaction.created","externalId":"x-1","grossAmount":"10.00","currency":"EUR"}'
        headers = firm.sign("custom", body)
        start = threading.Barrier(TOGETHER)

        def post(_number: int) -> tuple[int, str]:
            with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as connection:
                connection.connect()
                start.wait(60)
                connection.request("POST", f"/api/webhooks/{firm.slug}/custom", body, headers)
                answer = connection.getresponse()
                found = re.search(rb'"status":"(\w+)"', answer.read())
                return answer.status, found[1].decode() if found else ""

        with ThreadPoolExecutor(TOGETHER) as threads:
            answers = sorted(threads.map(post, range(TOGETHER)))

        assert answers == [(200, "processed")] + [(200, "skipped")] * (TOGETHER - 1)
        assert sorted(firm.outcomes()) == ["processed"] + ["skipped"] * (TOGETHER - 1)
        assert len(firm.records("transactions")) == 1
        assert len(server.worker_pids()) == 3
        counted = requests.get(
            f"{server.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10
        )
        skipped = 'hub_events_total{outcome="skipped",plugin="custom"}'
        assert f"{skipped} {TOGETHER - 1}.0\n" in counted.text  # whichever process answers tells of all
        assert server.terminate() == 0
        assert "Fatal" not in server.log.read_text("utf-8")


def test_an_address_of_ipv6(serve: Callable[..., Any], fresh_database: Callable[[str], str]) -> None:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            pass
    except OSError:
        pytest.skip("this machine has no IPv6")
    with serve(fresh_database("sqlite"), "--host", "::1") as server:
        assert server.url.startswith("http://[::1]:")


def test_health(running: Any) -> None:
    alive, ready = (requests.get(running.url + path, timeout=30) for path in ("/healthz", "/readyz"))

    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})


def test_not_ready_without_its_tables(
    serve: Callable[..., Any], fresh_database: Callable[[str], str]
) -> None:
    url = fresh_database("sqlite")
    with serve(url) as server:
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = '0001'")
        alive, ready = (requests.get(server.url + path, timeout=30) for path in ("/healthz", "/readyz"))

    assert (alive.status_code, ready.status_code) == (200, 503)
    assert "hub db upgrade" in ready.json()["database"]


def chunks(body: bytes) -> Iterator[bytes]:
    """A body whose length nobody announces."""
    for start in range(0, len(body), 65536):
        yield body[start : start + 65536]


@pytest.mark.parametrize("way", ["announced", "chunked"])
def test_a_body_over_the_limit_is_413_and_in_the_event_log(firm: Any, way: str) -> None:
    body = b'{"event":"transaction.created","externalId":"x-1","note":"' + b"x" * LIMIT + b'"}'
    data = body if way == "announced" else chunks(body)

    answer = requests.post(firm.address(), data=data, headers=firm.sign("custom", body), timeout=30)

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    (row,) = firm.json("events", "list", "--tenant", firm.slug)
    assert (row["id"], row["outcome"], row["status"], row["reason"]) == (
        answer.headers["X-Event-Id"],
        "rejected",
        413,
        "body_too_large",
    )


@pytest.mark.parametrize("way", ["announced", "chunked"])
def test_a_body_of_exactly_the_limit_is_taken(firm: Any, way: str) -> None:
    start = b'{"event":"transaction.created","externalId":"x-1","grossAmount":"1.00","currency":"EUR","n":"'
    body = start + b"x" * (LIMIT - len(start) - 2) + b'"}'
    data = body if way == "announced" else chunks(body)

    answer = requests.post(firm.address(), data=data, headers=firm.sign("custom", body), timeout=30)

    assert (len(body), answer.status_code) == (LIMIT, 200)
    (row,) = firm.json("events", "list", "--tenant", firm.slug)
    assert firm.hub("events", "show", row["id"], "--raw").stdout_bytes == body


def test_slow_and_silent_senders_block_nobody(firm: Any) -> None:
    path = f"/api/webhooks/{firm.slug}/custom"
    starts = [
        b"",
        f"POST {path} HT".encode(),
        f"POST {path} HTTP/1.1\r\nHost: hub\r\nContent-Le".encode(),
        f"POST {path} HTTP/1.1\r\nHost: hub\r\nContent-Length: 1000\r\n\r\n{{".encode(),
        f"POST {path} HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n{{".encode(),
    ]
    with ExitStack() as stack:
        for start in starts * 20:  # more of them than the server has threads
            slow = stack.enter_context(socket.create_connection(("127.0.0.1", firm.server.port)))
            slow.sendall(start)
        began = time.monotonic()
        answers = [firm.post(sale(f"x-{number}")).status_code for number in range(5)]
        took = time.monotonic() - began

    assert answers == [200] * 5
    assert took < 10
    assert firm.outcomes() == ["processed"] * 5


def test_a_body_that_breaks_off_leaves_nothing(firm: Any) -> None:
    with socket.create_connection(("127.0.0.1", firm.server.port)) as gone:
        head = f"POST /api/webhooks/{firm.slug}/custom HTTP/1.1\r\nHost: hub\r\nContent-Length: 99\r\n\r\n"
        gone.sendall(head.encode() + b'{"event":')

    assert firm.post(sale("x-1")).status_code == 200
    assert firm.outcomes() == ["processed"]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_sigterm_finishes_the_request_in_flight(
    serve: Callable[..., Any],
    fresh_database: Callable[[str], str],
    make_firm: Callable[..., Any],
    workers: str,
) -> None:
    url = fresh_database("sqlite")
    with serve(url, "--workers", workers) as server, ThreadPoolExecutor(1) as threads:
        firm = make_firm(server)
        firm.post(sale("x-0"))
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")  # the request has to wait for this writer
            waiting = threads.submit(firm.post, sale("x-1"))
            time.sleep(1)
            for _ in range(4):  # these are answered after the server has read the one before
                requests.get(f"{server.url}/healthz", timeout=30)
            server.process.terminate()
            time.sleep(0.5)
            still_there = waiting.running() and server.process.poll() is None
            holder.execute("ROLLBACK")
        answer = waiting.result(30)
        ended_with = server.process.wait(30)

    assert still_there
    assert (answer.status_code, answer.json()["status"]) == (200, "processed")
    assert ended_with == 0
    assert firm.outcomes() == ["processed", "processed"]
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{server.url}/healthz", timeout=5)


def test_a_killed_worker_is_replaced(
    serve: Callable[..., Any], fresh_database: Callable[[str], str], make_firm: Callable[..., Any]
) -> None:
    with serve(fresh_database("sqlite"), "--workers", "2") as server:
        firm = make_firm(server)
        killed, other = server.worker_pids()
        victim = psutil.Process(killed)
        victim.kill()
        victim.wait(30)
        answers = {firm.post(sale(f"x-{number}")).status_code for number in range(8)}

        after = server.worker_pids(but=killed)
        assert answers == {200}
        assert len(after) == 2
        assert other in after
        (line,) = [line for line in server.log_lines() if line["event"] == "process_replaced"]
        assert (line["pid"], line["ended_with"], line["level"]) == (killed, -9, "warning")
        assert server.terminate() == 0
        assert not any(psutil.pid_exists(pid) for pid in after)


@pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < 2,
    reason="only Linux lets a process choose its core, and with one there is no choice",
)
@pytest.mark.parametrize("keeps", [True, False])
def test_each_process_keeps_to_one_core_unless_it_is_not_to(
    serve: Callable[..., Any], fresh_database: Callable[[str], str], keeps: bool
) -> None:
    with serve(fresh_database("sqlite"), "--workers", "2", HUB_ONE_CORE=str(keeps)) as server:
        workers = [psutil.Process(pid) for pid in server.worker_pids()]
        assert wait_until(lambda: all(worker.num_threads() > THREADS for worker in workers))
        cores = [
            set.union(*(os.sched_getaffinity(thread.id) for thread in worker.threads())) for worker in workers
        ]

    assert [len(of_one) for of_one in cores] == 2 * [1 if keeps else len(os.sched_getaffinity(0))]


def test_workers_end_with_their_parent_even_if_it_is_killed(
    serve: Callable[..., Any], fresh_database: Callable[[str], str]
) -> None:
    with serve(fresh_database("sqlite"), "--workers", "2") as server:
        workers = [psutil.Process(pid) for pid in server.worker_pids()]
        psutil.Process(server.process.pid).kill()
        gone, alive = psutil.wait_procs(workers, timeout=30)

        assert (len(gone), alive) == (2, [])


def test_a_change_at_the_command_line_counts_at_once(firm: Any) -> None:
    taken = firm.post(sale("x-1"))
    firm.json("connection", "disable", firm.slug, "custom")
    refused = firm.post(sale("x-2"))
    firm.json("connection", "enable", firm.slug, "custom")
    fresh = firm.json("connection", "rotate-secret", firm.slug, "custom", "--overlap", "0")["secret"]
    old, new = firm.post(sale("x-2")), firm.post(sale("x-2"), secret=fresh)

    statuses = [answer.status_code for answer in (taken, refused, old, new)]
    assert statuses == [200, 404, 401, 200]
