"""An office: a hub with a tenant, its people, and browsers in which they are signed in."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hub.records import audit, people, tenants
from hub.support import passwords

from .issuing import fill_in

TENANT, NEIGHBOUR = "musterfirma", "nachbar"
PASSWORD = "ein gutes Passwort"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Browser:
    """A client with a session. Paths are those within the tenant, unless they are ``whole``."""

    client: FlaskClient
    tenant: str = TENANT
    token: str = field(default="", repr=False)

    def get(self, path: str, *, whole: bool = False, **options: Any) -> TestResponse:
        """Look at a page; its CSRF token is remembered."""
        answer = self.client.get(self._address(path, whole), **options)
        self.token = found[1] if (found := TOKEN.search(answer.text)) else self.token
        return answer

    def post(self, path: str, *, whole: bool = False, csrf: str | None = None, **data: Any) -> TestResponse:
        """Send a form, with the token of the page last seen or of the sign-in page."""
        if not self.token:
            self.get("/sign-in", whole=True)
        if not self.token:
            self.get("/")
        sent = {"csrf_token": self.token if csrf is None else csrf, **data}
        return self.client.post(self._address(path, whole), data=sent)

    def sign_in(self, email: str, password: str = PASSWORD) -> TestResponse:
        """Send the sign-in form."""
        self.get("/sign-in", whole=True)
        answer = self.post("/sign-in", whole=True, email=email, password=password)
        self.token = ""
        return answer

    def _address(self, path: str, whole: bool) -> str:
        return path if whole else f"/t/{self.tenant}{path}"


@dataclass(frozen=True)
class Office:
    """The hub, and people with the addresses ``<role>@example.com``."""

    site: Any

    @property
    def web(self) -> Flask:
        """The UI's own application."""
        found: Flask = self.site.app.extensions["hub_web"]
        return found

    def visitor(self, tenant: str = TENANT) -> Browser:
        """A browser in which nobody is signed in. It wants German."""
        client = self.site.app.test_client()
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de"
        return Browser(client, tenant)

    def browser(self, who: str, tenant: str = TENANT) -> Browser:
        """A browser in which that person is signed in: owner, admin, staff, neighbour or operator."""
        browser = self.visitor(tenant)
        assert browser.sign_in(f"{who}@example.com").status_code == 303
        return browser

    def add(self, email: str, role: str, tenant: str = TENANT, password: str | None = PASSWORD) -> Any:
        """A member, with the usual password unless ``password`` is ``None``."""
        with self.site.rooms.database.write() as unit:
            member_id = tenants.add_member(
                unit,
                tenant_id=self.site.tenant_id(tenant),
                email=email,
                name=email.partition("@")[0].title(),
                role=role,
                now=self.site.clock(),
            )
            if password is not None:
                people.set_password(unit, member_id, _hashed(password))
        return member_id

    def person(self, email: str) -> people.Person:
        """The person with that address."""
        with self.site.rooms.database.read() as unit:
            found = people.by_email(unit, email)
        assert found is not None
        return found

    def audit(self, tenant: str | None = TENANT) -> Sequence[Any]:
        """The audit log, newest first."""
        tenant_id = self.site.tenant_id(tenant) if tenant else None
        with self.site.rooms.database.read() as unit:
            return audit.entries(unit, tenant_id)

    def order(self, **fields: Any) -> TestResponse:
        """An order arrives by the lead API."""
        body = {"type": "order", "email": "kunde@beispiel.de", "total": 149.90, **fields}
        answer: TestResponse = self.site.send(body, plugin="lead", secret=self.site.keys[TENANT])
        assert answer.status_code == 200
        return answer


_HASHES: dict[str, str] = {}


def _hashed(password: str) -> str:
    """The same hash for the same password: to make one is slow on purpose."""
    return _HASHES.setdefault(password, passwords.hash_password(password))


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes are slow on purpose; here they need not be."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    passwords._nobodys.cache_clear()


@pytest.fixture
def make_office(make_hub: Callable[..., Any]) -> Callable[..., Office]:
    """Opens an office: ``make_office(base_url=…)``."""

    return lambda **config: staffed(make_hub(**config))


@pytest.fixture
def on_postgres(make_app: Callable[..., Any], postgres_url: str) -> Office:
    """An office for what happens at once: on SQLite one writer waits for the other."""
    site = make_app(postgres_url)
    site.add_tenant(TENANT)
    return staffed(site)


def staffed(site: Any) -> Office:
    """The tenant's neighbour, and people in both."""
    site.add_tenant(NEIGHBOUR)
    office = Office(site)
    for role in tenants.ROLES:
        office.add(f"{role}@example.com", role)
    office.add("neighbour@example.com", "owner", NEIGHBOUR)
    for tenant in (TENANT, NEIGHBOUR):
        fill_in(site, tenant)
    with site.rooms.database.write() as unit:
        tenants.create_member(
            unit,
            email="operator@example.com",
            name="Operator",
            password_hash=_hashed(PASSWORD),
            operator=True,
            now=site.clock(),
        )
    return office


@pytest.fixture
def office(make_office: Callable[..., Office]) -> Office:
    """The usual office."""
    return make_office()
