"""What the README tells a sender to do is what the hub takes."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hub_custom_webhook import plugin

import hub

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")

# Stands in for the program: prints the signature's header and the body instead of sending them.
CURL = (
    'curl() { while [ $# -gt 0 ]; do case "$1" in -H|--data-binary) shift; echo "$1";; esac; shift; done; }\n'
)


def block(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.mark.skipif(not (shutil.which("bash") and shutil.which("openssl")), reason="needs bash and openssl")
def test_bash_sample_is_authentic(custom_request, custom_connection):
    script = CURL + block("bash")[0].replace("YOUR_SECRET", "a-long-random-text")
    printed = subprocess.run(["bash", "-c", script], capture_output=True, check=True).stdout
    content_type, signature, body = printed.removesuffix(b"\n").split(b"\n", 2)
    assert content_type == b"Content-Type: application/json"
    name, _, value = signature.decode().partition(": ")
    inbound = custom_request(body, {name: value})
    plugin.manifest.scheme.verify(inbound, custom_connection)
    (sale,) = plugin.parse(inbound, custom_connection)
    assert sale.gross == hub.Money(119, "EUR")


def test_schema_of_the_readme_is_read_whole(custom_request, custom_connection):
    (schema,) = block("json")
    (sale,) = plugin.parse(custom_request(schema.encode()), custom_connection)
    assert (sale.external_id, sale.tax, sale.extra) == ("ext-tx-12345", hub.Money(3177, "EUR"), {})
    assert sale.customer.email == "kunde@example.com"
