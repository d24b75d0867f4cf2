"""``hub secrets``: the key that stored secrets are encrypted with."""

import click

from hub.cli.common import err, json_option, load_config, opened, print_one
from hub.records.vault import Vault, new_key
from hub.registry.connecting import reseal_all


@click.group()
def secrets() -> None:
    """The key that stored secrets are encrypted with."""


@secrets.command()
@json_option
def rotate(as_json: bool) -> None:
    """Encrypt all stored secrets with the newest key.

    With a key file a fresh key is made, and the old one is dropped once nothing needs it. With
    HUB_SECRET_KEY put the new key in front of the old one first, and drop the old one afterwards.
    """
    config = load_config()
    in_file = config.secret_key is None
    keys = (new_key(), *config.secret_keys()) if in_file else config.secret_keys()
    with opened() as hub:
        if in_file:
            config.key_file.write_text("\n".join(keys) + "\n", "utf-8")
        count = reseal_all(hub.database, Vault(keys))
        if in_file:
            config.key_file.write_text(keys[0] + "\n", "utf-8")
    print_one({"reencrypted": count, "key": "new" if in_file else "first of HUB_SECRET_KEY"}, as_json=as_json)
    err.print("Restart running servers, so that they read the new key.")
