"""What webhooks lost, fetched over real HTTP from a shop and from Stripe, by a member, at the command line
and by a worker: the same records, once each."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.app import create_worker
from hub.contract.backfill import BackfillError
from hub.pipeline import backfilling
from hub.pipeline.backfilling import BusyError
from hub.records import backfills
from hub.records.tables import Notification
from hub.records.tenants import table
from hub.registry.connecting import Connections

from .fake_shop import FakeShop
from .fake_stripe import FakeStripe

TENANT, SHOP = "musterfirma", "woocommerce"


def store(office: Any, plugin: str, given: dict[str, list[str]]) -> None:
    """Change a connection's settings."""
    rooms = office.site.rooms
    Connections(rooms.database, rooms.plugins, rooms.vault, rooms.clock).change(
        TENANT, plugin, "default", given
    )


def target(office: Any, plugin: str = SHOP) -> Any:
    """The tenant's connection, as it is now."""
    registry = office.site.rooms.registry
    registry.forget()
    return registry.entry(TENANT).targets[plugin, "default"]


@pytest.fixture
def inside(make_office: Callable[..., Any]) -> Any:
    """An office whose hub may ask servers on this machine."""
    return make_office(allowed_targets="127.0.0.0/8")


@pytest.fixture
def shop(inside: Any, listening: Callable[..., Any]) -> Iterator[FakeShop]:
    """The tenant's shop, its API keys stored."""
    fake = FakeShop(inside.site.clock)
    with listening(fake.app()) as port, listening(inside.site.app) as door:
        fake.url = f"http://127.0.0.1:{port}"
        fake.webhook_url = f"http://127.0.0.1:{door}/api/webhooks/{TENANT}/woocommerce"
        keys = {"shop_url": [fake.url], "consumer_key": [fake.key], "consumer_secret": [fake.secret]}
        store(inside, SHOP, keys | {"secrets": [fake.webhook_secret]})
        yield fake


def sales(office: Any) -> dict[str, tuple[str, int]]:
    """The sales: status, and what went back."""
    rows = office.site.records("transactions")
    assert len({row["external_id"] for row in rows}) == len(rows)
    return {row["external_id"]: (row["status"], row["refunded_minor"]) for row in rows}


def test_what_is_missing_is_shown_and_taken_and_nothing_twice(inside: Any, shop: FakeShop) -> None:
    backfiller, clock = inside.site.rooms.backfiller, inside.site.clock
    assert shop.ping() == 200
    assert shop.send(shop.pay(1)) == 200
    shop.pay(2)
    shop.change(3)
    events = len(inside.site.events())

    found = backfiller.compare(target(inside))
    assert (found.known, found.missing, found.done) == (1, 2, True)
    assert [gap.records for gap in found.gaps] == [("order", "transaction"), ("order",)]
    assert len(inside.site.events()) == events
    assert set(sales(inside)) == {"1"}

    clock.advance(minutes=1)
    assert backfiller.run(target(inside)).missing == 2
    assert set(sales(inside)) == {"1", "2"}
    assert len(inside.site.records("orders")) == 3
    fetched = [event for event in inside.site.events() if event["proof"] == "fetched"]
    assert {(event["outcome"], event["verified"], event["path"]) for event in fetched} == {
        ("processed", True, "/wp-json/wc/v3/orders")
    }
    assert backfiller.run(target(inside)).missing == 0
    assert shop.send(shop.orders[2]) == 200  # late after all
    assert inside.site.events()[0]["reason"] == "repeated_key"
    assert len(inside.site.records("orders")) == 3


