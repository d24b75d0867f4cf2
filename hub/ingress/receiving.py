"""From a Flask request to an ``Inbound``, counted and checked at the door."""

from datetime import datetime
from urllib.parse import quote, urlsplit

from flask import Request

from hub.contract.errors import PayloadError, RequestError, TooLargeError
from hub.contract.inbound import Headers, Inbound
from hub.support.jsontext import storable


def read_body(request: Request, limit: int) -> tuple[bytes, RequestError | None]:
    """The raw body, or the refusal for one that is larger than ``limit`` bytes. A chunked body is
    counted while it is read."""
    announced = request.content_length
    if announced is None or announced <= limit:
        body = request.stream.read(limit + 1)
        if len(body) <= limit:
            return body, None
    return b"", TooLargeError(f"The body is larger than {limit} bytes.")


def build_inbound(request: Request, route: str, body: bytes, received_at: datetime) -> Inbound:
    """The request as the pipeline takes it."""
    return Inbound(
        received_at=received_at,
        body=body,
        headers=Headers(request.headers.items()),
        method=request.method,
        route=route,
        path=storable(request.path),
        path_values={name: storable(str(value)) for name, value in (request.view_args or {}).items()},
        query=request.args.to_dict(),
        url=_external_url(request),
        remote_addr=request.remote_addr,
    )


def _external_url(request: Request) -> str:
    """The address as the sender wrote it, escapes and all: some schemes sign it."""
    query = request.query_string.decode("latin-1")
    return f"{request.scheme}://{request.host}{quote(request.path)}{'?' if query else ''}{query}"


def contradicting_host(host: str, base_url: str, tenant: str | None) -> RequestError | None:
    """The refusal for a tenant's subdomain that is not the path's tenant."""
    base = urlsplit(base_url).hostname or ""
    name = host.partition(":")[0].lower().rstrip(".")
    if tenant is None or not base or not name.endswith(f".{base}"):
        return None
    label = name.removesuffix(f".{base}")
    if label in {tenant.lower(), "www"}:
        return None
    message = f"The address names the tenant {tenant!r}, its subdomain another one."
    return PayloadError(message, code="tenant_mismatch")
