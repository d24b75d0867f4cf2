"""The ledger through the real hub: sales, refunds, disputes, assignments, maturing."""

import re
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from hub_commissions import assigning
from hub_commissions.errors import CommissionsError
from hub_commissions.records import plans
from hub_commissions.records.tables import PARTNERS
from hub_commissions.terms import Tier

import hub
from hub.records import tenants

THREE = (Decimal(5), Decimal(2), Decimal(1))


def euros(minor: int) -> hub.Money:
    return hub.Money(minor, "EUR")


def sold(shop: Any, **fields: Any) -> hub.TransactionCreated:
    """A sale of 100.00 by P-1, as a fact; refunds of the same source find it."""
    given = {"external_id": "t-1", "gross": euros(10000), "occurred_at": shop.clock(), "partner_code": "P-1"}
    return hub.TransactionCreated(**{**given, **fields})


def refunded(shop: Any, minor: int, **fields: Any) -> hub.TransactionRefunded:
    """A refund of that sale."""
    given = {"external_id": "r-1", "refers_to": ("t-1",), "occurred_at": shop.clock()}
    return hub.TransactionRefunded(**{**given, "amount": euros(minor), **fields})


def test_a_sale_pays_the_seller_and_the_sponsors_above(shop: Any) -> None:
    shop.plan(percent=Decimal(10), levels=THREE, hold_days=14)
    shop.partners("P-1", "P-2", "P-3", "P-4", "P-5")
    answer = shop.sell()

    assert shop.failed() == []
    assert shop.paid() == [
        ("P-1", 0, "10.00", "pending"),
        ("P-2", 1, "5.00", "pending"),
        ("P-3", 2, "2.00", "pending"),
        ("P-4", 3, "1.00", "pending"),
    ]
    first = shop.lines()[0]
    assert str(first["event_id"]) == answer.get_json()["eventId"]
    assert first["transaction_id"] == shop.sale()["id"]
    assert (first["plan"], first["plan_version"]) == ("standard", 1)
    assert first["matures_at"] == shop.sale()["occurred_at"].replace(day=15)
    assert first["explanation"]["rate"] == "10"
    assert first["explanation"]["base_amount"] == "100.00"


def test_a_full_refund_before_maturity_reverses_everything(shop: Any) -> None:
    shop.plan(percent=Decimal(10), levels=THREE)
    shop.partners("P-1", "P-2")
    shop.sell()
    shop.refund_all()

    assert {(row["status"], row["amount_minor"]) for row in shop.lines()} == {("reversed", 0)}
    assert {row["credited_minor"] for row in shop.lines()} == {1000, 500}


def test_a_refund_after_maturity_claws_back(shop: Any) -> None:
    shop.plan(percent=Decimal(10), hold_days=14)
    shop.partners("P-1")
    shop.sell()
    assert shop.mature() == 0
    shop.clock.advance(days=14)
    assert shop.mature() == 1
    answer = shop.refund_all()

    commission, clawback = shop.lines()
    assert (commission["status"], commission["amount_minor"]) == ("matured", 1000)
    assert (clawback["kind"], clawback["status"], clawback["amount_minor"]) == ("clawback", "matured", -1000)
    assert str(clawback["event_id"]) == answer.get_json()["eventId"]


def test_a_partial_refund_takes_its_share(shop: Any) -> None:
    shop.plan(percent=Decimal(10), levels=THREE)
    shop.partners("P-1", "P-2")
    shop.tell(refunded(shop, 3333))  # early
    shop.tell(sold(shop))

    assert shop.paid() == [("P-1", 0, "6.67", "pending"), ("P-2", 1, "3.33", "pending")]
    assert shop.lines()[0]["explanation"]["kept"] == "66.67 of 100.00"


def dispute(shop: Any, status: Any) -> hub.TransactionDisputed:
    return hub.TransactionDisputed(
        external_id="d-1", refers_to=("t-1",), amount=euros(10000), status=status, occurred_at=shop.clock()
    )


@pytest.mark.parametrize(("end", "left"), [("lost", {}), ("won", {("P-1", 0): Decimal("10.00")})])
def test_an_open_dispute_holds_and_its_end_decides(shop: Any, end: str, left: Any) -> None:
    shop.plan(percent=Decimal(10))
    shop.partners("P-1")
    shop.tell(sold(shop))
    shop.tell(dispute(shop, "open"))
    assert shop.mature() == 0
    shop.tell(dispute(shop, end))

    assert shop.net() == left
    assert shop.mature() == len(left)


