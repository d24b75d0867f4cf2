"""Cursors: where a list goes on, as a text that means nothing to whoever keeps it."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

from hub.api.problems import Problem


def written(its_id: UUID) -> str:
    """The cursor behind an item."""
    return urlsafe_b64encode(its_id.bytes).decode().rstrip("=")


def read(cursor: str | None) -> UUID | None:
    """The id of the last item seen. Raises Problem for a text that the hub did not give."""
    if cursor is None:
        return None
    try:
        its_id = UUID(bytes=urlsafe_b64decode(cursor.encode() + b"=="))
    except (ValueError, binascii.Error):
        its_id = None
    if its_id is None or written(its_id) != cursor:
        raise Problem("malformed", "The cursor is not one that the hub gave; leave it out to begin anew.")
    return its_id
