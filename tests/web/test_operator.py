"""Installation: what the operator sees of all tenants, and does."""

import re
from datetime import timedelta
from typing import Any

import pytest

import hub
from hub.app import create_worker
from hub.contract.signals import Announcement
from hub.records import outbox, tenants
from hub.records.database import Unit
from hub.records.deliveries import DELIVERIES
from hub.records.events import EVENTS
from hub.records.health import ENDPOINTS
from hub.records.periodic import JOBS, add
from hub.records.tenants import MEMBERS
from hub.registry.discovery import Quarantined
from hub.registry.doctor import KINDS
from hub.registry.doctor.rhythm import silence
from hub.support.ids import new_id
from hub.web.diagnoses import DIAGNOSES
from hub.web.plugged import EXTENSION, Brought
from tests.conftest import SECRET, START
from tests.web.conftest import Office

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def text(answer: Any) -> str:
    """What a page says, without its tags."""
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def given_up(office: Any, number: int = 1, tenant: str = "musterfirma") -> list[Any]:
    """Deliveries that nobody tries any more."""
    with office.site.rooms.database.write() as unit:
        made = [
            outbox.enqueue(
                unit,
                tenant_id=office.site.tenant_id(tenant),
                channel="email",
                target=f"kunde{one}@beispiel.de",
                content={},
                at=office.site.clock(),
            )
            for one in range(number)
        ]
        unit.execute(
            DELIVERIES.update()
            .where(DELIVERIES.c.id.in_(made))
            .values(state="dead", last_error="no such host")
        )
    return made


def endpoint(office: Any) -> None:
    """An endpoint of outgoing webhooks that failed too long."""
    now, off = office.site.clock(), {"enabled": False, "failures": 9, "disabled_reason": "only failed"}
    with office.site.rooms.database.write() as unit:
        unit.insert(
            ENDPOINTS,
            {
                "id": new_id(),
                "tenant_id": office.site.tenant_id(),
                "url": "https://empfaenger.example/hook",
                "events": [],
                "secrets": "",
                "created_at": now,
                "updated_at": now,
                **off,
            },
        )


def arrived(office: Any, *ago: timedelta) -> None:
    """Authentic requests of the custom webhook, so long ago."""
    answer = office.site.send({"event": "transaction.refunded", "externalId": "t-1"})
    known, now = {**office.site.event(answer)}, office.site.clock()
    with office.site.rooms.database.write() as unit:
        unit.execute(EVENTS.update().values(received_at=now - ago[0]))
        for one in ago[1:]:
            unit.insert(EVENTS, known | {"id": new_id(), "key": None, "received_at": now - one})


def states(office: Any, ids: list[Any]) -> set[str]:
    """The states of these deliveries."""
    with office.site.rooms.database.read() as unit:
        rows = unit.rows(DELIVERIES.select().where(DELIVERIES.c.id.in_(ids)))
    return {row["state"] for row in rows}


def test_every_kind_of_finding_has_words() -> None:
    assert set(DIAGNOSES) == set(KINDS)


@pytest.mark.parametrize(
    ("ago", "silent"),
    [
        ([DAY * n for n in range(5, 30)], True),
        ([DAY * n for n in range(1, 30)], False),
        ([DAY * n + HOUR * 12 for n in range(1, 30) if n % 7 > 1], False),
        ([DAY * n for n in range(10, 60) if n % 7 > 1], True),
        ([DAY * n for n in range(5, 10)], False),
        ([HOUR * 60 + HOUR * n for n in range(12)], False),
        ([DAY * 4 + HOUR * n for n in range(12)], True),
    ],
    ids=[
        "daily-stopped",
        "daily",
        "working-days",
        "working-days-stopped",
        "too-few",
        "new-weekend",
        "new-stopped",
    ],
)
def test_a_source_is_silent_by_its_own_rhythm(ago: list[timedelta], silent: bool) -> None:
    assert (silence([START - one for one in ago], START) is not None) == silent


def test_the_overview_says_how_the_installation_is(office: Any) -> None:
    said = text(office.browser("operator").get("/operator", whole=True))

    assert office.site.rooms.database.url.get_backend_name() in said.lower()
    assert "Tabellen aktuell" in said
    assert "http://127.0.0.1:8080" in said
    assert "gilt nur auf diesem Rechner" in said
    is_postgres = office.site.rooms.database.url.get_backend_name() == "postgresql"
    assert ("Uhren von Server und Datenbank" in said) == is_postgres  # the hub's clock stands still here
    assert "noch nie" in said


