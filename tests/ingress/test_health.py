"""Alive, ready, and what happens while the database is away."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

Sale = Callable[..., dict[str, Any]]


def get(site: Any, path: str) -> tuple[int, Any]:
    answer = site.app.test_client().get(path)
    return answer.status_code, answer.get_json()


def test_a_migrated_hub_is_alive_and_ready(site: Any) -> None:
    assert get(site, "/healthz") == (200, {"status": "alive"})
    assert get(site, "/readyz") == (200, {"status": "ready"})


def test_one_database_connection_is_enough(make_hub: Any, sale: Sale) -> None:
    site = make_hub(pool_size=1)

    assert get(site, "/readyz") == (200, {"status": "ready"})
    assert site.send(sale()).status_code == 200


def test_a_hub_without_tables_is_alive_and_not_ready(make_app: Any, tmp_path: Path) -> None:
    site = make_app(f"sqlite:///{tmp_path / 'empty.db'}")
    status, answer = get(site, "/readyz")

    assert get(site, "/healthz")[0] == 200
    assert (status, answer["status"]) == (503, "unavailable")
    assert "hub db upgrade" in answer["database"]


def test_an_unreachable_database_is_said_so_and_nothing_is_acknowledged(make_app: Any, sale: Sale) -> None:
    site = make_app("postgresql+psycopg://hub@127.0.0.1:1/hub?connect_timeout=2")
    answer = site.send(sale())

    assert (answer.status_code, answer.get_json()["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "5"
    assert get(site, "/readyz") == (503, {"status": "unavailable", "database": "unreachable"})
    assert get(site, "/healthz")[0] == 200


def test_a_database_that_comes_back_is_used_again(
    make_app: Any, postgres_url: str, sale: Sale, postgres: Any
) -> None:
    site = make_app(postgres_url)
    site.add_tenant("musterfirma")
    assert site.send(sale("t-1")).status_code == 200

    with shut(postgres_url):
        answers = [site.send(sale("t-2")) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [503, 503, 503]
        assert answers[0].headers["Retry-After"] == "5"
        assert get(site, "/readyz")[0] == 503

    assert site.send(sale("t-2")).get_json()["status"] == "processed"
    assert get(site, "/readyz")[0] == 200
    assert [event["outcome"] for event in site.events()] == ["processed", "processed"]


@contextmanager
def shut(url: str) -> Iterator[None]:
    """A PostgreSQL database whose connections are cut and that takes no new ones."""
    address = sa.make_url(url)
    server = sa.create_engine(
        address.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    name = address.database
    with server.connect() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        connection.exec_driver_sql(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        )
        try:
            yield
        finally:
            connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    server.dispose()


@pytest.mark.parametrize("path", ["/nix", "/api/webhooks/musterfirma/nix"])
def test_an_unknown_address_is_answered_as_json(site: Any, path: str) -> None:
    status, answer = get(site, path)

    assert (status, answer["status"], answer["code"]) == (404, "error", "not_found")
