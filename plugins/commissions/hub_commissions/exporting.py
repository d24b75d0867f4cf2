"""A payout as a file: CSV for people, SEPA pain.001 for the bank."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from hub.records.database import Row
from hub_commissions.accounts import MISSING, bic_of, check_bic, check_iban
from hub_commissions.errors import CommissionsError

SCHEMA = "pain.001.001.09"
EURO = "EUR"
COLUMNS = ("payout", "partner", "name", "email", "amount", "currency", "lines", "account_name", "iban", "bic")

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for a formula."""


def to_csv(number: int, items: Sequence[Mapping[str, Any]]) -> str:
    """One line for each partner and currency. A cell that a spreadsheet would compute is quoted."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for item in items:
        values = {**item, "payout": number, "partner": item["code"]}
        writer.writerow([_cell(name, values[name]) for name in COLUMNS])
    return text.getvalue()


def to_sepa(payout: Row, items: Sequence[Mapping[str, Any]], settings: Mapping[str, Any], on: date) -> bytes:
    """A credit transfer for every partner of the payout (its ``id`` and ``number``), valid against the
    schema. However often it is made, the message keeps its id, so that a bank refuses the second one.
    Raises CommissionsError, which names everybody who cannot be paid this way."""
    try:
        from sepaxml import SepaTransfer  # type: ignore[import-untyped]
    except ImportError:
        raise CommissionsError(MISSING, code="extra") from None
    _refuse(items)
    transfer = SepaTransfer(_debtor(settings), schema=SCHEMA, clean=True)
    for item in items:
        transfer.add_payment(_payment(payout["number"], item, on))
    document: bytes = transfer.export(validate=True, pretty_print=True)
    # The library makes an id up, in its constructor, and cannot be given one.
    return document.replace(transfer.msg_id.encode(), payout["id"].hex.encode())


def _cell(name: str, value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if name != "amount" and text.startswith(FORMULA) else text


def _refuse(items: Sequence[Mapping[str, Any]]) -> None:
    other = [f"{item['code']} ({item['currency']})" for item in items if item["currency"] != EURO]
    if other:
        raise CommissionsError(
            f"SEPA pays euros only; not {', '.join(other)}: cancel the payout, and create one with"
            " --currency EUR",
            code="sepa_currency",
            about=", ".join(other),
        )
    nowhere = [item["code"] for item in items if not item["iban"]]
    if nowhere:
        raise CommissionsError(
            f"no account is known of {', '.join(nowhere)}; `hub partner change … --iban` adds one",
            code="sepa_accounts",
            about=", ".join(nowhere),
        )


def _debtor(settings: Mapping[str, Any]) -> dict[str, Any]:
    if not settings.get("debtor_name") or not settings.get("debtor_iban"):
        raise CommissionsError(
            "whose account pays is not known; set debtor_name and debtor_iban of the connection: "
            "hub connection create TENANT commissions --set debtor_name=… --set debtor_iban=…",
            code="sepa_debtor",
        )
    iban = check_iban(settings["debtor_iban"])
    found = {"name": settings["debtor_name"], "IBAN": iban, "batch": True, "currency": EURO}
    bic = check_bic(settings["debtor_bic"]) if settings.get("debtor_bic") else bic_of(iban)
    return found | ({"BIC": bic} if bic else {})


def _payment(number: int, item: Mapping[str, Any], on: date) -> dict[str, Any]:
    payment = {
        "name": (item["account_name"] or item["name"] or item["code"])[:70],
        "IBAN": item["iban"],
        "amount": item["amount_minor"],
        "execution_date": on,
        "description": f"Commission {number} {item['code']}"[:140],
        "endtoend_id": item["id"].hex,
    }
    bic = item["bic"] or bic_of(item["iban"])
    return payment | ({"BIC": bic} if bic else {})
