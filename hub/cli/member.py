"""``hub member``: the people of a tenant."""

import sys
from typing import Any
from uuid import UUID

import click
from email_validator import EmailNotValidError, validate_email

from hub.app import Hub
from hub.cli.common import json_option, opened, print_one, print_rows, tenant_row
from hub.records import audit, people, tenants
from hub.records.database import Unit
from hub.support import passwords


@click.group()
def member() -> None:
    """The people of a tenant."""


@member.command()
@click.argument("tenant")
@click.argument("email")
@click.option("--name", help="Name of the person. Unset: the part of the address before the @.")
@click.option("--role", type=click.Choice(tenants.ROLES), default="staff", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the person's password from standard input.")
@json_option
def add(tenant: str, email: str, name: str | None, role: str, password_stdin: bool, as_json: bool) -> None:
    """Make the person with the address EMAIL a member of TENANT. A person may belong to several. Somebody
    without a password is given a link, good for once, to set it."""
    address = _address(email)
    hashed = _password_of_stdin() if password_stdin else None
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
            if hashed:
                people.set_password(unit, member_id, hashed)
            link = None if people.password_hash(unit, member_id) else _link(hub, unit, member_id)
            _note(hub, unit, "member.invited", member_id, row["id"], after={"email": address, "role": role})
            members = tenants.members_of(unit, row["id"])
    shown = next(one for one in members if one["id"] == member_id)
    print_one({**shown, "link": link}, as_json=as_json)


@member.command("link")
@click.argument("email")
@json_option
def set_password(email: str, as_json: bool) -> None:
    """Print a link, good for once, with which the person with the address EMAIL sets their password."""
    with opened() as hub, hub.database.write() as unit:
        person = people.by_email(unit, email)
        if person is None:
            raise click.ClickException(f"nobody has the address {email!r}")
        link = _link(hub, unit, person.id)
        _note(hub, unit, "member.invited", person.id, None)
    print_one({"email": person.email, "link": link}, as_json=as_json)


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


def _address(email: str) -> str:
    try:
        return validate_email(email, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise click.ClickException(f"{email!r} is no e-mail address: {error}") from None


def _password_of_stdin() -> str:
    """The hash of the first line of standard input."""
    password = sys.stdin.readline().rstrip("\n")
    if not passwords.MIN_LENGTH <= len(password) <= passwords.MAX_LENGTH:
        raise click.ClickException(f"a password has at least {passwords.MIN_LENGTH} characters")
    return passwords.hash_password(password)


def _link(hub: Hub, unit: Unit, member_id: UUID) -> str:
    token = people.issue_token(unit, member_id, people.INVITATION, hub.clock())
    return f"{hub.config.base_url.rstrip('/')}/password/set/{token}"


def _note(hub: Hub, unit: Unit, action: str, member_id: UUID, tenant_id: UUID | None, **values: Any) -> None:
    actor = audit.Actor(who="command line")
    audit.note(
        unit,
        actor,
        action,
        now=hub.clock(),
        tenant_id=tenant_id,
        kind="member",
        object_id=member_id,
        **values,
    )
