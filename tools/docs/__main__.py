"""Writes the part of docs/ that the code itself knows: the configuration, the reference, a page for each
adapter, and the table of adapters in the index; and the code in the READMEs of sources. ``--check`` only says
what is out of step."""

import difflib
import logging
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import structlog

from tools.docs import adapters, api, errors, names, readmes, reference, rules, schemes
from tools.docs.markdown import NOTE, table
from tools.docs.stage import ROOT, staged

DOCS = ROOT / "docs"

PAGES = {
    "configuration.md": reference.configuration,
    "reference/cli.md": reference.cli,
    "reference/names.md": names.names_page,
    "reference/hooks.md": reference.hooks,
    "reference/facts.md": reference.facts_page,
    "reference/signals.md": reference.signals_page,
    "reference/periodic.md": reference.periodic_page,
    "reference/schemes.md": schemes.schemes_page,
    "reference/rules.md": rules.rules_page,
    "reference/errors.md": errors.errors_page,
    "reference/plugins.md": reference.plugins_page,
    "reference/api.md": api.api_page,
    "openapi.json": api.document_file,
}

LISTED = re.compile(r"(?<=<!-- adapters -->\n).*?(?=<!-- /adapters -->)", re.DOTALL)
"""What stands between these marks in the index is the table of adapters."""


def built() -> dict[Path, str]:
    """All generated pages."""
    pages = {DOCS / name: build() for name, build in PAGES.items()}
    with staged() as stage:
        for played in stage.sources:
            pages[DOCS / "adapters" / f"{played.manifest.slug}.md"] = adapters.adapter_page(stage, played)
        pages |= readmes.readmes(stage.sources)
        listed = table(("adapter", "receives", "name"), map(adapters.index_rows, stage.sources))
    index = (DOCS / "index.md").read_text("utf-8")
    pages[DOCS / "index.md"] = LISTED.sub(lambda _: f"{listed}\n", index)
    return pages


def written() -> dict[Path, str]:
    """The pages as they are, those included that should be there no more."""
    texts = {
        path: path.read_text("utf-8")
        for path in [*DOCS.rglob("*.md"), *DOCS.glob("openapi.json"), *ROOT.glob("plugins/*/README.md")]
    }
    return {path: text for path, text in texts.items() if _is_generated(path, text)}


def _is_generated(path: Path, text: str) -> bool:
    return (
        text.startswith(NOTE)
        or path in (DOCS / "index.md", DOCS / "openapi.json")
        or bool(readmes.MARKED.search(text))
    )


def main(arguments: Sequence[str]) -> int:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    check = "--check" in arguments
    old, new = written(), built()
    stale = [path for path in sorted({*old, *new}) if old.get(path) != new.get(path)]
    for path in stale:
        if check:
            print(f"{path.relative_to(ROOT)} is out of step with the code")
            before, after = old.get(path, "").splitlines(), new.get(path, "").splitlines()
            print("\n".join(list(difflib.unified_diff(before, after, lineterm="", n=1))[2:]))
        elif path in new:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(new[path], "utf-8")
        else:
            path.unlink()
    state = f"{len(stale)} out of step; run `make docs`" if check and stale else f"{len(stale)} changed"
    print(f"{len(new)} generated pages: {state}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
