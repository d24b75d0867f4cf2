"""What pages show of somebody who was erased: nothing of them, and the audit log says that it was done."""

from typing import Any

import pytest

from hub.records.audit import Actor
from hub.records.personal import Person
from hub.registry.privacy import Privacy

MAIL = "erika@example.com"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_pages_of_an_erased_customer(office: Any, sale: Any) -> None:
    site = office.site
    site.send(sale("t-1", customer={"email": MAIL, "firstName": "Erika"}))
    office.order(email=MAIL, name="Erika Musterfrau", wunsch="blau")
    key = site.keys["musterfirma"]
    asked = {"type": "ticket", "email": MAIL, "subject": "Lieferung", "message": "Erika fragt"}
    site.send(asked, plugin="lead", secret=key)
    tenant_id = site.tenant_id()
    with site.rooms.database.for_tenant(tenant_id).write() as unit:
        person = Person(tenant_id=tenant_id, emails=(MAIL,))
        Privacy(site.rooms.registry).erase(unit, person, actor=Actor(who="command line"), now=site.clock())

    admin = office.browser("admin")
    rows = {kind: site.record(f"{kind}s")["id"] for kind in ("customer", "order", "ticket")}
    event = site.record("orders")["event_id"]
    paths = [
        "/audit",
        "/customers",
        "/events",
        f"/events/{event}",
        *(f"/{kind}s/{one}" for kind, one in rows.items()),
    ]
    for path in paths:
        answer = admin.get(path)
        assert answer.status_code == 200, path
        assert not {"erika", "Erika", "blau", "Lieferung"} & set(answer.text.replace("<", " ").split()), path
    assert "Personenbezogene Daten gelöscht" in admin.get("/audit").text
    assert "Hub-Emptied" in admin.get(f"/events/{event}").text
    said = admin.post(f"/events/{event}/replay")
    assert "nicht mehr aufbewahrt" in (said.text + admin.get(f"/events/{event}").text)
