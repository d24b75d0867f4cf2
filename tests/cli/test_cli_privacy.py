"""What a person has a right to, and how long what is kept: ``hub customer``, ``hub privacy`` and
``hub retention``, on both databases."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import hub
from hub.app import create_app, create_hub, create_worker
from hub.records.audit import ENTRIES
from hub.records.tables import Connection, Delivery, InboundEvent, Notification
from hub.records.tenants import table
from hub.support import jsontext

TENANT = "musterfirma"
SECRET = "ein-langes-geheimnis-0815"
ERIKA, OTHER = "Erika.Musterfrau@example.com", "jemand@anders.de"
FIXTURES = Path(__file__).parents[2] / "plugins" / "shopify_adapter" / "fixtures"


class Firm:
    """An operator, and the application of the installation, which is started once."""

    def __init__(self, operator: Any) -> None:
        self._operator = operator
        self.app = create_app(operator.config())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._operator, name)

    def post(self, body: Any, *, plugin: str = "custom", secret: str = SECRET, path: str = "") -> Any:
        """Send a signed request."""
        manifest = self.app.extensions["hub"].plugins.installed[plugin].manifest
        outgoing = hub.Outgoing(body=jsontext.encode(body), headers={"Content-Type": "application/json"})
        signed = manifest.scheme.sign(outgoing, secret, datetime.now(UTC))
        address = path or manifest.routes[0].replace("<tenant>", TENANT)
        return self.app.test_client().post(address, data=signed.body, headers=dict(signed.headers))


@pytest.fixture
def firm(operator: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A tenant with sources and effects; on SQLite, unless the test asks for the other."""
    url = request.getfixturevalue(getattr(request, "param", "sqlite_url"))
    operator = operator.with_(HUB_DATABASE_URL=url, HUB_SECRET_KEY="the-key-of-these-tests")
    operator.ok("tenant", "create", TENANT, "--name", "Musterfirma GmbH")
    operator.ok("member", "add", TENANT, "anna@example.com", "--name", "Anna", "--role", "owner")
    for plugin in ("notifications", "commissions", "lead"):
        operator.ok("connection", "create", TENANT, plugin)
    for plugin in ("custom", "shopify"):
        operator.ok("connection", "create", TENANT, plugin, "--set", f"secrets={SECRET}")
    opened = Firm(operator)
    yield opened
    opened.app.extensions["hub"].database.close()


def lead(firm: Any, **fields: Any) -> None:
    key = firm.json("key", "create", TENANT)["key"]
    assert firm.post(fields, plugin="lead", secret=key).status_code == 200


def sale(firm: Any, number: int, email: str, **fields: Any) -> Any:
    customer = {"email": email, "firstName": "Erika", "lastName": "Musterfrau"}
    told = {"externalId": f"t-{number}", "grossAmount": "10.00", "currency": "EUR", "customer": customer}
    return firm.post({"event": "transaction.created", **told, **fields})


def shopify(firm: Any, name: str, **changes: Any) -> None:
    """A sample of Shopify's, signed."""
    body = jsontext.encode({**jsontext.decode((FIXTURES / f"{name}.json").read_bytes()), **changes})
    told = dict(
        line.split(": ", 1) for line in (FIXTURES / f"{name}.headers").read_text("utf-8").splitlines() if line
    )
    signature = b64encode(hmac.digest(SECRET.encode(), body, hashlib.sha256)).decode()
    answer = firm.app.test_client().post(
        f"/api/webhooks/{TENANT}/shopify",
        data=body,
        headers={**told, "Content-Type": "application/json", "X-Shopify-Hmac-Sha256": signature},
    )
    assert answer.status_code == 200, answer.text


def all_bytes(firm: Any) -> str:
    """All that the database holds, as one text."""
    rooms = create_hub(firm.config())
    found = []
    with rooms.database.for_all_tenants().read() as unit:
        for source in table(Connection).metadata.sorted_tables:
            for row in unit.rows(sa.select(source)):
                found += [
                    v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in row.values()
                ]
    rooms.database.close()
    return "\n".join(found).lower()


def numbers(firm: Any, source: type) -> int:
    rooms = create_hub(firm.config())
    with rooms.database.for_all_tenants().read() as unit:
        number: int = unit.scalar(sa.select(sa.func.count()).select_from(table(source)))
    rooms.database.close()
    return number