def test_the_doctor_looks_at_connections(office: Any) -> None:
    site = office.site
    site.change("shopify", secret="")
    site.change("stripe", disconnected_at=site.clock(), disconnect_reason="uninstalled")
    arrived(office, *(DAY * n for n in range(5, 30)))
    operator = office.browser("operator")

    said = text(operator.get("/operator", whole=True))
    for words in ("Quellen ohne Secret", "von der Gegenseite getrennt", "länger schweigen als sonst"):
        assert words in said
    assert "längste Pause bisher: 1 Tag" in said
    page = operator.get("/operator", whole=True).text
    (address,) = re.findall(r'href="(\S+)">musterfirma/shopify/default', page)
    assert "Shopify" in text(operator.get(address, whole=True))

    site.change("custom", enabled=False)
    assert "länger schweigen" not in text(operator.get("/operator", whole=True))


def test_old_secrets_and_keys(office: Any) -> None:
    owner, operator = office.browser("owner"), office.browser("operator")
    assert "Alte" not in text(operator.get("/operator", whole=True))
    site = office.site
    site.clock.advance(days=400)
    operator = office.browser("operator")
    said = text(operator.get("/operator", whole=True))
    assert "Alte Secrets" in said
    assert "Alte API-Keys" in said
    assert "musterfirma/custom/default" in said

    connection = next(row for row in _connections(office) if row["plugin"] == "custom")
    owner = office.browser("owner")
    answer = owner.post(f"/integrations/{connection['id']}/rotate", value="ein neues Secret", hours="24")
    assert answer.status_code == 303

    assert "musterfirma/custom/default" not in text(operator.get("/operator", whole=True))


def _connections(office: Any) -> list[Any]:
    with office.site.rooms.database.read() as unit:
        return tenants.connections_of(unit, office.site.tenant_id())


def test_clocks_that_differ(office: Any) -> None:
    site, raw = office.site, b'{"id": "evt_1", "type": "ping", "object": "event"}'
    plain = hub.Outgoing(body=raw, headers={"Content-Type": "application/json"})
    scheme = site.rooms.plugins.installed["stripe"].manifest.scheme
    signed = scheme.sign(plain, SECRET, site.clock() + HOUR)
    for tenant in ("musterfirma", "nachbar"):
        site.send(raw, plugin="stripe", tenant=tenant, headers=signed.headers)

    said = text(office.browser("operator").get("/operator", whole=True))

    assert "Absender, deren Uhr vorgeht" in said
    assert "2 Verbindungen erhalten Signaturen aus der Zukunft" in said


def test_a_wrong_public_address(make_office: Any) -> None:
    office = make_office(base_url="http://hub.example.com")
    body = {"event": "transaction.refunded", "externalId": "t-1"}
    office.site.send(body, headers={"Host": "crm.example.net", "X-Forwarded-Proto": "https"})
    office.site.send(body, headers={"Host": "böse.example"}, secret="falsch")
    office.site.send(body, headers={"Host": "musterfirma.hub.example.com"})

    said = text(office.browser("operator").get("/operator", whole=True))

    assert "1 der letzten Anfragen kamen an crm.example.net" in said
    assert "Dem Proxy wird nicht vertraut" in said


def test_a_worker_that_is_missing(office: Any) -> None:
    (one,) = given_up(office)
    endpoint(office)
    operator = office.browser("operator")
    assert "https://empfaenger.example/hook only failed" in text(operator.get("/operator", whole=True))
    assert "Niemand arbeitet" not in text(operator.get("/operator", whole=True))

    operator.post("/operator/queues/deliveries/retry", whole=True, id=str(one))
    office.site.clock.advance(minutes=3)

    assert "Niemand arbeitet die Warteschlangen ab" in text(operator.get("/operator", whole=True))
    assert "kunde0@beispiel.de" not in text(operator.get("/operator/queues", whole=True))


