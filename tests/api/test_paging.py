"""Pages stay whole while rows are added between them."""

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.records import scanning
from hub.records.applying.customers import CUSTOMERS
from hub.support.ids import new_id
from tests.api.conftest import Caller

STEPS = st.lists(st.tuples(st.integers(1, 5), st.integers(0, 4)), min_size=1, max_size=8)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(first=st.integers(0, 15), steps=STEPS)
def test_each_row_that_was_there_is_told_once(site: Any, caller: Caller, first: int, steps: Any) -> None:
    """Pages of any size, rows added after each: none of the first ones is missing, none comes twice."""
    with site.rooms.database.write() as unit:
        unit.execute(sa.delete(CUSTOMERS))
    there = _add(site, first)
    known = {one["id"] for one in caller.all("/customers", limit=100)}
    seen: list[str] = []
    asked: dict[str, Any] = {}
    for limit, added in [*steps, *[(100, 1)] * 4]:
        page = caller.get("/customers", limit=limit, **asked).get_json()
        seen += [one["id"] for one in page["data"]]
        _add(site, added)
        if page["next_cursor"] is None:
            break
        asked = {"cursor": page["next_cursor"]}

    assert known == set(there)
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(set(seen))
    assert known <= set(seen)


def test_what_no_index_knows_is_found_page_by_page(
    site: Any, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "SCANNED", 10)
    _add(site, 35, external_id=None)
    (wanted,) = _add(site, 1, external_id="sought")
    _add(site, 35, external_id=None)
    pages, asked = [], {}
    while True:
        page = caller.get("/customers", external_id="sought", **asked).get_json()
        pages.append([one["id"] for one in page["data"]])
        if page["next_cursor"] is None:
            break
        asked = {"cursor": page["next_cursor"]}

    assert [one for page in pages for one in page] == [wanted]
    assert len(pages) == 8


def _add(site: Any, number: int, **values: Any) -> list[str]:
    ids = [new_id() for _ in range(number)]
    row = {"tenant_id": site.tenant_id(), "created_at": site.clock(), "extra": {}, **values}
    rows = [
        {**row, "id": one, "email": f"{one}@example.com", "email_key": f"{one}@example.com"} for one in ids
    ]
    if rows:
        with site.rooms.database.write() as unit:
            unit.execute(sa.insert(CUSTOMERS), rows)
    return [str(one) for one in ids]
