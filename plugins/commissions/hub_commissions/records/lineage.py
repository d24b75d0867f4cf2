"""Where lines and payouts come from, and what the ledger holds of a sale."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

import hub
from hub.records.database import Row, Unit
from hub.records.listing import readable
from hub_commissions.records.lines import readable as readable_line
from hub_commissions.records.tables import ENTRIES, ITEMS, LINES, PARTNERS, PAYOUTS

LINE = ("partner", "level", "amount", "currency", "status", "payout", "explanation")
ITEM = ("partner", "amount", "currency", "lines")
PAYOUT = ("number", "status", "created_at", "paid_at")


def answer(query: hub.LineageQuery, unit: Unit) -> list[hub.LineageRow]:
    """The plugin's rows that are asked for, with what they come from."""
    if query.by == "record":
        return [*_lines(query, unit, LINES.c.transaction_id), *_without(query, unit)]
    return [*_lines(query, unit, LINES.c.id), *_payouts(query, unit), *_items(query, unit)]


def _lines(query: hub.LineageQuery, unit: Unit, column: sa.Column[Any]) -> list[hub.LineageRow]:
    lines = (
        sa.select(LINES, PARTNERS.c.code.label("partner"), PAYOUTS.c.number.label("payout"))
        .join(PARTNERS, PARTNERS.c.id == LINES.c.partner_id)
        .outerjoin(PAYOUTS, PAYOUTS.c.id == LINES.c.payout_id)
        .where(column.in_(query.ids))
    )
    return [
        hub.LineageRow(
            kind=row["kind"],
            id=row["id"],
            tenant_id=row["tenant_id"],
            shown=_named(readable_line(row), LINE),
            record_kind="transaction",
            record_id=row["transaction_id"],
            event_id=row["event_id"],
        )
        for row in _rows(query, unit, lines, LINES)
    ]


def _without(query: hub.LineageQuery, unit: Unit) -> list[hub.LineageRow]:
    """Sales that gave no commission, and why."""
    entries = sa.select(ENTRIES.c.transaction_id.label("id"), ENTRIES.c.tenant_id, ENTRIES.c.reason).where(
        ENTRIES.c.transaction_id.in_(query.ids), ENTRIES.c.reason.is_not(None)
    )
    return [
        hub.LineageRow(
            kind="no_commission",
            id=row["id"],
            tenant_id=row["tenant_id"],
            shown={"reason": row["reason"]},
            record_kind="transaction",
            record_id=row["id"],
        )
        for row in unit.rows(entries.limit(query.limit))
    ]


def _payouts(query: hub.LineageQuery, unit: Unit) -> list[hub.LineageRow]:
    payouts = sa.select(PAYOUTS).where(PAYOUTS.c.id.in_(query.ids))
    return [
        hub.LineageRow(
            kind="payout",
            id=row["id"],
            tenant_id=row["tenant_id"],
            shown=_shown(row, PAYOUT),
            rows=_paid(query, unit, LINES.c.payout_id == row["id"]),
        )
        for row in _rows(query, unit, payouts, PAYOUTS)
    ]


def _items(query: hub.LineageQuery, unit: Unit) -> list[hub.LineageRow]:
    items = (
        sa.select(ITEMS, PARTNERS.c.code.label("partner"))
        .join(PARTNERS, PARTNERS.c.id == ITEMS.c.partner_id)
        .where(ITEMS.c.id.in_(query.ids))
    )
    same = ("payout_id", "partner_id", "currency")
    return [
        hub.LineageRow(
            kind="payout_item",
            id=row["id"],
            tenant_id=row["tenant_id"],
            shown=_shown(row, ITEM),
            rows=_paid(query, unit, *(LINES.c[name] == row[name] for name in same)),
        )
        for row in _rows(query, unit, items, ITEMS)
    ]


def _paid(query: hub.LineageQuery, unit: Unit, *which: sa.ColumnElement[bool]) -> tuple[Any, ...]:
    """The lines that a payout is made of."""
    return tuple(unit.column(sa.select(LINES.c.id).where(*which).order_by(LINES.c.id).limit(query.limit)))


def _rows(query: hub.LineageQuery, unit: Unit, wanted: sa.Select[Any], owner: sa.Table) -> list[Row]:
    """The rows, the oldest first."""
    return list(unit.rows(wanted.order_by(owner.c.id).limit(query.limit)))


def _shown(row: Row, names: tuple[str, ...]) -> Mapping[str, Any]:
    return _named(readable(row), names)


def _named(values: Mapping[str, Any], names: tuple[str, ...]) -> Mapping[str, Any]:
    return {name: values[name] for name in names}
