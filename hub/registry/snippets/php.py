"""PHP."""

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
    lines = ["<?php", f"$url = {_quoted(sample.url)};", f"$secret = {_quoted(sample.secret)};"]
    lines += _form(sample) if sample.is_form else ["$body = <<<'JSON'", sample.body, "JSON;", ""]
    lines += _parts(recipe)
    if recipe.query:
        pairs = ", ".join(f"{_quoted(name)} => {_text(value)}" for name, value in recipe.query)
        lines.append(f"$url .= '?' . http_build_query([{pairs}]);")
    headers = [f"        {_text(f'{name}: {value}')}," for name, value in sample.all_headers]
    if lines[-1]:
        lines.append("")
    lines += ["$ch = curl_init($url);", "curl_setopt_array($ch, ["]
    lines += ["    CURLOPT_POST => true,", "    CURLOPT_POSTFIELDS => $body,", "    CURLOPT_HTTPHEADER => ["]
    lines += [
        *headers,
        "    ],",
        "    CURLOPT_RETURNTRANSFER => true,",
        "]);",
        "echo curl_exec($ch), PHP_EOL;",
    ]
    return "\n".join(lines) + "\n"


def _form(sample: Sample) -> list[str]:
    """The body, encoded from its fields; signed before that where the fields are."""
    lines = ["$fields = ["]
    lines += [f"    [{_quoted(name)}, {_quoted(value)}]," for name, value in sample.fields]
    lines += ["];", ""]
    if sample.recipe.parameter:
        lines += [
            "$sorted = $fields;",
            "usort($sorted, fn($a, $b) => strcmp($a[0], $b[0]));",
            "$signed = '';",
            "foreach ($sorted as [$name, $value]) {",
            "    $signed .= $value === '' ? '' : \"$name=$value$secret\";",
            "}",
            f"$signature = strtoupper(hash('{sample.recipe.digest}', $signed));",
            f"$fields[] = [{_quoted(sample.recipe.parameter)}, $signature];",
        ]
    lines.append(
        "$body = implode('&', array_map(fn($f) => urlencode($f[0]) . '=' . urlencode($f[1]), $fields));"
    )
    return lines


def _parts(recipe: Recipe) -> list[str]:
    lines = []
    if recipe.needs(TIMESTAMP):
        lines.append("$timestamp = time();")
    if recipe.needs(MESSAGE_ID):
        lines.append("$messageId = 'msg_' . bin2hex(random_bytes(12));")
    if recipe.needs(BASIC):
        lines.append(f"$basic = base64_encode({_text(recipe.basic)});")
    if recipe.message is not None:
        key = "base64_decode(preg_replace('/^whsec_/', '', $secret))" if recipe.decodes_secret else "$secret"
        raw = recipe.encoding == "base64"
        mac = f"hash_hmac('{recipe.digest}', {_text(recipe.message)}, {key}{', true' if raw else ''})"
        lines.append(f"$signature = base64_encode({mac});" if raw else f"$signature = {mac};")
    return lines


def _text(text: str) -> str:
    if text in PLACES:
        return PLACES[text]
    return '"' + filled(text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$"), PLACES) + '"'


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
