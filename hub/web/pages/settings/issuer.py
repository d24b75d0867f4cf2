"""Rechnungsangaben: what invoices say of the company, as the law wants it (§ 14 UStG)."""

import re
from dataclasses import asdict
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, IntegerField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp

from hub.records import issuers
from hub.records.issuers import Issuer
from hub.support.banking import compact_iban, written_iban
from hub.web.billing import EMAIL, MOST_DAYS
from hub.web.forms import Form, one_line
from hub.web.pages.settings.common import pages
from hub.web.rights import Right
from hub.web.visit import Visit

VAT_ID = re.compile(r"(?!DE)[A-Z]{2,3}[0-9A-Z]{2,13}|DE\d{9}")


def trimmed(text: str | None) -> str:
    """Without blanks around it; nothing is an empty text."""
    return (text or "").strip()


class IssuerForm(Form):
    """What stands on every invoice. It may be filled in bit by bit: drafts say what they still lack."""

    company = StringField(
        _l("Name des Unternehmens auf Rechnungen"), [InputRequired(), Length(max=200)], filters=[one_line]
    )
    address = TextAreaField(_l("Anschrift"), [Length(max=500)], filters=[trimmed])
    tax_number = StringField(
        _l("Steuernummer"),
        [Optional(), Regexp(r"^[\d /.-]{5,30}$", message=_l("Eine Steuernummer besteht aus Ziffern."))],
        filters=[trimmed],
    )
    vat_id = StringField(_l("USt-IdNr."), [Length(max=20)], filters=[trimmed])
    register_entry = StringField(_l("Registereintrag"), [Length(max=200)], filters=[trimmed])
    email = StringField(
        _l("E-Mail-Adresse"),
        [Optional(), Length(max=320), Regexp(EMAIL, message=_l("Das ist keine E-Mail-Adresse."))],
        filters=[trimmed],
    )
    phone = StringField(_l("Telefon"), [Length(max=50)], filters=[trimmed])
    iban = StringField(_l("IBAN"), [Length(max=50)], filters=[trimmed])
    due_days = IntegerField(_l("Zahlungsziel in Tagen"), [InputRequired(), NumberRange(0, MOST_DAYS)])
    footer = TextAreaField(_l("Fußzeile"), [Length(max=500)], filters=[trimmed])
    small_business = BooleanField(_l("Kleinunternehmer nach § 19 UStG: Rechnungen ohne Umsatzsteuer"))

    def validate_vat_id(self, field: Field) -> None:
        """The country's letters and what follows them; the German ones are known exactly."""
        field.data = re.sub(r"[ .-]", "", field.data).upper()
        if field.data and not VAT_ID.fullmatch(field.data):
            raise ValidationError(_("So sieht keine USt-IdNr. aus. Eine deutsche ist DE mit neun Ziffern."))

    def validate_iban(self, field: Field) -> None:
        """Its check digits are right."""
        try:
            field.data = compact_iban(field.data) if field.data else ""
        except ValueError:
            raise ValidationError(_("Diese IBAN kann nicht stimmen. Bitte prüfen Sie jede Stelle.")) from None

    def issuer(self) -> Issuer:
        """What was filled in."""
        return Issuer(**self.data)


NAMES = {
    "company": _l("Name des Unternehmens auf Rechnungen"),
    "address": _l("Anschrift"),
    "tax_number": _l("Steuernummer"),
    "vat_id": _l("USt-IdNr."),
    "register_entry": _l("Registereintrag"),
    "phone": _l("Telefon"),
    "iban": _l("IBAN"),
    "due_days": _l("Zahlungsziel in Tagen"),
    "footer": _l("Fußzeile"),
    "small_business": _l("Kleinunternehmer"),
}
"""The fields, for the audit log."""


@pages.get("/settings/invoices", needs=Right.ADMIN)
def invoices(visit: Visit) -> ResponseReturnValue:
    """What invoices say of the company."""
    with visit.read() as unit:
        known = asdict(issuers.get(unit, visit.tenant_id))
    known["company"] = known["company"] or visit.tenant.name
    known["iban"] = written_iban(known["iban"]) if known["iban"] else ""
    return render_template("settings/invoices.html", form=IssuerForm(data=known))


@pages.post("/settings/invoices", needs=Right.ADMIN)
def save_invoices(visit: Visit) -> ResponseReturnValue:
    """Say something else from now on."""
    form = IssuerForm(request.form)
    if not form.accepts():
        return render_template("settings/invoices.html", form=form), 422
    wanted = form.issuer()
    with visit.write() as unit:
        before = asdict(issuers.get(unit, visit.tenant_id))
        changed: dict[str, Any] = {
            name: value for name, value in asdict(wanted).items() if value != before[name]
        }
        issuers.save(unit, visit.tenant_id, wanted)
        if changed:
            visit.note(
                unit,
                "tenant.invoicing_changed",
                kind="tenant",
                object_id=visit.tenant_id,
                before={name: before[name] for name in changed},
                after=changed,
            )
    flash(_("Die Rechnungsangaben sind gespeichert. Sie gelten für alle neuen Rechnungen."), "success")
    return redirect(url_for("settings.invoices"), 303)
