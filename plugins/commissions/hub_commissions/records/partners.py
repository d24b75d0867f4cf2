"""Partners and who sponsors whom, with what was true when."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TextIO
from uuid import UUID

import sqlalchemy as sa

from hub.records.database import Row, Unit
from hub.records.tables import Transaction
from hub.records.tenants import table
from hub.support.ids import new_id
from hub_commissions.errors import CommissionsError
from hub_commissions.records.tables import PARTNERS, STATES

SALES = table(Transaction)

STATUSES = ("active", "inactive")
COLUMNS = ("code", "name", "email", "sponsor", "status", "iban", "bic", "account_name")
"""Columns of a CSV file of partners; ``code`` is required."""

PLAIN = ("name", "email", "account_name", "iban", "bic")


def find(unit: Unit, tenant_id: UUID, code: str) -> Row:
    """The partner of that code. Raises CommissionsError."""
    query = sa.select(PARTNERS).where(PARTNERS.c.tenant_id == tenant_id, PARTNERS.c.code == code)
    row = unit.one(query)
    if row is None:
        raise CommissionsError(
            f"there is no partner {code!r}; `hub partner list` shows all", code="partner_unknown", about=code
        )
    return row


def create(
    unit: Unit,
    tenant_id: UUID,
    code: str,
    *,
    now: datetime,
    sponsor: str | None = None,
    status: str = "active",
    **plain: str | None,
) -> UUID:
    """A new partner. Raises CommissionsError for a code that is taken or a sponsor nobody knows."""
    code = code.strip()
    if not code or len(code) > 255:
        raise CommissionsError("a partner's code has 1 to 255 characters", code="length")
    taken = sa.select(PARTNERS.c.id).where(PARTNERS.c.tenant_id == tenant_id, PARTNERS.c.code == code)
    if unit.scalar(taken):
        raise CommissionsError(f"the partner {code} exists already", code="partner_taken", about=code)
    if sponsor == code:
        raise CommissionsError(f"{code} cannot be their own sponsor", code="own_sponsor", about=code)
    sponsor_id = find(unit, tenant_id, sponsor)["id"] if sponsor else None
    partner_id = new_id()
    values = {"id": partner_id, "tenant_id": tenant_id, "created_at": now, "code": code, "changed_at": now}
    unit.insert(PARTNERS, values | {"sponsor_id": sponsor_id, "status": _status(status), **_plain(plain)})
    _remember(unit, tenant_id, partner_id, sponsor_id, status, now)
    return partner_id


def change(
    unit: Unit,
    tenant_id: UUID,
    code: str,
    *,
    now: datetime,
    sponsor: str | None = None,
    status: str | None = None,
    **plain: str | None,
) -> None:
    """Change what is given; ``sponsor=""`` takes the sponsor away. Sales that arrived before are
    still reckoned by what was true then. Raises CommissionsError, also for a circle of sponsors."""
    row = find(unit, tenant_id, code)
    values: dict[str, Any] = _plain({name: value for name, value in plain.items() if value is not None})
    if sponsor is not None:
        values["sponsor_id"] = _new_sponsor(unit, tenant_id, row, sponsor)
    if status is not None:
        values["status"] = _status(status)
    after = {**row, **values}
    if any(after[name] != row[name] for name in ("sponsor_id", "status")):
        values["changed_at"] = now
        _remember(unit, tenant_id, row["id"], after["sponsor_id"], after["status"], now)
    if values:
        unit.execute(sa.update(PARTNERS).where(PARTNERS.c.id == row["id"]).values(**values))


def listed(unit: Unit, tenant_id: UUID, code: str | None = None) -> list[dict[str, Any]]:
    """The tenant's partners by code; account numbers are masked."""
    sponsors = PARTNERS.alias()
    query = (
        sa.select(PARTNERS, sponsors.c.code.label("sponsor"))
        .outerjoin(sponsors, sponsors.c.id == PARTNERS.c.sponsor_id)
        .where(PARTNERS.c.tenant_id == tenant_id)
        .order_by(PARTNERS.c.code)
    )
    if code is not None:
        query = query.where(PARTNERS.c.code == code)
    return [_shown(row) for row in unit.rows(query)]


def waiting(unit: Unit, tenant_id: UUID, code: str) -> list[str]:
    """The external ids of unassigned sales that name this code."""
    query = sa.select(SALES.c.external_id).where(
        SALES.c.tenant_id == tenant_id,
        SALES.c.partner_code == code,
        SALES.c.unassigned_reason == "unknown_partner",
    )
    return unit.column(query.order_by(SALES.c.id))


