"""Findings about connections: their plugin, settings and secrets, and whether they still hear anything."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hub.contract.proofs import weak_of
from hub.contract.settings import Settings, active_secrets, stored_secrets
from hub.records import health
from hub.records.database import Row, Unit
from hub.records.vault import Vault, VaultError
from hub.registry.connecting import BY_HAND, ConnectingError, stored_settings
from hub.registry.discovery import Installed, Plugins
from hub.registry.doctor.findings import Finding
from hub.registry.doctor.rhythm import SHORTEST, silence

OLD = timedelta(days=365)
"""After so long a secret should be replaced."""

LATELY = timedelta(days=7)

LOOKED_AT = 500
"""Arrivals from which the rhythm of a source is told."""

CLOCKS = {"future_timestamp": "clock_ahead", "stale_timestamp": "clock_behind"}
"""Refusals that speak of a clock, and what is found then."""


@dataclass(frozen=True, kw_only=True)
class Examination:
    """What is looked at, and with what."""

    unit: Unit
    plugins: Plugins
    vault: Vault
    now: datetime


def about_connections(its: Examination) -> Iterator[Finding]:
    """All connections of all tenants."""
    rows = health.connections(its.unit)
    for row in rows:
        yield from _about(its, row)
    yield from _about_clocks(its, {row["id"]: row for row in rows})
    for key in health.active_keys(its.unit, its.now - OLD):
        subject = f"{key['tenant']}/{key['masked']}"
        values = {"age": its.now - key["created_at"], "tenant": key["tenant"], "key": key["masked"]}
        yield Finding(kind="key_old", subject=subject, values=values, tenant=key["tenant"])


def _about(its: Examination, row: Row) -> Iterator[Finding]:
    installed = its.plugins.installed.get(row["plugin"])
    if installed is None:
        yield _of(row, "plugin_gone")
        return
    if row["disconnected_at"] and row["disconnect_reason"] != BY_HAND:
        yield _of(row, "cut", reason=row["disconnect_reason"])
    try:
        settings = stored_settings(installed, row, its.vault)
    except VaultError as error:
        yield _of(row, "secrets_unreadable", reason=str(error))
        return
    except ConnectingError as error:
        yield _of(row, "settings_unreadable", reason=str(error))
        return
    if row["enabled"]:
        yield from _about_secrets(row, settings, its.now)
        if proofs := weak_of(installed.manifest.scheme, settings):
            yield _of(row, "unsigned", proofs=", ".join(proofs))
        yield from _about_silence(its, row, installed)


def _about_secrets(row: Row, settings: Settings, now: datetime) -> Iterator[Finding]:
    """Of a secret of which nobody noted when it was stored, the last change of the connection tells how old
    it is at least."""
    if "secrets" not in type(settings).model_fields:
        return
    if not active_secrets(settings, now):
        yield _of(row, "no_secret")
        return
    newest, *_ = stored_secrets(settings)
    age = now - (newest.since or row["updated_at"])
    if age > OLD:
        yield _of(row, "secret_old", age=age)


def _about_silence(its: Examination, row: Row, installed: Installed) -> Iterator[Finding]:
    last_at = row["last_at"]
    if not installed.manifest.is_source or last_at is None or its.now - last_at <= SHORTEST:
        return
    if silent := silence(health.arrivals(its.unit, row["id"], LOOKED_AT), its.now):
        yield _of(row, "silent", since=silent.since, usual=silent.usual)


def _about_clocks(its: Examination, rows: dict[Any, Row]) -> Iterator[Finding]:
    """Signatures carry the sender's time. If several senders are ahead, it is this machine that is behind."""
    refused = health.refused_for(its.unit, list(CLOCKS), its.now - LATELY)
    ahead = {one["connection_id"] for one in refused if CLOCKS[one["reason"]] == "clock_ahead"}
    if len(ahead) > 1:
        yield Finding(kind="clock_own", subject="clock", values={"number": len(ahead)})
    for one in refused:
        yield _of(rows[one["connection_id"]], CLOCKS[one["reason"]], number=one["number"])


def _of(row: Row, kind: str, **values: Any) -> Finding:
    place = {name: row[name] for name in ("tenant", "plugin", "name")}
    return Finding(
        kind=kind,
        subject=f"{row['tenant']}/{row['plugin']}/{row['name']}",
        values=place | values,
        tenant=row["tenant"],
        connection_id=row["id"],
    )
