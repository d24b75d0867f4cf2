"""``hub secrets rotate``: the key that stored secrets are encrypted with."""

from typing import Any

TENANT = "musterfirma"
SECRET = "ein-langes-geheimnis-0815"


def sale(number: int) -> dict[str, str]:
    return {
        "event": "transaction.created",
        "externalId": f"t-{number}",
        "grossAmount": "1.00",
        "currency": "EUR",
    }


def test_a_key_file_is_renewed_and_stored_secrets_still_work(shop: Any) -> None:
    key_file = shop.folder / "secret_key"
    old = key_file.read_text("utf-8").strip()
    shop.ok("connection", "create", TENANT, "stripe", "--set", "secrets=whsec_1")

    rotated = shop.run("secrets", "rotate", "--json")
    new = key_file.read_text("utf-8").strip()

    assert rotated.stdout == '{"reencrypted":2,"key":"new"}\n'
    assert "Restart running servers" in rotated.stderr
    assert new != old
    assert "\n" not in new
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert shop.post(sale(1)).status_code == 200
    assert "another HUB_SECRET_KEY" in shop.with_(HUB_SECRET_KEY=old).refused(
        "connection", "rotate-secret", TENANT, "custom"
    )
    assert new not in "".join(shop.said)


def test_rotating_twice(shop: Any) -> None:
    shop.ok("secrets", "rotate")
    shop.ok("secrets", "rotate")

    assert shop.post(sale(1)).status_code == 200


def test_keys_in_the_environment(shop: Any) -> None:
    old = (shop.folder / "secret_key").read_text("utf-8").strip()
    new = "the-second-key-of-the-installation"
    both = shop.with_(HUB_SECRET_KEY=f"{new},{old}")

    assert both.post(sale(1)).status_code == 200
    assert both.json("secrets", "rotate") == {"reencrypted": 1, "key": "first of HUB_SECRET_KEY"}
    assert both.post(sale(2)).status_code == 200
    assert shop.with_(HUB_SECRET_KEY=new).post(sale(3)).status_code == 200
    assert shop.post(sale(4)).status_code == 404
    assert (shop.folder / "secret_key").read_text("utf-8").strip() == old


def test_rotating_with_a_key_that_does_not_fit_changes_nothing(shop: Any) -> None:
    stranger = shop.with_(HUB_SECRET_KEY="not-the-key-of-this-installation")

    assert "another HUB_SECRET_KEY" in stranger.refused("secrets", "rotate")
    assert shop.post(sale(1)).status_code == 200


def test_a_key_file_that_does_not_fit_keeps_its_key(shop: Any) -> None:
    key_file = shop.folder / "secret_key"
    right = key_file.read_text("utf-8")
    key_file.write_text("not-the-key-of-this-installation\n", "utf-8")

    assert "another HUB_SECRET_KEY" in shop.refused("secrets", "rotate")
    assert "not-the-key-of-this-installation" in key_file.read_text("utf-8")
    key_file.write_text(right, "utf-8")
    assert shop.post(sale(1)).status_code == 200


def test_with_a_wrong_key_connections_can_still_be_seen(shop: Any) -> None:
    stranger = shop.with_(HUB_SECRET_KEY="not-the-key-of-this-installation")

    (listed,) = stranger.json("connection", "list", TENANT)

    assert listed["settings"]["secrets"] == "unreadable"
    assert stranger.json("connection", "disable", TENANT, "custom")["enabled"] is False
    assert "another HUB_SECRET_KEY" in stranger.refused(
        "connection", "set", TENANT, "custom", "--set", "secrets=x"
    )
