"""Numbers as people type them, in the manner of the page's language or with a point."""

from decimal import Decimal, InvalidOperation
from typing import Any

from babel.numbers import NumberFormatError, parse_decimal
from flask_babel import gettext as _
from wtforms import StringField, ValidationError

from hub.support.money import Money, MoneyError
from hub.web.formats import locale
from hub_commissions.terms import TermsError, Tier, check_rate


def decimal(text: str) -> Decimal:
    """``1.234,50``, ``1234,5`` and ``1234.50`` on a German page. Raises ValidationError."""
    text = text.strip().rstrip("%€").strip()
    try:
        return Decimal(parse_decimal(text, locale=locale(), strict=True))
    except NumberFormatError:
        pass
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValidationError(_("„%(text)s“ ist keine Zahl.", text=text)) from None
    if not value.is_finite():
        raise ValidationError(_("„%(text)s“ ist keine Zahl.", text=text))
    return value


def rate(text: str) -> Decimal:
    """A rate in percent. Raises ValidationError."""
    try:
        return check_rate(decimal(text))
    except TermsError:
        raise ValidationError(
            _("Ein Satz liegt zwischen 0 und 100 und hat höchstens sechs Nachkommastellen.")
        ) from None


def money(text: str, currency: str) -> Money:
    """An amount that is not negative. Raises ValidationError."""
    try:
        amount = Money.of(decimal(text), currency)
    except MoneyError:
        raise ValidationError(
            _("Das ist kein Betrag in %(currency)s, wie zum Beispiel 12,50.", currency=currency)
        ) from None
    if amount.minor < 0:
        raise ValidationError(_("Der Betrag darf nicht negativ sein."))
    return amount


def rates(text: str) -> tuple[Decimal, ...]:
    """Rates with semicolons between them. Raises ValidationError."""
    return tuple(rate(part) for part in text.split(";") if part.strip())


def tiers(text: str) -> tuple[Tier, ...]:
    """Turnover and rate with a colon between them, one pair a line. Raises ValidationError."""
    pairs = [line.partition(":") for line in text.replace(";", "\n").splitlines() if line.strip()]
    if any(not percent.strip() for _turnover, _colon, percent in pairs):
        raise ValidationError(_("Bitte schreiben Sie je Zeile Umsatz und Satz, zum Beispiel 1000: 12."))
    found = [Tier(turnover=decimal(turnover), percent=rate(percent)) for turnover, _colon, percent in pairs]
    return tuple(sorted(found, key=lambda tier: tier.turnover))


class Typed(StringField):
    """A field whose text is read by a function; ``value`` is what it read, ``None`` for nothing."""

    def __init__(self, label: Any, reader: Any, validators: Any = (), **options: Any) -> None:
        super().__init__(label, validators, **options)
        self.reader = reader
        self.value: Any = None

    def pre_validate(self, form: Any) -> None:
        """Read it. Raises ValidationError."""
        text = (self.data or "").strip()
        self.value = self.reader(text) if text else None
