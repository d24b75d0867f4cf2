"""Many rows into one table: the statement is made once, and each value that several rows share is
turned into the driver's form once. A sale over ten levels makes eleven rows that differ in little."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from hub.records.database import Unit

Bind = Callable[[Any], Any]


class Bulk:
    """The INSERT of whole rows of a table."""

    def __init__(self, table: sa.Table) -> None:
        self._table = table
        self._made: dict[str, tuple[str, Sequence[tuple[str, Bind | None]], bool]] = {}

    def run(self, unit: Unit, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add the rows; each has a value for every column."""
        text, columns, positional = self._made.get(unit.dialect) or self._make(unit)
        bound = [(name, _bound([row[name] for row in rows], bind)) for name, bind in columns]
        if positional:
            parameters: Any = list(zip(*(values for _, values in bound), strict=True))
        else:
            parameters = [{name: values[at] for name, values in bound} for at in range(len(rows))]
        unit.connection.exec_driver_sql(text, parameters)

    def _make(self, unit: Unit) -> tuple[str, Sequence[tuple[str, Bind | None]], bool]:
        dialect = unit.connection.dialect
        compiled: Any = sa.insert(self._table).compile(
            dialect=dialect, column_keys=[column.name for column in self._table.c]
        )
        positional = compiled.positiontup is not None
        names = compiled.positiontup if positional else list(compiled.params)
        columns = [
            (name, self._table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names
        ]
        self._made[unit.dialect] = (str(compiled), columns, positional)
        return self._made[unit.dialect]


def _bound(values: list[Any], bind: Bind | None) -> list[Any]:
    if bind is None:
        return values
    first = values[0]
    if all(value is first for value in values):
        return [bind(first)] * len(values)
    return [bind(value) for value in values]
