"""Ids of events and records: UUIDv7 (RFC 9562), so that they sort by the time they were made."""

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

SERIES_BITS = 31


def new_id() -> UUID:
    """A fresh UUIDv7."""
    return uuid7()


def new_series() -> UUID:
    """A fresh UUIDv7 with room behind it: a statement that makes many rows may number them from here in the
    last eight hexadecimal digits, up to 2**31 (RFC 9562, 6.2: monotonic random). What stands before those
    orders the ids that one process makes within a millisecond."""
    return UUID(int=new_id().int & ~(1 << SERIES_BITS))


def earliest_id(at: datetime) -> UUID:
    """The lowest UUIDv7 that could have been made in that millisecond; before 1970 none was made at all."""
    return UUID(int=max(int(at.timestamp() * 1000), 0) << 80 | 0x7 << 76 | 0x2 << 62)
