"""``hub tenant``: the companies that use the hub."""

import zoneinfo

import click
from babel import Locale, UnknownLocaleError

from hub.cli.common import json_option, opened, print_one, print_rows, tenant_row
from hub.records import tenants
from hub.support.money import MoneyError, exponent


@click.group()
def tenant() -> None:
    """The companies that use the hub."""


@tenant.command()
@click.argument("slug")
@click.option("--name", required=True, help="Name of the company.")
@click.option("--locale", default="de", show_default=True, help="Language and format of texts and amounts.")
@click.option("--currency", default="EUR", show_default=True, help="Currency of amounts that name none.")
@click.option("--timezone", default="Europe/Berlin", show_default=True, help="Zone in which times are shown.")
@json_option
def create(slug: str, name: str, locale: str, currency: str, timezone: str, as_json: bool) -> None:
    """Add a tenant. SLUG becomes part of its addresses: lower case letters, digits and '-'."""
    _check(slug, locale, currency, timezone)
    with opened() as hub:
        with hub.database.write() as unit:
            tenants.create_tenant(
                unit,
                slug=slug,
                name=name,
                locale=locale,
                currency=currency,
                timezone=timezone,
                now=hub.clock(),
            )
        print_one(tenant_row(hub, slug), as_json=as_json)


@tenant.command("list")
@json_option
def list_tenants(as_json: bool) -> None:
    """All tenants."""
    with opened() as hub, hub.database.read() as unit:
        rows = tenants.list_tenants(unit)
    print_rows(rows, ["number", "slug", "name", "locale", "currency", "timezone"], as_json=as_json)


def _check(slug: str, locale: str, currency: str, timezone: str) -> None:
    if not tenants.SLUG.fullmatch(slug):
        raise click.ClickException("the slug must be lower case letters, digits and '-', 63 at most")
    try:
        Locale.parse(locale.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        raise click.ClickException(f"unknown locale {locale!r}; try de or en") from None
    try:
        exponent(currency)
    except MoneyError as error:
        raise click.ClickException(str(error)) from None
    if timezone not in zoneinfo.available_timezones():
        raise click.ClickException(f"unknown time zone {timezone!r}; try Europe/Berlin")