def test_a_refund_that_failed_restores(shop: Any) -> None:
    shop.plan(percent=Decimal(10))
    shop.partners("P-1")
    shop.tell(sold(shop))
    shop.mature()
    for status in ("pending", "failed"):
        shop.tell(refunded(shop, 10000, status=status))

    assert [(row["kind"], row["amount_minor"]) for row in shop.lines()] == [
        ("commission", 1000),
        ("clawback", -1000),
        ("restore", 1000),
    ]


def test_an_unknown_partner_leaves_the_sale_unassigned_with_the_reason(shop: Any) -> None:
    shop.plan(percent=Decimal(10))
    shop.sell(partnerId="P-404")

    sale = shop.sale()
    assert (sale["status"], sale["unassigned_reason"]) == ("unassigned", "unknown_partner")
    assert sale["partner_code"] == "P-404"
    assert shop.reasons() == {"t-1": "unknown_partner"}

    shop.partners("P-404")
    shop.assign("t-1", partner="P-404")
    assert shop.paid() == [("P-404", 0, "10.00", "pending")]
    assert (shop.sale()["status"], shop.sale()["unassigned_reason"]) == ("completed", None)
    assert shop.reasons() == {}


def test_an_assignment_computes_what_arrival_would_have(shop: Any) -> None:
    shop.plan(percent=Decimal(10), levels=THREE, hold_days=7)
    shop.partners("P-1", "P-2", "P-3")
    shop.partners("P-9")
    shop.sell("now")
    shop.sell("later", partnerId=None)
    assert shop.sale("later")["unassigned_reason"] == "no_partner_named"

    shop.clock.advance(days=1)
    shop.change_partner("P-1", sponsor="P-9")
    shop.change_partner("P-2", status="inactive")
    with shop.rooms.database.write() as unit:
        plans.change(unit, shop.tenant_id, "standard", {"percent": Decimal(50)}, shop.clock())
    shop.assign("later", partner="P-1")

    assert (
        shop.net("later")
        == shop.net("now")
        == {
            ("P-1", 0): Decimal("10.00"),
            ("P-2", 1): Decimal("5.00"),
            ("P-3", 2): Decimal("2.00"),
        }
    )
    assert [row["matures_at"] for row in shop.lines("later")] == [
        row["matures_at"] for row in shop.lines("now")
    ]
    shop.sell("after")
    assert shop.net("after") == {("P-1", 0): Decimal("50.00"), ("P-9", 1): Decimal("5.00")}


def test_a_sale_of_one_partner_is_taken_only_on_purpose(shop: Any) -> None:
    shop.plan(percent=Decimal(10))
    shop.partners("P-1")
    shop.partners("P-2")
    shop.sell()
    with pytest.raises(CommissionsError, match="belongs to P-1 already"):
        shop.assign("t-1", partner="P-2")

    shop.assign("t-1", partner="P-2", reassign=True)
    assert shop.net() == {("P-2", 0): Decimal("10.00")}
    shop.mature()
    shop.assign("t-1", partner="P-1", reassign=True)
    assert shop.net() == {("P-1", 0): Decimal("10.00")}
    shop.refund_all()
    assert shop.net() == {}


def test_to_assign_many_is_all_or_nothing(shop: Any) -> None:
    shop.plan(percent=Decimal(10))
    shop.partners("P-1")
    shop.sell("a", partnerId=None)
    shop.sell("b", partnerId=None)
    with pytest.raises(CommissionsError, match="no transaction 'c'"):
        shop.assign("a", "c", partner="P-1")
    assert shop.lines("a") == []

    shop.assign("a", "b", "a", partner="P-1")
    assert len(shop.lines("a")) == len(shop.lines("b")) == 1


@pytest.mark.parametrize(
    ("terms", "fields", "reason"),
    [
        ({"base": "net"}, {"netAmount": None, "taxAmount": None}, "net_unknown"),
        ({}, {"grossAmount": "0.00"}, "nothing_paid"),
        ({"renewals": 0}, {"isRecurring": True, "recurringNumber": 2}, "renewal_not_paid"),
        ({"renewals": 1}, {"isRecurring": True, "recurringNumber": 3}, "renewal_not_paid"),
        ({"renewals": 1}, {"isRecurring": True, "recurringNumber": None}, "renewal_number_unknown"),
    ],
)
def test_sales_that_pay_nothing_say_why(shop: Any, terms: Any, fields: Any, reason: str) -> None:
    shop.plan(percent=Decimal(10), **terms)
    shop.partners("P-1")
    shop.sell(**fields)

    assert shop.failed() == []
    assert shop.lines() == []
    assert shop.reasons() == {"t-1": reason}


