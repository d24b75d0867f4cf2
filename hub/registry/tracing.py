"""From the id of anything up to the event and the bytes that it goes back to, and from a record or an
event down to what it set off. Rows of plugins are asked for by the hook ``lineage``."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

import structlog

from hub.contract.lineage import LineageQuery, LineageRow
from hub.records import lineage
from hub.records.database import DatabaseUnavailable, Unit
from hub.records.lineage import MOST, Origin, Traced
from hub.registry.registry import Registry

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Node:
    """A row in a trace. ``comes_from`` leads up to the bytes, whose node has no id; ``set_off`` down.
    ``plugin`` is whose row it is, empty for the core's; ``event_id`` the event that set it off."""

    kind: str
    id: UUID | None
    shown: Mapping[str, Any]
    plugin: str | None = None
    event_id: UUID | None = None
    comes_from: tuple["Node", ...] = ()
    set_off: tuple["Node", ...] = ()


@dataclass(frozen=True, kw_only=True)
class Trace:
    """Where a row comes from and what it set off. ``events`` are those that it goes back to, the one
    that set it off first. ``cut`` says that of some kind there is more than is shown; ``silent`` names
    plugins that failed when they were asked, and how: their rows may be missing."""

    root: Node
    tenant_id: UUID | None
    events: tuple[UUID, ...]
    cut: bool
    silent: Mapping[str, str]


class Tracer:
    """Traces ids. Plugins are asked whether or not they are on: what they once made is still there."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def trace(self, unit: Unit, wanted: UUID, tenant_id: UUID | None = None) -> Trace | None:
        """The trace of that id. With a tenant nothing of another one is found or shown, nor what is
        nobody's. ``None`` if nothing has the id."""
        return _Search(self._registry, unit, tenant_id).trace(wanted)


@dataclass
class _Search:
    """One trace in the making, and what is missing from it so far."""

    registry: Registry
    unit: Unit
    tenant_id: UUID | None
    cut: bool = False
    silent: dict[str, str] = field(default_factory=dict)

    def trace(self, wanted: UUID) -> Trace | None:
        found = self._find(wanted)
        if found is None:
            return None
        above = self._above(found)
        root = _node(found, comes_from=_upwards(found, above), set_off=self._below(found))
        return Trace(
            root=root,
            tenant_id=found.tenant_id,
            events=tuple(_events(found, above)),
            cut=self.cut,
            silent=self.silent,
        )

    # -- up ------------------------------------------------------------------------------------

    def _find(self, wanted: UUID) -> Traced | None:
        for kind in lineage.KINDS:
            if found := lineage.by_id(self.unit, kind, [wanted]):
                return next(iter(self._seen(found)), None)
        return next(iter(self._ask("id", [wanted])), None)

    def _above(self, found: Traced) -> dict[UUID, Traced]:
        """All that the row comes from, however far up."""
        known: dict[UUID, Traced] = {}
        asked = {found.id}
        wanted = found.origins
        while wanted:
            asked |= {origin.id for origin in wanted}
            fresh = [one for group in _by_table(wanted) for one in self._fetch(*group)]
            known |= {one.id: one for one in fresh}
            wanted = tuple(origin for one in fresh for origin in one.origins if origin.id not in asked)
        return known

    def _fetch(self, plugin: str | None, kind: str, ids: Sequence[UUID]) -> list[Traced]:
        if plugin is not None:
            return self._answer(plugin, self._query("id", ids))
        return self._seen(lineage.by_id(self.unit, kind, ids))

    # -- down ----------------------------------------------------------------------------------

    def _below(self, found: Traced) -> tuple[Node, ...]:
        if found.kind == "event" and found.plugin is None:
            return self._below_event(found.id)
        if found.kind in lineage.RECORDS and found.plugin is None:
            effects = self._seen(lineage.effects_of(self.unit, "record", found.id))
            return tuple(_node(one) for one in [*effects, *self._about([found.id])])
        return ()

    def _below_event(self, event_id: UUID) -> tuple[Node, ...]:
        """The records that the event made or touched, each with what the event set off about it; and
        what receivers did about records that are there no more."""
        effects = self._seen(lineage.effects_of(self.unit, "event", event_id))
        made = self._seen(lineage.made_by(self.unit, event_id))
        touched = self._touched(effects, {one.id for one in made})
        records = [*made, *touched]
        below = [*effects, *self._about([one.id for one in records], event_id)]
        about = {record.id: [one for one in below if _is_about(one, record.id)] for record in records}
        shown = {one.id for some in about.values() for one in some}
        return (
            *(_node(record, set_off=tuple(map(_node, about[record.id]))) for record in records),
            *(_node(one) for one in effects if one.id not in shown),
        )

    def _touched(self, effects: Iterable[Traced], made: Collection[UUID]) -> list[Traced]:
        about = (origin for one in effects for origin in one.origins if origin.kind in lineage.RECORDS)
        wanted = dict.fromkeys(origin for origin in about if origin.id not in made)
        return [one for group in _by_table(wanted) for one in self._fetch(*group)]

    def _about(self, record_ids: Sequence[UUID], event_id: UUID | None = None) -> list[Traced]:
        """Notifications and deliveries about these records, and what plugins hold of them."""
        if not record_ids:
            return []
        told = self._seen(lineage.about(self.unit, "notification", record_ids, event_id))
        sent = self._seen(lineage.about(self.unit, "delivery", record_ids, event_id))
        return [*told, *sent, *self._ask("record", record_ids)]

    # -- plugins -------------------------------------------------------------------------------

    def _ask(self, by: Literal["id", "record"], ids: Sequence[UUID]) -> list[Traced]:
        query = self._query(by, ids)
        return [one for plugin in self.registry.plugins.installed for one in self._answer(plugin, query)]

    def _query(self, by: Literal["id", "record"], ids: Sequence[UUID]) -> LineageQuery:
        return LineageQuery(by=by, ids=tuple(ids), limit=MOST + 1)

    def _answer(self, plugin: str, query: LineageQuery) -> list[Traced]:
        """What one plugin says. One that fails must not hide what the others know."""
        try:
            with self.unit.savepoint():
                rows = self.registry.callers.of(plugin).lineage(query=query, unit=self.unit) or ()
                found = [_of_plugin(plugin, row) for row in rows]
        except DatabaseUnavailable:
            raise
        except Exception as error:
            log.exception("lineage_failed", plugin=plugin)
            self.silent[plugin] = f"{type(error).__name__}: {error}"
            return []
        return self._seen(found)

    def _seen(self, found: list[Traced]) -> list[Traced]:
        """Of what was found no more than is shown, and nothing of another tenant. All that is in a
        trace went through here."""
        mine = [one for one in found if self.tenant_id in (None, one.tenant_id)]
        self.cut |= len(mine) > MOST
        return mine[:MOST]


