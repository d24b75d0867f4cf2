"""Second factors: the sealed key of a person's authenticator app, and recovery codes."""

import secrets as random
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from hub.contract.schemes import hash_key
from hub.records.database import Row, Unit
from hub.records.tables import RecoveryCode, SecondFactor
from hub.records.tenants import table
from hub.support.ids import new_id

FACTORS, CODES = table(SecondFactor), table(RecoveryCode)

NUMBER_OF_CODES = 10


def get(unit: Unit, member_id: UUID) -> Row | None:
    """The person's factor, confirmed or not."""
    return unit.one(sa.select(FACTORS).where(FACTORS.c.member_id == member_id))


def confirmed(unit: Unit, member_id: UUID) -> Row | None:
    """The factor that the person needs to sign in, if they have one."""
    query = sa.select(FACTORS).where(FACTORS.c.member_id == member_id, FACTORS.c.confirmed_at.is_not(None))
    return unit.one(query)


def begin(unit: Unit, member_id: UUID, sealed: str, now: datetime) -> None:
    """Remember a key that is to be confirmed by a first code, in place of one that never was."""
    unit.execute(sa.delete(FACTORS).where(FACTORS.c.member_id == member_id))
    row = {"id": new_id(), "member_id": member_id, "secrets": sealed, "last_step": 0, "created_at": now}
    unit.insert(FACTORS, row)


def use_step(unit: Unit, member_id: UUID, step: int) -> bool:
    """Take note of the time step of a right code. ``False`` if that code was used before."""
    query = sa.update(FACTORS).where(FACTORS.c.member_id == member_id, FACTORS.c.last_step < step)
    return bool(unit.execute(query.values(last_step=step)).rowcount)


def confirm(unit: Unit, member_id: UUID, now: datetime) -> list[str]:
    """From now on the person needs the factor. Gives their recovery codes, which are shown once."""
    unit.execute(sa.update(FACTORS).where(FACTORS.c.member_id == member_id).values(confirmed_at=now))
    return renew_codes(unit, member_id)


def renew_codes(unit: Unit, member_id: UUID) -> list[str]:
    """Fresh recovery codes; older ones count no more."""
    codes = [_readable(random.token_hex(8)) for _ in range(NUMBER_OF_CODES)]
    unit.execute(sa.delete(CODES).where(CODES.c.member_id == member_id))
    unit.execute(
        sa.insert(CODES),
        [{"id": new_id(), "member_id": member_id, "hash": _hash(member_id, code)} for code in codes],
    )
    return codes


def use_code(unit: Unit, member_id: UUID, code: str, now: datetime) -> bool:
    """Use a recovery code. ``False`` if it is none of the person's, or was used."""
    query = sa.update(CODES).where(
        CODES.c.member_id == member_id, CODES.c.hash == _hash(member_id, code), CODES.c.used_at.is_(None)
    )
    return bool(unit.execute(query.values(used_at=now)).rowcount)


def codes_left(unit: Unit, member_id: UUID) -> int:
    """How many recovery codes the person can still use."""
    query = sa.select(sa.func.count()).where(CODES.c.member_id == member_id, CODES.c.used_at.is_(None))
    left: int = unit.scalar(query)
    return left


def remove(unit: Unit, member_id: UUID) -> None:
    """The person signs in by password alone again."""
    for owner in (FACTORS, CODES):
        unit.execute(sa.delete(owner).where(owner.c.member_id == member_id))


def _readable(code: str) -> str:
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def _hash(member_id: UUID, code: str) -> str:
    """The codes are random enough for a fast hash; people may type them in any case, with blanks."""
    return hash_key(f"{member_id}:{''.join(code.lower().replace('-', ' ').split())}")
