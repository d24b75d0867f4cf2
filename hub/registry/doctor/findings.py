"""What can be found, and how bad it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

Level = Literal["error", "warning", "note"]

LEVELS: tuple[Level, ...] = ("error", "warning", "note")
"""The worst first: something is broken, something needs care, somebody should know."""

KINDS: Mapping[str, Level] = {
    "not_migrated": "error",
    "plugin_quarantined": "error",
    "pages_broken": "error",
    "worker_missing": "error",
    "plugin_gone": "error",
    "secrets_unreadable": "error",
    "settings_unreadable": "error",
    "url_insecure": "warning",
    "url_other": "warning",
    "proxy_untrusted": "warning",
    "clock_own": "warning",
    "clock_database": "warning",
    "role_unbound": "warning",
    "clock_ahead": "warning",
    "clock_behind": "warning",
    "no_secret": "warning",
    "secret_old": "warning",
    "cut": "warning",
    "silent": "warning",
    "endpoint_disabled": "warning",
    "job_failing": "warning",
    "deliveries_dead": "warning",
    "effects_dead": "warning",
    "events_failed": "warning",
    "unsigned": "note",
    "url_local": "note",
    "key_old": "note",
    "events_rejected": "note",
    "events_parked": "note",
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing to look at. ``subject`` names what it is about, ``values`` holds what the words need: texts,
    numbers, instants and durations."""

    kind: str
    subject: str
    values: Mapping[str, Any] = field(default_factory=dict)
    tenant: str | None = None
    connection_id: UUID | None = None

    @property
    def level(self) -> Level:
        """How bad it is."""
        return KINDS[self.kind]
