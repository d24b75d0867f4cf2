"""Payouts: gathering, paying, and the files for people and for the bank."""

import csv
import io
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sepaxml  # type: ignore[import-untyped]
import xmlschema
from hub_commissions import exporting
from hub_commissions.errors import CommissionsError
from hub_commissions.records import payouts

import hub

IBAN = "DE89370400440532013000"
OTHER_IBAN = "AT611904300234573201"
PAYOUT = {"id": UUID(int=9), "number": 3}
DEBTOR = {"debtor_name": "Musterfirma GmbH", "debtor_iban": "DE02120300000000202051"}


def gather(shop: Any, minimum: str = "0", currency: str | None = None) -> Any:
    with shop.rooms.database.write() as unit:
        payout_id = payouts.create(unit, shop.tenant_id, shop.clock(), Decimal(minimum), currency)
        return payouts.shown(unit, payout_id) if payout_id else None


def sums(payout: Any) -> list[tuple[str, str, str]]:
    return [(item["partner"], str(item["amount"]), item["currency"]) for item in payout["items"]]


@pytest.fixture
def selling(shop: Any) -> Any:
    shop.plan(percent=Decimal(10), levels=(Decimal(5),), hold_days=14)
    shop.partners("P-1", "P-2")
    return shop


def test_a_payout_gathers_what_has_matured_once(selling: Any) -> None:
    selling.sell("a")
    selling.sell("b", currency="USD")
    assert gather(selling) is None
    selling.clock.advance(days=14)
    selling.sell("fresh", transactionDate=selling.clock().isoformat())

    payout = gather(selling)
    assert sums(payout) == [
        ("P-1", "10.00", "EUR"),
        ("P-1", "10.00", "USD"),
        ("P-2", "5.00", "EUR"),
        ("P-2", "5.00", "USD"),
    ]
    assert (payout["number"], payout["status"]) == (1, "open")
    assert payout["totals"] == {"EUR": Decimal("15.00"), "USD": Decimal("15.00")}
    assert gather(selling) is None

    with selling.rooms.database.write() as unit:
        payouts.pay(unit, payout["id"], selling.clock())
    assert {row["status"] for row in selling.lines("a")} == {"paid"}
    assert {row["status"] for row in selling.lines("fresh")} == {"pending"}
    with selling.rooms.database.write() as unit, pytest.raises(CommissionsError, match="paid already"):
        payouts.cancel(unit, payout["id"], selling.clock())


def test_a_refund_of_a_paid_sale_is_taken_off_the_next_payout(selling: Any) -> None:
    selling.sell("a")
    selling.clock.advance(days=14)
    payout = gather(selling)
    with selling.rooms.database.write() as unit:
        payouts.pay(unit, payout["id"], selling.clock())

    def commissions() -> list[dict[str, Any]]:
        return [row | {"transaction_status": ""} for row in selling.lines("a") if row["kind"] == "commission"]

    before = commissions()
    selling.refund_all("a")
    assert gather(selling) is None  # who owes gets nothing

    selling.sell("b", grossAmount="357.00", netAmount="300.00")
    selling.clock.advance(days=14)
    assert sums(gather(selling)) == [("P-1", "20.00", "EUR"), ("P-2", "10.00", "EUR")]
    assert commissions() == before


def test_a_debt_is_carried_over_until_it_is_earned_back(selling: Any) -> None:
    selling.sell("a", grossAmount="238.00", netAmount="200.00")
    selling.clock.advance(days=14)
    selling.pay()
    selling.refund_all("a")

    found = []
    for name in ("b", "c", "d"):
        selling.sell(name, grossAmount="95.20", netAmount="80.00")
        selling.clock.advance(days=14)
        found.append(payout and sums(payout) if (payout := gather(selling)) else None)
    assert found == [None, None, [("P-1", "4.00", "EUR"), ("P-2", "2.00", "EUR")]]


def test_a_debt_in_one_currency_is_no_debt_in_another(selling: Any) -> None:
    selling.sell("a")
    selling.clock.advance(days=14)
    selling.pay()
    selling.refund_all("a")
    selling.sell("b", currency="USD")
    selling.clock.advance(days=14)

    assert sums(gather(selling)) == [("P-1", "10.00", "USD"), ("P-2", "5.00", "USD")]


def test_a_payout_may_be_of_one_currency(selling: Any) -> None:
    selling.sell("a")
    selling.sell("b", currency="USD")
    selling.clock.advance(days=14)

    assert sums(gather(selling, currency="EUR")) == [("P-1", "10.00", "EUR"), ("P-2", "5.00", "EUR")]
    assert sums(gather(selling)) == [("P-1", "10.00", "USD"), ("P-2", "5.00", "USD")]


@pytest.mark.parametrize(
    ("currency", "gross", "amounts"),
    [
        # 123.5 and 61.75 come to 185.25; who gained most by rounding gives
        ("JPY", "1235", ["123", "62"]),
        ("EUR", "12.35", ["1.23", "0.62"]),
        ("KWD", "12.345", ["1.235", "0.617"]),
    ],
)
def test_amounts_have_the_decimals_of_their_currency(
    selling: Any, currency: str, gross: str, amounts: list[str]
) -> None:
    selling.sell("a", currency=currency, grossAmount=gross, netAmount=None, taxAmount=None)
    selling.clock.advance(days=14)
    payout = gather(selling)

    assert [str(item["amount"]) for item in payout["items"]] == amounts
    with selling.rooms.database.read() as unit:
        text = exporting.to_csv(1, payouts.items(unit, payout["id"]))
    assert [row["amount"] for row in csv.DictReader(io.StringIO(text))] == amounts


