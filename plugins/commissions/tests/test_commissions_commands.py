"""The commands, as an operator types them."""

import csv
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hub.records import tenants

T = "musterfirma"
IBAN = "DE89370400440532013000"


@pytest.fixture
def set_up(operator: Any) -> Any:
    """The calls of the set-up, one after the other."""
    operator.ok("partner", "create", T, "P-003", "--name", "Oben")
    operator.ok("partner", "create", T, "P-002", "--name", "Mitte", "--sponsor", "P-003")
    operator.ok(
        "partner", "create", T, "P-001", "--name", "Anna", "--email", "a@example.com", "--sponsor", "P-002"
    )
    operator.ok("plan", "create", T, "standard", "--percent", "10", "--levels", "5,2,1", "--base", "net")
    operator.ok("plan", "set-default", T, "standard")
    return operator


def listed(operator: Any, *options: str) -> list[tuple[str, int, str, str, str, str]]:
    rows = operator.json("commission", "list", "--tenant", T, *options)
    names = ("partner", "level", "amount", "currency", "status", "external_id")
    found = [tuple(str(row[name]) if name == "amount" else row[name] for name in names) for row in rows]
    return sorted(found, key=lambda row: row[:2])


def test_from_the_set_up_to_the_payout(set_up: Any, shop: Any) -> None:
    shop.sell("ext-1", partnerId="P-001", grossAmount="199.00", netAmount="167.23", taxAmount="31.77")

    assert listed(set_up) == [
        ("P-001", 0, "16.72", "EUR", "pending", "ext-1"),
        ("P-002", 1, "8.36", "EUR", "pending", "ext-1"),
        ("P-003", 2, "3.34", "EUR", "pending", "ext-1"),
    ]
    assert "ext-1" in set_up.ok("commission", "list", "--tenant", T)
    assert listed(set_up, "--partner", "P-002") == [("P-002", 1, "8.36", "EUR", "pending", "ext-1")]
    assert listed(set_up, "--status", "paid") == []

    payout = set_up.json("payout", "create", T)
    assert payout["totals"] == {"EUR": Decimal("28.42")}
    text = set_up.ok("payout", "export", payout["id"], "--format", "csv")
    assert [row["amount"] for row in csv.DictReader(io.StringIO(text))] == ["16.72", "8.36", "3.34"]
    assert set_up.json("payout", "pay", payout["id"])["status"] == "paid"
    assert {row[4] for row in listed(set_up)} == {"paid"}
    assert set_up.json("payout", "create", T)["id"] is None
    assert [row["status"] for row in set_up.json("payout", "list", T)] == ["paid"]
    assert "Nothing is to be paid" in set_up.run("payout", "create", T).stderr

    shop.refund_all("ext-1")
    assert sum(Decimal(row[2]) for row in listed(set_up)) == 0


def test_a_line_explains_itself_and_leads_back(set_up: Any, shop: Any) -> None:
    answer = shop.sell("ext-1", partnerId="P-001")
    (line,) = set_up.json("commission", "list", "--tenant", T, "--partner", "P-001")

    why = set_up.json("commission", "explain", line["id"])
    said = why["explanation"]
    assert (said["plan"], said["plan_version"], said["rule"], said["level"]) == ("standard", 1, "percent", 0)
    assert (said["base"], said["base_amount"], said["rate"]) == ("net", "100.00", "10")
    assert said["rounding"] == "half up to 0.01"
    assert why["event_id"] == why["sale_event_id"] == answer.get_json()["eventId"]
    assert (why["adapter"], why["external_id"]) == ("custom/1", "ext-1")
    assert why["bytes"] > 100
    assert "half up to 0.01" in set_up.ok("commission", "explain", line["id"])
    assert "no such commission" in set_up.refused("commission", "explain", why["transaction_id"])
    assert "not an id" in set_up.refused("commission", "explain", "x")


def test_assigning_one_and_many(set_up: Any, shop: Any) -> None:
    for name in ("a", "b", "c"):
        shop.sell(name, partnerId=None)
    assert {row["reason"] for row in set_up.json("commission", "without", "--tenant", T)} == {
        "no_partner_named"
    }

    assert len(set_up.json("transaction", "assign", T, "a", "--partner", "P-003")) == 1
    assert len(set_up.json("transaction", "assign", T, "b", "c", "--partner", "P-002")) == 4
    assert "belongs to P-003" in set_up.refused("transaction", "assign", T, "a", "--partner", "P-001")
    assert "no partner 'P-9'" in set_up.refused("transaction", "assign", T, "a", "--partner", "P-9")
    assert "no transaction 'z'" in set_up.refused("transaction", "assign", T, "z", "--partner", "P-001")
    set_up.ok("transaction", "assign", T, "a", "--partner", "P-002", "--reassign")
    assert {row[0] for row in listed(set_up, "--transaction", "a", "--status", "pending")} == {
        "P-002",
        "P-003",
    }
    assert set_up.json("commission", "without", "--tenant", T) == []

    shop.sell("d", partnerId=None, netAmount=None, taxAmount=None)
    assigned = set_up.run("transaction", "assign", T, "d", "--partner", "P-001")
    assert (assigned.exit_code, assigned.stderr) == (0, "d gives no commission: net_unknown\n")


