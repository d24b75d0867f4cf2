"""``hub doctor``: what an operator should look at."""

import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import click

from hub.app import Hub
from hub.cli.common import connections, json_option, opened, print_rows
from hub.contract.settings import active_secrets
from hub.records import events, tenants
from hub.records.migrating import up_to_date
from hub.records.vault import VaultError
from hub.registry.connecting import ConnectingError

Finding = dict[str, Any]


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Look for what is wrong or needs care. Ends with 1 if something is broken."""
    with opened() as hub:
        findings = list(_findings(hub))
    rows = findings or [{"level": "ok", "subject": "hub", "message": "nothing to report"}]
    print_rows(rows, ["level", "subject", "message"], as_json=as_json)
    if any(finding["level"] == "error" for finding in findings):
        sys.exit(1)


def _findings(hub: Hub) -> Iterator[Finding]:
    with hub.database.read():
        migrated = up_to_date(hub.database, hub.plugins.branches())
    if not migrated:
        yield _finding("error", "database", "has other tables than this version; run `hub db upgrade`")
        return
    yield from _about_installation(hub)
    for item in hub.plugins.quarantined:
        yield _finding("error", item.name, item.reason)
    with hub.database.read() as unit:
        slugs = {row["slug"]: row["id"] for row in tenants.list_tenants(unit)}
    for slug, tenant_id in slugs.items():
        yield from _about_connections(hub, slug)
        yield from _about_events(hub, slug, tenant_id)


def _about_installation(hub: Hub) -> Iterator[Finding]:
    base = urlsplit(hub.config.base_url)
    if base.hostname in {"127.0.0.1", "localhost"}:
        yield _finding("note", "HUB_BASE_URL", f"is {hub.config.base_url}: senders elsewhere cannot reach it")
    elif base.scheme != "https":
        yield _finding(
            "warning", "HUB_BASE_URL", "is not https: secrets and personal data travel in the open"
        )


def _about_connections(hub: Hub, tenant: str) -> Iterator[Finding]:
    for view in connections(hub).list(tenant):
        subject = f"{tenant}/{view.plugin}/{view.name}"
        if view.plugin not in hub.plugins.installed:
            yield _finding("error", subject, "its plugin is not installed")
            continue
        if view.disconnected_at:
            yield _finding("warning", subject, f"was cut by the other side: {view.disconnect_reason}")
        try:
            settings = connections(hub).settings(tenant, view.plugin, view.name)
        except (VaultError, ConnectingError) as error:
            yield _finding("error", subject, str(error))
            continue
        if "secrets" in type(settings).model_fields and not active_secrets(settings, hub.clock()):
            yield _finding("warning", subject, "has no signing secret, so every request is refused")


def _about_events(hub: Hub, tenant: str, tenant_id: Any) -> Iterator[Finding]:
    with hub.database.read() as unit:
        counts = events.count_open(unit, tenant_id)
    words = {
        "failed": "failed events were not healed; see `hub events list --outcome failed`",
        "rejected": "rejected requests are in quarantine",
        "parked": "events wait for their sale",
    }
    for outcome, words_of in words.items():
        if counts.get(outcome):
            level = "warning" if outcome == "failed" else "note"
            yield _finding(level, tenant, f"{counts[outcome]} {words_of}")


def _finding(level: str, subject: str, message: str) -> Finding:
    return {"level": level, "subject": subject, "message": message}
