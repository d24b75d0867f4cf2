"""Facts as plain JSON values."""

import json
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import get_args

import pytest

import hub
from hub.contract.describing import describe

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
NEEDED = {
    "external_id": "x-1",
    "customer": hub.Person(email="a@b.de"),
    "message": "Guten Tag",
    "gross": hub.Money(1999, "EUR"),
    "amount": hub.Money(1999, "EUR"),
    "occurred_at": AT,
    "due_at": AT,
    "refers_to": ("x-1",),
    "references": ("x-2",),
    "invoice": "R-1",
    "kind": "access",
    "reason": "uninstalled",
}


def test_amounts_decimals_and_times_are_text():
    fact = hub.TransactionCreated(
        external_id="t-1",
        gross=hub.Money(19900, "EUR"),
        net=hub.Money(199, "JPY"),
        tax_rate=Decimal("19.00"),
        occurred_at=AT,
        references=("pi_1",),
        recurring=True,
        recurring_number=0,
        extra={"a": Decimal("1.50"), "b": [None, {"c": False}], "big": 2**60},
    )
    assert describe(fact) == {
        "fact": "TransactionCreated",
        "external_id": "t-1",
        "gross": "199.00 EUR",
        "net": "199 JPY",
        "tax_rate": "19.00",
        "occurred_at": "2026-06-01T12:00:00+00:00",
        "references": ["pi_1"],
        "recurring": True,
        "recurring_number": 0,
        "extra": {"a": "1.50", "b": [None, {"c": False}], "big": 2**60},
    }


def test_what_is_empty_is_left_out():
    fact = hub.OrderPlaced(external_id=None, customer=hub.Person(), subject="", total=hub.Money(0, "EUR"))
    assert describe(fact) == {"fact": "OrderPlaced", "customer": {}, "total": "0.00 EUR"}


def test_lines_are_described_whole():
    line = hub.Line(name="Paket", quantity=Decimal(2), unit_price=hub.Money(250, "EUR"))
    fact = hub.OrderPlaced(external_id="1", customer=hub.Person(email="a@b.de"), lines=(line,))
    assert describe(fact)["lines"] == [{"name": "Paket", "quantity": "2", "unit_price": "2.50 EUR"}]


@pytest.mark.parametrize("kind", get_args(hub.Fact), ids=lambda kind: kind.__name__)
def test_every_fact_is_plain_json(kind):
    values = {field.name: NEEDED[field.name] for field in fields(kind) if field.name in NEEDED}
    described = describe(kind(**values))
    assert described["fact"] == kind.__name__
    assert json.loads(json.dumps(described)) == described


@pytest.mark.parametrize("kind", get_args(hub.Fact), ids=lambda kind: kind.__name__)
def test_every_fact_is_exported_and_documented(kind):
    assert getattr(hub, kind.__name__) is kind
    assert kind.__name__ in hub.__all__
    assert not kind.__doc__.startswith(f"{kind.__name__}(")  # the text that dataclasses fill in
