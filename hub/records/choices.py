"""What a member wants to be told of over which channel. In the hub everything is told."""

from collections.abc import Mapping
from uuid import UUID

import sqlalchemy as sa

from hub.records.database import Unit
from hub.records.tables import NotificationChoice
from hub.records.tenants import table
from hub.support.ids import new_id

CHOICES = table(NotificationChoice)

OTHER = "other"
TOPICS = ("order", "ticket", "transaction", "payment", OTHER)
"""What can be chosen: the kind of record that a notification is about, or anything else."""

EMAIL, DESKTOP, PUSH = "email", "desktop", "push"
CHANNELS = (EMAIL, DESKTOP, PUSH)

Wishes = Mapping[tuple[str, str], bool]
"""Whether it is wanted, by topic and channel."""


def topic_of(record_kind: str) -> str:
    """The topic of a notification about such a record."""
    return record_kind if record_kind in TOPICS else OTHER


def usual(topic: str, channel: str) -> bool:
    """What holds for a member who chose nothing: no e-mail, but about new orders, if the tenant sends
    such."""
    return channel != EMAIL or topic == "order"


def wishes(unit: Unit, member_id: UUID) -> Wishes:
    """What the member wants."""
    found = {(topic, channel): usual(topic, channel) for topic in TOPICS for channel in CHANNELS}
    query = sa.select(CHOICES.c.topic, CHOICES.c.channel, CHOICES.c.wanted)
    for row in unit.rows(query.where(CHOICES.c.member_id == member_id)):
        found[row["topic"], row["channel"]] = row["wanted"]
    return found


def choose(unit: Unit, member_id: UUID, wanted: Wishes) -> None:
    """The member wants this from now on. What is as usual is not kept."""
    unit.execute(sa.delete(CHOICES).where(CHOICES.c.member_id == member_id))
    for (topic, channel), wish in wanted.items():
        if wish != usual(topic, channel):
            values = {"topic": topic, "channel": channel, "wanted": wish}
            unit.insert(CHOICES, {"id": new_id(), "member_id": member_id, **values})


def usuals(topic: str) -> Mapping[str, str | bool]:
    """What ``is_wanted`` needs to know of a topic, whichever the channel."""
    return {"topic": topic, **{f"usual_{channel}": usual(topic, channel) for channel in CHANNELS}}


def is_wanted(member: sa.Column[UUID], channel: str) -> sa.ColumnElement[bool]:
    """The condition that a member wants a topic over the channel. Bound to it are ``usuals`` of the topic."""
    chosen = sa.select(CHOICES.c.wanted).where(
        CHOICES.c.member_id == member,
        CHOICES.c.topic == sa.bindparam("topic"),
        CHOICES.c.channel == sa.literal_column(f"'{CHANNELS[CHANNELS.index(channel)]}'"),
    )
    otherwise = sa.bindparam(f"usual_{channel}", type_=sa.Boolean)
    return sa.func.coalesce(chosen.scalar_subquery(), otherwise).is_(sa.true())
