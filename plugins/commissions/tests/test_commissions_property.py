"""Any interleaving of what can happen to a sale gives the same ledger as the plain order."""

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
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


@pytest.fixture(scope="module")
def market(
    migrated: Path, tmp_path_factory: pytest.TempPathFactory, open_shop: Callable[[str], Any]
) -> Iterator[Any]:
    """One shop for all examples: each has sales of its own."""
    path = tmp_path_factory.mktemp("market") / "hub.db"
    shop = open_shop(f"sqlite:///{shutil.copy(migrated, path)}")
    shop.plan(percent=Decimal(10), fixed=hub.Money(77, "EUR"), levels=LEVELS, base="net")
    shop.partners("P-1", "P-2", "P-3", "P-4", "P-5")
    shop.change_partner("P-3", status="inactive")
    shop.partners("Q-1", "P-2b")
    yield shop
    shop.rooms.database.close()


@dataclass(frozen=True)
class Story:
    """What happens to one sale: its facts, each told under its own key, and who gets it by hand."""

    partner: str | None
    net: int | None
    assign: str | None
    refunds: tuple[tuple[int, bool, str], ...]
    """Amount, whether it is the running total, and how it ends."""
    dispute: str | None

    def facts(self, shop: Any, name: str) -> list[tuple[str, hub.Fact]]:
        at, ref = shop.clock(), (name,)
        told: list[tuple[str, hub.Fact]] = [
            (
                "created",
                hub.TransactionCreated(
                    external_id=name,
                    gross=hub.Money(GROSS, "EUR"),
                    net=hub.Money(self.net, "EUR") if self.net is not None else None,
                    occurred_at=at,
                    partner_code=self.partner,
                ),
            )
        ]
        for number, (amount, cumulative, end) in enumerate(self.refunds):
            for status in dict.fromkeys(("pending", end)):
                fact = hub.TransactionRefunded(
                    external_id=f"{name}-r{number}",
                    refers_to=ref,
                    amount=hub.Money(amount, "EUR"),
                    cumulative=cumulative,
                    status=status,  # type: ignore[arg-type]
                    occurred_at=at,
                )
                told.append((f"refund {number} {status}", fact))
        for status in dict.fromkeys(("open", self.dispute)) if self.dispute else ():
            fact_ = hub.TransactionDisputed(
                external_id=f"{name}-d",
                refers_to=ref,
                amount=hub.Money(GROSS // 3, "EUR"),
                status=status,  # type: ignore[arg-type]
                occurred_at=at,
            )
            told.append((f"dispute {status}", fact_))
        return told


STORIES = st.builds(
    Story,
    partner=st.sampled_from(["P-1", "P-1", "Q-1", "P-404", None]),
    net=st.sampled_from([8403, 8403, 1, None]),
    assign=st.sampled_from([None, "P-1", "Q-1"]),
    refunds=st.lists(
        st.tuples(
            st.sampled_from([1, 3333, 5000, GROSS]), st.just(False), st.sampled_from(["succeeded", "failed"])
        ),
        max_size=2,
    ).map(tuple),
    dispute=st.sampled_from([None, None, "open", "won", "lost"]),
)
DISTURBANCES = st.lists(
    st.sampled_from(["duplicate", "replay", "mature", "crash", "retry", "assign"]), max_size=6
)


def assigned(shop: Any, name: str, story: Story) -> None:
    """The hand's part: it can only act once the sale is there."""
    if story.assign is None:
        return
    with suppress(CommissionsError):  # no such transaction yet
        shop.assign(name, partner=story.assign, reassign=True)


def net(shop: Any, name: str) -> dict[Any, Decimal]:
    found: dict[Any, Decimal] = shop.net(name)
    return found


def reference(shop: Any, story: Story) -> dict[Any, Decimal]:
    """The plain order: sale, assignment, then the rest, nothing twice."""
    name = uuid.uuid4().hex
    for at, (_, fact) in enumerate(story.facts(shop, name)):
        shop.tell(fact)
        if at == 0:
            assigned(shop, name, story)
    return net(shop, name)


def disturbed(shop: Any, story: Story, order: Any, disturbances: list[str]) -> str:
    """The same in another order, with disturbances in between."""
    name = uuid.uuid4().hex
    told: list[tuple[str, hub.Fact, str]] = []
    steps = [*order.permutation(story.facts(shop, name)), *disturbances]
    steps = order.permutation(steps)
    for step in steps:
        match step:
            case (what, fact):
                key = f"{name} {what}"
                answer = shop.tell(fact, key=key)
                told.append((key, fact, answer.get_json()["eventId"]))
            case "duplicate" if told:
                shop.tell(told[-1][1], key=told[-1][0])
            case "replay" if told:
                shop.rooms.replayer.replay(uuid.UUID(told[0][2]))
            case "mature":
                shop.mature()
            case "crash":
                shop.effect.failures = 1
            case "retry":
                shop.retry()
            case "assign":
                assigned(shop, name, story)
    shop.effect.failures = 0
    assigned(shop, name, story)
    shop.retry()
    return name


class Order:
    """Draws permutations."""

    def __init__(self, data: Any) -> None:
        self.data = data

    def permutation(self, items: list[Any]) -> list[Any]:
        drawn: list[Any] = self.data.draw(st.permutations(items))
        return drawn


@settings(deadline=None, max_examples=70, suppress_health_check=list(HealthCheck), database=None)
@given(data=st.data(), story=STORIES, disturbances=DISTURBANCES)
def test_any_interleaving_gives_the_same_ledger(
    market: Any, data: Any, story: Story, disturbances: list[str]
) -> None:
    name = disturbed(market, story, Order(data), disturbances)
    ledger = net(market, name)

    assert ledger == reference(market, story)
    sale = market.sale(name)
    if sale["refunded_minor"] >= GROSS:
        assert sum(row["amount_minor"] for row in market.lines(name)) == 0
    kept = Decimal(GROSS - sale["refunded_minor"]) / GROSS
    plan = (Decimal(story.net or 0) / 100 * (10 + sum(LEVELS)) + 77) * kept
    assert sum(row["amount_minor"] for row in market.lines(name)) <= plan + Decimal("0.5")
    assert sum(ledger.values()) >= 0


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