def test_commands_work_while_the_plugin_is_off(set_up: Any, shop: Any) -> None:
    with shop.rooms.database.write() as unit:
        for row in tenants.connections_of(unit, shop.tenant_id):
            if row["plugin"] == "commissions":
                tenants.change_connection(unit, row["id"], now=shop.clock(), enabled=False)
    shop.sell("a", partnerId="P-001")
    assert listed(set_up) == []

    set_up.ok("transaction", "recompute", T, "a")
    assert len(listed(set_up)) == 3


def test_plans_have_versions(set_up: Any, shop: Any) -> None:
    shop.sell("old", partnerId="P-003")
    changed = set_up.json("plan", "change", T, "standard", "--percent", "20", "--tiers", "1000:25")
    assert (changed["version"], changed["percent"], changed["levels"]) == (2, 20, ["5", "2", "1"])
    assert changed["tiers"] == [["1000", "25"]]
    assert "exists already" in set_up.refused("plan", "create", T, "standard")
    assert "no plan 'x'" in set_up.refused("plan", "set-default", T, "x")
    assert "no plan 'x'" in set_up.refused("campaign", "create", T, "c", "--plan", "x")
    for wrong in (("--percent", "ten"), ("--levels", "60,50"), ("--fixed", "1.001"), ("--renewals", "some")):
        assert set_up.refused("plan", "create", T, "new", *wrong)
    (only,) = set_up.json("plan", "list", T)
    assert (only["name"], only["default"], only["base"]) == ("standard", True, "net")
    assert "standard" in set_up.ok("plan", "list", T)


def test_fixed_plans_campaigns_and_overrides(set_up: Any, shop: Any) -> None:
    set_up.ok("plan", "create", T, "fix", "--fixed", "5.00", "--hold-days", "14")
    made = set_up.json("campaign", "create", T, "summer-promo", "--plan", "fix", "--from", "2026-06-01")
    assert made["valid_from"].startswith("2026-05-31T22:00")
    set_up.ok("plan", "override", T, "--product", "gold", "--fixed", "7.50")
    shop.sell("a", partnerId="P-003", campaignSlug="summer-promo")
    shop.clock.advance(days=365)  # the commands have the real time
    shop.sell("b", partnerId="P-003", campaignSlug="summer-promo", productId="gold")

    assert [row[2] for row in listed(set_up, "--transaction", "a")] == ["5.00"]
    assert [row[2] for row in listed(set_up, "--transaction", "b")] == ["7.50"]
    assert [row["slug"] for row in set_up.json("campaign", "list", T)] == ["summer-promo"]
    (override,) = set_up.json("plan", "overrides", T)
    assert (override["kind"], override["target"], override["fixed"]) == ("product", "gold", [750, "EUR"])
    assert set_up.json("plan", "override", T, "--product", "gold", "--end") == []
    assert "name one of" in set_up.refused("plan", "override", T, "--percent", "5")
    assert "no campaign 'x'" in set_up.refused("plan", "override", T, "--campaign", "x", "--percent", "5")


def test_partners(set_up: Any) -> None:
    rows = set_up.json("partner", "list", T)
    assert [(row["code"], row["sponsor"]) for row in rows] == [
        ("P-001", "P-002"),
        ("P-002", "P-003"),
        ("P-003", None),
    ]
    assert "exists already" in set_up.refused("partner", "create", T, "P-001")
    assert "no partner 'P-9'" in set_up.refused("partner", "create", T, "P-4", "--sponsor", "P-9")
    assert "circle of sponsors" in set_up.refused("partner", "change", T, "P-003", "--sponsor", "P-001")
    assert "IBAN cannot be right" in set_up.refused("partner", "change", T, "P-003", "--iban", "DE12")
    changed = set_up.json("partner", "change", T, "P-003", "--iban", "de89 3704 0044 0532 0130 00")
    assert changed["iban"] == "DE89…3000"
    assert set_up.json("partner", "change", T, "P-001", "--sponsor", "")["sponsor"] is None
    assert "there is no tenant" in set_up.refused("partner", "list", "nobody")


