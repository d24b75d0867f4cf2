"""Any interleaving of what can happen to a sale gives the same ledger as the plain order: events in
any order, repeated, misread and replayed; receivers that fail; hands that assign, mature and pay; and a
hub that is killed just before any of its commits, after which the sender or the operator tries again."""

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from hub_commissions.errors import CommissionsError
from hub_commissions.records import plans
from hub_commissions.terms import Tier
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hub

GROSS = 9999
LEVELS = tuple(Decimal(rate) for rate in ("5", "3.33", "1.5", "0.5", "0.25"))
PERCENT, FIXED = Decimal(10), 77


@pytest.fixture(scope="module")
def market(
    migrated: Path, tmp_path_factory: pytest.TempPathFactory, open_shop: Callable[[str], Any]
) -> Iterator[Any]:
    """One shop for all examples: each has sales of its own."""
    path = tmp_path_factory.mktemp("market") / "hub.db"
    shop = open_shop(f"sqlite:///{shutil.copy(migrated, path)}")
    shop.plan(percent=PERCENT, fixed=hub.Money(FIXED, "EUR"), levels=LEVELS, base="net")
    shop.partners("P-1", "P-2", "P-3", "P-4", "P-5")
    shop.change_partner("P-3", status="inactive")
    shop.partners("Q-1", "P-2b")
    yield shop
    shop.rooms.database.close()


@dataclass(frozen=True)
class Told:
    """One event of a sale: its name, what it says, and what a faulty adapter read in it at first."""

    name: str
    fact: Any
    misread: Any

    @property
    def readings(self) -> tuple[Any, ...]:
        """What later versions of the adapter read in it."""
        if self.misread == self.fact:
            return ()
        if isinstance(self.fact, hub.TransactionCreated):
            return replace(self.misread, gross=hub.Money(7777, "EUR")), self.fact
        return (self.fact,)


