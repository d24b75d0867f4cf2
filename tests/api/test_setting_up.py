"""Connections and endpoints, set up by a program."""

from collections.abc import Callable
from typing import Any

from hub.records import audit
from hub.records.deliveries import DELIVERIES
from tests.api.conftest import Caller, MakeCaller, problem

Sale = Callable[..., dict[str, Any]]


def test_a_connection_is_made_changed_and_paused_without_its_secret_coming_back(
    site: Any, caller: Caller, sale: Sale
) -> None:
    given = {"plugin": "custom", "name": "shop", "settings": {"secrets": ["ein-langes-geheimnis"]}}
    made = caller.post("/connections", given)
    path = f"/connections/{made.get_json()['id']}"

    assert made.status_code == 201
    assert made.get_json()["secrets"] == {"secrets": True}
    assert made.get_json()["addresses"] == ["http://127.0.0.1:8080/api/webhooks/musterfirma/custom/shop"]
    assert site.send(sale(), connection="shop", secret="ein-langes-geheimnis").status_code == 200

    rotated = caller.post(f"{path}/rotate", {"overlap_hours": 0}).get_json()["secret"]
    assert site.send(sale("t-2"), connection="shop", secret=rotated).status_code == 200
    assert site.send(sale("t-3"), connection="shop", secret="ein-langes-geheimnis").status_code == 401

    paused = caller.ask("PATCH", path, json={"enabled": False}).get_json()
    assert paused["enabled"] is False
    assert site.send(sale("t-4"), connection="shop", secret=rotated).status_code >= 400
    assert caller.ask("PATCH", path, json={"enabled": True}).get_json() == made.get_json()

    told = caller.get(path).get_data(as_text=True) + caller.get("/connections").get_data(as_text=True)
    assert rotated not in told
    assert "ein-langes-geheimnis" not in told
    actions = [entry["action"] for entry in _audit(site)]
    assert actions == [
        "integration.resumed",
        "integration.paused",
        "integration.rotated",
        "integration.connected",
    ]
    assert "ein-langes-geheimnis" not in str(_audit(site))
    assert _audit(site)[0]["who"].startswith("Auswertung (hub_")


def test_a_change_that_does_not_fit_changes_nothing(site: Any, caller: Caller) -> None:
    (first, *_rest) = caller.all("/connections")
    answer = caller.ask(
        "PATCH", f"/connections/{first['id']}", json={"enabled": False, "settings": {"nothing": "x"}}
    )

    assert problem(answer) == (422, "invalid")
    assert caller.get(f"/connections/{first['id']}").get_json()["enabled"] is True


def test_an_endpoint_from_its_making_to_its_end(site: Any, caller: Caller) -> None:
    site.connect("notifications")
    made = caller.post(
        "/notifications/endpoints", {"url": "https://example.com/h", "events": ["transaction.*"]}
    )
    path = f"/notifications/endpoints/{made.get_json()['id']}"
    assert made.status_code == 201

    tested = caller.post(f"{path}/test")
    caller.post(f"{path}/test")
    second, first = caller.all(f"{path}/deliveries", limit=1)
    assert tested.status_code == 202
    assert tested.get_json() == first
    assert first["event"] == "hub.test"

    with site.rooms.database.write() as unit:
        unit.execute(DELIVERIES.update().values(state="dead", attempts=10))
    again = caller.post(f"{path}/deliveries/{first['id']}/retry").get_json()
    assert (again["state"], again["id"]) == ("pending", first["id"])
    assert [one["id"] for one in caller.all(f"{path}/deliveries", state="dead")] == [second["id"]]

    changed = caller.ask("PATCH", path, json={"description": "Lager", "enabled": False}).get_json()
    assert (changed["description"], changed["enabled"]) == ("Lager", False)
    assert problem(caller.post(f"{path}/test")) == (409, "conflict")
    secret = caller.post(f"{path}/rotate").get_json()["secret"]
    assert secret != made.get_json()["secret"]
    assert secret not in caller.get("/notifications/endpoints").get_data(as_text=True)

    assert caller.ask("DELETE", path).status_code == 204
    assert problem(caller.get(path)) == (404, "not-found")


def test_what_cannot_be_an_endpoint_is_refused_with_its_place(site: Any, caller: Caller) -> None:
    site.connect("notifications")
    for given, pointer in (
        ({"url": "ftp://example.com"}, "/url"),
        ({"url": "http://169.254.169.254/"}, "/url"),
        ({"url": "https://example.com", "events": ["order.eaten"]}, "/events"),
        ({"url": "https://example.com", "events": []}, "/events"),
        ({}, "/url"),
    ):
        answer = caller.post("/notifications/endpoints", given)
        assert problem(answer) == (422, "invalid"), given
        assert answer.get_json()["errors"][0]["pointer"] == pointer


def test_a_plugin_that_is_not_there_or_off_changes_nothing(
    site: Any, caller: Caller, make_caller: MakeCaller
) -> None:
    given = {"url": "https://example.com/h"}
    assert problem(caller.post("/notifications/endpoints", given)) == (404, "not-found")
    site.connect("notifications")
    made = caller.post("/notifications/endpoints", given).get_json()
    site.change("notifications", enabled=False)

    assert problem(caller.post("/notifications/endpoints", given)) == (409, "conflict")
    assert [one["id"] for one in caller.all("/notifications/endpoints")] == [made["id"]]
    site.add_tenant("nachbar")
    site.connect("notifications", tenant="nachbar")
    theirs = make_caller(tenant="nachbar")
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/rotate"), ("POST", "/test")):
        answer = theirs.ask(method, f"/notifications/endpoints/{made['id']}{path}")
        assert problem(answer) == (404, "not-found")


def _audit(site: Any) -> Any:
    with site.rooms.database.read() as unit:
        return audit.entries(unit, site.tenant_id())
