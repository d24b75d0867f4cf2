"""Every route, listed from the application itself: what a stranger, a neighbour and staff get to see."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from hub.contract.errors import ContractError
from hub.registry.discovery import discover
from hub.web.page import Pages
from hub.web.plugged import load
from hub.web.rights import Right
from hub.web.site import create_web, found, require_rights

DECLARED = {page.endpoint: page for group in (*found(), *load(discover()).groups()) for page in group}
OF_TENANT = sorted(name for name, page in DECLARED.items() if page.needs.of_tenant)
PERSONAL = sorted(name for name, page in DECLARED.items() if page.needs is Right.PERSON)
OPERATORS = sorted(name for name, page in DECLARED.items() if page.needs is Right.OPERATOR)


def test_every_route_of_the_application_is_declared(office: Any) -> None:
    routes = {rule.endpoint for rule in office.web.url_map.iter_rules()}

    assert routes == {*DECLARED, "static"}


def test_a_route_without_a_right_stops_the_start() -> None:
    web = Flask("bare", static_folder=None)
    web.add_url_rule("/secret", endpoint="secret", view_func=lambda: "")

    with pytest.raises(ContractError, match="without a declared right: secret"):
        require_rights(web, [])


def test_a_page_cannot_take_a_path_of_a_source(office: Any) -> None:
    from hub.web import fork

    pages = Pages("greedy")
    pages.get("/api/all", needs=Right.ANYBODY)(show)
    web = create_web(office.site.rooms, groups=[pages])

    with pytest.raises(ContractError, match="/api"):
        fork(office.site.app, web)


def show(_visit: Any) -> str:
    """A page."""
    return ""


def attempts(web: Flask, endpoints: list[str]) -> Iterator[tuple[str, str, str]]:
    """Endpoint, method and path of each, with ids that nobody has."""
    for rule in web.url_map.iter_rules():
        if rule.endpoint in endpoints:
            yield rule.endpoint, DECLARED[rule.endpoint].method, path_of(rule)


def path_of(rule: Rule, tenant: str = "musterfirma") -> str:
    values: dict[str, Any] = {}
    for name in rule.arguments:
        kind = type(rule._converters[name]).__name__
        values[name] = {"UUIDConverter": uuid.uuid4(), "IntegerConverter": 1}.get(kind, "nobody")
    if "tenant" in rule.arguments:
        values["tenant"] = tenant
    built = rule.build(values)
    assert built is not None
    return built[1]


def answers(office: Any, browser: Any, endpoints: list[str]) -> dict[str, int]:
    found = {}
    for endpoint, method, path in attempts(office.web, endpoints):
        call = browser.get if method == "GET" else browser.post
        found[endpoint] = call(path, whole=True).status_code
    return found


def test_a_stranger_is_sent_to_sign_in_from_everywhere(office: Any) -> None:
    endpoints = [*OF_TENANT, *PERSONAL, *OPERATORS]
    for endpoint, method, path in attempts(office.web, endpoints):
        visitor = office.visitor()
        answer = visitor.get(path, whole=True) if method == "GET" else visitor.client.post(path)
        assert answer.status_code == 303, endpoint
        assert answer.location.startswith("/sign-in"), endpoint


def test_the_owner_of_another_tenant_finds_nothing(office: Any) -> None:
    neighbour = office.browser("neighbour")

    assert answers(office, neighbour, OF_TENANT) == dict.fromkeys(OF_TENANT, 404)


def test_staff_may_not_what_admins_and_owners_may(office: Any) -> None:
    higher = [name for name in OF_TENANT if DECLARED[name].needs > Right.STAFF]
    for_owners = [name for name in OF_TENANT if DECLARED[name].needs > Right.ADMIN]

    assert answers(office, office.browser("staff"), higher) == dict.fromkeys(higher, 403)
    assert answers(office, office.browser("admin"), for_owners) == dict.fromkeys(for_owners, 403)


def test_the_pages_of_operators_are_nobody_elses(office: Any) -> None:
    assert answers(office, office.browser("owner"), OPERATORS) == dict.fromkeys(OPERATORS, 404)


def test_ids_that_nobody_has_are_not_found(office: Any) -> None:
    with_ids = [name for name in OF_TENANT if "<uuid:" in DECLARED[name].rule]
    found = answers(office, office.browser("owner"), with_ids)

    assert {name: status for name, status in found.items() if status not in (400, 404)} == {}


def test_an_operator_goes_everywhere(office: Any) -> None:
    operator = office.browser("operator")

    assert [operator.get(f"/t/{slug}/", whole=True).status_code for slug in ("musterfirma", "nachbar")] == [
        200,
        200,
    ]


def test_nothing_but_pages_carries_a_cookie(office: Any) -> None:
    for path in ("/healthz", "/readyz", "/api/webhooks/musterfirma/custom", "/static/hub.css"):
        answer = office.site.app.test_client().get(path)
        assert "Set-Cookie" not in answer.headers, path
        assert "Cookie" not in answer.headers.get("Vary", ""), path
