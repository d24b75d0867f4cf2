"""``hub init``: from nothing to an installation that can be used."""

import secrets as random
from pathlib import Path

import click
from argon2 import PasswordHasher

from hub.app import Hub
from hub.cli.common import err, json_option, load_config, opened, print_one
from hub.records import tenants
from hub.records.migrating import upgrade
from hub.records.vault import new_key


@click.command()
@click.option(
    "--email", default="operator@localhost", show_default=True, help="Address of the first operator."
)
@json_option
def init(email: str, as_json: bool) -> None:
    """Make the database, the secret key and the first operator. Safe to call again."""
    config = load_config()
    key_file = None if config.secret_key else _ensure_key_file(config.key_file)
    with opened() as hub:
        upgrade(config.resolved_database_url, hub.plugins.branches())
        password = _first_operator(hub, email)
        with hub.database.read() as unit:
            operators = tenants.operators(unit)
        url = hub.database.url.render_as_string(hide_password=True)
    shown = {
        "database": url,
        "secret_key": str(key_file) if key_file else "from HUB_SECRET_KEY",
        "operator": operators[0],
        "password": password,
    }
    print_one(shown, as_json=as_json)
    if password and not as_json:
        err.print("Keep the password: it is not shown again.")


def _ensure_key_file(path: Path) -> Path:
    try:
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(new_key() + "\n", "utf-8")
    except OSError as error:
        raise click.ClickException(f"cannot make {path}: {error.strerror}") from None
    return path


def _first_operator(hub: Hub, email: str) -> str | None:
    """Make the first operator; gives the password if one was made."""
    with hub.database.write() as unit:
        if tenants.operators(unit):
            return None
        password = random.token_urlsafe(15)
        tenants.create_member(
            unit,
            email=email,
            name="Operator",
            password_hash=PasswordHasher().hash(password),
            operator=True,
            now=hub.clock(),
        )
    return password
