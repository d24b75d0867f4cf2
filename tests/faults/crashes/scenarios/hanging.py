"""Somebody takes his time: a receiver that accepts and never answers, and a background effect that sleeps.
Another tenant must not have to wait for them."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.deliveries.receiving import Answer, Request
from tests.faults.crashes import books
from tests.faults.crashes.echo import SLEEPS
from tests.faults.crashes.furnish import SECRET
from tests.faults.crashes.office import TENANT, Office
from tests.faults.crashes.traffic import Door, Senders, plan
from tests.faults.crashes.trial import BATCH_SECONDS, Account, Trial

SLOW = "langsam"
"""The tenant whose receiver or effect takes its time."""

SLEEP_SECONDS = 10


def receiver(trial: Trial, *, rounds: int = 1) -> Account:
    """The slow tenant's deliveries stick. The other one's arrive while they do."""
    with trial.office(tenants=(TENANT, SLOW)) as made:
        slow = _begin(trial, made)
        times = [_usual(trial, made)]
        for number in range(rounds):
            with _silence(made) as stuck:
                trial.wait(made, slow.begin(plan(f"{trial.seed}", f"s{number}", 12)))
                made.await_that(stuck.is_set, "stuck delivery", trial.left(BATCH_SECONDS))
                times.append(_usual(trial, made))
        trial.settle(made)
        remark = f"the other tenant's batch took {_told(times[1:])} s, without that {_told(times[:1])} s"
        made.senders.join(slow)
        return trial.account(made, rounds=rounds, kills=0, remark=remark)


def effect(trial: Trial, *, rounds: int = 1) -> Account:
    """The slow tenant's background effect sleeps inside its transaction."""
    with trial.office(tenants=(TENANT, SLOW)) as made:
        sleep = made.folder / "sleep"
        made.environment[SLEEPS] = str(sleep)
        slow = _begin(trial, made)
        times = [_usual(trial, made)]
        for number in range(rounds):
            sleep.write_text(f"{SLOW} {SLEEP_SECONDS}", "utf-8")
            trial.wait(made, slow.begin(plan(f"{trial.seed}", f"s{number}", 2)))
            made.await_that(lambda: not sleep.exists(), "sleeping effect", trial.left(BATCH_SECONDS))
            times.append(_usual(trial, made))
            time.sleep(SLEEP_SECONDS)
        trial.settle(made)
        remark = f"the other tenant's batch took {_told(times[1:])} s, without that {_told(times[:1])} s"
        made.senders.join(slow)
        account = trial.account(made, rounds=rounds, kills=0, remark=remark)
        if not made.on_sqlite and min(times[1:]) > SLEEP_SECONDS * 0.8:
            raise AssertionError(f"the others waited: {remark}")
        return account


def _begin(trial: Trial, made: Office) -> Senders:
    """All running; gives the slow tenant's senders."""
    made.start_all()
    made.await_that(made.serves, "server", trial.left(60))
    return Senders(Door(made.senders.door.port, SLOW, SECRET, made.keys[SLOW]), 4)


def _usual(trial: Trial, made: Office) -> float:
    """How many seconds a batch of the other tenant takes, up to its last effect and delivery."""
    started = time.monotonic()
    trial.wait(made, trial.begin(made, 12))
    made.await_that(
        lambda: books.open_work(made.database_url, tenant=TENANT) == 0, "rest", trial.left(BATCH_SECONDS)
    )
    return time.monotonic() - started


@contextmanager
def _silence(made: Office) -> Iterator[threading.Event]:
    """The slow tenant's receiver does not answer until the end of the block. The event says that it was
    called."""
    usual, called, over = made.receiver.answer, threading.Event(), threading.Event()

    def answer(request: Request) -> Answer:
        if request.path.startswith(f"/{SLOW}/"):
            called.set()
            over.wait(BATCH_SECONDS)
        return usual(request)

    made.receiver.answer = answer
    try:
        yield called
    finally:
        over.set()
        made.receiver.answer = usual


def _told(seconds: list[float]) -> str:
    return " and ".join(f"{one:.1f}" for one in seconds)
