"""``hub partner``: who sells, and who sponsors whom."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from hub.cli.common import err, json_option, opened, print_one, print_rows, tenant_row
from hub_commissions.commands import plainly
from hub_commissions.records import partners

CommandT = TypeVar("CommandT", bound=Callable[..., Any])
COLUMNS = ["code", "name", "email", "sponsor", "status", "iban"]


@click.group()
def partner() -> None:
    """Partners: who sells, and who sponsors whom."""


def _plain(command: CommandT) -> CommandT:
    for name, text in (
        ("--account-name", "Holder of the account, if it is not the partner's name."),
        ("--bic", "Found from the IBAN where it can be."),
        ("--iban", "Account that commissions are paid to."),
        ("--email", "E-mail address."),
        ("--name", "Name."),
    ):
        command = click.option(name, help=text)(command)
    return command


@partner.command()
@click.argument("tenant")
@click.argument("code")
@_plain
@click.option("--sponsor", metavar="CODE", help="The partner above.")
@click.option("--status", type=click.Choice(partners.STATUSES), default="active", show_default=True)
@json_option
def create(tenant: str, code: str, as_json: bool, **values: Any) -> None:
    """Add a partner; CODE is what sales name, such as P-001."""
    with plainly(), opened() as hub:
        tenant_id = tenant_row(hub, tenant)["id"]
        with hub.database.write() as unit:
            partners.create(unit, tenant_id, code, now=hub.clock(), **values)
            (shown,) = partners.listed(unit, tenant_id, code.strip())
            waiting = partners.waiting(unit, tenant_id, code.strip())
    print_one(shown, as_json=as_json)
    if waiting and not as_json:
        err.print(f"{len(waiting)} unassigned sales name {code}; `hub transaction assign` gives them away.")


@partner.command()
@click.argument("tenant")
@click.argument("code")
@_plain
@click.option("--sponsor", metavar="CODE", help='The partner above; "" for none.')
@click.option("--status", type=click.Choice(partners.STATUSES))
@json_option
def change(tenant: str, code: str, as_json: bool, **values: Any) -> None:
    """Change a partner. Sales that arrived before stay as they were reckoned."""
    with plainly(), opened() as hub:
        tenant_id = tenant_row(hub, tenant)["id"]
        with hub.database.write() as unit:
            partners.change(unit, tenant_id, code, now=hub.clock(), **values)
            (shown,) = partners.listed(unit, tenant_id, code)
    print_one(shown, as_json=as_json)


@partner.command("list")
@click.argument("tenant")
@json_option
def list_partners(tenant: str, as_json: bool) -> None:
    """The partners of TENANT."""
    with plainly(), opened() as hub:
        tenant_id = tenant_row(hub, tenant)["id"]
        with hub.database.read() as unit:
            rows = partners.listed(unit, tenant_id)
    print_rows(rows, COLUMNS, as_json=as_json)


@partner.command("import")
@click.argument("tenant")
@click.argument("csv_file", metavar="CSV", type=click.File(encoding="utf-8-sig"))
@json_option
def import_partners(tenant: str, csv_file: Any, as_json: bool) -> None:
    """Add or change partners from a CSV file, all or none.

    Its first line names the columns: code, and some of name, email, sponsor, status, iban, bic,
    account_name.
    """
    with plainly(), opened() as hub:
        tenant_id = tenant_row(hub, tenant)["id"]
        try:
            with hub.database.write() as unit:
                made, changed = partners.import_csv(unit, tenant_id, csv_file, hub.clock())
        except UnicodeDecodeError:
            raise click.ClickException("the file is not UTF-8") from None
    print_one({"created": made, "changed": changed}, as_json=as_json)
