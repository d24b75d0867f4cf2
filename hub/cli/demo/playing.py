"""The order of the demonstration: catchers, stage, preparations, the past, server, samples, scenes."""

import os

import click

from hub.cli.demo import past, printing, samples, stage
from hub.cli.demo.catchers import catching
from hub.cli.demo.commands import Commands
from hub.cli.demo.scenes import Watch
from hub.registry.fixtures import fixtures_folder


def play(group: click.Command, port: int, weeks: int) -> bool:
    """Play it after a past of so many weeks, and stay until Ctrl-C unless HUB_DEMO_EXIT is 1. Gives whether
    all ended as promised."""
    stays = os.environ.get("HUB_DEMO_EXIT") != "1"
    with catching() as catchers, stage.built(port, catchers.settings) as hub:
        cast = stage.connected(hub)
        commands = Commands(group, hub.plugins, {"tenant": stage.TENANT, "web": catchers.web.url})
        for player in cast:
            commands.prepare(player.told.prepare, fixtures=str(fixtures_folder(player.installed.plugin)))
        second = stage.connected(hub, stage.SECOND, stage.SECOND_NAME)
        stage.staffed(hub)
        if weeks:
            past.live(hub, stage.TENANT, cast, weeks=weeks)
            past.live(hub, stage.SECOND, second, weeks=weeks, pace=0.2)
        for player in cast:
            commands.prepare(player.told.settle)
        stage.open_invoices(hub, cast)
        catchers.forget()
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
