"""The plugin's pages through the public door: what people see, what they may, what comes of it."""

import re
import uuid
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hub.records import audit, people, tenants
from hub.support import passwords

PASSWORD = "ein gutes Passwort"
HASH = passwords.hash_password(PASSWORD)
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
BASE = "/t/musterfirma/commissions"


class Desk:
    """A browser in which somebody is signed in."""

    def __init__(self, client: FlaskClient, email: str) -> None:
        self.client = client
        self.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de"
        self.token = ""
        self.get("/sign-in", whole=True)
        assert self.post("/sign-in", whole=True, email=email, password=PASSWORD).status_code == 303
        self.get("/t/musterfirma/", whole=True)

    def get(self, path: str, *, whole: bool = False) -> TestResponse:
        answer = self.client.get(path if whole else BASE + path)
        self.token = found[1] if (found := TOKEN.search(answer.text)) else self.token
        return answer

    def post(self, path: str, *, whole: bool = False, **data: Any) -> TestResponse:
        sent = {"csrf_token": self.token, **data}
        return self.client.post(path if whole else BASE + path, data=sent)

    def after(self, answer: TestResponse) -> str:
        """The page that an action leads to."""
        assert answer.status_code == 303, answer.text
        return self.get(answer.location, whole=True).text


@pytest.fixture
def desk(shop: Any) -> Any:
    """Signs somebody in: ``desk("admin")``."""

    def sign_in(role: str, tenant_id: Any = None) -> Desk:
        with shop.rooms.database.write() as unit:
            member_id = tenants.add_member(
                unit,
                tenant_id=tenant_id or shop.tenant_id,
                email=f"{role}-{uuid.uuid4().hex[:6]}@example.com",
                name=role,
                role=role,
                now=shop.clock(),
            )
            people.set_password(unit, member_id, HASH)
            person = people.by_id(unit, member_id)
            assert person is not None
        return Desk(shop.app.test_client(), person.email)

    return sign_in


def actions(shop: Any) -> list[str]:
    with shop.rooms.database.read() as unit:
        return [row["action"] for row in audit.entries(unit, shop.tenant_id)]


def ids(shop: Any, *names: str) -> list[str]:
    return [str(shop.sale(name)["id"]) for name in names]


def flat(text: str) -> str:
    """The page as text, with plain blanks."""
    return " ".join(re.sub(r"<[^>]+>", " ", text).replace("\u00a0", " ").replace("&nbsp;", " ").split())


def test_unassigned_sales_are_assigned_together_and_pay_what_they_would_have_paid(
    shop: Any, desk: Any
) -> None:
    shop.plan(percent=Decimal(10), levels=(Decimal(5),))
    shop.sell("t-1", partnerId=None)
    shop.sell("t-2", partnerId="P-9")
    shop.sell("t-3", partnerId=None, grossAmount="0.00", netAmount="0.00", taxAmount="0.00")
    shop.partners("P-1", "P-2")
    staff = desk("staff")

    page = staff.get("/transactions?filter=unassigned").text
    assert all(name in page for name in ("t-1", "t-2", "t-3"))
    told = flat(
        staff.after(staff.post("/transactions/assign", sale=ids(shop, "t-1", "t-2", "t-3"), partner="P-1"))
    )

    assert "3 Transaktionen gehören jetzt zu P-1. Provisionen: 30,00 €." in told
    assert "1 Transaktion ohne Provision: Der Kunde hat nichts bezahlt." in told
    assert shop.paid("t-1") == [("P-1", 0, "10.00", "pending"), ("P-2", 1, "5.00", "pending")]
    assert "Alles ist zugeordnet" in told
    assert actions(shop).count("commissions.assigned") == 3


def test_a_sale_says_why_each_line_is_as_it_is(shop: Any, desk: Any) -> None:
    shop.plan(percent=Decimal(10), levels=(Decimal("2.5"),))
    shop.partners("P-1", "P-2")
    shop.sell("t-1")
    shop.sell("t-2", partnerId="P-9")
    staff = desk("staff")
    (sale, strange) = ids(shop, "t-1", "t-2")

    page = flat(staff.get(f"/transactions/{sale}").text)
    assert "standard, Version 1" in page
    assert "100,00 € (Netto)" in page
    assert "2,5 %" in page
    line = shop.lines("t-1")[0]["id"]
    assert "Kaufmännisch auf 0,01 €" in flat(staff.get(f"/commissions/{line}").text)
    assert "Den genannten Partner gibt es nicht." in staff.get(f"/transactions/{strange}").text


