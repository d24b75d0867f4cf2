"""Code that sends a request as a source wants it: for each signature scheme what is signed and where the
result goes, and for each language how that is written. One place knows both."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import singledispatch

from hub.contract.schemes import (
    ApiKey,
    Basic,
    Encoding,
    Hmac,
    Scheme,
    SharedToken,
    StandardWebhooks,
    TimestampedHmac,
    UrlToken,
)

BODY, SECRET, SIGNATURE, TIMESTAMP, MESSAGE_ID, BASIC = (
    "{body}",
    "{secret}",
    "{signature}",
    "{timestamp}",
    "{message_id}",
    "{basic}",
)

CONTENT_TYPE = ("Content-Type", "application/json")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a request is proved. ``message`` is what the MAC is made of; without one the secret itself is
    sent. Headers and parameters may hold ``{signature}``, ``{secret}`` and the like."""

    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    message: str | None = None
    digest: str = "sha256"
    encoding: Encoding = "hex"
    decodes_secret: bool = False
    """The secret is base64 after ``whsec_``."""

    def needs(self, part: str) -> bool:
        """Whether the request holds this."""
        values = [self.message or "", *(value for _, value in (*self.headers, *self.query))]
        return any(part in value for value in values)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What a snippet is about. ``secret`` stands for the secret that is filled in by hand."""

    url: str
    body: str
    secret: str
    recipe: Recipe
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def all_headers(self) -> list[tuple[str, str]]:
        """Every header, those that every sample has first."""
        own = [(name, value) for name, value in self.headers.items() if name.lower() != "content-type"]
        return [CONTENT_TYPE, *own, *self.recipe.headers]


@singledispatch
def recipe_of(scheme: object) -> Recipe | None:
    """How a scheme's requests are proved; ``None`` for one that nobody has written down here."""
    return None


@recipe_of.register
def _hmac(scheme: Hmac) -> Recipe:
    return Recipe(
        headers=((scheme.header, scheme.prefix + SIGNATURE),),
        message=BODY,
        digest=scheme.digest,
        encoding=scheme.encoding,
    )


@recipe_of.register
def _timestamped(scheme: TimestampedHmac) -> Recipe:
    return Recipe(
        headers=((scheme.header, f"t={TIMESTAMP},{scheme.version}={SIGNATURE}"),),
        message=f"{TIMESTAMP}.{BODY}",
        digest=scheme.digest,
    )


@recipe_of.register
def _standard(_scheme: StandardWebhooks) -> Recipe:
    return Recipe(
        headers=(
            ("webhook-id", MESSAGE_ID),
            ("webhook-timestamp", TIMESTAMP),
            ("webhook-signature", "v1," + SIGNATURE),
        ),
        message=f"{MESSAGE_ID}.{TIMESTAMP}.{BODY}",
        encoding="base64",
        decodes_secret=True,
    )


@recipe_of.register
def _api_key(scheme: ApiKey) -> Recipe:
    return Recipe(headers=((scheme.header, SECRET),))


@recipe_of.register
def _token(scheme: SharedToken) -> Recipe:
    return Recipe(headers=((scheme.header, scheme.prefix + SECRET),))


@recipe_of.register
def _basic(_scheme: Basic) -> Recipe:
    return Recipe(headers=(("Authorization", "Basic " + BASIC),))


@recipe_of.register
def _url_token(scheme: UrlToken) -> Recipe:
    return Recipe(query=((scheme.query, SECRET),))


