"""The guides that a plugin brings for tools, filled in for one connection."""

from dataclasses import dataclass

from hub.contract.guides import Guide
from hub.web import naming, settings_form
from hub.web.connected import Connected


@dataclass(frozen=True)
class Guided:
    """A guide, its note in the language of the page, and the settings it needs: their titles, on or not."""

    guide: Guide
    note: str
    needs: tuple[tuple[str, bool], ...]

    @property
    def ready(self) -> bool:
        """Whether the settings allow what the tool sends."""
        return all(on for _title, on in self.needs)


def guides_of(one: Connected, secret: str) -> list[Guided]:
    """The guides for this connection, with its address and with what stands for its secret."""
    manifest = one.plugin.manifest
    fields = manifest.settings.model_fields
    return [
        Guided(
            guide.filled(one.urls[0], secret),
            naming.spoken(guide.note),
            tuple(
                (settings_form.label(name, fields[name]), bool(one.view.settings.get(name)))
                for name in guide.needs
            ),
        )
        for guide in manifest.guides
    ]
