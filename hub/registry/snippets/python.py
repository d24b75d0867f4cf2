"""Python."""

import json

from hub.registry.snippets.recipes import (
    BASIC,
    BODY,
    MESSAGE_ID,
    SECRET,
    SIGNATURE,
    TIMESTAMP,
    Recipe,
    Sample,
)

NAMES = {
    BODY: "body",
    SECRET: "secret",
    SIGNATURE: "signature",
    TIMESTAMP: "timestamp",
    MESSAGE_ID: "message_id",
    BASIC: "basic",
}
"""The same as the places, so that an f-string needs no change."""


def python(sample: Sample) -> str:
    """A script that needs nothing but Python 3."""
    recipe = sample.recipe
    lines = [*(f"import {module}" for module in sorted(_modules(sample))), ""]
    lines += [f"url = {_quoted(sample.url)}", f"secret = {_quoted(sample.secret)}"]
    lines += _form(sample) if sample.is_form else [f'body = r"""{sample.body}"""', ""]
    lines += _parts(recipe)
    if recipe.query:
        pairs = ", ".join(f"{json.dumps(name)}: {_text(value)}" for name, value in recipe.query)
        lines.append(f'url += "?" + urllib.parse.urlencode({{{pairs}}})')
    lines += ["request = urllib.request.Request(", "    url,", "    data=body.encode(),", "    headers={"]
    lines += [f"        {json.dumps(name)}: {_text(value)}," for name, value in sample.all_headers]
    lines += ["    },", ")", "with urllib.request.urlopen(request) as answer:"]
    return "\n".join([*lines, "    print(answer.status, answer.read().decode())"]) + "\n"


def _modules(sample: Sample) -> set[str]:
    recipe = sample.recipe
    needed = {
        "hashlib": recipe.message is not None or bool(recipe.parameter),
        "hmac": recipe.message is not None,
        "time": recipe.needs(TIMESTAMP),
        "secrets": recipe.needs(MESSAGE_ID),
        "base64": recipe.needs(BASIC) or recipe.encoding == "base64",
        "urllib.parse": bool(recipe.query) or sample.is_form,
        "urllib.request": True,
    }
    return {module for module, is_needed in needed.items() if is_needed}


def _form(sample: Sample) -> list[str]:
    """The body, encoded from its fields; signed before that where the fields are."""
    lines = ["fields = ["]
    lines += [f"    ({_quoted(name)}, {_quoted(value)})," for name, value in sample.fields]
    lines += ["]", ""]
    if sample.recipe.parameter:
        lines += [
            'signed = "".join(f"{name}={value}{secret}" for name, value in sorted(fields) if value)',
            f"signature = hashlib.{sample.recipe.digest}(signed.encode()).hexdigest().upper()",
            f"fields.append(({_quoted(sample.recipe.parameter)}, signature))",
        ]
    return [*lines, "body = urllib.parse.urlencode(fields)"]


def _parts(recipe: Recipe) -> list[str]:
    lines = []
    if recipe.needs(TIMESTAMP):
        lines.append("timestamp = int(time.time())")
    if recipe.needs(MESSAGE_ID):
        lines.append('message_id = "msg_" + secrets.token_hex(12)')
    if recipe.needs(BASIC):
        lines.append(f"basic = base64.b64encode({_text(recipe.basic)}.encode()).decode()")
    if recipe.message is not None:
        key = (
            'base64.b64decode(secret.removeprefix("whsec_"))' if recipe.decodes_secret else "secret.encode()"
        )
        mac = f"hmac.new({key}, {_text(recipe.message)}.encode(), hashlib.{recipe.digest})"
        made = (
            f"base64.b64encode({mac}.digest()).decode()"
            if recipe.encoding == "base64"
            else f"{mac}.hexdigest()"
        )
        lines.append(f"signature = {made}")
    return lines


def _text(text: str) -> str:
    if text in NAMES and text != TIMESTAMP:
        return NAMES[text]
    return ("f" if "{" in text else "") + json.dumps(text)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
