"""One attempt: a claimed delivery goes to the plugin whose channel it is, outside any transaction,
and what the plugin says becomes a result that can be settled."""

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from pluggy import HookRelay

from hub.contract.deliveries import Delivery, DeliveryError, Host, Sent
from hub.contract.inbound import Connection
from hub.contract.manifest import Channel
from hub.deliveries.backoff import Random, next_delay
from hub.deliveries.tenancy import Tenancy
from hub.records import events
from hub.records.database import DatabaseUnavailable
from hub.records.deliveries import Claim, Result
from hub.registry.registry import Registry
from hub.support.clock import Clock
from hub.support.jsontext import storable

if TYPE_CHECKING:  # it loads what only those have installed who want traces
    from hub.support.spans import Spans

log = structlog.get_logger()

ANSWER_LENGTH = 500
ERROR_LENGTH = 2000

OFF_PAUSE = timedelta(minutes=5)
LONG_OFF_PAUSE = timedelta(hours=1)
"""How long a delivery waits whose channel is off, before it is looked at again: at first, and when
it is older than that."""


class Obstacle(Exception):  # noqa: N818 - read as "an obstacle": nothing was sent, and it is no attempt
    """The delivery cannot be sent now; the message says why."""


class Sender:
    """Sends claimed deliveries. Safe to share between threads."""

    def __init__(
        self,
        registry: Registry,
        tenancy: Tenancy,
        host: Host,
        *,
        clock: Clock,
        random: Random,
        spans: "Spans | None" = None,
    ) -> None:
        self._spans = spans
        self._callers = registry.callers
        self._tenancy = tenancy
        self._host = host
        self._clock = clock
        self._random = random
        self._channels: dict[str, tuple[str, Channel]] = {}
        for slug, installed in sorted(registry.plugins.installed.items()):
            for channel in installed.manifest.channels:
                self._channels.setdefault(channel.name, (slug, channel))

    def send(self, claim: Claim) -> Result:
        """Make one attempt. Never raises for what a plugin or the other side does.

        Raises DatabaseUnavailable if that is in the way: then nobody knows how the attempt went, it
        counts as none, and another is made when the lease has run out.
        """
        if self._spans is None:
            return self._attempt(claim, None)
        told: dict[str, str | int] = {"channel": claim.channel, "delivery_id": str(claim.id)}
        with self._spans.delivering(claim.event_id, lambda: self._headers(claim), told) as span:
            result = self._attempt(claim, span.traceparent)
            if result.error:
                span.failed(str(result.status or "no answer"))
            return result

    def _headers(self, claim: Claim) -> list[tuple[str, str]]:
        """Those of the request that set the delivery off."""
        with self._host.for_tenant(claim.tenant_id).database.read() as unit:
            return events.headers_of(unit, claim.event_id)

    def _attempt(self, claim: Claim, traceparent: str | None) -> Result:
        at, started = self._clock(), time.perf_counter()
        try:
            hooks, channel, delivery, connection = self._prepare(claim, traceparent)
        except Obstacle as obstacle:
            return self._put_off(claim, at, str(obstacle))
        try:
            sent = hooks.notify(
                delivery=delivery, connection=connection, host=self._host.for_tenant(claim.tenant_id)
            )
            if not isinstance(sent, Sent):
                raise DeliveryError(f"the channel {channel.name} did not say that it sent it")
        except DeliveryError as error:
            return self._failed(claim, channel, at, started, error)
        except DatabaseUnavailable:
            raise
        except Exception as error:
            log.exception("channel_failed", channel=channel.name, delivery_id=str(claim.id))
            fault = DeliveryError(f"{type(error).__name__}: {error}")
            return self._failed(claim, channel, at, started, fault)
        return Result(
            claim=claim,
            state="done",
            at=at,
            milliseconds=_milliseconds(started),
            status=sent.status,
            answer=_cut(sent.answer, ANSWER_LENGTH),
        )

    def _prepare(
        self, claim: Claim, traceparent: str | None
    ) -> tuple[HookRelay, Channel, Delivery, Connection]:
        """Who sends it, and for which connection. Raises Obstacle if nobody does now."""
        known = self._channels.get(claim.channel)
        if known is None:
            raise Obstacle(f"no installed plugin has the channel {claim.channel!r}")
        slug, channel = known
        entry = self._tenancy.entry(claim.tenant_id)
        target = self._tenancy.target(entry, slug) if entry else None
        if entry is None or target is None:
            raise Obstacle(f"the plugin {slug} is off for this tenant")
        delivery = Delivery(
            id=claim.id,
            tenant=entry.tenant,
            tenant_id=claim.tenant_id,
            channel=claim.channel,
            target=claim.target,
            attempt=claim.attempts + 1,
            content=claim.content,
            traceparent=traceparent,
        )
        return self._callers.of(slug), channel, delivery, target.connection

    def _failed(
        self, claim: Claim, channel: Channel, at: datetime, started: float, error: DeliveryError
    ) -> Result:
        made = claim.attempts + 1 - claim.schedule_from
        delay = next_delay(channel.schedule, made, self._random, retry_after=error.retry_after)
        over = error.final or delay is None
        return Result(
            claim=claim,
            state="dead" if over else "pending",
            at=at,
            next_at=None if over else self._clock() + timedelta(seconds=delay or 0),
            milliseconds=_milliseconds(started),
            status=error.status,
            answer=_cut(error.answer, ANSWER_LENGTH),
            error=_cut(error.message, ERROR_LENGTH) or type(error).__name__,
        )

    def _put_off(self, claim: Claim, at: datetime, reason: str) -> Result:
        """Nothing was sent, and nothing is lost: it waits until somebody switches its channel on."""
        pause = OFF_PAUSE if at - claim.created_at < LONG_OFF_PAUSE else LONG_OFF_PAUSE
        next_at = at + pause * (0.5 + 0.5 * self._random())
        return Result(claim=claim, state="pending", at=at, next_at=next_at, error=reason, attempted=False)


def _milliseconds(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)


def _cut(text: str, length: int) -> str:
    """The beginning of a text, in characters that a database can hold."""
    return storable(text[:length])
