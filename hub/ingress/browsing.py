"""What browsers ask for before and after they let a web page send (CORS)."""

import re

from flask import Response, request

from hub.contract.browsers import BrowserSettings, cors_headers, preflight_headers
from hub.contract.errors import RequestError
from hub.contract.inbound import Inbound
from hub.contract.manifest import Manifest
from hub.contract.outcome import Outcome
from hub.registry.registry import Registry

_NAMES = re.compile(r"[A-Za-z0-9-]{1,60}(?: *, *[A-Za-z0-9-]{1,60}){0,20}")


def is_for_browsers(manifest: Manifest) -> bool:
    """Whether web pages may send to this source, where a connection allows them."""
    return issubclass(manifest.settings, BrowserSettings)


def preflight(registry: Registry, slug: str, inbound: Inbound) -> Response:
    """The answer to a browser that asks whether it may send. What it will send is not there yet, so the
    address has to say whose it is; a page that is not allowed and a stranger get the same answer."""
    settings = None
    try:
        target = registry.find(slug, registry.address_of(slug, inbound)).target
        settings = target.connection.settings if target else None
    except RequestError:
        pass
    asked = request.headers.get("Access-Control-Request-Headers", "")
    headers = preflight_headers(inbound, settings, asked if _NAMES.fullmatch(asked) else "Content-Type")
    return Response(status=204, headers={"Allow": "OPTIONS, POST", "Cache-Control": "no-store", **headers})


def readable(response: Response, inbound: Inbound, outcome: Outcome) -> Response:
    """The response as an allowed page may read it; only for senders that proved who they are."""
    settings = outcome.connection.settings if outcome.connection else None
    response.headers.update(cors_headers(inbound, settings))
    return response
