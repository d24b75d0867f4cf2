"""The tools that cannot sign, field by field. Their menus are English, whatever the language of the page."""

import hub

HEADER = "X-Webhook-Secret"

NOTE = {
    "de": "Die Namen links im Inhalt sind die des Schemas. Sendet das Werkzeug andere, ordnen Sie sie in der "
    "Feldzuordnung zu.",
    "en": "The names in the content are those of the schema. If the tool sends others, map them in the field "
    "mapping.",
}

ZAPIER = hub.Guide(
    tool="Zapier",
    needs=("allow_header",),
    note=NOTE,
    steps=(
        hub.GuideStep(
            block="Webhooks by Zapier → POST",
            fields=(
                ("URL", "{url}"),
                ("Payload Type", "json"),
                ("Data", "event | transaction.created"),
                ("Data", "externalId | 1. Order ID"),
                ("Data", "grossAmount | 1. Total"),
                ("Data", "currency | EUR"),
                ("Headers", f"{HEADER} | {{secret}}"),
            ),
        ),
    ),
)

MAKE = hub.Guide(
    tool="Make",
    needs=("allow_header",),
    note=NOTE,
    steps=(
        hub.GuideStep(
            block="HTTP → Make a request",
            fields=(
                ("URL", "{url}"),
                ("Method", "POST"),
                ("Headers", f"{HEADER}: {{secret}}"),
                ("Body type", "Raw"),
                ("Content type", "JSON (application/json)"),
                (
                    "Request content",
                    '{"event": "transaction.created", "externalId": "{{1.id}}", '
                    '"grossAmount": "{{1.total}}", "currency": "EUR"}',
                ),
            ),
        ),
    ),
)

N8N = hub.Guide(
    tool="n8n",
    needs=("allow_header",),
    note=NOTE,
    steps=(
        hub.GuideStep(
            block="HTTP Request",
            fields=(
                ("Method", "POST"),
                ("URL", "{url}"),
                ("Authentication", "Generic Credential Type → Header Auth"),
                ("Header Auth: Name", HEADER),
                ("Header Auth: Value", "{secret}"),
                ("Send Body", "on"),
                ("Body Content Type", "JSON"),
                ("Body Parameters", "event = transaction.created"),
                ("Body Parameters", "externalId = {{ $json.id }}"),
                ("Body Parameters", "grossAmount = {{ $json.total }}"),
                ("Body Parameters", "currency = EUR"),
            ),
        ),
    ),
)

FORM = hub.Guide(
    tool="HTTP POST (application/x-www-form-urlencoded)",
    needs=("allow_url_token", "accept_forms"),
    note={
        "de": "Für Dienste, bei denen sich nur eine Adresse eintragen lässt. Sie senden die Felder unter "
        "ihren eigenen Namen; tragen Sie diese in der Feldzuordnung ein.",
        "en": "For services in which nothing but an address can be entered. They send the fields under "
        "names of their own; enter those in the field mapping.",
    },
    steps=(hub.GuideStep(block="Webhook", fields=(("URL", "{url}?token={secret}"),)),),
    mapping=(
        'event = "transaction.created"',
        "externalId = order_id",
        "grossAmount = amount | decimal_comma",
        'currency = "EUR"',
    ),
)

GUIDES = (ZAPIER, MAKE, N8N, FORM)
