"""What the doctor finds, as the operator reads it."""

import re
from datetime import timedelta
from typing import Any

import pytest

import hub
from hub.records import tenants
from hub.records.events import EVENTS
from hub.records.health import ENDPOINTS
from hub.registry.doctor import KINDS
from hub.registry.doctor.rhythm import silence
from hub.support.ids import new_id
from hub.web.diagnoses import DIAGNOSES
from tests.conftest import SECRET, START
from tests.web.test_operator import given_up, text

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


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