def _of_plugin(plugin: str, row: LineageRow) -> Traced:
    origins = [Origin(row.kind, one, plugin) for one in row.rows]
    if row.record_id is not None and row.record_kind in lineage.RECORDS:
        origins.append(Origin(row.record_kind, row.record_id))
    if row.event_id is not None:
        origins.append(Origin("event", row.event_id))
    return Traced(
        kind=row.kind,
        id=row.id,
        tenant_id=row.tenant_id,
        shown=row.shown,
        origins=tuple(origins),
        event_id=row.event_id,
        plugin=plugin,
    )


def _by_table(origins: Iterable[Origin]) -> Iterator[tuple[str | None, str, list[UUID]]]:
    """Plugin, kind and ids of what can be fetched at once."""
    grouped: dict[tuple[str | None, str], list[UUID]] = {}
    for origin in dict.fromkeys(origins):
        grouped.setdefault((origin.plugin, origin.kind), []).append(origin.id)
    return ((plugin, kind, ids) for (plugin, kind), ids in grouped.items())


def _is_about(one: Traced, record_id: UUID) -> bool:
    return any(origin.id == record_id for origin in one.origins)


def _upwards(one: Traced, above: Mapping[UUID, Traced]) -> tuple[Node, ...]:
    """What a row comes from. Its event is not told again where the way through its record leads
    there."""
    nodes: list[Node] = []
    further = {its_id: source for its_id, source in above.items() if its_id != one.id}
    for origin in one.origins:
        source = further.get(origin.id)
        if source is not None and not any(origin.id in _ids(node) for node in nodes):
            nodes.append(_node(source, comes_from=_upwards(source, further)))
    if one.body is not None:
        nodes.append(Node(kind="body", id=None, shown=one.body))
    return tuple(nodes)


def _ids(node: Node) -> Iterator[UUID | None]:
    yield node.id
    for source in node.comes_from:
        yield from _ids(source)


def _events(found: Traced, above: Mapping[UUID, Traced]) -> Iterator[UUID]:
    """The events of which there are bytes: its own first, then all others."""
    everything = {found.id: found, **above}
    first = [one for one in (found.event_id,) if one in everything]
    yield from dict.fromkeys([*first, *(one.id for one in everything.values() if one.body is not None)])


def _node(one: Traced, **ways: tuple[Node, ...]) -> Node:
    return Node(kind=one.kind, id=one.id, shown=one.shown, plugin=one.plugin, event_id=one.event_id, **ways)
