"""Periodic work of a plugin, such as letting something mature that was held back.

A periodic method of an effect plugin, marked with ``periodic``, is called by a worker every so often,
once for each tenant for whom the plugin is on, with a ``Tick`` and the unit of work of a transaction of
its own. It may only touch the database, and must not mind being called again: after a failure, after a
worker that was killed, or by hand (``hub jobs run``). If it raises, what it wrote for this tenant is
undone and the others are served all the same; the failure is logged, shown by ``hub jobs list`` and tried
again soon, at the latest in the next round. However many workers there are, one of them makes the
round. What the method returns means nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from hub.contract.inbound import Tenant

MARK = "__hub_periodic__"

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=366)
"""The bounds of ``every``."""

PeriodicT = TypeVar("PeriodicT", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """What a periodic method is told: for whom it is called, and when (an aware UTC time)."""

    tenant: Tenant
    tenant_id: UUID
    now: datetime


@dataclass(frozen=True, slots=True)
class Periodic:
    """What ``periodic`` notes on a method."""

    every: timedelta


def periodic(*, every: timedelta) -> Callable[[PeriodicT], PeriodicT]:
    """Mark a method ``(self, tick, unit)`` of an effect plugin as one to be called that often for each
    tenant. ``every`` is the time from the beginning of one round to that of the next, from a minute to
    a year."""

    def mark(method: PeriodicT) -> PeriodicT:
        setattr(method, MARK, Periodic(every))
        return method

    return mark
