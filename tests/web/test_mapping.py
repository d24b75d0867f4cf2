"""Feldzuordnung: written in a form, tried with a request, saved. Senders that do not sign are named."""

import html
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from hub.records import tenants

SENT = {"type": "ticket", "your-email": "kunde@beispiel.de", "your-message": "Guten Tag", "summe": "1.234,50"}
ROWS = {
    "source:email": "your-email",
    "source:message": "your-message",
    "constant:type": "order",
    "source:total": "summe",
    "format:total": "decimal_comma",
}
LINES = [
    'type = "order"',
    "email = your-email",
    "message = your-message",
    "total = summe | decimal_comma",
]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: nothing here is the database's business."""
    return sqlite_url


def connection(office: Any, plugin: str, tenant: str = "musterfirma") -> Any:
    with office.site.rooms.database.read() as unit:
        rows = tenants.connections_of(unit, office.site.tenant_id(tenant))
    return next(row for row in rows if row["plugin"] == plugin)


def path_of(office: Any, plugin: str = "lead", tenant: str = "musterfirma") -> str:
    return f"/integrations/{connection(office, plugin, tenant)['id']}"


def test_a_mapping_is_tried_with_what_is_pasted_and_then_saved(office: Any) -> None:
    admin, path = office.browser("admin"), path_of(office)

    tried = admin.post(f"{path}/mapping", do="preview", body=json.dumps(SENT), **ROWS).text

    assert "OrderPlaced" in tried
    assert "1.234,50\xa0€" in tried
    assert '<option value="your-message">' in tried
    assert office.site.count() == 0
    assert admin.post(f"{path}/mapping", do="save", body="", **ROWS).status_code == 303
    assert connection(office, "lead")["settings"]["mapping"] == LINES
    assert office.audit()[0]["action"] == "integration.changed"
    assert 'value="your-message"' in admin.get(f"{path}/mapping").text


def test_what_does_not_fit_is_said_before_it_is_saved(office: Any) -> None:
    admin, path = office.browser("admin"), path_of(office)

    wrong = admin.post(
        f"{path}/mapping", do="preview", body=json.dumps(SENT | {"summe": "viel"}), **ROWS
    ).text
    form = admin.post(f"{path}/mapping", do="preview", body=urlencode(SENT), **ROWS).text
    both = admin.post(f"{path}/mapping", do="save", **(ROWS | {"constant:email": "x"}))
    quoted = admin.post(f"{path}/mapping", do="save", **(ROWS | {"constant:type": 'ein "Wort"'}))

    assert "summe must be a number with a decimal comma" in wrong
    assert "Der Inhaltstyp wird nicht angenommen" in form
    assert (both.status_code, quoted.status_code) == (422, 422)
    assert "entweder ein Feld oder einen festen Wert" in both.text
    assert connection(office, "lead")["settings"]["mapping"] == []


def test_a_received_request_is_the_sample(office: Any) -> None:
    admin, path = office.browser("admin"), path_of(office)
    office.site.send(SENT | {"type": "frage"}, plugin="lead", secret=office.site.keys["musterfirma"])
    (event,) = office.site.events(tenant_id=office.site.tenant_id())

    page = admin.get(f"{path}/mapping?event={event['id']}").text
    tried = admin.post(f"{path}/mapping", do="preview", event=str(event["id"]), body=_body(page), **ROWS).text

    assert "kunde@beispiel.de" in page
    assert "OrderPlaced" in tried
    other = admin.get(f"{path_of(office, 'custom')}/mapping?event={event['id']}").text
    assert "kunde@beispiel.de" not in other


def _body(page: str) -> str:
    return html.unescape(page.partition('id="body"')[2].partition(">")[2].partition("</textarea>")[0])


def test_the_senders_names_of_personal_fields_are_masked_in_the_log(office: Any) -> None:
    key = office.site.keys["musterfirma"]
    office.site.change("lead", settings={"mapping": LINES, "accept_forms": True})
    office.site.send(SENT, plugin="lead", secret=key)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    office.site.send(urlencode(SENT).encode(), plugin="lead", secret=key, headers=form)

    pages = [office.browser("staff").get(f"/events/{event['id']}").text for event in office.site.events()]

    assert len(pages) == 2
    for page in pages:
        assert "kunde@beispiel.de" not in page
        assert "Guten Tag" not in page
        assert "1.234,50" in page


def test_a_plugin_without_a_mapping_has_no_such_page(office: Any) -> None:
    assert office.browser("admin").get(f"{path_of(office, 'stripe')}/mapping").status_code == 404
    assert office.browser("owner").get(f"{path_of(office, 'lead', 'nachbar')}/mapping").status_code == 404


def test_unsigned_requests_are_named_as_such(office: Any, sale: Any) -> None:
    admin, path = office.browser("admin"), path_of(office, "custom")
    assert "nicht unterschrieben ist" not in admin.get(path).text
    assert "noch nicht erlaubt" in admin.get(f"{path}/setup").text

    office.site.change("custom", settings={"allow_header": True})
    headers = {"X-Webhook-Secret": "ein-langes-geheimnis-0815"}
    answer = office.site.send(sale(), secret=None, headers=headers)

    assert "nicht unterschrieben ist" in admin.get(path).text
    assert "Secret im Header, ohne Signatur" in admin.get(f"/events/{answer.get_json()['eventId']}").text
    setup = admin.get(f"{path}/setup").text
    assert "X-Webhook-Secret: IHR_SECRET" in setup


def test_the_tools_of_forms_are_told_field_by_field(office: Any) -> None:
    page = office.browser("admin").get(f"{path_of(office)}/setup").text

    for tool in ("Zapier", "Make", "n8n", "Contact Form 7", "Elementor Forms", "Gravity Forms", "HTML"):
        assert tool in page
    assert "/api/v1/lead?key=IHR_API_KEY" in page
    assert "&lt;form action=" in page
