"""Workers that are killed, ended and joined while they send: nothing is lost, nothing leaves under two
ids. ``HUB_TEST_LONG=1`` runs the full numbers."""

import os
import random
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

import psutil
import pytest

from hub.support import jsontext

LONG = bool(os.environ.get("HUB_TEST_LONG"))
KILLS = 5

ENGINES = pytest.mark.parametrize(
    "engine",
    ["sqlite", "postgresql", "rabbitmq"],
    indirect=True,
)
SHARED = pytest.mark.parametrize(
    "engine",
    ["postgresql", "rabbitmq"],
    indirect=True,
)


def report(capsys: Any, text: str) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\n{text}\n")


def slow_down(plant: Any, seconds: float) -> None:
    """Let the receiver take its time for each request."""
    usual = plant.receiver.answer

    def slow(request: Any) -> Any:
        time.sleep(seconds)
        return usual(request)

    plant.receiver.answer = slow


def arrived(plant: Any) -> Counter[UUID]:
    """How often each delivery came; each id always with the same content."""
    contents: dict[str, set[int]] = {}
    for request in plant.receiver.requests:
        contents.setdefault(request.id, set()).add(jsontext.decode_stored(request.body)["number"])
    assert all(len(numbers) == 1 for numbers in contents.values())
    assert len({number for (number,) in contents.values()}) == len(contents)
    return Counter(UUID(request.id) for request in plant.receiver.requests)


def listens(port: int) -> bool:
    """Whether the server answers, and so heeds signals, too."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as line:
        line.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        return bool(line.recv(1))
    return False


def senders(plant: Any) -> Counter[int]:
    """How many requests came from each worker, by process id."""
    return Counter(int(request.headers["x-worker"]) for request in list(plant.receiver.requests))


@ENGINES
def test_a_worker_killed_five_times_loses_nothing(
    make_plant: Callable[..., Any], engine: tuple[str, dict[str, str]], capsys: Any
) -> None:
    number = 1000 if LONG else 200
    seed = int(os.environ.get("HUB_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 2**31)
    dice = random.Random(seed)
    plant = make_plant(engine[0], **engine[1])
    slow_down(plant, 0.01)
    ids = plant.fill(number)
    for _ in range(KILLS):
        process = plant.start()
        plant.await_requests(len(plant.receiver.requests) + dice.randint(1, number // (KILLS + 2)))
        time.sleep(dice.uniform(0, 0.02))
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert len(plant.rows("done")) < number
    last = plant.start()
    plant.await_done(number)
    last.terminate()

    assert last.wait(15) == 0
    times = arrived(plant)
    rows = plant.rows()
    doubled = sum(count - 1 for count in times.values())
    report(
        capsys,
        f"seed {seed}: {number} deliveries, {KILLS} kills, {doubled} came again, most {max(times.values())}",
    )
    assert set(times) == set(ids)
    assert {(row["state"], row["attempts"], row["claimed_by"]) for row in rows} == {("done", 1, None)}
    assert max(times.values()) <= KILLS + 1


@SHARED
def test_workers_share_without_a_double_pick(
    make_plant: Callable[..., Any], engine: tuple[str, dict[str, str]], capsys: Any
) -> None:
    number = 10_000 if LONG else 1_000
    plant = make_plant(engine[0], **engine[1], HUB_WORKER_LEASE="60")
    usual = plant.receiver.answer
    slow_down(plant, 0.3)  # so that there is something left for the third, however long it takes to start
    ids = plant.fill(number)
    workers = [plant.start() for _ in range(2)]
    plant.await_requests(20)
    workers.append(plant.start())
    plant.await_that(lambda: workers[2].pid in senders(plant), "request of the third")
    plant.receiver.answer = usual
    slow_down(plant, 0.02)
    plant.await_done(number, 300)
    for worker in workers:
        worker.terminate()

    assert [worker.wait(15) for worker in workers] == [0, 0, 0]
    shares = senders(plant)
    report(capsys, f"{number} deliveries, shares {[shares[worker.pid] for worker in workers]}")
    assert arrived(plant) == Counter(ids)
    assert set(shares) == {worker.pid for worker in workers}
    assert shares[workers[2].pid] > number // 40  # the third took its share


@ENGINES
def test_a_worker_that_is_ended_settles_what_it_sends(
    make_plant: Callable[..., Any], engine: tuple[str, dict[str, str]]
) -> None:
    plant = make_plant(engine[0], **engine[1], HUB_WORKER_LEASE="10" if engine[1] else "60")
    slow_down(plant, 0.05)
    ids = plant.fill(60)
    worker = plant.start()
    plant.await_requests(10)
    worker.terminate()

    assert worker.wait(20) == 0
    came = len(plant.receiver.requests)
    assert 10 <= came < 60
    assert len(plant.rows("done")) == came
    if engine[1]:  # what was published is claimed, and taken by the next Celery worker
        next_one = plant.start()
        plant.await_done(60, 40)
        next_one.terminate()
        assert next_one.wait(20) == 0
    else:
        assert {row["claimed_by"] for row in plant.rows("pending")} == {None}
        assert plant.start("--once").wait(30) == 0
    assert arrived(plant) == Counter(ids)


@pytest.mark.parametrize(("setting", "sends"), [("auto", True), ("off", False)])
def test_the_server_has_a_worker_inside_on_sqlite(
    make_plant: Callable[..., Any], sqlite_url: str, setting: str, sends: bool
) -> None:
    plant = make_plant(sqlite_url, HUB_WORKER=setting)
    ids = plant.fill(5)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = plant.start("--port", str(port), command="serve")
    if sends:
        plant.await_done(5)
        late = plant.fill(1)
        plant.await_done(6, 5)
        assert Counter(UUID(request.id) for request in plant.receiver.requests) == Counter(ids + late)
    else:
        plant.await_that(lambda: listens(port), "server")
        time.sleep(1)
        assert plant.receiver.requests == []
    server.terminate()
    assert server.wait(20) == 0


def test_an_idle_worker_costs_next_to_nothing(
    make_plant: Callable[..., Any], database_url: str, capsys: Any
) -> None:
    plant = make_plant(database_url)
    (one,) = plant.fill(1)
    worker = plant.start(threads=16)
    plant.await_done(1)
    process = psutil.Process(worker.pid)
    time.sleep(1.5)
    before, started = process.cpu_times(), time.monotonic()
    time.sleep(20 if LONG else 4)
    after, seconds = process.cpu_times(), time.monotonic() - started
    share = (after.user + after.system - before.user - before.system) / seconds
    report(capsys, f"idle: {share:.2%} of a core")
    assert share < 0.02  # 1 % is what is meant; the clock of a short test ticks in hundredths
    assert arrived(plant) == Counter([one])
