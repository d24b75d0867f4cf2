"""Online payment from the order to *Bezahlt*, through the real library of Stripe and a fake Stripe."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from hub.records.tables import Notification
from hub.records.tenants import table
from hub.registry.connecting import Connections

from .fake_stripe import FakeStripe, nested


@pytest.fixture
def fake(office: Any, listening: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeStripe]:
    """The tenant's account at the fake, which sends its webhooks to the served hub."""
    stripe = FakeStripe(clock=lambda: office.site.clock().timestamp())
    with listening(stripe.app()) as port, listening(office.site.app) as door:
        stripe.url = f"http://127.0.0.1:{port}"
        stripe.webhook_url = f"http://127.0.0.1:{door}/webhooks/stripe"
        monkeypatch.setenv("HUB_STRIPE_API_BASE", stripe.url)
        keys(office, stripe)
        yield stripe


def keys(office: Any, stripe: FakeStripe, **changed: list[str]) -> None:
    """Store the three keys."""
    rooms = office.site.rooms
    given = {
        "publishable_key": ["pk_test_fake"],
        "secret_key": [stripe.secret_key],
        "secrets": [stripe.webhook_secret],
    }
    connections = Connections(rooms.database, rooms.plugins, rooms.vault, office.site.clock)
    connections.change("musterfirma", "stripe", "default", given | changed)


@pytest.fixture
def invoice(office: Any) -> Any:
    """An order that became an open invoice of 149.90; gives its link."""
    office.order(subject="Premium-Paket")
    erika = office.browser("staff")
    path = erika.post(f"/invoices/from-order/{office.site.record('orders')['id']}").location
    erika.post(f"{path}/issue", whole=True)
    return f"/i/{office.site.record('invoices')['token']}"


BUTTON = "Jetzt online bezahlen"


def start(office: Any, link: str) -> Any:
    """Press the button; gives the answer."""
    visitor = office.visitor()
    visitor.get(link, whole=True)
    return visitor.post(f"{link}/pay", whole=True)


def page_of(answer: Any) -> str:
    """The address to which the page in between leads."""
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', answer.text)
    assert found is not None, answer.text
    return found[1]


def inside(office: Any) -> str:
    """The invoice as members see it."""
    text: str = office.browser("staff").get(f"/invoices/{office.site.record('invoices')['id']}").text
    return text


def test_from_the_order_to_paid_and_the_team_is_told(office: Any, fake: FakeStripe, invoice: str) -> None:
    office.site.connect("notifications")
    visitor = office.visitor()
    assert BUTTON in visitor.get(invoice, whole=True).text
    target = page_of(visitor.post(f"{invoice}/pay", whole=True))
    (session,) = fake.sessions.values()

    assert target == session["url"]
    assert (session["amount_total"], session["currency"]) == (14_990, "eur")
    assert session["metadata"] == {"tenant": "musterfirma", "invoice": "2026-0001"}
    assert session["customer_email"] == "kunde@beispiel.de"
    base = office.site.rooms.config.base_url
    assert (session["success_url"], session["cancel_url"]) == (f"{base}{invoice}/done", f"{base}{invoice}")

    fake.complete(session["id"])
    waiting = visitor.get(f"{invoice}/done", whole=True).text
    assert "Zahlung wird bestätigt" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    assert fake.send("checkout.session.completed", session) == 200

    assert "die Rechnung ist bezahlt" in visitor.get(f"{invoice}/done", whole=True).text
    assert "every 2s" not in visitor.get(f"{invoice}/done", whole=True).text
    shown = visitor.get(invoice, whole=True).text
    assert "Bezahlt" in shown
    assert BUTTON not in shown
    record = office.site.record("invoices")
    assert (record["status"], record["paid_minor"]) == ("paid", 14_990)
    assert "149,90" in inside(office)
    told = notices(office)
    assert any("Für die Rechnung 2026-0001 sind 149,90" in text for text in told)


def notices(office: Any) -> list[str]:
    """What members were told."""
    with office.site.rooms.database.read() as unit:
        return [row["text"] for row in unit.rows(table(Notification).select())]


