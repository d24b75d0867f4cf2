"""Tiny source plugins, made by the dozen: each a package with an entry point, as installed."""

from pathlib import Path
from string import Template

_MODULE = Template('''"""A source plugin that a benchmark made."""

import hub
from hub.contract.locators import Join, Json


class Source(hub.Plugin):
    manifest = hub.Manifest(
        slug="$slug",
        title={"de": "Bench $number", "en": "Bench $number"},
        routes=("/api/webhooks/<tenant>/$slug",),
        scheme=hub.schemes.Hmac(header="X-Webhook-Signature", prefix="sha256=", encoding="hex"),
        settings=hub.SignedSettings,
        events={"sale": "A sale."},
        event_type=Json("event", required=True),
        event_key=Join(Json("event"), Json("id", required=True)),
    )

    @hub.hookimpl
    def parse(self, inbound, connection):
        payload = inbound.json
        currency = payload["currency"].currency()
        return [
            hub.TransactionCreated(
                external_id=payload["id"].identifier(),
                gross=payload["amount"].money(currency),
                occurred_at=inbound.received_at,
            )
        ]


plugin = Source()
''')

_METADATA = Template("Metadata-Version: 2.1\nName: hub-$slug\nVersion: 1.0\n")
_ENTRY_POINTS = Template("[hub.plugins]\n$slug = hub_$slug:plugin\n")


def make_plugins(count: int, folder: Path) -> Path:
    """Write so many plugins into the folder, which then belongs on PYTHONPATH."""
    for number in range(1, count + 1):
        names = {"slug": f"bench{number:03}", "number": str(number)}
        package = folder / f"hub_{names['slug']}"
        info = folder / f"hub_{names['slug']}-1.0.dist-info"
        package.mkdir(parents=True)
        info.mkdir()
        (package / "__init__.py").write_text(_MODULE.substitute(names), encoding="utf-8")
        (info / "METADATA").write_text(_METADATA.substitute(names), encoding="utf-8")
        (info / "entry_points.txt").write_text(_ENTRY_POINTS.substitute(names), encoding="utf-8")
    return folder
