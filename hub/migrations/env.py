"""Alembic's entry, for the core's tables and for those of a plugin, each with a version table of
its own. The plugin's slug comes in the attribute ``plugin``; its tables are named ``<slug>_…``."""

from typing import Any

from alembic import context
from sqlalchemy import create_engine, pool

from hub.records import isolation
from hub.records.tables import Installation


def _include(plugin: str | None, known: tuple[str, ...]) -> Any:
    """Which tables a run is about: those of the plugin, or those of no plugin. Alembic's own are
    nobody's. The schema holds them all; without it Alembic would look at no table."""

    def include(name: str | None, kind: str, parents: Any) -> bool:
        if kind == "schema":
            return True
        table = (name if kind == "table" else parents.get("table_name")) or ""
        owner = next((slug for slug in known if table.startswith(f"{slug}_")), None)
        return owner == plugin and not table.startswith("alembic_version")

    return include


def run() -> None:
    """Run the migrations in one transaction."""
    plugin = context.config.attributes.get("plugin")
    known = context.config.attributes.get("plugins", ())
    include = _include(plugin, known)
    engine = create_engine(context.config.get_main_option("sqlalchemy.url", ""), poolclass=pool.NullPool)
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":  # who waits for a table stops all who come after
            connection.exec_driver_sql("SET LOCAL lock_timeout = '2s'")
        isolation.reach_all_tenants(connection)
        context.configure(
            connection=connection,
            target_metadata=Installation.metadata,
            render_as_batch=True,
            compare_type=True,
            include_name=include,
            include_object=lambda _object, name, kind, _reflected, _other: (
                kind != "table" or include(name, "table", {})
            ),
            version_table=f"alembic_version_{plugin}" if plugin else "alembic_version",
        )
        context.run_migrations()


run()
