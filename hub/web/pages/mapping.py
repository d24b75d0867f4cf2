"""Feldzuordnung: the names of a sender's fields mapped to the plugin's, tried out before they are saved."""

from dataclasses import dataclass
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.contract.errors import RequestError
from hub.contract.inbound import Inbound
from hub.contract.mapping import paths_of
from hub.pipeline.judging import Judgement
from hub.pipeline.logging import inbound_of
from hub.pipeline.previewing import pasted, preview
from hub.records import events
from hub.records.events import Wanted
from hub.registry.connecting import ConnectingError
from hub.web import connected, mapping_form, naming, words
from hub.web.connected import Connected
from hub.web.mapping_form import FORMAT_WORDS, MappingForm
from hub.web.page import Pages
from hub.web.remedies import remedy
from hub.web.rights import Right
from hub.web.settings_form import MAPPING
from hub.web.told import told
from hub.web.visit import Visit

pages = Pages("mapping")

LATEST = 20
"""Events that are offered as samples."""

LOOKED_AT = 100


@dataclass(frozen=True)
class Sample:
    """The request that the mapping is tried with."""

    text: str = ""
    event_id: UUID | None = None
    inbound: Inbound | None = None

    @property
    def paths(self) -> list[str]:
        """Its fields, to be chosen from."""
        if self.inbound is None:
            return []
        try:
            return paths_of(self.inbound.payload.raw())
        except RequestError:
            return []


@pages.get("/integrations/<uuid:connection_id>/mapping", needs=Right.ADMIN)
def edit(visit: Visit, connection_id: UUID) -> ResponseReturnValue:
    """The mapping, beside a request that was received or is pasted."""
    one = _found(visit, connection_id)
    form = mapping_form.stored(one.plugin.manifest, _known(one))
    return _page(visit, one, form, _sample(visit, one, request.args.get("event", "")))


@pages.post("/integrations/<uuid:connection_id>/mapping", needs=Right.ADMIN)
def change(visit: Visit, connection_id: UUID) -> ResponseReturnValue:
    """Show what the mapping makes of the sample, or save it."""
    one = _found(visit, connection_id)
    form = mapping_form.sent(one.plugin.manifest, _known(one), request.form)
    sample = _sample(visit, one, request.form.get("event", ""), request.form.get("body", ""))
    if not form.accepted:
        return _page(visit, one, form, sample), 422
    if request.form.get("do") == "preview":
        return _page(visit, one, form, sample, _tried(visit, one, form, sample))
    try:
        connected.connections(visit).change(*one.address, {MAPPING: form.texts})
    except ConnectingError:
        flash(_("Die Feldzuordnung passt so nicht. Bitte prüfen Sie sie."), "error")
        return _page(visit, one, form, sample), 422
    before, after = {MAPPING: _known(one)}, {MAPPING: form.texts}
    connected.note(visit, "integration.changed", one.view, before=before, after=after)
    flash(_("Die Feldzuordnung ist gespeichert."), "success")
    return redirect(url_for("integrations.show", connection_id=connection_id), 303)


def _found(visit: Visit, connection_id: UUID) -> Connected:
    one = connected.found(visit, connection_id)
    return one if one.has_mapping else abort(404)


def _known(one: Connected) -> list[str]:
    """The lines that are stored; a connection may be older than the setting."""
    return list(one.view.settings.get(MAPPING, ()))


def _sample(visit: Visit, one: Connected, event_id: str, text: str | None = None) -> Sample:
    """The event that was chosen, or what was pasted; a text that was changed is no event any more."""
    kept = _event(visit, one, event_id)
    if kept is not None and (text is None or _plain(text) == _plain(kept.text)):
        return kept
    if not text or not text.strip():
        return Sample()
    return Sample(text, None, pasted(text.strip().encode(), visit.now))


def _event(visit: Visit, one: Connected, event_id: str) -> Sample | None:
    try:
        wanted = UUID(event_id)
    except ValueError:
        return None
    with visit.read() as unit:
        row = events.of_tenant(unit, visit.tenant_id, wanted)
    if row is None or row["connection_id"] != one.view.id:
        return None
    return Sample(row["body"].decode("utf-8", "replace"), wanted, inbound_of(row))


def _plain(text: str) -> str:
    """The text as it comes back from a form, whose line breaks are its own."""
    return "\n".join(text.split()).strip()


def _tried(visit: Visit, one: Connected, form: MappingForm, sample: Sample) -> Judgement | None:
    with visit.read() as unit:
        entry = visit.rooms.registry.current_entry(unit, visit.tenant.slug)
    if sample.inbound is None or entry is None:
        return None
    settings = connected.connections(visit).changed(*one.address, {MAPPING: form.texts})
    address = (one.view.plugin, one.view.name)
    return preview(visit.rooms.registry, entry, address, settings, sample.inbound, one.view.id)


def _page(
    visit: Visit, one: Connected, form: MappingForm, sample: Sample, tried: Judgement | None = None
) -> str:
    with visit.read() as unit:
        rows = events.find(unit, visit.tenant_id, Wanted(plugin=one.view.plugin), limit=LOOKED_AT).rows
    return render_template(
        "integrations/mapping.html",
        one=one,
        title=naming.title(visit.rooms.plugins, one.view.plugin),
        form=form,
        formats=FORMAT_WORDS,
        sample=sample,
        latest=[row for row in rows if row["connection_id"] == one.view.id][:LATEST],
        asked=request.method == "POST",
        tried=tried,
        facts=[told(fact) for fact in tried.facts] if tried else [],
        remedy=remedy(tried.kind.value, tried.reason) if tried else None,
        words=words,
    )
