"""Ids sort by the time they were made; times are aware."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hub.support.clock import utc_now
from hub.support.ids import SERIES_BITS, earliest_id, new_id, new_series


def test_ids_are_uuid7_unique_and_in_order():
    ids = [new_id() for _ in range(2000)]
    assert {made.version for made in ids} == {7}
    assert sorted(set(ids)) == ids


def test_now_is_aware_and_in_utc():
    now = utc_now()
    assert now.tzinfo is UTC
    assert utc_now() - now < timedelta(seconds=10)


def test_the_earliest_id_of_any_time_is_one() -> None:
    years = (1, 1969, 1970, 2026, 9999)
    ids = [earliest_id(datetime(year, 1, 1, tzinfo=UTC)) for year in years]

    assert ids == sorted(ids)
    assert ids[0] == ids[1] == ids[2]
    assert {one.version for one in ids} == {7}


def test_a_series_has_room_between_the_ids_before_and_after_it() -> None:
    ids: list[UUID] = []
    for _ in range(1000):
        ids += [new_id(), first := new_series(), UUID(int=first.int + 2**SERIES_BITS - 1)]

    assert sorted(set(ids)) == ids
    assert {made.version for made in ids} == {7}
