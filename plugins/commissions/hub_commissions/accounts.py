"""Bank accounts, checked by a kept library (extra ``payout``)."""

from hub_commissions.errors import CommissionsError

MISSING = "this needs the extra: pip install 'hub-commissions[payout]'"


def check_iban(text: str) -> str:
    """The IBAN without spaces. Raises CommissionsError for one that cannot be."""
    try:
        from schwifty import IBAN
        from schwifty.exceptions import SchwiftyException
    except ImportError:
        raise CommissionsError(MISSING, code="extra") from None
    try:
        return str(IBAN(text).compact)
    except SchwiftyException as error:
        raise CommissionsError(f"the IBAN cannot be right: {error}", code="iban") from None


def check_bic(text: str) -> str:
    """The BIC in capitals. Raises CommissionsError for one that cannot be."""
    try:
        from schwifty import BIC
        from schwifty.exceptions import SchwiftyException
    except ImportError:
        raise CommissionsError(MISSING, code="extra") from None
    try:
        return str(BIC(text).compact)
    except SchwiftyException as error:
        raise CommissionsError(f"the BIC cannot be right: {error}", code="bic") from None


def bic_of(iban: str) -> str | None:
    """The bank's BIC, where the IBAN tells it."""
    try:
        from schwifty import IBAN
    except ImportError:
        raise CommissionsError(MISSING, code="extra") from None
    bic = IBAN(iban).bic
    return str(bic.compact) if bic else None
