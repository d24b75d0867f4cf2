"""Notifications: members are told in the hub, by e-mail and as push messages, other systems by webhook."""

from typing import Any

import hub
from hub.contract import signals
from hub_notifications import bills, mail, pushing, replies, telling, webhooks
from hub_notifications.manifest import EMAIL, PUSH, WEBHOOK, manifest
from hub_notifications.posting import post
from hub_notifications.smtp import send

SENDERS = {WEBHOOK.name: post, EMAIL.name: send, PUSH.name: pushing.send}


class Notifications(hub.Plugin):
    """Receivers, each with one duty, and the channels."""

    manifest = manifest

    @hub.receives(*telling.TOLD)
    def tell_members(self, announcement: hub.Announcement, unit: Any) -> None:
        """One row for each member, to be read in the hub, and what else each of them wants."""
        telling.tell(announcement, unit)

    @hub.receives(*telling.GIVEN)
    def tell_who_was_given_it(self, announcement: hub.Announcement, unit: Any) -> None:
        """The same for the one member to whom somebody else gave something."""
        telling.tell_receiver(announcement, unit)

    @hub.receives(*mail.MAILED)
    def send_mail(self, announcement: hub.Announcement, unit: Any) -> None:
        """E-mail to the team and to the customer, where the tenant has switched it on."""
        mail.enqueue(announcement, unit)

    @hub.receives(signals.ticket_replied)
    def send_reply(self, announcement: hub.Announcement, unit: Any) -> None:
        """The answer to the customer's ticket, unless the tenant has switched that off."""
        replies.enqueue(announcement, unit)

    @hub.receives(signals.invoice_sent, signals.invoice_reminded)
    def send_invoice(self, announcement: hub.Announcement, unit: Any) -> None:
        """The invoice, or the reminder, that a member wants the customer to get."""
        bills.enqueue(announcement, unit)

    @hub.receives(*signals.ALL)
    def post_to_endpoints(self, announcement: hub.Announcement, unit: Any) -> None:
        """One delivery for each of the tenant's endpoints that asked for such events."""
        webhooks.enqueue(announcement, unit)

    @hub.hookimpl
    def notify(self, delivery: hub.Delivery, connection: hub.Connection, host: hub.Host) -> hub.Sent | None:
        """Send a delivery by the channel that it names."""
        return SENDERS[delivery.channel](delivery, connection, host)


plugin = Notifications()
