"""``hub customer``: what a person has a right to: a copy, and erasure."""

import click

from hub.app import Hub
from hub.cli.common import err, json_option, opened, out, print_json, tenant_row
from hub.records.audit import Actor
from hub.records.personal import Person
from hub.registry.privacy import Erasure, Privacy

ACTOR = Actor(who="command line")


@click.group()
def customer() -> None:
    """What is held of a person, and its erasure."""


@customer.command()
@click.argument("tenant")
@click.argument("email")
def export(tenant: str, email: str) -> None:
    """Print as JSON all that TENANT holds of the person with that address (Art. 15 and 20 GDPR): records, the
    requests that brought them, what was sent, and what plugins hold."""
    with opened() as hub:
        person = _person(hub, tenant, email)
        with hub.database.read() as unit:
            copy = Privacy(hub.registry).export(unit, person, hub.clock())
    print_json(copy)


@customer.command()
@click.argument("tenant")
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def erase(tenant: str, email: str, yes: bool, as_json: bool) -> None:
    """Erase what TENANT holds of the person with that address (Art. 17 GDPR). What the law wants kept stays,
    and is named with the reason. There is no way back but a backup."""
    with opened() as hub:
        person = _person(hub, tenant, email)
        if not yes:
            click.confirm("Erase it for good?", abort=True, err=True)
        with hub.database.write() as unit:
            done = Privacy(hub.registry).erase(unit, person, actor=ACTOR, now=hub.clock())
    print_erasure(done, as_json=as_json)


def print_erasure(done: Erasure, *, as_json: bool) -> None:
    """What was erased, and what stays and why."""
    if as_json:
        print_json({"erased": done.changed, "kept": done.kept})
        return
    for kind, number in done.changed.items():
        out.print(f"erased  {kind}: {number}", markup=False)
    for what, why in done.kept.items():
        out.print(f"kept    {what}: {why}", markup=False)
    if not done.changed:
        err.print("There was nothing to erase.")


def _person(hub: Hub, tenant: str, email: str) -> Person:
    if "@" not in email:
        raise click.ClickException(f"{email!r} is not an e-mail address")
    return Person(tenant_id=tenant_row(hub, tenant)["id"], emails=(email,))
