"""The plugin's pages in the web UI: the endpoints of outgoing webhooks, and what is sent to them."""

from pathlib import Path

from flask_babel import lazy_gettext as _l

from hub.web.navigation import Entry
from hub.web.plugged import PluginPages
from hub.web.rights import Right
from hub_notifications.pages import endpoints, sendings
from hub_notifications.pages.words import ACTIONS

PLUGIN = "notifications"

brought = PluginPages(
    plugin=PLUGIN,
    folder=Path(__file__).parent.parent,
    groups=(endpoints.pages, sendings.pages),
    entries=(
        Entry(
            "notifications.webhook_endpoints.index",
            _l("Ausgehende Webhooks"),
            icon="send",
            needs=Right.ADMIN,
            plugin=PLUGIN,
        ),
    ),
    actions=ACTIONS,
)
