"""What docs/security.md promises is shown by tests that exist."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "security.md"
NAMED = re.compile(r"`([\w/.-]+\.py)::(\w+)`")


def promises() -> list[str]:
    """The rows of the tables of promises."""
    text = PAGE.read_text("utf-8")
    told = text.partition("## What is promised")[2].partition("## What is not promised")[0]
    rows = [line for line in told.splitlines() if line.startswith("| ")]
    return [row for row in rows if not row.startswith(("| promise", "| ---"))]


def test_every_promise_names_a_test() -> None:
    assert len(promises()) > 25
    assert [row for row in promises() if not NAMED.search(row)] == []


def test_every_test_that_is_named_exists() -> None:
    missing = {
        f"{name}::{test}"
        for name, test in NAMED.findall(PAGE.read_text("utf-8"))
        if test not in functions(ROOT / name)
    }

    assert missing == set()


def functions(path: Path) -> set[str]:
    """The names of the functions of a file."""
    if not path.is_file():
        return set()
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_hostile_test_stands_for_a_promise() -> None:
    """A file of tests here that the page does not name proves what nobody was promised."""
    named = {name for name, _ in NAMED.findall(PAGE.read_text("utf-8"))}
    mine = {str(path.relative_to(ROOT)) for path in Path(__file__).parent.glob("test_*.py")}

    assert mine - named - {"tests/hostile/test_promises.py"} == set()
