"""The event log in the browser: found, understood, and processed again."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

import hub
from hub.records import events, scanning
from hub.support.redaction import masked

NEIGHBOUR = "nachbar"
ORDER = hub.OrderPlaced(external_id="o-1", customer=hub.Person(email="erika@example.org"))


def ids(site: Any, **criteria: Any) -> list[Any]:
    return [event["id"] for event in site.events(**criteria)]


def spoil(site: Any) -> None:
    """The stored secret is not the sender's."""
    site.change("custom", secret="ein anderes Geheimnis")


def find(site: Any, text: str = "", tenant: str = "musterfirma", **wanted: Any) -> list[Any]:
    with site.rooms.database.read() as unit:
        found = events.find(unit, site.tenant_id(tenant), events.Wanted(text=text, **wanted))
    return [row["key"] for row in found.rows]


def test_the_log_shows_what_came_and_what_became_of_it(office: Any, sale: Callable[..., Any]) -> None:
    office.site.send(sale("t-1"))
    office.site.send(sale("t-2"), secret="falsch")

    page = office.browser("staff").get("/events").text

    assert "transaction.created:t-1" in page
    assert "Verarbeitet" in page
    assert "Die Signatur passt nicht zum Inhalt" in page
    assert "Ausgewählte erneut verarbeiten" not in page


def test_events_are_found_by_key_mail_text_and_id(office: Any, sale: Callable[..., Any]) -> None:
    office.site.send(sale("t-1", customer={"email": "Max@Example.com"}))
    office.site.send(sale("t-2", productName="Schöner Wohnen 50%"))
    office.site.send(sale("t-3"), tenant=NEIGHBOUR)
    first, second = "transaction.created:t-1", "transaction.created:t-2"

    assert find(office.site, "t-1") == [first]
    assert find(office.site, "Max@Example.com") == [first]
    assert find(office.site, "Schöner") == [second]
    assert find(office.site, "50%") == [second]
    assert find(office.site, "%") == [second]
    assert find(office.site, "t-3") == []
    assert find(office.site, str(ids(office.site, tenant_id=office.site.tenant_id())[1])) == [first]
    assert find(office.site, str(ids(office.site, tenant_id=office.site.tenant_id(NEIGHBOUR))[0])) == []


def test_a_body_with_escaped_letters_is_found(office: Any, sale: Callable[..., Any]) -> None:
    office.site.send(json.dumps(sale("t-1", productName="Schöner Wohnen")).encode())

    assert find(office.site, "Schöner") == ["transaction.created:t-1"]


def test_events_are_filtered(office: Any, sale: Callable[..., Any]) -> None:
    site = office.site
    site.send(sale("t-1"))
    site.send(sale("t-1"))
    site.send(sale("t-2"), secret="falsch")
    site.send(sale("t-9", event="transaction.refunded"))
    now = site.clock()

    assert len(find(site, outcome="processed")) == 1
    assert len(find(site, outcome="skipped")) == 1
    assert len(find(site, outcome="parked")) == 1
    assert len(find(site, outcome="rejected", plugin="custom", reason="invalid_signature")) == 1
    assert find(site, plugin="stripe") == []
    assert len(find(site, since=now, until=now + timedelta(seconds=1))) == 4
    assert find(site, until=now) == []


def test_a_search_without_an_index_ends_and_goes_on(
    office: Any, sale: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "SCANNED", 2)
    for number in range(5):
        office.site.send(sale(f"t-{number}"))
    staff = office.browser("staff")

    page = staff.get("/events?q=t-0").text

    assert "Nichts gefunden" in page
    assert "Durchsucht sind die neuesten 2 Ereignisse" in page
    third = ids(office.site, tenant_id=office.site.tenant_id())[3]
    assert "transaction.created:t-0" in staff.get(f"/events?q=t-0&before={third}").text


def test_nonsense_in_the_filters_is_no_fault(office: Any) -> None:
    staff = office.browser("staff")

    assert (
        staff.get("/events?outcome=x&since=gestern&until=0&before=1&plugin=nobody&q=%00").status_code == 200
    )


