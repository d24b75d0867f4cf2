"""An issuer whose invoices lack nothing."""

from typing import Any

from hub.records import issuers
from hub.records.issuers import Issuer

ISSUER = Issuer(
    company="Musterfirma GmbH",
    address="Musterstraße 1\n12345 Musterstadt",
    tax_number="12/345/67890",
    vat_id="DE123456789",
    register_entry="Amtsgericht Musterstadt, HRB 12345",
    email="buchhaltung@musterfirma.example",
    phone="030 1234567",
    iban="DE89370400440532013000",
    footer="Vielen Dank für Ihren Auftrag.",
)


def fill_in(site: Any, tenant: str, issuer: Issuer = ISSUER) -> None:
    """The tenant says what stands on its invoices."""
    with site.rooms.database.write() as unit:
        issuers.save(unit, site.tenant_id(tenant), issuer)
