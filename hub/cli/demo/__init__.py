"""``hub demo``: a fresh installation that receives every installed plugin's own samples, and shows
what they set off."""

from hub.cli.demo.command import demo

__all__ = ["demo"]
