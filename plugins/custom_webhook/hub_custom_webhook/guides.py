"""The tools that send sales, field by field: first how each signs, with a step of its own, then how each
sends the secret instead. Their menus are English, whatever the language of the page."""

import hub

SIGNATURE = "X-Webhook-Signature"
HEADER = "X-Webhook-Secret"

MADE_APART = {
    "de": "Unterschrieben wird genau der Text, der gesendet wird. Setzen Sie die Daten deshalb in einem "
    "eigenen Schritt zusammen und verwenden Sie dessen Ergebnis zweimal: für die Signatur und als Inhalt.",
    "en": "What is signed is exactly the text that is sent. So put the data together in a step of its own, "
    "and use its result twice: for the signature and as the content.",
}

CODE = """const { createHmac } = require("crypto");
const body = JSON.stringify({
  event: "transaction.created",
  externalId: inputData.id,
  grossAmount: inputData.total,
  currency: "EUR",
});
const signature = createHmac("sha256", "{secret}").update(body).digest("hex");
const answer = await fetch("{url}", {
  method: "POST",
  headers: { "Content-Type": "application/json", "X-Webhook-Signature": `sha256=${signature}` },
  body,
});
output = { status: answer.status, answer: await answer.text() };"""

ZAPIER_SIGNED = hub.Guide(
    tool="Zapier",
    note={
        "de": "Zapier kann Anfragen nur mit einem Code-Schritt unterschreiben.",
        "en": "Zapier can sign requests only with a code step.",
    },
    steps=(
        hub.GuideStep(
            block="Code by Zapier → Run JavaScript",
            fields=(("Input Data", "id | 1. Order ID"), ("Input Data", "total | 1. Total")),
            code=CODE,
        ),
    ),
)

MAKE_SIGNED = hub.Guide(
    tool="Make",
    note=MADE_APART,
    steps=(
        hub.GuideStep(
            block="Tools → Set variable",
            fields=(
                ("Variable name", "body"),
                (
                    "Variable value",
                    '{"event": "transaction.created", "externalId": "{{1.id}}", '
                    '"grossAmount": "{{1.total}}", "currency": "EUR"}',
                ),
            ),
        ),
        hub.GuideStep(
            block="HTTP → Make a request",
            fields=(
                ("URL", "{url}"),
                ("Method", "POST"),
                ("Headers", SIGNATURE + ': sha256={{sha256(2.body; "hex"; "{secret}")}}'),
                ("Body type", "Raw"),
                ("Content type", "JSON (application/json)"),
                ("Request content", "{{2.body}}"),
            ),
        ),
    ),
)

N8N_SIGNED = hub.Guide(
    tool="n8n",
    note=MADE_APART,
    steps=(
        hub.GuideStep(
            block="Edit Fields (Set)",
            fields=(
                (
                    "body (String)",
                    '{{ JSON.stringify({ event: "transaction.created", externalId: $json.id, '
                    'grossAmount: $json.total, currency: "EUR" }) }}',
                ),
            ),
        ),
        hub.GuideStep(
            block="Crypto",
            fields=(
                ("Action", "Hmac"),
                ("Type", "SHA256"),
                ("Value", "{{ $json.body }}"),
                ("Property Name", "signature"),
                ("Secret", "{secret}"),
                ("Encoding", "HEX"),
            ),
        ),
        hub.GuideStep(
            block="HTTP Request",
            fields=(
                ("Method", "POST"),
                ("URL", "{url}"),
                ("Header Parameters", f"{SIGNATURE}: =sha256={{{{ $json.signature }}}}"),
                ("Body Content Type", "Raw"),
                ("Content Type", "application/json"),
                ("Body", "{{ $json.body }}"),
            ),
        ),
    ),
)

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

GUIDES = (ZAPIER_SIGNED, MAKE_SIGNED, N8N_SIGNED, ZAPIER, MAKE, N8N, FORM)
