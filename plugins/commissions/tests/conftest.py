"""A hub with the commissions switched on, its sources, and what a test asks of it."""

import os
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import hub_commissions
import hub_custom_webhook
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from hub_commissions import assigning, ledger
from hub_commissions.commands.campaign import campaign
from hub_commissions.commands.commission import commission
from hub_commissions.commands.partner import partner
from hub_commissions.commands.payout import payout
from hub_commissions.commands.plan import plan
from hub_commissions.commands.transaction import transaction
from hub_commissions.records import lines, partners, payouts, plans
from hub_commissions.terms import Terms
from pydantic import SecretStr
from werkzeug.test import TestResponse

import hub
from hub.app import Hub, create_app
from hub.config import Config
from hub.contract.locators import Json
from hub.pipeline.replaying import Replay
from hub.records import tenants
from hub.records.migrating import Branch, upgrade
from hub.records.tables import EffectRun
from hub.records.tenants import table
from hub.registry.discovery import Installed, admit
from hub.registry.secrets import split
from hub.support import jsontext

START = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECRET = "ein-langes-geheimnis-0815"
SECRET_KEY = "the-vault-key-of-the-tests"
TENANT = "musterfirma"
COMMANDS = {group.name: group for group in (campaign, commission, partner, payout, plan, transaction)}
BRANCH = Branch("commissions", hub_commissions.manifest.migrations)


