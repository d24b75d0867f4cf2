"""Rules about the manifest: what a person reads about a plugin before it is connected."""

from collections.abc import Iterator

from packaging.specifiers import SpecifierSet

from hub.contract.manifest import LOCALES
from hub.testing.adapter import Adapter
from hub.testing.rules.registry import anybody, rule


@rule("K101-manifest-complete", "The manifest says everything that people are shown", only=anybody)
def manifest_complete(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """The catalogue, the event log and the reference are made from the manifest: title and description in
    German and English, a line for each event, a reason for each that is ignored, how requests are
    authenticated and where the id of an event stands."""
    manifest = adapter.manifest
    for locale in LOCALES:
        if not manifest.description.get(locale, "").strip():
            yield "manifest.description", f"add a description in {locale!r}"
    for name, line in {**manifest.events, **manifest.ignored}.items():
        if not line.strip():
            yield f"manifest: {name}", "say in a line what becomes of it, or why it is ignored"
    if manifest.is_source and manifest.scheme is None and not hasattr(adapter.plugin, "authenticate"):
        yield "manifest.scheme", "declare how requests are signed; without a scheme every one is refused"
    if manifest.is_source and manifest.event_key is None:
        yield "manifest.event_key", "say where the id of an event stands, such as Json('id') or BodyHash()"


@rule("K102-version-range", "The range of hub versions ends", only=anybody)
def version_range(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """Nobody knows what a later contract will ask: the range needs an end, such as ``>=0.1,<1``. That it
    holds the present hub is asked when the plugin is loaded."""
    written = adapter.manifest.hub
    if not any(part.operator in {"<", "<=", "==", "~="} for part in SpecifierSet(written)):
        yield "manifest.hub", f"{written!r} has no end; write such as '>=0.1,<1'"
