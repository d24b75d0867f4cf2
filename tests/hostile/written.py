"""A request as a text that a fuzzer can change: the query, a line for each header, a blank line, the body."""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

import hub

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def written(outgoing: hub.Outgoing) -> bytes:
    """The request as a text."""
    headers = "".join(f"\n{name}: {value}" for name, value in outgoing.headers.items())
    return (urlencode(dict(outgoing.query)) + headers).encode("latin-1", "replace") + b"\n\n" + outgoing.body


def read(text: bytes) -> hub.Outgoing:
    """The request that the text says, whatever it is."""
    head, _, body = text.partition(b"\n\n")
    query, *lines = head.decode("latin-1").split("\n")
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip(): value.strip() for name, _, value in pairs if name.strip()}
    return hub.Outgoing(body=body, headers=headers, query=dict(parse_qsl(query, keep_blank_values=True)))


def inbound(
    outgoing: hub.Outgoing, route: str = "", path_values: Mapping[str, str] | None = None
) -> hub.Inbound:
    """The request as it comes in."""
    return hub.Inbound(
        received_at=NOW,
        body=outgoing.body,
        headers=hub.Headers(outgoing.headers.items()),
        route=route,
        path=route,
        path_values=path_values or {},
        query=dict(outgoing.query),
        url=f"https://hub.example{route}",
    )
