"""The six outcomes: what the sender is answered, and what the event log says."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

import hub
from hub.contract.locators import Json

Sale = Callable[..., dict[str, Any]]

REFUND = {"event": "transaction.refunded", "externalId": "t-1"}


class Broken(hub.Plugin):
    """A source whose mapper has a fault."""

    manifest = hub.Manifest(
        slug="broken",
        title={"de": "Kaputt", "en": "Broken"},
        routes=("/api/webhooks/<tenant>/broken",),
        scheme=hub.schemes.Hmac(header="X-Signature"),
        settings=hub.SignedSettings,
        events={"say": "Fails."},
        event_type=Json("type", required=True),
        event_key=Json("id"),
    )

    @hub.hookimpl
    def parse(self, inbound: hub.Inbound, connection: hub.Connection) -> list[hub.Fact]:
        raise ZeroDivisionError("the mapper's own fault")


def test_a_new_event_is_processed(site: Any, sale: Sale) -> None:
    answer = site.send(sale())

    assert answer.status_code == 200
    assert answer.get_json() == {"status": "processed", "eventId": str(UUID(answer.get_json()["eventId"]))}
    assert site.record("transactions")["gross"] == 119


def test_a_repetition_is_skipped(site: Any, sale: Sale) -> None:
    first = site.send(sale())
    second = site.send(sale())

    assert (second.status_code, second.get_json()["status"]) == (200, "skipped")
    assert second.get_json()["eventId"] != first.get_json()["eventId"]
    assert site.event(second)["reason"] == "repeated_key"
    assert first.get_json()["eventId"] in site.event(second)["message"]
    assert len(site.records("transactions")) == 1


def test_an_event_of_no_meaning_is_ignored(site: Any, sale: Sale) -> None:
    answer = site.send(sale(event="transaction.wished"))

    assert (answer.status_code, answer.get_json()["status"]) == (200, "ignored")
    assert site.event(answer)["reason"] == "unknown_event_type"
    assert site.count() == 0


def test_an_early_event_is_parked(site: Any) -> None:
    answer = site.send(REFUND)

    assert (answer.status_code, answer.get_json()["status"]) == (202, "parked")
    assert site.event(answer)["reason"] == "awaits_sale"


def test_a_wrong_signature_is_rejected(site: Any, sale: Sale) -> None:
    answer = site.send(sale(), secret="another secret")

    assert answer.status_code == 401
    assert answer.get_json() == {
        "status": "error",
        "code": "invalid_signature",
        "message": site.event(answer)["message"],
        "eventId": answer.get_json()["eventId"],
    }
    assert "secret on both sides" in answer.get_json()["message"]
    assert site.count() == 0


def test_a_fault_of_the_hub_is_failed(make_hub: Any) -> None:
    site = make_hub(plugins=[Broken()])
    answer = site.send({"type": "say", "id": "1"}, plugin="broken")

    assert answer.status_code == 500
    assert answer.get_json()["code"] == "internal_error"
    assert "ZeroDivisionError" not in answer.get_data(as_text=True)
    assert "the mapper's own fault" in site.event(answer)["traceback"]


def test_every_outcome_stands_in_the_event_log_with_its_request(make_hub: Any, sale: Sale) -> None:
    site = make_hub(plugins=[Broken()])
    site.send(REFUND | {"externalId": "t-2"})
    site.send(sale())
    site.send(sale())
    site.send(sale(event="transaction.wished"))
    site.send(sale(), secret="another secret")
    site.send({"type": "say"}, plugin="broken")

    found = [(event["outcome"], event["status"]) for event in reversed(site.events())]
    assert found == [
        ("parked", 202),
        ("processed", 200),
        ("skipped", 200),
        ("ignored", 200),
        ("rejected", 401),
        ("failed", 500),
    ]
    assert {event["tenant_id"] for event in site.events()} == {site.tenant_id()}
    assert [event["event_type"] for event in site.events(outcome="processed")] == ["transaction.created"]


def test_the_bytes_are_kept_as_they_came(site: Any) -> None:
    raw = (
        b'{ "event":"transaction.created", "externalId":"\xc3\xa4-1",\n"grossAmount":10.10,"currency":"EUR"}'
    )

    assert site.event(site.send(raw))["body"] == raw


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_post_is_taken(site: Any, method: str) -> None:
    answer = site.app.test_client().open("/api/webhooks/musterfirma/custom", method=method)

    assert answer.status_code == 405
    assert answer.headers["Allow"].startswith(("POST", "OPTIONS"))
    assert answer.get_json()["code"] == "method_not_allowed"


def test_answers_are_neither_cached_nor_sniffed(site: Any, sale: Sale) -> None:
    headers = site.send(sale()).headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Type"] == "application/json"
