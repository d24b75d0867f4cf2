"""Amounts, times and numbers as people read them: in the tenant's zone, and in the tenant's way of writing
where that is the language of the page."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent
from flask import Flask
from flask_babel import get_locale

from hub.records import counting
from hub.support.money import Money
from hub.web.texts import SOURCE
from hub.web.visit import DEFAULT_ZONE, current

NOTHING = "–"


def set_up(app: Flask) -> None:
    """Make these available in templates, as filters and as functions."""
    app.jinja_env.globals.update(money=money)
    app.jinja_env.filters.update(
        day=day,
        moment=moment,
        clock=clock,
        duration=duration,
        seconds=seconds,
        number=number,
        counted=counted,
        percent=percent,
        iso=iso,
        plain=plain,
        label=label,
    )


def locale() -> Locale:
    """The tenant's locale if the page speaks its language (Austrian amounts in a German page), else the
    page's language."""
    spoken: Locale = get_locale() or Locale.parse(SOURCE)
    visit = current()
    if visit is None or visit.place is None:
        return spoken
    home = Locale.parse(visit.tenant.locale.replace("-", "_"))
    return home if home.language == spoken.language else spoken


def zone() -> ZoneInfo:
    """The zone of the page: the tenant's."""
    visit = current()
    return visit.zone if visit else ZoneInfo(DEFAULT_ZONE)


def money(minor: int | None, currency: str | None) -> str:
    """``money(14990, "EUR")``: 149,90 €. Nothing known: a dash."""
    if minor is None or currency is None:
        return NOTHING
    return format_currency(Money(minor, currency).amount, currency, locale=locale())


def day(at: datetime | date | None) -> str:
    """12.05.2026."""
    if at is None:
        return NOTHING
    local = at.astimezone(zone()) if isinstance(at, datetime) else at
    return format_date(local, "medium", locale=locale())


def moment(at: datetime | None) -> str:
    """12.05.2026, 14:03."""
    if at is None:
        return NOTHING
    if locale().language == "de":  # CLDR's short form has a year of two digits
        return format_datetime(at, "dd.MM.yyyy, HH:mm", tzinfo=zone(), locale=locale())
    return format_datetime(at, "d MMM yyyy, HH:mm", tzinfo=zone(), locale=locale())


def clock(at: datetime | None) -> str:
    """14:03."""
    return NOTHING if at is None else format_time(at.astimezone(zone()), "HH:mm", locale=locale())


def seconds(at: datetime | None) -> str:
    """14:03:07."""
    return NOTHING if at is None else format_time(at.astimezone(zone()), "HH:mm:ss", locale=locale())


def duration(length: timedelta) -> str:
    """3 Tage."""
    return format_timedelta(length, locale=locale())


def iso(at: datetime | None) -> str:
    """For the attribute ``datetime`` of ``<time>``."""
    return at.isoformat(timespec="seconds") if at else ""


def number(value: Decimal | int | None) -> str:
    """1.234,5."""
    return NOTHING if value is None else format_decimal(value, locale=locale())


def counted(value: int) -> str:
    """A number as ``hub.records.counting`` gives it: 1.000+ where more are not counted."""
    return f"{number(counting.MOST)}+" if value > counting.MOST else number(value)


def percent(value: Decimal | None) -> str:
    """12,5 %, from 0.125."""
    return NOTHING if value is None else format_percent(value, "#,##0.##\u00a0%", locale=locale())


def label(name: str) -> str:
    """The name of a sender's field for people: ``kunden_adresse`` is Kunden Adresse."""
    return " ".join(word[:1].upper() + word[1:] for word in name.replace("_", " ").split())


def plain(value: Any) -> str:
    """Any value that a sender gave, for people: lists with commas, yes and no, no brackets."""
    match value:
        case None | "":
            return NOTHING
        case bool():
            return "✓" if value else "✗"
        case list() | tuple():
            return ", ".join(plain(item) for item in value)
        case dict():
            return "; ".join(f"{name}: {plain(inner)}" for name, inner in value.items())
        case _:
            return str(value)
