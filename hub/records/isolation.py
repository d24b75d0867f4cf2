"""The second lock on PostgreSQL: policies that keep each transaction to the rows within its reach, whatever
its queries ask for (docs/adr/0025-the-second-lock.md). Nothing here does anything on SQLite."""

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from hub.records.reach import EVERYBODY, FROM, TO

POLICY = "hub_tenant"

_FROM = f"(SELECT nullif(current_setting('{FROM}', true), '')::uuid)"
_TO = f"(SELECT nullif(current_setting('{TO}', true), '')::uuid)"
"""A setting that was never made is NULL, and one that ended with its transaction is empty. As queries of
their own they are read once for a statement, and not for each row."""

_TABLES = sa.text(
    """
    SELECT tables.relname AS name, columns.attname AS owner,
           tables.relrowsecurity AND tables.relforcerowsecurity
               AND (SELECT count(*) = 1 AND bool_and(polname = :policy AND polcmd = '*')
                    FROM pg_policy WHERE polrelid = tables.oid AND polpermissive) AS guarded
    FROM pg_class AS tables
    JOIN pg_attribute AS columns ON columns.attrelid = tables.oid AND NOT columns.attisdropped
    WHERE tables.relnamespace = current_schema()::regnamespace AND tables.relkind IN ('r', 'p')
      AND (columns.attname = 'tenant_id' OR tables.relname = 'tenants' AND columns.attname = 'id')
    ORDER BY tables.relname
    """
)

_ROLE = sa.text("SELECT rolname FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)")


class OwnedTable(NamedTuple):
    """A table whose rows belong to tenants, the column that says to whom, and whether they are kept apart,
    in the hub's way alone."""

    name: str
    owner: str
    guarded: bool


def owned_tables(connection: sa.Connection) -> Sequence[OwnedTable]:
    """Every table with a ``tenant_id``, the core's and the plugins', and that of the tenants themselves."""
    if connection.dialect.name != "postgresql":
        return ()
    return [OwnedTable(*row) for row in connection.execute(_TABLES, {"policy": POLICY})]


def unguarded(connection: sa.Connection) -> list[str]:
    """Names of those tables whose rows are not kept apart."""
    return [table.name for table in owned_tables(connection) if not table.guarded]


def guard(connection: sa.Connection) -> None:
    """Keep the rows of all these tables apart from now on. Only the tables' owner may do this."""
    quote = connection.dialect.identifier_preparer.quote
    for table in owned_tables(connection):
        if not table.guarded:
            name, within = quote(table.name), _within(quote(table.owner))
            connection.exec_driver_sql(  # in one message, so that all of it happens or nothing
                f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;"
                f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY;"  # for the table's owner too
                f"DROP POLICY IF EXISTS {POLICY} ON {name};"
                f"CREATE POLICY {POLICY} ON {name} USING ({within})"
            )


def reach_all_tenants(connection: sa.Connection) -> None:
    """Let the transaction that is under way reach all tenants' rows: for migrations."""
    if connection.dialect.name == "postgresql":
        for name, value in EVERYBODY.settings.items():
            connection.execute(sa.select(sa.func.set_config(name, value, True)))


def bypassing_role(connection: sa.Connection) -> str | None:
    """The name of the role that this connection uses, if no policy binds it."""
    if connection.dialect.name != "postgresql":
        return None
    name: str | None = connection.scalar(_ROLE)
    return name


def _within(owner: str) -> str:
    """What a row must fulfil to be seen, and to be written. Rows of nobody are within reach of whoever is
    not one tenant. CASE, because PostgreSQL takes plain comparisons for further conditions of the query,
    expects far too few rows and chooses other plans."""
    return (
        f"CASE WHEN {owner} >= {_FROM} AND {owner} <= {_TO} THEN true "
        f"ELSE {owner} IS NULL AND ({_FROM} = {_TO}) IS NOT TRUE END"
    )
