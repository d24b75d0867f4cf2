"""The installation's settings: from the environment, with the secret key from a file if need be."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from hub.app import create_hub
from hub.config import Config
from hub.records.vault import VaultError


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting from outside; a folder of the test's own."""
    for name in Config.model_fields:
        monkeypatch.delenv(f"HUB_{name.upper()}", raising=False)
    monkeypatch.setenv("HUB_VAR_DIR", str(tmp_path))


def test_without_settings_the_database_is_a_file(tmp_path: Path) -> None:
    assert Config().resolved_database_url == f"sqlite:///{tmp_path / 'hub.db'}"
    assert Config().secret_keys() == ()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("body_limit", "2048", 2048),
        ("rate_limit", "60", 60),
        ("base_url", "https://hub.example.com", "https://hub.example.com"),
        ("proxy_hops", "1", 1),
        ("quarantine_events", "5", 5),
        ("log_level", "debug", "debug"),
    ],
)
def test_each_setting_has_a_name_in_the_environment(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: object
) -> None:
    monkeypatch.setenv(f"HUB_{name.upper()}", text)

    assert getattr(Config(), name) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("body_limit", "0"),
        ("body_limit", "much"),
        ("rate_limit", "-1"),
        ("log_format", "xml"),
        ("threads", "0"),
    ],
)
def test_a_wrong_value_stops_the_start(monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    monkeypatch.setenv(f"HUB_{name.upper()}", text)

    with pytest.raises(ValidationError, match=name):
        Config()


@pytest.mark.parametrize(
    "text", ["first-key, second-key", "first-key\nsecond-key\n", ",first-key,,second-key,"]
)
def test_several_secret_keys_stand_in_one_variable(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("HUB_SECRET_KEY", text)

    assert Config().secret_keys() == ("first-key", "second-key")


def test_the_secret_key_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("the-key-of-the-file\n")
    assert Config().secret_keys() == ("the-key-of-the-file",)

    monkeypatch.setenv("HUB_SECRET_KEY", "the-key-of-the-variable")
    assert Config().secret_keys() == ("the-key-of-the-variable",)


@pytest.mark.parametrize("text", [None, "", "short"])
def test_a_hub_without_a_usable_key_does_not_start(monkeypatch: pytest.MonkeyPatch, text: str | None) -> None:
    if text is not None:
        monkeypatch.setenv("HUB_SECRET_KEY", text)

    with pytest.raises(VaultError):
        create_hub()


def test_settings_show_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_SECRET_KEY", "the-key-of-the-variable")
    monkeypatch.setenv("HUB_DATABASE_URL", "postgresql+psycopg://hub:passwort@127.0.0.1/hub")

    assert "the-key-of-the-variable" not in repr(Config())
    assert "passwort" not in repr(Config())


def test_settings_cannot_be_changed_later() -> None:
    with pytest.raises(ValidationError):
        Config().body_limit = 1  # type: ignore[misc]
