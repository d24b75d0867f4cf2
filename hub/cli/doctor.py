"""``hub doctor``: what an operator should look at."""

import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import click

from hub.cli.common import json_option, opened, print_rows
from hub.registry.doctor import Finding, examine

MESSAGES: Mapping[str, str] = {
    "not_migrated": "has other tables than this version; run `hub db upgrade`",
    "plugin_quarantined": "{reason}",
    "pages_broken": "its pages cannot be used: {reason}",
    "worker_missing": "{number} deliveries and calls are due since {since}, and nobody takes them; run `hub "
    "worker`",
    "plugin_gone": "its plugin is not installed",
    "secrets_unreadable": "{reason}",
    "settings_unreadable": "{reason}",
    "url_local": "is {url}: senders elsewhere cannot reach it",
    "url_insecure": "is not https: secrets and personal data travel in the open",
    "url_other": "is {url}, but {number} of the latest requests came to {host}",
    "proxy_untrusted": "is 0, but {number} of the latest requests came through a proxy",
    "clock_own": "signatures of {number} connections lie in the future; this clock is probably slow",
    "clock_database": "this machine's clock and the database's are {difference} apart",
    "role_unbound": "the role {role} is not bound by row-level security, so PostgreSQL does not keep tenants "
    "apart; take one that is no superuser and has no BYPASSRLS",
    "clock_ahead": "{number} signatures of the last days lie in the future; set the sender's clock",
    "clock_behind": "{number} signatures of the last days came too old; set the sender's clock",
    "no_secret": "has no signing secret, so every request is refused",
    "secret_old": "its signing secret is {age} old; change it with `hub connection rotate-secret`",
    "unsigned": "takes requests whose body is not signed ({proofs}); let the sender sign if it can",
    "key_old": "this API key is {age} old; make another one with `hub key create`",
    "cut": "was cut by the other side: {reason}",
    "silent": "nothing came since {since}; its longest pause so far was {usual}",
    "endpoint_disabled": "was switched off after failing: {reason}; see `hub endpoint`",
    "job_failing": "failed in its last rounds ({rounds}): {reason}",
    "deliveries_dead": "{number} deliveries were given up; see `hub deliveries list --state dead`",
    "effects_dead": "{number} calls of receivers were given up; see `hub effects list --state dead`",
    "events_failed": "{number} failed events were not healed; see `hub events list --outcome failed`",
    "events_rejected": "{number} rejected requests are in quarantine",
    "events_parked": "{number} events wait for their sale",
}


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Look for what is wrong or needs care. Ends with 1 if something is broken."""
    with opened() as hub:
        findings = examine(
            config=hub.config, database=hub.database, plugins=hub.plugins, vault=hub.vault, clock=hub.clock
        )
    rows = [_row(finding) for finding in findings] or [
        {"level": "ok", "kind": "healthy", "subject": "hub", "message": "nothing to report"}
    ]
    print_rows(rows, ["level", "subject", "message"], as_json=as_json)
    if any(finding.level == "error" for finding in findings):
        sys.exit(1)


def _row(finding: Finding) -> dict[str, str]:
    said = {name: _said(value) for name, value in finding.values.items()}
    return {
        "level": finding.level,
        "kind": finding.kind,
        "subject": finding.subject,
        "message": MESSAGES[finding.kind].format(**said),
    }


def _said(value: Any) -> str:
    match value:
        case datetime():
            return value.isoformat(sep=" ", timespec="minutes")
        case timedelta():
            return _duration(value)
        case _:
            return str(value)


def _duration(length: timedelta) -> str:
    """The largest unit that says enough: 3 days, 5 hours, 90 seconds."""
    for name, seconds in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if length.total_seconds() >= 2 * seconds:
            return f"{int(length.total_seconds() // seconds)} {name}"
    return f"{int(length.total_seconds())} seconds"
