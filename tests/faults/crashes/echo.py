"""A plugin of the test's own that stands alone, so that the processes can have it installed: a background
effect that leaves one row for each announcement, and sleeps while a file tells it to.
"""

import os
import time
from pathlib import Path
from typing import Any

import hub
from hub.contract import signals
from hub.records.tables import AuditEntry
from hub.records.tenants import table
from hub.support.ids import new_id

ECHO = "echo"
"""``object_kind`` of its rows; ``object_id`` is the event."""

SLEEPS = "CRASHES_SLEEP_FILE"
"""Names a file: it holds the tenant for whom the effect sleeps, and how many seconds."""


class Echo(hub.Plugin):
    """Only for these tests."""

    manifest = hub.Manifest(
        slug="echo",
        title={"de": "Echo", "en": "Echo"},
        description={"de": "Für Tests.", "en": "For tests."},
        kinds=("effect",),
    )

    @hub.receives(
        signals.transaction_created,
        signals.transaction_refunded,
        signals.order_placed,
        signals.ticket_opened,
        background=True,
    )
    def repeat(self, announcement: hub.Announcement, unit: Any) -> None:
        """One row."""
        event_id = str(announcement.event_id)
        row = {"object_kind": ECHO, "object_id": event_id, "action": announcement.signal.name}
        unit.insert(
            table(AuditEntry),
            row
            | {"id": new_id(), "tenant_id": announcement.tenant_id, "at": announcement.received_at}
            | {"who": ECHO, "before": {}, "after": {}},
        )
        _sleep_if_told(announcement.tenant.slug)


def _sleep_if_told(tenant: str) -> None:
    file = Path(os.environ.get(SLEEPS, ""))
    if file.is_file():
        name, _, seconds = file.read_text("utf-8").partition(" ")
        if name == tenant:
            file.unlink()  # once
            time.sleep(float(seconds))


plugin = Echo()
