"""Stored bytes through the present adapter: after a fix, after a secret was corrected, or to look."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

import hub
from hub.contract.locators import Json
from hub.pipeline.replaying import ReplayRefusedError
from hub.records.tables import Transaction
from hub.records.tenants import table


class Adapter(hub.Plugin):
    """A source whose mapping a test can change, as a new version of an adapter would."""

    manifest = hub.Manifest(
        slug="adapter",
        title={"de": "Adapter", "en": "Adapter"},
        routes=("/api/webhooks/<tenant>/adapter",),
        scheme=hub.schemes.Hmac(header="X-Signature"),
        settings=hub.SignedSettings,
        events={"sale": "A sale.", "refund": "A refund."},
        event_type=Json("type", required=True),
        event_key=Json("id"),
    )

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.persist_error: Exception | None = None
        self.fields: dict[str, Any] = {}
        self.refund: dict[str, Any] = {}

    @hub.hookimpl
    def parse(self, inbound: hub.Inbound, connection: hub.Connection) -> Sequence[hub.Fact]:
        if self.error:
            raise self.error
        if inbound.json["type"].text() == "refund":
            back = {"external_id": "r", "refers_to": ("s-1",), "occurred_at": inbound.received_at}
            return [hub.TransactionRefunded(**(back | self.refund))]
        known = {"external_id": "s-1", "gross": hub.Money(1000, "EUR"), "occurred_at": inbound.received_at}
        return [hub.TransactionCreated(**(known | self.fields))]

    @hub.hookimpl
    def persist(
        self,
        facts: Sequence[hub.Fact],
        inbound: hub.Inbound,
        connection: hub.Connection,
        records: hub.Records,
    ) -> Sequence[hub.Persisted]:
        made = [one for fact in facts for one in records.apply(fact)]
        if self.persist_error:
            raise self.persist_error
        return made


class Ledger(hub.Plugin):
    """An effect that remembers what it was told."""

    manifest = hub.Manifest(slug="ledger", title={"de": "Buch", "en": "Ledger"}, kinds=("effect",))

    def __init__(self) -> None:
        self.told: list[str] = []

    @hub.receives(
        hub.signals.transaction_created, hub.signals.transaction_changed, hub.signals.transaction_refunded
    )
    def note(self, announcement: hub.Announcement, unit: Any) -> None:
        self.told.append(announcement.signal.name)


@pytest.fixture
def adapter() -> Adapter:
    return Adapter()


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def replayed(make_hub: Any, adapter: Adapter, ledger: Ledger) -> Any:
    return make_hub(plugins=[adapter, ledger])


def send(site: Any, kind: str = "sale", *, key: str | None = None, **options: Any) -> Any:
    return site.event(site.send({"type": kind, "id": key or f"{kind}-1"}, plugin="adapter", **options))


def present(site: Any, event: Any) -> Any:
    """What the event log says of the event now."""
    return next(row for row in site.events() if row["id"] == event["id"])


def test_a_failed_event_is_processed_by_the_fixed_adapter(replayed: Any, adapter: Adapter) -> None:
    adapter.error = KeyError("amount")
    event = send(replayed)
    adapter.error = None
    replay = replayed.rooms.replayer.replay(event["id"])

    assert (replay.before, replay.after) == ("failed", "processed")
    assert [(change.kind, change.action) for change in replay.changes] == [("transaction", "created")]
    assert (present(replayed, event)["outcome"], present(replayed, event)["status"]) == ("processed", 200)
    assert replayed.record("transactions")["event_id"] == event["id"]
    assert replayed.record("transactions")["created_at"] == event["received_at"]


def test_a_dry_run_shows_what_would_be_made_and_makes_nothing(
    replayed: Any, adapter: Adapter, ledger: Ledger
) -> None:
    adapter.error = KeyError("amount")
    event = send(replayed)
    adapter.error = None
    replay = replayed.rooms.replayer.replay(event["id"], dry_run=True)

    (change,) = replay.changes
    assert (replay.after, change.action, change.fields["gross"]) == (
        "processed",
        "created",
        (None, Decimal("10.00")),
    )
    assert replayed.count() == 0
    assert present(replayed, event)["outcome"] == "failed"


def test_a_dry_run_shows_each_field_before_and_after(replayed: Any, adapter: Adapter) -> None:
    event = send(replayed)
    adapter.fields = {"campaign": "sommer", "partner_code": "P-1"}
    replay = replayed.rooms.replayer.replay(event["id"], dry_run=True)

    (change,) = replay.changes
    assert change.fields == {
        "campaign": (None, "sommer"),
        "partner_code": (None, "P-1"),
        "unassigned_reason": ("no_partner_named", None),
        "status": ("unassigned", "completed"),
    }
    assert replayed.record("transactions")["campaign"] is None


def test_a_replay_brings_a_record_up_to_date_without_a_second_one(
    replayed: Any, adapter: Adapter, ledger: Ledger
) -> None:
    event = send(replayed)
    adapter.fields = {"campaign": "sommer"}
    replay = replayed.rooms.replayer.replay(event["id"])

    assert (replay.before, replay.after) == ("processed", "processed")
    assert replayed.record("transactions")["campaign"] == "sommer"
    assert ledger.told == ["transaction_created", "transaction_changed"]


def test_each_replay_that_changes_a_sale_is_announced(
    replayed: Any, adapter: Adapter, ledger: Ledger
) -> None:
    event = send(replayed)
    for campaign in ("sommer", "sommer", "herbst", None):
        adapter.fields = {"campaign": campaign}
        replayed.rooms.replayer.replay(event["id"], dry_run=True)
        replayed.rooms.replayer.replay(event["id"])

    # Here the effect keeps a list; what one writes to the database is undone by the dry run.
    assert ledger.told == ["transaction_created", *["transaction_changed"] * 6]
    assert replayed.record("transactions")["campaign"] is None


@pytest.mark.parametrize("gross", [1999, 500])
def test_what_went_back_as_a_whole_stays_the_whole(replayed: Any, adapter: Adapter, gross: int) -> None:
    event, refund = send(replayed), send(replayed, "refund")
    adapter.fields = {"gross": hub.Money(gross, "EUR")}
    shown = replayed.rooms.replayer.replay(event["id"], dry_run=True)
    assert replayed.record("transactions")["refunded_minor"] == 1000

    replay = replayed.rooms.replayer.replay(event["id"])
    sale = replayed.record("transactions")
    assert (sale["gross_minor"], sale["refunded_minor"], sale["status"]) == (gross, gross, "refunded")
    assert replayed.record("reversals")["amount_minor"] == gross
    assert shown.changes == replay.changes
    assert replay.changes[0].fields["refunded_minor"] == (1000, gross)
    assert replayed.rooms.replayer.replay(refund["id"]).changes == ()


@pytest.mark.parametrize(
    ("first", "back", "now", "stands"),
    [
        (
            {},
            {"amount": hub.Money(1500, "EUR")},
            {"gross": hub.Money(2000, "EUR")},
            (1500, "partially_refunded"),
        ),
        (
            {"gross": hub.Money(2000, "EUR")},
            {"amount": hub.Money(1500, "EUR")},
            {"gross": hub.Money(1500, "EUR")},
            (1500, "refunded"),
        ),
        (
            {"other_gross": hub.Money(2000, "USD")},
            {"amount": hub.Money(500, "USD")},
            {"gross": hub.Money(3000, "EUR"), "other_gross": hub.Money(2000, "USD")},
            (750, "partially_refunded"),
        ),
        # the adapter took one of the sale's two currencies for the other
        (
            {"gross": hub.Money(1000, "EUR")},
            {"amount": hub.Money(250, "EUR")},
            {"gross": hub.Money(2000, "USD"), "other_gross": hub.Money(1000, "EUR")},
            (500, "partially_refunded"),
        ),
        ({}, {}, {"gross": hub.Money(1000, "JPY")}, (1000, "refunded")),
    ],
)
def test_refunds_are_reckoned_anew_from_the_sale_as_it_is_now(
    replayed: Any, adapter: Adapter, first: Any, back: Any, now: Any, stands: Any
) -> None:
    adapter.fields, adapter.refund = first, back
    event = send(replayed)
    send(replayed, "refund")
    adapter.fields = now
    replayed.rooms.replayer.replay(event["id"])

    sale = replayed.record("transactions")
    assert (sale["refunded_minor"], sale["status"]) == stands


def test_a_sale_does_not_change_into_a_currency_in_which_its_refunds_cannot_be_counted(
    replayed: Any, adapter: Adapter
) -> None:
    event = send(replayed)
    adapter.refund = {"amount": hub.Money(100, "EUR")}
    send(replayed, "refund")
    before = replayed.record("transactions")
    adapter.fields = {"gross": hub.Money(1000, "USD")}
    replay = replayed.rooms.replayer.replay(event["id"])

    assert (replay.after, replay.reason) == ("rejected", "currency_mismatch")
    assert replayed.record("transactions") == before
    assert present(replayed, event)["outcome"] == "processed"


def test_a_replayed_refund_is_read_anew_and_later_words_stay(
    replayed: Any, adapter: Adapter, ledger: Ledger
) -> None:
    send(replayed)
    adapter.refund = {"amount": hub.Money(900, "EUR"), "cumulative": True}
    early = send(replayed, "refund")
    adapter.refund = {"amount": hub.Money(90, "EUR"), "cumulative": True}
    replayed.rooms.replayer.replay(early["id"])
    assert replayed.record("transactions")["refunded_minor"] == 90

    adapter.refund = {"amount": hub.Money(300, "EUR"), "cumulative": True}
    send(replayed, "refund", key="refund-2")
    for amount in (90, 200, 900):
        adapter.refund = {"amount": hub.Money(amount, "EUR"), "cumulative": True}
        replayed.rooms.replayer.replay(early["id"])
    assert replayed.record("transactions")["refunded_minor"] == 300
    assert ledger.told == [
        "transaction_created",
        "transaction_refunded",
        "transaction_changed",
        "transaction_refunded",
    ]


def test_a_partner_given_by_hand_stays_and_one_that_the_adapter_named_does_not(
    replayed: Any, adapter: Adapter
) -> None:
    adapter.fields = {"partner_code": "P-1"}
    event = send(replayed)

    def replay_with(code: str | None) -> tuple[str | None, str, str | None]:
        adapter.fields = {"partner_code": code}
        replayed.rooms.replayer.replay(event["id"])
        sale = replayed.record("transactions")
        return sale["partner_code"], sale["status"], sale["unassigned_reason"]

    assert replay_with("P-2") == ("P-2", "completed", None)
    assert replay_with(None) == (None, "unassigned", "no_partner_named")
    sales = table(Transaction)
    with replayed.rooms.database.write() as unit:
        by_hand = {"partner_code": "P-3", "unassigned_reason": None, "status": "completed"}
        unit.execute(sa.update(sales).values(**by_hand, assigned_at=replayed.clock()))
    assert replay_with("P-2") == ("P-3", "completed", None)


def test_an_event_that_only_repeated_a_sale_does_not_change_it(replayed: Any, adapter: Adapter) -> None:
    send(replayed)
    again = send(replayed, key="other-key")
    assert (again["outcome"], again["reason"]) == ("skipped", "known_already")
    adapter.fields = {"campaign": "sommer"}

    assert replayed.rooms.replayer.replay(again["id"]).changes == ()
    assert replayed.record("transactions")["campaign"] is None


def test_an_id_that_only_the_newer_adapter_reads_releases_what_waits_for_it(
    replayed: Any, adapter: Adapter
) -> None:
    event = send(replayed)
    adapter.refund = {"refers_to": ("charge-1",)}
    refund = send(replayed, "refund")
    assert refund["outcome"] == "parked"

    adapter.fields = {"references": ("charge-1",)}
    replayed.rooms.replayer.replay(event["id"])
    assert present(replayed, refund)["outcome"] == "processed"
    assert replayed.record("transactions")["status"] == "refunded"


def test_a_replay_of_what_is_right_changes_nothing(replayed: Any, ledger: Ledger) -> None:
    event, refund = send(replayed), send(replayed, "refund")
    before = replayed.record("transactions")

    for one in (event, refund, event):
        assert replayed.rooms.replayer.replay(one["id"]).changes == ()
    assert replayed.record("transactions") == before
    assert ledger.told == ["transaction_created", "transaction_refunded"]


def test_a_processed_event_stays_so_if_the_present_adapter_fails(replayed: Any, adapter: Adapter) -> None:
    event = send(replayed)
    for error in (KeyError("amount"), hub.PayloadError("Not like this.")):
        adapter.error = error
        assert replayed.rooms.replayer.replay(event["id"]).after in {"failed", "rejected"}

    assert present(replayed, event)["outcome"] == "processed"
    assert replayed.record("transactions")["gross_minor"] == 1000


@pytest.mark.parametrize(
    ("error", "outcome"), [(KeyError("x"), "failed"), (hub.PayloadError("Not like this."), "rejected")]
)
def test_a_replay_that_fails_while_it_persists_is_undone_and_says_so(
    replayed: Any, adapter: Adapter, error: Exception, outcome: str
) -> None:
    adapter.error = ValueError("first")
    event = send(replayed)
    adapter.error, adapter.persist_error = None, error
    replay = replayed.rooms.replayer.replay(event["id"])

    assert (replay.before, replay.after) == ("failed", outcome)
    assert present(replayed, event)["outcome"] == outcome
    assert replayed.count() == 0


def test_a_replay_while_the_connection_is_off_is_refused(replayed: Any) -> None:
    event = send(replayed)
    replayed.change("adapter", enabled=False)

    with pytest.raises(ReplayRefusedError, match="off"):
        replayed.rooms.replayer.replay(event["id"])


def test_a_replay_of_an_event_whose_key_was_claimed_meanwhile_is_skipped(
    replayed: Any, adapter: Adapter
) -> None:
    adapter.error = KeyError("amount")
    event = send(replayed)
    adapter.error = None
    later = send(replayed)
    replay = replayed.rooms.replayer.replay(event["id"])

    assert (replay.after, replay.reason) == ("skipped", "repeated_key")
    assert str(later["id"]) in (replay.message or "")
    assert len(replayed.records("transactions")) == 1


def test_a_replayed_sale_releases_what_was_parked(replayed: Any, adapter: Adapter) -> None:
    adapter.error = KeyError("amount")
    event = send(replayed)
    adapter.error = None
    refund = send(replayed, "refund")
    assert refund["outcome"] == "parked"

    replayed.rooms.replayer.replay(event["id"])
    assert present(replayed, refund)["outcome"] == "processed"
    assert replayed.record("transactions")["status"] == "refunded"


def test_a_replay_of_a_failed_refund_before_its_sale_parks_it(replayed: Any, adapter: Adapter) -> None:
    adapter.error = KeyError("amount")
    refund = send(replayed, "refund")
    adapter.error = None

    assert replayed.rooms.replayer.replay(refund["id"]).after == "parked"
    send(replayed)
    assert present(replayed, refund)["outcome"] == "processed"


def test_an_event_that_was_never_verified_cannot_be_replayed(replayed: Any) -> None:
    event = send(replayed, secret="wrong")

    with pytest.raises(ReplayRefusedError, match="reverify"):
        replayed.rooms.replayer.replay(event["id"])


def test_a_rejected_event_is_processed_once_the_secret_is_right(replayed: Any) -> None:
    event = send(replayed, secret="the right one")
    again = replayed.rooms.replayer.reverify(event["id"])
    assert (again.after, again.reason) == ("rejected", "invalid_signature")

    replayed.change("adapter", secret="the right one")
    replay = replayed.rooms.replayer.reverify(event["id"])
    assert (replay.before, replay.after) == ("rejected", "processed")
    assert present(replayed, event)["verified"]
    assert send(replayed, secret="the right one")["outcome"] == "skipped"


def test_an_event_that_came_while_its_connection_was_off_is_verified_later(replayed: Any) -> None:
    replayed.change("adapter", enabled=False)
    event = send(replayed)
    assert event["connection_id"] is None

    replayed.change("adapter", enabled=True)
    assert replayed.rooms.replayer.reverify(event["id"]).after == "processed"
    assert len(replayed.records("transactions")) == 1


def test_a_credential_that_is_not_stored_cannot_be_verified_again(replayed: Any) -> None:
    lead = {"type": "ticket", "email": "a@b.de", "message": "Hallo"}
    replayed.send(lead, plugin="lead", secret="crm_1_" + "0" * 40)
    (event,) = replayed.events()

    with pytest.raises(ReplayRefusedError, match="never stored"):
        replayed.rooms.replayer.reverify(event["id"])


def test_an_unknown_event_is_refused(replayed: Any) -> None:
    with pytest.raises(ReplayRefusedError, match="no such event"):
        replayed.rooms.replayer.replay(replayed.tenant_id())
