"""``hub connection``: switching plugins on and off, and secrets that are never shown."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

TENANT = "musterfirma"
SECRET = "ein-langes-geheimnis-0815"
NOBODYS = "01890a5d-ac96-774b-bcce-b302099a8057"
STRIPE = (
    *("--set", "publishable_key=pk_test_offen", "--set", "secret_key=sk_test_verborgen"),
    *("--set", "secrets=whsec_neu", "--set", "secrets=whsec_alt"),
)


def sale(number: int) -> dict[str, str]:
    return {
        "event": "transaction.created",
        "externalId": f"t-{number}",
        "grossAmount": "10.00",
        "currency": "EUR",
    }


def test_create_list_and_show(firm: Any) -> None:
    made = firm.json("connection", "create", TENANT, "custom", "--set", f"secrets={SECRET}")

    assert {name: made[name] for name in ("tenant", "plugin", "name", "enabled", "settings", "urls")} == {
        "tenant": TENANT,
        "plugin": "custom",
        "name": "default",
        "enabled": True,
        "settings": {
            "secrets": ["***"],
            "accept_forms": False,
            "mapping": [],
            "allow_header": False,
            "allow_basic": False,
            "allow_url_token": False,
        },
        "urls": [f"http://127.0.0.1:8080/api/webhooks/{TENANT}/custom"],
    }
    assert firm.json("connection", "list", TENANT) == [made]
    assert firm.json("connection", "show", TENANT, "custom") == made
    assert firm.post(sale(1)).status_code == 200


def test_a_secret_is_in_no_output_and_not_in_the_database(firm: Any) -> None:
    firm.ok("connection", "create", TENANT, "stripe", *STRIPE)
    for words in [
        ("list", TENANT),
        ("show", TENANT, "stripe"),
        ("set", TENANT, "stripe", "--set", "accept_test_events=no"),
        ("disable", TENANT, "stripe"),
        ("enable", TENANT, "stripe"),
        ("rotate-secret", TENANT, "stripe", "--value", "whsec_drittes"),
    ]:
        firm.ok("connection", *words)
        firm.json("connection", *words)
    firm.ok("doctor")
    stored = b"".join(path.read_bytes() for path in firm.folder.glob("hub.db*"))

    for secret in ("sk_test_verborgen", "whsec_neu", "whsec_alt", "whsec_drittes"):
        assert not any(secret in text for text in firm.said)
        assert secret.encode() not in stored
    assert b"pk_test_offen" in stored


def test_settings_are_shown_and_secrets_masked(firm: Any) -> None:
    shown = firm.json("connection", "create", TENANT, "stripe", *STRIPE)["settings"]

    assert shown == {
        "secrets": ["***", "***"],
        "publishable_key": "pk_test_offen",
        "secret_key": "***",
        "accept_test_events": True,
        "count_one_off_invoices": True,
    }


def test_set_replaces_what_is_named_and_keeps_the_rest(firm: Any) -> None:
    firm.ok("connection", "create", TENANT, "stripe", *STRIPE)

    shown = firm.json("connection", "set", TENANT, "stripe", "--set", "accept_test_events=false")["settings"]

    assert shown["accept_test_events"] is False
    assert shown["secrets"] == ["***", "***"]
    assert shown["publishable_key"] == "pk_test_offen"


def test_a_value_may_hold_equals_signs(firm: Any) -> None:
    firm.ok("connection", "create", TENANT, "custom", "--set", "secrets=abc=def==")

    assert firm.post(sale(1), secret="abc=def==").status_code == 200


def test_several_connections_of_one_plugin(firm: Any) -> None:
    firm.ok("connection", "create", TENANT, "custom", "--set", "secrets=das-erste")
    second = firm.json(
        "connection", "create", TENANT, "custom", "--name", "zwei", "--set", "secrets=das-zweite"
    )
    path = f"/api/webhooks/{TENANT}/custom/zwei"

    assert second["urls"] == [f"http://127.0.0.1:8080{path}"]
    assert firm.post(sale(1), secret="das-zweite", path=path).status_code == 200
    assert firm.post(sale(2), secret="das-zweite").status_code == 401
    assert [row["name"] for row in firm.json("connection", "list", TENANT)] == ["default", "zwei"]


@pytest.mark.parametrize("name", ["", "a b", "a/b", "Zwei", "ä", "a?b", "x" * 64])
def test_a_name_that_cannot_stand_in_an_address_is_refused(firm: Any, name: str) -> None:
    assert "name" in firm.refused("connection", "create", TENANT, "custom", "--name", name)
    assert firm.json("connection", "list", TENANT) == []


def test_without_a_secret_the_operator_is_told(firm: Any) -> None:
    made = firm.run("connection", "create", TENANT, "custom")

    assert made.exit_code == 0
    assert "every request is refused" in made.stderr
    assert firm.post(sale(1), secret="irgendeins").status_code == 401


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("create", TENANT, "paypal"), "no plugin 'paypal' is installed"),
        (("create", TENANT, "custom"), "exists already"),
        (("create", TENANT, "stripe", "--set", "geheim"), "KEY=VALUE"),
        (("create", TENANT, "stripe", "--set", "=geheim"), "KEY=VALUE"),
        (("create", TENANT, "stripe", "--set", "secretz=geheim"), "secretz"),
        (("create", TENANT, "stripe", "--set", "publishable_key=geheim"), "publishable_key"),
        (("create", TENANT, "stripe", "--set", "secret_key=geheim", "--set", "secret_key=2"), "one value"),
        (("create", TENANT, "stripe", "--set", "accept_test_events=geheim"), "accept_test_events"),
        (("set", TENANT, "custom", "--set", "secretz=geheim"), "secretz"),
        (("set", TENANT, "stripe", "--set", "secrets=geheim"), "no connection stripe/default"),
        (("set", TENANT, "custom", "--name", "zwei", "--set", "secrets=geheim"), "no connection custom/zwei"),
        (("show", TENANT, "stripe"), "no connection stripe/default"),
        (("show", TENANT, "paypal"), "no connection paypal/default"),
        (("enable", TENANT, "stripe"), "no connection stripe/default"),
        (("disable", TENANT, "custom", "--name", "zwei"), "no connection custom/zwei"),
        (("rotate-secret", TENANT, "stripe"), "no connection stripe/default"),
        (("rotate-secret", TENANT, "paypal"), "no plugin 'paypal' is installed"),
        (("rotate-secret", TENANT, "custom", "--overlap", "-1"), "--overlap"),
        (("rotate-secret", TENANT, "custom", "--overlap", "1e300"), "--overlap"),
    ],
)
def test_refusals_name_the_fault_and_no_value(shop: Any, words: tuple[str, ...], said: str) -> None:
    error = shop.refused("connection", *words)

    assert said in error
    assert "=geheim" not in error.replace("'geheim'", "")
    assert shop.json("connection", "list", TENANT)[0]["settings"]["secrets"] == ["***"]
    assert len(shop.json("connection", "list", TENANT)) == 1


def test_a_plugin_without_signing_secrets_cannot_rotate(firm: Any) -> None:
    firm.ok("connection", "create", TENANT, "lead")

    assert "no signing secrets" in firm.refused("connection", "rotate-secret", TENANT, "lead")


def test_disabled_requests_are_refused_and_records_stay(shop: Any) -> None:
    shop.post(sale(1))
    off = shop.json("connection", "disable", TENANT, "custom")
    refused = shop.post(sale(2))
    on = shop.json("connection", "enable", TENANT, "custom")

    assert (off["enabled"], on["enabled"]) == (False, True)
    assert (refused.status_code, refused.get_json()["code"]) == (404, "not_connected")
    assert len(shop.json("records", "transactions", "--tenant", TENANT)) == 1
    assert shop.post(sale(2)).get_json()["status"] == "processed"


def test_rotating_with_overlap_both_secrets_count(shop: Any) -> None:
    rotated = shop.json("connection", "rotate-secret", TENANT, "custom", "--overlap", "0.5")

    assert (rotated["plugin"], rotated["name"]) == ("custom", "default")
    assert [shop.post(sale(n), secret=s).status_code for n, s in enumerate((SECRET, rotated["secret"]))] == [
        200,
        200,
    ]
    newest, old = shop.json("connection", "show", TENANT, "custom")["settings"]["secrets"]
    assert (newest, old.startswith("*** until 2")) == ("***", True)


def test_rotating_without_overlap_the_old_secret_is_refused(shop: Any) -> None:
    rotated = shop.json("connection", "rotate-secret", TENANT, "custom", "--overlap", "0")

    assert len(rotated["secret"]) >= 32
    assert shop.post(sale(1), secret=SECRET).get_json()["code"] == "invalid_signature"
    assert shop.post(sale(1), secret=rotated["secret"]).status_code == 200


def test_rotating_to_the_senders_secret(shop: Any) -> None:
    rotated = shop.json(
        "connection", "rotate-secret", TENANT, "custom", "--value", "vom-absender", "--overlap", "0"
    )

    assert rotated["secret"] == "***"
    assert shop.post(sale(1), secret="vom-absender").status_code == 200


def test_rotating_for_people(shop: Any) -> None:
    rotated = shop.run("connection", "rotate-secret", TENANT, "custom")
    secret = rotated.stdout.splitlines()[2].split()[1]

    assert "not shown again" in rotated.stderr
    assert shop.post(sale(1), secret=secret).status_code == 200


def test_settings_that_the_plugin_no_longer_knows_are_mended_by_setting_others(firm: Any) -> None:
    firm.ok("connection", "create", TENANT, "stripe", *STRIPE)
    with closing(sqlite3.connect(firm.folder / "hub.db")) as database, database:
        changed = "json_set(settings, '$.of_an_older_version', 1)"
        database.execute(f"UPDATE connections SET settings = {changed}")

    mended = firm.json("connection", "set", TENANT, "stripe", "--set", "accept_test_events=no")

    assert mended["settings"]["accept_test_events"] is False
    assert "of_an_older_version" not in mended["settings"]
    assert mended["settings"]["secrets"] == ["***", "***"]


def test_a_field_mapping_is_tried_before_it_is_stored(shop: Any, tmp_path: Path) -> None:
    sent = tmp_path / "body.json"
    sent.write_text('{"nr": 7, "summe": "1.234,50", "wann": "21.05.2026"}')
    lines = (
        'event = "transaction.created"',
        "externalId = nr",
        "grossAmount = summe | decimal_comma",
        'currency = "EUR"',
        "transactionDate = wann | day_month_year",
    )
    words = ("connection", "preview", TENANT, "custom", "--body", str(sent))
    settings = [word for line in lines for word in ("--set", f"mapping={line}")]

    (fact,) = shop.json(*words, *settings)["facts"]
    assert (fact["external_id"], fact["gross"]) == ("7", "1234.50 EUR")
    assert shop.json(*words, code=1)["reason"] == "missing_field"
    assert shop.json("connection", "show", TENANT, "custom")["settings"]["mapping"] == []

    assert "total = betrag" in shop.refused("connection", "set", TENANT, "custom", "--set", "mapping=summe")
    shop.ok("connection", "set", TENANT, "custom", *settings)
    assert shop.json("connection", "show", TENANT, "custom")["settings"]["mapping"] == list(lines)
    answer = shop.post(sent.read_bytes())
    assert answer.status_code == 200
    event = answer.get_json()["eventId"]
    told = shop.json("connection", "preview", TENANT, "custom", "--event", event)
    assert told["outcome"] == "processed"
    assert "no event" in shop.refused("connection", "preview", TENANT, "custom", "--event", NOBODYS)
