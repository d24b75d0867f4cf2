"""Web-Bestellungen: the inbox, and what is done with an order."""

import re
from html import unescape
from typing import Any

import pytest

from hub.records import counting, effects, scanning


def address(office: Any) -> str:
    return f"/orders/{office.site.record('orders')['id']}"


def test_an_order_shows_all_that_its_sender_told(office: Any) -> None:
    office.order(
        subject="Bestellung: Premium-Paket",
        kunden_adresse="Musterstraße 1, 12345 Musterstadt",
        optionen={"farbe": "rot", "gravur": ["A", "B"]},
        script="<script>alert(1)</script>",
    )
    page = office.browser("staff").get(address(office)).text

    for text in (
        "Bestellung: Premium-Paket",
        "149,90\N{NO-BREAK SPACE}€",
        "kunde@beispiel.de",
        "Kunden Adresse",
        "Musterstraße 1, 12345 Musterstadt",
        "farbe: rot; gravur: A, B",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
    ):
        assert text in page, text
    assert "<script>alert" not in page


def test_the_inbox_is_filtered_and_searched(office: Any) -> None:
    office.order(subject="Premium-Paket")
    office.order(subject="50 % Rabatt", email="andere@beispiel.de")
    staff = office.browser("staff")

    assert "Premium-Paket" in staff.get("/orders").text
    assert "Premium-Paket" not in staff.get("/orders?status=processed").text
    assert "Premium-Paket" in staff.get("/orders?q=premium").text
    found = staff.get("/orders?q=ANDERE@beispiel").text
    assert "50 % Rabatt" in found
    assert "Premium-Paket" not in found
    assert "Premium-Paket" not in staff.get("/orders?q=%25").text, "a percent sign is no wildcard"
    assert "Nichts gefunden" in staff.get("/orders?q=gibtesnicht").text


def test_a_long_inbox_has_pages(office: Any) -> None:
    for number in range(30):
        office.order(subject=f"Nr. {number:02}")
    staff = office.browser("staff")
    first = staff.get("/orders").text
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = staff.get(older, whole=True).text

    assert [f"Nr. {number:02}" in first for number in (29, 5, 4)] == [True, True, False]
    assert [f"Nr. {number:02}" in second for number in (5, 4, 0)] == [False, True, True]


def test_nonsense_in_the_address_is_the_first_page(office: Any) -> None:
    office.order(subject="Premium-Paket")

    assert "Premium-Paket" in office.browser("staff").get("/orders?before=x&status=y").text


def test_an_order_goes_its_way_and_leaves_a_trace(office: Any) -> None:
    office.order()
    staff = office.browser("staff")
    path = address(office)
    staff.get(path)
    for action, status in (("take", "in_progress"), ("process", "processed"), ("cancel", "cancelled")):
        assert staff.post(f"{path}/{action}").status_code == 303
        assert office.site.record("orders")["status"] == status

    log = office.audit()
    assert [entry["action"] for entry in log] == ["order.cancelled", "order.processed", "order.taken"]
    assert (log[1]["who"], log[1]["remote_addr"]) == ("staff@example.com", "127.0.0.1")
    assert (log[1]["before"], log[1]["after"]) == ({"status": "in_progress"}, {"status": "processed"})


@pytest.mark.parametrize(
    ("action", "signal"), [("process", "order_processed"), ("cancel", "order_cancelled")]
)
def test_plugins_hear_of_it(office: Any, action: str, signal: str) -> None:
    office.order()
    office.site.connect("notifications")
    staff = office.browser("staff")
    staff.get(address(office))
    staff.post(f"{address(office)}/{action}")
    with office.site.rooms.database.read() as unit:
        runs = effects.search(unit, tenant_id=office.site.tenant_id())

    told = {(run["receiver"].partition(":")[0], run["state"]) for run in runs if run["signal"] == signal}
    assert ("notifications", "done") in told


def test_what_was_done_meanwhile_is_not_done_twice(office: Any) -> None:
    office.order()
    staff, admin = office.browser("staff"), office.browser("admin")
    path = address(office)
    staff.get(path)
    admin.get(path)
    staff.post(f"{path}/process")
    answer = admin.post(f"{path}/process")

    assert "inzwischen einen anderen Status" in admin.get(answer.location, whole=True).text
    assert [entry["action"] for entry in office.audit()] == ["order.processed"]


def test_an_order_becomes_a_customer(office: Any) -> None:
    office.order()
    office.order(email="KUNDE@beispiel.de")
    staff = office.browser("staff")
    staff.get("/orders")
    for order in office.site.records("orders"):
        staff.post(f"/orders/{order['id']}/customer")

    customer = office.site.record("customers")
    assert customer["email"].lower() == "kunde@beispiel.de"
    assert {order["customer_id"] for order in office.site.records("orders")} == {customer["id"]}


def test_an_order_of_a_neighbour_is_not_there(office: Any) -> None:
    office.order()
    neighbour = office.browser("neighbour", "nachbar")
    neighbour.get("/orders")
    path = address(office)

    assert neighbour.get(path).status_code == 404
    for action in ("take", "process", "cancel", "customer"):
        assert neighbour.post(f"{path}/{action}").status_code == 404
    assert office.site.record("orders")["status"] == "new"


def test_a_search_looks_at_the_newest_and_goes_on(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "SCANNED", 2)
    for number in range(5):
        office.order(subject=f"Ersatzteil {number}")
    staff = office.browser("staff")

    first = staff.get("/orders?q=Ersatzteil+1")
    onward = re.search(r'href="([^"]+)">Ältere durchsuchen', first.text)
    assert onward is not None
    second = staff.get(unescape(onward[1]), whole=True)

    assert "Nichts gefunden" in first.text
    assert "Durchsucht sind nur die neuesten Einträge." in first.text
    assert "Ersatzteil 1" in second.text.partition("<tbody>")[2]


def test_high_numbers_are_not_counted_to_the_end(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MOST", 2)
    for number in range(3):
        office.order(subject=f"Ersatzteil {number}")
    tabs = office.browser("staff").get("/orders").text.partition("tabs-scroll")[2].partition("</ul>")[0]

    assert re.findall(r'<span class="badge[^>]*>([^<]+)</span>', tabs) == ["2+", "0", "0", "0"]
