"""Two tenants that are alike in everything that a sender or a person can choose: numbers, ids, addresses."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from hub.records import access, people, tenants
from hub.records.database import Database
from hub.records.isolation import OwnedTable, owned_tables
from hub.records.scopes import SCOPES

OURS, THEIRS = "musterfirma", "nachbar"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True)
class Twins:
    """The hub with both, and what is the same in them except for the word that says whose it is."""

    site: Any
    ids: Mapping[str, UUID]
    keys: Mapping[str, str]

    @property
    def database(self) -> Database:
        """As it is handed to nobody in particular."""
        found: Database = self.site.app.extensions["hub"].database
        return found

    @property
    def tables(self) -> Sequence[OwnedTable]:
        """Those whose rows belong to tenants."""
        with self.database.read() as unit:
            return owned_tables(unit.connection)

    def rows(self, table: OwnedTable, slug: str) -> Sequence[UUID]:
        """The ids of a tenant's rows in a table that has ids."""
        query = sa.text(f"SELECT id FROM {table.name} WHERE {table.owner} = :tenant")
        with self.database.for_all_tenants().read() as unit:
            if "id" not in {one["name"] for one in sa.inspect(unit.connection).get_columns(table.name)}:
                return []
            return unit.column(query, {"tenant": self.ids[slug]})

    def browser(self, slug: str) -> FlaskClient:
        """One in which the tenant's owner is signed in."""
        client: FlaskClient = self.site.app.extensions["hub_web"].test_client()
        with self.database.read() as unit:
            person = people.by_email(unit, f"owner@{slug}.example")
        assert person is not None
        with client.session_transaction() as session:
            session["who"] = person.stamp
        return client


@pytest.fixture
def twins(make_app: Callable[..., Any], postgres_url: str, sale: Callable[..., Any]) -> Twins:
    """Both, on PostgreSQL."""
    site = make_app(postgres_url)
    ids, keys = {}, {}
    for slug in (OURS, THEIRS):
        ids[slug] = site.add_tenant(slug)
        site.connect("notifications", tenant=slug)
        with site.rooms.database.write() as unit:
            for email in (f"owner@{slug}.example", "both@example.com"):
                tenants.add_member(
                    unit, tenant_id=ids[slug], email=email, name=slug, role="owner", now=site.clock()
                )
            keys[slug] = access.issue(
                unit, ids[slug], name="Programm", scopes=tuple(SCOPES), now=site.clock()
            ).key
        lead = {
            "email": "kunde@example.com",
            "name": f"Kunde bei {slug}",
            "message": "Hallo",
            "subject": f"Gruß an {slug}",
        }
        for kind in ("order", "ticket"):
            body = {"type": kind, "total": 149.90, **lead}
            assert site.send(body, plugin="lead", secret=site.keys[slug], tenant=slug).status_code == 200
        customer = {"email": "kunde@example.com", "name": f"Kunde bei {slug}"}
        assert site.send(sale("t-1", customer=customer), tenant=slug).status_code == 200
        refused = site.send(sale("t-2"), tenant=slug, secret="falsch")
        assert refused.status_code == 401
    return Twins(site, ids, keys)
