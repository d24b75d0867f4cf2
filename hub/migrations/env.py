"""Alembic's entry: the tables of the core, on the database that the caller names."""

from alembic import context
from sqlalchemy import create_engine, pool

import hub.records.tables
from hub.records.tables.base import Table

assert hub.records.tables  # noqa: S101 - the import fills Table.metadata


def run() -> None:
    """Run the migrations in one transaction."""
    engine = create_engine(context.config.get_main_option("sqlalchemy.url", ""), poolclass=pool.NullPool)
    with engine.begin() as connection:
        context.configure(
            connection=connection,
            target_metadata=Table.metadata,
            render_as_batch=True,
            compare_type=True,
        )
        context.run_migrations()


run()
