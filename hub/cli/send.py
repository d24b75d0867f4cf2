"""``hub send``: a plugin's sample, signed as its provider would, sent over HTTP."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import click
import requests

from hub.app import Hub
from hub.cli.common import connections, json_option, opened, out, print_json, tenant_row
from hub.contract.schemes import Outgoing, Scheme
from hub.contract.settings import active_secrets
from hub.registry.connecting import DEFAULT
from hub.registry.discovery import Installed
from hub.registry.fixtures import Fixture, fixtures_of

STALE = timedelta(hours=1)
TIMEOUT_SECONDS = 30


@click.command()
@click.argument("plugin")
@click.argument("fixture")
@click.option("--tenant", required=True, help="For whom it is sent.")
@click.option("--name", default=DEFAULT, show_default=True, help="Which of several connections.")
@click.option("--url", help="Address of the hub, or of the endpoint; HUB_BASE_URL otherwise.")
@click.option("--secret", help="Secret or API key to sign with; the stored one otherwise.")
@click.option("--tamper", is_flag=True, help="Change the request after signing it.")
@click.option("--stale", is_flag=True, help="Sign it as of an hour ago.")
@click.option("--duplicate", is_flag=True, help="Send it twice.")
@json_option
def send(
    plugin: str,
    fixture: str,
    tenant: str,
    name: str,
    url: str | None,
    secret: str | None,
    tamper: bool,
    stale: bool,
    duplicate: bool,
    as_json: bool,
) -> None:
    """Send FIXTURE of PLUGIN and print the answer."""
    with opened() as hub:
        tenant_row(hub, tenant)
        installed, sample = _sample(hub, plugin, fixture)
        scheme = _scheme(installed)
        at = _signing_time(hub.clock(), scheme, stale)
        key = secret or _stored_secret(hub, tenant, plugin, name, at)
        outgoing = signed(sample, scheme, key, at, tamper=tamper)
        target = endpoint(installed, tenant, name, url or hub.config.base_url)
    answers = [_post(target, outgoing) for _ in range(2 if duplicate else 1)]
    if as_json:
        print_json(answers)
        return
    for answer in answers:
        out.print(f"{answer['status']} {answer['body']}", markup=False)


def signed(sample: Fixture, scheme: Scheme, secret: str, at: datetime, *, tamper: bool = False) -> Outgoing:
    """The sample as the provider sends it at that instant; ``tamper`` spoils it afterwards."""
    headers = {"Content-Type": "application/json", **sample.headers}
    credential = bool(getattr(scheme, "credential_headers", ()) or getattr(scheme, "credential_query", ()))
    if tamper and credential:
        secret = secret[:-1] + ("0" if secret[-1:] != "0" else "1")
    outgoing = scheme.sign(Outgoing(body=sample.body, headers=headers), secret, at)
    if tamper and not credential:
        return replace(outgoing, body=outgoing.body.rstrip() + b" ")
    return outgoing


def endpoint(installed: Installed, tenant: str, name: str, url: str) -> str:
    """The full address: ``url`` as it is if it has a path, else with the plugin's first route."""
    if urlsplit(url).path not in {"", "/"}:
        return url
    route = installed.manifest.routes[0].replace("<tenant>", tenant)
    suffix = "" if name == DEFAULT or "<tenant>" not in installed.manifest.routes[0] else f"/{name}"
    return url.rstrip("/") + route + suffix


def _sample(hub: Hub, plugin: str, fixture: str) -> tuple[Installed, Fixture]:
    installed = hub.plugins.installed.get(plugin)
    if installed is None:
        raise click.ClickException(f"no plugin {plugin!r} is installed")
    samples = fixtures_of(installed.plugin)
    wanted = fixture.removesuffix(".json")
    matches = [name for name in samples if name == wanted] or [
        name for name in samples if samples[name].event in {wanted, wanted.replace("/", ".")}
    ]
    if len(matches) != 1:
        listed = ", ".join(matches or samples) or "none"
        raise click.ClickException(f"which sample is {fixture!r}? there are: {listed}")
    return installed, samples[matches[0]]


def _scheme(installed: Installed) -> Scheme:
    if installed.manifest.scheme is None:
        raise click.ClickException(f"{installed.manifest.slug} declares no scheme to sign with")
    return installed.manifest.scheme


def _signing_time(now: datetime, scheme: Scheme, stale: bool) -> datetime:
    if stale and not scheme.timestamped:
        raise click.ClickException("this source's signature holds no time, so nothing can be stale")
    return now - STALE if stale else now


def _stored_secret(hub: Hub, tenant: str, plugin: str, name: str, at: datetime) -> str:
    stored = active_secrets(connections(hub).settings(tenant, plugin, name), at)
    if not stored:
        raise click.ClickException("no secret is stored that could sign; give one with --secret")
    return stored[0]


def _post(url: str, outgoing: Outgoing) -> dict[str, Any]:
    try:
        answer = requests.post(
            url,
            data=outgoing.body,
            headers=dict(outgoing.headers),
            params=dict(outgoing.query),
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        raise click.ClickException(f"cannot reach {url}: {type(error).__name__}") from None
    return {"status": answer.status_code, "body": answer.text, "event_id": answer.headers.get("X-Event-Id")}
