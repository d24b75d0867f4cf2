"""What stands fixed for the whole API: where it is, and where it is explained."""

BASE = "/rest/v1"
"""Before every path. A first part of its own: ``/api/`` belongs to plugins and their senders."""

DOCS = "/developers/api"
"""The page of the web UI that explains the API."""