def test_dead_deliveries_are_tried_again(office: Any) -> None:
    mine, theirs = given_up(office, 3), given_up(office, 2, "nachbar")
    operator = office.browser("operator")
    assert "Aufgegebene Zustellungen" in text(operator.get("/operator", whole=True))
    listed = text(operator.get("/operator/queues/deliveries/dead", whole=True))
    assert "no such host" in listed
    assert "nachbar" in listed
    only_mine = operator.get("/operator/queues/deliveries/dead?of=musterfirma", whole=True)
    assert "Alle erneut versuchen" in text(only_mine)

    operator.post("/operator/queues/deliveries/retry", whole=True, only=str(theirs[0]), id=str(mine[0]))
    assert states(office, theirs) == {"pending", "dead"}
    assert states(office, mine) == {"dead"}
    operator.post("/operator/queues/deliveries/retry", whole=True, of="musterfirma", all="1")
    assert states(office, mine) == {"pending"}

    (noted,) = [row for row in office.audit() if row["action"] == "delivery.retried"]
    assert (noted["who"], noted["after"]) == ("operator@example.com", {"count": 3})
    (single,) = [row for row in office.audit("nachbar") if row["action"] == "delivery.retried"]
    assert single["object_id"] == str(theirs[0])
    assert "Aufgegebene Zustellungen erneut angestoßen" in text(office.browser("owner").get("/audit"))


def test_what_cannot_be_tried_again(office: Any) -> None:
    operator = office.browser("operator")

    for path in ("/operator/queues/nonsense/dead", "/operator/queues/deliveries/dead?of=niemand"):
        assert operator.get(path, whole=True).status_code == 404
    assert operator.post("/operator/queues/deliveries/retry", whole=True, id="x").status_code == 400
    operator.post("/operator/queues/effects/retry", whole=True, id=str(new_id()))
    assert "nichts, was sich erneut versuchen lässt" in text(
        operator.get("/operator/queues/effects/dead", whole=True)
    )
    assert operator.post("/operator/jobs/nonsense/run", whole=True).status_code == 404


class Stubborn(hub.Plugin):
    """Fails at each new transaction, and once an hour."""

    manifest = hub.Manifest(slug="stubborn", title={"de": "Stur", "en": "Stubborn"}, kinds=("effect",))

    @hub.receives(hub.signals.transaction_created)
    def refuse(self, announcement: Announcement, unit: Unit) -> None:
        raise ValueError("not today")

    @hub.periodic(every=HOUR)
    def hourly(self, tick: hub.Tick, unit: Unit) -> None:
        raise ValueError("not this hour")


def test_receivers_and_jobs_of_plugins(make_hub: Any, sale: Any) -> None:
    site = make_hub(plugins=[Stubborn()])
    office = Office(site)
    office.add("root@example.com", "owner")
    with site.rooms.database.write() as unit:
        unit.execute(MEMBERS.update().values(operator=True))
    site.send(sale())
    for _ in range(8):
        create_worker(site.rooms, threads=1, chance=lambda: 0.0).run_due()
        site.clock.advance(days=1)
    operator = office.browser("root")

    said = text(operator.get("/operator", whole=True))
    assert "Aufgegebene Folgen" in said
    assert "Regelmäßige Aufgaben, die fehlschlagen" in said
    assert "ValueError: not this hour" in said
    queues = text(operator.get("/operator/queues", whole=True))
    assert "stubborn:Stubborn.refuse" in queues
    assert "1 Stunde" in queues
    assert "ValueError: not today" in text(operator.get("/operator/queues/effects/dead", whole=True))

    operator.post("/operator/queues/effects/retry", whole=True, of="musterfirma", all="1")
    operator.post("/operator/jobs/stubborn.hourly/run", whole=True)
    assert "Ein Worker beginnt" in text(operator.get("/operator/queues", whole=True))
    assert "Nichts aufgegeben" in text(operator.get("/operator/queues/effects/dead", whole=True))
    assert office.audit()[0]["action"] == "effect.retried"
    assert office.audit(None)[0]["action"] == "job.made_due"
    log = text(operator.get("/operator/log", whole=True))
    assert "sofort fällig gestellt" in log
    assert "Mit: Passwort" in log


