"""Alembic migrations of the core's tables, the same for SQLite and PostgreSQL."""
