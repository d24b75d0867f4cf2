"""Wires the rooms: the only file that knows them all."""

import random
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from hub.api import DOCUMENT, create_api
from hub.config import Config
from hub.contract.deliveries import Host
from hub.contract.errors import ContractError
from hub.deliveries import (
    EffectRunner,
    JobEngine,
    LoopEngine,
    PeriodicRunner,
    Sender,
    Tenancy,
    Tidying,
    worker_name,
)
from hub.deliveries.backoff import Random
from hub.ingress import Limits, Observe, bind
from hub.ingress.responding import SECURITY_HEADERS
from hub.pipeline import Pipeline, Quarantine
from hub.pipeline.announcing import Announcer
from hub.pipeline.backfilling import Backfiller
from hub.pipeline.fetching import GuardedWeb
from hub.pipeline.replaying import Replayer
from hub.pipeline.rounds import Rounds
from hub.pipeline.timing import Timings
from hub.records.database import Database, DatabaseUnavailable
from hub.records.migrating import up_to_date
from hub.records.vault import Vault
from hub.registry.discovery import Plugins, discover
from hub.registry.registry import Registry
from hub.registry.tracing import Tracer
from hub.support.clock import Clock, monotonic, utc_now
from hub.support.transport import Guard
from hub.version import __version__
from hub.web import create_web, fork
from hub.web.feed import EXTENSION as FEED
from hub.web.feed import Feed
from hub.web.reference import DOCUMENT as DESCRIBED

if TYPE_CHECKING:  # it loads what only those have installed who want traces
    from hub.support.spans import Spans

EXTENSION = "hub"
WEB = "hub_web"
API = "hub_api"


@dataclass(frozen=True, kw_only=True)
class Hub:
    """The rooms of one application, wired to each other."""

    config: Config
    database: Database
    vault: Vault
    registry: Registry
    announcer: Announcer
    pipeline: Pipeline
    replayer: Replayer
    clock: Clock
    spans: "Spans | None" = None

    def for_all_tenants(self) -> "Hub":
        """The same rooms, in the hands of an operator: the command line's."""
        return replace(self, database=self.database.for_all_tenants())

    @property
    def plugins(self) -> Plugins:
        """The installed plugins."""
        return self.registry.plugins

    @property
    def tracer(self) -> Tracer:
        """What leads from any id to the bytes that it goes back to."""
        return Tracer(self.registry)

    @property
    def backfiller(self) -> Backfiller:
        """What asks providers for events that were lost."""
        web = GuardedWeb(Guard(self.config.allowed_targets), self.clock)
        return Backfiller(self.database, self.registry, self.pipeline, web, self.clock)

    @property
    def host(self) -> Host:
        """What a channel is lent while it sends."""
        return Host(config=self.config, clock=self.clock, database=self.database, vault=self.vault)


def create_hub(
    config: Config | None = None, *, plugins: Plugins | None = None, clock: Clock = utc_now
) -> Hub:
    """The rooms without the web: for the command line and for workers.

    Raises VaultError without a secret key, ContractError for a misspelt hook.
    """
    config = config or Config()
    database = Database(config.resolved_database_url, pool_size=config.pool_size, writers=config.writers)
    vault = Vault(config.secret_keys())
    registry = Registry(plugins if plugins is not None else discover(), database, vault)
    announcer = Announcer(registry.plugins, clock)
    kept = Quarantine(config.quarantine_events, config.quarantine_days)
    spans = _spans(config, database)
    pipeline = Pipeline(database, registry, announcer, kept, Timings(database, monotonic), spans)
    return Hub(
        config=config,
        database=database,
        vault=vault,
        registry=registry,
        announcer=announcer,
        pipeline=pipeline,
        replayer=Replayer(database, registry, pipeline),
        clock=clock,
        spans=spans,
    )


def create_worker(hub: Hub, *, threads: int | None = None, chance: Random = random.random) -> LoopEngine:
    """What sends the hub's deliveries, calls its background receivers and makes the rounds of its periodic
    jobs, through the database alone."""
    return LoopEngine(**_rooms_of_worker(hub, threads, chance))


def create_engine(hub: Hub, *, threads: int | None = None) -> JobEngine:
    """The same as the installation wants it: through a broker, if it has one."""
    if not hub.config.broker_url:
        return create_worker(hub, threads=threads)
    from hub.deliveries.brokered import BrokerEngine

    return BrokerEngine(hub.config.broker_url, **_rooms_of_worker(hub, threads, random.random))


