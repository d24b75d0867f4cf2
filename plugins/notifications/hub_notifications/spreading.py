"""Telling members: in the hub always, by push message and e-mail as each of them chose."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

import hub
from hub.records import choices, notifications, outbox, push
from hub.records.database import Row, Unit
from hub.records.notifications import Audience
from hub_notifications import mail, pushing, queries
from hub_notifications.manifest import EMAIL
from hub_notifications.texts import Texts

MOST_TEXT = 300
"""Characters of a push message's text: devices show a few lines, and 4,096 bytes in all are allowed."""

Wording = Callable[[Texts], tuple[str, str]]
"""Title and text, in the language of these texts."""


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What happened, and to which record. ``kind`` is why members are told."""

    tenant: hub.Tenant
    tenant_id: UUID
    kind: str
    wording: Wording
    at: datetime
    record_kind: str
    record_id: UUID
    event_id: UUID | None = None
    mailed: bool = True
    """Whether members who want it get an e-mail too."""

    @property
    def topic(self) -> str:
        """What members choose by."""
        return choices.topic_of(self.record_kind)


def spread(unit: Unit, notice: Notice, audience: Audience) -> None:
    """Tell the audience."""
    title, text = notice.wording(Texts.of(notice.tenant))
    first = notifications.tell(
        unit,
        audience,
        created_at=notice.at,
        kind=notice.kind,
        title=title,
        text=text,
        record_kind=notice.record_kind,
        record_id=notice.record_id,
        event_id=notice.event_id,
    )
    reached = queries.reached(unit, audience, notice.topic, pushed=pushing.INSTALLED, mailed=notice.mailed)
    devices = sorted((row for row in reached if row["device_id"]), key=itemgetter("device_id"))
    told = notifications.told(unit, notice.record_id, first) if devices else {}
    for device in devices:
        if device["member_id"] in told:  # not who joined at this very moment
            _push(unit, notice, device, told[device["member_id"]])
    for member in reached:
        if member["email"] is not None:
            _mail(unit, notice, member)


def _push(unit: Unit, notice: Notice, device: Row, notification_id: UUID) -> None:
    title, text = notice.wording(_texts(notice, device["locale"]))
    content = {
        "id": str(notification_id),
        "tenant": notice.tenant.slug,
        "title": title,
        "text": text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]} …",
    }
    _enqueue(unit, notice, push.CHANNEL, str(device["device_id"]), content)


def _mail(unit: Unit, notice: Notice, member: Row) -> None:
    texts = _texts(notice, member["locale"])
    content = mail.notice(texts, notice.tenant, *notice.wording(texts))
    _enqueue(unit, notice, EMAIL.name, member["email"], content)


def _texts(notice: Notice, locale: str | None) -> Texts:
    """The member's language, or else the tenant's."""
    return Texts(locale or notice.tenant.locale, notice.tenant.timezone)


def _enqueue(unit: Unit, notice: Notice, channel: str, target: str, content: Mapping[str, Any]) -> None:
    outbox.enqueue(
        unit,
        tenant_id=notice.tenant_id,
        channel=channel,
        target=target,
        content=content,
        at=notice.at,
        event_id=notice.event_id,
        record_kind=notice.record_kind,
        record_id=notice.record_id,
    )
