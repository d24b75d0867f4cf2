"""The one place that reads the time. Everything else is handed a clock or an instant."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present instant, aware, in UTC."""

Timer = Callable[[], int]
"""Returns nanoseconds since some instant; two of them tell how long something took."""


def utc_now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def monotonic() -> int:
    """A timer that no correction of the clock disturbs."""
    return time.perf_counter_ns()
