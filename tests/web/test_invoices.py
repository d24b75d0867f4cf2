"""Rechnungen: drafts, numbers, payments by hand, and what others may not."""

import re
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.records import issuing
from hub.support.bills import Position, rate_of, reckon


class Interrupted(Exception):  # noqa: N818 - it is what happens, and no fault
    """Something went wrong before the commit."""


def line(
    number: int, name: str = "Beratung", quantity: str = "1", price: str = "100", rate: str = "19"
) -> Any:
    prefix = f"lines-{number}-"
    return {
        f"{prefix}name": name,
        f"{prefix}quantity": quantity,
        f"{prefix}unit_price": price,
        f"{prefix}tax_rate": rate,
    }


def draft(**fields: Any) -> dict[str, Any]:
    return {"recipient": "Hoffmann GmbH", "prices": "net", "due_days": "14", **line(0), **fields}


def made(office: Any, browser: Any, **fields: Any) -> str:
    """The path of a new draft."""
    answer = browser.post("/invoices/new", **draft(**fields))
    assert answer.status_code == 303, answer.text
    return str(answer.location).removeprefix("/t/musterfirma")


def issued(office: Any, browser: Any, **fields: Any) -> str:
    path = made(office, browser, **fields)
    assert browser.post(f"{path}/issue").status_code == 303
    return path


