"""Members, orders, and the commands that the notifications plugin brings."""

import importlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import EntryPoint
from typing import Any

import click
import pytest
from click.testing import CliRunner
from standardwebhooks import Webhook

plugged = importlib.import_module("hub.cli.plugged")

ORDER = {"type": "order", "email": "kunde@beispiel.de", "total": 149.90}


@pytest.fixture
def team(firm: Any) -> Any:
    """The tenant with an owner, the lead API and notifications."""
    firm.ok("member", "add", "musterfirma", "chefin@example.com", "--name", "Chefin", "--role", "owner")
    firm.ok("connection", "create", "musterfirma", "lead")
    firm.ok("connection", "create", "musterfirma", "notifications")
    return firm


def place(operator: Any) -> None:
    key = operator.json("key", "create", "musterfirma")["key"]
    assert operator.post(ORDER, plugin="lead", secret=key).status_code == 200


def test_members(firm: Any) -> None:
    shown = firm.json("member", "add", "musterfirma", "Anna@Example.com")
    assert (shown["email"], shown["name"], shown["role"]) == ("anna@example.com", "Anna", "staff")
    firm.ok("tenant", "create", "zweite", "--name", "Zweite")
    firm.ok("member", "add", "zweite", "anna@example.com", "--role", "admin")

    assert [one["role"] for one in firm.json("member", "list", "zweite")] == ["admin"]
    assert "already" in firm.refused("member", "add", "zweite", "ANNA@example.com")
    assert "address" in firm.refused("member", "add", "zweite", "anna")
    assert "no tenant" in firm.refused("member", "add", "dritte", "anna@example.com")
    assert all("password" not in one for one in firm.json("member", "list", "musterfirma"))


def test_notifications_are_listed_and_read(team: Any) -> None:
    place(team)
    listed = team.json("notifications", "list", "--tenant", "musterfirma", "--unread")
    assert [(one["member"], one["title"], one["text"]) for one in listed] == [
        ("chefin@example.com", "Neue Bestellung!", "Eine Web-Bestellung über 149,90 € ist eingegangen.")
    ]
    assert "149,90 €" in team.ok("notifications", "list", "--tenant", "musterfirma")
    of_others = ("notifications", "list", "--tenant", "musterfirma", "--member", "x@example.com")
    assert team.json(*of_others) == []

    read = ("notifications", "read", "--tenant", "musterfirma", "--member", "chefin@example.com")
    assert team.json(*read) == {"read": 1}
    assert team.json(*read) == {"read": 0}
    assert team.json("notifications", "list", "--tenant", "musterfirma", "--unread") == []
    assert len(team.json("notifications", "list", "--tenant", "musterfirma")) == 1


def test_an_order_is_processed_once(team: Any) -> None:
    place(team)
    (order,) = team.json("records", "orders", "--tenant", "musterfirma")
    assert team.json("order", "process", "musterfirma", order["id"])["status"] == "processed"
    assert "processed" in team.refused("order", "process", "musterfirma", order["id"])
    assert "not an id" in team.refused("order", "process", "musterfirma", "7")


@pytest.fixture
def caught() -> Iterator[Any]:
    """A local receiver: its address, and what it was sent."""
    got: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Silent."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/hook", got
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_a_webhook_goes_all_the_way(team: Any, caught: Any) -> None:
    url, got = caught
    shown = team.json("endpoint", "create", "musterfirma", url, "--events", "order.*,transaction.*")
    assert set(shown) == {"id", "secret"}
    place(team)
    refused = team.run("worker", "--once")
    assert refused.exit_code == 0
    assert got == []

    allowing = team.with_(HUB_ALLOWED_TARGETS="127.0.0.0/8, ::1/128")
    (delivery,) = allowing.json("deliveries", "list", "--tenant", "musterfirma")
    allowing.ok("deliveries", "retry", delivery["id"])
    allowing.ok("worker", "--once")
    ((headers, body),) = got
    assert headers["webhook-id"] == delivery["id"]
    assert Webhook(shown["secret"]).verify(body, headers)["type"] == "order.placed"

    tested = allowing.json("endpoint", "test", "musterfirma", shown["id"])
    fresh = allowing.json("endpoint", "rotate-secret", "musterfirma", shown["id"])["secret"]
    allowing.ok("worker", "--once")
    headers, body = got[-1]
    assert headers["webhook-id"] == tested["delivery"]
    for secret in (shown["secret"], fresh):
        assert Webhook(secret).verify(body, headers)["type"] == "hub.test"


