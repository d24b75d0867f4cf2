"""What a request would become with other settings: the plugin's own hooks, nothing stored."""

from datetime import datetime
from uuid import UUID

from hub.contract.forms import MEDIA_TYPE as FORM
from hub.contract.inbound import Connection, Headers, Inbound
from hub.contract.settings import Settings
from hub.contract.translating import JSON
from hub.pipeline.judging import Judgement, read
from hub.registry.registry import Registry, Target, TenantEntry


def preview(
    registry: Registry,
    entry: TenantEntry,
    address: tuple[str, str],
    settings: Settings,
    inbound: Inbound,
    connection_id: UUID,
) -> Judgement:
    """What an authentic request becomes, as facts or as the reason why not. ``address`` is the plugin's slug
    and the connection's name; whether the connection is on makes no difference."""
    slug, name = address
    target = Target(
        connection=Connection(tenant=entry.tenant, plugin=slug, name=name, settings=settings),
        connection_id=connection_id,
        tenant_id=entry.id,
        installed=registry.plugins.installed[slug],
        hooks=registry.callers.of(slug),
    )
    return read(inbound, target)


def pasted(body: bytes, at: datetime) -> Inbound:
    """A request with a body that somebody pasted: JSON if it looks like it, else a form."""
    kind = JSON if body.lstrip()[:1] in {b"{", b"["} else FORM
    return Inbound(received_at=at, body=body, headers=Headers([("Content-Type", kind)]))
