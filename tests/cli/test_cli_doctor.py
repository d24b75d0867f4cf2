"""``hub doctor`` and ``hub routes``."""

import sqlite3
from dataclasses import replace
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from typing import Any

import pytest

from hub.cli.doctor import MESSAGES
from hub.registry.doctor import KINDS

TENANT = "musterfirma"


def subjects(findings: list[dict[str, str]]) -> dict[str, tuple[str, str]]:
    return {finding["subject"]: (finding["level"], finding["message"]) for finding in findings}


def test_a_healthy_installation(shop: Any) -> None:
    public = shop.with_(HUB_BASE_URL="https://hub.example.com")

    assert public.json("doctor") == [
        {"level": "ok", "kind": "healthy", "subject": "hub", "message": "nothing to report"}
    ]
    assert "nothing to report" in public.ok("doctor")


@pytest.mark.parametrize(
    ("url", "level", "word"),
    [("http://127.0.0.1:8080", "note", "elsewhere"), ("http://hub.example.com", "warning", "https")],
)
def test_the_public_address(shop: Any, url: str, level: str, word: str) -> None:
    (finding,) = shop.with_(HUB_BASE_URL=url).json("doctor")

    assert (finding["level"], finding["subject"]) == (level, "HUB_BASE_URL")
    assert word in finding["message"]


def test_what_needs_care_is_no_error(shop: Any) -> None:
    shop.ok("connection", "create", TENANT, "stripe")
    shop.post({"event": "transaction.refunded", "externalId": "t-1"})
    shop.post({"event": "transaction.refunded", "externalId": "t-1"}, secret="falsch")

    found = shop.json("doctor")

    assert "no signing secret" in subjects(found)[f"{TENANT}/stripe/default"][1]
    assert {"1 events wait for their sale", "1 rejected requests are in quarantine"} <= {
        finding["message"] for finding in found
    }


def test_a_broken_plugin_and_one_that_is_gone_are_errors(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    points = [point for point in entry_points(group="hub.plugins") if point.name != "custom"]
    broken = EntryPoint("kaputt", "hub_does_not_exist:plugin", "hub.plugins")
    monkeypatch.setattr("hub.registry.discovery.entry_points", lambda group: EntryPoints([*points, broken]))

    searching = replace(shop, plugins=None)

    found = subjects(searching.json("doctor", code=1))

    assert found["kaputt"][0] == "error"
    assert found[f"{TENANT}/custom/default"] == ("error", "its plugin is not installed")
    assert searching.run("doctor").exit_code == 1


def test_a_wrong_key_is_an_error(shop: Any) -> None:
    stranger = shop.with_(HUB_SECRET_KEY="not-the-key-of-this-installation")

    found = subjects(stranger.json("doctor", code=1))

    level, message = found[f"{TENANT}/custom/default"]
    assert level == "error"
    assert "another HUB_SECRET_KEY" in message


def test_settings_that_the_plugin_no_longer_takes_are_an_error(shop: Any) -> None:
    connection = sqlite3.connect(shop.folder / "hub.db")
    with connection:
        connection.execute("UPDATE connections SET settings = '{\"once_known\": 1}'")
    connection.close()

    level, message = subjects(shop.json("doctor", code=1))[f"{TENANT}/custom/default"]
    said = shop.refused("connection", "rotate-secret", TENANT, "custom")

    assert level == "error"
    assert "once_known" in message
    assert "once_known" in said
    assert shop.json("connection", "list", TENANT)[0]["settings"]["secrets"] == "unreadable"


def test_a_connection_that_takes_unsigned_requests_is_named(shop: Any) -> None:
    assert "unsigned" not in {row["kind"] for row in shop.json("doctor")}

    shop.ok("connection", "set", "musterfirma", "custom", "--set", "allow_url_token=yes")

    (found,) = [row for row in shop.json("doctor") if row["kind"] == "unsigned"]
    assert (found["level"], found["subject"]) == ("note", "musterfirma/custom/default")
    assert "url_token" in found["message"]


def test_every_kind_of_finding_has_words() -> None:
    assert set(MESSAGES) == set(KINDS)


def test_what_was_disconnected_by_hand_needs_no_care(shop: Any) -> None:
    view = shop.json("connection", "disconnect", TENANT, "custom")

    assert (view["enabled"], view["disconnect_reason"]) == (False, "by_hand")
    assert not view["settings"]["secrets"]
    assert shop.post({"event": "transaction.refunded", "externalId": "t-1"}).status_code == 404
    assert f"{TENANT}/custom/default" not in subjects(shop.json("doctor"))


def test_routes(shop: Any) -> None:
    rows = {row["path"]: row for row in shop.json("routes")}

    assert rows["/healthz"] == {"path": "/healthz", "methods": ["GET"], "plugin": "hub"}
    assert rows["/api/v1/lead.php"] == {"path": "/api/v1/lead.php", "methods": ["POST"], "plugin": "lead"}
    assert rows["/api/webhooks/<tenant>/custom/<connection>"]["plugin"] == "custom"
    assert "/webhooks/stripe_webhook.php" in rows
    assert "/api/webhooks/<tenant>/custom" in shop.ok("routes")
