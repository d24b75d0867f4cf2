"""Imported once by the process that all others are forked from, so that they have the plugins already."""

from hub.registry.discovery import discover

discover()
