"""Static files: compressed once, with their checksum in the address, so that browsers keep them for good;
and icons, which stand in the page itself."""

import gzip
import hashlib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from flask import Response, abort, request, url_for
from markupsafe import Markup

WEB = Path(__file__).parent
STATIC, ICONS = WEB / "static", WEB / "icons"

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
}
FOREVER = "public, max-age=31536000, immutable"
BRIEFLY = "public, max-age=300"


@dataclass(frozen=True)
class Asset:
    """A static file in memory."""

    content: bytes = field(repr=False)
    packed: bytes = field(repr=False)
    type: str
    version: str


@cache
def _assets() -> dict[str, Asset]:
    """All static files by name. What can be asked for is what is listed here, and nothing else."""
    files = [path for path in STATIC.rglob("*") if path.suffix in TYPES]
    return {path.relative_to(STATIC).as_posix(): _read(path) for path in files}


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    return Asset(
        content=content,
        packed=gzip.compress(content, 9, mtime=0),
        type=TYPES[path.suffix],
        version=hashlib.sha256(content).hexdigest()[:12],
    )


def serve(name: str) -> Response:
    """A static file, packed if the browser can unpack it."""
    asset = _assets().get(name)
    if asset is None:
        abort(404)
    packs = request.accept_encodings["gzip"] > 0 and len(asset.packed) < len(asset.content)
    answer = Response(asset.packed if packs else asset.content, content_type=asset.type)
    if packs:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Vary"] = "Accept-Encoding"
    answer.headers["Cache-Control"] = FOREVER if request.args.get("v") == asset.version else BRIEFLY
    answer.set_etag(asset.version + ("-gz" if packs else ""))
    answer.make_conditional(request)
    return answer


def asset(name: str) -> str:
    """The address of a static file in its present version. Raises KeyError if there is none."""
    return url_for("static", name=name, v=_assets()[name].version)


@cache
def icon(name: str, size: int = 20) -> Markup:
    """An icon as SVG. It says nothing to a screen reader: the words beside it do."""
    shapes = (ICONS / f"{name}.svg").read_text("utf-8").replace("\n", "")
    return Markup(  # noqa: S704 - files of ours
        f'<svg class="icon" width="{size}" height="{size}" viewBox="0 0 24 24" fill="none" '
        'stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" '
        f'aria-hidden="true" focusable="false">{shapes}</svg>'
    )
