"""When a source has been silent for longer than it ever is. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

FEWEST = 8
"""Arrivals without which nobody knows a rhythm."""

SLACK = 1.5
"""So much longer than the longest pause so far a silence has to be."""

SHORTEST = timedelta(hours=1)
"""A silence that is never worth a word."""

WEEKEND = timedelta(days=3)
"""A shorter silence is not worth a word while less than ``FAMILIAR`` is known: it may be a weekend."""

FAMILIAR = timedelta(days=14)


@dataclass(frozen=True)
class Silence:
    """A source that should have sent something: when it last did, and its longest pause before that."""

    since: datetime
    usual: timedelta


def silence(arrivals: Sequence[datetime], now: datetime) -> Silence | None:
    """Whether a source is silent for longer than its own rhythm, by its latest arrivals, in any order.

    The longest pause counts, not the average: whoever sends on working days alone is not silent on Sundays.
    """
    if len(arrivals) < FEWEST:
        return None
    ordered = sorted(arrivals)
    usual = max(later - earlier for earlier, later in pairwise(ordered))
    known = ordered[-1] - ordered[0]
    least = SHORTEST if known >= FAMILIAR else WEEKEND
    if now - ordered[-1] <= max(least, usual * SLACK):
        return None
    return Silence(since=ordered[-1], usual=usual)
