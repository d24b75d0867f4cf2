"""Settings of the installation: from the environment (``HUB_…``), read once at start-up."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _parted(value: Any) -> Any:
    """A text with commas between as a list; anything else as it is."""
    return [part for part in map(str.strip, value.split(",")) if part] if isinstance(value, str) else value


Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_parted)]
"""Networks such as ``10.0.0.0/8``; in the environment with commas between."""


def _push_key(value: SecretStr | None) -> SecretStr | None:
    """As ``hub.support.vapid`` reads it. Raises ValueError for anything else."""
    if value and not re.fullmatch(r"[A-Za-z0-9_-]{43}", value.get_secret_value()):
        raise ValueError("must be 32 bytes in base64url, which are 43 characters")
    return value


KEPT = ("bodies", "rejected", "deliveries", "notifications", "audit")
"""What has a period: bytes of settled events, refused requests, what was sent with its attempts, what
members were told, and the audit log."""

_PERIOD_TEXT = re.compile(r"(?:(?P<tenant>[a-z0-9-]+):)?(?P<kind>[a-z]+)=(?P<days>\d{1,5})")


@dataclass(frozen=True)
class Period:
    """So many days a kind is kept, 0 for ever; without ``tenant`` for all who have none of their own."""

    kind: str
    days: int
    tenant: str | None = None


def _read_periods(value: Any) -> Any:
    """The periods of a text such as ``bodies=365,acme:bodies=30``. Raises ValueError."""
    if not isinstance(value, str):
        return value
    return tuple(_read_period(part) for part in map(str.strip, value.split(",")) if part)


def period_of(periods: Sequence[Period], tenant: str, kind: str) -> int | None:
    """The days for which a tenant's things of that kind are kept; ``None``: for ever."""
    known = {period.tenant: period.days for period in periods if period.kind == kind}
    return known.get(tenant, known.get(None, 0)) or None


def _read_period(part: str) -> Period:
    found = _PERIOD_TEXT.fullmatch(part)
    if found is None or found["kind"] not in KEPT:
        raise ValueError(f"{part!r} is not like bodies=365 or acme:bodies=30; kinds: {', '.join(KEPT)}")
    return Period(found["kind"], int(found["days"]), found["tenant"])


