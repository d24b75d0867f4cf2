"""The quality scale: what a plugin must hold for each tier, and which rules of the kit decide it."""

from dataclasses import dataclass
from typing import Literal

from hub.registry.quality import Tier

Excuse = Literal["todo", "exempt"]

ORDER = tuple(Tier)


@dataclass(frozen=True, kw_only=True)
class Demand:
    """One line of the scale. ``rules`` are the kit's that decide it; without any, ``quality.yaml`` says so,
    and a reader must believe it. ``excuses`` are what ``quality.yaml`` may say where a rule finds something:
    that it is still to be done, which costs the tier, or that it cannot be asked of such a plugin."""

    name: str
    tier: Tier
    title: str
    rules: tuple[str, ...] = ()
    excuses: tuple[Excuse, ...] = ("todo", "exempt")


SCALE: tuple[Demand, ...] = (
    # Bronze: it is safe to let in.
    Demand(
        name="manifest-complete",
        tier=Tier.BRONZE,
        title="The manifest says what people are shown",
        rules=("K101-manifest-complete", "K102-version-range"),
        excuses=(),
    ),
    Demand(
        name="contract-only",
        tier=Tier.BRONZE,
        title="Imports stay on the surface",
        rules=("K804-imports",),
        excuses=(),
    ),
    Demand(
        name="readme",
        tier=Tier.BRONZE,
        title="The README says how to set it up, what it receives and how to remove it",
        rules=("K803-readme",),
        excuses=(),
    ),
    Demand(
        name="fixture-per-event",
        tier=Tier.BRONZE,
        title="Each event has a sample, and each sample its event",
        rules=("K201-fixture-per-event", "K202-fixture-declared"),
        excuses=(),
    ),
    Demand(
        name="signature-verified",
        tier=Tier.BRONZE,
        title="Who does not prove who they are is refused",
        rules=(
            "K501-signed-accepted",
            "K502-missing-refused",
            "K503-garbage-refused",
            "K504-wrong-secret-refused",
            "K505-bit-flip-refused",
            "K510-no-secret-refused",
        ),
        excuses=(),
    ),
    # Silver: what it says is right.
    Demand(
        name="expected-facts",
        tier=Tier.SILVER,
        title="Each sample gives the facts that stand beside it",
        rules=("K203-expected-facts", "K304-whole-facts"),
        excuses=("todo",),
    ),
    Demand(
        name="exact-money",
        tier=Tier.SILVER,
        title="No fact holds a float",
        rules=("K303-no-float",),
        excuses=(),
    ),
    Demand(
        name="mapper-pure",
        tier=Tier.SILVER,
        title="Facts come from the request alone",
        rules=("K301-deterministic", "K302-pure"),
        excuses=("todo",),
    ),
    Demand(
        name="event-key",
        tier=Tier.SILVER,
        title="An event counts once, however often it is sent",
        rules=("K601-key-present", "K602-key-stable", "K603-repetition", "K604-key-signed"),
    ),
    Demand(
        name="secret-rotation",
        tier=Tier.SILVER,
        title="Secrets can be changed without losing an event",
        rules=("K508-two-secrets", "K509-expired-secret-refused"),
    ),
    Demand(
        name="replay-window",
        tier=Tier.SILVER,
        title="An old request is refused",
        rules=("K506-stale-refused", "K507-future-refused"),
    ),
    # Gold: it stands whatever comes, and people find their way.
    Demand(
        name="unknown-events",
        tier=Tier.GOLD,
        title="Unknown events do no harm",
        rules=("K305-unknown-event",),
        excuses=("todo",),
    ),
    Demand(
        name="hostile-bodies",
        tier=Tier.GOLD,
        title="Spoilt, cut and oversized bodies are refused",
        rules=("K401-mutated-payloads", "K402-truncated-body", "K403-oversized-body", "K404-byte-fidelity"),
        excuses=("todo",),
    ),
    Demand(
        name="answers",
        tier=Tier.GOLD,
        title="The provider is answered as it wants",
        rules=("K701-success-answer",),
    ),
    Demand(
        name="redaction",
        tier=Tier.GOLD,
        title="Personal fields are masked",
        rules=("K801-redactions",),
    ),
    Demand(
        name="settings-described",
        tier=Tier.GOLD,
        title="Each setting is described in German and English",
        rules=("K802-settings",),
    ),
    # Platinum: others can build on it.
    Demand(
        name="demonstrated",
        tier=Tier.PLATINUM,
        title="`hub demo` shows it",
        rules=("K204-demo",),
    ),
    Demand(
        name="small-and-typed",
        tier=Tier.PLATINUM,
        title="Small files, full types",
        rules=("K805-small", "K806-typed"),
        excuses=("todo",),
    ),
    Demand(
        name="further-fields-kept",
        tier=Tier.PLATINUM,
        title="Fields that the contract has no word for are kept with the record",
    ),
    Demand(
        name="own-tests",
        tier=Tier.PLATINUM,
        title="What the kit cannot know is tested: the provider's own traps",
        excuses=("todo",),
    ),
)
"""The whole scale, in the order of its tiers. Names stay: they stand in the files of others."""
