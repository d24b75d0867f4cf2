"""What the commands share: the rooms, printing, and errors that a person understands."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

import click
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from hub.app import Hub, create_hub
from hub.config import Config
from hub.contract.errors import ContractError
from hub.records import tenants
from hub.records.database import DatabaseUnavailable, Row
from hub.records.vault import VaultError
from hub.registry.connecting import ConnectingError, Connections
from hub.registry.discovery import Plugins
from hub.support import jsontext

CommandT = TypeVar("CommandT", bound=Callable[..., Any])

WIDE = 200
"""Columns of a table that does not go to a terminal: nothing is cut."""

MOST_ROWS = 1_000_000
"""The longest list that can be asked for."""

out = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
err = Console(stderr=True, soft_wrap=True, highlight=False)


def json_option(command: CommandT) -> CommandT:
    """Adds ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def limit_option(command: CommandT) -> CommandT:
    """Adds ``--limit``."""
    return click.option(
        "--limit",
        type=click.IntRange(1, MOST_ROWS),
        default=100,
        show_default=True,
        help="How many, newest first.",
    )(command)


def load_config() -> Config:
    """The installation's settings, or an error that names the wrong one."""
    try:
        return Config()
    except ValidationError as error:
        faults = "; ".join(
            f"HUB_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors(include_input=False)
        )
        raise click.ClickException(faults) from None


@contextmanager
def opened() -> Iterator[Hub]:
    """The rooms, closed at the end, with the plugins that whoever calls commands in this process hands on
    as their object. Faults that an operator can mend become plain errors."""
    context = click.get_current_context(silent=True)
    try:
        hub = create_hub(load_config(), plugins=context.find_object(Plugins) if context else None)
        try:
            yield hub.for_all_tenants()
        finally:
            hub.database.close()
    except (VaultError, ContractError, ConnectingError, tenants.Conflict) as error:
        raise click.ClickException(str(error)) from None
    except DatabaseUnavailable as error:
        raise click.ClickException(f"{_database_fault(error)} (have you run `hub init`?)") from None


def connections(hub: Hub) -> Connections:
    """Changes of connections."""
    return Connections(hub.database, hub.plugins, hub.vault, hub.clock)


def tenant_row(hub: Hub, slug: str) -> Row:
    """The tenant with that slug, or an error."""
    with hub.database.read() as unit:
        row = tenants.tenant_by_slug(unit, slug)
    if row is None:
        raise click.ClickException(f"there is no tenant {slug!r}; `hub tenant list` shows all")
    return row


def parse_id(text: str) -> UUID:
    """An id as typed, or an error."""
    try:
        return UUID(text)
    except ValueError:
        raise click.ClickException(f"{text!r} is not an id") from None


def print_json(value: Any) -> None:
    """JSON on standard output."""
    click.echo(jsontext.encode_text(value))


def print_rows(rows: Iterable[Row | Mapping[str, Any]], columns: Sequence[str], *, as_json: bool) -> None:
    """A list as JSON, all columns, or as a table of these columns."""
    listed: list[dict[str, Any]] = [{**row} for row in rows]
    if as_json:
        print_json(listed)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, no_wrap=column == "id", min_width=36 if column == "id" else None)
    for row in listed:
        table.add_row(*(cell(row.get(column)) for column in columns))
    out.print(table)


def print_one(values: Row | Mapping[str, Any], *, as_json: bool) -> None:
    """One thing as JSON, or as lines of name and value."""
    if as_json:
        print_json({**values})
        return
    width = max((len(name) for name in values), default=0)
    for name, value in values.items():
        out.print(f"{name:<{width}}  {cell(value)}", markup=False)


def cell(value: Any) -> str:
    """A value for a table."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case dict() | list() | tuple():
            return jsontext.encode_text(value)
        case _ if hasattr(value, "isoformat"):
            return str(value.isoformat(sep=" ", timespec="seconds"))
        case _:
            return str(value)


def _database_fault(error: DatabaseUnavailable) -> str:
    cause = error.__cause__
    detail = str(getattr(cause, "orig", None) or cause or error).strip().splitlines()
    return f"the database cannot be used: {detail[0] if detail else error}"
