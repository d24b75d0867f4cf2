"""Statements of the hot path store what SQLAlchemy's own would store, however many rows they take."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from hub.records.database import Database, insert_into
from hub.records.prepared import MOST_ROWS, MOST_VALUES, Prepared
from hub.support.ids import new_id

TABLE = sa.Table(
    "entries",
    sa.MetaData(),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Uuid),
    sa.Column("number", sa.Integer),
    sa.Column("text", sa.String),
    sa.Column("at", sa.DateTime(timezone=True)),
    sa.Column("data", sa.JSON(none_as_null=True)),
)
AT = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
TENANT = new_id()


def _upsert(dialect: str) -> sa.Executable:
    statement = insert_into(TABLE, dialect)
    return statement.on_conflict_do_update(
        index_elements=["id"],
        set_={"text": statement.excluded.text, "number": TABLE.c.number + statement.excluded.number},
    )


INSERT, UPSERT = Prepared(sa.insert(TABLE)), Prepared(_upsert)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url).for_all_tenants()
    TABLE.create(made.engine)
    yield made
    TABLE.drop(made.engine)
    made.close()


def stored(database: Database) -> list[dict[str, Any]]:
    with database.read() as unit:
        rows = unit.rows(sa.select(TABLE).order_by(TABLE.c.number, TABLE.c.id))
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def row(number: int, **more: Any) -> dict[str, Any]:
    return {"id": new_id(), "number": number, **more}


@pytest.mark.parametrize("count", [1, 2, MOST_VALUES, MOST_VALUES + 1, MOST_ROWS + 1])
def test_each_row_is_stored_with_what_all_have_in_common(database: Database, count: int) -> None:
    rows = [row(number, text=f"Zeile {number}: 'ü', \"%s\", ?") for number in range(count)]
    with database.write() as unit:
        INSERT.insert(unit, rows, tenant=TENANT, data={"a": [1, "ä"]})
    shared = {"tenant": TENANT, "data": {"a": [1, "ä"]}}
    assert stored(database) == [one | shared for one in rows]


def test_what_no_row_names_is_null(database: Database) -> None:
    rows = [row(0, text="a"), row(1, text=None), row(2, text="c"), row(3, text=None)]
    with database.write() as unit:
        INSERT.insert(unit, rows)
    told = [{name: value for name, value in one.items() if value is not None} for one in rows]
    assert stored(database) == told


@pytest.mark.parametrize("second", [{}, {"text": "b", "data": {}}, {"data": {}}])
def test_rows_that_name_different_columns_are_refused(database: Database, second: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="different columns"), database.write() as unit:
        INSERT.insert(unit, [row(0, text="a"), row(1, **second)])
    assert stored(database) == []


def test_a_column_that_is_the_same_in_all_rows_is_stored_in_all(database: Database) -> None:
    rows = [row(number, tenant=TENANT, text="gleich", data={"n": 1}) for number in range(3)]
    with database.write() as unit:
        INSERT.insert(unit, rows, text="gleich")
        INSERT.insert(unit, [])
    assert stored(database) == rows


def test_rows_that_are_there_are_changed(database: Database) -> None:
    rows = [row(number, text="alt") for number in range(3)]
    changed = [{"id": one["id"], "number": 10, "text": f"neu {one['number']}"} for one in rows]
    with database.write() as unit:
        UPSERT.insert(unit, rows[:1])
        UPSERT.insert(unit, rows[1:])
        UPSERT.insert(unit, changed)
    assert [(one["number"], one["text"]) for one in stored(database)] == [
        (10, "neu 0"),
        (11, "neu 1"),
        (12, "neu 2"),
    ]
