"""Whether every installed plugin says what it is in German and English, and what each of its
settings is for."""

import sys
from collections.abc import Iterator
from importlib.metadata import entry_points

import hub
from hub.contract.manifest import LOCALES


def faults(manifest: hub.Manifest) -> Iterator[str]:
    """What is missing in one manifest."""
    for name in ("title", "description"):
        texts = getattr(manifest, name)
        yield from (f"{name} lacks {locale}" for locale in LOCALES if not texts.get(locale, "").strip())
    for name, field in manifest.settings.model_fields.items():
        if not field.title:
            yield f"settings field {name} has no title"
        if not field.description:
            yield f"settings field {name} has no description"
    for kind in ("events", "ignored"):
        yield from (
            f"{kind}: {event} has no line" for event, line in getattr(manifest, kind).items() if not line
        )


def main() -> int:
    found = 0
    plugins = sorted(entry_points(group="hub.plugins"), key=lambda point: point.name)
    for point in plugins:
        for fault in faults(point.load().manifest):
            found += 1
            print(f"{point.name}: {fault}")
    print(f"texts of {len(plugins)} plugins: {found or 'no'} faults")
    return 1 if found or not plugins else 0


if __name__ == "__main__":
    sys.exit(main())