def _rooms_of_worker(hub: Hub, threads: int | None, chance: Random) -> dict[str, Any]:
    tenancy = Tenancy(hub.database, hub.registry)
    lease = timedelta(seconds=hub.config.worker_lease)
    return {
        "database": hub.database,
        "tenancy": tenancy,
        "sender": Sender(hub.registry, tenancy, hub.host, clock=hub.clock, random=chance, spans=hub.spans),
        "effects": EffectRunner(
            hub.database, tenancy, hub.announcer.receiver, clock=hub.clock, random=chance
        ),
        "periodic": PeriodicRunner(
            hub.database,
            tenancy,
            hub.plugins.jobs(),
            name=worker_name(),
            clock=hub.clock,
            random=chance,
            lease=lease,
        ),
        "rounds": Rounds(hub.database, hub.registry, hub.backfiller, hub.clock).turn,
        "tidying": Tidying(hub.database, hub.registry, hub.config, hub.clock).turn,
        "threads": threads or hub.config.worker_threads,
        "clock": hub.clock,
        "lease": lease,
    }


def create_app(
    config: Config | None = None, *, plugins: Plugins | None = None, clock: Clock = utc_now
) -> Flask:
    """The WSGI application: the door for senders, and beside it the web UI and the API.
    ``app.extensions["hub"]`` holds the rooms, ``["hub_web"]`` and ``["hub_api"]`` the applications beside.

    Any WSGI server can run it: ``granian --interface wsgi --factory hub.app:create_app``.
    """
    hub = create_hub(config, plugins=plugins, clock=clock)
    app = Flask("hub", static_folder=None)
    app.extensions[EXTENSION] = hub
    limits = Limits(
        body=hub.config.body_limit, per_minute=hub.config.rate_limit, base_url=hub.config.base_url
    )
    bind(app, hub.pipeline, hub.registry, limits, clock, _bind_metrics(app, hub))
    _bind_health(app, hub)
    app.register_error_handler(HTTPException, _json_error)
    app.after_request(_protect)
    web = app.extensions[WEB] = create_web(hub)
    api = app.extensions[API] = create_api(hub)
    web.extensions[DESCRIBED] = api.extensions[DOCUMENT]
    for other in (web, api):
        app.wsgi_app = fork(app, other)  # type: ignore[method-assign] # Flask documents it so
    if hops := hub.config.proxy_hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign] # Flask documents it so
    return app


def end_streams(app: Flask) -> None:
    """End the streams that pages of the UI hold open, before the server stops."""
    feed: Feed = app.extensions[WEB].extensions[FEED]
    feed.close()


def _bind_metrics(app: Flask, hub: Hub) -> Observe | None:
    """``/metrics``, where the installation wants it; what is not asked for costs nothing."""
    if hub.config.metrics_token is None:
        return None
    try:
        from hub.ingress.metrics import Metrics, bind_metrics
    except ImportError as error:
        raise ContractError(f"HUB_METRICS_TOKEN needs the extra metrics: {error}") from None
    metrics = Metrics(hub.database, hub.clock)
    bind_metrics(app, metrics, hub.config.metrics_token.get_secret_value())
    return metrics.observe


def _spans(config: Config, database: Database) -> "Spans | None":
    """What writes traces, where the installation wants them."""
    if not config.traces_endpoint:
        return None
    try:
        from hub.support.spans import Spans
    except ImportError as error:
        raise ContractError(f"HUB_TRACES_ENDPOINT needs the extra traces: {error}") from None
    spans = Spans(config.traces_endpoint, __version__)
    database.on_close(spans.close)
    return spans


def _bind_health(app: Flask, hub: Hub) -> None:
    @app.get("/healthz")
    def alive() -> Response:
        return jsonify(status="alive")

    @app.get("/readyz")
    def ready() -> tuple[Response, int]:
        """Ready to take events: the database answers and has this version's tables."""
        try:
            migrated = up_to_date(hub.database, hub.plugins.branches())
        except DatabaseUnavailable:
            return jsonify(status="unavailable", database="unreachable"), 503
        if not migrated:
            return jsonify(status="unavailable", database="not migrated; run: hub db upgrade"), 503
        return jsonify(status="ready"), 200


def _protect(response: Response) -> Response:
    """No answer at the door is taken by a browser for more than it is, nor kept."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _json_error(error: HTTPException) -> Response:
    """Errors of the web framework (no such path, wrong method) in the hub's own shape."""
    code = (error.name or "error").lower().replace(" ", "_")
    response = jsonify(status="error", code=code, message=error.description or "")
    response.status_code = error.code or 500
    for name, value in error.get_headers():
        if name.lower() == "allow":
            response.headers[name] = value
    return response
