"""Outgoing webhooks: endpoints and what is sent to them, all by hand in the browser."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hub.app import create_worker
from hub.records import deliveries
from tests.deliveries.receiving import Answer, receiving

LOCAL = "127.0.0.0/8"
SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]+")
FIRST = "/notifications/endpoints"


@pytest.fixture
def receiver() -> Iterator[Any]:
    with receiving() as running:
        yield running


@pytest.fixture
def office(make_office: Callable[..., Any]) -> Any:
    """With the plugin on, and this machine allowed as a receiver."""
    made = make_office(allowed_targets=LOCAL)
    made.site.connect("notifications")
    return made


def create(admin: Any, url: str, **more: Any) -> tuple[str, str]:
    """Path and secret of a new endpoint."""
    page = admin.post(FIRST, url=url, description="Buchhaltung", **{"events": ["order.placed"], **more}).text
    (path,) = set(re.findall(r"/notifications/endpoints/[0-9a-f-]{36}", page))
    return path, SECRET.findall(page)[0]


def sent(office: Any) -> list[Any]:
    """The tenant's deliveries, after the worker did what was due."""
    create_worker(office.site.rooms, threads=1).run_due()
    with office.site.rooms.database.read() as unit:
        return list(deliveries.search(unit, tenant_id=office.site.tenant_id()))


def test_an_endpoint_is_made_and_told_what_it_asked_for(office: Any, receiver: Any) -> None:
    admin = office.browser("admin")
    path, secret = create(admin, receiver.url)
    office.order()
    (delivery,) = sent(office)

    page = admin.get(path).text
    detail = admin.get(f"/notifications/deliveries/{delivery['id']}").text
    assert receiver.requests[0].id == str(delivery["id"])
    assert "Neue Bestellung" in page
    assert "Zugestellt" in page
    assert secret not in page
    assert "149.90" in detail
    assert "Eingegangenes Ereignis" in detail
    assert "/orders/" in detail
    assert office.audit()[0]["action"] == "notifications.endpoint_created"
    assert secret not in str(office.audit()[0])
    assert "100" in admin.get(FIRST).text


def test_what_cannot_be_an_endpoint_is_refused_in_words(make_office: Callable[..., Any]) -> None:
    office = make_office()
    office.site.connect("notifications")
    admin = office.browser("admin")

    assert "vollständige Adresse" in admin.post(FIRST, url="beispiel.de", events=["*"]).text
    assert "nicht öffentlich" in admin.post(FIRST, url="https://10.0.0.1/x", events=["*"]).text
    assert "mindestens ein Ereignis" in admin.post(FIRST, url="https://beispiel.de").text
    assert "Noch keine ausgehenden Webhooks" in admin.get(FIRST).text


def test_an_endpoint_is_changed_paused_tested_and_deleted(office: Any, receiver: Any) -> None:
    admin = office.browser("admin")
    path, _ = create(admin, receiver.url, events=["*"])

    admin.post(f"{path}/edit", url=receiver.url, description="Lager", events=["ticket.opened"])
    admin.post(f"{path}/pause")
    office.order()
    assert "Jemand aus Ihrem Team hat ihn angehalten" in admin.get(path).text
    assert "zuerst ein" in admin.get(admin.post(f"{path}/test").location, whole=True).text
    admin.post(f"{path}/resume")
    detail = admin.post(f"{path}/test").location
    assert "Testereignis" in admin.get(detail, whole=True).text
    sent(office)
    assert len(receiver.requests) == 1
    admin.post(f"{path}/delete")
    assert admin.get(path).status_code == 404
    assert "Gelöschter Webhook" in admin.get(detail, whole=True).text
    assert [entry["action"].partition("_")[2] for entry in office.audit()[:6]] == [
        "deleted",
        "tested",
        "resumed",
        "paused",
        "changed",
        "created",
    ]


def test_a_new_secret_counts_beside_the_old_one(office: Any, receiver: Any) -> None:
    admin = office.browser("admin")
    path, old = create(admin, receiver.url)
    fresh = SECRET.findall(admin.post(f"{path}/rotate", hours="24").text)[0]
    admin.post(f"{path}/test")
    sent(office)

    assert fresh != old
    assert receiver.requests[0].headers["webhook-signature"].count("v1,") == 2
    assert "auch noch mit dem alten Secret signiert" in admin.get(path).text


def test_what_was_given_up_is_sent_again(office: Any, receiver: Any) -> None:
    receiver.always(Answer(410, "gone"))
    admin = office.browser("admin")
    path, _ = create(admin, receiver.url)
    office.order()
    (dead,) = sent(office)

    page = admin.get(f"{path}?state=dead").text
    assert "dass es diese Adresse nicht mehr gibt" in page
    assert "Aufgegeben" in page
    admin.post(f"{path}/again")
    assert dead["state"] == "dead"
    assert sent(office)[0]["state"] == "dead"
    receiver.always(Answer(200))
    admin.post(f"{path}/resume")
    admin.post(f"{path}/again")
    assert sent(office)[0]["state"] == "done"
    detail = admin.get(f"/notifications/deliveries/{dead['id']}").text
    assert "Antwort 410" in detail
    assert "Versuch 2" in detail
    admin.post(f"/notifications/deliveries/{dead['id']}/again")
    admin.post(f"{path}/again", hours="24")
    assert sent(office)[0]["state"] == "done"
    assert {request.id for request in receiver.requests} == {str(dead["id"])}
    assert len(receiver.requests) == 3


def test_it_is_the_admins_business_and_nobody_elses(office: Any, receiver: Any) -> None:
    path, _ = create(office.browser("admin"), receiver.url)
    office.order()
    (delivery,) = sent(office)
    office.site.connect("notifications", tenant="nachbar")
    neighbour = office.browser("neighbour", "nachbar")

    assert office.browser("staff").get(path).status_code == 403
    for action in ("", "/edit"):
        assert neighbour.get(f"{path}{action}").status_code == 404
    for action in ("pause", "resume", "test", "delete", "again"):
        assert neighbour.post(f"{path}/{action}").status_code == 404
    assert neighbour.get(f"/notifications/deliveries/{delivery['id']}").status_code == 404
    assert neighbour.post(f"/notifications/deliveries/{delivery['id']}/again").status_code == 404


def test_every_event_has_words() -> None:
    from hub_notifications.pages import words
    from hub_notifications.webhooks import EVENTS

    assert set(EVENTS) <= set(words.EVENT_NAMES)
