"""The document that describes the API."""

from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine: no answer here depends on which it is."""
    return sqlite_url


def test_the_document_is_valid_openapi(site: Any) -> None:
    answer = site.app.test_client().get("/rest/v1/openapi.json")

    assert answer.status_code == 200
    assert list(OpenAPIV31SpecValidator(answer.get_json()).iter_errors()) == []


def test_whoever_has_the_document_is_not_sent_it_again(site: Any) -> None:
    client = site.app.test_client()
    tag = client.get("/rest/v1/openapi.json").headers["ETag"]
    again = client.get("/rest/v1/openapi.json", headers={"If-None-Match": tag})

    assert (again.status_code, again.data) == (304, b"")
