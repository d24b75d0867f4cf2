"""``hub access-key``."""

import re
from typing import Any

TENANT = "musterfirma"


def test_an_access_key_is_shown_once_listed_masked_and_revoked(firm: Any) -> None:
    wanted = ("--name", "Lager", "--scope", "read:records", "--expires", "2099-12-31")
    made = firm.json("access-key", "create", TENANT, *wanted)
    firm.said.clear()
    (listed,) = firm.json("access-key", "list", TENANT)
    firm.ok("access-key", "list", TENANT)

    assert re.fullmatch(r"hub_[0-9A-Za-z]{50}", made["key"])
    assert listed["masked"] == f"{made['key'][:16]}…"
    assert (listed["name"], listed["scopes"], listed["last_used_at"]) == ("Lager", ["read:records"], None)
    assert listed["expires_at"].startswith("2099-12-31T23:59:59")
    assert not any(made["key"] in text or "hash" in text for text in firm.said)
    assert made["key"].encode() not in (firm.folder / "hub.db").read_bytes()

    firm.ok("access-key", "revoke", TENANT, made["id"])
    assert firm.json("access-key", "list", TENANT)[0]["revoked_at"] is not None
    again = firm.run("access-key", "revoke", TENANT, made["id"])
    assert again.exit_code != 0
    assert "not revoked yet" in again.stderr


def test_an_access_key_needs_a_known_scope_and_a_day_to_come(firm: Any) -> None:
    made = ("access-key", "create", TENANT, "--name", "Lager")
    for words in ((), ("--scope", "everything"), ("--scope", "read:records", "--expires", "2001-01-01")):
        assert firm.run(*made, *words).exit_code != 0
    assert firm.json("access-key", "list", TENANT) == []
