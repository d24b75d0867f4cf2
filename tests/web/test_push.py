"""Mein Konto, Benachrichtigungen: what one is told over which channel, and push messages on one's devices."""

from collections.abc import Callable
from typing import Any

import pytest

from hub.records import deliveries, push
from hub.records.vault import Vault
from hub.registry.connecting import reseal_all
from hub.support import vapid

ANDROID = "Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0"
PAGE = "/account/notifications"


@pytest.fixture
def office(make_office: Callable[..., Any]) -> Any:
    """An office whose tenants have notifications switched on."""
    office = make_office()
    for tenant in ("musterfirma", "nachbar"):
        office.site.connect("notifications", tenant=tenant)
    return office


def subscription(number: int = 1, **changes: str) -> dict[str, str]:
    """What a browser gives."""
    given = {
        "endpoint": f"https://push.example.com/{number}",
        "p256dh": vapid.public_key(vapid.new_key()),
        "auth": vapid.encoded(bytes(16)),
    }
    return given | changes


def turn_on(browser: Any, number: int = 1) -> None:
    browser.client.environ_base["HTTP_USER_AGENT"] = ANDROID
    assert browser.post(f"{PAGE}/devices", whole=True, **subscription(number)).status_code == 303


def devices(office: Any) -> Any:
    with office.site.rooms.database.read() as unit:
        return unit.rows(push.SUBSCRIPTIONS.select().order_by(push.SUBSCRIPTIONS.c.id))


def sent(office: Any, channel: str, tenant: str = "musterfirma") -> list[Any]:
    """Targets and contents of the tenant's deliveries, the first first."""
    with office.site.rooms.database.read() as unit:
        rows = deliveries.search(unit, tenant_id=office.site.tenant_id(tenant))
        found = [deliveries.get(unit, row["id"]) for row in reversed(rows) if row["channel"] == channel]
    return [(row["target"], row["content"]) for row in found if row]


def choose(browser: Any, *wanted: str) -> None:
    assert browser.client.post(
        PAGE, data={"csrf_token": browser.token, "wanted": list(wanted)}
    ).location.endswith(PAGE)


def test_a_device_is_told_in_its_members_language(office: Any) -> None:
    staff, owner = office.browser("staff"), office.browser("owner")
    owner.post("/language", whole=True, language="en")
    turn_on(staff, 1)
    turn_on(owner, 2)
    first, second = devices(office)
    assert office.audit(None)[0]["action"] == "member.push_on"

    office.order()

    (to_staff, german), (to_owner, english) = sent(office, "push")
    assert (to_staff, to_owner) == (str(first["id"]), str(second["id"]))
    assert german["title"] == "Neue Bestellung!"
    assert english["text"] == "A web order of €149.90 has arrived."
    assert set(german) == {"id", "tenant", "title", "text"}
    assert "push.example.com" not in str(german)
    opened = staff.get(f"/notifications/{german['id']}")
    assert opened.location == f"/t/musterfirma/orders/{office.site.record('orders')['id']}"
    assert owner.get(f"/notifications/{german['id']}").status_code == 404
    assert "Keine ungelesenen" in staff.get("/").text
    assert sent(office, "push", "nachbar") == []


def test_each_member_chooses_what_is_told_where(office: Any) -> None:
    office.site.change("notifications", settings={"order_email_to_team": True})
    staff = office.browser("staff")
    turn_on(staff)
    page = staff.get(PAGE, whole=True).text
    assert page.count(" checked") == 11
    assert 'data-silent=""' in page
    choose(staff, "ticket:email", "ticket:push", "payment:desktop")

    office.order()
    assert sent(office, "push") == []
    assert "staff@example.com" not in [target for target, _ in sent(office, "email")]
    assert len(sent(office, "email")) == 2

    ticket = {"type": "ticket", "email": "kunde@beispiel.de", "message": "Wann?", "subject": "Lieferung"}
    office.site.send(ticket, plugin="lead", secret=office.site.keys["musterfirma"])
    assert [content["title"] for _, content in sent(office, "push")] == ["Neues Ticket"]
    ((target, mail),) = sent(office, "email")[2:]
    assert target == "staff@example.com"
    assert mail["subject"] == "Neues Ticket – musterfirma"
    assert "kunde@beispiel.de schreibt: Lieferung" in mail["text"]
    assert 'data-silent="order ticket transaction other"' in staff.get(PAGE, whole=True).text
    assert staff.get("/notifications").text.count("notice-unread") == 2


def test_devices_are_listed_tested_and_removed_by_their_owner_alone(office: Any) -> None:
    staff, owner = office.browser("staff"), office.browser("owner")
    turn_on(staff)
    (device,) = devices(office)
    page = staff.get(PAGE, whole=True).text
    assert "Firefox · Android" in page
    assert device["fingerprint"] in page
    assert "Noch nichts zugestellt" in page
    assert "push.example.com" not in page

    for action in ("test", "remove"):
        assert owner.post(f"{PAGE}/devices/{device['id']}/{action}", whole=True).status_code == 404
    staff.post(f"{PAGE}/devices/{device['id']}/test", whole=True)
    ((target, content),) = sent(office, "push")
    assert (target, content["title"]) == (str(device["id"]), "Das ist ein Test")
    staff.post(f"{PAGE}/devices/{device['id']}/remove", whole=True)
    assert devices(office) == []
    office.order()
    assert len(sent(office, "push")) == 1


