"""The order of the demonstration: catchers, stage, preparations, server, samples, scenes."""

import os

import click

from hub.cli.demo import printing, samples, stage
from hub.cli.demo.catchers import catching
from hub.cli.demo.commands import Commands
from hub.cli.demo.scenes import Watch


def play(group: click.Command, port: int) -> bool:
    """Play it, and stay until Ctrl-C unless HUB_DEMO_EXIT is 1. Gives whether all ended as promised."""
    stays = os.environ.get("HUB_DEMO_EXIT") != "1"
    with catching() as catchers, stage.built(port, catchers.settings) as hub:
        cast = stage.connected(hub)
        commands = Commands(group, {"tenant": stage.TENANT, "web": catchers.web.url})
        for player in cast:
            commands.prepare(player.told.prepare)
        with stage.serving(hub.config) as server:
            watch = Watch(hub, commands, catchers, [scene for player in cast for scene in player.told.scenes])
            lines = []
            for line in samples.sent(hub, cast):
                lines.append(line)
                watch.look()
            watch.wait()
            kept = all([printing.show(lines, watch.views), printing.show_quarantined(hub.plugins)])
            if stays:
                printing.show_addresses(hub, catchers)
                stage.stay(server)
    return kept
