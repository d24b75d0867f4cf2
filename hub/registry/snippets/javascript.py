"""JavaScript, for Node.js."""

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
    filled,
)

NAMES = {
    BODY: "body",
    SECRET: "secret",
    SIGNATURE: "signature",
    TIMESTAMP: "timestamp",
    MESSAGE_ID: "messageId",
    BASIC: "basic",
}
PLACES = {place: f"${{{name}}}" for place, name in NAMES.items()}


def javascript(sample: Sample) -> str:
    """A module that needs nothing but Node.js 18."""
    recipe = sample.recipe
    crypto = [
        *(["createHash"] if recipe.parameter else []),
        *(["createHmac"] if recipe.message is not None else []),
        *(["randomBytes"] if recipe.needs(MESSAGE_ID) else []),
    ]
    lines = [f'import {{ {", ".join(crypto)} }} from "node:crypto";', ""] if crypto else []
    lines += [f"const url = new URL({_quoted(sample.url)});", f"const secret = {_quoted(sample.secret)};"]
    lines += _form(sample) if sample.is_form else [f"const body = JSON.stringify({sample.body});", ""]
    lines += _parts(recipe)
    lines += [f"url.searchParams.set({json.dumps(name)}, {_text(value)});" for name, value in recipe.query]
    lines += ["const answer = await fetch(url, {", '  method: "POST",', "  headers: {"]
    lines += [f"    {json.dumps(name)}: {_text(value)}," for name, value in sample.all_headers]
    lines += ["  },", "  body,", "});", "console.log(answer.status, await answer.text());"]
    return "\n".join(lines) + "\n"


def _form(sample: Sample) -> list[str]:
    """The body, encoded from its fields; signed before that where the fields are."""
    lines = ["const fields = ["]
    lines += [f"  [{_quoted(name)}, {_quoted(value)}]," for name, value in sample.fields]
    lines += ["];", ""]
    if sample.recipe.parameter:
        lines += [
            "const sorted = [...fields].sort(([a], [b]) => (a < b ? -1 : 1));",
            "const parts = sorted.map(([name, value]) => (value ? `${name}=${value}${secret}` : ''));",
            f'const hash = createHash("{sample.recipe.digest}").update(parts.join(""));',
            'const signature = hash.digest("hex").toUpperCase();',
            f"fields.push([{_quoted(sample.recipe.parameter)}, signature]);",
        ]
    return [*lines, "const body = new URLSearchParams(fields).toString();"]


def _parts(recipe: Recipe) -> list[str]:
    lines = []
    if recipe.needs(TIMESTAMP):
        lines.append("const timestamp = Math.floor(Date.now() / 1000);")
    if recipe.needs(MESSAGE_ID):
        lines.append('const messageId = "msg_" + randomBytes(12).toString("hex");')
    if recipe.needs(BASIC):
        lines.append(f'const basic = Buffer.from({_text(recipe.basic)}).toString("base64");')
    if recipe.message is not None:
        key = 'Buffer.from(secret.replace(/^whsec_/, ""), "base64")' if recipe.decodes_secret else "secret"
        made = f'createHmac("{recipe.digest}", {key}).update({_text(recipe.message)})'
        lines.append(f'const signature = {made}.digest("{recipe.encoding}");')
    return lines


def _text(text: str) -> str:
    if text in NAMES:
        return f"String({NAMES[text]})" if text == TIMESTAMP else NAMES[text]
    return "`" + filled(text, PLACES) + "`" if "{" in text else json.dumps(text)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
