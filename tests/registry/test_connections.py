"""Which plugin is called for whom, and that a change counts at the very next request, in every
process."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

import hub
from hub.contract.locators import Json
from hub.records import tenants

Sale = Callable[..., dict[str, Any]]

TICKET = hub.TicketOpened(customer=hub.Person(email="a@b.de"), message="from the wrapper")


class Wrapper(hub.Plugin):
    """Stands before other plugins: refuses requests with a word in them, and reads some itself."""

    manifest = hub.Manifest(slug="wrapper", title={"de": "W", "en": "W"}, kinds=("wrapper",))

    def __init__(self) -> None:
        self.asked = 0

    @hub.hookimpl
    def authenticate(self, inbound: hub.Inbound, connection: hub.Connection) -> bool | None:
        self.asked += 1
        if b"forbidden" in inbound.body:
            raise hub.ForbiddenError("Not with that word.", code="forbidden_word")
        return True if b"trusted" in inbound.body else None

    @hub.hookimpl
    def parse(self, inbound: hub.Inbound, connection: hub.Connection) -> Sequence[hub.Fact] | None:
        return [TICKET] if b"ticket" in inbound.body else None


class Spy(hub.Plugin):
    """A source that is on and never addressed."""

    manifest = hub.Manifest(
        slug="spy",
        title={"de": "Spion", "en": "Spy"},
        routes=("/webhooks/spy",),
        events={"say": "Never."},
        event_type=Json("type"),
    )

    def __init__(self) -> None:
        self.calls: list[str] = []

    @hub.hookimpl
    def locate(self, inbound: Any) -> None:
        self.calls.append("locate")

    @hub.hookimpl
    def authenticate(self, inbound: Any, connection: Any) -> None:
        self.calls.append("authenticate")

    @hub.hookimpl
    def parse(self, inbound: Any, connection: Any) -> None:
        self.calls.append("parse")

    @hub.hookimpl
    def persist(self, facts: Any, inbound: Any, connection: Any, records: Any) -> None:
        self.calls.append("persist")

    @hub.hookimpl
    def respond(self, inbound: Any, outcome: Any) -> None:
        self.calls.append("respond")


@pytest.fixture
def wrapper() -> Wrapper:
    return Wrapper()


@pytest.fixture
def wrapped(make_hub: Any, wrapper: Wrapper) -> Any:
    """A hub with two tenants; the wrapper is on for the first only."""
    site = make_hub(plugins=[wrapper])
    site.add_tenant("nachbar")
    site.change("wrapper", tenant="nachbar", enabled=False)
    return site


def test_a_wrapper_may_refuse_what_the_plugin_would_take(wrapped: Any, sale: Sale) -> None:
    answer = wrapped.send(sale(note="forbidden"))

    assert (answer.status_code, answer.get_json()["code"]) == (403, "forbidden_word")
    assert wrapped.count() == 0


def test_a_wrapper_may_trust_or_leave_it_to_the_plugin(wrapped: Any, sale: Sale) -> None:
    assert wrapped.send(sale(note="trusted"), secret=None).get_json()["status"] == "processed"
    assert wrapped.send(sale("t-2"), secret=None).status_code == 401
    assert wrapped.send(sale("t-2")).get_json()["status"] == "processed"


def test_a_wrapper_may_read_an_event_itself(wrapped: Any, sale: Sale) -> None:
    wrapped.send(sale(note="ticket"))

    assert len(wrapped.records("tickets")) == 1
    assert wrapped.records("transactions") == []


def test_a_wrapper_is_not_asked_for_a_tenant_without_it(wrapped: Any, wrapper: Wrapper, sale: Sale) -> None:
    answer = wrapped.send(sale(note="forbidden ticket"), tenant="nachbar")

    assert answer.get_json()["status"] == "processed"
    assert len(wrapped.records("transactions", "nachbar")) == 1
    assert wrapper.asked == 0


def test_only_the_addressed_plugin_is_called(make_hub: Any, sale: Sale) -> None:
    spy = Spy()
    site = make_hub(plugins=[spy])
    site.send(sale())
    site.send(sale(), secret="wrong")
    site.send(
        {"type": "ticket", "email": "a@b.de", "message": "!"}, plugin="lead", secret=site.keys["musterfirma"]
    )

    assert spy.calls == []


def test_a_source_that_locates_nobody_is_not_found(make_hub: Any) -> None:
    spy = Spy()
    site = make_hub(plugins=[spy])

    assert site.send({}, plugin="spy", secret=None).status_code == 404
    assert spy.calls == ["locate", "respond"]


def test_a_source_without_a_scheme_trusts_nobody(make_hub: Any) -> None:
    class Open(Spy):
        manifest = hub.Manifest(
            slug="open",
            title={"de": "O", "en": "O"},
            routes=("/api/webhooks/<tenant>/open",),
            events={"say": "Never."},
            event_type=Json("type"),
        )

    answer = make_hub(plugins=[Open()]).send({"type": "say"}, plugin="open")
    assert (answer.status_code, answer.get_json()["code"]) == (401, "no_scheme")


@pytest.fixture
def both(make_hub: Any, make_app: Any, sale: Sale) -> tuple[Any, Any]:
    """Two hubs on one database; the second has answered already, and so remembers connections."""
    first = make_hub()
    second = make_app(first.rooms.config.database_url)
    assert second.send(sale("t-0")).get_json()["status"] == "processed"
    return first, second


def test_a_connection_that_is_switched_off_is_off_everywhere_at_once(
    both: tuple[Any, Any], sale: Sale
) -> None:
    here, there = both
    here.change("custom", enabled=False)
    assert there.send(sale("t-1")).status_code == 404

    here.change("custom", enabled=True)
    assert there.send(sale("t-1")).get_json()["status"] == "processed"


def test_a_new_secret_counts_everywhere_at_once(both: tuple[Any, Any], sale: Sale) -> None:
    here, there = both
    here.change("custom", secret="the next secret")

    assert there.send(sale("t-1")).status_code == 401
    assert there.send(sale("t-1"), secret="the next secret").get_json()["status"] == "processed"


def test_a_new_connection_and_a_new_tenant_are_known_everywhere_at_once(
    both: tuple[Any, Any], sale: Sale
) -> None:
    here, there = both
    assert there.send(sale("t-1"), connection="zweitshop").status_code == 404
    assert there.send(sale("t-1"), tenant="nachbar").status_code == 404

    here.connect("custom", name="zweitshop")
    here.add_tenant("nachbar")
    assert there.send(sale("t-1"), connection="zweitshop").get_json()["status"] == "processed"
    assert there.send(sale("t-1"), tenant="nachbar").get_json()["status"] == "processed"


def test_a_key_that_is_deactivated_is_refused_everywhere_at_once(both: tuple[Any, Any]) -> None:
    here, there = both
    lead = {"type": "ticket", "email": "a@b.de", "message": "Hallo"}
    key = here.keys["musterfirma"]
    assert there.send(lead, plugin="lead", secret=key).status_code == 200

    with here.rooms.database.write() as unit:
        (known,) = tenants.keys_of(unit, here.tenant_id())
        assert tenants.deactivate_key(unit, known["id"], here.clock())
    assert there.send(lead, plugin="lead", secret=key).status_code == 403
    assert len(here.records("tickets")) == 1


def test_a_change_before_an_unknown_address_is_asked_for_does_no_harm(both: tuple[Any, Any]) -> None:
    here, there = both
    lead = {"type": "ticket", "email": "a@b.de", "message": "Hallo"}
    here.add_tenant("nachbar")

    assert there.send(lead, plugin="lead", secret="crm_999_" + "a" * 40).status_code == 403
    assert there.send(lead, plugin="lead", secret=here.keys["nachbar"]).status_code == 200


def test_two_secrets_count_while_one_is_replaced(site: Any, sale: Sale) -> None:
    soon = site.clock() + timedelta(hours=1)
    site.change("custom", secret=["new", {"value": "old", "expires_at": soon}])
    assert site.send(sale("t-1"), secret="old").status_code == 200
    assert site.send(sale("t-2"), secret="new").status_code == 200

    site.clock.advance(hours=1)
    assert site.send(sale("t-3"), secret="old").status_code == 401
    assert site.send(sale("t-3"), secret="new").status_code == 200


def test_a_connection_whose_settings_cannot_be_read_is_off_and_says_why(
    site: Any, sale: Sale, capsys: pytest.CaptureFixture[str]
) -> None:
    site.change("shopify", settings={"partner_source": "a-wrong-value"})
    site.change("custom", secrets="not what the vault sealed")

    assert site.send(sale()).status_code == 404
    written = "".join(capsys.readouterr())
    assert written.count("connection_unusable") >= 2
    assert "a-wrong-value" not in written
