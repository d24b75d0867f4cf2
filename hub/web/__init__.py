"""The web UI for the people of a tenant and for operators: one module per group of pages."""

from hub.web.fork import fork
from hub.web.site import create_web

__all__ = ["create_web", "fork"]
