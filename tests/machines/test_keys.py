"""Changing the installation's key while several machines run, and nothing is lost by it."""

import itertools
import threading
from typing import Any

import flask
import pytest
import sqlalchemy as sa

from hub.app import create_hub
from hub.config import Config
from hub.records import tenants
from hub.records.database import Database
from hub.records.vault import Vault
from hub.registry.connecting import reseal_all

OLD, NEW = "the-old-key-of-the-installation", "the-new-key-of-the-installation"
COUNT = "SELECT count(*) FROM pg_locks WHERE NOT granted"


def test_machines_get_the_new_key_one_after_the_other(house: Any, driving: Any, sqlite_url: str) -> None:
    """First everybody learns the new key, then it is used; at each step a server that is still a step behind
    reads what one that is a step ahead writes."""
    steps = [OLD, f"{OLD},{NEW}", f"{NEW},{OLD}", NEW]
    at = [house(sqlite_url, HUB_SECRET_KEY=keys) for keys in steps]
    at[0].set_up("http://127.0.0.1:9/")

    for number, (behind, ahead) in enumerate(itertools.pairwise(at)):
        ahead.here(
            "connection", "rotate-secret", driving.TENANT, "custom", "--value", f"secret-{number}-of-them"
        )
        assert can_read(behind)
        assert can_read(ahead)
        if number == 1:  # everybody uses the new key now
            ahead.here("secrets", "rotate")
    assert not can_read(at[0])
    assert not can_read(house(sqlite_url, HUB_SECRET_KEY=OLD))


def can_read(one: Any) -> bool:
    """Whether these keys open all stored secrets."""
    hub = create_hub(
        Config(database_url=one.settings()["HUB_DATABASE_URL"], secret_key=one.settings()["HUB_SECRET_KEY"])
    )
    try:
        with hub.database.for_all_tenants().read() as unit:
            for _owner, _row_id, sealed in tenants.sealed_secrets(unit):
                hub.vault.open(sealed)
    except Exception:
        return False
    finally:
        hub.database.close()
    return True


@pytest.mark.parametrize(("keys", "goes_on"), [(f"{NEW},{OLD}", True), (NEW, False)])
def test_a_session_goes_on_while_the_old_key_is_known(
    house: Any, sqlite_url: str, keys: str, goes_on: bool
) -> None:
    before, after = (house(sqlite_url, HUB_SECRET_KEY=one).app() for one in (OLD, keys))
    try:
        client = before.extensions["hub_web"].test_client()
        with client.session_transaction() as session:
            session["who"] = "anna"
        cookie = client.get_cookie("hub")
        with after.extensions["hub_web"].test_request_context(headers={"Cookie": f"hub={cookie.value}"}):
            assert flask.session.get("who") == ("anna" if goes_on else None)
    finally:
        for app in (before, after):
            app.extensions["hub"].database.close()


def test_a_secret_that_is_changed_at_the_same_moment_is_not_brought_back(
    house: Any, driving: Any, postgres_url: str
) -> None:
    house(postgres_url, HUB_SECRET_KEY=OLD).set_up("http://127.0.0.1:9/")
    database, both = Database(postgres_url).for_all_tenants(), Vault([NEW, OLD])
    rotation = threading.Thread(target=reseal_all, args=(database, both))
    with database.write() as unit, database.engine.connect() as looking:
        owner, row_id, _sealed = tenants.sealed_secrets(unit)[0]
        tenants.reseal(unit, owner, row_id, Vault([OLD]).seal("changed meanwhile"))
        rotation.start()
        driving.await_that(lambda: looking.execute(sa.text(COUNT)).scalar(), "the rotation to wait")
    rotation.join(30)

    with database.read() as unit:
        texts = {one: both.open(text) for _, one, text in tenants.sealed_secrets(unit)}
        assert all(Vault([NEW]).open(text) for _, _, text in tenants.sealed_secrets(unit))
    database.close()
    assert texts[row_id] == "changed meanwhile"
