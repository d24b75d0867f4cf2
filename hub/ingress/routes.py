"""Binds the routes that manifests declare."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from flask import Flask, Response, request

from hub.contract.hookspecs import Plugin
from hub.contract.inbound import Inbound
from hub.contract.outcome import Outcome, Reply
from hub.ingress.browsing import is_for_browsers, preflight, readable
from hub.ingress.limiting import RateLimiter
from hub.ingress.receiving import build_inbound, contradicting_host, read_body
from hub.ingress.responding import SECURITY_HEADERS, default_reply, to_response
from hub.pipeline import Pipeline
from hub.registry.registry import Registry
from hub.support.clock import Clock

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the door lets in: body size in bytes, requests a minute (0: any number)."""

    body: int
    per_minute: int
    base_url: str


Observe = Callable[[str, Outcome, float], None]
"""Told of each request after its answer is made: plugin, outcome, seconds."""


def bind(
    app: Flask,
    pipeline: Pipeline,
    registry: Registry,
    limits: Limits,
    clock: Clock,
    observe: Observe | None = None,
) -> None:
    """Serve every route of every installed source."""
    limiter = RateLimiter(limits.per_minute)
    for slug, installed in registry.plugins.installed.items():
        if not installed.manifest.is_source:
            continue
        for route in installed.manifest.routes:
            further = [f"{route}/<connection>"] if "<tenant>" in route else []
            for rule in (route, *further):
                view = _view(slug, rule, pipeline, registry, limits, limiter, clock, observe)
                asked = is_for_browsers(installed.manifest)
                app.add_url_rule(
                    rule,
                    endpoint=f"{slug}:{rule}",
                    view_func=view,
                    methods=["POST", "OPTIONS"] if asked else ["POST"],
                    provide_automatic_options=not asked,
                )
                if (answer := installed.manifest.probe_answer) is not None:
                    app.add_url_rule(
                        rule, endpoint=f"{slug}:{rule}:probe", view_func=_probed(answer), methods=["GET"]
                    )


def _probed(answer: str) -> Callable[..., Response]:
    """Answers whoever looks whether the address is there; nothing is asked, kept or told."""

    def tell(**_path_values: str) -> Response:
        return Response(answer, headers=SECURITY_HEADERS, content_type="text/plain; charset=utf-8")

    return tell


def _view(
    slug: str,
    rule: str,
    pipeline: Pipeline,
    registry: Registry,
    limits: Limits,
    limiter: RateLimiter,
    clock: Clock,
    observe: Observe | None,
) -> Callable[..., Response]:
    plugin = registry.plugins.installed[slug].plugin

    def receive(**_path_values: str) -> Response:
        received_at = clock()
        body, refusal = read_body(request, limits.body)
        inbound = build_inbound(request, rule, body, received_at)
        tenant = inbound.path_values.get("tenant")
        refusal = (
            refusal
            or contradicting_host(request.host, limits.base_url, tenant)
            or limiter.check(inbound.path, received_at)
        )
        if request.method == "OPTIONS":
            return preflight(registry, slug, inbound)
        outcome = pipeline.receive(slug, inbound, refusal)
        reply = _shaped(registry, slug, plugin, inbound, outcome) or default_reply(outcome)
        seconds = (clock() - received_at).total_seconds()
        _log(slug, inbound, outcome, seconds)
        if observe is not None:
            observe(slug, outcome, seconds)
        return readable(to_response(reply, outcome, received_at), inbound, outcome)

    return receive


def _shaped(
    registry: Registry, slug: str, plugin: Plugin, inbound: Inbound, outcome: Outcome
) -> Reply | None:
    """The plugin's own answer. The event is committed: a fault in shaping must not hide that."""
    if not hasattr(plugin, "respond"):
        return None
    try:
        reply: Reply | None = registry.callers.of(slug).respond(inbound=inbound, outcome=outcome)
    except Exception:
        log.exception("respond_failed", plugin=slug, event_id=str(outcome.event_id))
        return None
    return reply


def _log(slug: str, inbound: Inbound, outcome: Outcome, seconds: float) -> None:
    log.info(
        "event",
        event_id=str(outcome.event_id),
        plugin=slug,
        tenant=inbound.path_values.get("tenant"),
        event_type=outcome.event_type,
        outcome=outcome.kind.value,
        reason=outcome.reason,
        status=outcome.status,
        ms=round(seconds * 1000, 1),
    )