def test_the_log_goes_on_page_by_page(office: Any, sale: Callable[..., Any]) -> None:
    for number in range(30):
        office.site.send(sale(f"t-{number}"))
    staff = office.browser("staff")

    first = staff.get("/events").text
    cut = ids(office.site, tenant_id=office.site.tenant_id())[24]
    second = staff.get(f"/events?before={cut}").text

    assert "t-29" in first
    assert f"before={cut}" in first
    assert "transaction.created:t-4<" in second
    assert "transaction.created:t-29" not in second


def test_personal_fields_are_masked(office: Any, sale: Callable[..., Any]) -> None:
    answer = office.site.send(sale("t-1", customer={"email": "max@example.com", "externalId": "c-1"}))

    page = office.browser("owner").get(f"/events/{answer.get_json()['eventId']}").text

    assert "c-1" in page
    assert "max@example.com" not in page.partition("<pre")[2].partition("</pre>")[0]
    assert "Persönliche Angaben verdeckt" in page


def test_personal_groups_of_a_form_are_masked(office: Any) -> None:
    office.site.send(
        b"event=lesson.viewed&payer[email]=max%40example.com&team_members[][email]=eva%40example.com&lesson=7",
        plugin="ablefy",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    page = office.browser("owner").get(f"/events/{ids(office.site)[0]}").text

    shown = page.partition("<pre")[2].partition("</pre>")[0]
    assert "payer[email] = ***" in shown
    assert "lesson = 7" in shown
    assert "example.com" not in shown


def test_masking_goes_through_lists_and_leaves_what_is_empty() -> None:
    value = {"a": [{"b": "x"}, {"b": None}, 1], "c": {"d": [1, 2]}}

    assert masked(value, ["a.b", "c.d", "e.f"]) == {"a": [{"b": "***"}, {"b": None}, 1], "c": {"d": "***"}}


def test_a_body_that_cannot_be_read_is_for_admins(office: Any) -> None:
    answer = office.site.send(b'{"email": "max@example.com"<script>')
    path = f"/events/{answer.get_json()['eventId']}"

    assert "max@example.com" not in office.browser("staff").get(path).text
    shown = office.browser("admin").get(path).text
    assert "max@example.com" in shown
    assert "<script>" not in shown.partition("Inhalt")[2].partition("</pre>")[0]


def test_an_event_shows_its_record_and_what_that_set_off(make_office: Callable[..., Any]) -> None:
    office = make_office()
    office.site.connect("notifications")
    office.order()
    order = office.site.record("orders")

    page = office.browser("staff").get(f"/events/{order['event_id']}").text

    assert f"/orders/{order['id']}" in page
    assert "Folge" in page
    assert "Benachrichtigung" in page
    assert "***" in page.partition("Anfrage")[2]  # the key in the header


def test_where_a_record_comes_from(office: Any) -> None:
    office.order()
    order = office.site.record("orders")

    page = office.browser("staff").get(f"/trace/{order['id']}").text

    assert f"/events/{order['event_id']}" in page
    assert "Empfangene Daten" in page
    assert office.browser("neighbour", NEIGHBOUR).get(f"/trace/{order['id']}").status_code == 404


def test_a_released_event_is_processed(office: Any, sale: Callable[..., Any]) -> None:
    site = office.site
    spoil(site)
    answer = site.send(sale("t-1"))
    event_id = answer.get_json()["eventId"]
    admin = office.browser("admin")
    assert "Erneut prüfen und freigeben" in admin.get(f"/events/{event_id}").text

    admin.post(f"/events/{event_id}/reverify")
    assert site.event(answer)["outcome"] == "rejected"
    assert "Es bleibt dabei" in admin.get(f"/events/{event_id}").text

    site.change("custom", secret="ein-langes-geheimnis-0815")
    assert admin.post(f"/events/{event_id}/reverify").status_code == 303
    assert site.event(answer)["outcome"] == "processed"
    assert site.record("transactions")["external_id"] == "t-1"
    entry = office.audit()[0]
    assert (entry["action"], entry["before"], entry["after"]["outcome"]) == (
        "event.reverified",
        {"outcome": "rejected"},
        "processed",
    )


def test_a_dry_run_shows_what_would_change_and_changes_nothing(office: Any) -> None:
    site = office.site
    site.send({"type": "say", "id": "e-1", "what": "it"}, plugin="speaker")
    (failed,) = site.events(outcome="failed")
    site.speaker.said["it"] = [ORDER]
    admin = office.browser("admin")

    page = admin.post(f"/events/{failed['id']}/preview").text

    assert "Wird angelegt" in page
    assert "erika@example.org" in page
    assert site.count() == 0
    admin.post(f"/events/{failed['id']}/replay")
    assert site.record("orders")["email"] == "erika@example.org"
    assert office.audit()[0]["action"] == "event.replayed"


def test_many_are_processed_at_once(office: Any, sale: Callable[..., Any]) -> None:
    site = office.site
    spoil(site)
    for number in range(3):
        site.send(sale(f"t-{number}"))
    site.send(sale("t-9"), tenant=NEIGHBOUR, secret="falsch")
    site.change("custom", secret="ein-langes-geheimnis-0815")
    chosen = [str(its_id) for its_id in ids(site)]
    admin = office.browser("admin")

    answer = admin.post("/events/replay", id=chosen, back="outcome=rejected")

    assert answer.location.endswith("/events?outcome=rejected")
    assert len(site.records("transactions")) == 3
    assert site.records("transactions", NEIGHBOUR) == []
    assert "3 Ereignisse neu verarbeitet." in admin.get("/events").text


def test_nothing_chosen_is_said(office: Any) -> None:
    admin = office.browser("admin")

    admin.post("/events/replay", id=["nonsense"])

    assert "Wählen Sie zuerst Ereignisse aus." in admin.get("/events").text


def test_the_work_list_groups_by_cause_and_helps(office: Any, sale: Callable[..., Any]) -> None:
    site = office.site
    spoil(site)
    site.send(sale("t-1"))
    site.send(sale("t-2"))
    site.change("custom", secret="ein-langes-geheimnis-0815")
    site.send(sale("t-9", event="transaction.refunded"))
    site.send(sale("t-8"), tenant=NEIGHBOUR, secret="falsch")
    admin = office.browser("admin")

    page = admin.get("/events/work").text

    assert "2 Ereignisse" in page
    assert "Vergleichen Sie das Secret auf beiden Seiten" in page
    assert "Der zugehörige Verkauf fehlt noch" in page
    admin.post("/events/cause", outcome="rejected", plugin="custom", reason="invalid_signature")
    assert len(site.records("transactions")) == 2
    assert "Vergleichen Sie das Secret" not in admin.get("/events/work").text


def test_a_healed_failure_is_no_work(make_office: Callable[..., Any]) -> None:
    office = make_office()
    site = office.site
    site.send({"type": "say", "id": "e-1", "what": "nothing that was told"}, plugin="speaker")
    admin = office.browser("admin")
    assert "KeyError" in admin.get("/events/work").text

    site.tell(ORDER, key="e-1")

    assert "Nichts zu klären" in admin.get("/events/work").text


def test_an_empty_work_list_says_so(office: Any) -> None:
    assert "Nichts zu klären" in office.browser("staff").get("/events/work").text


def test_a_source_that_sends_its_key_cannot_be_verified_again(office: Any) -> None:
    answer = office.site.send({"type": "order", "email": "a@b.de"}, plugin="lead", secret="crm_1_" + "0" * 40)
    rejected = office.site.events(tenant_id=office.site.tenant_id())[0]
    admin = office.browser("admin")

    assert answer.status_code == 403
    assert "Erneut prüfen" not in admin.get(f"/events/{rejected['id']}").text
    admin.post(f"/events/{rejected['id']}/reverify")
    assert "der wird nicht gespeichert" in admin.get("/events").text


def test_events_of_a_paused_connection_are_not_processed(office: Any, sale: Callable[..., Any]) -> None:
    answer = office.site.send(sale("t-1"))
    office.site.change("custom", enabled=False)
    admin = office.browser("admin")

    admin.post(f"/events/{answer.get_json()['eventId']}/preview")

    assert "Die Verbindung ist ausgeschaltet" in admin.get("/events").text


def test_the_neighbours_events_are_not_found(office: Any, sale: Callable[..., Any]) -> None:
    event_id = office.site.send(sale("t-1"), tenant=NEIGHBOUR).get_json()["eventId"]
    owner = office.browser("owner")

    assert owner.get(f"/events/{event_id}").status_code == 404
    for action in ("replay", "reverify", "preview"):
        assert owner.post(f"/events/{event_id}/{action}").status_code == 404
