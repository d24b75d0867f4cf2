"""What the audit log says of plans and campaigns, and traces of commissions."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from hub.support.money import Money
from hub.web import columns, formats
from hub_commissions.pages import words

PLAN = {
    "name": _l("Name des Plans"),
    "version": _l("Version"),
    "default": _l("Standardplan"),
    "percent": _l("Satz für den Verkäufer"),
    "fixed": _l("Fester Betrag"),
    "levels": _l("Sätze der Sponsoren"),
    "tiers": _l("Staffel nach Umsatz"),
    "period": _l("Umsatz der Staffel"),
    "base": _l("Grundlage"),
    "hold_days": _l("Reifezeit in Tagen"),
    "renewals": _l("Vergütete Verlängerungen"),
    "compress": _l("Inaktive Sponsoren überspringen"),
    "tests": _l("Testverkäufe vergüten"),
}

CAMPAIGN = {
    "slug": _l("Kennung der Kampagne"),
    "plan": _l("Plan"),
    "valid_from": _l("Beginnt"),
    "valid_to": _l("Endet"),
}


def plan(column: str, given: Any) -> tuple[Any, Any]:
    """A part of a plan's terms, as ``terms.to_json`` gives it."""
    read = _READ.get(column, _plain)
    return PLAN.get(column, column), None if given in (None, [], {}) else read(given)


def campaign(column: str, given: Any) -> tuple[Any, Any]:
    """What a campaign was made with."""
    read = _moment if column in ("valid_from", "valid_to") else str
    return CAMPAIGN.get(column, column), None if given is None else read(given)


def line(column: str, given: Any) -> tuple[Any, Any]:
    """A part of a commission, or why there is none."""
    if column == "status":
        return columns.name(column), words.LINE_STATUS[given].text
    if column == "reason":
        return columns.name(column), words.SHORT_REASONS.get(given, given)
    return columns.name(column), columns.value(column, given)


def _plain(given: Any) -> str:
    if isinstance(given, bool):
        return str(_("Ja") if given else _("Nein"))
    return str(given)


def _rates(given: list[str]) -> str:
    return " · ".join(words.rate(one) for one in given)


def _fixed(given: list[Any]) -> str:
    amount = Money(*given)
    return formats.money(amount.minor, amount.currency)


def _tiers(given: list[list[str]]) -> str:
    return " · ".join(
        _("ab %(turnover)s: %(rate)s", turnover=formats.number(Decimal(turnover)), rate=words.rate(percent))
        for turnover, percent in given
    )


def _moment(given: str) -> str:
    return formats.moment(datetime.fromisoformat(given))


def _one_of(known: Mapping[str, Any]) -> Callable[[str], str]:
    return lambda given: str(known.get(given, given))


_READ: Mapping[str, Callable[[Any], str]] = {
    "percent": words.rate,
    "fixed": _fixed,
    "levels": _rates,
    "tiers": _tiers,
    "period": _one_of(words.PERIODS),
    "base": _one_of(words.PLAN_BASES),
}

VALUES = {"plan": plan, "campaign": campaign, **dict.fromkeys((*words.LINE_KIND, "no_commission"), line)}
