"""A page for each source: from its manifest, its README and its fixtures."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import hub
from hub.contract.forms import MEDIA_TYPE as FORM
from hub.registry.snippets import file_of
from tools.docs.describing import call_text, settings_rows
from tools.docs.effects import WAITS, Becoming, becomings, effects_of
from tools.docs.exchange import code_samples, exchanged
from tools.docs.mapping import Uses, mapping
from tools.docs.markdown import code, fenced, page, table
from tools.docs.readmes import MARKED, ON_THE_PAGE, readme_of
from tools.docs.stage import NOW, PLACEHOLDER_KEY, PLACEHOLDER_SECRET, ROOT, TENANT, Played, Stage

FILES = {
    "body.json": "",
    "body.form": ", as it is sent",
    "fields.txt": ", one field to a line, not encoded, without the signature",
}
FOLDER = ROOT / "docs" / "adapters"
LINK = re.compile(r"\]\((?![a-z]+:|#)([^)]+)\)")

READS = (
    "Found by trying: each field of the samples was changed in turn, and the facts compared. So the table "
    "holds what the adapter really reads. *Decides* means that the event becomes something else, or nothing; "
    "*checked*, that the request is refused for another value. `[]` stands for each element of a list. What "
    "is not listed is kept with the event, and not read."
)


def adapter_page(stage: Stage, played: Played) -> str:
    """The page of one source."""
    manifest = played.manifest
    return page(
        f"# {manifest.title['en']}",
        manifest.description.get("en", ""),
        table(("what", "value"), glance(manifest)),
        "## Set up",
        _section(played, "Set up"),
        *_settings(manifest),
        *_events(stage, played),
        *_fields(played),
        *_exchange(stage, played),
        *_code(played),
        "## Remove",
        _section(played, "Remove"),
    )


def glance(manifest: hub.Manifest) -> list[tuple[str, str]]:
    """What a manifest says in a few words."""
    rows = [
        ("kind", ", ".join(manifest.kinds)),
        ("routes", ", ".join(map(code, manifest.routes))),
        ("scheme", code(call_text(manifest.scheme)) if manifest.scheme else ""),
    ]
    if manifest.is_source:
        nothing = "none: nothing is a repetition"
        rows += [
            ("content types", ", ".join(map(code, manifest.content_types)) or "any"),
            ("a GET is answered", code(manifest.probe_answer) if manifest.probe_answer else ""),
            ("type of an event", code(call_text(manifest.event_type)) if manifest.event_type else ""),
            ("id of an event", code(call_text(manifest.event_key)) if manifest.event_key else nothing),
            (
                "the same id with another body",
                {"skip": "skipped", "refuse": "refused with 409"}[manifest.repeated_key_other_body],
            ),
            (
                "unknown event types",
                {"ignore": "ignored", "refuse": "refused with 400"}[manifest.unknown_events],
            ),
            ("masked in the event log", ", ".join(map(code, manifest.redact))),
        ]
    return [row for row in rows if row[1]]


def _settings(manifest: hub.Manifest) -> Iterator[str]:
    yield "## Settings"
    if not manifest.settings.model_fields:
        yield "None."
        return
    yield table(("name", "type", "default", "meaning"), settings_rows(manifest.settings))


def _events(stage: Stage, played: Played) -> Iterator[str]:
    manifest = played.manifest
    plugins = played.rooms.plugins
    found = becomings(stage, played)
    heard = {name: effects_of(plugins, name) for one in found.values() for name in one.signals}
    yield "## Events"
    heads = ("event", "what becomes of it", "facts", "records", "sets off")
    yield table(
        heads, [_event_row(event, manifest.events[event], one, heard) for event, one in found.items()]
    )
    if heard:
        yield (
            "What is set off, where these plugins are on for the tenant. The reference says what each "
            "[signal](../reference/signals.md) means and each [effect](../reference/plugins.md) does."
        )
        rows = [
            (code(name), "; ".join(f"*{slug}*: {', '.join(methods)}" for slug, methods in by.items()))
            for name, by in heard.items()
        ]
        yield table(("signal", "effects"), rows)
    yield "### Ignored events"
    if manifest.ignored:
        yield table(("events", "why"), _ignored(manifest))
    if manifest.unknown_events == "refuse":
        yield "Any other type is refused with 400."
    else:
        yield "Any other type is acknowledged, kept, and ignored."


def _ignored(manifest: hub.Manifest) -> Iterator[tuple[str, str]]:
    """The events of each reason."""
    by_reason: dict[str, list[str]] = {}
    for event, line in manifest.ignored.items():
        by_reason.setdefault(line, []).append(code(event))
    return ((", ".join(events), line) for line, events in by_reason.items())


def _event_row(
    event: str, line: str, one: Becoming, heard: dict[str, dict[str, list[str]]]
) -> tuple[str, ...]:
    plugins = dict.fromkeys(slug for name in one.signals for slug in heard[name])
    set_off = ", ".join(map(code, one.signals)) + (f": {', '.join(plugins)}" if plugins else "")
    facts = ", ".join(f"[{name}](../reference/facts.md#{name.lower()})" for name in one.facts)
    records = ", ".join(one.records) + (f"; {WAITS}" if one.waits else "")
    return (
        code(event),
        line,
        facts + (", or none" if one.nothing and facts else ""),
        records,
        set_off or "nothing",
    )


def _fields(played: Played) -> Iterator[str]:
    yield "## Fields"
    yield READS
    found = mapping(played)
    kept = sorted(path for path, uses in found.items() if list(uses.fields) == ["extra"] and not uses.others)
    rows = [(code(path), _uses(uses)) for path, uses in sorted(found.items()) if path not in kept]
    yield table(("field of the request", "becomes"), rows)
    if kept:
        shortened = dict.fromkeys(path.partition("[]")[0] for path in kept)
        yield f"Kept as sent, in `extra`: {', '.join(map(code, shortened))}."


def _uses(uses: Uses) -> str:
    by_facts: dict[tuple[str, ...], list[str]] = {}
    for name, facts in uses.fields.items():
        if name != "extra":
            by_facts.setdefault(tuple(sorted(facts)), []).append(code(name))
    parts = [f"{', '.join(names)} of {', '.join(facts)}" for facts, names in by_facts.items()]
    kept = ["kept in `extra`"] if "extra" in uses.fields else []
    return "; ".join([*uses.others, *parts, *kept])


def _exchange(stage: Stage, played: Played) -> Iterator[str]:
    exchange = exchanged(stage, played)
    yield "## A request and its answer"
    scheme = played.manifest.scheme
    said = [f"The sample `{played.shown.name}`, as the sender sends it for the tenant *{TENANT}*"]
    if scheme is not None and played.has_secrets:
        said.append(f", signed with the secret `{played.secret}`")
        said.append(f" at {NOW:%Y-%m-%d %H:%M} UTC" if scheme.timestamped else "")
    yield "".join(said) + (". The fields are shown one to a line." if _is_form(played) else ".")
    yield fenced(exchange.request, "http")
    yield fenced(exchange.answer, "http")


def _code(played: Played) -> Iterator[str]:
    yield "## Code samples"
    samples = code_samples(played)
    if not samples:
        yield "None: only the provider itself makes such signatures. `hub send` sends samples of it."
        return
    placeholder = PLACEHOLDER_SECRET if played.has_secrets else PLACEHOLDER_KEY
    yield (
        f"They send the request above. Put in your address, and for `{placeholder}` what your connection "
        "uses. Tests run each of them, as they stand here, against a hub, and expect the answer above."
    )
    if file := next((name for text in samples if (name := file_of(text))), None):
        yield f"curl reads the body from the file `{file}`{FILES[file]}."
    yield from samples


def _is_form(played: Played) -> bool:
    return played.shown.headers.get("Content-Type") == FORM


def _section(played: Played, head: str) -> str:
    """A section of the plugin's README, its links as they are from the page, its code left to the page."""
    readme = readme_of(played)
    text = MARKED.sub(ON_THE_PAGE, readme.read_text("utf-8"))
    found = re.search(rf"^## {head}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    if found is None:
        raise LookupError(f"{readme}: there is no section {head!r}")

    def moved(match: re.Match[str]) -> str:
        target = (readme.parent / match[1]).resolve()
        return f"]({os.path.relpath(target, FOLDER)})"

    return LINK.sub(moved, found[1].strip())


def index_rows(played: Played) -> tuple[str, str, str]:
    """The line of a source in the table of adapters."""
    manifest = played.manifest
    name = Path("adapters") / f"{manifest.slug}.md"
    return f"[{manifest.title['en']}]({name})", manifest.description.get("en", ""), code(manifest.slug)