def snippets(
    scheme: Scheme | None, url: str, body: str, secret: str, headers: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The code by language: curl, Bash, PHP, Python, JavaScript. Empty for a scheme without a recipe."""
    recipe = recipe_of(scheme)
    if recipe is None:
        return {}
    sample = Sample(url=url, body=body.strip(), secret=secret, recipe=recipe, headers=headers or {})
    return {language: write(sample) for language, write in LANGUAGES.items()}


def _filled(text: str, places: Mapping[str, str]) -> str:
    for place, written in places.items():
        text = text.replace(place, written)
    return text


# -- shell -----------------------------------------------------------------------------------------

_SHELL = {
    BODY: "$BODY",
    SECRET: "$SECRET",
    SIGNATURE: "$SIGNATURE",
    TIMESTAMP: "$TIMESTAMP",
    MESSAGE_ID: "$MESSAGE_ID",
    BASIC: "$BASIC",
}
_HEX = "od -An -v -tx1 | tr -d ' \\n'"


def bash(sample: Sample) -> str:
    """A script that needs bash, openssl and curl."""
    recipe = sample.recipe
    lines = [f"URL={_quoted(sample.url)}", f"SECRET={_quoted(sample.secret)}"]
    lines += ["BODY=$(cat <<'JSON'", sample.body, "JSON", ")", ""]
    lines += _shell_parts(recipe, "printf '%s' " + _shell_text(recipe.message or ""))
    return "\n".join([*lines, *_curl(sample, '"$BODY"')]) + "\n"


def curl(sample: Sample) -> str:
    """One call, for a body in ``body.json`` where it is signed; else with the body in it."""
    recipe = sample.recipe
    if recipe.message is None:
        lines = [f"SECRET={_quoted(sample.secret)}", *_shell_parts(recipe, "")]
        return "\n".join([*lines, *_curl(sample, _quoted(sample.body), _quoted(sample.url))]) + "\n"
    before = recipe.message.removesuffix(BODY)
    told = f"{{ printf '%s' {_shell_text(before)}; cat body.json; }}" if before else "cat body.json"
    lines = [f"SECRET={_quoted(sample.secret)}", *_shell_parts(recipe, told)]
    return "\n".join([*lines, *_curl(sample, "@body.json", _quoted(sample.url))]) + "\n"


def _shell_parts(recipe: Recipe, message: str) -> list[str]:
    lines = []
    if recipe.needs(TIMESTAMP):
        lines.append("TIMESTAMP=$(date +%s)")
    if recipe.needs(MESSAGE_ID):
        lines.append('MESSAGE_ID="msg_$(openssl rand -hex 12)"')
    if recipe.needs(BASIC):
        lines.append("BASIC=$(printf '%s' \"$SECRET\" | openssl base64 -A)")
    if recipe.decodes_secret:
        lines.append(f"KEY=$(printf '%s' \"${{SECRET#whsec_}}\" | openssl base64 -d -A | {_HEX})")
    if recipe.message is not None:
        key = '-mac HMAC -macopt hexkey:"$KEY"' if recipe.decodes_secret else '-hmac "$SECRET"'
        made = "openssl base64 -A" if recipe.encoding == "base64" else _HEX
        lines.append(f"SIGNATURE=$({message} | openssl dgst -{recipe.digest} {key} -binary | {made})")
    return [*lines, ""] if lines else lines


def _curl(sample: Sample, body: str, url: str = '"$URL"') -> list[str]:
    lines = ["curl -sS -X POST \\"]
    lines += [f"  -H {_shell_text(f'{name}: {value}')} \\" for name, value in sample.all_headers]
    lines += [f"  --url-query {_shell_text(f'{name}={value}')} \\" for name, value in sample.recipe.query]
    return [*lines, f"  --data-binary {body} \\", f"  {url}"]


def _shell_text(text: str) -> str:
    """A text in double quotes, its places variables."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("`", "\\`")
    return f'"{_filled(escaped, _SHELL)}"'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


# -- PHP -------------------------------------------------------------------------------------------

_PHP = {
    BODY: "$body",
    SECRET: "$secret",
    SIGNATURE: "$signature",
    TIMESTAMP: "$timestamp",
    MESSAGE_ID: "$messageId",
    BASIC: "$basic",
}


def php(sample: Sample) -> str:
    """A script that needs PHP with its curl extension."""
    recipe = sample.recipe
    lines = ["<?php", f"$url = {_php_quoted(sample.url)};", f"$secret = {_php_quoted(sample.secret)};"]
    lines += ["$body = <<<'JSON'", sample.body, "JSON;", "", *_php_parts(recipe)]
    if recipe.query:
        pairs = ", ".join(f"{_php_quoted(name)} => {_php_text(value)}" for name, value in recipe.query)
        lines.append(f"$url .= '?' . http_build_query([{pairs}]);")
    headers = [f"        {_php_text(f'{name}: {value}')}," for name, value in sample.all_headers]
    lines += ["", "$ch = curl_init($url);", "curl_setopt_array($ch, ["]
    lines += ["    CURLOPT_POST => true,", "    CURLOPT_POSTFIELDS => $body,", "    CURLOPT_HTTPHEADER => ["]
    lines += [
        *headers,
        "    ],",
        "    CURLOPT_RETURNTRANSFER => true,",
        "]);",
        "echo curl_exec($ch), PHP_EOL;",
    ]
    return "\n".join(lines) + "\n"


def _php_parts(recipe: Recipe) -> list[str]:
    lines = []
    if recipe.needs(TIMESTAMP):
        lines.append("$timestamp = time();")
    if recipe.needs(MESSAGE_ID):
        lines.append("$messageId = 'msg_' . bin2hex(random_bytes(12));")
    if recipe.needs(BASIC):
        lines.append("$basic = base64_encode($secret);")
    if recipe.message is not None:
        key = "base64_decode(preg_replace('/^whsec_/', '', $secret))" if recipe.decodes_secret else "$secret"
        raw = recipe.encoding == "base64"
        mac = f"hash_hmac('{recipe.digest}', {_php_text(recipe.message)}, {key}{', true' if raw else ''})"
        lines.append(f"$signature = base64_encode({mac});" if raw else f"$signature = {mac};")
    return lines


def _php_text(text: str) -> str:
    return '"' + _filled(text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$"), _PHP) + '"'


def _php_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


# -- Python ----------------------------------------------------------------------------------------

_PYTHON = {
    BODY: "{body}",
    SECRET: "{secret}",
    SIGNATURE: "{signature}",
    TIMESTAMP: "{timestamp}",
    MESSAGE_ID: "{message_id}",
    BASIC: "{basic}",
}


def python(sample: Sample) -> str:
    """A script that needs nothing but Python 3."""
    recipe = sample.recipe
    modules = ["urllib.request"]
    modules += ["hashlib", "hmac"] if recipe.message is not None else []
    modules += ["time"] if recipe.needs(TIMESTAMP) else []
    modules += ["secrets"] if recipe.needs(MESSAGE_ID) else []
    modules += ["base64"] if recipe.needs(BASIC) or recipe.encoding == "base64" else []
    modules += ["urllib.parse"] if recipe.query else []
    lines = [*(f"import {module}" for module in sorted(modules)), ""]
    lines += [f"url = {json.dumps(sample.url)}", f"secret = {json.dumps(sample.secret, ensure_ascii=False)}"]
    lines += [f'body = r"""{sample.body}"""', "", *_python_parts(recipe)]
    if recipe.query:
        pairs = ", ".join(f"{json.dumps(name)}: {_python_text(value)}" for name, value in recipe.query)
        lines.append(f'url += "?" + urllib.parse.urlencode({{{pairs}}})')
    lines += ["request = urllib.request.Request(", "    url,", "    data=body.encode(),", "    headers={"]
    lines += [f"        {json.dumps(name)}: {_python_text(value)}," for name, value in sample.all_headers]
    lines += ["    },", ")", "with urllib.request.urlopen(request) as answer:"]
    return "\n".join([*lines, "    print(answer.status, answer.read().decode())"]) + "\n"


def _python_parts(recipe: Recipe) -> list[str]:
    lines = []
    if recipe.needs(TIMESTAMP):
        lines.append("timestamp = int(time.time())")
    if recipe.needs(MESSAGE_ID):
        lines.append('message_id = "msg_" + secrets.token_hex(12)')
    if recipe.needs(BASIC):
        lines.append("basic = base64.b64encode(secret.encode()).decode()")
    if recipe.message is not None:
        key = (
            'base64.b64decode(secret.removeprefix("whsec_"))' if recipe.decodes_secret else "secret.encode()"
        )
        mac = f"hmac.new({key}, {_python_text(recipe.message)}.encode(), hashlib.{recipe.digest})"
        made = (
            f"base64.b64encode({mac}.digest()).decode()"
            if recipe.encoding == "base64"
            else f"{mac}.hexdigest()"
        )
        lines.append(f"signature = {made}")
    return lines


def _python_text(text: str) -> str:
    bare = {place: written[1:-1] for place, written in _PYTHON.items()}
    if text in bare and text not in (TIMESTAMP,):
        return bare[text]
    return ("f" if "{" in text else "") + json.dumps(text)


# -- JavaScript ------------------------------------------------------------------------------------

_JAVASCRIPT = {
    BODY: "${body}",
    SECRET: "${secret}",
    SIGNATURE: "${signature}",
    TIMESTAMP: "${timestamp}",
    MESSAGE_ID: "${messageId}",
    BASIC: "${basic}",
}


def javascript(sample: Sample) -> str:
    """A module that needs nothing but Node.js 18."""
    recipe = sample.recipe
    crypto = [
        *(["createHmac"] if recipe.message is not None else []),
        *(["randomBytes"] if recipe.needs(MESSAGE_ID) else []),
    ]
    lines = [f'import {{ {", ".join(crypto)} }} from "node:crypto";', ""] if crypto else []
    lines += [f"const url = new URL({json.dumps(sample.url)});"]
    lines += [f"const secret = {json.dumps(sample.secret, ensure_ascii=False)};"]
    lines += [f"const body = JSON.stringify({sample.body});", "", *_javascript_parts(recipe)]
    lines += [
        f"url.searchParams.set({json.dumps(name)}, {_javascript_text(value)});"
        for name, value in recipe.query
    ]
    lines += ["const answer = await fetch(url, {", '  method: "POST",', "  headers: {"]
    lines += [f"    {json.dumps(name)}: {_javascript_text(value)}," for name, value in sample.all_headers]
    return (
        "\n".join([*lines, "  },", "  body,", "});", "console.log(answer.status, await answer.text());"])
        + "\n"
    )


def _javascript_parts(recipe: Recipe) -> list[str]:
    lines = []
    if recipe.needs(TIMESTAMP):
        lines.append("const timestamp = Math.floor(Date.now() / 1000);")
    if recipe.needs(MESSAGE_ID):
        lines.append('const messageId = "msg_" + randomBytes(12).toString("hex");')
    if recipe.needs(BASIC):
        lines.append('const basic = Buffer.from(secret).toString("base64");')
    if recipe.message is not None:
        key = 'Buffer.from(secret.replace(/^whsec_/, ""), "base64")' if recipe.decodes_secret else "secret"
        made = f'createHmac("{recipe.digest}", {key}).update({_javascript_text(recipe.message)})'
        lines.append(f'const signature = {made}.digest("{recipe.encoding}");')
    return lines


def _javascript_text(text: str) -> str:
    bare = {place: written[2:-1] for place, written in _JAVASCRIPT.items()}
    if text in bare:
        return f"String({bare[text]})" if text == TIMESTAMP else bare[text]
    if "{" not in text:
        return json.dumps(text)
    return "`" + _filled(text, _JAVASCRIPT) + "`"


LANGUAGES: dict[str, Callable[[Sample], str]] = {
    "curl": curl,
    "Bash": bash,
    "PHP": php,
    "Python": python,
    "JavaScript": javascript,
}
