"""Tools and forms, field by field. Their menus are English, whatever the language of the page."""

import hub

HTML = """<form action="{url}" method="post">
  <input type="hidden" name="api_key" value="{secret}">
  <input type="hidden" name="type" value="ticket">
  <label>E-Mail <input type="email" name="email" required></label>
  <label>Betreff <input name="subject"></label>
  <label>Nachricht <textarea name="message" required></textarea></label>
  <p hidden><label>Website <input name="website" tabindex="-1" autocomplete="off"></label></p>
  <input type="hidden" name="opened" id="opened">
  <button>Senden</button>
</form>
<script>document.getElementById("opened").value = Date.now();</script>"""

ORDER = '{"type": "order", "email": "{{1.email}}", "total": {{1.total}}}'

ZAPIER = hub.Guide(
    tool="Zapier",
    steps=(
        hub.GuideStep(
            block="Webhooks by Zapier → POST",
            fields=(
                ("URL", "{url}"),
                ("Payload Type", "json"),
                ("Data", "type | order"),
                ("Data", "email | 1. Email"),
                ("Data", "total | 1. Total"),
                ("Headers", "X-API-KEY | {secret}"),
            ),
        ),
    ),
)

MAKE = hub.Guide(
    tool="Make",
    steps=(
        hub.GuideStep(
            block="HTTP → Make a request",
            fields=(
                ("URL", "{url}"),
                ("Method", "POST"),
                ("Headers", "X-API-KEY: {secret}"),
                ("Body type", "Raw"),
                ("Content type", "JSON (application/json)"),
                ("Request content", ORDER),
            ),
        ),
    ),
)

N8N = hub.Guide(
    tool="n8n",
    steps=(
        hub.GuideStep(
            block="HTTP Request",
            fields=(
                ("Method", "POST"),
                ("URL", "{url}"),
                ("Authentication", "Generic Credential Type → Header Auth"),
                ("Header Auth: Name", "X-API-KEY"),
                ("Header Auth: Value", "{secret}"),
                ("Send Body", "on"),
                ("Body Content Type", "JSON"),
                ("Body Parameters", "type = order"),
                ("Body Parameters", "email = {{ $json.email }}"),
                ("Body Parameters", "total = {{ $json.total }}"),
            ),
        ),
    ),
)

CONTACT_FORM_7 = hub.Guide(
    tool="Contact Form 7",
    note={
        "de": "Contact Form 7 braucht dafür eine Erweiterung, zum Beispiel „CF7 to Webhook“. Sie sendet JSON "
        "mit den Namen der Felder des Formulars.",
        "en": "Contact Form 7 needs an add-on for it, such as “CF7 to Webhook”. It sends JSON with the names "
        "of the form's fields.",
    },
    steps=(
        hub.GuideStep(
            block="Contact → Contact Forms → Webhook",
            fields=(
                ("Integrate", "Send to Webhook"),
                ("Webhook URL", "{url}"),
                ("Headers", "X-API-KEY: {secret}"),
            ),
        ),
    ),
    mapping=(
        'type = "ticket"',
        "email = your-email",
        "subject = your-subject",
        "message = your-message",
    ),
)

ELEMENTOR = hub.Guide(
    tool="Elementor Forms",
    needs=("accept_forms",),
    note={
        "de": "Elementor sendet ein Formular und kann keinen Header setzen; der API-Key steht deshalb in der "
        "Adresse. Die Namen sind die IDs der Felder (Content → Form Fields → Advanced → ID).",
        "en": "Elementor sends a form and cannot set a header, so the API key stands in the address. The "
        "names are the ids of the fields (Content → Form Fields → Advanced → ID).",
    },
    steps=(
        hub.GuideStep(
            block="Form → Actions After Submit",
            fields=(("Add Action", "Webhook"),),
        ),
        hub.GuideStep(
            block="Form → Webhook",
            fields=(("Webhook URL", "{url}?key={secret}"), ("Advanced Data", "Yes")),
        ),
    ),
    mapping=(
        'type = "ticket"',
        "email = fields.email.value",
        "message = fields.message.value",
    ),
)

GRAVITY_FORMS = hub.Guide(
    tool="Gravity Forms",
    note={
        "de": "Mit der Erweiterung „Webhooks“. Sie lässt die Namen der Felder wählen; eine Feldzuordnung ist "
        "nicht nötig.",
        "en": "With the add-on “Webhooks”. It lets the names of the fields be chosen; no field mapping is "
        "needed.",
    },
    steps=(
        hub.GuideStep(
            block="Form → Settings → Webhooks → Add New",
            fields=(
                ("Request URL", "{url}"),
                ("Request Method", "POST"),
                ("Request Format", "JSON"),
                ("Request Headers", "X-API-KEY → Add Custom Value → {secret}"),
                ("Request Body", "Select Fields"),
                ("Field Values", "type → Add Custom Value → ticket"),
                ("Field Values", "email → Email"),
                ("Field Values", "subject → Subject"),
                ("Field Values", "message → Message"),
            ),
        ),
    ),
)

PLAIN_HTML = hub.Guide(
    tool="HTML",
    needs=("accept_forms", "key_in_field"),
    note={
        "de": "Der API-Key steht lesbar auf der Seite. Verwenden Sie dafür einen eigenen. Tragen Sie in den "
        "Einstellungen die Webseite bei den erlaubten ein, website als Honeypot-Feld und opened als Feld mit "
        "der Ladezeit.",
        "en": "The API key can be read on the page. Use one of its own for it. In the settings enter the "
        "website among the allowed ones, website as the honeypot field, and opened as the field with the "
        "time of loading.",
    },
    steps=(hub.GuideStep(block="<form>", code=HTML),),
)

GUIDES = (CONTACT_FORM_7, ELEMENTOR, GRAVITY_FORMS, PLAIN_HTML, ZAPIER, MAKE, N8N)
