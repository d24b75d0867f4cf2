"""The page of the conformance kit's rules, and of the quality scale that they decide."""

from hub.testing import RULES
from hub.testing.scale import SCALE
from tools.docs.markdown import code, page, prose, table


def rules_page() -> str:
    parts = [
        "# Rules of the conformance kit",
        "What `hub plugin check` tries with an adapter, by the id that a finding names. The quality scale is "
        "[below](#the-quality-scale).",
    ]
    for _, rule in sorted(RULES.items()):
        parts += [f"## {rule.id}", f"**{rule.title}.**", prose(rule.about)]
    parts += ["## The quality scale", _SCALE, table(("tier", "demand", "what it asks", "rules"), _demands())]
    return page(*parts)


_SCALE = (
    "A plugin has a tier when all its demands hold, and those of the tiers before it. Rules decide; where "
    "there is none, the plugin's `quality.yaml` says *done*, *todo*, or *exempt* with the reason."
)


def _demands() -> list[tuple[str, ...]]:
    return [
        (
            demand.tier.value,
            code(demand.name),
            demand.title,
            ", ".join(f"[{rule}](#{rule.lower()})" for rule in demand.rules) or "`quality.yaml`",
        )
        for demand in SCALE
    ]
