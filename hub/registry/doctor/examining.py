"""The whole examination: the installation, what is under way, connections, and events."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from hub.config import Config
from hub.records import backlog, health, isolation, tenants
from hub.records.database import Database, Unit
from hub.records.migrating import up_to_date
from hub.records.vault import Vault
from hub.registry.discovery import Plugins
from hub.registry.doctor.connecting import LATELY, Examination, about_connections
from hub.registry.doctor.findings import LEVELS, Finding
from hub.support.clock import Clock

STALLED = timedelta(minutes=2)
"""So long nothing that is due waits where a worker runs."""

APART = timedelta(seconds=5)
"""So far two machines' clocks may differ."""

NEWEST = 200
"""Requests whose headers are looked at."""


def examine(
    *, config: Config, database: Database, plugins: Plugins, vault: Vault, clock: Clock
) -> list[Finding]:
    """What is found, the worst first. Raises DatabaseUnavailable."""
    if not up_to_date(database, plugins.branches()):
        return [Finding(kind="not_migrated", subject="database")]
    with database.for_all_tenants().read() as unit:
        its = Examination(unit=unit, plugins=plugins, vault=vault, now=clock())
        found = [
            *_about_address(unit, config, its.now),
            *_about_database(unit, its.now),
            *_about_plugins(plugins),
            *_about_work(unit, its.now),
            *about_connections(its),
            *_about_tenants(unit),
        ]
    return sorted(found, key=lambda one: LEVELS.index(one.level))


def _about_address(unit: Unit, config: Config, now: datetime) -> Iterator[Finding]:
    """The address that the hub tells others, beside the one at which requests really arrive."""
    base = urlsplit(config.base_url)
    host = base.hostname or ""
    subject, values = "HUB_BASE_URL", {"url": config.base_url}
    if _is_local(host):
        yield Finding(kind="url_local", subject=subject, values=values)
    elif base.scheme != "https":
        yield Finding(kind="url_insecure", subject=subject, values=values)
    seen = health.latest_headers(unit, now - LATELY, NEWEST)
    others = Counter(
        name
        for headers in seen
        if (name := _host_of(headers.get("host", ""))) != host
        and not _is_local(name)
        and not name.endswith(f".{host}")
    )
    for name, number in others.most_common(1):
        yield Finding(kind="url_other", subject=subject, values={**values, "host": name, "number": number})
    forwarded = sum("x-forwarded-host" in headers or "x-forwarded-proto" in headers for headers in seen)
    if forwarded and not config.proxy_hops:
        yield Finding(kind="proxy_untrusted", subject="HUB_PROXY_HOPS", values={"number": forwarded})


def _host_of(header: str) -> str:
    """The name in a ``Host`` header, without its port."""
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


def _is_local(host: str) -> bool:
    """Whether nobody but this machine itself can mean it by that name."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in {"", "localhost"} or host.endswith(".localhost")


def _about_database(unit: Unit, now: datetime) -> Iterator[Finding]:
    theirs = health.database_time(unit)
    if theirs is not None and abs(theirs - now) > APART:
        yield Finding(kind="clock_database", subject="clock", values={"difference": abs(theirs - now)})
    if (role := isolation.bypassing_role(unit.connection)) is not None:
        yield Finding(kind="role_unbound", subject="HUB_DATABASE_URL", values={"role": role})


def _about_plugins(plugins: Plugins) -> Iterator[Finding]:
    for item in plugins.quarantined:
        yield Finding(kind="plugin_quarantined", subject=item.name, values={"reason": item.reason})


def _about_work(unit: Unit, now: datetime) -> Iterator[Finding]:
    if late := health.overdue(unit, now - STALLED):
        values = {"number": late.number, "since": late.since}
        yield Finding(kind="worker_missing", subject="worker", values=values)
    for job in health.failing_jobs(unit):
        reason = (job["last_error"] or "").partition("\n")[0]
        yield Finding(
            kind="job_failing", subject=job["name"], values={"rounds": job["failed_rounds"], "reason": reason}
        )
    slugs = {row["id"]: row["slug"] for row in tenants.list_tenants(unit)}
    for kind, lots in (
        ("deliveries_dead", backlog.deliveries(unit)),
        ("effects_dead", backlog.effects(unit)),
    ):
        dead = Counter[str]()
        for lot in lots:
            dead[slugs[lot.tenant_id]] += lot.dead
        for slug, number in dead.items():
            if number:
                yield Finding(kind=kind, subject=slug, values={"number": number}, tenant=slug)
    for endpoint in health.disabled_endpoints(unit):
        slug = endpoint["tenant"]
        yield Finding(
            kind="endpoint_disabled",
            subject=f"{slug}/{endpoint['url']}",
            values={"url": endpoint["url"], "reason": endpoint["disabled_reason"]},
            tenant=slug,
        )


def _about_tenants(unit: Unit) -> Iterator[Finding]:
    slugs = {row["id"]: row["slug"] for row in tenants.list_tenants(unit)}
    for tenant_id, counts in health.open_events(unit).items():
        slug = slugs.get(tenant_id) if tenant_id else None
        for outcome, number in counts.items():
            if slug is not None:
                yield Finding(kind=f"events_{outcome}", subject=slug, values={"number": number}, tenant=slug)
