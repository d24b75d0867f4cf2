"""``hub trace``: from anything to the bytes that it goes back to, and down to what they set off."""

import hashlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

import hub
from hub.app import create_hub
from hub.registry.discovery import Installed, admit
from hub.support.ids import new_id

T = "musterfirma"
BODY = (
    b'{"event": "transaction.created",\r\n "externalId": "t-1", "partnerId": "P-1", "grossAmount": "119.00", '
    b'"netAmount": "100.00", "taxAmount": "19.00", "currency": "EUR", "note": "Gr\xc3\xb6\xc3\x9fe"}\n\n'
)
REFUND = b'{"event": "transaction.refunded", "externalId": "t-1"}'


@pytest.fixture
def seller(shop: Any) -> Any:
    """The tenant sells through two partners, tells a member, and posts to an endpoint."""
    shop.ok("member", "add", T, "chefin@example.com", "--role", "owner")
    for effect in ("commissions", "notifications"):
        shop.ok("connection", "create", T, effect)
    shop.ok("endpoint", "create", T, "https://example.com/hook")
    shop.ok("partner", "create", T, "P-2")
    shop.ok("partner", "create", T, "P-1", "--sponsor", "P-2")
    shop.ok("plan", "create", T, "standard", "--percent", "10", "--levels", "5", "--base", "net")
    shop.ok("plan", "set-default", T, "standard")
    return shop


@pytest.fixture
def event_id(seller: Any) -> str:
    """The event of a sale."""
    found: str = seller.post(BODY).get_json()["eventId"]
    return found


def sale(seller: Any) -> dict[str, Any]:
    (found,) = seller.json("records", "transactions", "--tenant", T)
    return dict(found)


