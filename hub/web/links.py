"""Links to the page of a record of which only kind and id are known."""

from typing import Any

from flask import current_app, url_for

_GROUPS = {"connection": "integrations"}
"""Where the pages of a kind are, if not in the group that is called like it."""


def to_record(kind: str | None, record_id: Any) -> str | None:
    """The address of the record's page: by custom that of an order is ``orders.show``, or
    ``<plugin>.orders.show`` where a plugin brings it, with the order's id as its only value beside the
    tenant. ``None`` if there is no such page."""
    if kind is None or record_id is None:
        return None
    wanted = f".{_GROUPS.get(kind, f'{kind}s')}.show"
    for endpoint in current_app.view_functions:
        if f".{endpoint}".endswith(wanted):
            (rule,) = current_app.url_map.iter_rules(endpoint)
            values = sorted(rule.arguments)
            if len(values) == 2 and "tenant" in values:
                values.remove("tenant")
                return url_for(endpoint, **{values[0]: record_id})
    return None


def to_origin(kind: str, record_id: Any) -> str:
    """The address of the record's page; where its kind has none, of where the record comes from."""
    return to_record(kind, record_id) or url_for("events.trace", wanted=record_id)