def test_a_test_sale_pays_only_if_the_plan_says_so(shop: Any) -> None:
    shop.plan(percent=Decimal(10))
    shop.plan("tests", default=False, percent=Decimal(10), tests=True)
    shop.partners("P-1")
    with shop.rooms.database.write() as unit:
        plans.create_campaign(unit, shop.tenant_id, "trial", "tests", now=shop.clock())
    for name, campaign in (("a", None), ("b", "trial")):
        shop.tell(sold(shop, external_id=name, gross=euros(1000), campaign=campaign, test=True))

    assert shop.reasons() == {"a": "test_sale"}
    assert shop.net("b") == {("P-1", 0): Decimal("1.00")}


def test_without_a_plan_there_is_a_reason_and_a_way_back(shop: Any) -> None:
    shop.partners("P-1")
    shop.tell(sold(shop))
    assert shop.reasons() == {"t-1": "no_plan"}
    shop.plan(percent=Decimal(10))
    shop.tell(refunded(shop, 1))
    assert shop.lines() == []  # a refund does not make a commission

    with shop.rooms.database.write() as unit:
        assigning.recompute(unit, shop.tenant_id, ["t-1"], now=shop.clock())
    assert shop.net() == {("P-1", 0): Decimal("10.00")}


def test_a_campaign_pays_by_its_own_plan_while_it_runs(shop: Any) -> None:
    shop.plan(percent=Decimal(10))
    shop.plan("summer", default=False, percent=Decimal(20))
    shop.partners("P-1")
    with shop.rooms.database.write() as unit:
        plans.create_campaign(
            unit,
            shop.tenant_id,
            "summer-promo",
            "summer",
            now=shop.clock(),
            valid_to=shop.clock().replace(day=2),
        )
    shop.sell("in", campaignSlug="summer-promo")
    shop.sell("out", campaignSlug="summer-promo", transactionDate="2026-06-02T12:00:00Z")
    shop.sell("strange", campaignSlug="winter")

    assert [shop.net(name)["P-1", 0] for name in ("in", "out", "strange")] == [20, 10, 10]
    assert shop.lines("strange")[0]["explanation"]["notes"] == ["campaign winter is not known"]


def test_overrides_go_product_before_partner_before_campaign_before_plan(shop: Any) -> None:
    shop.plan(percent=Decimal(10), levels=(Decimal(5),))
    shop.partners("P-1", "P-2")

    def override(kind: str, target: str, **fields: Any) -> None:
        with shop.rooms.database.write() as unit:
            plans.override(unit, shop.tenant_id, kind, target, fields, shop.clock())

    with shop.rooms.database.write() as unit:
        plans.create_campaign(unit, shop.tenant_id, "c", "standard", now=shop.clock())
    override("campaign", "c", percent="11", levels=["6"])
    shop.sell("a", campaignSlug="c")
    override("partner", "P-1", percent="12")
    shop.sell("b", campaignSlug="c")
    override("product", "x", percent="13", fixed=[100, "EUR"])
    shop.sell("c", campaignSlug="c", productId="x")
    shop.sell("d")

    assert [(shop.net(name)["P-1", 0], shop.net(name)["P-2", 1]) for name in "abcd"] == [
        (11, 6),
        (12, 6),
        (14, 6),
        (12, 5),
    ]
    (line,) = (row for row in shop.lines("c") if row["level"] == 0)
    assert line["explanation"]["overrides"] == {
        "percent": "product x",
        "fixed": "product x",
        "levels": "campaign c",
    }


def test_a_fixed_amount_is_not_converted(shop: Any) -> None:
    shop.plan(percent=Decimal(10), fixed=euros(500))
    shop.partners("P-1")
    shop.sell("eur")
    shop.sell("usd", currency="USD")

    assert shop.net("eur") == {("P-1", 0): Decimal("15.00")}
    (line,) = shop.lines("usd")
    assert (str(line["amount"]), line["currency"]) == ("10.00", "USD")
    assert line["explanation"]["not_paid"] == "fixed 5.00 EUR: the sale is in USD"


