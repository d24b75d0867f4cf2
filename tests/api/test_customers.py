"""Customers, read by a program."""

from collections.abc import Callable
from typing import Any

from tests.api.conftest import Caller, MakeCaller, problem

Sale = Callable[..., dict[str, Any]]


def test_a_customer_is_told_with_where_it_comes_from(site: Any, caller: Caller, sale: Sale) -> None:
    sent = site.send(sale(customer={"email": "Erika@example.com", "firstName": "Erika"}))
    (listed,) = caller.get("/customers").get_json()["data"]
    got = caller.get(f"/customers/{listed['id']}")

    assert got.get_json() == listed
    assert listed["email"] == "Erika@example.com"
    assert listed["created_at"] == "2026-06-01T12:00:00Z"
    assert listed["source_event"] == sent.get_json()["eventId"]
    assert listed["adapter"].startswith("custom/")
    assert "email_key" not in listed
    assert "tenant_id" not in listed


def test_customers_are_found_by_address_id_and_time(site: Any, caller: Caller, sale: Sale) -> None:
    for number in range(3):
        site.send(sale(f"t-{number}", customer={"email": f"k{number}@example.com"}))
        site.clock.advance(hours=1)

    def found(**asked: Any) -> list[str]:
        return [one["email"] for one in caller.get("/customers", **asked).get_json()["data"]]

    assert found() == ["k2@example.com", "k1@example.com", "k0@example.com"]
    assert found(email="K1@EXAMPLE.com") == ["k1@example.com"]
    assert found(email="nobody@example.com") == []
    assert found(since="2026-06-01T15:00:00+02:00") == ["k2@example.com", "k1@example.com"]
    assert found(since="2026-06-01T13:00:00Z", until="2026-06-01T14:00:00Z") == ["k1@example.com"]


def test_pages_follow_each_other(site: Any, caller: Caller, sale: Sale) -> None:
    for number in range(5):
        site.send(sale(f"t-{number}", customer={"email": f"k{number}@example.com"}))
    first = caller.get("/customers", limit=2, since="2026-01-01T00:00:00Z")
    further = first.get_json()["next"]
    second = caller.ask("GET", further.removeprefix("http://127.0.0.1:8080/rest/v1"))

    assert first.headers["Link"] == f'<{further}>; rel="next"'
    assert [one["email"][1] for one in first.get_json()["data"] + second.get_json()["data"]] == list("4321")
    assert [one["email"][1] for one in caller.all("/customers", limit=2)] == list("43210")


def test_a_neighbours_customer_is_not_there(
    site: Any, caller: Caller, make_caller: MakeCaller, sale: Sale
) -> None:
    site.add_tenant("nachbar")
    body = sale(customer={"email": "erika@example.com"})
    for tenant in ("musterfirma", "nachbar"):
        site.send(body, tenant=tenant)
    theirs = make_caller("read:records", tenant="nachbar")
    (mine,) = caller.all("/customers", email="erika@example.com")
    (other,) = theirs.all("/customers", email="erika@example.com")

    assert mine["id"] != other["id"]
    assert problem(caller.get(f"/customers/{other['id']}")) == (404, "not-found")
    assert problem(theirs.get(f"/customers/{mine['id']}")) == (404, "not-found")


def test_what_is_not_understood_is_refused(caller: Caller) -> None:
    refused = {
        "limit": ("0", "101", "x", ""),
        "cursor": ("x", "AAAA", "é", "A" * 22),
        "since": ("yesterday", "0", "2026-06-01T12:00:00", "0001-01-01T00:00:00+23:59"),
        "email": ("a\0b",),
        "unknown": ("1",),
    }
    for name, texts in refused.items():
        for text in texts:
            answer = caller.get("/customers", **{name: text})
            if text == "A" * 22:
                assert answer.status_code == 200
            else:
                assert problem(answer) == (400, "malformed"), (name, text)
    twice = caller.ask("GET", "/customers?limit=1&limit=2")
    assert problem(twice) == (400, "malformed")
