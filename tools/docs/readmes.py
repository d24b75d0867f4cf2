"""The code in the READMEs of sources: the same as on their pages, between two marks."""

import re
from collections.abc import Iterable
from pathlib import Path

from tools.docs.exchange import FENCES, code_of
from tools.docs.markdown import fenced
from tools.docs.stage import ROOT, Played

MARKED = re.compile(r"<!-- code -->\n.*?<!-- /code -->", re.DOTALL)
LANGUAGES = ("Bash", "PHP")
"""What is shown of the five: the two of the senders' own documents."""

ON_THE_PAGE = "[Code in five languages](#code-samples) is below."


def readme_of(played: Played) -> Path:
    """The source's README."""
    package = type(played.installed.plugin).__module__.partition(".")[0]
    (readme,) = ROOT.glob(f"plugins/*/{package}/../README.md")
    return readme.resolve()


def readmes(sources: Iterable[Played]) -> dict[Path, str]:
    """The READMEs that have the marks, with the code of today between them."""
    texts = {readme_of(played): played for played in sources}
    return {
        path: MARKED.sub(lambda _, played=played: _block(played), text)
        for path, played in texts.items()
        if MARKED.search(text := path.read_text("utf-8"))
    }


def _block(played: Played) -> str:
    code = code_of(played)
    parts = [f"In {name}:\n\n{fenced(code[name], FENCES[name])}" for name in LANGUAGES]
    return "\n\n".join(["<!-- code -->", *parts, "<!-- /code -->"])
