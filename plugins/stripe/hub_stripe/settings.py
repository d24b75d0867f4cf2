"""What a tenant stores for Stripe: the three keys, and what counts as a sale."""

from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints

import hub

PublishableKey = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^pk_[A-Za-z0-9_]+$")]


class Settings(hub.SignedSettings):
    """Only the signing secret is needed to receive; all three keys are needed to offer payment."""

    secrets: hub.SecretList = Field(
        default=(),
        title="Webhook signing secret",
        description="The endpoint's signing secret (whsec_…); Stripe shows it under Developers > Webhooks.",
        json_schema_extra=hub.german(
            "Webhook Signing Secret",
            "Das Signatur-Secret des Endpunkts (whsec_…); Stripe zeigt es unter Entwickler > Webhooks.",
        ),
    )
    publishable_key: PublishableKey | None = Field(
        default=None,
        title="Publishable key",
        description="Starts with pk_live_ or pk_test_.",
        json_schema_extra=hub.german(
            "Veröffentlichbarer Schlüssel (Publishable Key)", "Beginnt mit pk_live_ oder pk_test_."
        ),
    )
    secret_key: SecretStr | None = Field(
        default=None,
        title="Secret key",
        description="Starts with sk_live_ or sk_test_.",
        json_schema_extra=hub.german(
            "Geheimer Schlüssel (Secret Key)", "Beginnt mit sk_live_ oder sk_test_."
        ),
    )
    accept_test_events: bool = Field(
        default=True,
        title="Take test events",
        description="Sales of Stripe's test mode are marked as tests. Off: they are ignored.",
        json_schema_extra=hub.german(
            "Testereignisse annehmen",
            "Verkäufe aus dem Testmodus von Stripe werden als Test gekennzeichnet. Aus: Sie werden "
            "übergangen.",
        ),
    )
    count_one_off_invoices: bool = Field(
        default=True,
        title="Paid one-off Stripe invoices are sales",
        description=(
            "Off: only subscriptions and checkouts are. Switch it off if your checkouts create "
            "invoices and name the partner in client_reference_id."
        ),
        json_schema_extra=hub.german(
            "Bezahlte einmalige Stripe-Rechnungen sind Verkäufe",
            "Aus: Nur Abonnements und Checkouts zählen. Schalten Sie dies aus, wenn Ihre Checkouts "
            "Rechnungen erzeugen und den Partner in client_reference_id nennen.",
        ),
    )


def missing_for_payment(settings: Settings) -> tuple[str, ...]:
    """The settings that are still empty of the three keys; with none of them open invoices can be paid
    online."""
    secret_key = settings.secret_key.get_secret_value().strip() if settings.secret_key else ""
    has_secret = any(secret.value.get_secret_value().strip() for secret in settings.secrets)
    there = {"publishable_key": settings.publishable_key, "secret_key": secret_key, "secrets": has_secret}
    return tuple(name for name, value in there.items() if not value)


def offers_online_payment(settings: Settings) -> bool:
    """Whether all three keys are stored, so that open invoices can be paid online."""
    return not missing_for_payment(settings)
