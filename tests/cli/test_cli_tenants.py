"""``hub tenant``, ``hub key`` and ``hub plugin``."""

import re
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from typing import Any

import pytest

TENANT = "musterfirma"


def test_create_and_list_tenants(ready: Any) -> None:
    usual = ready.json("tenant", "create", TENANT, "--name", "Musterfirma GmbH")
    other = ready.json(
        *("tenant", "create", "acme-2", "--name", "Acme Ltd"),
        *("--locale", "en-GB", "--currency", "GBP", "--timezone", "Europe/London"),
    )

    chosen = ("number", "slug", "name", "locale", "currency", "timezone")
    assert [usual[name] for name in chosen] == [1, TENANT, "Musterfirma GmbH", "de", "EUR", "Europe/Berlin"]
    assert [other[name] for name in chosen] == [2, "acme-2", "Acme Ltd", "en-GB", "GBP", "Europe/London"]
    assert ready.json("tenant", "list") == [usual, other]
    assert "Musterfirma GmbH" in ready.ok("tenant", "list")


@pytest.mark.parametrize("slug", ["Musterfirma", "müster", "a b", "-a", "a-", "a/b", "", "a" * 64, "a.b"])
def test_bad_slugs(ready: Any, slug: str) -> None:
    assert "lower case letters" in ready.refused("tenant", "create", "--name", "X", "--", slug)
    assert ready.json("tenant", "list") == []


@pytest.mark.parametrize("slug", ["a", "a" * 63, "1", "a-b-c"])
def test_good_slugs(ready: Any, slug: str) -> None:
    assert ready.json("tenant", "create", slug, "--name", "X")["slug"] == slug


@pytest.mark.parametrize(
    ("option", "value", "word"),
    [
        ("--locale", "xx-YY", "locale"),
        ("--locale", "deutsch!", "locale"),
        ("--currency", "EURO", "EURO"),
        ("--currency", "eur", "eur"),
        ("--timezone", "Berlin", "time zone"),
        ("--timezone", "../etc/passwd", "time zone"),
    ],
)
def test_unknown_locale_currency_and_zone(ready: Any, option: str, value: str, word: str) -> None:
    assert word in ready.refused("tenant", "create", TENANT, "--name", "X", option, value)
    assert ready.json("tenant", "list") == []


def test_a_slug_is_used_once(firm: Any) -> None:
    assert "exists already" in firm.refused("tenant", "create", TENANT, "--name", "Zweite")
    assert len(firm.json("tenant", "list")) == 1


def test_a_tenant_needs_a_name(ready: Any) -> None:
    assert "--name" in ready.refused("tenant", "create", TENANT)


def test_a_key_is_shown_once_and_masked_afterwards(firm: Any) -> None:
    made = firm.json("key", "create", TENANT)
    firm.said.clear()
    (listed,) = firm.json("key", "list", TENANT)
    firm.ok("key", "list", TENANT)

    assert re.fullmatch(r"crm_1_[0-9a-f]{40}", made["key"])
    assert re.fullmatch(r"crm_1_[0-9a-f]{2}\*\*\*[0-9a-f]{4}\*\*", listed["masked"])
    assert listed["masked"] == f"{made['key'][:8]}***{made['key'][-4:]}**"
    assert (listed["id"], listed["created_at"]) == (made["id"], made["created_at"])
    assert listed["deactivated_at"] is None
    assert not any(made["key"] in text or "hash" in text for text in firm.said)
    assert made["key"].encode() not in (firm.folder / "hub.db").read_bytes()


def test_a_key_for_people(firm: Any) -> None:
    made = firm.run("key", "create", TENANT)

    assert re.search(r"^key +crm_1_[0-9a-f]{40}$", made.stdout, re.MULTILINE)
    assert "not shown again" in made.stderr


def test_a_key_that_nothing_takes_says_so(firm: Any) -> None:
    before = firm.run("key", "create", TENANT)
    firm.ok("connection", "create", TENANT, "lead")
    after = firm.run("key", "create", TENANT)

    assert f"hub connection create {TENANT} lead" in before.stderr
    assert "hub connection create" not in after.stderr


def test_a_key_carries_its_tenants_number(firm: Any) -> None:
    firm.ok("tenant", "create", "zweite", "--name", "Zweite")

    assert firm.json("key", "create", "zweite")["key"].startswith("crm_2_")


def test_deactivating_a_key(firm: Any) -> None:
    firm.ok("connection", "create", TENANT, "lead")
    kept, dropped = (firm.json("key", "create", TENANT) for _ in range(2))
    order = {"type": "order", "email": "kunde@beispiel.de"}

    def answers() -> list[int]:
        return [firm.post(order, plugin="lead", secret=made["key"]).status_code for made in (kept, dropped)]

    before = answers()
    assert firm.json("key", "deactivate", dropped["id"]) == {"id": dropped["id"], "active": False}
    assert before == [200, 200]
    assert answers() == [200, 403]
    assert [key["deactivated_at"] is None for key in firm.json("key", "list", TENANT)] == [True, False]
    assert "no active key" in firm.refused("key", "deactivate", dropped["id"])


@pytest.mark.parametrize("key_id", ["1", "crm_1_abc", "01a20499-a5f9-7260-9bb5-942155a35f27"])
def test_a_key_that_does_not_exist(firm: Any, key_id: str) -> None:
    assert firm.refused("key", "deactivate", key_id)


@pytest.mark.parametrize(
    "words",
    [
        ("key", "create", "niemand"),
        ("key", "list", "niemand"),
        ("connection", "list", "niemand"),
        ("connection", "create", "niemand", "custom"),
        ("connection", "show", "niemand", "custom"),
        ("connection", "rotate-secret", "niemand", "custom"),
        ("events", "list", "--tenant", "niemand"),
        ("records", "orders", "--tenant", "niemand"),
        ("invoice", "create", "niemand", "R-1", "--total", "1.00"),
        ("send", "custom", "transaction.created__full", "--tenant", "niemand"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
def test_an_unknown_tenant_is_named(firm: Any, words: tuple[str, ...], form: tuple[str, ...]) -> None:
    assert "no tenant 'niemand'" in firm.refused(*words, *form)


def test_plugins_are_listed_without_an_installation(operator: Any) -> None:
    listed = {row["slug"]: row for row in operator.json("plugin", "list")}

    assert {"custom", "lead", "shopify", "stripe"} <= set(listed)
    assert listed["stripe"] == {
        "slug": "stripe",
        "state": "installed",
        "version": listed["stripe"]["version"],
        "kinds": ["source"],
        "tier": "platinum",
        "title": "Stripe",
        "package": "hub-stripe",
        "reason": None,
    }
    assert re.fullmatch(r"\d+\.\d+\.\d+", listed["stripe"]["version"])
    assert "Custom webhook" in operator.ok("plugin", "list")
    assert not operator.folder.exists()


def test_a_plugin_that_was_put_aside_is_listed_with_its_reason(
    operator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = EntryPoint("kaputt", "hub_does_not_exist:plugin", "hub.plugins")
    found = EntryPoints([*entry_points(group="hub.plugins"), broken])
    monkeypatch.setattr("hub.registry.discovery.entry_points", lambda group: found)

    listed = {row["slug"]: row for row in operator.json("plugin", "list")}
    for_people = operator.run("plugin", "list")

    assert listed["kaputt"]["state"] == "quarantined"
    assert "No module named 'hub_does_not_exist'" in listed["kaputt"]["reason"]
    assert listed["stripe"]["state"] == "installed"
    assert "hub_does_not_exist" in for_people.stdout
    assert "1 put aside" in for_people.stderr
