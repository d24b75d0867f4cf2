"""The JSON API for a tenant's own programs: one module for each resource in ``resources``; the document that
describes it (OpenAPI) is made of the same declarations that serve it."""

from hub.api.site import DOCUMENT, create_api
from hub.api.standing import BASE

__all__ = ["BASE", "DOCUMENT", "create_api"]
