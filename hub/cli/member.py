"""``hub member``: the people of a tenant."""

import click
from email_validator import EmailNotValidError, validate_email

from hub.cli.common import json_option, opened, print_one, print_rows, tenant_row
from hub.records import tenants


@click.group()
def member() -> None:
    """The people of a tenant."""


@member.command()
@click.argument("tenant")
@click.argument("email")
@click.option("--name", help="Name of the person. Unset: the part of the address before the @.")
@click.option("--role", type=click.Choice(tenants.ROLES), default="staff", show_default=True)
@json_option
def add(tenant: str, email: str, name: str | None, role: str, as_json: bool) -> None:
    """Make the person with the address EMAIL a member of TENANT. A person may belong to several."""
    try:
        address = validate_email(email, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise click.ClickException(f"{email!r} is no e-mail address: {error}") from None
    with opened() as hub:
        row = tenant_row(hub, tenant)
        with hub.database.write() as unit:
            member_id = tenants.add_member(
                unit,
                tenant_id=row["id"],
                email=address,
                name=name or address.partition("@")[0],
                role=role,
                now=hub.clock(),
            )
            members = tenants.members_of(unit, row["id"])
    print_one(next(one for one in members if one["id"] == member_id), as_json=as_json)


@member.command("list")
@click.argument("tenant")
@json_option
def list_members(tenant: str, as_json: bool) -> None:
    """The members of TENANT."""
    with opened() as hub:
        row = tenant_row(hub, tenant)
        with hub.database.read() as unit:
            rows = tenants.members_of(unit, row["id"])
    print_rows(rows, ["email", "name", "role", "created_at"], as_json=as_json)
