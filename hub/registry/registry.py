"""Which plugin is on for whom. What was read from the database is kept until the registry's
version changes; the version is checked in each event's own transaction, so that no request is
judged by what was switched off meanwhile (docs/adr/0005-registry-version.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

import pluggy
import structlog
from pydantic import ValidationError

from hub.contract.inbound import Address, Connection, Inbound, Tenant
from hub.contract.manifest import Manifest
from hub.records import tenants
from hub.records.database import Database, Row, Unit
from hub.records.vault import Vault, VaultError
from hub.registry import secrets
from hub.registry.calling import Callers
from hub.registry.discovery import Installed, Plugins

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Target:
    """The connection that a request is for, and the hooks to be called for it."""

    connection: Connection
    connection_id: UUID
    tenant_id: UUID
    installed: Installed
    hooks: pluggy.HookRelay
    plugins_on: frozenset[str] = frozenset()
    """Slugs of all plugins that are on for the tenant."""

    @property
    def manifest(self) -> Manifest:
        """What the addressed plugin says about itself."""
        return self.installed.manifest


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the registry knows of an address: the target, or whose address it would be. ``proof`` is by what
    the sender proved who it is, as soon as it has."""

    version: int
    tenant_id: UUID | None = None
    target: Target | None = None
    proof: str | None = None


@dataclass(frozen=True)
class TenantEntry:
    """A tenant with all its connections that are on."""

    id: UUID
    version: int
    tenant: Tenant
    targets: Mapping[tuple[str, str], Target] = field(default_factory=dict)


class Registry:
    """Finds connections. Safe to share between threads."""

    def __init__(self, plugins: Plugins, database: Database, vault: Vault) -> None:
        self.plugins = plugins
        self.callers = Callers(plugins)
        self._database = database.for_all_tenants()  # it finds out for whom a request is
        self._vault = vault
        self._version = 0
        self._tenants: dict[str, TenantEntry] = {}
        self._slugs: dict[int, str] = {}

    def address_of(self, slug: str, inbound: Inbound) -> Address | None:
        """Whom the request claims to be for: by its path, or as the plugin reads it."""
        if tenant := inbound.path_values.get("tenant"):
            return Address(tenant=tenant, connection=inbound.path_values.get("connection", "default"))
        located: Address | None = self.callers.of(slug).locate(inbound=inbound)
        return located

    def find(self, slug: str, address: Address | None) -> Found:
        """The connection of that plugin at that address."""
        if address is None:
            return Found(version=self._current_version())
        entry, connection = self._entry(slug, address)
        if entry is None:
            return Found(version=self._current_version())
        target = entry.targets.get((slug, connection))
        return Found(version=entry.version, tenant_id=entry.id, target=target)

    def by_connection(self, tenant_slug: str, connection_id: UUID) -> Target | None:
        """The connection with that id, if it is on."""
        entry = self._by_slug(tenant_slug)
        targets = entry.targets.values() if entry else ()
        return next((target for target in targets if target.connection_id == connection_id), None)

    def entry(self, tenant_slug: str) -> TenantEntry | None:
        """The tenant with that slug and its connections that are on."""
        return self._by_slug(tenant_slug)

    def current_entry(self, unit: Unit, tenant_slug: str) -> TenantEntry | None:
        """The tenant and its connections that are on, as this transaction sees them: for changes by hand,
        which are no events and so are not checked by one."""
        entry = self._by_slug(tenant_slug)
        if entry is None or entry.version == tenants.registry_version(unit):
            return entry
        self.forget()
        return self._by_slug(tenant_slug)

    def forget(self) -> None:
        """Read everything anew at the next request."""
        self._version = 0
        self._tenants = {}
        self._slugs = {}

    def _current_version(self) -> int:
        with self._database.read() as unit:
            return tenants.registry_version(unit)

    def _entry(self, slug: str, address: Address) -> tuple[TenantEntry | None, str]:
        if address.tenant is not None:
            return self._by_slug(address.tenant), address.connection
        if address.tenant_number is not None:
            return self._by_number(address.tenant_number), address.connection
        with self._database.read() as unit:
            known = tenants.slug_by_reference(unit, slug, address.references)
        return (self._by_slug(known[0]), known[1]) if known else (None, address.connection)

    def _by_number(self, number: int) -> TenantEntry | None:
        slug = self._slugs.get(number)
        if slug is None:
            with self._database.read() as unit:
                slug = tenants.slug_by_number(unit, number)
            if slug is None:
                return None
            self._slugs[number] = slug
        return self._by_slug(slug)

    def _by_slug(self, slug: str) -> TenantEntry | None:
        known = self._tenants.get(slug)
        if known is not None:
            return known
        with self._database.read() as unit:
            version = tenants.registry_version(unit)
            entry = self._read(unit, slug, version)
        if version != self._version:
            self._version, self._tenants, self._slugs = version, {}, {}
        if entry is not None:
            self._tenants[slug] = entry
        return entry

    def _read(self, unit: Unit, slug: str, version: int) -> TenantEntry | None:
        row = tenants.tenant_by_slug(unit, slug)
        if row is None:
            return None
        tenant = Tenant(**{name: row[name] for name in Tenant.__dataclass_fields__})
        keys = tenants.active_key_hashes(unit, row["id"])
        rows = [row for row in tenants.connections_of(unit, row["id"]) if row["enabled"]]
        wrappers = self._wrappers([row["plugin"] for row in rows])
        targets = {}
        for connection in rows:
            if target := self._target(row["id"], tenant, connection, keys, wrappers):
                targets[target.connection.plugin, target.connection.name] = target
        on = frozenset(plugin for plugin, _ in targets)
        ready = {address: replace(target, plugins_on=on) for address, target in targets.items()}
        return TenantEntry(row["id"], version, tenant, ready)

    def _wrappers(self, slugs: list[str]) -> tuple[str, ...]:
        installed = self.plugins.installed
        return tuple(
            slug
            for slug in dict.fromkeys(slugs)
            if slug in installed and "wrapper" in installed[slug].manifest.kinds
        )

    def _target(
        self,
        tenant_id: UUID,
        tenant: Tenant,
        row: Row,
        keys: tuple[str, ...],
        wrappers: tuple[str, ...],
    ) -> Target | None:
        """A connection ready to be used; ``None``, with a line in the log, if it cannot be."""
        installed = self.plugins.installed.get(row["plugin"])
        if installed is None:
            return None
        try:
            model = installed.manifest.settings
            settings = secrets.join(model, row["settings"], row["secrets"], self._vault)
        except (ValidationError, VaultError) as error:
            log.error("connection_unusable", tenant=tenant.slug, plugin=row["plugin"], reason=str(error))
            return None
        connection = Connection(
            tenant=tenant, plugin=row["plugin"], name=row["name"], settings=settings, credentials=keys
        )
        return Target(
            connection=connection,
            connection_id=row["id"],
            tenant_id=tenant_id,
            installed=installed,
            hooks=self.callers.of(row["plugin"], tuple(w for w in wrappers if w != row["plugin"])),
        )
