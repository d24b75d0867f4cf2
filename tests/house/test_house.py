"""The house around the code: links resolve, nothing of a workplace is in it, plugins are whole."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from hub.registry.discovery import discover

ROOT = Path(__file__).parents[2]

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
ADR_NAME = re.compile(r"(\d{4})-[a-z0-9-]+\.md")
ADR_MENTION = re.compile(r"docs/adr/\d{4}-[a-z0-9-]+\.md")

# Put together here, so that this file does not hold what it looks for.
OPEN_ENDS = "|".join(("TO" + "DO", "FIX" + "ME"))
PLACES = "|".join(("/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/[a-z]", r"\.py" + "env/", r"[A-Z]:\\Us" + "ers"))
REGISTRIES = "|".join(
    (
        "pypi" + r"\.org",
        "python" + "hosted" + r"\.org",
        "npmjs" + r"\.(?:org|com)",
        "deb" + r"\.debian\.org",
        r"proxy\.golang" + r"\.org",
    )
)
FOREIGN = re.compile(rf"\b(?:{OPEN_ENDS})\b|(?<![\w.~<}}-])(?:{PLACES})|(?:{REGISTRIES})")


def tracked() -> list[Path]:
    """The files that belong to the project: tracked, or about to be."""
    command = [
        "git",
        "-c",
        "safe.directory=*",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    paths = (ROOT / name for name in listed.stdout.decode().split("\0") if name)
    return sorted(path for path in paths if path.is_file())


def text_of(path: Path) -> str:
    """The text of a file; empty for one that is not text."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        return ""


def pages() -> list[Path]:
    """All Markdown pages, without those that lie in a tool's folder."""
    return [path for path in tracked() if path.suffix == ".md"]


def test_relative_links_resolve() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages()
        for target in LINK.findall(FENCE.sub("", text_of(page)))
        if not re.match(r"[a-z][a-z0-9+.-]*:|#", target)
        and not (page.parent / target.partition("#")[0]).exists()
    ]

    assert broken == []


def test_every_page_of_the_docs_can_be_reached_from_the_index() -> None:
    seen: set[Path] = set()
    waiting = [ROOT / "docs" / "index.md"]
    while waiting:
        page = waiting.pop().resolve()
        if page in seen or page.suffix != ".md" or not page.is_file():
            continue
        seen.add(page)
        targets = LINK.findall(FENCE.sub("", text_of(page)))
        waiting += [page.parent / target.partition("#")[0] for target in targets if ":" not in target]

    assert {path.resolve() for path in (ROOT / "docs").rglob("*.md")} - seen == set()


def test_no_file_holds_an_open_end_or_a_place_of_one_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in tracked()
        if (match := FOREIGN.search(text_of(path)))
    ]

    assert found == []


def test_only_ci_and_tests_name_the_shared_folder() -> None:
    name = "../sha" + "red"
    found = [path.relative_to(ROOT) for path in tracked() if name in text_of(path)]
    allowed = ("tests/", ".ci/", "plugins/")

    assert [path for path in found if not str(path).startswith(allowed)] == []
    assert [path for path in found if path.parts[0] == "plugins" and "tests" not in path.parts] == []


def test_decisions_are_numbered_without_a_gap_and_say_everything() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("*.md"))
    numbers = [int(match[1]) for record in records if (match := ADR_NAME.fullmatch(record.name))]

    assert numbers == list(range(1, len(records) + 1))
    for number, record in zip(numbers, records, strict=True):
        text = text_of(record)
        assert text.startswith(f"# {number}. "), record.name
        assert "Status: " in text, record.name
        heads = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert heads == ["Context", "Decision", "Consequences"], record.name


def test_decisions_that_the_code_names_exist() -> None:
    named = {mention for path in tracked() for mention in ADR_MENTION.findall(text_of(path))}

    assert sorted(mention for mention in named if not (ROOT / mention).is_file()) == []


PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))


def test_every_plugin_folder_is_a_package() -> None:
    folders = {path.parent.parent if path.parent.name == "fixtures" else path.parent for path in tracked()}
    inside = {
        ROOT / "plugins" / folder.relative_to(ROOT / "plugins").parts[0]
        for folder in folders
        if folder.is_relative_to(ROOT / "plugins") and folder != ROOT / "plugins"
    }

    assert inside == set(PLUGINS)


@pytest.mark.parametrize("folder", PLUGINS, ids=lambda folder: folder.name)
def test_a_plugin_is_whole(folder: Path) -> None:
    project = tomllib.loads(text_of(folder / "pyproject.toml"))
    heads = re.findall(r"^## (.+)$", text_of(folder / "README.md"), re.MULTILINE)
    points = project["project"]["entry-points"]["hub.plugins"]

    assert {"Set up", "Remove"} <= set(heads)
    assert len(points) == 1
    ((slug, value),) = points.items()
    package = value.partition(":")[0]
    receives = discover().installed[slug].manifest.is_source
    assert not receives or list((folder / "fixtures").glob("*__*.json")), "no fixtures"
    assert (folder / package / "__init__.py").is_file()
    assert (folder / package / "py.typed").is_file(), "py.typed is missing"


@pytest.mark.parametrize("folder", PLUGINS, ids=lambda folder: folder.name)
def test_a_plugin_in_this_repository_is_checked_like_the_others(folder: Path) -> None:
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))["tool"]
    (package,) = (path.parent.name for path in folder.glob("hub_*/__init__.py"))

    assert package in project["mypy"]["packages"]
    assert package in project["importlinter"]["root_packages"]


def test_a_file_of_an_adapter_stays_under_250_lines() -> None:
    folders = {folder for folder in PLUGINS if list(folder.glob("fixtures/*__*.json"))}
    modules = {path for folder in folders for path in folder.glob("hub_*/**/*.py")}

    assert len(folders) == len([one for one in discover().installed.values() if one.manifest.is_source])
    assert {
        str(path.relative_to(ROOT)): lines
        for path in modules
        if (lines := len(text_of(path).splitlines())) >= 250
    } == {}


def test_constraints_name_one_exact_version_each() -> None:
    lines = [line for line in text_of(ROOT / "constraints.txt").splitlines() if not line.startswith("#")]

    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)] == []
