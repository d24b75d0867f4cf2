"""What a tenant enters to be paid through Stripe, and where Stripe shows it.

Source: CloudCRM, chapter "Stripe-Integration (Online-Zahlungen)". Source of how keys begin:
https://docs.stripe.com/keys.
"""

import hub

setup = hub.PaymentSetup(
    keys=(
        hub.PaymentKey(setting="publishable_key", live=("pk_live_",), test=("pk_test_",)),
        # Restricted keys (rk_) do as well, with the rights that are needed.
        hub.PaymentKey(setting="secret_key", live=("sk_live_", "rk_live_"), test=("sk_test_", "rk_test_")),
        hub.PaymentKey(setting="secrets", live=("whsec_",), test=("whsec_",)),
    ),
    steps=(
        hub.PaymentStep(
            text={
                "de": "Öffnen Sie im Stripe-Dashboard Entwickler > API-Schlüssel und kopieren Sie beide "
                "Schlüssel hierher.",
                "en": "In the Stripe dashboard, open Developers > API keys and copy both keys to here.",
            }
        ),
        hub.PaymentStep(
            text={
                "de": "Klicken Sie unter Entwickler > Webhooks auf „Endpunkt hinzufügen“ und geben Sie diese "
                "Endpunkt-URL ein:",
                "en": "Under Developers > Webhooks, click “Add endpoint” and enter this endpoint URL:",
            },
            copied="{url}",
        ),
        hub.PaymentStep(
            text={
                "de": "Wählen Sie dieses Ereignis aus und speichern Sie den Endpunkt:",
                "en": "Select this event and save the endpoint:",
            },
            copied="checkout.session.completed",
        ),
        hub.PaymentStep(
            text={
                "de": "Lassen Sie sich beim Endpunkt den Signierschlüssel (Signing Secret) anzeigen und "
                "fügen Sie ihn hier als Webhook Signing Secret ein.",
                "en": "Let Stripe show you the endpoint's signing secret, and paste it here as the webhook "
                "signing secret.",
            }
        ),
    ),
    note={
        "de": "Adressen für Erfolg und Abbruch müssen Sie in Stripe nicht eintragen: Sie werden bei jeder "
        "Zahlung mitgegeben.",
        "en": "You need not enter addresses for success and cancellation in Stripe: they are passed with "
        "every payment.",
    },
)