def test_a_browser_is_one_persons_and_nobodys_after_signing_out_everywhere(office: Any) -> None:
    staff, owner = office.browser("staff"), office.browser("owner")
    turn_on(staff)
    turn_on(owner)
    (device,) = devices(office)
    assert device["member_id"] == office.person("owner@example.com").id

    for number in range(2, 24):
        turn_on(owner, number)
    assert len(devices(office)) == push.MOST_DEVICES
    owner.post("/account/sign-out-everywhere", whole=True)
    assert devices(office) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "javascript:alert(1)"},
        {"endpoint": "https://push.example.com/" + "x" * 2000},
        {"p256dh": "kurz"},
        {"auth": "!"},
        {"auth": "ä"},
    ],
)
def test_what_no_browser_gives_is_refused(office: Any, wrong: dict[str, str]) -> None:
    staff = office.browser("staff")
    assert staff.post(f"{PAGE}/devices", whole=True, **subscription(**wrong)).status_code == 400
    assert devices(office) == []


def test_who_left_the_team_is_told_nothing(office: Any) -> None:
    staff = office.browser("staff")
    turn_on(staff)
    office.browser("owner").post(f"/team/{office.person('staff@example.com').id}/remove")
    office.order()
    assert sent(office, "push") == []


def test_the_key_is_the_same_each_time_and_sealed(office: Any) -> None:
    rooms = office.site.rooms
    with rooms.database.read() as unit:
        assert unit.rows(push.SECRETS.select()) == []
    keys = {push.private_key(rooms.database, rooms.vault, rooms.config, rooms.clock) for _time in range(3)}
    with rooms.database.read() as unit:
        (row,) = unit.rows(push.SECRETS.select())

    (key,) = keys
    assert key not in row["secrets"]
    staff = office.browser("staff")
    assert vapid.public_key(key) in staff.get(PAGE, whole=True).text

    turn_on(staff)
    fresh = Vault(["another-secret-key-of-the-hub"])
    reseal_all(rooms.database, Vault(["another-secret-key-of-the-hub", *rooms.config.secret_keys()]))
    assert push.private_key(rooms.database, fresh, rooms.config, rooms.clock) == key
    with rooms.database.read() as unit:
        found = push.find(unit, fresh, devices(office)[0]["id"])
    assert found is not None
    assert found.endpoint == subscription()["endpoint"]


def test_the_service_worker_is_served_for_everybody_with_a_small_scope(office: Any) -> None:
    answer = office.visitor().get("/push/worker.js", whole=True)
    assert answer.content_type.startswith("text/javascript")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "Service-Worker-Allowed" not in answer.headers


def test_who_was_given_something_by_somebody_else_is_told(office: Any) -> None:
    ticket = {"type": "ticket", "email": "kunde@beispiel.de", "message": "Wann?", "subject": "Lieferung"}
    office.site.send(ticket, plugin="lead", secret=office.site.keys["musterfirma"])
    ticket_id = office.site.record("tickets")["id"]
    staff, owner = office.browser("staff"), office.browser("owner")
    turn_on(staff)
    person = str(office.person("staff@example.com").id)

    for _twice in range(2):
        owner.post(f"/tickets/{ticket_id}/assign", member=person)
    page = staff.get("/notifications").text
    assert page.count("Ticket für Sie") == 1
    assert "Owner hat Ihnen ein Ticket zugewiesen: Lieferung" in page
    assert [content["title"] for _, content in sent(office, "push")] == ["Ticket für Sie"]
    assert "Ticket für Sie" not in owner.get("/notifications").text

    owner.post(f"/tickets/{ticket_id}/assign", member="nobody")
    staff.post(f"/tickets/{ticket_id}/assign", member=person)
    assert staff.get("/notifications").text.count("Ticket für Sie") == 1


def test_a_partner_who_is_a_member_hears_of_sales_that_somebody_gives_them(
    office: Any, sale: Callable[..., dict[str, Any]]
) -> None:
    office.site.connect("commissions")
    for number in range(3):
        office.site.send(sale(f"t-{number}", partnerId=None))
    admin, staff = office.browser("admin"), office.browser("staff")
    for code, email in (("P-1", "Staff@example.com"), ("P-2", "extern@example.com")):
        admin.post("/commissions/partners", code=code, email=email, status="active")
    found = [str(row["id"]) for row in reversed(office.site.records("transactions"))]

    def give(*sales: str, to: str) -> None:
        data = {"csrf_token": admin.token, "sale": list(sales), "partner": to}
        answer = admin.client.post("/t/musterfirma/commissions/transactions/assign", data=data)
        assert answer.status_code == 303

    give(found[0], to="P-1")
    give(*found, to="P-1")
    page = staff.get("/notifications").text.replace("\xa0", " ")
    assert "Admin hat Ihnen den Verkauf t-0 über 119,00 € zugeordnet." in page
    assert "Admin hat Ihnen 2 Verkäufe zugeordnet." in page
    assert page.count("Verkäufe für Sie") == page.count("Verkauf für Sie") == 1
    assert "für Sie" not in admin.get("/notifications").text
