"""Copies of the whole database: taken while it is in use, true for one instant, and put into an empty
database again. On PostgreSQL by its own ``pg_dump`` and ``pg_restore``."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from hub.records.database import Database, available
from hub.records.reach import EVERYBODY

SECONDS_BUSY = 30


class BackupError(Exception):
    """The copy could not be taken or put back; the message says why and what to do."""


def create(database: Database, target: Path) -> int:
    """Write a copy to a new file, and look at it once. Gives its bytes. Raises BackupError, and then leaves
    no file. Only whoever runs this may read it."""
    if target.exists():
        raise BackupError(f"{target} exists already; a backup overwrites nothing")
    part = target.with_name(f".{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        _dump(database, part)
        _keep(part, target)
    except OSError as error:
        raise BackupError(f"{error.filename or target}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
    return target.stat().st_size


def restore(database: Database, source: Path) -> None:
    """Put a copy into this database, which must be empty. Raises BackupError."""
    if not source.is_file():
        raise BackupError(f"there is no file {source}")
    if database.url.get_backend_name() == "sqlite":
        _restore_file(database, source)
        return
    with available(), database.engine.connect() as connection:
        if sa.inspect(connection).get_table_names():
            raise BackupError(
                "the database has tables already; make an empty one, and name it in HUB_DATABASE_URL"
            )
    words = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges")
    _run(database, ["pg_restore", *words, f"--dbname={database.url.database}", str(source)])


def _dump(database: Database, part: Path) -> None:
    if database.url.get_backend_name() != "sqlite":
        words = ("--format=custom", "--no-owner", "--no-privileges", "--enable-row-security")
        _run(database, ["pg_dump", *words, f"--file={part}"])
        _run(database, ["pg_restore", "--list", str(part)])
        return
    path = Path(database.url.database or "")
    if not path.is_file():
        raise BackupError(f"there is no database {path}")
    try:
        with (
            closing(sqlite3.connect(path, timeout=SECONDS_BUSY)) as source,
            closing(sqlite3.connect(part)) as copy,
        ):
            source.backup(copy)  # in one step: writers go on, and the copy does not see them
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
            _check(copy, part)
    except sqlite3.Error as error:
        raise BackupError(f"{path}: {error}") from None


def _restore_file(database: Database, source: Path) -> None:
    path = Path(database.url.database or "")
    if path.exists():
        raise BackupError(
            f"{path} exists already; stop the hub and move it away, with {path.name}-wal and -shm"
        )
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, part)
        with closing(sqlite3.connect(part)) as copy:
            _check(copy, source)
            copy.execute("PRAGMA journal_mode=WAL")
        _keep(part, path)
    except OSError as error:
        raise BackupError(f"{error.filename or path}: {error.strerror}") from None
    except sqlite3.Error as error:
        raise BackupError(f"{source}: {error}") from None
    finally:
        part.unlink(missing_ok=True)


def _check(copy: sqlite3.Connection, path: Path) -> None:
    found = copy.execute("PRAGMA quick_check").fetchone()[0]
    if found != "ok":
        raise BackupError(f"{path} is damaged: {found}")


def _keep(part: Path, target: Path) -> None:
    """Give the finished file its name, once it is on the disk."""
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.rename(target)


def _run(database: Database, command: Sequence[str]) -> None:
    """Run one of PostgreSQL's programs. Whom it connects to stands in its environment: arguments are seen by
    everybody on the machine."""
    url = database.url
    told = {
        "PGHOST": url.host,
        "PGPORT": str(url.port) if url.port else None,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGSSLMODE": url.query.get("sslmode"),
        "PGOPTIONS": EVERYBODY.options,
    }
    environment = os.environ | {name: str(value) for name, value in told.items() if value}
    try:
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    except FileNotFoundError:
        raise BackupError(
            f"{command[0]} is not installed; it is part of PostgreSQL's client programs"
        ) from None
    if ran.returncode:
        said = ran.stderr.strip().splitlines()
        raise BackupError(f"{command[0]}: {said[-1] if said else f'ended with {ran.returncode}'}")
