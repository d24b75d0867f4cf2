"""Form bodies in which the values of some fields are masked, all other bytes as they came. Whoever sends may
not be known yet, so each body is walked through once, whatever stands in it."""

from collections.abc import Collection
from urllib.parse import unquote_plus

from hub.contract.errors import PayloadError
from hub.contract.forms import MEDIA_TYPE as FORM
from hub.contract.multipart import MEDIA_TYPE as MULTIPART
from hub.contract.multipart import boundary_of, name_of
from hub.support.redaction import MASK


def mask_fields(body: bytes, content_type: str, fields: Collection[str]) -> bytes:
    """The body with ``***`` for each value of these fields; ``content_type`` is the whole header. What is no
    form has none."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == FORM:
        return b"&".join(_masked_pair(pair, fields) for pair in body.split(b"&"))
    if kind == MULTIPART:
        return _masked_parts(body, content_type, fields)
    return body


def _masked_pair(pair: bytes, fields: Collection[str]) -> bytes:
    name, equals, _value = pair.partition(b"=")
    known = equals and unquote_plus(name.decode("utf-8", "replace")).strip() in fields
    return name + equals + MASK.encode() if known else pair


def _masked_parts(body: bytes, content_type: str, fields: Collection[str]) -> bytes:
    """First the parts that a reader of the form sees, then those of a form that was written carelessly: what
    only looks like the end of a part must not hide its name."""
    try:
        between = b"--" + boundary_of(content_type)
    except PayloadError:
        return body
    for line in (b"\r\n", b""):
        pieces = (line + body).split(line + between)
        body = (line + between).join(_masked_part(piece, fields) for piece in pieces)[len(line) :]
    return body


def _masked_part(part: bytes, fields: Collection[str]) -> bytes:
    head, gap, content = part.partition(b"\r\n\r\n")
    if not gap or name_of(head) not in fields:
        return part
    return head + gap + MASK.encode() + (b"\r\n" if content.endswith(b"\r\n") else b"")
