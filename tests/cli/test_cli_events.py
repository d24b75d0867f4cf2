"""``hub events``, ``hub records`` and ``hub invoice``: what came in and what was made of it."""

import sqlite3
from typing import Any
from uuid import UUID, uuid4

import pytest

TENANT = "musterfirma"
SECRET = "ein-langes-geheimnis-0815"
OUTCOMES = ("processed", "skipped", "ignored", "parked", "rejected", "failed")


def sale(external_id: str, **fields: Any) -> dict[str, Any]:
    usual = {"grossAmount": "10.00", "currency": "EUR"}
    return {"event": "transaction.created", "externalId": external_id, **usual, **fields}


def refund(external_id: str) -> dict[str, str]:
    return {"event": "transaction.refunded", "externalId": external_id}


def one_of_each(shop: Any) -> dict[str, str]:
    """Events of every outcome but failed, by outcome."""
    answers = [
        shop.post(sale("t-1")),
        shop.post(sale("t-1")),
        shop.post({"event": "etwas.anderes", "externalId": "t-2"}),
        shop.post(refund("t-3")),
        shop.post(sale("t-4"), secret="falsch"),
    ]
    return dict(zip(OUTCOMES, (answer.get_json()["eventId"] for answer in answers), strict=False))


def test_the_list_names_its_columns_newest_first(shop: Any) -> None:
    sent = one_of_each(shop)

    rows = shop.json("events", "list", "--tenant", TENANT)

    assert [row["outcome"] for row in rows] == ["rejected", "parked", "ignored", "skipped", "processed"]
    assert [row["id"] for row in rows] == list(sent.values())[::-1]
    newest = rows[0]
    assert (newest["plugin"], newest["status"], newest["reason"]) == ("custom", 401, "invalid_signature")
    assert {"id", "received_at", "plugin", "event_type", "outcome", "status", "reason", "key"} <= set(newest)
    assert not {"body", "headers", "traceback"} & set(newest)
    assert all(sent["parked"] in text for text in [shop.ok("events", "list", "--tenant", TENANT)])


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_the_list_of_one_outcome(shop: Any, outcome: str) -> None:
    sent = one_of_each(shop)

    rows = shop.json("events", "list", "--tenant", TENANT, "--outcome", outcome)

    assert [row["id"] for row in rows] == ([sent[outcome]] if outcome in sent else [])


def test_the_list_of_everybody_has_what_was_for_nobody(shop: Any) -> None:
    answer = shop.post(sale("t-1"), path="/api/webhooks/niemand/custom")

    assert answer.status_code == 404
    assert shop.json("events", "list", "--tenant", TENANT) == []
    assert [row["id"] for row in shop.json("events", "list")] == [answer.get_json()["eventId"]]


def test_the_list_has_a_limit(shop: Any) -> None:
    one_of_each(shop)

    assert len(shop.json("events", "list", "--limit", "2")) == 2
    for limit in ("0", "-1", "1e3", str(10**30)):
        assert "--limit" in shop.refused("events", "list", "--limit", limit)
        assert "--limit" in shop.refused("records", "orders", "--tenant", TENANT, "--limit", limit)


def test_an_unknown_outcome_lists_those_that_there_are(shop: Any) -> None:
    assert "processed" in shop.refused("events", "list", "--outcome", "verloren")


def test_show_has_the_body_and_the_records(shop: Any) -> None:
    event_id = shop.post(sale("t-1", productName="Größe „L“")).get_json()["eventId"]

    shown = shop.json("events", "show", event_id)

    (record,) = shown["records"]
    (transaction,) = shop.json("records", "transactions", "--tenant", TENANT)
    assert record == {"kind": "transaction", "id": transaction["id"]}
    assert (shown["outcome"], shown["adapter"].split("/")[0], shown["path"]) == (
        "processed",
        "custom",
        f"/api/webhooks/{TENANT}/custom",
    )
    assert '"Größe „L“"' in shown["body"]
    assert "Größe „L“" in shop.ok("events", "show", event_id)


@pytest.mark.parametrize("body", [b'{"a": "\xc3\xa4"}\r\n', b"\x00\xff\xfe", b"", b"[bold]x[/bold]\n\n"])
def test_raw_gives_the_exact_bytes(shop: Any, body: bytes) -> None:
    event_id = shop.post(body).get_json()["eventId"]

    result = shop.run("events", "show", event_id, "--raw")

    assert result.stdout_bytes == body
    assert result.stderr == ""
    assert shop.json("events", "show", event_id)["id"] == event_id
    assert shop.ok("events", "show", event_id)


