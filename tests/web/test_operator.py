"""Installation: what the operator sees of all tenants, and does."""

import re
from datetime import timedelta
from typing import Any

import pytest

import hub
from hub.app import create_worker
from hub.contract.signals import Announcement
from hub.records import outbox
from hub.records.database import Unit
from hub.records.deliveries import DELIVERIES
from hub.records.periodic import JOBS, add
from hub.records.tenants import MEMBERS
from hub.registry.discovery import Quarantined
from hub.support.ids import new_id
from hub.web.plugged import EXTENSION, Brought
from tests.web.conftest import Office

HOUR = timedelta(hours=1)


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


def states(office: Any, ids: list[Any]) -> set[str]:
    """The states of these deliveries."""
    with office.site.rooms.database.read() as unit:
        rows = unit.rows(DELIVERIES.select().where(DELIVERIES.c.id.in_(ids)))
    return {row["state"] for row in rows}


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