class Clock:
    """Stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


class Speaker(hub.Plugin):
    """A source whose requests say exactly the facts that a test gave."""

    manifest = hub.Manifest(
        slug="speaker",
        title={"de": "Sprecher", "en": "Speaker"},
        routes=("/api/webhooks/<tenant>/speaker",),
        scheme=hub.schemes.Hmac(header="X-Signature"),
        settings=hub.SignedSettings,
        events={"say": "Whatever the test says."},
        event_type=Json("type", required=True),
        event_key=Json("id"),
    )

    def __init__(self) -> None:
        self.said: dict[str, Sequence[hub.Fact]] = {}

    @hub.hookimpl
    def parse(self, inbound: hub.Inbound, connection: hub.Connection) -> Sequence[hub.Fact]:
        return self.said[inbound.json["what"].text()]


class Fragile(hub_commissions.Commissions):
    """The plugin, whose receivers can be made to fail after they wrote."""

    failures = 0

    @hub.receives(hub.signals.transaction_created)
    def enter(self, announcement: hub.Announcement, unit: Any) -> None:
        super().enter(announcement, unit)
        self._perhaps_fail()

    @hub.receives(hub.signals.transaction_refunded, hub.signals.transaction_disputed)
    def adjust(self, announcement: hub.Announcement, unit: Any) -> None:
        super().adjust(announcement, unit)
        self._perhaps_fail()

    @hub.receives(hub.signals.transaction_changed)
    def revise(self, announcement: hub.Announcement, unit: Any) -> None:
        super().revise(announcement, unit)
        self._perhaps_fail()

    def _perhaps_fail(self) -> None:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("killed after it wrote")


class KilledError(BaseException):
    """The process is gone. Not an Exception: nothing in the hub may notice and tidy up."""


class Fate:
    """Kills the hub just before one of the commits that follow."""

    def __init__(self, engine: sa.Engine) -> None:
        self.spared: int | None = None
        sa.event.listen(engine, "commit", self._commit)

    def strike(self, spared: int) -> None:
        """Let so many commits pass, and kill at the next."""
        self.spared = spared

    def _commit(self, connection: sa.Connection) -> None:
        if not connection.get_execution_options().get("hub_writes"):
            return
        if threading.current_thread() is not threading.main_thread():
            return  # times of steps are written beside what is told, by a thread of their own
        if self.spared == 0:
            self.spared = None
            raise KilledError
        if self.spared is not None:
            self.spared -= 1


@dataclass
class Shop:
    """A tenant that sells through partners."""

    rooms: Hub
    app: Any
    clock: Clock
    speaker: Speaker
    effect: Fragile
    tenant_id: uuid.UUID
    fate: Fate
    heard: dict[str, uuid.UUID] = field(default_factory=dict)
    """The event that first came with a key."""

    # -- what comes in -----------------------------------------------------------------------

    def post(self, slug: str, body: Any) -> TestResponse:
        raw = jsontext.encode(body)
        manifest = self.rooms.plugins.installed[slug].manifest
        outgoing = hub.Outgoing(body=raw, headers={"Content-Type": "application/json"})
        assert manifest.scheme is not None
        outgoing = manifest.scheme.sign(outgoing, SECRET, self.clock())
        address = manifest.routes[0].replace("<tenant>", TENANT)
        answer: TestResponse = self.app.test_client().post(address, data=raw, headers=dict(outgoing.headers))
        return answer

    def sell(self, external_id: str = "t-1", **fields: Any) -> TestResponse:
        """A sale by the custom webhook: 119.00 gross, 100.00 net, by P-1."""
        body = {"event": "transaction.created", "externalId": external_id, "partnerId": "P-1"}
        amounts = {"grossAmount": "119.00", "netAmount": "100.00", "taxAmount": "19.00", "currency": "EUR"}
        given = body | amounts | {"transactionDate": self.clock().isoformat()} | fields
        return self.post("custom", {name: value for name, value in given.items() if value is not None})

    def refund_all(self, external_id: str = "t-1") -> TestResponse:
        return self.post("custom", {"event": "transaction.refunded", "externalId": external_id})

    def tell(self, *facts: hub.Fact, key: str | None = None) -> TestResponse:
        """A request that says these facts; with a key that was there before it is a repetition."""
        name = key or uuid.uuid4().hex
        self.speaker.said[name] = facts
        answer = self.repeat(name)
        if answer.status_code < 300:
            self.heard.setdefault(name, uuid.UUID(answer.get_json()["eventId"]))
        return answer

    def repeat(self, key: str) -> TestResponse:
        """The request of that key once more."""
        return self.post("speaker", {"type": "say", "id": key, "what": key})

    def reread(self, key: str, *facts: hub.Fact, dry_run: bool = False) -> Replay:
        """Replay the event of that key through an adapter that reads these facts in it."""
        self.speaker.said[key] = facts or self.speaker.said[key]
        return self.rooms.replayer.replay(self.heard[key], dry_run=dry_run)

    def insist(self, step: Callable[[], Any]) -> Any:
        """What senders and operators do whose hub was killed: the same again."""
        while True:
            try:
                return step()
            except KilledError:
                continue

    # -- what an operator does ---------------------------------------------------------------

    def plan(self, name: str = "standard", *, default: bool = True, **terms: Any) -> None:
        with self.rooms.database.write() as unit:
            plans.create(unit, self.tenant_id, name, Terms(**terms), self.clock())
            if default:
                plans.set_default(unit, self.tenant_id, name, self.clock())

    def partners(self, *codes: str, **values: Any) -> None:
        """Partners, each sponsored by the one named after it."""
        with self.rooms.database.write() as unit:
            for code, sponsor in reversed([*zip(codes, [*codes[1:], None], strict=True)]):
                partners.create(unit, self.tenant_id, code, now=self.clock(), sponsor=sponsor, **values)

    def change_partner(self, code: str, **values: Any) -> None:
        with self.rooms.database.write() as unit:
            partners.change(unit, self.tenant_id, code, now=self.clock(), **values)

    def assign(self, *external_ids: str, partner: str, **options: Any) -> None:
        with self.rooms.database.write() as unit:
            assigning.assign(unit, self.tenant_id, external_ids, partner, now=self.clock(), **options)

    def mature(self) -> int:
        with self.rooms.database.write() as unit:
            return payouts.mature(unit, self.clock(), self.tenant_id)

    def pay(self) -> None:
        """Gather what has matured, and pay it: two steps."""
        with self.rooms.database.write() as unit:
            payout_id = payouts.create(unit, self.tenant_id, self.clock())
        if payout_id is not None:
            with self.rooms.database.write() as unit:
                payouts.pay(unit, payout_id, self.clock())

    def retry(self) -> None:
        """What a worker does about receivers that failed."""
        runs = table(EffectRun)
        with self.rooms.database.write() as unit:
            for run in unit.rows(sa.select(runs).where(runs.c.state == "failed").order_by(runs.c.id)):
                how = {"enter": run["signal"] == "transaction_created"}
                how["afresh"] = run["signal"] == "transaction_changed"
                ledger.post(unit, run["record_id"], at=self.clock(), event_id=run["event_id"], **how)
                unit.execute(sa.update(runs).where(runs.c.id == run["id"]).values(state="done"))

    # -- what came of it ---------------------------------------------------------------------

    def lines(self, external_id: str | None = "t-1") -> list[dict[str, Any]]:
        """The ledger's lines of a sale, oldest first."""
        with self.rooms.database.read() as unit:
            return lines.lines(unit, self.tenant_id, transaction=external_id, limit=10_000)[::-1]

    def paid(self, external_id: str = "t-1") -> list[tuple[str, int, str, str]]:
        """Partner, level, amount and status of the lines that are more than nothing."""
        rows = [row for row in self.lines(external_id) if row["amount_minor"]]
        rows.sort(key=lambda row: (row["level"], row["id"]))
        return [(row["partner"], row["level"], str(row["amount"]), row["status"]) for row in rows]

    def net(self, external_id: str = "t-1") -> dict[tuple[str, int], Decimal]:
        """What each partner has of a sale, by level."""
        sums: dict[tuple[str, int], Decimal] = {}
        for row in self.lines(external_id):
            key = (row["partner"], row["level"])
            sums[key] = sums.get(key, Decimal(0)) + row["amount"]
        return {key: amount for key, amount in sums.items() if amount}

    def reasons(self) -> dict[str, str]:
        """Sales without commission, and why."""
        with self.rooms.database.read() as unit:
            rows = lines.without(unit, self.tenant_id, limit=10_000)
        return {row["external_id"]: row["reason"] for row in rows}

    def sale(self, external_id: str = "t-1") -> dict[str, Any]:
        """The transaction's row, empty if there is none."""
        with self.rooms.database.read() as unit:
            query = sa.select(lines.SALES).where(lines.SALES.c.external_id == external_id)
            return {**(unit.one(query) or {})}

    def standing(self, external_id: str) -> tuple[str, str | None, int, str | None]:
        """What became of a sale."""
        row = self.sale(external_id)
        return row["status"], row["unassigned_reason"], row["refunded_minor"], row["partner_code"]

    def failed(self) -> list[str]:
        """Receivers that raised, with the traceback."""
        runs = table(EffectRun)
        with self.rooms.database.read() as unit:
            return unit.column(sa.select(runs.c.reason).where(runs.c.state == "failed"))


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("commissions") / "hub.db"
    upgrade(f"sqlite:///{path}", [BRANCH])
    with sa.create_engine(f"sqlite:///{path}").connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A migrated database on the server of ``HUB_TEST_POSTGRES_URL``; each test has its own tenants."""
    server = os.environ.get("HUB_TEST_POSTGRES_URL", "")
    if not server and os.environ.get("CI") == "true":
        pytest.fail("HUB_TEST_POSTGRES_URL is not set, and CI needs PostgreSQL")
    if not server:
        pytest.skip("HUB_TEST_POSTGRES_URL is not set; `tools/postgres.sh run …` sets it")
    name = f"hub_commissions_{uuid.uuid4().hex[:10]}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0")
    url = sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    upgrade(url, [BRANCH])
    yield url
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    engine.dispose()


@pytest.fixture(scope="session")
def open_shop() -> Callable[[str], Shop]:
    """Starts a hub on a database with the tenant *musterfirma*, all plugins on."""

    def start(url: str) -> Shop:
        clock, speaker, effect = Clock(), Speaker(), Fragile()
        found = [hub_custom_webhook.plugin, speaker, effect]
        installed = admit(Installed(plugin=one, distribution="test", version="1") for one in found)
        config = Config(database_url=url, secret_key=SecretStr(SECRET_KEY))
        app = create_app(config, plugins=installed, clock=clock)
        rooms: Hub = app.extensions["hub"].for_all_tenants()
        with rooms.database.write() as unit:
            tenant_id = tenants.create_tenant(
                unit,
                slug=TENANT,
                name="Musterfirma GmbH",
                locale="de",
                currency="EUR",
                timezone="Europe/Berlin",
                now=clock(),
            )
            for one in installed.installed.values():
                model = one.manifest.settings
                given = {"secrets": SECRET} if "secrets" in model.model_fields else {}
                plain, sealed = split(model.model_validate(given), rooms.vault)
                tenants.create_connection(
                    unit,
                    tenant_id=tenant_id,
                    plugin=one.manifest.slug,
                    name="default",
                    settings=plain,
                    secrets=sealed,
                    now=clock(),
                )
        return Shop(rooms, app, clock, speaker, effect, tenant_id, Fate(rooms.database.engine))

    return start


@pytest.fixture
def shop(migrated: Path, tmp_path: Path, open_shop: Callable[[str], Shop]) -> Iterator[Shop]:
    """A shop of the test's own, on SQLite."""
    opened = open_shop(f"sqlite:///{shutil.copy(migrated, tmp_path / 'hub.db')}")
    yield opened
    opened.rooms.database.close()


