"""Secrets at rest: encrypted, to be opened with the right key only, never shown."""

from typing import Any

import pytest
import sqlalchemy as sa

import hub
from hub.records.tables import ApiKey, Connection
from hub.records.tenants import table
from hub.records.vault import Vault, VaultError, new_key
from hub.registry.secrets import join, split

OLD, NEW = "the-old-key-of-the-vault", "the-new-key-of-the-vault"


def test_what_is_sealed_can_be_opened_and_is_not_readable() -> None:
    vault = Vault([OLD])
    sealed = vault.seal("geheim")

    assert vault.open(sealed) == "geheim"
    assert "geheim" not in sealed
    assert vault.seal("geheim") != sealed


def test_an_old_key_still_opens_while_the_new_one_seals() -> None:
    both = Vault([NEW, OLD])
    sealed = Vault([OLD]).seal("geheim")

    assert both.open(sealed) == "geheim"
    assert Vault([NEW]).open(both.reseal(sealed)) == "geheim"
    assert Vault([NEW]).open(both.seal("geheim")) == "geheim"


def test_a_wrong_key_opens_nothing() -> None:
    with pytest.raises(VaultError, match="another HUB_SECRET_KEY"):
        Vault([NEW]).open(Vault([OLD]).seal("geheim"))


@pytest.mark.parametrize("sealed", ["", "nonsense", "gAAAAA"])
def test_what_was_never_sealed_cannot_be_opened(sealed: str) -> None:
    with pytest.raises(VaultError, match="another HUB_SECRET_KEY"):
        Vault([NEW]).open(sealed)


@pytest.mark.parametrize("keys", [[], ["short"], [OLD, "fifteen-letters"], [""]])
def test_a_missing_or_short_key_is_refused(keys: list[str]) -> None:
    with pytest.raises(VaultError) as refused:
        Vault(keys)

    assert all(key not in str(refused.value) for key in keys if key)


def test_a_fresh_key_is_long_enough_and_new() -> None:
    assert new_key() != new_key()
    assert Vault([new_key()]).seal("geheim")


def test_nothing_is_shown() -> None:
    settings = hub.SignedSettings.model_validate({"secrets": ["geheim"]})
    connection = hub.Connection(
        tenant=hub.Tenant(slug="a", number=1, name="A"), plugin="custom", name="default", settings=settings
    )

    assert repr(Vault([OLD])) == "<Vault>"
    assert OLD not in repr(vars(Vault([OLD])))
    for shown in (repr(settings), str(settings), settings.model_dump_json(), repr(connection)):
        assert "geheim" not in shown


def test_settings_are_split_and_joined_again(clock: Any) -> None:
    vault = Vault([OLD])
    given = {"secrets": ["new", {"value": "old", "expires_at": clock()}]}
    settings = hub.SignedSettings.model_validate(given)
    plain, sealed = split(settings, vault)

    assert plain == {}
    assert join(hub.SignedSettings, plain, sealed, vault) == settings


def test_no_secret_lies_in_the_database_in_plain_text(site: Any) -> None:
    site.connect("custom", name="zweitshop", secret="das-zweite-geheimnis")
    with site.rooms.database.read() as unit:
        rows = [
            *unit.rows(sa.select(table(Connection))),
            *unit.rows(sa.select(table(ApiKey))),
        ]
    text = "".join(repr(dict(row)) for row in rows)

    assert len(rows) > 4
    for secret in ("ein-langes-geheimnis-0815", "das-zweite-geheimnis", site.keys["musterfirma"]):
        assert secret not in text


def test_the_masked_key_does_not_tell_the_key(site: Any) -> None:
    key = site.keys["musterfirma"]
    with site.rooms.database.read() as unit:
        row = unit.one(sa.select(table(ApiKey)))
    assert row is not None
    assert row["masked"].startswith("crm_1_")
    assert sum(letter not in "*" for letter in row["masked"].removeprefix("crm_1_")) <= 6
    assert len(key.removeprefix("crm_1_")) >= 32