@pytest.mark.parametrize("firm", ["sqlite_url", "postgres_url"], indirect=True)
def test_a_person_is_erased_and_nobody_else(firm: Any) -> None:
    lead(firm, type="order", email=ERIKA, total=149.9, name="Erika Musterfrau", wunsch="blau")
    lead(firm, type="ticket", email=ERIKA.lower(), subject="Frage", message="Musterfrau fragt an")
    lead(firm, type="ticket", email=OTHER, message="Wer anders")
    assert sale(firm, 1, ERIKA).status_code == 200
    firm.ok("partner", "create", TENANT, "P-9", "--name", "Erika Musterfrau", "--email", ERIKA)
    firm.ok("worker", "--once")

    copy = jsontext.decode_stored(firm.ok("customer", "export", TENANT, ERIKA))
    assert [len(copy[kind]) for kind in ("customer", "order", "ticket", "transaction")] == [1, 1, 1, 1]
    assert len(copy["event"]) == 3
    assert "wunsch" in copy["event"][0]["body"]
    assert copy["ticket_message"][0]["body"] == "Musterfrau fragt an"
    assert copy["plugins"]["commissions"]["partners"][0]["code"] == "P-9"
    assert OTHER not in jsontext.encode_text(copy)

    done = firm.json("customer", "erase", TENANT, ERIKA, "--yes")
    assert done["erased"]["customer"] == 1
    assert done["erased"]["event"] == 3
    assert done["erased"]["commissions: partners"] == 1
    assert set(done["kept"]) == {"sales", "commissions: commissions"}
    left = all_bytes(firm)
    assert "musterfrau" not in left
    assert "wunsch" not in left
    assert OTHER in left
    assert [one["action"] for one in audit(firm)][-1] == "customer.erased"

    again = firm.json("customer", "erase", TENANT, ERIKA, "--yes")
    assert again == {"erased": {}, "kept": {}}


def audit(firm: Any) -> list[Any]:
    """The audit log, oldest first."""
    rooms = create_hub(firm.config())
    with rooms.database.for_all_tenants().read() as unit:
        rows = list(unit.rows(sa.select(ENTRIES).order_by(ENTRIES.c.id)))
    rooms.database.close()
    return rows


def test_what_was_erased_does_not_come_back(firm: Any) -> None:
    sale(firm, 1, ERIKA)
    (event,) = firm.json("events", "list", "--tenant", TENANT)
    firm.ok("customer", "erase", TENANT, ERIKA, "--yes")

    assert "not kept any more" in firm.run("events", "replay", event["id"]).stderr
    assert sale(firm, 1, "x@example.com").json["status"] == "skipped"
    assert len(firm.json("records", "transactions", "--tenant", TENANT)) == 1
    assert sale(firm, 2, ERIKA).json["status"] == "processed"  # a new sale is a new matter


def test_an_issued_invoice_is_kept_and_says_why(firm: Any) -> None:
    firm.ok("invoice", "create", TENANT, "RE-1", "--total", "10.00", "--email", ERIKA)

    for _ in range(2):
        done = firm.json("customer", "erase", TENANT, ERIKA, "--yes")
        assert "§ 14b UStG" in done["kept"]["invoices"]
    assert firm.json("records", "invoices", "--tenant", TENANT)[0]["email"] == ERIKA


def test_another_tenant_keeps_its_own(firm: Any) -> None:
    firm.ok("tenant", "create", "zweite", "--name", "Zweite GmbH")
    firm.ok("connection", "create", "zweite", "custom", "--set", f"secrets={SECRET}")
    sale(firm, 1, ERIKA)
    body = {"event": "transaction.created", "externalId": "t-1", "grossAmount": "1.00", "currency": "EUR"}
    firm.post(body | {"customer": {"email": ERIKA}}, path="/api/webhooks/zweite/custom")

    firm.ok("customer", "erase", TENANT, ERIKA, "--yes")

    (kept,) = firm.json("records", "customers", "--tenant", "zweite")
    assert kept["email"] == ERIKA
    copy = jsontext.decode_stored(firm.ok("customer", "export", "zweite", ERIKA))
    assert len(copy["event"]) == 1
    assert "no tenant" in firm.refused("customer", "erase", "dritte", ERIKA, "--yes")
    assert "not an e-mail" in firm.refused("customer", "erase", TENANT, "Erika", "--yes")


