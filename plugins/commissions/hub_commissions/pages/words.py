"""What the ledger's codes are called on pages, and why each line is as it is, in sentences."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency, format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _p

from hub.web.formats import locale
from hub.web.words import Word
from hub_commissions.errors import CommissionsError

TRANSACTION_STATUS = {
    "completed": Word(_p("Transaktion", "Abgeschlossen"), "green"),
    "unassigned": Word(_p("Transaktion", "Nicht zugeordnet"), "yellow"),
    "partially_refunded": Word(_p("Transaktion", "Teilweise erstattet"), "orange"),
    "refunded": Word(_p("Transaktion", "Erstattet"), "secondary"),
    "disputed": Word(_p("Transaktion", "Strittig"), "red"),
    "charged_back": Word(_p("Transaktion", "Zurückgebucht"), "red"),
}

SELECTIONS = {"unassigned": TRANSACTION_STATUS["unassigned"]}
"""Transactions that can be chosen."""

LINE_STATUS = {
    "pending": Word(_p("Provision", "In Reifezeit"), "yellow"),
    "matured": Word(_p("Provision", "Auszahlbar"), "blue"),
    "paid": Word(_p("Provision", "Ausgezahlt"), "green"),
    "reversed": Word(_p("Provision", "Rückgängig"), "secondary"),
}

LINE_KIND = {
    "commission": _l("Provision"),
    "clawback": _l("Rückforderung"),
    "restore": _l("Wiedergutschrift"),
}

PARTNER_STATUS = {
    "active": Word(_p("Partner", "Aktiv"), "green"),
    "inactive": Word(_p("Partner", "Inaktiv"), "secondary"),
}

PAYOUT_STATUS = {
    "open": Word(_p("Auszahlung", "Offen"), "blue"),
    "paid": Word(_p("Auszahlung", "Bezahlt"), "green"),
    "cancelled": Word(_p("Auszahlung", "Storniert"), "secondary"),
}

REASONS = {
    "no_partner_named": _l(
        "Die Quelle hat keinen Partner genannt. Ordnen Sie die Transaktion einem Partner zu."
    ),
    "unknown_partner": _l(
        "Den genannten Partner gibt es nicht. Legen Sie ihn an, oder ordnen Sie die Transaktion "
        "einem anderen zu."
    ),
    "no_plan": _l("Als der Verkauf eintraf, galt für ihn kein Plan."),
    "terms_conflict": _l("Plan und Sondersätze ergeben zusammen mehr als 100 Prozent."),
    "test_sale": _l("Es ist ein Testverkauf, und der Plan vergütet keine."),
    "nothing_paid": _l("Der Kunde hat nichts bezahlt."),
    "net_unknown": _l("Der Plan rechnet vom Netto, und der Absender nennt weder Netto noch Steuer."),
    "renewal_not_paid": _l("Der Plan vergütet diese Verlängerung des Abonnements nicht."),
    "renewal_number_unknown": _l(
        "Der Absender sagt nicht, die wievielte Verlängerung des Abonnements es ist."
    ),
    "nobody_to_pay": _l("Niemand bekommt etwas: Der Partner ist inaktiv, oder die Sätze ergeben null."),
}
"""Why a sale gives no commission."""

SHORT_REASONS = {
    "no_partner_named": _l("Kein Partner genannt"),
    "unknown_partner": _l("Partner unbekannt"),
    "no_plan": _l("Kein Plan"),
    "terms_conflict": _l("Sätze über 100 %"),
    "test_sale": _l("Testverkauf"),
    "nothing_paid": _l("Nichts bezahlt"),
    "net_unknown": _l("Netto unbekannt"),
    "renewal_not_paid": _l("Verlängerung ohne Provision"),
    "renewal_number_unknown": _l("Verlängerung ohne Nummer"),
    "nobody_to_pay": _l("Niemand zu vergüten"),
}

BASES = {
    "net": _l("Netto"),
    "gross": _l("Brutto"),
    "gross less tax": _l("Brutto abzüglich Steuer"),
    "gross, net not told": _l("Brutto, da das Netto nicht genannt ist"),
}

PLAN_BASES = {
    "told": _l("Netto, wenn genannt, sonst Brutto"),
    "net": _l("Immer Netto"),
    "gross": _l("Brutto"),
}

PERIODS = {"month": _l("Kalendermonat"), "lifetime": _l("Gesamte Zeit")}

RULES = {
    "percent": _l("Satz des Plans"),
    "tier": _l("Staffel nach Umsatz"),
    "fixed": _l("Fester Betrag"),
    "level": _l("Satz der Ebene"),
}

KINDS = {"product": _l("Produkt"), "partner": _l("Partner"), "campaign": _l("Kampagne")}
FIELDS = {"percent": _l("Satz"), "fixed": _l("Fester Betrag"), "levels": _l("Ebenen")}

ACTIONS = {
    "commissions.assigned": _l("Partner zugeordnet"),
    "commissions.partner_created": _l("Partner angelegt"),
    "commissions.partner_changed": _l("Partner geändert"),
    "commissions.plan_created": _l("Plan angelegt"),
    "commissions.plan_changed": _l("Neue Version des Plans angelegt"),
    "commissions.plan_default": _l("Zum Standardplan gemacht"),
    "commissions.campaign_created": _l("Kampagne angelegt"),
    "commissions.payout_created": _l("Auszahlung angelegt"),
    "commissions.payout_paid": _l("Auszahlung als bezahlt markiert"),
    "commissions.payout_cancelled": _l("Auszahlung storniert"),
    "commissions.payout_exported": _l("Auszahlung exportiert"),
}


def fault(error: Exception) -> str:
    """What cannot be done, and what to do instead."""
    if not isinstance(error, CommissionsError):
        return str(_("Diese Angaben passen nicht zusammen. Bitte prüfen Sie Sätze und Beträge."))
    about = error.about
    known = {
        "partner_unknown": _("Es gibt keinen Partner mit dem Code „%(about)s“.", about=about),
        "partner_taken": _("Den Partner „%(about)s“ gibt es schon.", about=about),
        "own_sponsor": _("Ein Partner kann nicht sein eigener Sponsor sein."),
        "circle": _("Das ergäbe einen Kreis von Sponsoren: %(about)s.", about=about),
        "length": _("Bitte geben Sie 1 bis 255 Zeichen ein."),
        "iban": _("Diese IBAN kann nicht stimmen. Bitte prüfen Sie Länge und Ziffern."),
        "bic": _("Dieser BIC kann nicht stimmen."),
        "extra": _("Dafür fehlt auf dem Server das Paket „hub-commissions[payout]“."),
        "plan_unknown": _("Es gibt keinen Plan „%(about)s“.", about=about),
        "plan_taken": _("Den Plan „%(about)s“ gibt es schon.", about=about),
        "campaign_taken": _("Die Kampagne „%(about)s“ gibt es schon.", about=about),
        "campaign_dates": _("Die Kampagne würde enden, bevor sie beginnt."),
        "assigned": _("Die Transaktion %(about)s gehört inzwischen schon jemandem.", about=about),
        "payout_closed": _("Das geht nicht mehr: Die Auszahlung ist nicht mehr offen."),
        "sepa_currency": _(
            "SEPA überweist nur Euro. Nicht in Euro: %(about)s. Stornieren Sie die Auszahlung, und legen "
            "Sie eine nur in EUR an.",
            about=about,
        ),
        "sepa_accounts": _(
            "Ohne IBAN: %(about)s. Tragen Sie sie beim Partner ein, und laden Sie die Datei dann erneut.",
            about=about,
        ),
        "sepa_debtor": _(
            "Es fehlt das Konto, von dem gezahlt wird. Tragen Sie Kontoinhaber und IBAN in den Einstellungen "
            "des Plugins ein."
        ),
    }
    return str(known.get(error.code, error))


def reason(code: str | None) -> Any:
    """Why a sale pays nothing, in a sentence."""
    return REASONS.get(code or "", code)


def exactly(text: Any, currency: str | None = None) -> str:
    """An exact number of an explanation, with all its decimals; with a currency as an amount."""
    value = Decimal(str(text)).normalize()
    if currency is None:
        return str(format_decimal(value, locale=locale(), decimal_quantization=False))
    if value == value.quantize(Decimal("0.01")):
        return str(format_currency(value, currency, locale=locale()))
    return str(
        format_currency(value, currency, locale=locale(), currency_digits=False, decimal_quantization=False)
    )


def rate(text: Any) -> str:
    """A rate in percent."""
    return f"{exactly(text)}\u00a0%"


def explained(said: Mapping[str, Any], currency: str) -> Iterator[tuple[str, str]]:
    """An explanation as names and values."""
    if "why" in said:
        lost = "the partner has no part in this sale any more"
        yield (
            _("Grund"),
            _("Der Partner hat an diesem Verkauf keinen Anteil mehr.")
            if said["why"] == lost
            else str(reason(said["why"])),
        )
    if "plan" in said:
        yield _("Plan"), _("%(plan)s, Version %(number)s", plan=said["plan"], number=said["plan_version"])
    if "campaign" in said:
        yield _("Kampagne"), said["campaign"]
    for note in said.get("notes", ()):
        yield _("Hinweis"), _note(note)
    if "base_amount" in said:
        base = BASES.get(said["base"], said["base"])
        yield _("Grundlage"), f"{exactly(said['base_amount'], currency)} ({base})"
    if "rule" in said:
        yield _("Regel"), str(RULES.get(said["rule"], said["rule"]))
        yield _("Satz"), rate(said["rate"])
    if "fixed" in said:
        yield _("Fester Betrag"), exactly(said["fixed"], currency)
    yield from _amounts(said, currency)


def _amounts(said: Mapping[str, Any], currency: str) -> Iterator[tuple[str, str]]:
    if "turnover" in said:
        period = PERIODS.get(said["period"], said["period"])
        yield _("Umsatz davor"), f"{exactly(said['turnover'], currency)} ({period})"
    if "kept" in said:
        kept, whole = said["kept"].split(" of ")
        if kept != whole:
            yield (
                _("Behalten"),
                _("%(kept)s von %(whole)s", kept=exactly(kept, currency), whole=exactly(whole, currency)),
            )
    if "exact" in said:
        yield _("Genau"), exactly(said["exact"], currency)
        yield (
            _("Rundung"),
            _("Kaufmännisch auf %(step)s", step=exactly(said["rounding"].split()[-1], currency)),
        )
    if "cut" in said:
        yield (
            _("Gekürzt"),
            _(
                "um %(amount)s, damit die Summe aller Ebenen nicht über dem Plan liegt",
                amount=exactly(said["cut"], currency),
            ),
        )
    if "plan_allows" in said:
        yield (
            _("Alle Ebenen zusammen"),
            _("höchstens %(amount)s", amount=exactly(said["plan_allows"], currency)),
        )
    if "not_paid" in said:
        yield (
            _("Nicht gezahlt"),
            _("Der feste Betrag gilt nicht für Verkäufe in %(currency)s.", currency=currency),
        )
    for field, source in said.get("overrides", {}).items():
        kind, _sep, target = source.partition(" ")
        yield (
            _("Sondersatz"),
            _(
                "%(field)s von %(kind)s „%(target)s“",
                field=FIELDS.get(field, field),
                kind=KINDS.get(kind, kind),
                target=target,
            ),
        )


def _note(note: str) -> str:
    if found := re.fullmatch(r"campaign (.*) is (not known|not valid at the sale)", note):
        if found[2] == "not known":
            note = _("Die Kampagne „%(slug)s“ gibt es nicht; es gilt der Standardplan.", slug=found[1])
        else:
            note = _(
                "Die Kampagne „%(slug)s“ galt beim Verkauf nicht; es gilt der Standardplan.", slug=found[1]
            )
    return note
