"""The door for senders: a Flask request becomes an ``Inbound``, an outcome becomes a response."""

from hub.ingress.routes import Limits, Observe, bind

__all__ = ["Limits", "Observe", "bind"]
