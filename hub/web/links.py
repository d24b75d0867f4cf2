"""Links to the page of a record of which only kind and id are known."""

from typing import Any

from flask import current_app, url_for


def to_record(kind: str | None, record_id: Any) -> str | None:
    """The address of the record's page: by custom that of an order is ``orders.show``, with the order's id
    as its only value. ``None`` if there is no such page."""
    endpoint = f"{kind}s.show"
    if record_id is None or endpoint not in current_app.view_functions:
        return None
    (rule,) = current_app.url_map.iter_rules(endpoint)
    values = rule.arguments - {"tenant"}
    if len(values) != 1:
        return None
    return url_for(endpoint, **{values.pop(): record_id})