def test_a_job_that_runs_is_not_started_twice(office: Any) -> None:
    operator, site = office.browser("operator"), office.site
    with site.rooms.database.write() as unit:
        add(unit, ["commissions.mature"], site.clock())
        held = {
            "claimed_by": "host:1:ab/1",
            "claimed_until": site.clock() + HOUR,
            "next_at": site.clock() + HOUR,
        }
        unit.execute(JOBS.update().values(**held))

    assert "host:1:ab" in text(operator.get("/operator", whole=True))
    operator.post("/operator/jobs/commissions.mature/run", whole=True)

    said = text(operator.get("/operator/queues", whole=True))
    assert "gerade mit dieser Aufgabe beschäftigt" in said
    assert "Läuft gerade" in said


def test_tenants_are_found_with_their_figures(office: Any) -> None:
    office.order()
    operator = office.browser("operator")

    everybody = text(operator.get("/operator/tenants", whole=True))
    one = text(operator.get("/operator/tenants?q=MUSTER", whole=True))

    assert "nachbar" in everybody
    assert "nachbar" not in one
    assert re.search(r"musterfirma musterfirma \d+ 1 0 01\.06\.2026 Öffnen", one)
    assert "Kein Mandant heißt so" in text(operator.get("/operator/tenants?q=%25", whole=True))


def test_a_tenant_is_made_with_its_owner(office: Any) -> None:
    operator = office.browser("operator")
    form = {
        "name": "Tischlerei Brandt",
        "slug": "brandt",
        "locale": "de_AT",
        "currency": "EUR",
        "timezone": "Europe/Vienna",
        "email": "chef@brandt.example",
    }
    wrong = operator.post("/operator/tenants/new", whole=True, **{**form, "slug": "Über uns"})
    assert wrong.status_code == 422
    assert "Erlaubt sind Kleinbuchstaben" in wrong.text
    taken = operator.post("/operator/tenants/new", whole=True, **{**form, "slug": "nachbar"})
    assert taken.status_code == 422
    assert "schon vergeben" in taken.text

    made = operator.post("/operator/tenants/new", whole=True, **form)
    (link,) = re.findall(r'value="http://127\.0\.0\.1:8080(/password/set/[^"]+)"', made.text)

    chef = office.visitor("brandt")
    chef.get(link, whole=True)
    chef.post(link, whole=True, password="ein ganz neues Passwort", again="ein ganz neues Passwort")
    assert chef.sign_in("chef@brandt.example", "ein ganz neues Passwort").status_code == 303
    assert chef.get("/team").status_code == 200
    assert office.audit(None)[1]["action"] == "member.password_set"
    created = next(row for row in office.audit(None) if row["action"] == "tenant.created")
    assert created["after"]["timezone"] == "Europe/Vienna"
    assert office.audit("brandt")[0]["action"] == "member.invited"


def test_an_owner_who_has_an_account_gets_no_link(office: Any) -> None:
    operator = office.browser("operator")
    form = {
        "name": "Zweite",
        "slug": "zweite",
        "locale": "de",
        "currency": "EUR",
        "timezone": "Europe/Berlin",
    }

    answer = operator.post("/operator/tenants/new", whole=True, **form, email="owner@example.com")

    assert answer.status_code == 303
    assert "ist angelegt" in text(operator.get(answer.location, whole=True))
    assert office.browser("owner", "zweite").get("/").status_code == 200


def test_plugins_and_those_put_aside(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Quarantined(name="kaputt", distribution="hub-kaputt", version="2", reason="cannot be imported")
    monkeypatch.setitem(office.site.rooms.plugins.__dict__, "quarantined", (broken,))
    brought = Brought(broken={"commissions": "ImportError: no page"})
    monkeypatch.setitem(office.web.extensions, EXTENSION, brought)
    operator = office.browser("operator")

    said = text(operator.get("/operator/plugins", whole=True))
    overview = text(operator.get("/operator", whole=True))

    assert "hub-kaputt 2 cannot be imported" in said
    assert "Fehlerhaft ImportError: no page" in said
    assert "Custom Webhook" in said
    assert "Plugins, die nicht geladen werden konnten" in overview
    assert "Plugins, deren Seiten fehlen" in overview


def test_everything_in_english(office: Any) -> None:
    operator = office.browser("operator")
    operator.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    given_up(office)

    assert "Deliveries that were given up" in text(operator.get("/operator", whole=True))
    assert "Queues" in text(operator.get("/operator/queues", whole=True))
