"""The plugin's commands. They work whether or not the plugin is on for the tenant."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation

import click

from hub.support.money import Money, MoneyError
from hub_commissions.errors import CommissionsError
from hub_commissions.terms import TermsError


@contextmanager
def plainly() -> Iterator[None]:
    """What cannot be done becomes an error without a traceback."""
    try:
        yield
    except (CommissionsError, TermsError, MoneyError) as error:
        raise click.ClickException(str(error)) from None


def amount(text: str, currency: str) -> Money:
    """An amount as typed. Raises MoneyError."""
    try:
        return Money.of(Decimal(text.strip()), currency)
    except InvalidOperation:
        raise MoneyError(f"{text!r} is not an amount, such as 5.00") from None
