"""Whose event it is, at the addresses that serve the whole installation.

Nothing here is believed: the answer only chooses the secret that must have made the signature.
"""

import hub
from hub_stripe.event import TENANT, first, object_ids


def locate_tenant(payload: hub.Payload) -> hub.Address | None:
    """The tenant named in the metadata, or the sale that the object belongs to."""
    target = payload["data"]["object"]
    tenant = first(
        TENANT,
        target["metadata"],
        target["parent"]["subscription_details"]["metadata"],
        target["subscription_details"]["metadata"],
    )
    if tenant is not None:
        return hub.Address(tenant=tenant)
    references = object_ids(
        target["id"],
        target["payment_intent"],
        target["charge"],
        target["invoice"],
        target["payment"]["payment_intent"],
        target["payment"]["charge"],
    )
    return hub.Address(references=references) if references else None