def only(nodes: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    (found,) = (node for node in nodes if node["kind"] == kind)
    return found


def path(node: dict[str, Any]) -> list[str]:
    """The kinds on the first way up."""
    return [node["kind"], *(path(node["comes_from"][0]) if node["comes_from"] else [])]


def ids_of_everything(seller: Any) -> dict[str, str]:
    """One id of each kind that the sale set off."""
    lists = {
        "commission": ("commission", "list", "--tenant", T, "--partner", "P-1"),
        "notification": ("notifications", "list", "--tenant", T),
        "delivery": ("deliveries", "list", "--tenant", T),
        "transaction": ("records", "transactions", "--tenant", T),
        "effect": ("effects", "list", "--tenant", T, "--state", "done"),
        "event": ("events", "list", "--tenant", T),
    }
    return {kind: seller.json(*words)[-1]["id"] for kind, words in lists.items()}


# --- Up -----------------------------------------------------------------------------------------


def test_a_commission_leads_to_the_sale_the_event_and_the_bytes(seller: Any, event_id: str) -> None:
    (line,) = seller.json("commission", "list", "--tenant", T, "--partner", "P-2")

    traced = seller.json("trace", line["id"])

    assert path(traced) == ["commission", "transaction", "event", "body"]
    assert (traced["tenant"], traced["plugin"], traced["events"]) == (T, "commissions", [event_id])
    told = traced["shown"]
    assert (told["partner"], told["level"], str(told["amount"]), told["status"]) == (
        "P-2",
        1,
        "5.00",
        "pending",
    )
    assert told["explanation"]["plan"] == "standard"
    (transaction,) = traced["comes_from"]
    assert transaction["id"] == sale(seller)["id"]
    assert (transaction["shown"]["external_id"], transaction["shown"]["status"]) == ("t-1", "completed")
    assert str(transaction["shown"]["gross"]) == "119.00"
    (event,) = transaction["comes_from"]
    shown = event["shown"]
    assert (event["id"], shown["plugin"], shown["connection"]) == (event_id, "custom", "default")
    assert (shown["event_type"], shown["outcome"]) == ("transaction.created", "processed")
    assert shown["adapter"].startswith("custom/")
    assert shown["received_at"]
    assert shown["headers"] >= 3
    (body,) = event["comes_from"]
    assert body["shown"] == {"size": len(BODY), "sha256": hashlib.sha256(BODY).hexdigest()}
    assert (traced["set_off"], traced["cut"], traced["silent"]) == ([], False, {})


@pytest.mark.parametrize("kind", ["notification", "delivery", "effect"])
def test_what_a_sale_set_off_leads_back_to_it(seller: Any, event_id: str, kind: str) -> None:
    traced = seller.json("trace", ids_of_everything(seller)[kind])

    assert path(traced) == [kind, "transaction", "event", "body"]
    assert traced["events"] == [event_id]
    assert len(traced["comes_from"]) == 1


def test_bytes_are_given_as_they_came(seller: Any, event_id: str) -> None:
    for kind, its_id in ids_of_everything(seller).items():
        result = seller.run("trace", its_id, "--body")
        assert (result.exit_code, result.stdout_bytes, result.stderr) == (0, BODY, ""), kind


@pytest.mark.parametrize("body", [b"\x00\xff\xfe\r\n\x1b[1m", b"", b"[bold]x[/bold]"])
def test_bytes_that_are_no_text(shop: Any, body: bytes) -> None:
    refused = shop.post(body, secret="falsch").get_json()["eventId"]

    assert shop.run("trace", refused, "--body").stdout_bytes == body
    traced = shop.json("trace", refused)
    assert (traced["shown"]["outcome"], traced["shown"]["reason"]) == ("rejected", "invalid_signature")
    assert only(traced["comes_from"], "body")["shown"]["sha256"] == hashlib.sha256(body).hexdigest()
    assert traced["set_off"] == []


def test_what_a_refund_took_back_leads_to_the_refund_and_to_the_sale(seller: Any, event_id: str) -> None:
    paid = seller.json("payout", "create", T)
    seller.ok("payout", "pay", paid["id"])
    refund_id = seller.post(REFUND).get_json()["eventId"]
    (back, _) = seller.json("commission", "list", "--tenant", T, "--partner", "P-1")

    traced = seller.json("trace", back["id"])

    assert traced["kind"] == "clawback"
    assert path(traced) == ["clawback", "transaction", "event", "body"]
    assert [one["kind"] for one in traced["comes_from"]] == ["transaction", "event"]
    assert traced["events"] == [refund_id, event_id]
    assert seller.run("trace", back["id"], "--body").stdout_bytes == REFUND
    (reversal,) = seller.json("records", "reversals", "--tenant", T)
    assert [one["kind"] for one in seller.json("trace", reversal["id"])["comes_from"]] == [
        "transaction",
        "event",
    ]
    assert seller.run("trace", reversal["id"], "--body").stdout_bytes == REFUND


def test_a_payout_leads_to_its_commissions(seller: Any, event_id: str) -> None:
    seller.post(BODY.replace(b"t-1", b"t-2"))
    paid = seller.json("payout", "create", T)
    item = next(item for item in paid["items"] if item["partner"] == "P-2")

    whole, part = seller.json("trace", paid["id"]), seller.json("trace", item["id"])

    assert (whole["kind"], part["kind"]) == ("payout", "payout_item")
    assert [one["kind"] for one in whole["comes_from"]] == ["commission"] * 4
    assert {one["shown"]["partner"] for one in part["comes_from"]} == {"P-2"}
    assert path(part) == ["payout_item", "commission", "transaction", "event", "body"]
    assert len(whole["events"]) == 2
    assert event_id in whole["events"]
    assert "2 events" in seller.refused("trace", paid["id"], "--body")


def test_what_a_person_made_goes_back_to_no_event(shop: Any) -> None:
    made = shop.json("invoice", "create", T, "R-1", "--total", "10.00")

    assert shop.json("trace", made["id"])["comes_from"] == []
    assert "a person made it" in shop.refused("trace", made["id"], "--body")


# --- Down ---------------------------------------------------------------------------------------


def test_a_sale_shows_what_it_set_off(seller: Any, event_id: str) -> None:
    traced = seller.json("trace", sale(seller)["id"])

    assert path(traced) == ["transaction", "event", "body"]
    states = {
        one["shown"]["receiver"].rpartition(".")[2]: one["shown"]["state"] for one in of(traced, "effect")
    }
    assert states["enter"] == states["post_to_endpoints"] == "done"
    assert [one["shown"]["member"] for one in of(traced, "notification")] == ["chefin@example.com"]
    assert [one["shown"]["channel"] for one in of(traced, "delivery")] == ["webhook"]
    lines = [(one["shown"]["partner"], one["plugin"]) for one in of(traced, "commission")]
    assert lines == [("P-1", "commissions"), ("P-2", "commissions")]
    assert {one["event_id"] for one in traced["set_off"]} == {event_id}


def of(traced: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [node for node in traced["set_off"] if node["kind"] == kind]


def test_an_event_shows_what_it_made_and_touched(seller: Any, event_id: str) -> None:
    refund_id = seller.post(REFUND).get_json()["eventId"]

    made, refunded = seller.json("trace", event_id), seller.json("trace", refund_id)

    transaction = only(made["set_off"], "transaction")
    assert len(of(transaction, "notification")) == 1
    assert [one["kind"] for one in refunded["set_off"]] == ["reversal", "transaction"]
    touched = only(refunded["set_off"], "transaction")
    assert touched["id"] == transaction["id"] == sale(seller)["id"]
    assert {one["event_id"] for one in of(touched, "effect")} == {refund_id}
    assert {one["event_id"] for one in of(transaction, "effect")} == {event_id}
    assert {one["shown"]["status"] for one in of(touched, "commission")} == {"reversed"}


def test_a_sale_without_commission_says_why(seller: Any) -> None:
    event_id = seller.post(BODY.replace(b"P-1", b"P-9")).get_json()["eventId"]

    transaction = only(seller.json("trace", event_id)["set_off"], "transaction")

    assert only(transaction["set_off"], "no_commission")["shown"] == {"reason": "unknown_partner"}


def test_rows_of_a_plugin_that_is_off_are_still_shown(seller: Any, event_id: str) -> None:
    line = ids_of_everything(seller)["commission"]
    seller.ok("connection", "disable", T, "commissions")

    assert path(seller.json("trace", line)) == ["commission", "transaction", "event", "body"]
    assert len(of(seller.json("trace", sale(seller)["id"]), "commission")) == 2


def test_a_tree_for_people(seller: Any, event_id: str) -> None:
    ids = ids_of_everything(seller)

    up = seller.ok("trace", ids["commission"])
    down = seller.ok("trace", event_id)

    for said in (
        "commission",
        "of musterfirma",
        "comes from transaction",
        "t-1",
        "10.00",
        event_id,
        "sha256",
    ):
        assert said in up
    for said in ("set off transaction", "set off effect", "chefin@example.com", ids["commission"]):
        assert said in down


# --- Whose --------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [(), ("--json",), ("--body",)], ids=str)
def test_an_unknown_id(seller: Any, options: tuple[str, ...]) -> None:
    result = seller.run("trace", str(new_id()), *options)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "nothing has the id" in result.stderr
    assert "is not an id" in seller.refused("trace", "t-1", *options)


def test_a_tenant_finds_only_its_own(seller: Any, event_id: str) -> None:
    seller.ok("tenant", "create", "zweite", "--name", "Zweite")
    payout = seller.json("payout", "create", T)
    ids = [*ids_of_everything(seller).values(), payout["id"], payout["items"][0]["id"]]
    nobodys = seller.post(BODY, path="/api/webhooks/niemand/custom").get_json()["eventId"]

    for its_id in (*ids, nobodys):
        for options in ((), ("--json",), ("--body",)):
            assert "nothing has the id" in seller.refused("trace", its_id, "--tenant", "zweite", *options)
    assert all(seller.json("trace", its_id, "--tenant", T)["tenant"] == T for its_id in ids)
    assert seller.json("trace", sale(seller)["id"], "--tenant", T) == seller.json("trace", sale(seller)["id"])
    assert seller.json("trace", nobodys)["tenant"] is None
    assert "nothing has the id" in seller.refused("trace", nobodys, "--tenant", T)


class Careless(hub.Plugin):
    """Says of each id that it is its own and somebody else's; or fails."""

    def __init__(self, tenant_id: UUID | None = None) -> None:
        self.tenant_id = tenant_id

    manifest = hub.Manifest(slug="careless", title={"de": "x", "en": "x"}, kinds=("effect",))

    @hub.hookimpl
    def lineage(self, query: hub.LineageQuery) -> list[hub.LineageRow]:
        if self.tenant_id is None:
            raise RuntimeError("no idea")
        number = query.limit if query.by == "record" else 1
        row = hub.LineageRow(kind="claim", id=query.ids[0], tenant_id=self.tenant_id, shown={})
        return [row] * number


@pytest.fixture
def careless(seller: Any, installed: Any) -> Iterator[Any]:
    """Traces with a careless plugin among the others, without and with a tenant."""
    made = []

    def trace(wanted: str, claimed_for: UUID | None, tenant_id: UUID | None = None) -> Any:
        extra = Installed(plugin=Careless(claimed_for), distribution="test", version="1")
        rooms = create_hub(seller.config(), plugins=admit([*installed.installed.values(), extra]))
        made.append(rooms)
        with rooms.database.read() as unit:
            return rooms.tracer.trace(unit, UUID(wanted), tenant_id)

    yield trace
    for rooms in made:
        rooms.database.close()


def test_a_plugin_that_fails_hides_nothing_of_the_others(careless: Any, seller: Any, event_id: str) -> None:
    found = careless(sale(seller)["id"], None)

    assert found.silent == {"careless": "RuntimeError: no idea"}
    assert {"effect", "notification", "delivery", "commission"} <= {one.kind for one in found.root.set_off}


def test_no_plugin_can_show_rows_of_another_tenant(careless: Any, seller: Any, event_id: str) -> None:
    mine = UUID(sale(seller)["tenant_id"])
    somebody, unknown = new_id(), str(new_id())

    assert careless(unknown, somebody).root.kind == "claim"
    assert careless(unknown, somebody, mine) is None
    found = careless(sale(seller)["id"], somebody, mine)
    assert "claim" not in {one.kind for one in found.root.set_off}
    assert not found.cut


def test_more_than_is_shown_is_cut_and_said(careless: Any, seller: Any, event_id: str) -> None:
    found = careless(sale(seller)["id"], UUID(sale(seller)["tenant_id"]))

    assert found.cut
    assert sum(one.kind == "claim" for one in found.root.set_off) == 100


def test_an_answer_leads_to_the_enquiry(shop: Any) -> None:
    for plugin in ("lead", "notifications"):
        shop.ok("connection", "create", T, plugin)
    key = shop.json("key", "create", T)["key"]
    question = {"type": "ticket", "email": "kunde@beispiel.de", "message": "Hallo"}
    assert shop.post(question, plugin="lead", secret=key).status_code == 200
    (ticket,) = shop.json("records", "tickets", "--tenant", T)
    shop.ok("ticket", "reply", T, ticket["id"], "--text", "Guten Tag")
    replied = [row for row in shop.json("effects", "list") if row["signal"] == "ticket_replied"]

    assert path(shop.json("trace", replied[0]["id"])) == [
        "effect",
        "ticket_message",
        "ticket",
        "event",
        "body",
    ]
    event = shop.json("trace", ticket["event_id"])
    assert {"ticket", "ticket_message"} <= {one["kind"] for one in event["set_off"]}
