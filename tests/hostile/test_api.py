"""The JSON API, asked what its own document allows and what it forbids: it never fails, and answers as the
document says."""

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ..api.conftest import caller, make_caller

__all__ = ["caller", "make_caller"]

EXAMPLES = int(os.environ.get("HUB_API_EXAMPLES", "2"))
"""For each operation, of what it allows and as many of what it forbids; ``make fuzz`` asks for more."""

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
LIMITS = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize(
    "mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value
)
def test_every_operation_answers_as_its_document_says(caller: Any, sale: Any, mode: GenerationMode) -> None:
    site = caller.site
    site.connect("notifications")
    for number in range(3):
        site.send(sale(f"t-{number}", customer={"email": f"kunde-{number}@example.com"}))
    load_all_checks()
    schema = schemathesis.openapi.from_wsgi("/rest/v1/openapi.json", site.app)
    headers = {"Authorization": f"Bearer {caller.key}"}
    asked, wrong = 0, {}
    for found in schema.get_all_operations():
        operation = found.ok()

        @LIMITS
        @given(case=operation.as_strategy(generation_mode=mode))
        def holds(case: schemathesis.Case) -> None:
            nonlocal asked
            asked += 1
            case.call_and_validate(headers=headers, checks=CHECKS)

        try:
            holds()
        except FailureGroup as error:
            wrong[operation.label] = str(error)[:1500]

    assert wrong == {}, "\n\n".join(f"{name}\n{told}" for name, told in wrong.items())
    assert asked > 40
