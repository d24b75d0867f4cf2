"""Who is called for a request: the addressed plugin, the wrappers that are on, and the hub.

A small plugin manager is made for each such set and kept, so that a call costs the same however
many plugins are installed; see docs/adr/0004-hook-callers.md.
"""

from collections.abc import Sequence
from functools import lru_cache

from pluggy import HookRelay

from hub.contract.errors import AuthenticationError
from hub.contract.facts import Fact
from hub.contract.hookspecs import Records, hookimpl
from hub.contract.inbound import Connection, Inbound
from hub.contract.manifest import Manifest
from hub.contract.outcome import Persisted
from hub.contract.proofs import prove
from hub.registry.discovery import Plugins, hook_manager


class Defaults:
    """The hub's own hooks: the last to be asked."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest

    @hookimpl(trylast=True)
    def authenticate(self, inbound: Inbound, connection: Connection) -> str:
        """Run the declared scheme; without one nobody is trusted."""
        scheme = self._manifest.scheme
        if scheme is None:
            raise AuthenticationError("This source declares no signature scheme.", code="no_scheme")
        return prove(scheme, inbound, connection)

    @hookimpl(trylast=True)
    def persist(self, facts: Sequence[Fact], records: Records) -> list[Persisted]:
        """Apply one fact after the other."""
        return [persisted for fact in facts for persisted in records.apply(fact)]


class Callers:
    """Hook callers by addressed plugin and wrappers."""

    def __init__(self, plugins: Plugins) -> None:
        self._plugins = plugins
        self.of = lru_cache(maxsize=None)(self._make)

    def _make(self, slug: str, wrappers: tuple[str, ...] = ()) -> HookRelay:
        """The hooks of one plugin; those that a wrapper or the hub implements included."""
        addressed = self._plugins.installed[slug]
        manager = hook_manager()
        manager.register(Defaults(addressed.manifest))
        for name in (slug, *wrappers):
            manager.register(self._plugins.installed[name].plugin)
        return manager.hook