def test_a_double_click_leads_to_the_same_page(office: Any, fake: FakeStripe, invoice: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        targets = set(pool.map(lambda _: page_of(start(office, invoice)), range(4)))
    later = page_of(start(office, invoice))

    assert targets == {later}
    assert len(fake.sessions) == 1
    assert len({key for what, key in fake.asked if what == "create"}) == 1


def test_an_expired_page_is_replaced(office: Any, fake: FakeStripe, invoice: str) -> None:
    first = page_of(start(office, invoice))
    fake.expire(next(iter(fake.sessions)))
    second = page_of(start(office, invoice))

    assert first != second
    assert len(fake.sessions) == 2
    assert office.site.record("invoices")["status"] == "open"
    assert "Nicht abgeschlossen" in inside(office)


def test_who_has_paid_is_not_asked_again(office: Any, fake: FakeStripe, invoice: str) -> None:
    start(office, invoice)
    (name,) = fake.sessions
    fake.complete(name)
    assert start(office, invoice).location.endswith("/done")  # the webhook is still on its way
    fake.send("checkout.session.completed", fake.sessions[name])

    assert start(office, invoice).location.endswith(invoice)
    assert len(fake.sessions) == 1


def test_the_button_comes_and_goes_with_the_keys(office: Any, fake: FakeStripe, invoice: str) -> None:
    for missing in ("secret_key", "secrets"):
        keys(office, fake, **{missing: [] if missing == "secrets" else [""]})
        assert BUTTON not in office.visitor().get(invoice, whole=True).text, missing
        assert start(office, invoice).status_code == 303
    keys(office, fake)
    assert BUTTON in office.visitor().get(invoice, whole=True).text
    assert fake.sessions == {}


def test_a_second_payment_is_an_overpayment(office: Any, fake: FakeStripe, invoice: str) -> None:
    start(office, invoice)
    (name,) = fake.sessions
    fake.complete(name)
    fake.send("checkout.session.completed", fake.sessions[name])
    again = fake.sessions[name] | {"id": "cs_test_other", "payment_intent": "pi_other"}
    fake.send("checkout.session.completed", again)
    fake.send("checkout.session.completed", again)

    assert office.site.record("invoices")["paid_minor"] == 2 * 14_990
    assert "Überzahlt um 149,90" in inside(office)
    assert "Überzahlt" in office.browser("staff").get("/invoices").text


@pytest.mark.parametrize(("succeeded", "status"), [(True, "paid"), (False, "open")])
def test_a_slow_method_is_pending_first(
    office: Any, fake: FakeStripe, invoice: str, succeeded: bool, status: str
) -> None:
    start(office, invoice)
    (name,) = fake.sessions
    fake.complete(name, paid=False)
    fake.send("checkout.session.completed", fake.sessions[name])
    shown = office.visitor().get(invoice, whole=True).text
    assert "Ihre Zahlung ist unterwegs" in shown
    assert BUTTON not in shown
    assert "Unterwegs" in inside(office)
    fake.settle(name, succeeded=succeeded)

    assert office.site.record("invoices")["status"] == status
    assert (BUTTON in office.visitor().get(invoice, whole=True).text) is not succeeded
    if not succeeded:
        assert page_of(start(office, invoice)) != ""
        assert len(fake.sessions) == 2


def test_refunds_and_disputes_stand_with_the_invoice(office: Any, fake: FakeStripe, invoice: str) -> None:
    start(office, invoice)
    (name,) = fake.sessions
    fake.complete(name)
    fake.send("checkout.session.completed", fake.sessions[name])
    fake.refund(name, 4_000)
    partly = inside(office)
    assert "Teilweise erstattet" in partly
    assert "−40,00" in partly
    fake.dispute(name, 10_990)
    disputed = inside(office)

    assert "Eine Zahlung ist angefochten" in disputed
    assert [status for _, status in fake.answers] == [200, 200, 200]
    assert office.site.record("invoices")["status"] == "paid"


def test_a_fault_of_the_provider_is_said_and_no_key_is_logged(
    office: Any, fake: FakeStripe, invoice: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fake.out_of_order = True
    visitor = office.visitor()
    visitor.get(invoice, whole=True)
    assert visitor.post(f"{invoice}/pay", whole=True).status_code == 303
    assert "gerade nicht erreichbar" in visitor.get(invoice, whole=True).text
    fake.out_of_order = False
    keys(office, fake, secret_key=["sk_test_wrong_0815"])
    start(office, invoice)
    keys(office, fake)
    assert page_of(start(office, invoice)) == next(iter(fake.sessions.values()))["url"]

    written = "".join(capsys.readouterr())
    assert "sk_test" not in written
    assert "4711" not in written


def test_a_forged_webhook_pays_nothing(office: Any, fake: FakeStripe, invoice: str) -> None:
    start(office, invoice)
    (name,) = fake.sessions
    fake.complete(name)
    fake.webhook_secret = "whsec_forged"
    assert fake.send("checkout.session.completed", fake.sessions[name]) == 401

    assert office.site.record("invoices")["status"] == "open"


def test_the_fake_refuses_what_stripe_refuses(fake: FakeStripe) -> None:
    assert nested([("a[0][b]", "1"), ("c", "2")]) == {"a": {"0": {"b": "1"}}, "c": "2"}
    url = f"{fake.url}/v1/checkout/sessions"
    form = {"mode": "payment", "success_url": "s", "cancel_url": "c", "metadata[a]": "b"}
    form |= {"line_items[0][quantity]": "1", "line_items[0][price_data][currency]": "eur"}
    form |= {
        "line_items[0][price_data][unit_amount]": "5",
        "line_items[0][price_data][product_data][name]": "x",
    }
    headers = {"Authorization": f"Bearer {fake.secret_key}", "Idempotency-Key": "k"}
    first = requests.post(url, data=form, headers=headers, timeout=10)
    same = requests.post(url, data=form, headers=headers, timeout=10)
    other = requests.post(url, data=form | {"mode": "setup"}, headers=headers, timeout=10)
    stranger = requests.post(url, data=form, headers={"Authorization": "Bearer no"}, timeout=10)

    assert first.json()["id"] == same.json()["id"]
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")
    assert stranger.status_code == 401
