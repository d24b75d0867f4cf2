"""The ``hub`` command: one module for each group. Results go to standard output (JSON with
``--json``), everything else to standard error."""

from hub.cli.main import main

__all__ = ["main"]