def test_a_run_that_broke_off_goes_on_where_it_was(
    inside: Any, shop: FakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfilling, "PAGE", 2)
    backfiller, clock = inside.site.rooms.backfiller, inside.site.clock
    for number in range(1, 6):
        clock.advance(seconds=5)
        shop.pay(number)
    assert backfiller.run(target(inside), pages=1).done is False
    assert set(sales(inside)) == {"1", "2"}
    shop.trouble = [(429, {"Retry-After": "7200"})]
    with pytest.raises(BackfillError) as caught:
        backfiller.run(target(inside))
    assert caught.value.retry_after == 7200
    with inside.site.rooms.database.read() as unit:
        row = backfills.get(unit, target(inside).connection_id)
    assert row is not None
    assert row["next_at"] == clock() + timedelta(seconds=7200)
    assert "asked too often" in row["last_error"]
    assert backfiller.run(target(inside)).done
    assert set(sales(inside)) == {"1", "2", "3", "4", "5"}
    starts = [question["modified_after"] for question in shop.asked]
    assert starts == sorted(starts)


def test_many_changes_within_one_second_are_all_found(
    inside: Any, shop: FakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfilling, "PAGE", 2)
    for number in range(1, 8):
        shop.pay(number)
    assert inside.site.rooms.backfiller.run(target(inside)).missing == 7


def test_two_at_once_are_one_after_the_other(inside: Any, shop: FakeShop) -> None:
    backfiller, clock = inside.site.rooms.backfiller, inside.site.clock
    one = target(inside)
    with inside.site.rooms.database.write() as unit:
        backfills.claim(
            unit, one.connection_id, one.tenant_id, by="x", now=clock(), until=clock() + backfilling.LEASE
        )
    with pytest.raises(BusyError):
        backfiller.run(one)
    clock.advance(minutes=6)  # whoever it was is gone
    assert backfiller.run(one).done


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ((302, {"Location": "http://127.0.0.1/"}), "redirects are not followed"),
        ((401, {}), "refuses the API key"),
        ((503, {"Retry-After": "30"}), "answer 503"),
    ],
)
def test_what_goes_wrong_is_said_without_secrets(
    trouble: Any, words: str, inside: Any, shop: FakeShop
) -> None:
    shop.trouble = [trouble]
    with pytest.raises(BackfillError, match=words) as caught:
        inside.site.rooms.backfiller.compare(target(inside))
    assert shop.secret not in caught.value.message


@pytest.mark.parametrize("body", [b"<html>", b"{}", b"[[[", b'[{"id":1}]', b"[1]"])
def test_a_strange_answer_is_no_traceback(body: bytes, inside: Any, shop: FakeShop) -> None:
    shop.body = body
    try:
        found = inside.site.rooms.backfiller.compare(target(inside))
    except BackfillError:
        return
    assert (found.missing, found.refused) == (0, 1)


def test_an_address_inside_is_refused(make_office: Callable[..., Any], listening: Callable[..., Any]) -> None:
    office = make_office()
    fake = FakeShop(office.site.clock)
    with listening(fake.app()) as port:
        keys = {"consumer_key": [fake.key], "consumer_secret": [fake.secret]}
        store(office, SHOP, keys | {"shop_url": [f"http://127.0.0.1:{port}"]})
        with pytest.raises(BackfillError, match="HUB_ALLOWED_TARGETS"):
            office.site.rooms.backfiller.compare(target(office))
    assert fake.asked == []


def test_a_worker_asks_every_hour_and_no_sooner(inside: Any, shop: FakeShop) -> None:
    clock = inside.site.clock
    clock.advance(minutes=1)
    shop.pay(1)
    create_worker(inside.site.rooms).run_due()
    assert set(sales(inside)) == {"1"}
    shop.pay(2)
    asked = len(shop.asked)
    create_worker(inside.site.rooms).run_due()
    assert len(shop.asked) == asked
    clock.advance(hours=1)
    create_worker(inside.site.rooms).run_due()
    assert set(sales(inside)) == {"1", "2"}
    store(inside, SHOP, {"reconcile": ["false"]})
    clock.advance(hours=-1)  # set back: it ends all the same
    create_worker(inside.site.rooms).run_due()
    clock.advance(hours=1)
    asked = len(shop.asked)
    clock.advance(hours=2)
    create_worker(inside.site.rooms).run_due()
    assert len(shop.asked) == asked


