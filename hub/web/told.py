"""Facts as people read them: what a request would become, before it is a record."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from hub.contract.facts import Fact
from hub.support.money import Money
from hub.web import columns, formats

FACTS = {
    "OrderPlaced": _("Web-Bestellung"),
    "TicketOpened": _("Ticket"),
    "TransactionCreated": _("Verkauf"),
    "TransactionRefunded": _("Erstattung eines Verkaufs"),
}


NAMES = {
    "customer": _("Kunde"),
    "placed_at": _("Bestellt am"),
    "product_id": _("Produktnummer"),
    "recurring": _("Wiederkehrend"),
    "recurring_number": _("Nummer der Zahlung"),
    "refers_to": _("Gehört zum Verkauf"),
}
"""What only facts have."""


@dataclass(frozen=True)
class Told:
    """A fact by its title and its class, with the names and values of what it says."""

    title: Any
    kind: str
    rows: list[tuple[str, Any]]


def told(fact: Fact) -> Told:
    """The fact, without what is empty."""
    kind = type(fact).__name__
    return Told(FACTS.get(kind, kind), kind, _rows(fact, ""))


def _rows(value: Any, before: str) -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for name, item in _members(value):
        title = f"{before}{NAMES.get(name) or columns.name(name)}"
        if item in (None, "", False, (), {}):
            continue
        if isinstance(item, Money):
            rows.append((title, formats.money(item.minor, item.currency)))
        elif isinstance(item, Mapping) or is_dataclass(item):
            rows += _rows(item, f"{title}: ")
        else:
            rows.append((title, columns.value(name, item)))
    return rows


def _members(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, Mapping):
        return list(value.items())
    return [(field.name, getattr(value, field.name)) for field in fields(value)]
