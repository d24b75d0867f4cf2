"""Alembic's entry: the tables of the core, on the database that the caller names."""

from alembic import context
from sqlalchemy import create_engine, pool

from hub.records.tables import Installation


def run() -> None:
    """Run the migrations in one transaction."""
    engine = create_engine(context.config.get_main_option("sqlalchemy.url", ""), poolclass=pool.NullPool)
    with engine.begin() as connection:
        context.configure(
            connection=connection,
            target_metadata=Installation.metadata,
            render_as_batch=True,
            compare_type=True,
        )
        context.run_migrations()


run()