def test_shopifys_demands_are_carried_out(firm: Any) -> None:
    shopify(firm, "orders.paid__standard")
    sale(firm, 1, OTHER)
    mail = firm.json("records", "customers", "--tenant", TENANT)[-1]["email"]
    customer = {"id": 1, "email": mail, "phone": "+49 1"}
    shopify(firm, "customers.data_request__standard", customer=customer)
    shopify(firm, "customers.redact__standard", customer=customer)

    access = next(one for one in firm.json("privacy", "list", TENANT) if one["kind"] == "access")
    copy = firm.json("privacy", "fulfil", TENANT, access["id"])
    assert [one["email"] for one in copy["copies"][0]["customer"]] == [mail]

    (erasure,) = firm.json("privacy", "list", TENANT, "--status", "open")
    firm.ok("privacy", "fulfil", TENANT, erasure["id"])
    assert mail.lower() not in all_bytes(firm)
    assert OTHER in all_bytes(firm)
    assert "done already" in firm.refused("privacy", "fulfil", TENANT, erasure["id"])


def test_a_customer_known_from_elsewhere_stays_there(firm: Any) -> None:
    shopify(firm, "orders.paid__standard")
    mail = firm.json("records", "customers", "--tenant", TENANT)[0]["email"]
    lead(firm, type="ticket", email=mail, message="Von der Webseite")
    shopify(firm, "customers.redact__standard", customer={"id": 1, "email": mail})

    (erasure,) = firm.json("privacy", "list", TENANT, "--status", "open")
    done = firm.json("privacy", "fulfil", TENANT, erasure["id"])

    assert "known from elsewhere" in done["kept"]["customer"]
    assert firm.json("records", "customers", "--tenant", TENANT)[0]["email"] == mail
    assert firm.json("ticket", "list", TENANT)[0]["email"] == mail
    (sold,) = firm.json("records", "transactions", "--tenant", TENANT)
    assert sold["contact"] is None


@pytest.mark.parametrize("firm", ["sqlite_url", "postgres_url"], indirect=True)
def test_a_worker_erases_a_shop_before_it_is_due(firm: Any) -> None:
    shopify(firm, "orders.paid__standard")
    mail = firm.json("records", "customers", "--tenant", TENANT)[0]["email"]
    shopify(firm, "shop.redact__standard")

    work(firm, timedelta(days=26))
    assert mail.lower() in all_bytes(firm)
    work(firm, timedelta(days=28))
    assert mail.lower() not in all_bytes(firm)
    assert firm.json("privacy", "list", TENANT)[0]["status"] == "done"


def work(firm: Any, later: timedelta) -> None:
    """What a worker does so much later."""
    rooms = create_hub(firm.config(), clock=lambda: datetime.now(UTC) + later)
    create_worker(rooms).run_due()
    rooms.database.close()


@pytest.mark.parametrize("firm", ["sqlite_url", "postgres_url"], indirect=True)
def test_what_was_kept_long_enough_goes(firm: Any) -> None:
    firm.ok("endpoint", "create", TENANT, "https://example.com/hook", "--events", "*")
    for number in range(3):
        sale(firm, number, ERIKA)
    firm.post({"event": "transaction.created"})  # refused
    firm.post({"event": "transaction.refunded", "externalId": "t-late", "refundAmount": "1.00"})  # parked
    counted = numbers(firm, InboundEvent)
    ruled = firm.with_(HUB_RETENTION="bodies=30,deliveries=10,notifications=20,audit=0,musterfirma:bodies=60")

    assert {(one["kind"], one["days"]) for one in ruled.json("retention", "run", "--dry-run")} == {
        ("bodies", 60), ("rejected", 30), ("deliveries", 10), ("notifications", 20),
    }  # fmt: skip
    work(ruled, timedelta(days=45))
    assert numbers(firm, InboundEvent) == counted - 1  # the refused one
    assert numbers(firm, Notification) == 0
    assert numbers(firm, Delivery) == 3  # none of them is over
    assert "erika" in all_bytes(firm)

    work(ruled, timedelta(days=61))
    events = {one["outcome"]: one["id"] for one in firm.json("events", "list", "--tenant", TENANT)}
    assert firm.ok("events", "show", events["processed"], "--raw") == ""
    assert "t-late" in firm.ok("events", "show", events["parked"], "--raw")
    assert sale(firm, 1, ERIKA).json["status"] == "skipped"


@pytest.mark.parametrize("wrong", ["bodies", "bodies=x", "secrets=3", "bodies=1;audit=2"])
def test_a_period_that_is_none_stops_the_command(operator: Any, wrong: str) -> None:
    assert "HUB_RETENTION" in operator.with_(HUB_RETENTION=wrong).refused("retention", "run")