def test_events_of_thirty_days_from_stripe(
    inside: Any, listening: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfilling, "PAGE", 2)
    clock = inside.site.clock
    fake = FakeStripe(clock=lambda: clock().timestamp())
    with listening(fake.app()) as port, listening(inside.site.app) as door:
        fake.webhook_url = f"http://127.0.0.1:{door}/api/webhooks/{TENANT}/stripe"
        monkeypatch.setenv("HUB_STRIPE_API_BASE", f"http://127.0.0.1:{port}")
        store(inside, "stripe", {"secret_key": [fake.secret_key], "secrets": [fake.webhook_secret]})
        paid = {"object": "checkout.session", "mode": "payment", "status": "complete", "metadata": {}}
        paid |= {"payment_status": "paid", "amount_total": 11_900, "currency": "eur", "created": 1}
        fake.happen("checkout.session.completed", paid | {"id": "cs_0", "payment_intent": "pi_0"})
        clock.advance(days=40)
        assert fake.send("checkout.session.completed", paid | {"id": "cs_1", "payment_intent": "pi_1"}) == 200
        fake.happen("refund.created", refund("re_2", "pi_2"))
        for number in (2, 3):
            session = paid | {"id": f"cs_{number}", "payment_intent": f"pi_{number}"}
            fake.happen("checkout.session.completed", session)
        fake.happen("customer.created", {"object": "customer", "id": "cus_1"})

        backfiller = inside.site.rooms.backfiller
        found = backfiller.compare(target(inside, "stripe"))
        assert (found.known, found.missing, found.refused) == (1, 3, 0)
        assert backfiller.run(target(inside, "stripe")).missing == 3
        assert sales(inside) == {
            "cs_1": ("unassigned", 0),
            "cs_2": ("partially_refunded", 1900),
            "cs_3": ("unassigned", 0),
        }
        fake.busy_for = 90
        with pytest.raises(BackfillError) as caught:
            backfiller.run(target(inside, "stripe"))
        assert caught.value.retry_after == 90
        assert fake.secret_key not in caught.value.message


def refund(name: str, payment: str) -> dict[str, Any]:
    """A refund of 19.00."""
    return {
        "id": name,
        "object": "refund",
        "amount": 1900,
        "currency": "eur",
        "payment_intent": payment,
        "charge": None,
        "status": "succeeded",
        "reason": None,
    }


STEPS = st.lists(st.sampled_from(["webhook", "lost", "late", "run", "page"]), min_size=6, max_size=14)


@settings(
    max_examples=12,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS, seed=st.integers(0, 10**6))
def test_any_interleaving_of_webhooks_and_runs_gives_the_same_records(
    steps: list[str], seed: int, inside: Any, shop: FakeShop
) -> None:
    """Each order is paid, then refunded twice; every version is sent, lost, or sent late."""
    first = 1000 * (len(shop.orders) + 1)
    clock, backfiller = inside.site.clock, inside.site.rooms.backfiller
    kept: list[dict[str, Any]] = []
    for place, step in enumerate(steps):
        clock.advance(seconds=1 + seed % 3)
        number = first + (seed + place) % 2
        if step in ("run", "page"):
            backfiller.run(target(inside), pages=1 if step == "page" else None)
            continue
        version = _next(shop, number)
        if step == "webhook":
            assert shop.send(version) == 200
        elif step == "late":
            kept.append(version)
    for version in reversed(kept):
        assert shop.send(version) in (200, 202)
    clock.advance(seconds=1)
    while not backfiller.run(target(inside)).done:
        pass
    want = {str(number): _stands(order) for number, order in shop.orders.items() if order["date_paid_gmt"]}
    assert sales(inside) == want
    orders = {row["external_id"]: row for row in inside.site.records("orders")}
    assert len(orders) == len(inside.site.records("orders")) == len(shop.orders)
    assert {name: row["payment_status"] for name, row in orders.items()} == {
        str(number): order["status"] for number, order in shop.orders.items()
    }


