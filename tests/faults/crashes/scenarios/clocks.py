"""The clock of the hub is put forward and back by hours while it works, and processes are started with
the wrong one. The senders' clocks stay right."""

import http.client
from datetime import datetime, timedelta

from hub_stripe.manifest import manifest as stripe

import hub
from hub.support.clock import utc_now
from tests.faults.crashes import books
from tests.faults.crashes.furnish import SECRET
from tests.faults.crashes.office import TENANT, Office
from tests.faults.crashes.trial import BATCH_SECONDS, Account, Trial

HOUR = 3600
JUMPS = (3, -5, 8, -2, 0, 26)
"""Hours by which the clock is wrong, one after the other. The last is ahead of all: what waits for an
instant that was named by a clock that was ahead, is late and not lost."""

ACCEPTED, REFUSED = 200, 401


def jumping(trial: Trial, *, rounds: int = 1) -> Account:
    """Leases, back-off, rounds and signed times, with killed processes in between."""
    kills = 0
    with trial.office() as made:
        made.clock = made.folder / "clock"
        made.clock.write_text("0", "utf-8")
        made.start_all()
        for hours in JUMPS * rounds:
            made.await_that(made.serves, "server", trial.left(60))
            under_way = trial.begin(made)
            _set(made, hours)
            if trial.dice.random() < 0.5:
                made.kill_all()
                made.start_all()
                kills += len(made.programs)
            trial.wait(made, under_way)
            _await_what_is_due(trial, made, hours)
            _require_signed_times(made, hours)
        trial.settle(made)
        made.require_alive()
        return trial.account(made, rounds=rounds * len(JUMPS), kills=kills)


def _set(made: Office, hours: int) -> None:
    assert made.clock is not None
    fresh = made.clock.with_suffix(".new")
    fresh.write_text(str(hours * HOUR), "utf-8")
    fresh.replace(made.clock)


def _await_what_is_due(trial: Trial, made: Office, hours: int) -> None:
    """What comes now is done now, by the clock as it is, whatever was named by another one."""
    trial.wait(made, trial.begin(made, 6))
    now = utc_now() + timedelta(hours=hours)
    made.await_that(
        lambda: books.open_work(made.database_url, due_by=now) == 0, "rest", trial.left(BATCH_SECONDS)
    )


def _require_signed_times(made: Office, hours: int) -> None:
    """A signature counts if it was made just now by the hub's clock, whether that is right or wrong."""
    right = _signed(made, utc_now() + timedelta(hours=hours))
    wrong = (
        _signed(made, utc_now() + timedelta(hours=hours + 1)),
        _signed(made, utc_now() + timedelta(hours=hours - 1)),
    )
    if (right, *wrong) != (ACCEPTED, REFUSED, REFUSED):
        raise AssertionError(f"signed times at {hours:+} h: {right}, {wrong}")


def _signed(made: Office, at: datetime) -> int:
    """How a request is answered that was signed at that instant."""
    body = b'{"id": "evt_1", "type": "ping", "object": "event"}'
    assert stripe.scheme is not None
    outgoing = stripe.scheme.sign(
        hub.Outgoing(body=body, headers={"Content-Type": "application/json"}), SECRET, at
    )
    connection = http.client.HTTPConnection("127.0.0.1", made.senders.door.port, timeout=20)
    try:
        connection.request("POST", f"/api/webhooks/{TENANT}/stripe", outgoing.body, dict(outgoing.headers))
        return connection.getresponse().status
    finally:
        connection.close()
