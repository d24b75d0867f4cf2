"""Signals go up: receivers hear of each record inside its transaction, and cannot harm it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

import hub
from hub.contract.errors import ContractError
from hub.pipeline.announcing import Announcer
from hub.records.tables import Customer, EffectRun
from hub.records.tenants import table
from hub.registry.discovery import Plugins
from hub.support.ids import new_id

Sale = Callable[..., dict[str, Any]]

REFUND = {"event": "transaction.refunded", "externalId": "t-1"}


def effect(slug: str) -> hub.Manifest:
    return hub.Manifest(slug=slug, title={"de": slug, "en": slug}, kinds=("effect",))


class Writer(hub.Plugin):
    """An effect that writes a row for each sale, and may raise after that."""

    manifest = effect("writer")

    def __init__(self) -> None:
        self.heard: list[hub.Announcement] = []
        self.error: Exception | None = None

    @hub.receives(hub.signals.transaction_created, hub.signals.transaction_refunded)
    def write(self, announcement: hub.Announcement, unit: Any) -> None:
        self.heard.append(announcement)
        name = f"{announcement.record_id}@{announcement.signal.name}"
        row = {"id": new_id(), "tenant_id": announcement.tenant_id, "created_at": announcement.received_at}
        unit.insert(table(Customer), row | {"email": name, "email_key": name, "extra": {}})
        if self.error:
            raise self.error


class Other(hub.Plugin):
    """A second effect, whose class and method have the names of the first."""

    manifest = effect("other")

    def __init__(self) -> None:
        self.heard: list[hub.Announcement] = []

    @hub.receives(hub.signals.transaction_created)
    def write(self, announcement: hub.Announcement, unit: Any) -> None:
        self.heard.append(announcement)


Other.write.__qualname__ = Writer.write.__qualname__


@pytest.fixture
def writer() -> Writer:
    return Writer()


@pytest.fixture
def other() -> Other:
    return Other()


@pytest.fixture
def effects(make_hub: Any, writer: Writer, other: Other) -> Any:
    return make_hub(plugins=[writer, other])


def runs(site: Any) -> list[tuple[str, str, str]]:
    """Receiver, signal and state of what the test's own effects did."""
    known = table(EffectRun)
    with site.rooms.database.read() as unit:
        rows = unit.rows(sa.select(known).order_by(known.c.receiver, known.c.signal))
    told = [(row["receiver"].partition(":")[0], row["signal"], row["state"]) for row in rows]
    return [one for one in told if one[0] in ("writer", "other")]


def test_a_receiver_hears_of_a_record_and_writes_with_it(effects: Any, writer: Writer, sale: Sale) -> None:
    answer = effects.send(sale())

    (heard,) = writer.heard
    assert (heard.signal, heard.action) == (hub.signals.transaction_created, "created")
    assert (heard.tenant.slug, heard.tenant_id) == ("musterfirma", effects.tenant_id())
    assert str(heard.event_id) == answer.get_json()["eventId"]
    assert heard.received_at == effects.clock()
    assert heard.record_id == effects.record("transactions")["id"]
    assert len(effects.records("customers")) == 1


def test_two_effects_with_methods_of_one_name_both_hear(
    effects: Any, writer: Writer, other: Other, sale: Sale
) -> None:
    effects.send(sale())

    assert (len(writer.heard), len(other.heard)) == (1, 1)
    assert runs(effects) == [
        ("other", "transaction_created", "done"),
        ("writer", "transaction_created", "done"),
    ]


def test_a_receiver_that_raises_harms_nobody(effects: Any, writer: Writer, other: Other, sale: Sale) -> None:
    writer.error = RuntimeError("the effect's own fault")

    assert effects.send(sale()).get_json()["status"] == "processed"
    assert len(effects.records("transactions")) == 1
    assert effects.records("customers") == []  # its own writes are undone
    assert {heard.record_id for heard in other.heard} == {effects.record("transactions")["id"]}
    assert ("other", "transaction_created", "done") in runs(effects)
    assert ("writer", "transaction_created", "failed") in runs(effects)