def import_csv(unit: Unit, tenant_id: UUID, text: TextIO, now: datetime) -> tuple[int, int]:
    """Partners from CSV with a head line: how many were made, how many changed. A sponsor may stand
    anywhere in the file, and what counts is who sponsors whom after it: two may change places. All or
    nothing: raises CommissionsError that names the line."""
    rows = _read(text)
    known = set(unit.column(sa.select(PARTNERS.c.code).where(PARTNERS.c.tenant_id == tenant_id)))
    made = 0
    for number, row in rows:
        with _line(number):
            if row["code"] in known:
                _change_row(unit, tenant_id, row, now)
            else:
                status = row.get("status") or "active"
                create(unit, tenant_id, row["code"], now=now, status=status, **_plain_of(row))
                made += 1
        known.add(row["code"])
    for number, row in rows:
        with _line(number):
            if row.get("sponsor"):
                change(unit, tenant_id, row["code"], now=now, sponsor=row["sponsor"])
    return made, len(rows) - made


def _change_row(unit: Unit, tenant_id: UUID, row: Mapping[str, str], now: datetime) -> None:
    """What a line says of a known partner. One that gets another sponsor has none for a moment, so that
    the order of lines makes no circle."""
    sponsors = PARTNERS.alias()
    present = (
        sa.select(sponsors.c.code)
        .join(PARTNERS, PARTNERS.c.sponsor_id == sponsors.c.id)
        .where(PARTNERS.c.tenant_id == tenant_id, PARTNERS.c.code == row["code"])
    )
    stays = "sponsor" not in row or row["sponsor"] == unit.scalar(present)
    sponsor = None if stays else ""
    change(unit, tenant_id, row["code"], now=now, sponsor=sponsor, status=row.get("status"), **_plain_of(row))


def _plain_of(row: Mapping[str, str]) -> dict[str, str | None]:
    return {name: row.get(name) for name in PLAIN}


@contextmanager
def _line(number: int) -> Iterator[None]:
    try:
        yield
    except CommissionsError as error:
        raise CommissionsError(f"line {number}: {error}") from None


def _read(text: TextIO) -> Sequence[tuple[int, dict[str, str]]]:
    sample = text.readline()
    delimiter = max(",;\t", key=sample.count)
    head = [name.strip().lower() for name in next(csv.reader([sample], delimiter=delimiter), [])]
    if "code" not in head or (strange := set(head) - set(COLUMNS)):
        known = ", ".join(COLUMNS)
        raise CommissionsError(
            f"the first line names the columns: code, and some of {known}"
            + (f"; not {', '.join(sorted(strange))}" if "code" in head else "")
        )
    rows = []
    for number, cells in enumerate(csv.reader(text, delimiter=delimiter), start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(head):
            raise CommissionsError(f"line {number}: {len(cells)} columns instead of {len(head)}")
        row = {name: cell.strip() for name, cell in zip(head, cells, strict=True)}
        # An empty cell says nothing, except that somebody has no sponsor.
        rows.append(
            (number, {name: cell for name, cell in row.items() if cell or name in ("code", "sponsor")})
        )
    return rows


def _new_sponsor(unit: Unit, tenant_id: UUID, row: Row, sponsor: str) -> UUID | None:
    if not sponsor:
        return None
    found = find(unit, tenant_id, sponsor)
    seen: list[Row] = []
    above: Row | None = found
    while above is not None and all(above["id"] != one["id"] for one in seen):
        if above["id"] == row["id"]:
            way = " → ".join([row["code"], *(one["code"] for one in seen), row["code"]])
            raise CommissionsError(f"that would make a circle of sponsors: {way}", code="circle", about=way)
        seen.append(above)
        above = unit.one(sa.select(PARTNERS).where(PARTNERS.c.id == above["sponsor_id"]))
    sponsor_id: UUID = found["id"]
    return sponsor_id


def _status(status: str) -> str:
    if status not in STATUSES:
        raise CommissionsError(f"a partner is {' or '.join(STATUSES)}, not {status!r}")
    return status


def _plain(values: dict[str, str | None]) -> dict[str, str | None]:
    cleaned = {name: (value or "").strip() or None for name, value in values.items()}
    if cleaned.get("iban"):
        from hub_commissions.accounts import check_iban

        cleaned["iban"] = check_iban(cleaned["iban"] or "")
    if cleaned.get("bic"):
        from hub_commissions.accounts import check_bic

        cleaned["bic"] = check_bic(cleaned["bic"] or "")
    return cleaned


def _remember(
    unit: Unit, tenant_id: UUID, partner_id: UUID, sponsor_id: UUID | None, status: str, now: datetime
) -> None:
    values = {"id": new_id(), "tenant_id": tenant_id, "created_at": now, "partner_id": partner_id}
    unit.insert(STATES, values | {"sponsor_id": sponsor_id, "status": status})


def _shown(row: Row) -> dict[str, Any]:
    hidden = ("tenant_id", "sponsor_id", "changed_at")
    values = {name: value for name, value in row.items() if name not in hidden}
    if values["iban"]:
        values["iban"] = f"{values['iban'][:4]}…{values['iban'][-4:]}"
    return values
