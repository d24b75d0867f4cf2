"""Pages are packed before they go out. How long a packed page is would tell what it holds to whoever may put
words into it and count its bytes, so each is lengthened by a few at random."""

import gzip
import io
import secrets

from flask import Response, request

LEAST = 1_000
"""Shorter pages are not worth it."""

MOST_PADDING = 100
LEVEL = 4
"""Of nine: half the time of the usual six, for a tenth more bytes."""


def pack(response: Response) -> Response:
    """The same answer, packed if it is a page and the browser can unpack it."""
    if response.mimetype != "text/html" or response.is_streamed or "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] > 0 and response.content_length and response.content_length >= LEAST:
        response.set_data(_packed(response.get_data()))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _packed(page: bytes) -> bytes:
    """With a file name of random length in the header, which browsers ignore."""
    padding = "x" * (1 + secrets.randbelow(MOST_PADDING))
    packed = io.BytesIO()
    with gzip.GzipFile(padding, "wb", LEVEL, packed, mtime=0) as file:
        file.write(page)
    return packed.getvalue()
