"""``hub backup``: copies of the database, taken while the hub serves."""

from pathlib import Path

import click

from hub.cli.common import err, json_option, opened, print_one
from hub.records import backup as copies

KEY_APART = "The secret key is not in it: keep that in another place. Without it the stored secrets are lost."


@click.group()
def backup() -> None:
    """Copies of the database, taken while the hub serves."""


@backup.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
def create(file: Path, as_json: bool) -> None:
    """Write a copy of the database to FILE, true for one instant after this was called. With PostgreSQL it is
    an archive of pg_dump, which must be installed."""
    with opened() as hub:
        try:
            size = copies.create(hub.database, file)
        except copies.BackupError as error:
            raise click.ClickException(str(error)) from None
    print_one({"file": str(file), "bytes": size}, as_json=as_json)
    err.print(KEY_APART)


@backup.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
def restore(file: Path, as_json: bool) -> None:
    """Put the copy in FILE into the database of HUB_DATABASE_URL, which must be empty, or for SQLite not be
    there. Nothing may run on it meanwhile."""
    with opened() as hub:
        try:
            copies.restore(hub.database, file)
        except copies.BackupError as error:
            raise click.ClickException(str(error)) from None
        url = hub.database.url.render_as_string(hide_password=True)
    print_one({"database": url, "restored": True}, as_json=as_json)
    err.print("Now run `hub db upgrade` and `hub doctor`, then start servers and workers.")