def link_of(page: Any) -> str:
    found = re.search(r'id="public-link"[^>]*value="[^"]*?(/i/[^"]+)"', page.text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(("with_tax", "sums"), [(False, (30_00, 5_70, 35_70)), (True, (25_21, 4_79, 30_00))])
def test_tax_is_reckoned_once_for_each_rate(with_tax: bool, sums: tuple[int, ...]) -> None:
    one = Position(name="x", quantity=Decimal(1), unit_price=Decimal("10"), tax_rate=Decimal(19))
    bill = reckon([one, one, one], "EUR", with_tax=with_tax)

    assert (bill.net, bill.tax, bill.gross) == sums


def test_amounts_of_lines_are_rounded_half_up_and_rates_stand_apart() -> None:
    fine = Position(name="x", quantity=Decimal("3"), unit_price=Decimal("0.115"), tax_rate=Decimal(7))
    credit = Position(name="y", quantity=Decimal(1), unit_price=Decimal("-0.125"), tax_rate=Decimal(19))
    bill = reckon([fine, credit], "EUR", with_tax=False)

    assert bill.amounts == (35, -13)
    assert [(rate.tax_rate, rate.net, rate.tax) for rate in bill.rates] == [(19, -13, -2), (7, 35, 2)]
    assert rate_of(11_900, 1_900, [Decimal(7), Decimal(19)]) == 19


def test_a_draft_is_written_changed_and_issued(office: Any) -> None:
    erika = office.browser("staff")
    path = made(office, erika, **line(1, "Reise", "2,5", "1.000,10", "7"))
    before = office.site.record("invoices")
    assert (before["status"], before["number"], before["token"]) == ("draft", None, None)
    assert (before["net_minor"], before["tax_minor"], before["total_minor"]) == (260_025, 19_402, 279_427)

    page = erika.get(f"{path}/edit")
    assert 'value="2,5"' in page.text
    assert 'value="1000,10"' in page.text
    assert erika.post(f"{path}/edit", **draft()).status_code == 303
    assert erika.post(f"{path}/issue").status_code == 303

    after = office.site.record("invoices")
    assert (after["status"], after["number"], after["total_minor"]) == ("open", "2026-0001", 11_900)
    assert str(after["due_on"]) == "2026-06-15"
    assert [entry["action"] for entry in office.audit()[:3]] == [
        "invoice.issued",
        "invoice.changed",
        "invoice.drafted",
    ]
    assert after["token"] not in repr(office.audit())
    assert "Rechnung 2026-0001" in erika.get(path).text
    assert erika.post(f"{path}/edit", **draft(recipient="Anders")).status_code == 303
    assert office.site.record("invoices")["recipient"] == "Hoffmann GmbH"


def test_numbers_have_no_gap_and_each_tenant_its_own(office: Any) -> None:
    erika, neighbour = office.browser("owner"), office.browser("neighbour", "nachbar")
    first, thrown, third = (made(office, erika) for _ in range(3))
    erika.post(f"{first}/issue")
    erika.post(f"{thrown}/discard")
    erika.post(f"{first}/cancel")
    erika.post(f"{third}/issue")
    undone = made(office, erika).rpartition("/")[2]
    with suppress(Interrupted), office.site.rooms.database.write() as unit:
        day = date(2026, 6, 2)
        number = issuing.issue(unit, tenant_id=office.site.tenant_id(), invoice_id=UUID(undone), today=day)
        raise Interrupted(number)
    erika.post(f"/invoices/{undone}/discard")
    issued(office, erika)
    neighbour.post("/invoices/new", **draft())
    theirs = office.site.record("invoices", "nachbar")
    neighbour.post(f"/invoices/{theirs['id']}/issue")

    kept = {row["number"]: row["status"] for row in office.site.records("invoices")}
    assert kept == {"2026-0001": "cancelled", "2026-0002": "open", "2026-0003": "open"}
    assert office.site.record("invoices", "nachbar")["number"] == "2026-0001"


def test_the_form_works_without_script_and_says_what_is_wrong(office: Any) -> None:
    erika = office.browser("staff")
    longer = erika.post("/invoices/new", **draft(do="add"))
    assert longer.status_code == 200
    assert longer.text.count('class="invoice-line"') == 2
    assert "119,00" in longer.text
    shorter = erika.post("/invoices/new", **draft(do="remove:lines-0", **line(1, "Reise")))
    assert 'value="Reise"' in shorter.text
    assert 'value="Beratung"' not in shorter.text

    wrong = erika.post("/invoices/new", **draft(recipient="", email="nein", **line(0, "", "viel", "x")))
    assert wrong.status_code == 422
    for text in ("Das ist keine E-Mail-Adresse.", "Bitte geben Sie eine Zahl ein", "Bitte beschreiben Sie"):
        assert text in wrong.text
    assert erika.post("/invoices/new", **draft(**line(0, "", "1", ""))).status_code == 422
    assert office.site.records("invoices") == []


def test_an_invoice_that_asks_for_nothing_is_not_issued(office: Any) -> None:
    erika = office.browser("staff")
    path = made(office, erika, **line(0, price="0"))
    answer = erika.post(f"{path}/issue")

    assert answer.location.endswith("/edit")
    assert office.site.record("invoices")["status"] == "draft"


def test_an_order_becomes_a_draft_with_one_click_and_only_once(office: Any) -> None:
    office.order(
        subject="Premium-Paket", name="Jana Hoffmann", kunden_adresse="Musterstr. 1, 12345 Musterstadt"
    )
    order = office.site.record("orders")
    erika = office.browser("staff")
    first = erika.post(f"/invoices/from-order/{order['id']}")
    again = erika.post(f"/invoices/from-order/{order['id']}")

    assert first.location == again.location
    invoice = office.site.record("invoices")
    assert (invoice["total_minor"], invoice["tax_minor"], invoice["status"]) == (14_990, 2_393, "draft")
    assert (invoice["order_id"], invoice["email"]) == (order["id"], "kunde@beispiel.de")
    assert invoice["address"] == "Musterstr. 1\n12345 Musterstadt"
    page = erika.get(f"/invoices/{invoice['id']}")
    assert "Premium-Paket" in page.text
    assert erika.post(f"/invoices/from-order/{uuid4()}").status_code == 404


def test_overdue_is_derived_and_the_list_filters(office: Any) -> None:
    erika = office.browser("staff")
    issued(office, erika, recipient="Späte AG")
    made(office, erika, recipient="Entwurf KG")
    assert "Späte AG" in erika.get("/invoices?status=open").text
    office.site.clock.advance(days=13, hours=12)
    erika = office.browser("staff")
    assert "Späte AG" not in erika.get("/invoices?status=overdue").text
    office.site.clock.advance(days=1)
    erika = office.browser("staff")
    late = erika.get("/invoices?status=overdue")
    assert "Späte AG" in late.text
    assert "Entwurf KG" not in late.text
    assert "Überfällig" in late.text
    assert "Späte AG" not in erika.get("/invoices?status=open").text
    assert "Entwurf KG" in erika.get("/invoices?q=entwurf").text
    assert "Nichts gefunden" in erika.get("/invoices?q=gibtesnicht").text


def test_a_payment_by_hand_pays_and_too_much_is_shown(office: Any) -> None:
    erika = office.browser("staff")
    path = issued(office, erika)
    some = {"paid_on": "2026-06-01", "method": "transfer"}
    assert erika.post(f"{path}/pay", amount="null", **some).status_code == 422
    assert erika.post(f"{path}/pay", amount="-5", **some).status_code == 422
    erika.post(f"{path}/pay", amount="19,00", **some)
    assert office.site.record("invoices")["status"] == "open"
    assert "100,00" in erika.get(path).text
    assert erika.post(f"{path}/cancel").status_code == 303
    assert office.site.record("invoices")["status"] == "open"

    erika.post(f"{path}/pay", amount="110", **some)
    page = erika.get(path)
    assert office.site.record("invoices")["status"] == "paid"
    assert "Überzahlt um 10,00" in page.text
    assert office.audit()[0]["action"] == "invoice.paid"


def test_the_customer_sees_the_invoice_and_nothing_else(office: Any) -> None:
    erika = office.browser("staff")
    path = issued(office, erika)
    link = link_of(erika.get(path))
    page = office.visitor().get(link, whole=True)

    assert page.status_code == 200
    assert "119,00" in page.text
    assert 'name="robots" content="noindex"' in page.text
    assert "/t/musterfirma" not in page.text
    assert "Jetzt online bezahlen" not in page.text  # no keys are stored
    assert len(link.removeprefix("/i/")) >= 22

    erika.post(f"{path}/link")
    assert office.visitor().get(link, whole=True).status_code == 404
    renewed = link_of(erika.get(path))
    assert office.visitor().get(renewed, whole=True).status_code == 200
    assert renewed.removeprefix("/i/") not in repr(office.audit())


def test_a_draft_has_no_public_page_and_strange_links_lead_nowhere(office: Any) -> None:
    made(office, office.browser("staff"))
    visitor = office.visitor()

    assert visitor.get("/i/nobody", whole=True).status_code == 404
    assert visitor.get("/i/nobody/done", whole=True).status_code == 404
    assert visitor.post("/i/nobody/pay", whole=True).status_code == 404


def test_invoices_of_another_tenant_are_not_there(office: Any) -> None:
    path = issued(office, office.browser("owner"))
    neighbour = office.browser("neighbour", "nachbar")

    assert neighbour.get(path).status_code == 404
    for action in ("issue", "cancel", "pay", "link", "discard", "edit"):
        assert neighbour.post(f"{path}/{action}").status_code == 404
    assert "Hoffmann" not in neighbour.get("/invoices").text
    assert office.site.record("invoices")["status"] == "open"
