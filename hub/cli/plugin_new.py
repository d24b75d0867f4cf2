"""``hub plugin new``: a package to start a plugin from."""

from importlib.util import find_spec
from pathlib import Path

import click

from hub import scaffold
from hub.cli.common import json_option, out, print_json
from hub.contract.errors import ContractError
from hub.registry.discovery import discover


@click.command()
@click.argument("name")
@click.option(
    "--into",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="Where the new folder is made; here otherwise.",
)
@click.option("--title-de", help="What people call it in German; made from NAME otherwise.")
@click.option("--title-en", help="The same in English; the German one otherwise.")
@click.option(
    "--scheme",
    type=click.Choice(list(scaffold.PROOFS)),
    default="hmac",
    show_default=True,
    help="How requests prove their origin.",
)
@json_option
def new(
    name: str, into: Path, title_de: str | None, title_en: str | None, scheme: str, as_json: bool
) -> None:
    """Make a package for a source, NAME, that works as it is: in a new folder of that name."""
    named = name.replace("-", " ").title()
    titles = {"de": title_de or title_en or named, "en": title_en or title_de or named}
    try:
        plan = scaffold.Plan(name=name, titles=titles, proof=scheme)
        _refuse_taken(plan)
        folder = scaffold.make(plan, into)
    except (scaffold.ScaffoldError, ContractError) as error:
        raise click.ClickException(str(error)) from None
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    if as_json:
        print_json({"folder": str(folder), "package": plan.package, "files": files})
        return
    for file in files:
        out.print(f"{folder}/{file}", markup=False)
    out.print(_next_steps(folder, name), markup=False)


def _refuse_taken(plan: scaffold.Plan) -> None:
    """Two plugins of one name, or of one module, cannot be installed side by side."""
    if other := discover().installed.get(plan.name):
        raise click.ClickException(f"the plugin {plan.name!r} is installed already, as {other.distribution}")
    if find_spec(plan.package) is not None:
        raise click.ClickException(f"there is a module {plan.package} already; take another name")


def _next_steps(folder: Path, name: str) -> str:
    return f"""
It works as it is. Next:
  hub plugin check {folder}
  pip install --editable {folder}
  hub connection create <tenant> {name} --set secrets=<secret>
  hub send {name} sale.created__plain --tenant <tenant>
Then put {name}'s own requests into fixtures/, and map them in mapper.py."""
