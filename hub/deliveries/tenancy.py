"""Whose work it is: tenants by their id, with what is on for them, as the registry knows it now."""

from uuid import UUID

from hub.records import tenants
from hub.records.database import Database, Unit
from hub.registry.registry import Registry, Target, TenantEntry


class Tenancy:
    """Finds tenants by id. Safe to share between threads."""

    def __init__(self, database: Database, registry: Registry) -> None:
        self._database = database.for_all_tenants()
        self._registry = registry
        self._slugs: dict[UUID, str] = {}
        self._version = 0

    def refresh(self, unit: Unit) -> None:
        """Forget what is known if anything changed since."""
        version = tenants.registry_version(unit)
        if version != self._version:
            self._registry.forget()
            self._slugs = {}
            self._version = version

    def is_current(self, unit: Unit, entry: TenantEntry) -> bool:
        """Whether nothing changed since this was read, as this transaction sees it. If something did,
        it is read anew at the next look."""
        current = tenants.registry_version(unit) == entry.version
        if not current:
            self._registry.forget()
        return current

    def entry(self, tenant_id: UUID) -> TenantEntry | None:
        """The tenant and its connections that are on."""
        slug = self._slugs.get(tenant_id)
        if slug is None:
            with self._database.read() as unit:
                slug = tenants.slug_by_id(unit, tenant_id)
            if slug is None:
                return None
            self._slugs[tenant_id] = slug
        return self._registry.entry(slug)

    def target(self, entry: TenantEntry, plugin: str) -> Target | None:
        """The tenant's connection of a plugin, the one named *default* before others; ``None`` if it
        is off."""
        usual = entry.targets.get((plugin, "default"))
        others = (target for (slug, _), target in entry.targets.items() if slug == plugin)
        return usual or next(others, None)


def plugins_on(entry: TenantEntry) -> set[str]:
    """Slugs of the plugins that are on for the tenant."""
    return {plugin for plugin, _ in entry.targets}
