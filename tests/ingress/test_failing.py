"""A mapper or a hook that raises: 500, nothing half done, the event kept, and healed later."""

from collections.abc import Sequence
from typing import Any

import pytest

import hub
from hub.contract.locators import Json


class Fragile(hub.Plugin):
    """A source that works or fails as a test wants it, hook by hook."""

    manifest = hub.Manifest(
        slug="fragile",
        title={"de": "Zerbrechlich", "en": "Fragile"},
        routes=("/api/webhooks/<tenant>/fragile", "/webhooks/fragile"),
        scheme=hub.schemes.Hmac(header="X-Signature"),
        settings=hub.SignedSettings,
        events={"sale": "A sale."},
        event_type=Json("type", required=True),
        event_key=Json("id"),
    )

    def __init__(self) -> None:
        self.broken = ""
        self.error: Exception = KeyError("amount")

    @hub.hookimpl
    def locate(self, inbound: hub.Inbound) -> hub.Address:
        self._reach("locate")
        return hub.Address(tenant="musterfirma")

    @hub.hookimpl
    def authenticate(self, inbound: hub.Inbound, connection: hub.Connection) -> bool | None:
        self._reach("authenticate")
        return False if self.broken == "untrusted" else None

    @hub.hookimpl
    def parse(self, inbound: hub.Inbound, connection: hub.Connection) -> Sequence[hub.Fact]:
        self._reach("parse")
        return [
            hub.TransactionCreated(
                external_id=inbound.json["id"].text(),
                gross=hub.Money(1000, "EUR"),
                occurred_at=inbound.received_at,
                customer=hub.Person(email="erika@example.com"),
            )
        ]

    @hub.hookimpl
    def persist(
        self,
        facts: Sequence[hub.Fact],
        inbound: hub.Inbound,
        connection: hub.Connection,
        records: hub.Records,
    ) -> Sequence[hub.Persisted]:
        made = [one for fact in facts for one in records.apply(fact)]
        self._reach("persist")
        return made

    @hub.hookimpl
    def respond(self, inbound: hub.Inbound, outcome: hub.Outcome) -> hub.Reply | None:
        self._reach("respond")
        return None

    def _reach(self, hook: str) -> None:
        if self.broken == hook:
            raise self.error


@pytest.fixture
def fragile() -> Fragile:
    return Fragile()


@pytest.fixture
def fragile_site(make_hub: Any, fragile: Fragile) -> Any:
    return make_hub(plugins=[fragile])


def send(site: Any, path: str | None = None) -> Any:
    return site.send({"type": "sale", "id": "s-1"}, plugin="fragile", path=path)


@pytest.mark.parametrize("hook", ["authenticate", "parse", "persist"])
def test_a_fault_in_a_hook_undoes_everything_and_keeps_the_event(
    fragile_site: Any, fragile: Fragile, hook: str
) -> None:
    fragile.broken = hook
    answer = send(fragile_site)

    assert (answer.status_code, answer.get_json()["code"]) == (500, "internal_error")
    event = fragile_site.event(answer)
    assert event["outcome"] == "failed"
    assert "KeyError: 'amount'" in event["traceback"]
    assert event["body"] == b'{"type":"sale","id":"s-1"}'
    assert fragile_site.count() == 0


def test_a_fault_in_locate_keeps_the_event_too(fragile_site: Any, fragile: Fragile) -> None:
    fragile.broken = "locate"
    answer = send(fragile_site, "/webhooks/fragile")

    assert (answer.status_code, answer.get_json()["code"]) == (500, "internal_error")
    assert "KeyError: 'amount'" in fragile_site.event(answer)["traceback"]
    assert fragile_site.event(answer)["tenant_id"] is None


def test_the_senders_next_try_heals_a_failed_event(fragile_site: Any, fragile: Fragile) -> None:
    fragile.broken = "parse"
    send(fragile_site)
    send(fragile_site)
    assert [event["healed"] for event in fragile_site.events(outcome="failed")] == [False, False]

    fragile.broken = ""
    assert send(fragile_site).get_json()["status"] == "processed"
    assert [event["healed"] for event in fragile_site.events(outcome="failed")] == [True, True]
    assert len(fragile_site.records("transactions")) == 1


def test_a_fault_in_shaping_the_answer_does_not_hide_the_outcome(fragile_site: Any, fragile: Fragile) -> None:
    fragile.broken = "respond"

    assert send(fragile_site).get_json()["status"] == "processed"


def test_a_hook_that_does_not_trust_the_request_refuses_it(fragile_site: Any, fragile: Fragile) -> None:
    fragile.broken = "untrusted"
    answer = send(fragile_site)

    assert (answer.status_code, answer.get_json()["code"]) == (401, "invalid_signature")
    assert fragile_site.count() == 0


@pytest.mark.parametrize("hook", ["locate", "authenticate", "parse", "persist"])
def test_a_hook_may_refuse_with_its_own_answer(fragile_site: Any, fragile: Fragile, hook: str) -> None:
    fragile.broken = hook
    fragile.error = hub.PayloadError("Send another one.", code="not_this_one")
    answer = send(fragile_site, "/webhooks/fragile")

    assert (answer.status_code, answer.get_json()["code"]) == (400, "not_this_one")
    assert fragile_site.event(answer)["outcome"] == "rejected"
    assert fragile_site.count() == 0
