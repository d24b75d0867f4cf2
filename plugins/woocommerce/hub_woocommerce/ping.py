"""The ping that WooCommerce sends when a webhook is saved: a form ``webhook_id=…``, not signed.

Source: ``WC_Webhook::deliver_ping`` in woocommerce/includes/class-wc-webhook.php. Any answer but 200
shows an error to whoever saves the webhook. Nothing proves who sent it, so nothing is taken from it:
it is refused like any unsigned request, and merely answered so that the shop is content.
"""

import re

import hub

FORM = "application/x-www-form-urlencoded"
BODY = re.compile(rb"webhook_id=[0-9]{1,20}")


class PingError(hub.AuthenticationError):
    """The refusal of a ping, which is answered with 200."""

    status = 200
    code = "unsigned_ping"
    text = "The ping arrived; nothing is taken from it. Signed events are."

    def __init__(self) -> None:
        super().__init__(self.text)


def is_ping(inbound: hub.Inbound) -> bool:
    """Whether a request is a ping, by its shape."""
    return inbound.content_type == FORM and BODY.fullmatch(inbound.body.strip()) is not None
