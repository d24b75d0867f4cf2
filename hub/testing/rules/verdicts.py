"""Rules that the kit decides without trying anything: can the plugin be had, and does what it says of its own
quality agree with what was found? ``hub.testing.trial`` decides them."""

from hub.testing.rules.registry import RULES, Rule, anybody


def _verdict(rule_id: str, title: str, about: str) -> Rule:
    RULES[rule_id] = Rule(id=rule_id, title=title, about=about, only=anybody)
    return RULES[rule_id]


UNLOADABLE = _verdict(
    "K001-loads",
    "The plugin can be imported, and the hub would run it",
    "A folder needs a `pyproject.toml` that names the plugin under "
    '`[project.entry-points."hub.plugins"]`. '
    "What the hub would put aside at its start, such as a range of versions that it is not in, is refused "
    "here with the same reason.",
)

FILE = _verdict(
    "K901-quality-file",
    "quality.yaml can be read, and gives a reason for all that is not done",
    "Each entry is `done`, or `status: todo` or `exempt` with a `why`. Entries that the scale does not know "
    "are points of the plugin's own: shown, and never counted.",
)

CONTRADICTION = _verdict(
    "K902-done-contradicted",
    "quality.yaml says nothing that the kit has found to be otherwise",
    "An entry that says `done` although a rule found something, or that excuses what every plugin must hold.",
)

RESULT = _verdict(
    "K903-result-file",
    "quality.json and quality.svg are up to date",
    "The hub reads the tier from `quality.json` in the package; `hub plugin check --write` leaves it there. "
    "A package without the file has no tier in the catalogue, and nothing is found.",
)
