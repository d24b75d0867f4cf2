"""Nobody who sends can write a line of the log, colour it, turn it round or fill the disk with it."""

import json
import subprocess
import sys
import unicodedata
from typing import Any
from urllib.parse import quote

import pytest
import requests

pytestmark = pytest.mark.xdist_group("hostile-server")

FORGED = '2026-01-01T00:00:00Z [info     ] event outcome=processed {"event":"event","outcome":"processed"}'
ENDS = ("\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029")
"""What some program takes for the end of a line."""

EVIL = "".join(f"a{end}{FORGED}" for end in ENDS) + "\x1b[2J\x1b[31m\x9b31m\x07\x00\u202e\u2066\ufeff\x7f"

SCRIPT = """
import logging, sys, structlog
from hub.cli.logs import set_up_logs
evil = sys.stdin.read()
for form in ("json", "text"):
    set_up_logs("info", form)
    log = structlog.get_logger()
    log.info("event", tenant=evil, event_type=evil, more={"deep": [evil]})
    log.info("event", long="x" * 1_000_000)
    logging.getLogger("library").warning("it says %s", evil)
    try:
        raise ValueError(evil)
    except ValueError:
        log.exception("event_failed", reason=evil)
        logging.getLogger("library").exception("it says %s", evil)
"""


def test_whatever_is_logged_no_line_is_forged() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], input=EVIL.encode(), capture_output=True, check=True, timeout=60
    )
    lines = done.stderr.decode().splitlines()  # as the most generous reader sees them
    objects = [json.loads(line) for line in lines if line.startswith("{")]
    texts = [line for line in lines if line.startswith("2")]

    assert [line["level"] for line in objects] == ["info", "info", "warning", "error", "error"]
    assert [line.split("[")[1].split()[0] for line in texts] == [line["level"] for line in objects]
    assert all(line.startswith(("    ", "{", "2")) for line in lines)
    assert not any(
        unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp") for character in "".join(lines)
    )
    assert all(len(line) < 20_000 for line in lines)


def test_what_a_request_says_stands_in_one_line(firm: Any) -> None:
    sale = {"event": EVIL, "externalId": EVIL, "grossAmount": "1.00", "currency": "EUR"}
    taken = firm.post(sale)
    address = f"{firm.server.url}/api/webhooks/{quote(EVIL, safe='')}/custom/{quote('x' * 5000)}"
    refused = requests.post(address, data=EVIL.encode(), timeout=30)
    mark = (taken.headers["X-Event-Id"], refused.headers["X-Event-Id"])

    written = firm.server.log.read_text("utf-8")
    told = [json.loads(line) for line in written.splitlines()]

    (first, second) = ([line for line in told if line.get("event_id") == one] for one in mark)
    assert (len(first), len(second)) == (1, 1)
    assert len(json.dumps(second)) < 5_000
    assert (refused.status_code, second[0]["reason"]) == (404, "not_connected")
