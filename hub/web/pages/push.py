"""Mein Konto, Benachrichtigungen: what one is told over which channel, and on which devices."""

from collections.abc import Set
from dataclasses import replace
from uuid import UUID

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from hub.records import choices, outbox, push
from hub.records.database import Unit
from hub.records.people import Place
from hub.records.push import Subscription
from hub.records.tenants import Conflict
from hub.support import vapid
from hub.support.ids import new_id
from hub.web import assets
from hub.web.page import Pages
from hub.web.rights import Right
from hub.web.visit import Visit

pages = Pages("push")

TOPICS = {
    "order": _l("Web-Bestellungen"),
    "ticket": _l("Tickets"),
    "transaction": _l("Verkäufe"),
    "payment": _l("Zahlungen"),
    choices.OTHER: _l("Datenschutz und Verbindungen"),
}

CHANNELS = {choices.EMAIL: _l("E-Mail"), choices.DESKTOP: _l("Desktop"), choices.PUSH: _l("Push")}

BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


@pages.get("/account/notifications", needs=Right.PERSON)
def show(visit: Visit) -> ResponseReturnValue:
    """What there is to choose, and the devices."""
    with visit.read() as unit:
        wishes = choices.wishes(unit, visit.person.id)
        devices = push.devices(unit, visit.person.id)
    return render_template(
        "account/notifications.html",
        wishes=wishes,
        devices=devices,
        topics=TOPICS,
        channels=CHANNELS,
        key=_public_key(visit) if _senders(visit) else None,
    )


@pages.post("/account/notifications", needs=Right.PERSON)
def choose(visit: Visit) -> ResponseReturnValue:
    """Be told so from now on. It is nobody else's business, and not noted in the audit log."""
    wanted = set(request.form.getlist("wanted"))
    with visit.write() as unit:
        choices.choose(
            unit,
            visit.person.id,
            {(topic, channel): f"{topic}:{channel}" in wanted for topic in TOPICS for channel in CHANNELS},
        )
    flash(_("Ihre Auswahl ist gespeichert."), "success")
    return _back()


@pages.post("/account/notifications/devices", needs=Right.PERSON)
def subscribe(visit: Visit) -> ResponseReturnValue:
    """Tell this browser too: it has subscribed at its push service."""
    try:
        given = {name: request.form.get(name, "") for name in ("endpoint", "p256dh", "auth")}
        subscription = Subscription(**given)
    except ValueError:
        abort(400)
    label = device_label(request.user_agent.string)
    with visit.write() as unit:
        push.subscribe(
            unit, visit.rooms.vault, subscription, member_id=visit.person.id, label=label, now=visit.now
        )
        _note(visit, unit, "member.push_on", label)
    flash(_("Push-Benachrichtigungen sind auf diesem Gerät eingeschaltet."), "success")
    return _back()


@pages.post("/account/notifications/devices/<uuid:device_id>/remove", needs=Right.PERSON)
def remove(visit: Visit, device_id: UUID) -> ResponseReturnValue:
    """Tell that browser nothing more."""
    with visit.write() as unit:
        label = _label(visit, unit, device_id)
        push.remove(unit, device_id)
        _note(visit, unit, "member.push_off", label)
    flash(_("Dieses Gerät erhält keine Push-Benachrichtigungen mehr: %(device)s", device=label), "success")
    return _back()


@pages.post("/account/notifications/devices/<uuid:device_id>/test", needs=Right.PERSON)
def test(visit: Visit, device_id: UUID) -> ResponseReturnValue:
    """A message that only says that the way is open. It goes the way of all others."""
    with visit.read() as unit:
        label = _label(visit, unit, device_id)
        place = next((place for place in visit.places if _sends(visit, unit, place)), None)
    if place is None:
        flash(_("In keinem Ihrer Unternehmen sind die Benachrichtigungen eingeschaltet."), "error")
        return _back()
    with replace(visit, place=place).write() as unit:
        text = _("Push-Benachrichtigungen kommen auf diesem Gerät an.")
        outbox.enqueue(
            unit,
            tenant_id=place.tenant_id,
            channel=push.CHANNEL,
            target=str(device_id),
            content={"id": str(new_id()), "title": _("Das ist ein Test"), "text": text},
            at=visit.now,
        )
    flash(_("Eine Testnachricht ist unterwegs an: %(device)s", device=label), "success")
    return _back()


@pages.get("/push/worker.js", needs=Right.ANYBODY)
def worker(_visit: Visit) -> Response:
    """The service worker. Its address bounds it to ``/push/``, where there is no page."""
    script = assets.serve("worker.js")
    script.headers["Cache-Control"] = "no-cache"
    return script


def device_label(user_agent: str) -> str:
    """By what people know a browser again, such as ``Firefox · Android``."""
    found = [
        next((name for part, name in known if part in user_agent), None) for known in (BROWSERS, SYSTEMS)
    ]
    return " · ".join(name for name in found if name) or "Browser"


def _public_key(visit: Visit) -> str:
    rooms = visit.rooms
    return vapid.public_key(push.private_key(rooms.database, rooms.vault, rooms.config, rooms.clock))


def _senders(visit: Visit) -> Set[str]:
    """The installed plugins that send push messages."""
    return {
        slug
        for slug, installed in visit.rooms.plugins.installed.items()
        if any(channel.name == push.CHANNEL for channel in installed.manifest.channels)
    }


def _sends(visit: Visit, unit: Unit, place: Place) -> bool:
    """Whether such a plugin is on for that tenant."""
    entry = visit.rooms.registry.current_entry(unit, place.tenant.slug)
    return entry is not None and any(plugin in _senders(visit) for plugin, _connection in entry.targets)


def _label(visit: Visit, unit: Unit, device_id: UUID) -> str:
    try:
        label: str = push.device(unit, visit.person.id, device_id)["label"]
    except Conflict:
        abort(404)
    return label


def _note(visit: Visit, unit: Unit, action: str, label: str) -> None:
    visit.note(unit, action, kind="member", object_id=visit.person.id, after={"device": label})


def _back() -> ResponseReturnValue:
    return redirect(url_for("push.show"), 303)