@dataclass(frozen=True)
class Story:
    """What happens to one sale: its events, each told under its own key, and who gets it by hand."""

    partner: str | None
    net: int | None
    assign: str | None
    refunds: tuple[tuple[int | None, bool, str], ...]
    """Amount (``None``: the whole sale), whether it is the running total, and how it ends."""
    dispute: str | None
    misread: dict[str, Any]
    """Fields of the sale that the adapter got wrong at first."""
    misread_refund: int | None

    def events(self, shop: Any, name: str) -> list[Told]:
        """The events in the order in which they happened."""
        return [self._sale(shop, name), *self._refunds(shop, name), *self._disputes(shop, name)]

    def _sale(self, shop: Any, name: str) -> Told:
        fact = hub.TransactionCreated(
            external_id=name,
            gross=hub.Money(GROSS, "EUR"),
            net=hub.Money(self.net, "EUR") if self.net is not None else None,
            occurred_at=shop.clock(),
            partner_code=self.partner,
        )
        return Told(f"{name} created", fact, replace(fact, **self.misread))

    def _refunds(self, shop: Any, name: str) -> Iterator[Told]:
        for number, (amount, cumulative, end) in enumerate(self.refunds):
            for status in dict.fromkeys(("pending", end)):
                fact = hub.TransactionRefunded(
                    external_id=f"{name}-r{number}",
                    refers_to=(name,),
                    amount=hub.Money(amount, "EUR") if amount else None,
                    cumulative=cumulative,
                    status=status,  # type: ignore[arg-type]
                    occurred_at=shop.clock(),
                )
                wrong = hub.Money(self.misread_refund, "EUR") if self.misread_refund else fact.amount
                yield Told(f"{name} refund {number} {status}", fact, replace(fact, amount=wrong))

    def _disputes(self, shop: Any, name: str) -> Iterator[Told]:
        for status in dict.fromkeys(("open", self.dispute)) if self.dispute else ():
            fact = hub.TransactionDisputed(
                external_id=f"{name}-d",
                refers_to=(name,),
                amount=hub.Money(GROSS // 3, "EUR"),
                status=status,  # type: ignore[arg-type]
                occurred_at=shop.clock(),
            )
            yield Told(f"{name} dispute {status}", fact, fact)


STORIES = st.builds(
    Story,
    partner=st.sampled_from(["P-1", "P-1", "Q-1", "P-404", None]),
    net=st.sampled_from([8403, 8403, 1, None]),
    assign=st.sampled_from([None, "P-1", "Q-1"]),
    refunds=st.lists(
        st.tuples(
            st.sampled_from([1, 3333, 5000, GROSS, None]),
            st.booleans(),
            st.sampled_from(["succeeded", "failed"]),
        ),
        max_size=2,
    ).map(tuple),
    dispute=st.sampled_from([None, None, "open", "won", "lost"]),
    misread=st.fixed_dictionaries(
        {},
        optional={
            "gross": st.sampled_from([hub.Money(1, "EUR"), hub.Money(20_000, "EUR")]),
            "net": st.sampled_from([None, hub.Money(5000, "EUR")]),
            "partner_code": st.sampled_from([None, "Q-1", "P-405"]),
            "campaign": st.just("nobody-knows-it"),
        },
    ),
    misread_refund=st.sampled_from([None, None, 2, 7777]),
)
DISTURBANCES = st.lists(
    st.sampled_from(
        ["duplicate", "replay", "mature", "pay", "fail", "retry", "assign", "kill", "kill", "kill later"]
    ),
    max_size=7,
)


def assigned(shop: Any, name: str, story: Story) -> None:
    """The hand's part: it can only act once the sale is there."""
    if story.assign is None:
        return
    with suppress(CommissionsError):  # no such transaction yet
        shop.assign(name, partner=story.assign, reassign=True)


def check(shop: Any, name: str) -> None:
    """What must hold after every step: no more than the plan pays for what was kept of the sale as
    it is known by now, and nothing of one that went back as a whole."""
    shop.fate.spared = None
    if shop.failed() or not (sale := shop.sale(name)):
        return
    paid = sum(row["amount_minor"] for row in shop.lines(name))
    kept = Decimal(sale["gross_minor"] - sale["refunded_minor"]) / sale["gross_minor"]
    plan = (Decimal(sale["net_minor"] or 0) / 100 * (PERCENT + sum(LEVELS)) + FIXED) * kept
    assert 0 <= paid <= plan.quantize(Decimal(1), ROUND_HALF_UP)
    assert kept or not paid


def reference(shop: Any, story: Story) -> str:
    """The plain order: sale, assignment, then the rest, nothing twice and nothing wrong."""
    name = uuid.uuid4().hex
    for at, told in enumerate(story.events(shop, name)):
        shop.tell(told.fact, key=told.name)
        if at == 0:
            assigned(shop, name, story)
    return name


def disturbed(shop: Any, story: Story, order: "Order", disturbances: list[str]) -> str:
    """The same in another order, misread at first, with disturbances in between, killed anywhere."""
    name = uuid.uuid4().hex
    events = story.events(shop, name)
    corrections = [(told, reading) for told in events for reading in told.readings]
    heard: list[Told] = []
    for step in order.permutation([*events, *corrections, *disturbances]):
        match step:
            case Told():
                shop.insist(lambda told=step: shop.tell(told.misread, key=told.name))
                heard.append(step)
            case (told, reading) if told in heard:
                shop.insist(lambda told=told, reading=reading: shop.reread(told.name, reading))
            case "duplicate" if heard:
                shop.insist(lambda: shop.repeat(heard[-1].name))
            case "replay" if heard:
                shop.insist(lambda: shop.reread(heard[0].name))
            case "mature":
                shop.insist(shop.mature)
            case "pay":
                shop.insist(shop.pay)
            case "fail":
                shop.effect.failures = 1
            case "retry":
                shop.insist(shop.retry)
            case "assign":
                shop.insist(lambda: assigned(shop, name, story))
            case "kill" | "kill later":
                shop.fate.strike(spared=0 if step == "kill" else 1)
                continue
        check(shop, name)
    shop.effect.failures, shop.fate.spared = 0, None
    for told in events:
        if shop.speaker.said[told.name] != (told.fact,):
            shop.reread(told.name, told.fact)
    assigned(shop, name, story)
    shop.retry()
    check(shop, name)
    return name


class Order:
    """Draws permutations."""

    def __init__(self, data: Any) -> None:
        self.data = data

    def permutation(self, items: list[Any]) -> list[Any]:
        drawn: list[Any] = self.data.draw(st.permutations(items))
        return drawn


def reasons(shop: Any, name: str) -> list[Any]:
    """What the lines of a sale that are more than nothing say of themselves."""
    told = ("partner", "level", "amount_minor", "credited_minor", "matures_at", "plan_version", "explanation")
    rows = [[row[name] for name in told] for row in shop.lines(name) if row["amount_minor"]]
    return sorted(rows, key=lambda row: row[:2])


@settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck), database=None)
@given(data=st.data(), story=STORIES, disturbances=DISTURBANCES)
def test_any_interleaving_gives_the_same_ledger(
    market: Any, data: Any, story: Story, disturbances: list[str]
) -> None:
    name = disturbed(market, story, Order(data), disturbances)
    plain = reference(market, story)

    assert market.net(name) == market.net(plain)
    assert market.standing(name) == market.standing(plain)
    if not {"mature", "pay"} & set(disturbances):
        assert reasons(market, name) == reasons(market, plain)


TIERS = (Tier(turnover=Decimal(100), percent=Decimal(12)), Tier(turnover=Decimal(200), percent=Decimal(17)))


@settings(deadline=None, max_examples=15, suppress_health_check=list(HealthCheck), database=None)
@given(
    days=st.lists(st.integers(1, 28), min_size=2, max_size=5, unique=True),
    late=st.sets(st.integers(0, 4)),
    data=st.data(),
)
def test_tiers_do_not_depend_on_the_order_of_arrival(
    market: Any, days: list[int], late: set[int], data: Any
) -> None:
    """``late`` sales arrive without a partner and are assigned at the end, in any order."""
    shop, plan = market, uuid.uuid4().hex
    shop.plan(plan, default=False, percent=Decimal(10), tiers=TIERS, levels=(Decimal(1),))
    with shop.rooms.database.write() as unit:
        plans.create_campaign(unit, shop.tenant_id, plan, plan, now=shop.clock())
    nets = []
    for order in (
        sorted(range(len(days)), key=lambda at: days[at]),
        data.draw(st.permutations(range(len(days)))),
    ):
        prefix = uuid.uuid4().hex[:8]
        shop.partners(f"T-{prefix}")
        straight = not nets
        waiting = []
        for at in order:
            later = not straight and at in late
            shop.sell(
                f"{prefix}-{at}",
                partnerId=None if later else f"T-{prefix}",
                campaignSlug=plan,
                transactionDate=f"2026-05-{days[at]:02}T12:00:00Z",
            )
            if data.draw(st.booleans()):
                shop.mature()
            if later:
                waiting.append(f"{prefix}-{at}")
        if waiting:
            shop.assign(*waiting, partner=f"T-{prefix}")
        nets.append([sum(shop.net(f"{prefix}-{at}").values()) for at in range(len(days))])

    assert nets[0] == nets[1]