def test_a_receiver_that_breaks_the_database_harms_nobody(effects: Any, writer: Writer, sale: Sale) -> None:
    writer.error = hub.EarlyError(("x",))
    effects.send(sale())
    writer.error = sa.exc.IntegrityError("insert", {}, ValueError())

    assert effects.send(REFUND).get_json()["status"] == "processed"
    assert effects.record("transactions")["status"] == "refunded"


def test_an_effect_that_is_off_is_not_called_and_the_skip_is_recorded(
    effects: Any, writer: Writer, other: Other, sale: Sale
) -> None:
    effects.change("writer", enabled=False)
    effects.send(sale())

    assert (writer.heard, len(other.heard)) == ([], 1)
    assert ("writer", "transaction_created", "skipped") in runs(effects)

    effects.change("writer", enabled=True)
    effects.send(REFUND)
    assert [heard.signal.name for heard in writer.heard] == ["transaction_refunded"]


def test_an_effect_is_off_for_one_tenant_only(effects: Any, writer: Writer, sale: Sale) -> None:
    effects.add_tenant("nachbar")
    effects.change("writer", enabled=False)
    effects.send(sale())
    effects.send(sale(), tenant="nachbar")

    assert [heard.tenant.slug for heard in writer.heard] == ["nachbar"]


def test_a_parked_event_is_announced_when_it_is_applied(effects: Any, writer: Writer, sale: Sale) -> None:
    early = effects.send(REFUND)
    assert writer.heard == []

    effects.send(sale())
    assert [heard.signal.name for heard in writer.heard] == ["transaction_created", "transaction_refunded"]
    assert str(writer.heard[1].event_id) == early.get_json()["eventId"]


def test_a_repetition_is_not_announced(effects: Any, writer: Writer, sale: Sale) -> None:
    for body in (sale(), sale(), REFUND, REFUND):
        effects.send(body)

    assert len(writer.heard) == 2


def test_what_an_effect_wrote_is_undone_with_its_event(effects: Any, sale: Sale) -> None:
    amount = hub.Money(100, "USD")
    created = hub.TransactionCreated(
        external_id="t", gross=hub.Money(100, "EUR"), occurred_at=effects.clock()
    )
    wrong = hub.TransactionRefunded(
        external_id="r", refers_to=("t",), amount=amount, occurred_at=effects.clock()
    )

    assert effects.tell(created, wrong).status_code == 400
    assert effects.count() == 0
    assert runs(effects) == []


def module_function(announcement: hub.Announcement, unit: Any) -> None:
    """A receiver that can be found again."""


def test_only_methods_and_functions_of_a_module_can_receive(writer: Writer) -> None:
    def closure(announcement: hub.Announcement, unit: Any) -> None: ...

    announcer = Announcer(Plugins())
    signal = hub.signals.transaction_created
    announcer.connect(signal, writer.write, "writer")
    announcer.connect(signal, module_function, "writer")
    for refused in (closure, lambda announcement, unit: None, partial(module_function), object()):
        with pytest.raises(ContractError, match="writer: a receiver must be"):
            announcer.connect(signal, refused, "writer")  # type: ignore[arg-type]


def test_two_hubs_in_one_process_share_no_receivers(make_hub: Any, make_app: Any, sale: Sale) -> None:
    first, second = Writer(), Writer()
    site = make_hub(plugins=[first])
    beside = make_app(site.rooms.config.database_url, [second])
    site.send(sale("t-1"))
    beside.send(sale("t-2"))

    assert (len(first.heard), len(second.heard)) == (1, 1)


class Forgetful(hub.Plugin):
    """A wrapper in whose presence the registry forgets everything, as another thread may make it."""

    manifest = hub.Manifest(slug="forgetful", title={"de": "V", "en": "F"}, kinds=("wrapper",))
    site: Any = None

    @hub.hookimpl
    def persist(self, facts: Any, inbound: Any, connection: Any, records: Any) -> None:
        self.site.rooms.registry.forget()


def test_an_event_needs_one_database_connection_even_while_connections_change(
    make_hub: Any, writer: Writer, sale: Sale
) -> None:
    forgetful = Forgetful()
    forgetful.site = make_hub(plugins=[forgetful, writer], pool_size=1)

    assert forgetful.site.send(sale()).get_json()["status"] == "processed"
    assert len(writer.heard) == 1
