"""Logs of a failure: where it happened, and nothing of the values that were at hand."""

import subprocess
import sys

import pytest

FAULT = """
import logging, structlog
from hub.cli.logs import set_up_logs

set_up_logs("info", {form!r})

def send(secret):
    raise ValueError("no way out")

for log in (structlog.get_logger(), logging.getLogger("a.library")):
    try:
        send("whsec_" + "only-in-memory")
    except ValueError:
        log.exception("channel_failed")
"""


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_traceback_shows_no_values(form: str) -> None:
    command = [sys.executable, "-c", FAULT.format(form=form)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)

    assert done.stderr.count("ValueError: no way out") == 2
    assert done.stderr.count("in send") == 2
    assert "whsec_only-in-memory" not in done.stderr
