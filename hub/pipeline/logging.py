"""An event's row: the request as it came, credentials masked, and the request made from it again."""

from typing import Any
from uuid import UUID

from hub.contract.inbound import Headers, Inbound
from hub.contract.manifest import Manifest
from hub.contract.masking import mask_fields
from hub.contract.proofs import credentials_of
from hub.pipeline.judging import FETCHED, Judgement
from hub.records.database import Row
from hub.registry.discovery import Installed
from hub.registry.registry import Found

MASK = "***"

ALWAYS_MASKED = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key"})


def event_row(
    event_id: UUID, inbound: Inbound, found: Found, installed: Installed, judgement: Judgement
) -> dict[str, Any]:
    """All columns of an inbound event."""
    headers, query = _masked(inbound, installed.manifest)
    return {
        "id": event_id,
        "tenant_id": found.tenant_id,
        "connection_id": found.target.connection_id if found.target else None,
        "plugin": installed.manifest.slug,
        "adapter": installed.adapter,
        "received_at": inbound.received_at,
        "method": inbound.method,
        "route": inbound.route,
        "path": inbound.path,
        "path_values": dict(inbound.path_values),
        "query": query,
        "headers": headers,
        "remote_addr": inbound.remote_addr,
        "body": kept_body(inbound, installed.manifest),
        "proof": found.proof,
        **judgement.columns(),
    }


def kept_body(inbound: Inbound, manifest: Manifest) -> bytes:
    """The bytes as they came, but for form fields that are a credential in themselves."""
    fields = credentials_of(manifest.scheme).fields
    kind = inbound.headers.get("Content-Type", "")
    return mask_fields(inbound.body, kind, fields) if fields else inbound.body


def inbound_of(row: Row) -> Inbound:
    """The request that an event's row keeps."""
    return Inbound(
        received_at=row["received_at"],
        body=row["body"],
        headers=Headers((name, value) for name, value in row["headers"]),
        method=row["method"],
        route=row["route"],
        path=row["path"],
        path_values=row["path_values"],
        query=row["query"],
        url=row["path"],
        remote_addr=row["remote_addr"],
        fetched=row["proof"] == FETCHED,
    )


def _masked(inbound: Inbound, manifest: Manifest) -> tuple[list[list[str]], dict[str, str]]:
    """Headers and query without what is a credential in itself. A signature is none: it is needed
    to verify the event again."""
    secret = credentials_of(manifest.scheme)
    headers = [
        [name, MASK if name.lower() in ALWAYS_MASKED or name.lower() in secret.headers else value]
        for name, value in inbound.headers.items()
    ]
    query = {name: MASK if name in secret.query else value for name, value in inbound.query.items()}
    return headers, query
