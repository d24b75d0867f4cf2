"""A plugin without a fault is platinum; each fault that is planted into it is found by the rule that is there
for it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.testing import RULES, UNLOADABLE, LoadError, Trial, check, load

MODULE = "hub_planted/__init__.py"
SCHEME = "hub_planted/scheme.py"
SALE = "fixtures/sale.made__plain.json"
TYPE = 'event_type=Json("type", required=True)'
KEY = 'event_key=Json("id", required=True)'
FIRST = '    """A sale."""\n'
TICKET = f'{FIRST}    return [hub.TicketOpened(customer=hub.Person(), message="Another one each time.")]\n'
WITHOUT_KEY = (MODULE, KEY, "event_key=lambda inbound: None")
KEY_IN_HEADER = (MODULE, KEY, 'event_key=lambda inbound: inbound.headers.get("X-Delivery-Id")')
UNTYPED = ("hub_planted/py.typed", "", None)
COUNTED = (MODULE, "MAPPERS = {", "COUNT = iter(range(10**9))\nMAPPERS = {")


@dataclass(frozen=True)
class Fault:
    """A rule, and what breaks it: a file, a text in it, and what stands there instead."""

    rule: str
    file: str
    old: str
    new: str | None
    what: str = ""
    also: tuple[tuple[str, str, str | None], ...] = ()


def in_sale(line: str, what: str) -> Fault:
    """A line that the mapper of sales begins with, which makes it impure."""
    return Fault("K302-pure", MODULE, FIRST, f"{FIRST}    {line}\n", what)


FAULTS = (
    Fault("K001-loads", MODULE, "import hub\n", "import hub\nimport gibt_es_nicht\n"),
    Fault("K101-manifest-complete", MODULE, ', "en": "Sales."', ""),
    Fault("K102-version-range", MODULE, ">=0.1,<1", ">=0.1"),
    Fault("K201-fixture-per-event", "fixtures/sale.refunded__plain.json", "", None),
    Fault("K202-fixture-declared", SALE, '"sale.made"', '"sale.began"'),
    Fault("K202-fixture-declared", "fixtures/sale.lost__plain.headers", "", "A: b", "without a body"),
    Fault("K203-expected-facts", "fixtures/sale.made__plain.expected.json", "59.90", "59.09"),
    Fault("K203-expected-facts", "fixtures/sale.made__plain.expected.json", "", None, "without facts"),
    Fault("K204-demo", "fixtures/demo.toml", "sale.made__plain", "sale.made__none"),
    Fault(
        "K301-deterministic",
        MODULE,
        '            external_id=sale["id"].identifier(),',
        '            external_id=f"{next(COUNT)}",',
        also=(COUNTED,),
    ),
    in_sale("__import__('datetime').datetime.now()", "clock"),
    in_sale("__import__('time').time()", "seconds"),
    in_sale("__import__('os').environ.get('HOME')", "environment"),
    in_sale("__import__('socket').socket().close()", "socket"),
    in_sale("open('/dev/null').close()", "file"),
    in_sale("__import__('random').random()", "chance"),
    Fault(
        "K303-no-float",
        MODULE,
        'extra=payload.rest("id", "type", "sale", "buyer")',
        'extra={"score": float(payload["score"].decimal())}',
    ),
    Fault(
        "K304-whole-facts",
        MODULE,
        'occurred_at=sale["at"].instant(),\n            customer',
        'occurred_at=sale["at"].instant().replace(tzinfo=None),\n            customer',
    ),
    Fault("K305-unknown-event", MODULE, TYPE, 'event_type=lambda inbound: "sale.made"'),
    Fault("K401-mutated-payloads", MODULE, 'sale["id"].identifier()', 'sale.raw()["id"]'),
    Fault(
        "K401-mutated-payloads",
        MODULE,
        'external_id=sale["id"].identifier()',
        'external_id=sale["id"].optional.identifier()',
        "half a fact",
    ),
    Fault("K402-truncated-body", MODULE, TYPE, 'event_type=lambda inbound: "ping"', also=(WITHOUT_KEY,)),
    Fault(
        "K403-oversized-body",
        MODULE,
        "    @hub.hookimpl\n    def parse",
        "    @hub.hookimpl\n    def respond(self, inbound, outcome):\n"
        "        return hub.Reply(status=200, body='OK')\n\n    @hub.hookimpl\n    def parse",
    ),
    Fault(
        "K404-byte-fidelity",
        SCHEME,
        "        body = inbound.body\n",
        "        import json\n        body = json.dumps(json.loads(inbound.body)).encode()\n",
    ),
    Fault("K501-signed-accepted", SCHEME, 'HEADER: f"{time}.{mac}"', 'HEADER: f"{time}.{mac[1:]}"'),
    Fault(
        "K502-missing-refused",
        SCHEME,
        'raise hub.AuthenticationError("The signature is missing.", code="missing_signature")',
        "return",
    ),
    Fault("K503-garbage-refused", SCHEME, "time = read_timestamp(stamp, HEADER)", "time = int(stamp, 10)"),
    Fault("K504-wrong-secret-refused", SCHEME, "hmac.digest(secret.encode()", "hmac.digest(b'same'"),
    Fault("K505-bit-flip-refused", SCHEME, ".encode() + body, hashlib", ".encode(), hashlib"),
    Fault("K506-stale-refused", SCHEME, "timedelta(minutes=5))", "timedelta(days=2))"),
    Fault(
        "K507-future-refused",
        SCHEME,
        "check_timestamp(time,",
        "check_timestamp(min(time, int(inbound.received_at.timestamp())),",
    ),
    Fault("K508-two-secrets", SCHEME, "(inbound, connection):", "(inbound, connection)[:1]:"),
    Fault(
        "K509-expired-secret-refused",
        SCHEME,
        "in required_secrets(inbound, connection):",
        "in [one.value.get_secret_value() for one in connection.settings.secrets]:",
    ),
    Fault(
        "K510-no-secret-refused",
        SCHEME,
        "        body = inbound.body\n",
        "        body = inbound.body\n        if not connection.settings.secrets:\n            return\n",
    ),
    Fault("K601-key-present", MODULE, KEY, "event_key=lambda inbound: None"),
    Fault("K602-key-stable", MODULE, KEY, "event_key=lambda inbound: str(inbound.received_at)"),
    Fault("K603-repetition", MODULE, FIRST, TICKET, also=(WITHOUT_KEY,)),
    Fault("K604-key-signed", MODULE, FIRST, TICKET, also=(KEY_IN_HEADER,)),
    Fault("K701-success-answer", "fixtures/answers.toml", "", '[taken]\nstatus = 200\nbody = "OK"\n'),
    Fault("K801-redactions", MODULE, '"buyer.email",)', '"buyer.emial",)'),
    Fault("K801-redactions", MODULE, '"buyer.email",)', '"buyer.email", "byer.name")', "no such object"),
    Fault(
        "K802-settings",
        MODULE,
        'json_schema_extra=hub.german("Tests annehmen", "Auch Testverkäufe werden erfasst."),',
        "",
    ),
    Fault("K803-readme", "README.md", "## Remove", "## Away"),
    Fault("K803-readme", "README.md", "`sale.refunded`", "more", "an event is not named"),
    Fault("K804-imports", MODULE, "import hub\n", "import hub\nimport hub.records.tenants\n"),
    Fault("K804-imports", MODULE, "import hub\n", "import hub\nimport flask\n", "web framework"),
    Fault("K805-small", MODULE, "plugin = Planted()", "# A long story.\n" * 300 + "plugin = Planted()"),
    Fault("K806-typed", "hub_planted/py.typed", "", None),
    Fault("K901-quality-file", "quality.yaml", "own-tests: done", "own-tests: todo"),
    Fault(
        "K902-done-contradicted",
        "quality.yaml",
        "rules:\n",
        "rules:\n  small-and-typed: done\n",
        also=(UNTYPED,),
    ),
    Fault("K903-result-file", "hub_planted/quality.json", "", '{"tier": "gold", "missing": []}'),
)


def test_a_plugin_without_a_fault_is_platinum(good: Path) -> None:
    report = check(load(str(good)))

    assert [(one.rule, one.where, one.message) for one in report.findings] == []
    assert report.quality.tier == "platinum"
    assert dict(report.quality.open) == {"tried-with-a-live-account": "There is no such provider."}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.rule}-{fault.what}".rstrip("-"))
def test_a_fault_is_found_by_its_rule(plant: Callable[..., Path], fault: Fault) -> None:
    for change in fault.also:
        plant(*change)
    folder = str(plant(fault.file, fault.old, fault.new))
    if fault.rule == UNLOADABLE.id:
        with pytest.raises(LoadError):
            load(folder)
        return
    rule = RULES[fault.rule]

    with Trial(load(folder)) as trial:
        found = trial.findings(rule)

    assert rule in trial.applicable
    assert {one.rule for one in found} == {fault.rule}
    assert "could not be tried" not in found[0].message


def test_there_is_a_fault_for_each_rule() -> None:
    assert {fault.rule for fault in FAULTS} == set(RULES)