class Config(BaseSettings):
    """Everything an operator can set. Raises pydantic's ValidationError for a wrong value."""

    model_config = SettingsConfigDict(env_prefix="HUB_", frozen=True, hide_input_in_errors=True)

    var_dir: Path = Field(
        default=Path("var"), description="Folder for the embedded database and the secret key file."
    )
    database_url: str = Field(
        default="",
        description="SQLAlchemy address of the database. Empty: a SQLite file in the folder above. "
        "PostgreSQL: postgresql+psycopg://user@host/name.",
        repr=False,
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description="Key that encrypts stored secrets, at least 16 characters; several with commas "
        "between, the first encrypts. Unset: the file secret_key in the folder above.",
    )
    base_url: str = Field(
        default="http://127.0.0.1:8080",
        description="Public address of the hub, without a path. Tenants may use subdomains of its host.",
    )
    body_limit: int = Field(default=1024 * 1024, gt=0, description="Largest request body in bytes.")
    rate_limit: int = Field(
        default=0,
        ge=0,
        description="Requests a minute that one address of the hub takes in one process before it "
        "answers 429; 0 switches the limit off.",
    )
    api_rate_limit: int = Field(
        default=600,
        ge=0,
        description="Requests a minute that one access key of the API may make in one process before it "
        "is answered 429; 0 switches the limit off.",
    )
    proxy_hops: int = Field(
        default=0,
        ge=0,
        description="Number of reverse proxies whose X-Forwarded headers are trusted.",
    )
    quarantine_events: int = Field(
        default=1000, gt=0, description="Rejected requests kept for each connection."
    )
    quarantine_days: int = Field(default=30, gt=0, description="Days that a rejected request is kept.")
    retention: Annotated[tuple[Period, ...], NoDecode, BeforeValidator(_read_periods)] = Field(
        default=(),
        description="Days after which what was kept goes, such as bodies=365,deliveries=180,acme:bodies=30; "
        "with a tenant's name before it for that tenant alone, 0 for ever. bodies: what senders sent; "
        "rejected: refused requests; deliveries: what was sent, with its attempts; notifications; audit. "
        "Empty: all stays, but for refused requests.",
    )
    threads: int = Field(default=64, gt=0, description="Threads of each server process.")
    pool_size: int = Field(default=16, gt=0, description="Database connections of each server process.")
    writers: int = Field(
        default=4, gt=0, description="Threads of a server process that write to PostgreSQL at the same time."
    )
    one_core: bool = Field(
        default=True,
        description="Whether each process of hub serve and hub worker keeps to one core, on Linux: it runs "
        "one thread at a time, and to pass that on between cores costs a third of what it can take. It "
        "goes to another core when others want that one.",
    )
    worker: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="Whether hub serve itself sends deliveries and calls background receivers. auto: on "
        "SQLite yes, on PostgreSQL no; there hub worker does it.",
    )
    worker_threads: int = Field(
        default=16, gt=0, description="Deliveries that one worker sends at the same time."
    )
    worker_lease: int = Field(
        default=60,
        ge=2,
        description="Seconds for which a delivery or a periodic job is a worker's that took it. What a "
        "killed worker had waits so long for another; no attempt of a channel may take as long.",
    )
    broker_url: str = Field(
        default="",
        description="Address of a RabbitMQ server, amqp://…, through which workers share the deliveries. "
        "Empty: they share them through the database alone.",
        repr=False,
    )
    allowed_targets: Networks = Field(
        default=(),
        description="Networks, with commas between, to which outgoing requests may go although they are "
        "private, such as 127.0.0.0/8 or 10.1.0.0/16. Empty: public addresses only.",
    )
    smtp_host: str = Field(default="", description="Mail server for outgoing e-mail. Empty: none is sent.")
    smtp_port: int = Field(default=587, gt=0, lt=65536, description="Port of the mail server.")
    smtp_security: Literal["none", "starttls", "ssl"] = Field(
        default="starttls",
        description="How the way to the mail server is encrypted; ssl is usual on port 465.",
    )
    smtp_user: str = Field(default="", description="User name at the mail server. Empty: no login.")
    smtp_password: SecretStr | None = Field(default=None, description="Password at the mail server.")
    smtp_from: str = Field(
        default="", description="Sender of outgoing e-mail, such as CloudCRM <crm@example.com>."
    )
    push_key: Annotated[SecretStr | None, AfterValidator(_push_key)] = Field(
        default=None,
        description="Private key for push messages (VAPID): 32 bytes in base64url. Unset: one is made when "
        "it is first needed, and kept encrypted in the database. Another key ends all subscriptions.",
    )
    push_contact: str = Field(
        default="",
        pattern=r"^(mailto:[^@\s]+@[^@\s]+|https://\S+)?$",
        description="Where services that carry push messages reach the operator: mailto:… or https://…. "
        "Empty: the address of the hub.",
    )
    metrics_token: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Whoever brings this token, at least 16 characters, may read /metrics. Unset: nobody "
        "may. Needs the extra metrics.",
    )
    traces_endpoint: str = Field(
        default="",
        pattern=r"^(https?://\S+)?$",
        description="Where traces go: a collector's address for OTLP over HTTP, such as "
        "http://127.0.0.1:4318/v1/traces. Empty: there are none. Needs the extra traces.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least important log lines that are written."
    )
    log_format: Literal["json", "text"] = Field(default="json", description="Form of the log lines.")

    @property
    def serves_with_worker(self) -> bool:
        """Whether ``hub serve`` has a worker inside."""
        if self.worker == "auto":
            return self.resolved_database_url.startswith("sqlite")
        return self.worker == "on"

    @property
    def key_file(self) -> Path:
        """Where ``hub init`` leaves a secret key if the environment names none."""
        return self.var_dir / "secret_key"

    @cached_property
    def resolved_database_url(self) -> str:
        """The database's address, with the embedded default filled in."""
        return self.database_url or f"sqlite:///{self.var_dir / 'hub.db'}"

    @property
    def push_subject(self) -> str:
        """Whom a service that carries push messages may turn to."""
        host = urlsplit(self.base_url).hostname or "localhost"
        own = f"https://{host}" if self.base_url.startswith("https://") else f"mailto:hub@{host}"
        return self.push_contact or own

    def secret_keys(self) -> tuple[str, ...]:
        """The keys for stored secrets, the encrypting one first; empty if there is none yet."""
        if self.secret_key is not None:
            text = self.secret_key.get_secret_value()
        elif self.key_file.is_file():
            text = self.key_file.read_text("utf-8")
        else:
            return ()
        return tuple(key for part in text.replace("\n", ",").split(",") if (key := part.strip()))
