"""Installation: the pages of those who run the hub. A module for each tab."""

from hub.web.pages.operator import overview, plugins, queues, tenants
from hub.web.pages.operator.common import pages

__all__ = ["overview", "pages", "plugins", "queues", "tenants"]