def test_a_key_is_masked_in_the_event_log(firm: Any) -> None:
    firm.ok("connection", "create", TENANT, "lead")
    key = firm.json("key", "create", TENANT)["key"]
    ticket = {"type": "ticket", "email": "a@example.com", "message": "Hallo"}
    firm.post(ticket, plugin="lead", secret=key)
    firm.post(ticket, plugin="lead", secret=key[:-1], path=f"/api/v1/lead.php?key={key}")
    firm.said.clear()
    for row in firm.json("events", "list"):
        firm.json("events", "show", row["id"])
        firm.ok("events", "show", row["id"])

    assert len(firm.said) == 10
    assert not any(key[:-1] in text for text in firm.said)


@pytest.mark.parametrize("event_id", ["1", "", "01a20499-a5f9-7260-9bb5", str(UUID(int=7))])
@pytest.mark.parametrize(
    "words", [("show",), ("show", "--raw"), ("show", "--json"), ("replay",), ("reverify",)], ids=" ".join
)
def test_an_event_that_does_not_exist(shop: Any, words: tuple[str, ...], event_id: str) -> None:
    said = shop.refused("events", *words, event_id)

    assert "no such event" in said or "is not an id" in said


def test_replaying_changes_nothing_twice(shop: Any) -> None:
    sent = one_of_each(shop)

    (result,) = shop.json("events", "replay", sent["processed"])

    assert result == {
        "event_id": sent["processed"],
        "before": "processed",
        "after": "processed",
        "reason": None,
        "message": None,
        "changes": [],
    }
    assert len(shop.json("records", "transactions", "--tenant", TENANT)) == 1


def break_database(shop: Any, *, broken: bool) -> None:
    """Let no sale be stored, or let them again."""
    fault = "CREATE TRIGGER broken BEFORE INSERT ON transactions BEGIN SELECT RAISE(ABORT, 'kaputt'); END"
    connection = sqlite3.connect(shop.folder / "hub.db")
    with connection:
        connection.execute(fault if broken else "DROP TRIGGER broken")
    connection.close()


def test_a_dry_run_shows_what_a_replay_then_does(shop: Any) -> None:
    break_database(shop, broken=True)
    answer = shop.post(sale("t-1"))
    break_database(shop, broken=False)
    (failed,) = shop.json("events", "list", "--outcome", "failed")

    dry = shop.run("events", "replay", failed["id"], "--dry-run", "--json")
    nothing = shop.json("records", "transactions", "--tenant", TENANT)
    (real,) = shop.json("events", "replay", failed["id"])

    assert answer.status_code == 500
    assert "Dry run: nothing was changed." in dry.stderr
    assert nothing == []
    assert (real["before"], real["after"]) == ("failed", "processed")
    assert [(change["kind"], change["action"]) for change in real["changes"]] == [("transaction", "created")]
    assert '"after":"processed"' in dry.stdout
    assert len(shop.json("records", "transactions", "--tenant", TENANT)) == 1
    assert shop.json("events", "list", "--outcome", "failed") == []
    assert "changed" not in shop.ok("events", "replay", failed["id"])


def test_replaying_several_says_for_each_what_happened(shop: Any) -> None:
    sent = one_of_each(shop)
    unknown = str(uuid4())

    known, rejected, missing = shop.json(
        "events", "replay", sent["processed"], sent["rejected"], unknown, code=1
    )
    for_people = shop.run("events", "replay", sent["processed"], sent["rejected"], unknown)

    assert known["after"] == "processed"
    assert "use reverify" in rejected["error"]
    assert "no such event" in missing["error"]
    assert for_people.exit_code == 1
    assert for_people.stdout == f"{sent['processed']}: processed → processed\n"
    assert "use reverify" in for_people.stderr


def test_reverify_after_the_secret_was_put_right(shop: Any) -> None:
    event_id = shop.post(sale("t-1"), secret="das-des-absenders").get_json()["eventId"]
    (still,) = shop.json("events", "reverify", event_id)
    shop.ok("connection", "set", TENANT, "custom", "--set", "secrets=das-des-absenders")

    (taken,) = shop.json("events", "reverify", event_id)

    assert (still["before"], still["after"], still["reason"]) == ("rejected", "rejected", "invalid_signature")
    assert (taken["before"], taken["after"]) == ("rejected", "processed")
    assert len(shop.json("records", "transactions", "--tenant", TENANT)) == 1
    assert "use replay" in shop.refused("events", "reverify", event_id)
    assert shop.post(sale("t-1"), secret="das-des-absenders").get_json()["status"] == "skipped"


