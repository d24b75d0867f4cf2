"""Settings of the installation: from the environment (``HUB_…``), read once at start-up."""

from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


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
    proxy_hops: int = Field(
        default=0,
        ge=0,
        description="Number of reverse proxies whose X-Forwarded headers are trusted.",
    )
    quarantine_events: int = Field(
        default=1000, gt=0, description="Rejected requests kept for each connection."
    )
    quarantine_days: int = Field(default=30, gt=0, description="Days that a rejected request is kept.")
    threads: int = Field(default=64, gt=0, description="Threads of each server process.")
    pool_size: int = Field(default=16, gt=0, description="Database connections of each server process.")
    writers: int = Field(
        default=4, gt=0, description="Threads of a server process that write to PostgreSQL at the same time."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least important log lines that are written."
    )
    log_format: Literal["json", "text"] = Field(default="json", description="Form of the log lines.")

    @property
    def key_file(self) -> Path:
        """Where ``hub init`` leaves a secret key if the environment names none."""
        return self.var_dir / "secret_key"

    @cached_property
    def resolved_database_url(self) -> str:
        """The database's address, with the embedded default filled in."""
        return self.database_url or f"sqlite:///{self.var_dir / 'hub.db'}"

    def secret_keys(self) -> tuple[str, ...]:
        """The keys for stored secrets, the encrypting one first; empty if there is none yet."""
        if self.secret_key is not None:
            text = self.secret_key.get_secret_value()
        elif self.key_file.is_file():
            text = self.key_file.read_text("utf-8")
        else:
            return ()
        return tuple(key for part in text.replace("\n", ",").split(",") if (key := part.strip()))
