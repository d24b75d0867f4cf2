"""Customers: found, corrected, merged, and all that happened in one file."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import hub
from hub.records import listing, scanning
from hub.support.ids import new_id

NEIGHBOUR = "nachbar"


def sold(office: Any, sale: str, tenant: str = "musterfirma", **person: Any) -> Any:
    """A sale to that person. Gives the customer."""
    fact = hub.TransactionCreated(
        external_id=sale,
        gross=hub.Money(11900, "EUR"),
        occurred_at=office.site.clock(),
        product_name="Kurs",
        customer=hub.Person(**person),
    )
    assert office.site.tell(fact, tenant=tenant).status_code == 200
    known = office.site.records("customers", tenant)
    return next(row for row in known if row["email"].lower() == person["email"].lower())


def ask(office: Any, email: str) -> Any:
    body = {"type": "ticket", "email": email, "message": "Hallo"}
    office.site.send(body, plugin="lead", secret=office.site.keys["musterfirma"])
    return office.site.records("tickets")[0]


def change(office: Any, customer: Any, **fields: Any) -> Any:
    """Send the form of the master data with these fields, and what the customer has in the others."""
    names = ("email", "first_name", "last_name", "name", "company", "phone", "external_id")
    sent = {name: customer[name] or "" for name in names}
    return office.browser("staff").post(f"/customers/{customer['id']}/edit", **{**sent, **fields})


def customer(office: Any, customer_id: Any) -> Any:
    return next(row for row in office.site.records("customers") if row["id"] == customer_id)


def bill(office: Any, unit: Any, customer: Any) -> Any:
    """An open invoice of the customer."""
    row = {
        "id": new_id(),
        "tenant_id": office.site.tenant_id(),
        "created_at": office.site.clock(),
        "number": "R-1",
        "status": "open",
        "customer_id": customer["id"],
        "lines": [],
        "total_minor": 5000,
        "paid_minor": 0,
        "currency": "EUR",
        "extra": {},
    }
    unit.insert(listing.SINGULAR["invoice"], row)
    return row["id"]


def pay(office: Any, unit: Any, invoice_id: Any) -> None:
    """The invoice is paid for."""
    row = {
        "id": new_id(),
        "tenant_id": office.site.tenant_id(),
        "created_at": office.site.clock(),
        "external_id": "pi_1",
        "status": "succeeded",
        "invoice_id": invoice_id,
        "invoice_ref": "R-1",
        "amount_minor": 5000,
        "currency": "EUR",
        "occurred_at": office.site.clock(),
        "extra": {},
    }
    unit.insert(listing.SINGULAR["payment"], row)


def merge(office: Any, kept: Any, merged: Any) -> Any:
    return office.browser("staff").post(f"/customers/{kept['id']}/merge/{merged['id']}")


@pytest.fixture
def erika(office: Any) -> Any:
    """A customer with a sale."""
    return sold(office, "t-1", email="erika@beispiel.de", first_name="Erika", last_name="Musterfrau")


@pytest.fixture
def double(office: Any) -> Any:
    """The same person, with another address, a sale and a telephone."""
    return sold(
        office,
        "t-2",
        email="E.Musterfrau@firma.example",
        first_name="Erika",
        last_name="Musterfrau",
        phone="0815",
    )


def test_customers_are_found_by_name_address_and_company(office: Any, erika: Any) -> None:
    sold(office, "t-9", email="max@beispiel.de", company="Tischlerei Brandt")
    staff = office.browser("staff")

    whole = staff.get("/customers").text
    assert "Erika Musterfrau" in whole
    assert "Tischlerei Brandt" in whole
    for query, hit in (("musterfrau+erika", "Erika"), ("brandt", "max@"), ("MAX@BEI", "max@")):
        page = staff.get(f"/customers?q={query}").text
        assert hit in page
        assert ("erika@beispiel.de" in page) == (hit == "Erika")
    assert "Kein Kunde passt zu" in staff.get("/customers?q=%25").text


def test_an_empty_list_says_where_customers_come_from(office: Any) -> None:
    assert "Noch keine Kunden" in office.browser("staff").get("/customers").text


def test_the_file_holds_everything_newest_first(office: Any, erika: Any) -> None:
    office.order(email="ERIKA@beispiel.de", subject="Premium-Paket")
    ask(office, "erika@beispiel.de")
    page = office.browser("staff").get(f"/customers/{erika['id']}").text

    places = [page.index(text) for text in ("Anfrage Webseite", "Premium-Paket", "Kurs")]
    assert places == sorted(places)
    assert "149,90" in page
    assert "119,00" in page
    assert "1 Bestellung" in page


def test_invoices_and_their_payments_are_in_the_file(office: Any, erika: Any) -> None:
    with office.site.rooms.database.write() as unit:
        invoice_id = bill(office, unit, erika)
        pay(office, unit, invoice_id)
    page = office.browser("staff").get(f"/customers/{erika['id']}").text

    assert f"/invoices/{invoice_id}" in page
    assert "zu Rechnung R-1" in page
    assert "1 Zahlung" in page


def test_a_long_file_has_pages(office: Any, erika: Any) -> None:
    for number in range(26):
        office.order(email="erika@beispiel.de", subject=f"Bestellung {number:02}")
    staff = office.browser("staff")
    newest = staff.get(f"/customers/{erika['id']}").text
    last = office.site.records("orders")[24]["id"]

    assert "Bestellung 00" not in newest
    assert f"before={last}" in newest
    older = staff.get(f"/customers/{erika['id']}?before={last}").text
    assert "Bestellung 00" in older
    assert "Kurs" in older


def test_a_customer_is_made_by_hand(office: Any) -> None:
    staff = office.browser("staff")
    answer = staff.post("/customers", email="neu@beispiel.de", company="Neu GmbH", first_name=" ")

    made = office.site.record("customers")
    assert answer.location.endswith(f"/customers/{made['id']}")
    assert (made["company"], made["first_name"]) == ("Neu GmbH", None)
    assert office.audit()[0]["action"] == "customer.created"
    assert ask(office, "NEU@beispiel.de")["customer_id"] == made["id"]
    again = staff.post("/customers", email="Neu@beispiel.de")
    assert again.status_code == 422
    assert "hat diese E-Mail-Adresse schon" in again.text
    assert staff.post("/customers", email="keine Adresse").status_code == 422


def test_master_data_are_corrected(office: Any, erika: Any) -> None:
    answer = change(office, erika, last_name=" Mustermann ", phone="030 123", first_name="")

    now = customer(office, erika["id"])
    assert answer.status_code == 303
    assert (now["first_name"], now["last_name"], now["phone"]) == (None, "Mustermann", "030 123")
    entry = office.audit()[0]
    assert entry["action"] == "customer.changed"
    assert entry["before"] == {"first_name": "Erika", "last_name": "Musterfrau", "phone": None}
    assert entry["after"] == {"first_name": None, "last_name": "Mustermann", "phone": "030 123"}


def test_a_former_address_goes_on_leading_to_the_file(office: Any, erika: Any) -> None:
    change(office, erika, email="Neu@beispiel.de")
    page = office.browser("staff").get(f"/customers/{erika['id']}").text

    assert "Neu@beispiel.de" in page
    assert "erika@beispiel.de" in page
    for address in ("erika@BEISPIEL.de", "neu@beispiel.de"):
        assert ask(office, address)["customer_id"] == erika["id"]


def test_a_customer_can_take_a_former_address_again(office: Any, erika: Any) -> None:
    change(office, erika, email="neu@beispiel.de")
    change(office, erika, email="Erika@beispiel.de")

    assert customer(office, erika["id"])["email"] == "Erika@beispiel.de"
    for address in ("erika@beispiel.de", "neu@beispiel.de"):
        assert ask(office, address)["customer_id"] == erika["id"]


def test_the_case_of_an_address_can_be_corrected(office: Any, erika: Any) -> None:
    change(office, erika, email="Erika@beispiel.de")

    assert [row["email"] for row in office.site.records("customers")] == ["Erika@beispiel.de"]


def test_the_address_of_somebody_else_is_refused(office: Any, erika: Any, double: Any) -> None:
    answer = change(office, erika, email=double["email"].lower())

    assert answer.status_code == 422
    assert "hat diese E-Mail-Adresse schon" in answer.text
    assert customer(office, erika["id"])["email"] == "erika@beispiel.de"


def test_duplicates_are_proposed_and_previewed(office: Any, erika: Any, double: Any) -> None:
    sold(office, "t-3", email="max@beispiel.de")
    ask(office, double["email"])
    staff = office.browser("staff")
    proposed = staff.get(f"/customers/{erika['id']}/merge").text
    preview = staff.get(f"/customers/{erika['id']}/merge/{double['id']}").text

    assert double["email"] in proposed
    assert "max@beispiel.de" not in proposed
    assert "max@beispiel.de" in staff.get(f"/customers/{erika['id']}/merge?q=max").text
    assert "1 Transaktion zieht um." in preview
    assert "1 Ticket zieht um." in preview
    assert "Telefon wird übernommen: 0815" in preview
    assert "Bestellung" not in preview.split("Das geschieht")[1].split("Nachrichten")[0].split("künftig")[0]
    assert len({row["customer_id"] for row in office.site.records("transactions")}) == 3


def test_two_become_one(office: Any, erika: Any, double: Any) -> None:
    office.order(email=double["email"])
    ask(office, double["email"])
    with office.site.rooms.database.write() as unit:
        bill(office, unit, double)
    answer = merge(office, erika, double)

    assert answer.location.endswith(f"/customers/{erika['id']}")
    for kind in ("orders", "tickets", "transactions", "invoices"):
        assert {row["customer_id"] for row in office.site.records(kind)} == {erika["id"]}, kind
    kept = customer(office, erika["id"])
    assert (kept["phone"], kept["email"]) == ("0815", "erika@beispiel.de")
    entries = office.audit()[:2]
    assert [entry["action"] for entry in entries] == ["customer.merged_away", "customer.merged"]
    assert entries[1]["after"]["moved"] == {"order": 1, "ticket": 1, "invoice": 1, "transaction": 1}


def test_what_comes_later_lands_in_the_file_that_was_kept(office: Any, erika: Any, double: Any) -> None:
    third = sold(office, "t-3", email="dritte@beispiel.de", company="Muster GmbH")
    merge(office, erika, double)
    merge(office, third, erika)

    for address in ("erika@beispiel.de", "e.musterfrau@FIRMA.example", "dritte@beispiel.de"):
        assert ask(office, address)["customer_id"] == third["id"]
    office.order(email="erika@beispiel.de")
    assert office.site.record("orders")["customer_id"] == third["id"]
    sold(office, "t-4", email="e.musterfrau@firma.example", external_id="c-7")
    assert {row["customer_id"] for row in office.site.records("transactions")} == {third["id"]}
    assert customer(office, third["id"])["phone"] == "0815"


def test_details_that_come_later_fill_in_the_kept_one(office: Any, erika: Any, double: Any) -> None:
    merge(office, erika, double)
    sold(office, "t-4", email=double["email"], first_name="Eri", company="Muster GmbH")

    kept = customer(office, erika["id"])
    assert (kept["first_name"], kept["company"]) == ("Erika", "Muster GmbH")


def test_a_replay_does_not_undo_a_merge(office: Any, erika: Any, double: Any) -> None:
    merge(office, erika, double)
    for event in office.site.events():
        office.site.rooms.replayer.replay(event["id"])

    assert {row["customer_id"] for row in office.site.records("transactions")} == {erika["id"]}


def test_a_merged_one_is_listed_no_more_and_its_address_leads_on(
    office: Any, erika: Any, double: Any
) -> None:
    merge(office, erika, double)
    staff = office.browser("staff")

    assert f"/customers/{double['id']}" not in staff.get("/customers").text
    assert f"/customers/{erika['id']}" in staff.get("/customers?q=firma.example").text
    answer = staff.get(f"/customers/{double['id']}")
    assert answer.status_code == 303
    assert answer.location.endswith(f"/customers/{erika['id']}")
    assert "firma.example" in staff.get(f"/customers/{erika['id']}").text


@pytest.mark.parametrize("other", ["same", "merged"])
def test_what_is_one_already_is_not_merged_again(office: Any, erika: Any, double: Any, other: str) -> None:
    merge(office, erika, double)
    answer = merge(office, erika, erika if other == "same" else double)

    assert answer.status_code in (303, 404)
    assert customer(office, erika["id"])["merged_into"] is None
    assert [entry["action"] for entry in office.audit()].count("customer.merged") == 1


def test_a_neighbours_customer_is_out_of_reach(office: Any, erika: Any) -> None:
    theirs = sold(
        office, "t-1", NEIGHBOUR, email="erika@beispiel.de", first_name="Erika", last_name="Musterfrau"
    )
    owner = office.browser("owner")

    assert str(theirs["id"]) not in owner.get("/customers").text
    assert str(theirs["id"]) not in owner.get(f"/customers/{erika['id']}/merge").text
    for path in (f"/customers/{theirs['id']}", f"/customers/{theirs['id']}/edit"):
        assert owner.get(path).status_code == 404
    assert owner.get(f"/customers/{erika['id']}/merge/{theirs['id']}").status_code == 404
    assert merge(office, erika, theirs).status_code == 404
    assert merge(office, theirs, erika).status_code == 404
    assert change(office, theirs, company="X").status_code == 404
    assert office.site.record("transactions", NEIGHBOUR)["customer_id"] == theirs["id"]


def test_the_page_speaks_english_too(office: Any, erika: Any) -> None:
    visitor = office.browser("staff")
    visitor.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"

    assert "Master data" in visitor.get(f"/customers/{erika['id']}").text


def test_of_many_who_take_one_address_at_the_same_moment_one_gets_it(office: Any) -> None:
    known = [sold(office, f"t-{n}", email=f"kunde-{n}@beispiel.de") for n in range(4)]
    browsers = [office.browser("staff") for _ in known]
    for browser in browsers:
        browser.get("/customers/new")
    moment = threading.Barrier(len(known))

    def take(one: Any, browser: Any) -> int:
        moment.wait(30)
        status: int = browser.post(
            f"/customers/{one['id']}/edit", email="neu@beispiel.de", last_name="Neu"
        ).status_code
        return status

    with ThreadPoolExecutor(len(known)) as pool:
        answers = Counter(pool.map(take, known, browsers))
    assert answers == {303: 1, 422: len(known) - 1}


def test_an_address_is_found_however_many_came_later(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "SCANNED", 2)
    first = sold(office, "t-0", email="Max@beispiel.de")
    for number in range(1, 5):
        sold(office, f"t-{number}", email=f"kunde{number}@beispiel.de")
    staff = office.browser("staff")

    by_address, by_part = (staff.get(f"/customers?q={text}").text for text in ("max@BEISPIEL.de", "max@"))

    assert f"/customers/{first['id']}" in by_address
    assert "Ältere durchsuchen" not in by_address
    assert "Nichts gefunden" in by_part
    assert "Durchsucht sind nur die neuesten Einträge." in by_part