def test_a_refund_while_the_payout_is_open_is_taken_off_the_next(selling: Any) -> None:
    selling.sell("a")
    selling.clock.advance(days=14)
    payout = gather(selling)
    selling.refund_all("a")

    with selling.rooms.database.write() as unit:
        payouts.pay(unit, payout["id"], selling.clock())
    assert sums(payout) == [("P-1", "10.00", "EUR"), ("P-2", "5.00", "EUR")]
    assert {(row["kind"], row["status"]) for row in selling.lines("a")} == {
        ("commission", "paid"),
        ("clawback", "matured"),
    }


def test_a_cancelled_payout_gives_its_lines_back(selling: Any) -> None:
    selling.sell("a")
    selling.clock.advance(days=14)
    first = gather(selling)
    with selling.rooms.database.write() as unit:
        payouts.cancel(unit, first["id"], selling.clock())

    second = gather(selling)
    assert (second["number"], sums(second)) == (2, sums(first))


def test_small_sums_wait(selling: Any) -> None:
    selling.sell("a")
    selling.clock.advance(days=14)

    assert sums(gather(selling, "7.50")) == [("P-1", "10.00", "EUR")]
    selling.sell("b", transactionDate="2026-06-01T12:00:00Z")
    assert sums(gather(selling, "7.50")) == [("P-1", "10.00", "EUR"), ("P-2", "10.00", "EUR")]


def test_a_disputed_sale_is_not_paid_out(selling: Any) -> None:
    sold = hub.TransactionCreated(
        external_id="t", gross=hub.Money(10000, "EUR"), occurred_at=selling.clock(), partner_code="P-1"
    )
    selling.tell(sold)
    selling.clock.advance(days=14)
    selling.mature()
    for status, paid in (("open", False), ("won", True)):
        dispute = hub.TransactionDisputed(
            external_id="d",
            refers_to=("t",),
            amount=sold.gross,
            status=status,  # type: ignore[arg-type]
            occurred_at=selling.clock(),
        )
        selling.tell(dispute)
        assert (gather(selling) is not None) is paid


def items(**changes: Any) -> list[dict[str, Any]]:
    item = {
        "id": UUID(int=7),
        "code": "P-1",
        "name": "Jörg Müller & Söhne",
        "email": "jm@example.com",
        "amount": Decimal("1234.50"),
        "amount_minor": 123450,
        "currency": "EUR",
        "lines": 2,
        "account_name": None,
        "iban": IBAN,
        "bic": None,
    }
    return [item | changes]


def test_csv_is_not_computed_by_a_spreadsheet() -> None:
    text = exporting.to_csv(
        3, items(name='=HYPERLINK("http://evil")', email="@SUM(A1)", account_name="-1+1, x")
    )
    (row,) = csv.DictReader(io.StringIO(text))

    assert (row["payout"], row["amount"], row["currency"]) == ("3", "1234.50", "EUR")
    assert row["name"] == '\'=HYPERLINK("http://evil")'
    assert (row["email"], row["account_name"]) == ("'@SUM(A1)", "'-1+1, x")


def test_sepa_is_a_valid_credit_transfer() -> None:
    two = items() + items(id=UUID(int=8), code="P-2", name="B", iban=OTHER_IBAN, amount_minor=1)
    xml = exporting.to_sepa(PAYOUT, two, DEBTOR, date(2026, 6, 15)).decode()

    schema = Path(sepaxml.__file__).parent / "schemas" / f"{exporting.SCHEMA}.xsd"
    xmlschema.XMLSchema(str(schema)).validate(xml)
    assert "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09" in xml
    assert re.findall(r'<InstdAmt Ccy="EUR">(.*?)</InstdAmt>', xml) == ["1234.50", "0.01"]
    assert re.search(r"<CtrlSum>1234.51</CtrlSum>", xml)
    assert IBAN in xml
    assert OTHER_IBAN in xml
    assert "COBADEFFXXX" in xml  # from the IBAN
    assert "2026-06-15" in xml
    assert f"<MsgId>{PAYOUT['id'].hex}</MsgId>" in xml


@pytest.mark.parametrize(
    ("changes", "settings", "message"),
    [
        ({"currency": "USD"}, DEBTOR, r"euros only; not P-1 \(USD\)"),
        ({"iban": None}, DEBTOR, "no account is known of P-1"),
        ({}, {}, "whose account pays is not known"),
        ({}, {**DEBTOR, "debtor_iban": "DE00"}, "the IBAN cannot be right"),
    ],
)
def test_sepa_refuses_what_no_bank_would_take(changes: Any, settings: Any, message: str) -> None:
    with pytest.raises(CommissionsError, match=message):
        exporting.to_sepa(PAYOUT, items(**changes), settings, date(2026, 6, 15))
