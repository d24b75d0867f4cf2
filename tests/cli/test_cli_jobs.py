"""``hub jobs``: the periodic work of the plugins, seen and done now."""

from datetime import timedelta
from typing import Any

import pytest

from hub.app import create_hub
from hub.records import periodic
from hub.support.clock import utc_now

JOB = "commissions.mature"


@pytest.fixture
def rooms(firm: Any) -> Any:
    hub = create_hub(firm.config())
    yield hub
    hub.database.close()


def listed(firm: Any) -> dict[str, Any]:
    (only,) = [row for row in firm.json("jobs", "list") if row["name"] == JOB]
    return {**only}


def test_a_job_is_listed_before_and_after_it_ran(firm: Any) -> None:
    before = listed(firm)
    assert (before["every"], before["last_started_at"], before["next_at"]) == (3600, None, None)

    firm.ok("worker", "--once")
    after = listed(firm)
    assert after["last_finished_at"] >= after["last_started_at"]
    assert after["next_at"] > after["last_finished_at"]
    assert after["claimed_by"] is None
    assert "1:00:00" in firm.ok("jobs", "list")


def test_a_job_is_made_due_and_then_done_by_a_worker(firm: Any) -> None:
    firm.ok("worker", "--once")
    first = listed(firm)
    assert firm.run("jobs", "run", JOB).exit_code == 0
    assert listed(firm)["next_at"] < first["next_at"]

    firm.ok("worker", "--once")
    assert listed(firm)["last_started_at"] > first["last_started_at"]


def test_a_job_that_no_worker_has_seen_yet_can_be_made_due(firm: Any) -> None:
    assert firm.run("jobs", "run", JOB).exit_code == 0
    assert listed(firm)["next_at"] is not None


def test_a_failure_is_shown_without_its_traceback(firm: Any, rooms: Any) -> None:
    now = utc_now()
    with rooms.database.write() as unit:
        periodic.add(unit, [JOB], now)
        current = periodic.claim(unit, [JOB], by="me", now=now, until=now)
        tenant_id = rooms.registry.entry("musterfirma").id
        periodic.advance_failed(unit, current, tenant_id, now, "musterfirma: ValueError: no\nTraceback …")

    text = firm.ok("jobs", "list")
    assert "musterfirma: ValueError: no" in text
    assert "Traceback" not in text
    assert (listed(firm)["failed"], listed(firm)["last_error"][-11:]) == (1, "Traceback …")


def test_what_a_worker_does_at_this_moment_is_left_to_it(firm: Any, rooms: Any) -> None:
    now = utc_now()
    with rooms.database.write() as unit:
        periodic.add(unit, [JOB], now)
        periodic.claim(unit, [JOB], by="me", now=now, until=now + timedelta(minutes=1))

    assert "a worker is at commissions.mature now" in firm.refused("jobs", "run", JOB)
    assert listed(firm)["claimed_by"] == "me"


def test_a_job_that_nobody_has_is_refused(firm: Any) -> None:
    assert "there is no job 'commissions.ripen'" in firm.refused("jobs", "run", "commissions.ripen")
