"""Browsers that want push messages, and the key with which the installation sends them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from hub.config import Config
from hub.records.database import Database, Row, Unit, insert_into
from hub.records.tables import HubSecret, PushSubscription
from hub.records.tenants import Conflict, table
from hub.records.vault import Vault
from hub.support import jsontext, vapid
from hub.support.clock import Clock
from hub.support.ids import new_id

SUBSCRIPTIONS, SECRETS = table(PushSubscription), table(HubSecret)

CHANNEL = "push"
"""Name of the channel that sends push messages; a delivery's target is the id of a subscription."""

KEY = "push"
"""Name of the installation's secret."""

MOST_DEVICES = 20
"""So many browsers a member may have; the oldest makes room."""

MOST_ENDPOINT = 2000
"""Characters of a browser's address at its push service."""

POINT_BYTES, AUTH_BYTES = 65, 16


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """What a browser gave: its address at its push service, and the keys to encrypt for it."""

    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)

    def __post_init__(self) -> None:
        """Raises ValueError for one that no browser gives."""
        if not self.endpoint.startswith(("https://", "http://")) or len(self.endpoint) > MOST_ENDPOINT:
            raise ValueError("the endpoint must be an address of at most 2,000 characters")
        if len(vapid.decoded(self.p256dh)) != POINT_BYTES or len(vapid.decoded(self.auth)) != AUTH_BYTES:
            raise ValueError("the keys must be 65 and 16 bytes in base64url")

    @property
    def fingerprint(self) -> str:
        """By which a browser is known without its address."""
        return hashlib.sha256(self.endpoint.encode()).hexdigest()


def private_key(database: Database, vault: Vault, config: Config, clock: Clock) -> str:
    """The installation's key: HUB_PUSH_KEY, or one that is made when it is first needed and kept sealed.
    Another process may make one at the same moment: the first counts."""
    if config.push_key is not None:
        return config.push_key.get_secret_value()
    with database.read() as unit:
        sealed = _sealed_key(unit)
    if sealed is None:
        with database.write() as unit:
            unit.execute(
                insert_into(SECRETS, unit.dialect)
                .values(id=new_id(), name=KEY, secrets=vault.seal(vapid.new_key()), created_at=clock())
                .on_conflict_do_nothing(index_elements=["name"])
            )
            sealed = _sealed_key(unit)
    return vault.open(sealed or "")


def _sealed_key(unit: Unit) -> str | None:
    found: str | None = unit.scalar(sa.select(SECRETS.c.secrets).where(SECRETS.c.name == KEY))
    return found


def subscribe(
    unit: Unit, vault: Vault, subscription: Subscription, *, member_id: UUID, label: str, now: datetime
) -> UUID:
    """Tell the member in this browser too from now on, and nobody else there. Gives its id."""
    unit.execute(sa.delete(SUBSCRIPTIONS).where(SUBSCRIPTIONS.c.fingerprint == subscription.fingerprint))
    for row in devices(unit, member_id)[MOST_DEVICES - 1 :]:
        remove(unit, row["id"])
    subscription_id = new_id()
    given = {name: getattr(subscription, name) for name in ("endpoint", "p256dh", "auth")}
    unit.insert(
        SUBSCRIPTIONS,
        {
            "id": subscription_id,
            "member_id": member_id,
            "fingerprint": subscription.fingerprint,
            "secrets": vault.seal(jsontext.encode_text(given)),
            "label": label,
            "created_at": now,
        },
    )
    return subscription_id


def devices(unit: Unit, member_id: UUID) -> Sequence[Row]:
    """The member's browsers, the latest first, without their secrets."""
    shown = [column for column in SUBSCRIPTIONS.c if column.name != "secrets"]
    query = sa.select(*shown).where(SUBSCRIPTIONS.c.member_id == member_id)
    return unit.rows(query.order_by(SUBSCRIPTIONS.c.id.desc()))


def device(unit: Unit, member_id: UUID, subscription_id: UUID) -> Row:
    """One of the member's browsers. Raises Conflict if it is not theirs."""
    for row in devices(unit, member_id):
        if row["id"] == subscription_id:
            return row
    raise Conflict(f"there is no device {subscription_id}")


def find(unit: Unit, vault: Vault, subscription_id: UUID) -> Subscription | None:
    """Where to send to, if the browser is still wanted."""
    sealed = unit.scalar(sa.select(SUBSCRIPTIONS.c.secrets).where(SUBSCRIPTIONS.c.id == subscription_id))
    return Subscription(**jsontext.decode_stored(vault.open(sealed))) if sealed else None


def note_success(unit: Unit, subscription_id: UUID, now: datetime) -> None:
    """A message was taken for it."""
    change = sa.update(SUBSCRIPTIONS).where(SUBSCRIPTIONS.c.id == subscription_id)
    unit.execute(change.values(last_success_at=now))


def remove(unit: Unit, subscription_id: UUID) -> None:
    """Nothing more is sent there."""
    unit.execute(sa.delete(SUBSCRIPTIONS).where(SUBSCRIPTIONS.c.id == subscription_id))


def remove_all(unit: Unit, member_id: UUID) -> None:
    """Nothing more is sent to any browser of the member."""
    unit.execute(sa.delete(SUBSCRIPTIONS).where(SUBSCRIPTIONS.c.member_id == member_id))
