"""``hub init`` and ``hub db``: from nothing to an installation, and what is said before that."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

BEFORE_INIT = [
    ("tenant", "list"),
    ("tenant", "create", "musterfirma", "--name", "Musterfirma"),
    ("connection", "list", "musterfirma"),
    ("key", "create", "musterfirma"),
    ("events", "list"),
    ("records", "customers", "--tenant", "musterfirma"),
    ("invoice", "create", "musterfirma", "R-1", "--total", "1.00"),
    ("db", "upgrade"),
    ("secrets", "rotate"),
    ("send", "custom", "transaction.created__full", "--tenant", "musterfirma"),
    ("routes",),
    ("doctor",),
    ("serve", "--port", "0"),
]


def test_init_makes_everything_and_shows_the_password_once(operator: Any) -> None:
    first = operator.json("init", "--email", "Chefin@Musterfirma.example")
    second = operator.json("init")

    assert first["operator"] == "chefin@musterfirma.example"
    assert len(first["password"]) >= 20
    assert second == {**first, "password": None}
    assert first["secret_key"] == str(operator.folder / "secret_key")
    assert operator.json("tenant", "list") == []


def test_init_for_people_shows_the_password_once(operator: Any) -> None:
    first = operator.run("init")
    password = first.stdout.rstrip().rpartition(" ")[2]
    second = operator.run("init")

    assert "not shown again" in first.stderr
    assert len(password) >= 20
    assert password not in second.stdout
    assert second.stderr == ""


def test_the_password_is_not_stored(operator: Any) -> None:
    password = operator.json("init")["password"]

    assert password.encode() not in (operator.folder / "hub.db").read_bytes()
    assert b"$argon2id$" in (operator.folder / "hub.db").read_bytes()


def test_the_key_file_is_the_owners_alone_and_is_kept(operator: Any) -> None:
    operator.ok("init")
    key_file = operator.folder / "secret_key"
    key = key_file.read_text("utf-8")
    operator.ok("init")

    assert key_file.stat().st_mode & 0o777 == 0o600
    assert key_file.read_text("utf-8") == key
    assert len(key.strip()) >= 16


def test_the_environments_key_counts_and_no_file_is_made(operator: Any) -> None:
    shown = operator.with_(HUB_SECRET_KEY="a-key-from-the-environment").json("init")

    assert shown["secret_key"] == "from HUB_SECRET_KEY"
    assert not (operator.folder / "secret_key").exists()


def test_a_key_that_is_too_short_is_refused(operator: Any) -> None:
    assert "at least 16 characters" in operator.with_(HUB_SECRET_KEY="kurz").refused("init")


@pytest.mark.parametrize("words", BEFORE_INIT, ids=" ".join)
def test_before_init_a_command_says_what_to_do(operator: Any, words: tuple[str, ...]) -> None:
    assert "hub init" in operator.refused(*words)


@pytest.mark.parametrize(
    "words", [words for words in BEFORE_INIT if words[0] not in {"db", "routes"}], ids=" ".join
)
def test_with_a_key_but_no_tables_a_command_says_what_to_do(operator: Any, words: tuple[str, ...]) -> None:
    keyed = operator.with_(HUB_SECRET_KEY="a-key-from-the-environment")

    assert "hub init" in keyed.refused(*words)


@pytest.mark.parametrize(
    "words", [("tenant", "list"), ("events", "list"), ("secrets", "rotate")], ids=" ".join
)
def test_without_tables_on_postgresql_too(
    operator: Any, postgres: Callable[[str], str], words: tuple[str, ...]
) -> None:
    url = postgres(f"empty_{words[0]}")
    keyed = operator.with_(HUB_SECRET_KEY="a-key-from-the-environment", HUB_DATABASE_URL=url)

    assert "hub init" in keyed.refused(*words)


def test_init_on_postgresql(operator: Any, postgres: Callable[[str], str]) -> None:
    there = operator.with_(HUB_DATABASE_URL=postgres("init"))

    assert there.json("init")["password"]
    assert there.json("init")["password"] is None
    assert there.json("db", "upgrade")["upgraded"] is True
    assert there.refused("events", "list", "--limit", "-1")


@pytest.mark.parametrize(
    "url",
    [
        "quatsch",
        "postgres://hub@127.0.0.1/hub",
        "postgresql+psycopg://hub:geheim@127.0.0.1:1/hub",
        "sqlite:////dev/null/hub.db",
    ],
)
@pytest.mark.parametrize("words", [("init",), ("db", "upgrade"), ("tenant", "list")], ids=" ".join)
def test_a_database_that_cannot_be_used(operator: Any, url: str, words: tuple[str, ...]) -> None:
    keyed = operator.with_(HUB_SECRET_KEY="a-key-from-the-environment", HUB_DATABASE_URL=url)

    said = keyed.refused(*words)

    assert "database" in said
    assert "geheim" not in said


def test_a_folder_that_cannot_be_made(operator: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert "secret_key" in operator.with_(HUB_VAR_DIR=str(tmp_path / "file" / "var")).refused("init")


@pytest.mark.parametrize(("name", "value"), [("HUB_THREADS", "viele"), ("HUB_LOG_LEVEL", "laut")])
def test_a_wrong_setting_is_named(operator: Any, name: str, value: str) -> None:
    assert name in operator.with_(**{name: value}).refused("tenant", "list")


def test_db_upgrade_makes_tables_and_may_be_repeated(operator: Any) -> None:
    keyed = operator.with_(HUB_SECRET_KEY="a-key-from-the-environment")

    first = keyed.json("db", "upgrade")
    again = keyed.run("db", "upgrade")

    assert first == {"database": f"sqlite:///{operator.folder / 'hub.db'}", "upgraded": True}
    assert (again.exit_code, again.stdout) == (0, "")
    assert "up to date" in again.stderr
    assert keyed.json("tenant", "list") == []


def test_tables_of_another_version_are_told(ready: Any) -> None:
    with sqlite3.connect(ready.folder / "hub.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    connection.close()

    (finding,) = ready.json("doctor", code=1)

    assert finding["subject"] == "database"
    assert "hub db upgrade" in finding["message"]
    assert "hub db upgrade" in ready.refused("serve", "--port", "0")