def test_partners_from_a_file(set_up: Any, tmp_path: Path) -> None:
    path = tmp_path / "partners.csv"
    path.write_text(
        "\ufeffcode;name;sponsor;status\nN-1;Neu;N-2;\nN-2;Über;P-001;inactive\nP-003;Ganz oben;;\n", "utf-8"
    )
    assert set_up.json("partner", "import", T, str(path)) == {"created": 2, "changed": 1}
    rows = {row["code"]: row for row in set_up.json("partner", "list", T)}
    assert [rows[code]["sponsor"] for code in ("N-1", "N-2", "P-003")] == ["N-2", "P-001", None]
    assert (rows["N-2"]["status"], rows["P-003"]["name"]) == ("inactive", "Ganz oben")

    path.write_text("code,sponsor\nP-001,P-003\nP-002,P-001\nP-003,\nN-2,\nN-1,P-002\n", "utf-8")
    assert set_up.json("partner", "import", T, str(path)) == {"created": 0, "changed": 5}
    path.write_text("code,sponsor\nP-003,P-002\nP-001,\nP-002,P-001\nN-2,P-001\nN-1,N-2\n", "utf-8")
    set_up.ok("partner", "import", T, str(path))  # the other way round, whatever the order of lines
    rows = {row["code"]: row for row in set_up.json("partner", "list", T)}
    assert {code: row["sponsor"] for code, row in rows.items()} == {
        "N-1": "N-2",
        "N-2": "P-001",
        "P-001": None,
        "P-002": "P-001",
        "P-003": "P-002",
    }

    for text, message in (
        ("name\nx\n", "first line names the columns"),
        ("code,colour\nx,y\n", "not colour"),
        ("code,name\nx\n", "line 2: 1 columns instead of 2"),
        ("code,sponsor\nP-001,P-002\nP-003,P-001\n", "line 2: that would make a circle"),
        ("code,sponsor\nA,B\nB,C\nC,A\n", "line 4: that would make a circle of sponsors: C → A → B → C"),
        ("code,sponsor\nA,A\n", "line 2: that would make a circle"),
        ("code,sponsor\nA,nobody\n", "line 2: there is no partner 'nobody'"),
        ("code,status\nx,asleep\n", "line 2: a partner is active or inactive"),
    ):
        path.write_text(text, "utf-8")
        assert message in set_up.refused("partner", "import", T, str(path))
    assert rows == {row["code"]: row for row in set_up.json("partner", "list", T)}
    path.write_bytes(b"code\n\xff\n")
    assert "not UTF-8" in set_up.refused("partner", "import", T, str(path))


def test_sepa_from_the_connections_account(set_up: Any, shop: Any, tmp_path: Path) -> None:
    shop.sell("a", partnerId="P-003")
    payout = set_up.json("payout", "create", T)
    export = ("payout", "export", payout["id"], "--format", "sepa")
    assert "no account is known of P-003" in set_up.refused(*export)
    set_up.ok("partner", "change", T, "P-003", "--iban", IBAN)
    assert "debtor_iban" in set_up.refused(*export)
    account = {"debtor_name": "Musterfirma GmbH", "debtor_iban": "DE02120300000000202051", "debtor_bic": ""}
    with shop.rooms.database.write() as unit:
        for row in tenants.connections_of(unit, shop.tenant_id):
            if row["plugin"] == "commissions":
                tenants.change_connection(unit, row["id"], now=shop.clock(), settings=account)

    assert '<InstdAmt Ccy="EUR">10.00</InstdAmt>' in set_up.ok(*export)
    set_up.ok("payout", "cancel", payout["id"])
    assert "was cancelled" in set_up.refused(*export)
    shop.sell("usd", partnerId="P-003", currency="USD")
    mixed = set_up.json("payout", "create", T)
    mixed_export = ("payout", "export", mixed["id"], "--format", "sepa")
    assert "create one with --currency EUR" in set_up.refused(*mixed_export)
    set_up.ok("payout", "cancel", mixed["id"])
    euros = set_up.json("payout", "create", T, "--currency", "eur")
    assert euros["totals"] == {"EUR": Decimal("10.00")}
    export = ("payout", "export", euros["id"], "--format", "sepa")
    file = tmp_path / "payout.xml"
    assert set_up.ok(*export, "--output", str(file)) == ""
    assert IBAN in file.read_text("utf-8")


def test_maturing_by_hand(set_up: Any, shop: Any) -> None:
    set_up.ok("plan", "change", T, "standard", "--hold-days", "3650")
    shop.sell("a", partnerId="P-001")  # arrived when the first version counted
    assert set_up.json("commission", "mature", "--tenant", T) == {"matured": 3}
    assert {row[4] for row in listed(set_up)} == {"matured"}
