"""Events, read and done again by a program."""

from collections.abc import Callable
from typing import Any

from tests.api.conftest import Caller, MakeCaller, problem

Sale = Callable[..., dict[str, Any]]


def test_events_are_told_without_their_bodies(site: Any, caller: Caller, sale: Sale) -> None:
    sent = site.send(sale())
    site.send(sale(), secret="wrong")
    rejected, processed = caller.all("/events")

    assert processed["id"] == sent.get_json()["eventId"]
    assert (processed["outcome"], processed["plugin"], processed["verified"]) == ("processed", "custom", True)
    assert (rejected["outcome"], rejected["reason"]) == ("rejected", "invalid_signature")
    assert caller.all("/events", outcome="rejected") == [rejected]
    assert caller.all("/events", event_type="transaction.created", reason="none") == []
    assert caller.all("/events", connection_id=processed["connection_id"], outcome="processed") == [processed]
    assert "body" not in processed
    assert "headers" not in processed


def test_a_body_takes_a_scope_of_its_own_and_is_masked(
    site: Any, caller: Caller, make_caller: MakeCaller, sale: Sale
) -> None:
    site.send(sale(customer={"email": "erika@example.com"}))
    (event,) = caller.all("/events")
    path = f"/events/{event['id']}/payload"
    told = caller.get(path).get_json()

    assert problem(make_caller("read:events", "read:records").get(path)) == (403, "insufficient-scope")
    assert "erika" not in told["text"]
    assert '"email": "***"' in told["text"]
    assert "119.00" in told["text"]
    assert told["content_type"] == "application/json"


def test_an_event_is_processed_again_and_first_only_tried(site: Any, caller: Caller, sale: Sale) -> None:
    site.send(sale())
    (event,) = caller.all("/events")
    tried = caller.post(f"/events/{event['id']}/replay", {"dry_run": True}).get_json()
    done = caller.post(f"/events/{event['id']}/replay").get_json()

    assert (tried["before"], tried["after"], tried["dry_run"]) == ("processed", "processed", True)
    assert (done["before"], done["after"], done["changes"]) == ("processed", "processed", [])
    assert site.count() == 1


def test_a_refused_event_is_verified_again(site: Any, caller: Caller, sale: Sale) -> None:
    site.change("custom", secret="another")
    site.send(sale())
    (event,) = caller.all("/events")
    path = f"/events/{event['id']}/replay"

    assert problem(caller.post(path, {"dry_run": True})) == (409, "conflict")
    assert caller.post(path).get_json()["after"] == "rejected"
    site.change("custom", secret="ein-langes-geheimnis-0815")
    done = caller.post(path).get_json()
    assert (done["after"], [change["kind"] for change in done["changes"]]) == ("processed", ["transaction"])
    assert done["changes"][0]["fields"]["gross"] == [None, "119.00"]


def test_nobody_replays_a_neighbours_event_or_one_of_a_paused_connection(
    site: Any, caller: Caller, make_caller: MakeCaller, sale: Sale
) -> None:
    site.add_tenant("nachbar")
    site.send(sale())
    (event,) = caller.all("/events")
    path = f"/events/{event['id']}/replay"
    site.change("custom", enabled=False)

    assert problem(make_caller(tenant="nachbar").post(path)) == (404, "not-found")
    assert problem(caller.post(path)) == (409, "conflict")
    assert problem(make_caller("read:events").post(path)) == (403, "insufficient-scope")
