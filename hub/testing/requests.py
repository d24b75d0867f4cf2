"""Samples as the hub's hooks get them, without the door: for rules about what is read from a request."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.contract.facts import Fact
from hub.contract.inbound import Connection, Headers, Inbound, Tenant
from hub.contract.schemes import Outgoing
from hub.pipeline.judging import Judgement, read
from hub.registry.calling import Callers
from hub.registry.discovery import Plugins
from hub.registry.fixtures import Fixture
from hub.registry.registry import Target
from hub.testing.adapter import Adapter
from hub.testing.door import RECEIVED_AT, made_secret, unsigned

TENANT = Tenant(slug="kit", number=1, name="Kit GmbH")
NOBODY = UUID(int=0)


@dataclass(frozen=True)
class Reader:
    """Reads requests as the pipeline does once it trusts their sender."""

    adapter: Adapter
    target: Target

    def judge(self, inbound: Inbound) -> Judgement:
        """What the hub makes of the request, up to the facts."""
        return read(inbound, self.target)

    def facts(self, inbound: Inbound) -> Sequence[Fact]:
        """What the request says; nothing if it is not taken."""
        return self.judge(inbound).facts


def reader(adapter: Adapter) -> Reader:
    """A reader with the settings that every visitor of the kit has."""
    installed = adapter.installed
    slug = installed.manifest.slug
    connection = Connection(
        tenant=TENANT, plugin=slug, name="default", settings=adapter.door.settings((made_secret(1),))
    )
    hooks = Callers(Plugins(installed={slug: installed})).of(slug)
    return Reader(
        adapter,
        Target(
            connection=connection,
            connection_id=NOBODY,
            tenant_id=NOBODY,
            installed=installed,
            hooks=hooks,
        ),
    )


def arrived(
    adapter: Adapter, sample: Fixture, *, body: bytes | None = None, at: datetime = RECEIVED_AT
) -> Inbound:
    """The sample as it comes in, not signed."""
    return inbound_of(adapter, unsigned(sample, adapter.manifest, body), at)


def inbound_of(adapter: Adapter, outgoing: Outgoing, at: datetime = RECEIVED_AT) -> Inbound:
    """A request as it comes in."""
    route = adapter.manifest.routes[0]
    path = route.replace("<tenant>", TENANT.slug)
    return Inbound(
        received_at=at,
        body=outgoing.body,
        headers=Headers(outgoing.headers.items()),
        route=route,
        path=path,
        path_values={"tenant": TENANT.slug} if "<tenant>" in route else {},
        query=dict(outgoing.query),
        url=f"http://localhost{path}",
    )
