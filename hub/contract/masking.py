"""Form bodies in which the values of some fields are masked, all other bytes as they came."""

import re
from collections.abc import Collection
from urllib.parse import unquote_plus

from hub.contract.forms import MEDIA_TYPE as FORM
from hub.contract.multipart import MEDIA_TYPE as MULTIPART
from hub.support.redaction import MASK

_PAIR = re.compile(rb"([^&=]*)=([^&]*)")
_PART = re.compile(
    rb'(;[ \t]*name="([^"\r\n]*)"[^\r\n]*(?:\r\n[^\r\n]+)*\r\n\r\n)(.*?)(?=\r\n--|\Z)',
    re.DOTALL | re.IGNORECASE,
)


def mask_fields(body: bytes, content_type: str, fields: Collection[str]) -> bytes:
    """The body with ``***`` for each value of these fields. What is no form has none."""
    masked = MASK.encode()
    if content_type == FORM:
        return _PAIR.sub(lambda pair: pair[1] + b"=" + masked if _is(pair[1], fields) else pair[0], body)
    if content_type == MULTIPART:
        return _PART.sub(lambda part: part[1] + masked if _is(part[2], fields) else part[0], body)
    return body


def _is(name: bytes, fields: Collection[str]) -> bool:
    return unquote_plus(name.decode("utf-8", "replace")).strip() in fields
