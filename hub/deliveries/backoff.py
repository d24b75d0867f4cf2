"""When to try again: a schedule, jitter, and what the other side asked for. Pure."""

from collections.abc import Callable, Sequence

Random = Callable[[], float]
"""Gives numbers from 0 to below 1."""

LONGEST_WISH = 24 * 60 * 60
"""Nobody can put us off for longer than a day, in seconds."""

EFFECT_SCHEDULE = (0, 5, 30, 300, 1800, 7200, 21600)
"""Seconds before a receiver's first call and between the further ones."""


def next_delay(
    schedule: Sequence[int], made: int, random: Random, *, retry_after: int | None = None
) -> float | None:
    """Seconds until the next attempt after so many; ``None`` if the schedule is over.

    The jitter takes off up to half, so that what failed together does not come back together. A
    longer wait that the other side asked for is respected.
    """
    if made >= len(schedule):
        return None
    delay = schedule[made] * (0.5 + 0.5 * random())
    return max(delay, min(retry_after or 0, LONGEST_WISH))