def test_inactive_sponsors_are_skipped_with_or_without_compression(shop: Any) -> None:
    shop.plan(percent=Decimal(10), levels=THREE)
    shop.plan("compressed", default=False, percent=Decimal(10), levels=THREE, compress=True)
    shop.partners("P-1", "P-2", "P-3", "P-4")
    shop.change_partner("P-2", status="inactive")
    with shop.rooms.database.write() as unit:
        plans.create_campaign(unit, shop.tenant_id, "c", "compressed", now=shop.clock())
    shop.sell("lost")
    shop.sell("moved", campaignSlug="c")

    assert shop.net("lost") == {("P-1", 0): 10, ("P-3", 2): 2, ("P-4", 3): 1}
    assert shop.net("moved") == {("P-1", 0): 10, ("P-3", 1): 5, ("P-4", 2): 2}


def test_circles_are_refused_and_survived(shop: Any) -> None:
    shop.plan(percent=Decimal(10), levels=(Decimal(1),) * 10)
    shop.partners("P-1", "P-2", "P-3")
    with pytest.raises(CommissionsError, match="circle of sponsors: P-3 → P-1 → P-2 → P-3"):
        shop.change_partner("P-3", sponsor="P-1")
    with pytest.raises(CommissionsError, match="circle"):
        shop.change_partner("P-1", sponsor="P-1")

    with shop.rooms.database.write() as unit:  # as bad data would have it
        ids = {row["code"]: row["id"] for row in unit.rows(sa.select(PARTNERS))}
        unit.execute(sa.update(PARTNERS).where(PARTNERS.c.code == "P-3").values(sponsor_id=ids["P-1"]))
    shop.sell()
    assert shop.failed() == []
    assert shop.net() == {("P-1", 0): 10, ("P-2", 1): 1, ("P-3", 2): 1}


def test_tiers_follow_the_turnover_whatever_the_order_of_arrival(shop: Any) -> None:
    tiers = (
        Tier(turnover=Decimal(100), percent=Decimal(12)),
        Tier(turnover=Decimal(250), percent=Decimal(15)),
    )
    shop.plan(percent=Decimal(10), tiers=tiers)
    shop.partners("P-1")
    days = {"a": "2026-06-01", "b": "2026-06-02", "c": "2026-06-03", "d": "2026-06-04", "july": "2026-07-01"}
    for name in ("july", "d", "b", "c", "a"):
        shop.sell(name, transactionDate=f"{days[name]}T12:00:00Z")

    assert shop.failed() == []
    assert [shop.net(name)["P-1", 0] for name in ("a", "b", "c", "d", "july")] == [10, 12, 12, 15, 10]
    (line,) = shop.lines("d")
    assert (line["explanation"]["rule"], line["explanation"]["turnover"]) == ("tier", "300.00")
    shop.refund_all("a")  # its own commission goes; nobody else's step moves
    assert [shop.net(name).get(("P-1", 0), 0) for name in ("a", "b", "c", "d")] == [0, 12, 12, 15]


def test_the_month_of_tiers_is_the_tenants(shop: Any) -> None:
    shop.plan(percent=Decimal(10), tiers=(Tier(turnover=Decimal(100), percent=Decimal(20)),))
    shop.partners("P-1")
    shop.sell("june", transactionDate="2026-06-15T12:00:00Z")
    shop.sell("july", transactionDate="2026-06-30T22:30:00Z")  # half past midnight in Berlin

    assert shop.net("july") == {("P-1", 0): 10}


def test_lifetime_tiers_count_everything(shop: Any) -> None:
    tiers = (Tier(turnover=Decimal(100), percent=Decimal(20)),)
    shop.plan(percent=Decimal(10), tiers=tiers, period="lifetime")
    shop.partners("P-1")
    shop.partners("P-2")
    shop.sell("a", transactionDate="2024-01-01T12:00:00Z", partnerId=None)
    shop.sell("b")
    assert shop.net("b") == {("P-1", 0): 10}
    shop.assign("a", partner="P-1")
    assert shop.net("b") == {("P-1", 0): 20}
    shop.assign("a", partner="P-2", reassign=True)
    assert shop.net("b") == {("P-1", 0): 10}


def test_off_means_no_new_effects(shop: Any) -> None:
    shop.plan(percent=Decimal(10))
    shop.partners("P-1")

    def switch(enabled: bool) -> None:
        with shop.rooms.database.write() as unit:
            for row in tenants.connections_of(unit, shop.tenant_id):
                if row["plugin"] == "commissions":
                    tenants.change_connection(unit, row["id"], now=shop.clock(), enabled=enabled)

    switch(False)
    shop.tell(sold(shop))
    switch(True)
    shop.tell(refunded(shop, 1))
    assert shop.lines() == []
    shop.assign("t-1", partner="P-1")
    assert shop.net() == {("P-1", 0): Decimal("10.00")}