def test_events_of_a_connection_that_is_off_are_not_replayed(shop: Any) -> None:
    sent = one_of_each(shop)
    shop.ok("connection", "disable", TENANT, "custom")

    (result,) = shop.json("events", "replay", sent["processed"], code=1)

    assert "is off" in result["error"]
    assert "is off" in shop.refused("events", "reverify", sent["rejected"])


def test_a_refund_waits_for_its_sale(shop: Any) -> None:
    parked = shop.post(refund("t-1"))
    shop.post(sale("t-1"))

    assert (parked.status_code, parked.get_json()["status"]) == (202, "parked")
    assert shop.json("events", "list", "--outcome", "parked") == []
    (transaction,) = shop.json("records", "transactions", "--tenant", TENANT)
    assert transaction["status"] == "refunded"


def test_records_of_each_kind(shop: Any) -> None:
    shop.ok("connection", "create", TENANT, "lead")
    key = shop.json("key", "create", TENANT)["key"]
    order = b'{"type": "order", "email": "Kunde@Beispiel.de", "total": 149.90, "artikel": "1x Paket"}'
    ticket = {"type": "ticket", "email": "kunde@beispiel.de", "message": "Hallo"}
    shop.post(order, plugin="lead", secret=key)
    shop.post(ticket, plugin="lead", secret=key)
    shop.post(sale("t-1", customer={"email": "kunde@example.com", "firstName": "Max"}, partnerId="P-1"))
    made = shop.json("invoice", "create", TENANT, "R-1", "--total", "119.00", "--email", "a@example.com")

    of = {
        kind: shop.json("records", kind, "--tenant", TENANT)
        for kind in ("customers", "orders", "tickets", "invoices", "transactions")
    }
    (stored_order,), (stored_ticket,), (invoice,), (transaction,) = list(of.values())[1:]

    assert sorted(row["email"].lower() for row in of["customers"])[-1] == "kunde@example.com"
    assert (stored_order["status"], str(stored_order["total"]), stored_order["currency"]) == (
        "new",
        "149.90",
        "EUR",
    )
    assert stored_order["extra"]["artikel"] == "1x Paket"
    assert (stored_ticket["status"], stored_ticket["subject"]) == ("open", "Anfrage Webseite")
    assert invoice == made
    assert (transaction["external_id"], str(transaction["gross"])) == ("t-1", "10.00")
    for kind in of:
        assert of[kind][0]["id"] in shop.ok("records", kind, "--tenant", TENANT)


@pytest.mark.parametrize("kind", ["payments", "reversals", "privacy_requests", "invoices"])
def test_kinds_without_records(firm: Any, kind: str) -> None:
    assert firm.json("records", kind, "--tenant", TENANT) == []
    assert firm.ok("records", kind, "--tenant", TENANT)


def test_an_unknown_kind(firm: Any) -> None:
    assert "transactions" in firm.refused("records", "kunden", "--tenant", TENANT)


def test_records_are_the_tenants_own(shop: Any) -> None:
    shop.ok("tenant", "create", "zweite", "--name", "Zweite")
    shop.post(sale("t-1"))

    assert shop.json("records", "transactions", "--tenant", "zweite") == []
    assert shop.json("events", "list", "--tenant", "zweite") == []


def test_an_invoice_is_open_and_in_the_tenants_currency(ready: Any) -> None:
    ready.ok("tenant", "create", "tokio", "--name", "東京", "--currency", "JPY")

    made = ready.json("invoice", "create", "tokio", "R-1", "--total", "11900")

    chosen = ("number", "status", "total", "total_minor", "paid", "currency", "email")
    assert [str(made[name]) for name in chosen] == ["R-1", "open", "11900", "11900", "0", "JPY", "None"]


@pytest.mark.parametrize(
    "total", ["abc", "-1.00", "1.001", "", "1,00", "nan", "1e400", "99999999999999999999"]
)
def test_an_invoice_with_a_wrong_total(firm: Any, total: str) -> None:
    assert firm.refused("invoice", "create", TENANT, "R-1", "--total", total)
    assert firm.json("records", "invoices", "--tenant", TENANT) == []


def test_an_invoice_number_is_used_once(firm: Any) -> None:
    firm.ok("invoice", "create", TENANT, "R-1", "--total", "1.00")

    assert "R-1" in firm.refused("invoice", "create", TENANT, "R-1", "--total", "2.00")
