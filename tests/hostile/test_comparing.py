"""What is secret is compared in constant time, everywhere: looked for in the code itself."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

SECRET = re.compile(
    r"(?:^|_)(?:macs?|signatures?|secrets?|passwords?|digest|hash|hashed|credentials?|tokens?|stamp|otp|"
    r"api_key|keys?_hash)$",
    re.IGNORECASE,
)
"""How a thing is called that a sender has to know or to make."""

LOOKED_UP = {
    "TOKENS.c.hash == hash_key(token)",
    "CODES.c.hash == _hash(member_id, code)",
    "INVOICES.c.token == token",
    "MEMBERS.c.stamp == stamp",
}
"""By the database, in an index: of hashes, whose beginning a sender cannot choose; of 192 random bits, more
than can be tried; of what stands in a cookie that the hub has signed."""

NOT_SECRET = {
    "stored == NO_PASSWORD",
    "MEMBERS.c.password_hash != NO_PASSWORD",
    "SECRETS in self.installed.manifest.settings.model_fields",
    "SECRETS in model.model_fields",
}
"""Whether there is any, and the name of a setting."""


def compared(text: str) -> Iterator[str]:
    """The comparisons of two values one of which is called like a secret."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Compare):
            continue
        for left, how, right in zip([node.left, *node.comparators], node.ops, node.comparators, strict=False):
            known = any(isinstance(side, ast.Constant) for side in (left, right))
            named = SECRET.search(_name(left)) or SECRET.search(_name(right))
            if named and not known and isinstance(how, ast.Eq | ast.NotEq | ast.In | ast.NotIn):
                yield ast.unparse(node)


def _name(node: ast.AST) -> str:
    while isinstance(node, ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def modules() -> list[Path]:
    """The code that runs: the hub's and the plugins'."""
    found = [*(ROOT / "hub").rglob("*.py"), *ROOT.glob("plugins/*/hub_*/**/*.py")]
    return [path for path in found if not {"migrations", "scaffold"} & set(path.parts)]


def test_nothing_secret_is_compared_with_an_operator() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {text}"
        for path in modules()
        for text in compared(path.read_text("utf-8"))
        if text not in LOOKED_UP | NOT_SECRET
    }

    assert found == set()


def test_such_a_comparison_would_be_found() -> None:
    for line in (
        "mac == expected",
        "given != self.secret",
        "if token in known_tokens: pass",
        "a == hash_of.digest()",
    ):
        assert list(compared(line)), line
    assert not list(compared("hmac.compare_digest(mac, expected); mac == ''; kind == 'token'"))
