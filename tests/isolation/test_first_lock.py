"""Every address of the web UI and of the API with an id in it, asked by one tenant with the other's ids."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from werkzeug.routing import Map

OURS, THEIRS = "musterfirma", "nachbar"
TABLES = {
    "event": "inbound_events",
    "key": "access_keys",
    "member": "memberships",
    "line": "commissions_lines",
}
"""Of arguments that are not called after their table."""


def addresses(rules: Map, ids: Mapping[str, UUID], base: str) -> Iterator[tuple[str, str]]:
    """Method and path of all that take an id, with one of theirs: of the thing that the argument is called
    after, or of an order where they have none of those."""
    for rule in rules.iter_rules():
        names = rule.arguments - {"tenant"}
        if not rule.rule.startswith(base) or not any(name.endswith(("_id", "wanted")) for name in names):
            continue
        words = {name: name.removesuffix("_id") for name in names}
        values = {name: ids.get(TABLES.get(word, f"{word}s"), ids["orders"]) for name, word in words.items()}
        built = rule.build({"tenant": OURS, **values})
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, built[1] if built else ""


def all_of_theirs(twins: Any) -> Mapping[str, Any]:
    """Their rows, word for word."""
    with twins.database.for_tenant(twins.ids[THEIRS]).read() as unit:
        return {
            table.name: unit.column(sa.text(f"SELECT CAST(one AS text) FROM {table.name} AS one ORDER BY 1"))
            for table in twins.tables
        }


def one_of_each(twins: Any) -> Mapping[str, UUID]:
    found = {table.name: twins.rows(table, THEIRS) for table in twins.tables}
    return {name: some[0] for name, some in found.items() if some}


def test_no_page_shows_or_changes_what_has_their_id(twins: Any) -> None:
    web = twins.site.app.extensions["hub_web"]
    web.config["WTF_CSRF_METHODS"] = set()
    browser, before = twins.browser(OURS), all_of_theirs(twins)
    asked = list(addresses(web.url_map, one_of_each(twins), "/t/"))
    answers = {address: browser.open(address[1], method=address[0]) for address in asked}

    assert len(asked) > 60
    assert {at: one.status_code for at, one in answers.items() if one.status_code >= 500} == {}
    assert [at for at, one in answers.items() if at[0] == "GET" and one.status_code == 200] == []
    assert [at for at, one in answers.items() if THEIRS in one.text] == []
    assert all_of_theirs(twins) == before


def test_no_operation_of_the_api_does_either(twins: Any) -> None:
    api, client = twins.site.app.extensions["hub_api"], twins.site.app.test_client()
    before = all_of_theirs(twins)
    key = {"Authorization": f"Bearer {twins.keys[OURS]}"}
    asked = list(addresses(api.url_map, one_of_each(twins), "/rest/"))
    answers = {at: client.open(at[1], method=at[0], headers=key, json={}) for at in asked}

    assert len(asked) > 10
    assert {
        at: one.status_code for at, one in answers.items() if one.status_code not in (400, 404, 422)
    } == {}
    assert [at for at, one in answers.items() if THEIRS in one.text] == []
    assert all_of_theirs(twins) == before