def test_a_sale_of_somebody_is_given_away_only_on_purpose(shop: Any, desk: Any) -> None:
    shop.plan(percent=Decimal(10))
    shop.partners("P-1", "P-2")
    shop.sell("t-1")
    staff = desk("staff")
    (sale,) = ids(shop, "t-1")
    staff.get(f"/transactions/{sale}")

    refused = staff.after(staff.post("/transactions/assign", sale=sale, partner="P-2"))
    assert "t-1 (P-1) gehört inzwischen schon jemandem" in refused
    unknown = staff.after(staff.post("/transactions/assign", sale=sale, partner="P-7", **{"from": "show"}))
    assert "Es gibt keinen Partner mit dem Code „P-7“." in unknown
    staff.after(
        staff.post("/transactions/assign", sale=sale, partner="P-2", reassign="1", **{"from": "show"})
    )
    assert shop.paid("t-1") == [("P-2", 0, "10.00", "pending")]


def test_nothing_chosen_is_said(shop: Any, desk: Any) -> None:
    staff = desk("staff")
    staff.get("/transactions")

    said = staff.after(staff.post("/transactions/assign", partner="P-1"))
    assert "Bitte wählen Sie mindestens eine Transaktion und einen Partner." in said
    assert staff.post("/transactions/assign", sale="nonsense", partner="P-1").status_code == 400
    assert staff.post("/transactions/assign", sale=str(uuid.uuid4()), partner="P-1").status_code == 404


def test_partners_are_made_changed_and_put_to_rest(shop: Any, desk: Any) -> None:
    shop.partners("P-1", "P-2")
    shop.sell("t-1", partnerId="P-3")
    admin = desk("admin")
    admin.get("/partners/new")

    made = admin.post("/partners", code="P-3", name="Clara Weiß", sponsor="P-1", status="active")
    page = admin.after(made)
    assert "Der Partner P-3 ist angelegt." in page
    assert "1 nicht zugeordnete Transaktion nennt diesen Code." in page
    assert "P-2" in flat(page)
    address = made.location.removeprefix(BASE)
    circle = admin.post("/partners", code="P-3", status="active")
    assert circle.status_code == 422
    assert "gibt es schon" in circle.text

    page = admin.after(admin.post(f"{address}/change", name="Clara Schwarz", sponsor="", status="active"))
    assert "Clara Schwarz" in page
    own = admin.post(f"{address}/change", name="Clara", sponsor="P-3", status="active")
    assert own.status_code == 422
    assert "Kreis von Sponsoren: P-3 → P-3" in flat(own.text)
    page = admin.after(admin.post(f"{address}/status", status="inactive"))
    assert "Der Partner ist jetzt inaktiv" in page
    assert actions(shop)[:3] == [
        "commissions.partner_changed",
        "commissions.partner_changed",
        "commissions.partner_created",
    ]


def test_a_partners_page_shows_who_stands_above_and_below(shop: Any, desk: Any) -> None:
    shop.partners("P-1", "P-2", "P-3", "P-4")
    staff = desk("staff")
    listed = staff.get("/partners?q=P-3").text
    address = re.search(r"/commissions(/partners/[0-9a-f-]{36})", listed)
    assert address is not None

    page = flat(staff.get(address[1]).text)
    assert "P-4 P-3 Ebene 1: P-2 Ebene 2: P-1" in page.split("Struktur")[1]
    assert "Deaktivieren" not in page


def test_an_account_number_is_masked_on_pages_and_in_the_audit_log(shop: Any, desk: Any) -> None:
    pytest.importorskip("schwifty")
    admin = desk("admin")
    admin.get("/partners/new")

    wrong = admin.post("/partners", code="P-1", status="active", iban="DE00")
    assert (wrong.status_code, "Diese IBAN kann nicht stimmen" in wrong.text) == (422, True)
    page = admin.after(admin.post("/partners", code="P-1", status="active", iban="DE89370400440532013000"))
    assert "DE89 … 3000" in page
    with shop.rooms.database.read() as unit:
        (entry,) = [row for row in audit.entries(unit, shop.tenant_id) if row["object_kind"] == "partner"]
    assert entry["after"]["iban"] == "DE89 … 3000"


