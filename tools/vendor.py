"""Copies the few files of node_modules that the web UI needs into hub/web, with their licences and a
manifest of versions and checksums. ``npm ci --ignore-scripts`` first. ``--check`` needs no
node_modules: it compares the files with the manifest, and the icons with those that are used."""

import hashlib
import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
WEB = ROOT / "hub" / "web"
VENDOR = WEB / "static" / "vendor"
ICONS = WEB / "icons"
MODULES = ROOT / "node_modules"

FILES = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "htmx-sse.min.js": "htmx-ext-sse/dist/sse.min.js",
    "uplot.min.js": "uplot/dist/uPlot.iife.min.js",
    "uplot.min.css": "uplot/dist/uPlot.min.css",
}
LICENCES = {
    "htmx": "htmx.org/LICENSE",
    "htmx-sse": "htmx-ext-sse/LICENSE",
    "tabler-icons": "@tabler/icons/LICENSE",
    "uplot": "uplot/LICENSE",
}
# The package carries its licence as a word and in the head of each file; the text is that of the icons.
TABLER = "Copyright (c) 2018-2026 The Tabler Authors, codecalm.net Paweł Kuna"
USE = re.compile(r"""icon(?:=|\()\s*["']([a-z0-9-]+)["']""")


def used_icons() -> set[str]:
    """The icons that templates and modules of the UI and of plugins name: ``icon("home")``."""
    folders = [WEB, *ROOT.glob("plugins/*/hub_*")]
    sources = (path for folder in folders for path in folder.rglob("*") if path.suffix in {".html", ".py"})
    return {name for source in sources for name in USE.findall(source.read_text("utf-8"))}


def copy() -> None:
    """Bring hub/web in step with node_modules."""
    for folder in (VENDOR, ICONS):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    for name, source in FILES.items():
        shutil.copyfile(MODULES / source, VENDOR / name)
    for name, source in LICENCES.items():
        shutil.copyfile(MODULES / source, VENDOR / f"{name}.LICENSE.txt")
    licence = re.sub("(?m)^Copyright .*$", TABLER, (VENDOR / "tabler-icons.LICENSE.txt").read_text("utf-8"))
    (VENDOR / "tabler.LICENSE.txt").write_text(licence, "utf-8")
    for name in sorted(used_icons()):
        svg = (MODULES / "@tabler/icons/icons/outline" / f"{name}.svg").read_text("utf-8")
        shapes = re.findall(r"<(?:path|circle|rect|line)\b[^>]*/>", svg)
        kept = [shape for shape in shapes if 'd="M0 0h24v24H0z"' not in shape]
        (ICONS / f"{name}.svg").write_text("\n".join(kept) + "\n", "utf-8")
    (VENDOR / "manifest.json").write_text(json.dumps(manifest(), indent=2) + "\n", "utf-8")


def manifest() -> dict[str, dict[str, str]]:
    """Package, version and checksum of each file."""
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    listed = {}
    for name, source in FILES.items():
        parts = source.split("/")
        package = "/".join(parts[: 2 if source.startswith("@") else 1])
        listed[name] = {
            "package": package,
            "version": lock[f"node_modules/{package}"]["version"],
            "sha256": hashlib.sha256((VENDOR / name).read_bytes()).hexdigest(),
        }
    return listed


def faults() -> Iterator[str]:
    """What is out of step."""
    if json.loads((VENDOR / "manifest.json").read_text("utf-8")) != manifest():
        yield "hub/web/static/vendor is not what its manifest says"
    there, used = {path.stem for path in ICONS.glob("*.svg")}, used_icons()
    yield from (f"the icon {name} is used and not in hub/web/icons" for name in sorted(used - there))
    yield from (f"the icon {name} is not used" for name in sorted(there - used))


def main() -> int:
    if "--check" not in sys.argv:
        copy()
        return 0
    found = list(faults())
    for fault in found:
        print(f"{fault}; run: npm ci --ignore-scripts && .venv/bin/python tools/vendor.py")
    print(f"assets of the web UI: {len(found) or 'no'} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
