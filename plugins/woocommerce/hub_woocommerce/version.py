"""The event key: which version of which order a body holds.

It is read from what is signed, and from what is said rather than from how it is written: the same
version fetched from the REST API is the same event, though another serializer may have written it.
"""

import hashlib
import json
from dataclasses import dataclass

import hub


@dataclass(frozen=True)
class Version:
    """``<id>:<modified>:<hash of what the order says>``. The hash tells apart two changes within one
    second, which WooCommerce's times cannot."""

    def __call__(self, inbound: hub.Inbound) -> str | None:
        payload = inbound.json
        members = payload.rest("_links")  # a link's scheme depends on who asked
        told = json.dumps(members, sort_keys=True, default=str)
        digest = hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()
        modified = payload["date_modified_gmt"].optional.text(max_length=32) or "-"
        return f"{payload['id'].identifier(max_length=40)}:{modified}:{digest}"