def test_plans_have_versions_that_never_change(shop: Any, desk: Any) -> None:
    admin = desk("admin")
    admin.get("/plans/new")
    form = {"period": "month", "base": "told", "hold_days": "14"}

    made = admin.post("/plans", name="Standard", default="1", percent="7,5", levels="5; 2,5", **form)
    assert "Der Plan „Standard“ ist angelegt." in admin.after(made)
    address = made.location.removeprefix(BASE)
    filled = admin.get(f"{address}/version").text
    assert 'value="7,5"' in filled
    assert 'value="5; 2,5"' in filled
    tiers = {"tiers": "1000: 12\r\n5.000: 15", "percent": "10"}
    page = flat(admin.after(admin.post(f"{address}/version", levels="5", **tiers, **form)))
    assert "Version 2 gilt für Verkäufe, die ab jetzt eintreffen." in page
    assert "ab 5.000: 15 %" in page
    too_much = admin.post(f"{address}/version", percent="90", levels="20", **form)
    assert (too_much.status_code, "mehr als 100 Prozent" in too_much.text) == (422, True)
    nonsense = admin.post(f"{address}/version", percent="viel", **form)
    assert "„viel“ ist keine Zahl." in nonsense.text
    assert actions(shop)[:2] == ["commissions.plan_changed", "commissions.plan_created"]


def test_a_plan_may_pay_a_fixed_amount_alone(shop: Any, desk: Any) -> None:
    admin = desk("admin")
    admin.get("/plans/new")

    made = admin.post("/plans", name="Fest", fixed="5,00", period="month", base="told")
    assert "5,00 €" in flat(admin.after(made))


def test_a_campaign_lasts_to_the_end_of_its_last_day(shop: Any, desk: Any) -> None:
    shop.plan(percent=Decimal(10))
    admin = desk("admin")
    admin.get("/campaigns/new")

    page = admin.after(
        admin.post("/campaigns", slug="sommer", plan="standard", first="2026-06-01", last="2026-06-30")
    )
    assert "01.06.2026" in page
    assert "30.06.2026" in page
    assert "Läuft" in page
    backwards = admin.post("/campaigns", slug="x", plan="standard", first="2026-06-02", last="2026-05-01")
    assert (backwards.status_code, "bevor sie beginnt" in backwards.text) == (422, True)


def test_the_calculator_explains_each_line_and_writes_nothing(shop: Any, desk: Any) -> None:
    shop.plan(percent=Decimal(10), levels=(Decimal(5), Decimal(2)))
    shop.partners("P-1", "P-2", "P-3")
    staff = desk("staff")

    page = flat(staff.get("/calculator?partner=P-1&gross=199,00&net=167,23&campaign=").text)
    for part in ("16,72 €", "8,36 €", "3,34 €", "8,3615 €", "167,23 €", "28,42 €"):
        assert part in page
    assert "Kaufmännisch auf 0,01 €" in page
    nobody = staff.get("/calculator?partner=P-8&gross=199")
    assert "Den genannten Partner gibt es nicht." in nobody.text
    assert staff.get("/calculator?partner=P-1&gross=viel").status_code == 422
    assert shop.lines(None) == []


def test_a_payout_is_gathered_exported_and_paid(shop: Any, desk: Any) -> None:
    shop.plan(percent=Decimal(10))
    shop.partners("P-1")
    shop.sell("t-1")
    admin = desk("admin")
    assert "10,00 €" not in flat(admin.get("/payouts").text)

    made = admin.post("/payouts", minimum="5", only_home="1")
    page = flat(admin.after(made))
    assert "Auszahlung Nr. 1" in page
    assert "10,00 €" in page
    address = made.location.removeprefix(BASE)
    csv = admin.get(f"{address}/export?format=csv")
    assert csv.headers["Content-Disposition"] == 'attachment; filename="musterfirma-1.csv"'
    assert "P-1" in csv.text
    assert admin.get(f"{address}/export?format=exe").status_code == 404
    assert "Ohne IBAN: P-1." in admin.after(admin.get(f"{address}/export?format=sepa"))
    assert "Die Auszahlung ist bezahlt." in admin.after(admin.post(f"{address}/pay"))
    assert shop.paid("t-1") == [("P-1", 0, "10.00", "paid")]
    assert "nicht mehr offen" in admin.after(admin.post(f"{address}/cancel"))
    assert "Es ist nichts auszuzahlen" in admin.after(admin.post("/payouts"))
    assert actions(shop)[:3] == [
        "commissions.payout_paid",
        "commissions.payout_exported",
        "commissions.payout_created",
    ]


def test_a_payout_is_cancelled_and_its_lines_wait_for_the_next(shop: Any, desk: Any) -> None:
    shop.plan(percent=Decimal(10))
    shop.partners("P-1")
    shop.sell("t-1")
    admin = desk("admin")
    admin.get("/payouts")
    first = admin.post("/payouts").location.removeprefix(BASE)

    assert "Ihre Provisionen warten auf die nächste." in admin.after(admin.post(f"{first}/cancel"))
    assert shop.paid("t-1") == [("P-1", 0, "10.00", "matured")]
    assert "Auszahlung Nr. 2" in flat(admin.after(admin.post("/payouts")))


