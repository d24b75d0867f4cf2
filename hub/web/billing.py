"""The form of a draft: the amounts that people type, and lines of which empty ones do not count."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from babel.numbers import format_currency, format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    DateField,
    FieldList,
    FormField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp

from hub.records.invoices import DUE_DAYS, GROSS, NET, Content
from hub.support.bills import Position
from hub.support.money import exponent
from hub.web.formats import locale
from hub.web.forms import Form, SelectChoice, one_line
from hub.web.texts import LANGUAGES, SOURCE

MOST_LINES = 200
MOST_DAYS = 365
LARGEST = Decimal(10) ** 12
DECIMALS = 6

EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"


class Amount(StringField):
    """A number as people type it: 1.234,50 or 1234.50. ``amount`` is its value, once it is valid."""

    amount: Decimal | None = None

    def pre_validate(self, _form: Any) -> None:
        """Read it; an empty one has no value."""
        text = (self.data or "").strip()
        self.amount = None
        if not text:
            return
        self.amount = read_amount(text)
        if self.amount is None:
            raise ValidationError(_("Bitte geben Sie eine Zahl ein, zum Beispiel 149,90."))


class LineForm(Form):
    """One line of an invoice."""

    name = StringField(_l("Beschreibung"), [Length(max=500)], filters=[one_line])
    quantity = Amount(_l("Menge"), default="1")
    unit_price = Amount(_l("Einzelpreis"))
    tax_rate = SelectField(_l("Steuer"))

    def is_empty(self) -> bool:
        """Whether nobody wrote anything into it."""
        return not (self.name.data or "").strip() and not (self.unit_price.data or "").strip()

    def validate(self, extra_validators: Any = None) -> bool:
        """Empty lines are no mistake; others have a text and a price."""
        if self.is_empty():
            return True
        valid = super().validate(extra_validators)
        for field, message in (
            (self.name, _("Bitte beschreiben Sie die Leistung.")),
            (self.quantity, _("Bitte geben Sie die Menge an.")),
            (self.unit_price, _("Bitte geben Sie den Preis an.")),
        ):
            if not (field.data or "").strip():
                field.errors = [*field.errors, message]
                valid = False
        return valid


class InvoiceForm(Form):
    """A draft."""

    recipient = StringField(_l("Empfänger"), [InputRequired(), Length(max=200)], filters=[one_line])
    address = TextAreaField(_l("Anschrift"), [Length(max=1000)])
    email = StringField(
        _l("E-Mail-Adresse"),
        [Optional(), Length(max=320), Regexp(EMAIL, message=_l("Das ist keine E-Mail-Adresse."))],
        filters=[one_line],
    )
    prices = SelectField(_l("Preise"))
    language = SelectField(_l("Sprache der Rechnung"), default=SOURCE)
    delivered_on = DateField(_l("Leistungsdatum"), [Optional()])
    due_days = IntegerField(
        _l("Zahlungsziel in Tagen"), [InputRequired(), NumberRange(0, MOST_DAYS)], default=DUE_DAYS
    )
    note = TextAreaField(_l("Hinweis auf der Rechnung"), [Length(max=2000)])
    lines: Any = FieldList(FormField(LineForm), min_entries=1, max_entries=MOST_LINES)

    def prepare(self, rates: Sequence[Decimal]) -> None:
        """Offer these tax rates, and those that the draft has already."""
        self.prices.choices = [
            SelectChoice(GROSS, _("inklusive Steuer (brutto)")),
            SelectChoice(NET, _("zuzüglich Steuer (netto)")),
        ]
        self.language.choices = [SelectChoice(code, name) for code, name in LANGUAGES.items()]
        for line in self.lines:
            own = {rate for rate in (read_amount(line.tax_rate.data or ""),) if rate is not None}
            offered = [*rates, *sorted(own - set(rates))]
            line.tax_rate.choices = [SelectChoice(f"{rate:f}", f"{written(rate)} %") for rate in offered]

    def positions(self) -> tuple[Position, ...]:
        """The lines that are filled in; to be asked for when the form is valid."""
        return tuple(
            Position(
                name=line.form.name.data,
                quantity=line.quantity.amount,
                unit_price=line.unit_price.amount,
                tax_rate=Decimal(line.tax_rate.data),
            )
            for line in self.lines
            if not line.form.is_empty()
        )

    def complete(self) -> tuple[Position, ...]:
        """The lines whose numbers can be read so far, for sums while somebody is still typing."""
        found = []
        for line in self.lines:
            numbers = [
                read_amount(field.data or "") for field in (line.quantity, line.unit_price, line.tax_rate)
            ]
            if None not in numbers:
                quantity, price, rate = (number or Decimal(0) for number in numbers)
                name = line.form.name.data or ""
                found.append(Position(name=name, quantity=quantity, unit_price=price, tax_rate=rate))
        return tuple(found)

    def content(self, currency: str, *, customer_id: UUID | None = None) -> Content:
        """The draft."""
        return Content(
            positions=self.positions(),
            currency=currency,
            prices=self.prices.data,
            recipient=self.recipient.data,
            address=(self.address.data or "").strip() or None,
            email=self.email.data or None,
            note=(self.note.data or "").strip() or None,
            language=self.language.data,
            delivered_on=self.delivered_on.data,
            due_days=self.due_days.data or 0,
            customer_id=customer_id,
        )

    def add_line(self) -> None:
        """One more empty line."""
        if len(self.lines) < MOST_LINES:
            self.lines.append_entry()

    def remove_line(self, name: str) -> None:
        """Without the line whose fields begin with this name; one always stays."""
        self.lines.entries = [line for line in self.lines.entries if line.name != name]
        if not self.lines.entries:
            self.lines.append_entry()


class PaymentForm(Form):
    """Money that arrived by another way."""

    amount = Amount(_l("Betrag"), [InputRequired()])
    paid_on = DateField(_l("Eingegangen am"), [InputRequired()])
    method = SelectField(_l("Zahlungsart"))


def stored(invoice: Mapping[str, Any]) -> dict[str, Any]:
    """An invoice as data of the form."""
    names = ("recipient", "address", "email", "prices", "delivered_on", "note")
    lines = [
        {
            "name": line["name"],
            "quantity": written(Decimal(line["quantity"])),
            "unit_price": written(Decimal(line["unit_price"]), exponent(invoice["currency"])),
            "tax_rate": f"{Decimal(line['tax_rate']).normalize():f}",
        }
        for line in invoice["lines"]
    ]
    days = DUE_DAYS if invoice["due_days"] is None else invoice["due_days"]
    spoken = {"language": invoice["language"]} if invoice["language"] in LANGUAGES else {}
    return {**{name: invoice[name] for name in names}, **spoken, "due_days": days, "lines": lines}


def positions_of(invoice: Mapping[str, Any]) -> tuple[Position, ...]:
    """The lines of an invoice that is stored."""
    return tuple(
        Position(
            name=line["name"],
            quantity=Decimal(line["quantity"]),
            unit_price=Decimal(line["unit_price"]),
            tax_rate=Decimal(line["tax_rate"]),
        )
        for line in invoice["lines"]
    )


def begun(today: date, **known: Any) -> dict[str, Any]:
    """What a new form begins with."""
    return {
        "prices": GROSS,
        "due_days": DUE_DAYS,
        "delivered_on": today,
        "lines": [{"quantity": "1"}],
        **known,
    }


def read_amount(text: str) -> Decimal | None:
    """A number with either kind of comma: the last one of two different signs, or a single one, separates
    the decimals. ``None`` for what is no number, too large or too fine."""
    bare = text.replace(" ", "").replace("\u00a0", "").replace("\u2212", "-")
    if "," in bare and bare.rfind(",") > bare.rfind("."):
        bare = bare.replace(".", "").replace(",", ".")
    else:
        bare = bare.replace(",", "")
    try:
        value = Decimal(bare) if bare.isascii() and "_" not in bare else None
    except InvalidOperation:
        return None
    if value is None or not value.is_finite() or abs(value) >= LARGEST:
        return None
    return None if value != round(value, DECIMALS) else value


def written(value: Decimal, decimals: int = 0) -> str:
    """A number as it is typed: with the comma of the page, with at least so many decimals."""
    pattern = "0." + "0" * decimals + "#" * (DECIMALS - decimals)
    return format_decimal(value, pattern, locale=locale())


def price(value: Any, currency: str) -> str:
    """The price of one piece, with as many decimals as it has."""
    return format_currency(Decimal(value), currency, locale=locale(), decimal_quantization=False)
