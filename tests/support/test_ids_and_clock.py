"""Ids sort by the time they were made; times are aware."""

from datetime import UTC, timedelta

from hub.support.clock import utc_now
from hub.support.ids import new_id


def test_ids_are_uuid7_unique_and_in_order():
    ids = [new_id() for _ in range(2000)]
    assert {made.version for made in ids} == {7}
    assert sorted(set(ids)) == ids


def test_now_is_aware_and_in_utc():
    now = utc_now()
    assert now.tzinfo is UTC
    assert utc_now() - now < timedelta(seconds=10)
