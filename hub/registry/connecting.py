"""Switching plugins on and off for a tenant, and keeping their settings and secrets."""

import re
import secrets as random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import SecretStr, ValidationError

from hub.contract.settings import Secret, Settings
from hub.records import tenants
from hub.records.database import Database, Row, Transactions, Unit
from hub.records.tenants import Conflict
from hub.records.vault import Vault, VaultError
from hub.registry import secrets
from hub.registry.discovery import Installed, Plugins
from hub.support.clock import Clock

DEFAULT = "default"
"""The name of a tenant's first connection of a plugin, which the plain route addresses."""

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
"""Names of connections: they stand in addresses."""

BY_HAND = "by_hand"
"""Why a connection was cut that a member of the tenant disconnected."""

UNREADABLE = "unreadable"
"""Shown for secrets that the present key or the installed plugin cannot read."""


class ConnectingError(Exception):
    """The connection cannot be made or changed so; the message says what to do. ``fields`` names the
    settings that do not fit."""

    def __init__(self, message: str, *, fields: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.fields = tuple(fields)


class TakenError(ConnectingError):
    """There is a connection of that name already."""


@dataclass(frozen=True, kw_only=True)
class ConnectionView:
    """A connection as a person may see it: secrets masked."""

    id: UUID
    tenant: str
    plugin: str
    name: str
    enabled: bool
    settings: dict[str, Any]
    paths: tuple[str, ...]
    disconnected_at: Any = None
    disconnect_reason: str | None = None


class Connections:
    """Changes connections. Each change is seen by every process at its next request."""

    def __init__(self, database: Transactions, plugins: Plugins, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._plugins = plugins
        self._vault = vault
        self._clock = clock

    def create(
        self, tenant: str, plugin: str, name: str, given: Mapping[str, Sequence[str]]
    ) -> ConnectionView:
        """Switch a plugin on with these settings (texts by name; lists take several). Raises
        ConnectingError."""
        if not NAME.fullmatch(name):
            raise ConnectingError("the name must be lower case letters, digits and '-', 63 at most")
        installed = self._installed(plugin)
        settings = _validated(installed.manifest.settings, _from_texts(installed.manifest.settings, given))
        settings = _dated(settings, given, self._clock())
        plain, sealed = secrets.split(settings, self._vault)
        with self._database.write() as unit:
            row = self._tenant(unit, tenant)
            try:
                tenants.create_connection(
                    unit,
                    tenant_id=row["id"],
                    plugin=plugin,
                    name=name,
                    settings=plain,
                    secrets=sealed,
                    now=self._clock(),
                )
            except Conflict as conflict:
                raise TakenError(f"{conflict}; change it with `hub connection set`") from None
        return self.show(tenant, plugin, name)

    def change(
        self, tenant: str, plugin: str, name: str, given: Mapping[str, Sequence[str]]
    ) -> ConnectionView:
        """Replace the named settings and keep the others; no texts at all bring the default back. Settings
        that the plugin's present version does not know are dropped. Raises ConnectingError."""
        model = self._installed(plugin).manifest.settings
        with self._database.write() as unit:
            row = self._row(unit, tenant, plugin, name)
            changed = self._changed(model, row, given)
            self._store(unit, row["id"], _dated(changed, given, self._clock()))
        return self.show(tenant, plugin, name)

    def changed(self, tenant: str, plugin: str, name: str, given: Mapping[str, Sequence[str]]) -> Settings:
        """The settings as ``change`` would store them, secrets included; nothing is stored. Raises
        ConnectingError."""
        model = self._installed(plugin).manifest.settings
        with self._database.read() as unit:
            return self._changed(model, self._row(unit, tenant, plugin, name), given)

    def enable(self, tenant: str, plugin: str, name: str, *, on: bool) -> ConnectionView:
        """Switch a connection on or off; what it received stays. Raises ConnectingError."""
        with self._database.write() as unit:
            row = self._row(unit, tenant, plugin, name)
            changes = {"disconnected_at": None, "disconnect_reason": None} if on else {}
            tenants.change_connection(unit, row["id"], now=self._clock(), enabled=on, **changes)
        return self.show(tenant, plugin, name)

    def disconnect(self, tenant: str, plugin: str, name: str) -> ConnectionView:
        """Switch a connection off and forget its secrets; what it received stays. Raises ConnectingError."""
        model = self._installed(plugin).manifest.settings
        hidden = {key for key, field in model.model_fields.items() if secrets.is_secret(field)}
        with self._database.write() as unit:
            row = self._row(unit, tenant, plugin, name)
            known = {k: v for k, v in row["settings"].items() if k in model.model_fields and k not in hidden}
            plain, sealed = secrets.split(_validated(model, known), self._vault)
            now = self._clock()
            tenants.change_connection(
                unit,
                row["id"],
                now=now,
                enabled=False,
                settings=plain,
                secrets=sealed,
                disconnected_at=now,
                disconnect_reason=BY_HAND,
            )
        return self.show(tenant, plugin, name)

    def rotate(self, tenant: str, plugin: str, name: str, *, value: str | None, overlap: timedelta) -> str:
        """Put a new signing secret in front; the ones before it count for ``overlap`` longer.
        Gives the new secret, made at random unless it is given. Raises ConnectingError."""
        installed = self._installed(plugin)
        if "secrets" not in installed.manifest.settings.model_fields:
            raise ConnectingError(f"{plugin} has no signing secrets")
        fresh = value or random.token_urlsafe(32)
        now = self._clock()
        with self._database.write() as unit:
            row = self._row(unit, tenant, plugin, name)
            known = self._stored(installed, row)
            kept = tuple(
                _expiring(old, now + overlap) for old in getattr(known, "secrets", ()) if old.active(now)
            )
            renewed = known.model_copy(update={"secrets": (Secret(value=SecretStr(fresh), since=now), *kept)})
            self._store(unit, row["id"], renewed)
        return fresh

    def show(self, tenant: str, plugin: str, name: str) -> ConnectionView:
        """One connection. Raises ConnectingError if there is none."""
        with self._database.read() as unit:
            return self._view(tenant, self._row(unit, tenant, plugin, name))

    def list(self, tenant: str) -> list[ConnectionView]:
        """The tenant's connections, oldest first. Raises ConnectingError for an unknown tenant."""
        with self._database.read() as unit:
            rows = tenants.connections_of(unit, self._tenant(unit, tenant)["id"])
        return [self._view(tenant, row) for row in rows]

    def settings(self, tenant: str, plugin: str, name: str) -> Settings:
        """The connection's settings, secrets included. Raises ConnectingError."""
        installed = self._installed(plugin)
        with self._database.read() as unit:
            row = self._row(unit, tenant, plugin, name)
        return self._stored(installed, row)

    def _changed(self, model: type[Settings], row: Row, given: Mapping[str, Sequence[str]]) -> Settings:
        stored = secrets.opened(row["settings"], row["secrets"], self._vault)
        kept = {name for name in model.model_fields if given.get(name, True)}
        known = {key: value for key, value in stored.items() if key in kept}
        return _validated(model, known | _from_texts(model, given))

    def _installed(self, plugin: str) -> Installed:
        if plugin not in self._plugins.installed:
            known = ", ".join(sorted(self._plugins.installed)) or "none"
            raise ConnectingError(f"no plugin {plugin!r} is installed; installed are: {known}")
        return self._plugins.installed[plugin]

    def _tenant(self, unit: Unit, slug: str) -> Row:
        row = tenants.tenant_by_slug(unit, slug)
        if row is None:
            raise ConnectingError(f"there is no tenant {slug!r}")
        return row

    def _row(self, unit: Unit, tenant: str, plugin: str, name: str) -> Row:
        rows = tenants.connections_of(unit, self._tenant(unit, tenant)["id"])
        for row in rows:
            if (row["plugin"], row["name"]) == (plugin, name):
                return row
        raise ConnectingError(f"{tenant} has no connection {plugin}/{name}")

    def _stored(self, installed: Installed, row: Row) -> Settings:
        return stored_settings(installed, row, self._vault)

    def _store(self, unit: Unit, connection_id: UUID, settings: Settings) -> None:
        plain, sealed = secrets.split(settings, self._vault)
        tenants.change_connection(unit, connection_id, now=self._clock(), settings=plain, secrets=sealed)

    def _view(self, tenant: str, row: Row) -> ConnectionView:
        installed = self._plugins.installed.get(row["plugin"])
        return ConnectionView(
            id=row["id"],
            tenant=tenant,
            plugin=row["plugin"],
            name=row["name"],
            enabled=row["enabled"],
            settings=self._shown(installed, row),
            paths=_paths(installed, tenant, row["name"]) if installed else (),
            disconnected_at=row["disconnected_at"],
            disconnect_reason=row["disconnect_reason"],
        )

    def _shown(self, installed: Installed | None, row: Row) -> dict[str, Any]:
        if installed is None:
            return dict(row["settings"])
        model = installed.manifest.settings
        hidden = [name for name, field in model.model_fields.items() if secrets.is_secret(field)]
        try:
            settings = self._stored(installed, row)
        except (VaultError, ConnectingError):
            return {**row["settings"], **dict.fromkeys(hidden, UNREADABLE)}
        return {**row["settings"], **{name: secrets.masked(getattr(settings, name)) for name in hidden}}


def stored_settings(installed: Installed, row: Row, vault: Vault) -> Settings:
    """The settings in a connection's row, secrets included. Raises VaultError, or ConnectingError for those
    of another version of the plugin."""
    try:
        return secrets.join(installed.manifest.settings, row["settings"], row["secrets"], vault)
    except ValidationError as error:
        raise ConnectingError(f"the stored settings are not of this version: {_faults(error)}") from None


def reseal_all(database: Database, vault: Vault) -> int:
    """Encrypt every stored secret with the vault's first key. Gives their number."""
    with database.write() as unit:
        sealed = tenants.sealed_secrets(unit)
        for owner, row_id, text in sealed:
            tenants.reseal(unit, owner, row_id, vault.reseal(text))
        tenants.raise_registry_version(unit)
    return len(sealed)


def _paths(installed: Installed, tenant: str, name: str) -> tuple[str, ...]:
    """The addresses of a connection, without the hub's own."""
    suffix = "" if name == DEFAULT else f"/{name}"
    return tuple(
        route.replace("<tenant>", tenant) + (suffix if "<tenant>" in route else "")
        for route in installed.manifest.routes
        if not suffix or "<tenant>" in route
    )


def _dated(settings: Settings, given: Mapping[str, Sequence[str]], now: datetime) -> Settings:
    """The settings, with the time at which signing secrets were given that are among them."""
    if not given.get("secrets"):
        return settings
    dated = tuple(one.model_copy(update={"since": now}) for one in getattr(settings, "secrets", ()))
    return settings.model_copy(update={"secrets": dated})


def _expiring(secret: Secret, at: Any) -> Secret:
    soonest = at if secret.expires_at is None else min(at, secret.expires_at)
    return secret.model_copy(update={"expires_at": soonest})


def _validated(model: type[Settings], values: Mapping[str, Any]) -> Settings:
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        known = ", ".join(model.model_fields)
        wrong = [str(fault["loc"][0]) for fault in error.errors(include_input=False) if fault["loc"]]
        raise ConnectingError(f"{_faults(error)} (known settings: {known})", fields=wrong) from None


def _faults(error: ValidationError) -> str:
    """What is wrong, without the values."""
    return "; ".join(
        f"{'.'.join(str(part) for part in fault['loc']) or 'settings'}: {fault['msg']}"
        for fault in error.errors(include_input=False, include_url=False)
    )


def _from_texts(model: type[Settings], given: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Lists stay lists; of any other setting one text is taken, if there is one. Raises ConnectingError."""
    values: dict[str, Any] = {}
    for name, texts in given.items():
        field = model.model_fields.get(name)
        if field is not None and "tuple" in repr(field.annotation):
            values[name] = tuple(texts)
        elif len(texts) > 1:
            raise ConnectingError(f"{name} takes one value, {len(texts)} were given")
        elif texts:
            values[name] = texts[0]
    return values
