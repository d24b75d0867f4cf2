"""What members are told, word for word."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hub_notifications.telling import TOLD, worded
from hub_notifications.texts import CATALOGUE, Texts

DUE = datetime(2026, 7, 1, 10, tzinfo=UTC)


def euros(**values: Any) -> dict[str, Any]:
    return {"currency": "EUR", **values}


@pytest.mark.parametrize(
    ("locale", "kind", "record", "title", "text"),
    [
        (
            "de",
            "order_placed",
            euros(total=Decimal("149.90")),
            "Neue Bestellung!",
            "Eine Web-Bestellung über 149,90 € ist eingegangen.",
        ),
        (
            "en",
            "order_placed",
            euros(total=Decimal("1149.90")),
            "New order!",
            "A web order of €1,149.90 has arrived.",
        ),
        (
            "de",
            "order_placed",
            {"currency": "JPY", "total": Decimal("1500")},
            "Neue Bestellung!",
            "Eine Web-Bestellung über 1.500 ¥ ist eingegangen.",
        ),
        (
            "de",
            "order_placed",
            euros(total=Decimal("0.00")),
            "Neue Bestellung!",
            "Eine Web-Bestellung über 0,00 € ist eingegangen.",
        ),
        ("de", "order_placed", euros(total=None), "Neue Bestellung!", "Eine Web-Bestellung ist eingegangen."),
        ("en", "order_placed", {}, "New order!", "A web order has arrived."),
        (
            "de",
            "ticket_opened",
            {"email": "max@beispiel.de", "subject": "Frage {zu} 100%"},
            "Neues Ticket",
            "max@beispiel.de schreibt: Frage {zu} 100%",
        ),
        ("de", "ticket_opened", {"subject": "Frage"}, "Neues Ticket", "Eine Anfrage ist eingegangen: Frage"),
        (
            "de",
            "payment_succeeded",
            euros(amount=Decimal("119"), invoice_ref="RE-1"),
            "Zahlung eingegangen",
            "Für die Rechnung RE-1 sind 119,00 € eingegangen.",
        ),
        (
            "en",
            "transaction_refunded",
            euros(gross=Decimal("199"), refunded=Decimal("50"), external_id="t-1"),
            "Refund",
            "Of the sale t-1 of €199.00, €50.00 are refunded.",
        ),
        (
            "de",
            "privacy_requested",
            {"due_at": DUE},
            "Datenschutzanfrage",
            "Eine Anfrage zu personenbezogenen Daten ist bis 01.07.2026 zu erledigen.",
        ),
    ],
)
def test_texts(locale: str, kind: str, record: Any, title: str, text: str) -> None:
    assert worded(Texts(locale, "Europe/Berlin"), kind, record) == (title, text)


@pytest.mark.parametrize("locale", sorted(CATALOGUE))
@pytest.mark.parametrize("signal", TOLD, ids=lambda signal: signal.name)
def test_there_are_words_for_every_signal(locale: str, signal: Any) -> None:
    record = euros(
        total=Decimal(1), refunded=Decimal(1), external_id="t", invoice_ref="i", email="e", subject="s"
    ) | {"plugin": "shopify", "name": "default", "due_at": DUE}
    title, text = worded(Texts(locale, "Europe/Berlin"), signal.name, record)
    assert title
    assert "{" not in text


def test_an_unknown_locale_is_english() -> None:
    assert Texts("xx_nowhere", "Europe/Berlin").language == "en"