def test_the_ledger_follows_a_sale_that_is_read_anew(shop: Any) -> None:
    shop.plan(percent=Decimal(10), levels=THREE, hold_days=14)
    shop.plan("summer", default=False, percent=Decimal(10), levels=(Decimal(5),), hold_days=30)
    shop.partners("P-1", "P-2")
    shop.partners("Q-1")
    with shop.rooms.database.write() as unit:
        plans.create_campaign(unit, shop.tenant_id, "summer-promo", "summer", now=shop.clock())
    shop.tell(sold(shop), key="sale")

    shop.reread("sale", sold(shop, gross=euros(20000)))
    assert shop.net() == {("P-1", 0): 20, ("P-2", 1): 10}
    shop.reread("sale", sold(shop, gross=euros(20000), net=euros(5000)))
    assert shop.net() == {("P-1", 0): 5, ("P-2", 1): Decimal("2.5")}
    shop.reread("sale", sold(shop, partner_code="Q-1"))
    assert shop.net() == {("Q-1", 0): 10}
    shop.reread("sale", sold(shop, campaign="summer-promo"))
    assert shop.net() == {("P-1", 0): 10, ("P-2", 1): 5}
    for line in shop.lines():
        if line["amount_minor"]:
            assert (line["plan"], line["explanation"]["plan"]) == ("summer", "summer")
            assert (line["matures_at"] - shop.clock()).days == 30
    shop.reread("sale", sold(shop, partner_code=None))
    assert (shop.net(), shop.sale()["status"]) == ({}, "unassigned")
    shop.reread("sale", sold(shop))
    assert shop.net() == {("P-1", 0): 10, ("P-2", 1): 5}
    assert shop.failed() == []


def test_a_sale_read_anew_after_it_matured_is_corrected_by_further_lines(shop: Any) -> None:
    shop.plan(percent=Decimal(10))
    shop.partners("P-1")
    shop.tell(sold(shop), key="sale")
    shop.mature()
    shop.reread("sale", sold(shop, gross=euros(4000)))
    shop.reread("sale", sold(shop, gross=euros(9000)))

    assert [(row["kind"], row["amount_minor"]) for row in shop.lines()] == [
        ("commission", 1000),
        ("clawback", -600),
        ("restore", 500),
    ]


def test_a_dry_run_leaves_the_ledger_alone(shop: Any) -> None:
    shop.plan(percent=Decimal(10))
    shop.partners("P-1")
    shop.tell(sold(shop), key="sale")
    before = shop.lines()
    replay = shop.reread("sale", sold(shop, gross=euros(20000)), dry_run=True)

    assert replay.changes[0].fields["gross"] == (Decimal("100.00"), Decimal("200.00"))
    assert shop.lines() == before


def test_a_whole_refund_stays_whole_when_the_sale_is_read_anew(shop: Any) -> None:
    shop.plan(percent=Decimal(10), fixed=euros(500), levels=THREE)
    shop.partners("P-1", "P-2")
    shop.tell(sold(shop, gross=euros(50)), key="sale")
    shop.tell(refunded(shop, 0, amount=None), key="refund")
    for gross in (20000, 3, 9999):
        shop.reread("sale", sold(shop, gross=euros(gross)))
        assert shop.net() == {}
        assert shop.sale()["status"] == "refunded"

    shop.reread("refund", refunded(shop, 3333))
    assert shop.net() == {("P-1", 0): Decimal("10.00"), ("P-2", 1): Decimal("3.33")}


def test_lines_keep_their_currency_when_a_sale_turns_out_to_be_in_another(shop: Any) -> None:
    shop.plan(percent=Decimal(10))
    shop.partners("P-1")
    shop.tell(sold(shop), key="sale")
    shop.mature()
    shop.tell(sold(shop, external_id="open"), key="open")
    yen = hub.Money(12345, "JPY")
    shop.reread("open", sold(shop, external_id="open", gross=yen))
    shop.reread("sale", sold(shop, gross=yen))

    def amounts(name: str) -> list[tuple[str, str, str]]:
        return [(row["kind"], str(row["amount"]), row["currency"]) for row in shop.lines(name)]

    assert sorted(amounts("t-1")) == [
        ("clawback", "-10.00", "EUR"),
        ("commission", "10.00", "EUR"),
        ("commission", "1235", "JPY"),
    ]
    assert sorted(amounts("open")) == [("commission", "0.00", "EUR"), ("commission", "1235", "JPY")]
    assert shop.failed() == []