@dataclass(frozen=True)
class Operator:
    """Runs the plugin's commands on a shop's database."""

    shop: Shop
    environment: dict[str, str | None]

    def run(self, *words: str) -> Result:
        command = COMMANDS[words[0]]
        return CliRunner().invoke(
            command, list(words[1:]), env=self.environment, prog_name=words[0], catch_exceptions=False
        )

    def ok(self, *words: str) -> str:
        result = self.run(*words)
        assert result.exit_code == 0, result.stderr
        return result.stdout

    def json(self, *words: str) -> Any:
        return jsontext.decode_stored(self.ok(*words, "--json"))

    def refused(self, *words: str) -> str:
        result = self.run(*words)
        assert result.exit_code in (1, 2), result.stdout
        assert result.stdout == ""
        return result.stderr


@pytest.fixture
def operator(shop: Shop, tmp_path: Path) -> Operator:
    """An operator at the command line of that shop."""
    settings = {f"HUB_{name.upper()}": None for name in Config.model_fields}
    url = shop.rooms.database.url.render_as_string(hide_password=False)
    own = {"HUB_VAR_DIR": str(tmp_path), "HUB_DATABASE_URL": url, "HUB_SECRET_KEY": SECRET_KEY}
    return Operator(shop, {**settings, **own})
