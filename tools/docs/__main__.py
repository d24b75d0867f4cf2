"""Writes the part of docs/ that the code itself knows: the configuration, the reference, a page for each
adapter, and the table of adapters in the index. ``--check`` only says what is out of step."""

import difflib
import logging
import re
import sys
from collections.abc import Sequence

import structlog

from tools.docs import adapters, api, errors, names, reference, rules, schemes
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


def built() -> dict[str, str]:
    """All generated pages by name."""
    pages = {name: build() for name, build in PAGES.items()}
    with staged() as stage:
        for played in stage.sources:
            pages[f"adapters/{played.manifest.slug}.md"] = adapters.adapter_page(stage, played)
        listed = table(("adapter", "receives", "name"), map(adapters.index_rows, stage.sources))
    index = (DOCS / "index.md").read_text("utf-8")
    pages["index.md"] = LISTED.sub(lambda _: f"{listed}\n", index)
    return pages


def written() -> dict[str, str]:
    """The pages as they are, those included that should be there no more."""
    paths = [*sorted(DOCS.rglob("*.md")), *DOCS.glob("openapi.json")]
    texts = {str(path.relative_to(DOCS)): path.read_text("utf-8") for path in paths}
    return {
        name: text
        for name, text in texts.items()
        if text.startswith(NOTE) or name in ("index.md", "openapi.json")
    }


def main(arguments: Sequence[str]) -> int:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    check = "--check" in arguments
    old, new = written(), built()
    stale = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    for name in stale:
        if check:
            print(f"docs/{name} is out of step with the code")
            before, after = old.get(name, "").splitlines(), new.get(name, "").splitlines()
            print("\n".join(list(difflib.unified_diff(before, after, lineterm="", n=1))[2:]))
        elif name in new:
            (DOCS / name).parent.mkdir(parents=True, exist_ok=True)
            (DOCS / name).write_text(new[name], "utf-8")
        else:
            (DOCS / name).unlink()
    state = f"{len(stale)} out of step; run `make docs`" if check and stale else f"{len(stale)} changed"
    print(f"{len(new)} generated pages in docs/: {state}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