def _next(shop: FakeShop, number: int) -> dict[str, Any]:
    """What happens to an order next: placed, paid, refunded twice, then completed again and again."""
    known = shop.orders.get(number)
    if known is None:
        return shop.change(number)
    if known["date_paid_gmt"] is None:
        return shop.pay(number)
    if len(known["refunds"]) < 2:
        return shop.refund(number, number * 10 + len(known["refunds"]), "19.00")
    return shop.change(number, status="completed")


def _stands(order: dict[str, Any]) -> tuple[str, int]:
    back = 1900 * len(order["refunds"])
    return ("partially_refunded" if back else "completed", back)


def test_a_member_compares_and_takes_what_is_missing(inside: Any, shop: FakeShop) -> None:
    admin = inside.browser("admin")
    place = f"/integrations/{target(inside).connection_id}/missing"
    assert "Fehlende Ereignisse" in admin.get(place.removesuffix("/missing")).text
    shop.pay(1)
    shop.pay(2)
    assert shop.send(shop.orders[1]) == 200
    admin.get(place)
    shown = admin.post(place, days="7").text
    assert "Ein fehlendes Ereignis importieren" in shown
    assert "Ein Ereignis ist schon bekannt." in shown
    assert re.search(r"119,00.€", shown)
    assert set(sales(inside)) == {"1"}
    assert admin.post(f"{place}/import", days="7").status_code == 303
    assert "Ein Ereignis importiert." in admin.get(place).text
    assert set(sales(inside)) == {"1", "2"}
    entry = inside.audit()[0]
    assert (entry["action"], entry["after"]["imported"]) == ("integration.backfilled", 1)
    assert "Es fehlt nichts" in admin.post(place, days="7").text
    shop.trouble = [(429, {"Retry-After": "120"})]
    assert admin.post(f"{place}/import", days="7").status_code == 303
    shown = admin.get(place).text
    assert "in 2 Minuten" in shown
    assert "Import fortsetzen" in shown


def test_nobody_is_asked_while_keys_are_missing_or_the_connection_is_off(inside: Any, shop: FakeShop) -> None:
    admin = inside.browser("admin")
    connection = target(inside).connection_id
    store(inside, SHOP, {"shop_url": [""]})
    shown = admin.get(f"/integrations/{connection}/missing").text
    assert "fehlt noch" in shown
    assert "Adresse des Shops" in shown
    admin.post(f"/integrations/{connection}/pause")
    assert "nicht eingeschaltet" in admin.get(f"/integrations/{connection}/missing").text
    assert admin.post(f"/integrations/{connection}/missing", days="7").status_code == 303
    assert shop.asked == []
    custom = target(inside, "custom").connection_id
    assert admin.get(f"/integrations/{custom}/missing").status_code == 404


def test_what_is_merely_told_again_is_no_news(inside: Any, shop: FakeShop) -> None:
    inside.site.connect("notifications")
    clock = inside.site.clock
    shop.pay(1)
    assert shop.send(shop.refund(1, 11, "19.00")) == 200
    told_at = clock()
    assert shop.send(shop.change(2, status="cancelled")) == 200
    clock.advance(hours=1)
    assert shop.send(shop.change(1, customer_note="Danke")) == 200
    assert shop.send(shop.change(2, customer_note="Doppelt bestellt")) == 200
    assert inside.site.record("reversals")["occurred_at"] == told_at
    with inside.site.rooms.database.read() as unit:
        told = [row["title"] for row in unit.rows(table(Notification).select())]
    assert told.count("Bestellung storniert") == 3  # once for owner, admin and staff