def test_endpoints(team: Any) -> None:
    made = team.json("endpoint", "create", "musterfirma", "https://example.com/hook")
    assert made["secret"].startswith("whsec_")
    disabled = team.json("endpoint", "disable", "musterfirma", made["id"])
    assert (disabled["enabled"], disabled["disabled_reason"]) == (False, "switched off by hand")
    (listed,) = team.json("endpoint", "list", "musterfirma")
    assert listed == disabled
    assert team.json("endpoint", "enable", "musterfirma", made["id"])["enabled"]
    assert made["secret"] not in "".join(team.said[-8:]) or "secrets" not in listed

    team.ok("tenant", "create", "zweite", "--name", "Zweite")
    assert team.json("endpoint", "list", "zweite") == []
    for command in ("test", "disable", "enable", "rotate-secret"):
        assert "no endpoint" in team.refused("endpoint", command, "zweite", made["id"])
    assert "https://" in team.refused("endpoint", "create", "musterfirma", "ftp://example.com/")
    assert "order.placed" in team.refused(
        "endpoint", "create", "musterfirma", "https://example.com/", "--events", "nothing"
    )


def test_what_stands_in_the_way_is_said_at_once(firm: Any) -> None:
    said = firm.run("endpoint", "create", "musterfirma", "http://127.0.0.1:9/", "--json")
    assert said.exit_code == 0
    assert "HUB_ALLOWED_TARGETS" in said.stderr
    assert "hub connection create musterfirma notifications" in said.stderr


def test_a_new_secret_key_opens_the_endpoints_secrets(team: Any, caught: Any) -> None:
    url, got = caught
    old, new = "the-first-key-of-the-installation", "the-second-key-of-the-installation"
    both = team.with_(HUB_SECRET_KEY=f"{new},{old}", HUB_ALLOWED_TARGETS="127.0.0.0/8")
    secret = both.json("endpoint", "create", "musterfirma", url)["secret"]
    both.ok("secrets", "rotate")
    after = team.with_(HUB_SECRET_KEY=new, HUB_ALLOWED_TARGETS="127.0.0.0/8")
    (listed,) = after.json("endpoint", "list", "musterfirma")
    after.ok("endpoint", "test", "musterfirma", listed["id"])
    after.ok("worker", "--once")
    headers, body = got[-1]
    assert Webhook(secret).verify(body, headers)


# --- Commands of plugins -------------------------------------------------------------------------


def test_commands_of_plugins_are_offered(operator: Any) -> None:
    assert {"endpoint", "notifications"} <= set(operator.ok("--help").split())


@pytest.mark.parametrize(
    ("value", "reason"),
    [("no_such_module:command", "ModuleNotFoundError"), ("os:path", "is not a command")],
)
def test_a_broken_command_says_so_and_harms_no_other(
    value: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = EntryPoint("broken", value, plugged.GROUP)
    monkeypatch.setattr(plugged, "entry_points", lambda group: [broken])

    @click.group(cls=plugged.PluggedGroup)
    def group() -> None:
        """A group."""

    @group.command()
    def fine() -> None:
        """Runs."""
        click.echo("fine")

    run = CliRunner().invoke
    assert run(group, ["fine"]).output == "fine\n"
    helped = run(group, ["--help"])
    assert helped.exit_code == 0
    assert "cannot be loaded" in helped.output
    failed = run(group, ["broken", "sub", "--json"])
    assert failed.exit_code == 1
    assert reason in failed.output


def test_a_command_of_the_core_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    other = EntryPoint("fine", "no_such_module:command", plugged.GROUP)
    monkeypatch.setattr(plugged, "entry_points", lambda group: [other])
    group = plugged.PluggedGroup(
        "group", commands=[click.Command("fine", callback=lambda: click.echo("core"))]
    )
    assert CliRunner().invoke(group, ["fine"]).output == "core\n"
