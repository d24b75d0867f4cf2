"""Form bodies of the other kind (``multipart/form-data``), as browsers and form tools send them. Files are
not taken: the hub keeps what a form says, not what hangs on it."""

import re

from hub.contract.errors import PayloadError
from hub.contract.forms import MAX_FIELDS, nested
from hub.contract.reading import Payload

MEDIA_TYPE = "multipart/form-data"

_BOUNDARY = re.compile(r';\s*boundary=(?:"([^"\r\n]{1,200})"|([^\s;"]{1,200}))', re.IGNORECASE)
_NAME = re.compile(r';\s*name="([^"\r\n]*)"', re.IGNORECASE)
_FILE = re.compile(r";\s*filename\*?=", re.IGNORECASE)
_ESCAPES = {"%22": '"', "%0D": "\r", "%0A": "\n"}
"""What a browser writes in a name for the characters that would end it (HTML, "multipart/form-data")."""


def read_multipart(body: bytes, content_type: str) -> Payload:
    """The form as a payload, nested as ``hub.read_form`` nests it. Raises PayloadError."""
    return nested(read_parts(body, content_type))


def read_parts(body: bytes, content_type: str) -> list[tuple[str, str | None]]:
    """Names and values as they stand in the body. A file field that was left empty is passed over.

    Raises PayloadError with the codes ``empty_body``, ``malformed_form``, ``not_utf8``, ``file_sent`` and
    ``too_many_fields``.
    """
    if not body:
        raise PayloadError("The body is empty; send form fields.", code="empty_body")
    first, *pieces = (b"\r\n" + body).split(b"\r\n--" + boundary_of(content_type))
    if first.strip() or not pieces or not pieces[-1].startswith(b"--"):
        raise _malformed()
    if len(pieces) > MAX_FIELDS + 1:
        raise PayloadError(f"The form has more than {MAX_FIELDS} fields.", code="too_many_fields")
    read = [_part(piece) for piece in pieces[:-1]]
    return [pair for pair in read if pair is not None]


def boundary_of(content_type: str) -> bytes:
    """What stands between the parts. Raises PayloadError if the header does not say it."""
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise _malformed()
    return (found[1] or found[2]).encode("utf-8", "replace")


def name_of(head: bytes) -> str | None:
    """The name of the field whose part begins so."""
    found = _NAME.search(_disposition(head))
    return _unescaped(found[1]) if found else None


def _part(piece: bytes) -> tuple[str, str] | None:
    head, gap, content = piece.partition(b"\r\n\r\n")
    name = name_of(head)
    if not gap or name is None:
        raise _malformed()
    if _FILE.search(_disposition(head)):
        if content:
            raise PayloadError(
                f"The field {name[:80]!r} holds a file; send the form without files.",
                code="file_sent",
                path=name,
            )
        return None
    try:
        return name, content.decode()
    except UnicodeDecodeError:
        raise PayloadError("The form is not UTF-8.", code="not_utf8") from None


def _disposition(head: bytes) -> str:
    lines = head.decode("utf-8", "replace").split("\r\n")
    return next((line for line in lines if line.lower().startswith("content-disposition:")), "")


def _unescaped(name: str) -> str:
    for written, meant in _ESCAPES.items():
        name = name.replace(written, meant)
    return name


def _malformed() -> PayloadError:
    return PayloadError(
        "The body is not the multipart form that its Content-Type announces.", code="malformed_form"
    )
