"""Bank accounts: whether an IBAN can be right, and how people read it."""

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException


def compact_iban(text: str) -> str:
    """The IBAN without blanks, in capitals. Raises ValueError for one that cannot be."""
    try:
        return str(IBAN(text).compact)
    except SchwiftyException as error:
        raise ValueError(f"the IBAN cannot be right: {error}") from None


def written_iban(iban: str) -> str:
    """In groups of four, as it stands on paper."""
    return str(IBAN(iban).formatted)


def bank_of(iban: str) -> str:
    """Name and BIC of the bank, where the IBAN tells them."""
    account = IBAN(iban)
    known = (account.bank_short_name or account.bank_name, account.bic and account.bic.compact)
    return " · ".join(str(part) for part in known if part)
