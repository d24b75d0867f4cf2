"""The ``hub`` command: one module for each group. Results go to standard output (JSON with
``--json``), everything else to standard error."""

from hub.support.loading import loading

with loading():
    from hub.cli.main import main

__all__ = ["main"]