def test_lists_go_on_where_they_ended(shop: Any, desk: Any) -> None:
    shop.plan(percent=Decimal(10))
    shop.partners("P-1")
    for number in range(27):
        shop.sell(f"sale-{number:02}")
    staff = desk("staff")

    for path, newest, oldest in (
        ("/transactions", "sale-26", "sale-00"),
        ("/commissions", "sale-26", "sale-00"),
        ("/commissions?status=pending", "sale-26", "sale-00"),
    ):
        first = staff.get(path).text
        older = re.search(r'rel="next" href="([^"]+)"', first)
        assert older is not None
        second = staff.get(older[1].replace("&amp;", "&"), whole=True).text
        assert (newest in first, oldest in first, newest in second, oldest in second) == (
            True,
            False,
            False,
            True,
        )


def test_lines_of_all_statuses_are_one_list(shop: Any, desk: Any) -> None:
    shop.plan(percent=Decimal(10))
    shop.partners("P-1")
    for number in range(60):
        shop.sell(f"sale-{number:02}")
        if number % 3 == 0:
            shop.refund_all(f"sale-{number:02}")
        if number == 20:
            shop.mature()
    staff, address, seen = desk("staff"), "/commissions", []
    while address:
        page = staff.get(address, whole=address != "/commissions").text
        seen += re.findall(r"sale-\d\d", page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        address = older[1].replace("&amp;", "&") if older else ""

    assert {row["status"] for row in shop.lines(None)} == {"pending", "matured", "reversed"}
    assert list(dict.fromkeys(seen)) == [f"sale-{number:02}" for number in reversed(range(60))]


def test_staff_looks_at_everything_and_admins_change(shop: Any, desk: Any) -> None:
    staff = desk("staff")

    for path in ("/transactions", "/partners", "/plans", "/calculator", "/commissions", "/payouts"):
        assert staff.get(path).status_code == 200, path
    for path in ("/partners/new", "/plans/new", "/campaigns/new"):
        assert staff.get(path).status_code == 403, path
    assert staff.post("/payouts").status_code == 403


def test_a_neighbour_finds_and_changes_nothing_of_another_tenant(shop: Any, desk: Any) -> None:
    shop.plan(percent=Decimal(10))
    shop.partners("P-1")
    shop.sell("t-1", partnerId=None)
    with shop.rooms.database.write() as unit:
        other = tenants.create_tenant(
            unit,
            slug="nachbar",
            name="N",
            locale="de",
            currency="EUR",
            timezone="Europe/Berlin",
            now=shop.clock(),
        )
        tenants.create_connection(
            unit,
            tenant_id=other,
            plugin="commissions",
            name="default",
            settings={},
            secrets="",
            now=shop.clock(),
        )
    neighbour = desk("owner", other)
    (sale,) = ids(shop, "t-1")
    own = "/t/nachbar/commissions"

    assert neighbour.get("/transactions").status_code == 404
    assert "t-1" not in neighbour.get(f"{own}/transactions", whole=True).text
    assert neighbour.get(f"{own}/transactions/{sale}", whole=True).status_code == 404
    neighbour.get(f"{own}/partners/new", whole=True)
    taken = neighbour.post(f"{own}/transactions/assign", whole=True, sale=sale, partner="P-1")
    assert taken.status_code == 404
    assert shop.sale("t-1")["partner_code"] is None


def test_what_was_made_stays_readable_while_the_plugin_is_off(shop: Any, desk: Any) -> None:
    shop.plan(percent=Decimal(10))
    shop.partners("P-1")
    shop.sell("t-1")
    admin = desk("admin")
    assert "/commissions/payouts" in admin.get("/t/musterfirma/", whole=True).text
    with shop.rooms.database.write() as unit:
        for row in tenants.connections_of(unit, shop.tenant_id):
            if row["plugin"] == "commissions":
                tenants.change_connection(unit, row["id"], now=shop.clock(), enabled=False)

    assert "/commissions/payouts" not in admin.get("/t/musterfirma/", whole=True).text
    page = admin.get("/commissions")
    assert "10,00" in page.text
    assert "Dieses Plugin ist ausgeschaltet." in page.text
    assert "Auszahlung anlegen" not in admin.get("/payouts").text
    assert admin.post("/payouts").status_code == 409


def test_pages_speak_english(shop: Any, desk: Any) -> None:
    staff = desk("staff")
    staff.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"

    page = staff.get("/transactions").text
    assert "Transactions" in page
    assert "Unassigned" in page
