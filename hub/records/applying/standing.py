"""How a sale stands after all that happened to it: pure, a function of its reversals alone, so
that any order of arrival gives the same answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class TransactionStatus(StrEnum):
    """The states of a sale."""

    COMPLETED = "completed"
    UNASSIGNED = "unassigned"
    """Completed, and no partner is named."""
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    CHARGED_BACK = "charged_back"


@dataclass(frozen=True, slots=True)
class Reverse:
    """One refund or dispute, its amount in minor units of the sale's currency."""

    kind: str
    status: str
    amount: int
    cumulative: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What went back so far in minor units, never more than the sale, and the state it makes."""

    refunded: int
    status: TransactionStatus


def standing(gross: int, assigned: bool, reverses: Iterable[Reverse]) -> Standing:
    """Where a sale of ``gross`` minor units stands.

    Refunds told one by one and running totals may describe the same money: the larger of the two
    counts. A failed refund is taken off a running total that included it.
    """
    known = list(reverses)
    refunds = [item for item in known if item.kind == "refund"]
    disputes = [item for item in known if item.kind == "dispute"]
    single = sum(item.amount for item in refunds if not item.cumulative and item.status != "failed")
    failed = sum(item.amount for item in refunds if not item.cumulative and item.status == "failed")
    totals = (item.amount for item in refunds if item.cumulative and item.status != "failed")
    total = max(totals, default=0) - failed
    lost = sum(item.amount for item in disputes if item.status == "lost")
    back = min(gross, max(single, total, 0) + lost)
    effective = any(item.status != "failed" for item in refunds)
    return Standing(back, _status(gross, back, lost, effective, assigned, disputes))


def _status(
    gross: int, back: int, lost: int, refunded: bool, assigned: bool, disputes: list[Reverse]
) -> TransactionStatus:
    if any(item.status == "open" for item in disputes):
        return TransactionStatus.DISPUTED
    if lost:
        return TransactionStatus.CHARGED_BACK
    if refunded and back >= gross:
        return TransactionStatus.REFUNDED
    if back:
        return TransactionStatus.PARTIALLY_REFUNDED
    return TransactionStatus.COMPLETED if assigned else TransactionStatus.UNASSIGNED
