"""The audit log, as admins read it."""

from typing import Any


def test_admins_read_who_changed_what(office: Any) -> None:
    office.order()
    order = office.site.record("orders")
    office.browser("staff").post(f"/orders/{order['id']}/take")
    page = office.browser("admin").get("/audit").text

    assert "In Bearbeitung genommen" in page
    assert "staff@example.com" in page
    assert f"/orders/{order['id']}" in page
    assert "Neu" in page
    assert "127.0.0.1" in page


def test_amounts_and_states_are_told_in_words(office: Any) -> None:
    office.order(total=149.90)
    order = office.site.record("orders")
    office.browser("staff").post(f"/invoices/from-order/{order['id']}")
    page = office.browser("admin").get("/audit").text

    assert "Entwurf</div>" in page
    assert "149,90" in page
    assert "Minor" not in page


def test_changes_of_one_member(office: Any) -> None:
    office.order()
    staff, owner = office.person("staff@example.com"), office.person("owner@example.com")
    office.browser("staff").post(f"/orders/{office.site.record('orders')['id']}/take")
    admin = office.browser("admin")

    assert "In Bearbeitung genommen" in admin.get(f"/audit?member={staff.id}").text
    assert "noch nichts geändert" in admin.get(f"/audit?member={owner.id}").text
    assert "In Bearbeitung genommen" in admin.get("/audit?member=nonsense").text


def test_a_long_log_has_pages(office: Any) -> None:
    admin = office.browser("admin")
    for number in range(27):
        admin.post("/settings", name=f"Firma {number}", locale="de", currency="EUR", timezone="Europe/Berlin")
    first = admin.get("/audit").text
    older = admin.get(f"/audit?before={office.audit()[24]['id']}").text

    assert "Firma 26" in first
    assert "Firma 0<" not in first
    assert "Firma 0" in older


def test_other_tenants_changes_are_not_there(office: Any) -> None:
    office.order()
    office.browser("staff").post(f"/orders/{office.site.record('orders')['id']}/take")

    page = office.browser("neighbour", "nachbar").get("/audit").text
    assert "Noch keine Änderungen" in page or "In Bearbeitung genommen" not in page
    assert office.browser("staff").get("/audit").status_code == 403


def test_people_and_customers_are_named_not_numbered(office: Any) -> None:
    office.order()
    order = office.site.record("orders")
    body = {"type": "ticket", "email": "kunde@beispiel.de", "message": "Wann?"}
    office.site.send(body, plugin="lead", secret=office.site.keys["musterfirma"])
    ticket = office.site.record("tickets")
    staff = office.browser("staff")
    staff.post(f"/orders/{order['id']}/customer")
    staff.post(f"/tickets/{ticket['id']}/assign", member=office.person("admin@example.com").id)
    page = office.browser("admin").get("/audit").text

    assert "Zuständig:</span> Admin<" in page
    assert f'/customers/{office.site.record("orders")["customer_id"]}">Kundenakte</a>' in page


def test_a_plugin_says_how_its_own_changes_are_told(office: Any) -> None:
    office.site.connect("commissions")
    admin = office.browser("admin")
    admin.get("/commissions/plans/new")
    terms = {"percent": "10", "levels": "5; 2,5", "tiers": "1000: 12", "base": "gross", "period": "month"}
    plan = admin.post("/commissions/plans", name="Standard", default="y", hold_days="14", **terms)
    admin.post("/commissions/campaigns", slug="sommer-aktion", plan="Standard", first="2026-07-01")
    admin.post(f"{plan.location}/version", whole=True, **terms | {"fixed": "2,50", "percent": "12"})
    page = admin.get("/audit").text.replace("\xa0", " ")

    for told in (
        "Sätze der Sponsoren:</span> 5 % · 2,5 %",
        "Staffel nach Umsatz:</span> ab 1.000: 12 %",
        "Umsatz der Staffel:</span> Kalendermonat",
        "Fester Betrag:</span> 2,50 €",
        "Kennung der Kampagne:</span> sommer-aktion",
        "Beginnt:</span> 01.07.2026, 00:00",
    ):
        assert told in page
