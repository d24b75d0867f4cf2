"""Bash and curl."""

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

PLACES = {
    BODY: "$BODY",
    SECRET: "$SECRET",
    SIGNATURE: "$SIGNATURE",
    TIMESTAMP: "$TIMESTAMP",
    MESSAGE_ID: "$MESSAGE_ID",
    BASIC: "$BASIC",
}
HEX = "od -An -v -tx1 | tr -d ' \\n'"

JSON_FILE, FORM_FILE, FIELDS_FILE = BODY_FILES = ("body.json", "body.form", "fields.txt")
"""Where a curl call finds the data: as they are sent, or a form's fields, one to a line, not encoded."""


def bash(sample: Sample) -> str:
    """A script that needs bash, openssl and curl."""
    recipe = sample.recipe
    lines = [f"URL={_quoted(sample.url)}", f"SECRET={_quoted(sample.secret)}"]
    if recipe.parameter:
        lines += ["FIELDS=$(cat <<'FORM'", *_plain_fields(sample), "FORM", ")", ""]
        return _sorted(sample, lines, "printf '%s\\n' \"$FIELDS\"", '"$URL"')
    if sample.is_form:
        lines += ["BODY=$(paste -s -d '&' - <<'FORM'", *sample.body.split("&"), "FORM", ")", ""]
    else:
        lines += ["BODY=$(cat <<'JSON'", sample.body, "JSON", ")", ""]
    lines += _parts(recipe, "printf '%s' " + _text(recipe.message or ""))
    return "\n".join([*lines, *_call(sample, ['--data-binary "$BODY"'], '"$URL"')]) + "\n"


def curl(sample: Sample) -> str:
    """One call, for data in a file where they are signed; else with the data in it."""
    recipe, url = sample.recipe, _quoted(sample.url)
    lines = [f"SECRET={_quoted(sample.secret)}"]
    if recipe.parameter:
        return _sorted(sample, lines, f"cat {FIELDS_FILE}", url)
    if recipe.message is None:
        data = [f"--data-binary {_quoted(sample.body)}"]
        if sample.is_form:
            data = [f"--data-urlencode {_quoted(field)}" for field in _plain_fields(sample)]
        return "\n".join([*lines, *_parts(recipe, ""), *_call(sample, data, url)]) + "\n"
    file = FORM_FILE if sample.is_form else JSON_FILE
    before = recipe.message.removesuffix(BODY)
    told = f"{{ printf '%s' {_text(before)}; cat {file}; }}" if before else f"cat {file}"
    lines += _parts(recipe, told)
    return "\n".join([*lines, *_call(sample, [f"--data-binary @{file}"], url)]) + "\n"


def _sorted(sample: Sample, lines: list[str], told: str, url: str) -> str:
    """Fields that are signed one by one, sorted by name. curl encodes them: it reads them as options."""
    recipe = sample.recipe
    digest = f"openssl dgst -{recipe.digest} -binary | {HEX}"
    lines += [
        f"SIGNED=$({told} | LC_ALL=C sort -t= -k1,1 | while IFS= read -r FIELD; do",
        '  if [ -n "${FIELD#*=}" ]; then printf \'%s%s\' "$FIELD" "$SECRET"; fi',
        "done)",
        f"SIGNATURE=$(printf '%s' \"$SIGNED\" | {digest} | tr a-f A-F)",
        "",
        f"""{told} | sed 's/["\\\\]/\\\\&/g; s/.*/data-urlencode = "&"/' |""",
    ]
    data = [f'--data-urlencode "{recipe.parameter}=$SIGNATURE"']
    return "\n".join([*lines, *_call(sample, data, url, "curl -sS -K - -X POST \\")]) + "\n"


def _plain_fields(sample: Sample) -> list[str]:
    return [f"{name}={value}" for name, value in sample.fields]


def _parts(recipe: Recipe, message: str) -> list[str]:
    lines = []
    if recipe.needs(TIMESTAMP):
        lines.append("TIMESTAMP=$(date +%s)")
    if recipe.needs(MESSAGE_ID):
        lines.append('MESSAGE_ID="msg_$(openssl rand -hex 12)"')
    if recipe.needs(BASIC):
        lines.append(f"BASIC=$(printf '%s' {_text(recipe.basic)} | openssl base64 -A)")
    if recipe.decodes_secret:
        lines.append(f"KEY=$(printf '%s' \"${{SECRET#whsec_}}\" | openssl base64 -d -A | {HEX})")
    if recipe.message is not None:
        key = '-mac HMAC -macopt hexkey:"$KEY"' if recipe.decodes_secret else '-hmac "$SECRET"'
        made = "openssl base64 -A" if recipe.encoding == "base64" else HEX
        lines.append(f"SIGNATURE=$({message} | openssl dgst -{recipe.digest} {key} -binary | {made})")
    return [*lines, ""] if lines else lines


def _call(sample: Sample, data: list[str], url: str, program: str = "curl -sS -X POST \\") -> list[str]:
    lines = [program]
    lines += [f"  -H {_text(f'{name}: {value}')} \\" for name, value in sample.all_headers]
    lines += [f"  --url-query {_text(f'{name}={value}')} \\" for name, value in sample.recipe.query]
    return [*lines, *(f"  {one} \\" for one in data), f"  {url}"]


def _text(text: str) -> str:
    """A text in double quotes, its places variables."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("`", "\\`")
    return f'"{filled(escaped, PLACES)}"'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