def test_a_sale_given_by_hand_keeps_its_partner_when_it_is_read_anew(shop: Any) -> None:
    shop.plan(percent=Decimal(10))
    shop.partners("P-1")
    shop.partners("P-2")
    shop.tell(sold(shop, partner_code=None), key="sale")
    shop.assign("t-1", partner="P-2")
    shop.reread("sale", sold(shop, gross=euros(5000)))

    assert shop.net() == {("P-2", 0): 5}


def test_tiers_follow_a_sale_that_turns_out_to_be_of_another_day_or_amount(shop: Any) -> None:
    shop.plan(percent=Decimal(10), tiers=(Tier(turnover=Decimal(100), percent=Decimal(20)),))
    shop.partners("P-1")

    def on(name: str, day: int, **fields: Any) -> Any:
        return sold(shop, external_id=name, occurred_at=shop.clock().replace(day=day), **fields)

    for name, day in (("a", 1), ("b", 2), ("c", 3)):
        shop.tell(on(name, day), key=name)
    assert [shop.net(name)["P-1", 0] for name in "abc"] == [10, 20, 20]

    shop.reread("a", on("a", 4))
    assert [shop.net(name)["P-1", 0] for name in "abc"] == [20, 10, 20]
    shop.reread("b", on("b", 2, gross=euros(9999)))
    assert [shop.net(name)["P-1", 0] for name in "abc"] == [20, Decimal("10.00"), 10]
    shop.reread("b", on("b", 2, gross=euros(20000), partner_code=None))
    assert [shop.net(name).get(("P-1", 0)) for name in "abc"] == [20, None, 10]


def test_a_partner_who_is_known_by_now_is_paid_once_the_sale_is_decided_anew(shop: Any) -> None:
    shop.plan(percent=Decimal(10))
    shop.sell()
    assert shop.sale()["unassigned_reason"] == "unknown_partner"
    shop.partners("P-1")
    with shop.rooms.database.write() as unit:
        assigning.recompute(unit, shop.tenant_id, ["t-1"], now=shop.clock())

    assert shop.net() == {("P-1", 0): 10}
    assert (shop.sale()["status"], shop.sale()["unassigned_reason"]) == ("completed", None)


def test_an_unknown_partner_stays_unassigned_after_a_refund_that_failed(shop: Any) -> None:
    shop.plan(percent=Decimal(10))
    shop.tell(sold(shop))
    for status in ("pending", "failed"):
        shop.tell(refunded(shop, 10000, status=status))

    assert (shop.sale()["status"], shop.sale()["unassigned_reason"]) == ("unassigned", "unknown_partner")


def test_a_line_says_the_present_reason_while_it_has_not_matured(shop: Any) -> None:
    shop.plan(percent=Decimal(1))
    shop.partners("P-1")
    shop.tell(sold(shop))
    shop.tell(refunded(shop, 1))

    (line,) = shop.lines()
    assert (line["amount_minor"], line["explanation"]["kept"]) == (100, "99.99 of 100.00")


def test_ten_levels_take_no_more_statements_than_none(shop: Any) -> None:
    shop.plan(percent=Decimal(10), levels=(Decimal(1),) * 10)
    shop.partners(*(f"P-{at}" for at in range(1, 12)))
    shop.partners("Q-1")
    shop.clock.advance(seconds=1)

    def statements(name: str, partner: str) -> list[str]:
        told: list[str] = []
        with shop.rooms.database.engine.connect() as connection:  # the pool gives it to the next who asks
            connection.connection.dbapi_connection.set_trace_callback(told.append)
        shop.sell(name, partnerId=partner)
        heads = [" ".join(re.sub(r"^WITH rows .*? INSERT", "INSERT", one).split()[:3]) for one in told]
        return [head for before, head in pairwise(["", *heads]) if head != before]

    statements("first", "P-1")
    alone, with_sponsors = statements("alone", "Q-1"), statements("all", "P-1")
    assert (len(shop.lines("alone")), len(shop.lines("all"))) == (1, 11)
    assert alone == with_sponsors
    assert sum("commissions_" in head for head in with_sponsors) <= 5
