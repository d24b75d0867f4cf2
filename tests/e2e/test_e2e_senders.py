"""The senders of the two documents, as they stand there: Bash, PHP and curl."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

BASH = r"""PAYLOAD='{"event":"transaction.created",...}'
SECRET='your-secret-here'
SIGNATURE="sha256=$(echo -n "$PAYLOAD" | openssl dgst -sha256 -hmac "$SECRET" | cut -d' ' -f2)"

curl -X POST \
  -H "Content-Type: application/json" \
  -H "X-Webhook-Signature: $SIGNATURE" \
  -d "$PAYLOAD" \
  https://tenant.partnerdesk.io/api/webhooks/tenant/custom
"""

PHP = r"""$payload = json_encode([...]);
$signature = 'sha256=' . hash_hmac('sha256', $payload, $secret);

$ch = curl_init('https://tenant.partnerdesk.io/api/webhooks/tenant/custom');
curl_setopt_array($ch, [
    CURLOPT_POST => true,
    CURLOPT_POSTFIELDS => $payload,
    CURLOPT_HTTPHEADER => [
        'Content-Type: application/json',
        "X-Webhook-Signature: $signature",
    ],
    CURLOPT_RETURNTRANSFER => true,
]);
$response = curl_exec($ch);
"""

HOST, PATH = "https://tenant.partnerdesk.io", "/api/webhooks/tenant/custom"


def run(command: list[str], folder: Path) -> tuple[int, Any]:
    """Status and body of the answer that a sender got. What curl prints is set by its settings, so
    that its call can stay as it is written."""
    (folder / ".curlrc").write_text('silent\nnoproxy = "*"\nwrite-out = "\\n%{http_code}"\n', "utf-8")
    environment = {"PATH": os.environ["PATH"], "CURL_HOME": str(folder)}
    ran = subprocess.run(command, env=environment, cwd=folder, capture_output=True, timeout=60, check=False)
    body, _, status = ran.stdout.decode().rpartition("\n")
    assert status, ran.stderr.decode()
    return int(status), json.loads(body)


def test_the_bash_sender(firm: Any, program: Callable[..., str], tmp_path: Path) -> None:
    bash, _, _ = program("bash", "--version"), program("openssl", "version"), program("curl", "--version")
    more = r'"externalId":"ext-1","grossAmount":"199.00","currency":"EUR","productName":"Größe \"L\""'
    script = (
        BASH.replace("...", more)
        .replace("your-secret-here", firm.secrets["custom"])
        .replace(HOST, firm.server.url)
        .replace(PATH, f"/api/webhooks/{firm.slug}/custom")
    )

    first = run([bash, "-c", script], tmp_path)
    second = run([bash, "-c", script], tmp_path)

    assert (first[0], first[1]["status"]) == (200, "processed")
    assert (second[0], second[1]["status"]) == (200, "skipped")
    (sale,) = firm.records("transactions")
    assert (sale["product_name"], str(sale["gross"])) == ('Größe "L"', "199.00")


def test_the_php_sender(firm: Any, program: Callable[..., str], tmp_path: Path) -> None:
    php = program("php", "-r", "exit(function_exists('curl_init') ? 0 : 1);")
    fields = (
        "'event' => 'transaction.created', 'externalId' => 'ext-2', 'grossAmount' => '49.90', "
        "'currency' => 'EUR', 'productName' => 'Größe / L'"
    )
    script = PHP.replace("...", fields).replace(HOST, firm.server.url)
    script = script.replace(PATH, f"/api/webhooks/{firm.slug}/custom")
    show = 'echo $response . "\\n" . curl_getinfo($ch, CURLINFO_HTTP_CODE);'
    (tmp_path / "send.php").write_text(
        f"<?php\n$secret = '{firm.secrets['custom']}';\n{script}{show}", "utf-8"
    )

    first = run([php, "send.php"], tmp_path)
    second = run([php, "send.php"], tmp_path)

    assert (first[0], first[1]["status"]) == (200, "processed")
    assert (second[0], second[1]["status"]) == (200, "skipped")
    (sale,) = firm.records("transactions")
    assert (sale["product_name"], str(sale["gross"])) == ("Größe / L", "49.90")


ORDER = """{
  "type": "order",
  "email": "kunde@beispiel.de",
  "total": 149.90,
  "subject": "Bestellung: Premium-Paket",
  "kunden_adresse": "Musterstraße 1, 12345 Musterstadt",
  "artikel": "1x Premium-Paket"
}"""

TICKET = """{
  "type": "ticket",
  "email": "max.mustermann@beispiel.de",
  "subject": "Interesse an Beratung",
  "message": "Hallo, ich hätte gerne ein Angebot für Ihre Dienstleistungen.",
  "total": 0.00
}"""

OTHER_TICKET = """{
  "type": "ticket",
  "email": "interessent@beispiel.de",
  "message": "Guten Tag, ich interessiere mich für Ihre Software. Können Sie mich dazu\\nberaten?"
}"""


@pytest.fixture
def lead(firm: Any, program: Callable[..., str], tmp_path: Path) -> Callable[..., tuple[int, Any]]:
    """Posts to the lead API with curl."""
    curl = program("curl", "--version")

    def post(
        body: str, key: str | None = firm.key, path: str = "/api/v1/lead.php", **how: str
    ) -> tuple[int, Any]:
        media_type = how.get("content_type", "application/json")
        headers = [f"Content-Type: {media_type}", *([f"X-API-KEY: {key}"] if key else [])]
        given = [part for header in headers for part in ("-H", header)]
        command = [curl, "-X", "POST", *given, "--data-binary", body, firm.server.url + path]
        return run(command, tmp_path)

    return post


def taken(kind: str) -> tuple[int, dict[str, str]]:
    return 200, {"status": "success", "message": "Daten verarbeitet", "type": kind}


def test_an_order_as_in_the_document(firm: Any, lead: Callable[..., tuple[int, Any]]) -> None:
    assert lead(ORDER) == taken("order")

    (order,) = firm.records("orders")
    assert (order["status"], str(order["total"]), order["currency"]) == ("new", "149.90", "EUR")
    assert order["extra"]["artikel"] == "1x Premium-Paket"
    assert order["extra"]["kunden_adresse"] == "Musterstraße 1, 12345 Musterstadt"


def test_tickets_as_in_the_document(firm: Any, lead: Callable[..., tuple[int, Any]]) -> None:
    assert lead(TICKET) == taken("ticket")
    assert lead(OTHER_TICKET) == taken("ticket")

    other, first = firm.records("tickets")
    assert (first["status"], first["subject"]) == ("open", "Interesse an Beratung")
    assert other["subject"] == "Anfrage Webseite"


@pytest.mark.parametrize("path", ["/api/v1/lead", "/api/v1/lead.php"])
@pytest.mark.parametrize("way", ["header", "query"])
def test_both_addresses_and_both_ways_of_the_key(
    firm: Any, lead: Callable[..., tuple[int, Any]], path: str, way: str
) -> None:
    if way == "header":
        assert lead(ORDER, path=path) == taken("order")
    else:
        assert lead(ORDER, key=None, path=f"{path}?key={firm.key}") == taken("order")
    assert len(firm.records("orders")) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{kein json", "invalid_json"),
        ("", "empty_body"),
        ('{"email": "a@beispiel.de"}', "missing_field"),
        ('{"type": "newsletter", "email": "a@beispiel.de"}', "unknown_type"),
        ('{"type": "order"}', "missing_field"),
        ('{"type": "ticket", "email": "a@beispiel.de"}', "missing_field"),
        ('{"type": "order", "email": "keine-adresse"}', "invalid_email"),
        ('{"type": "order", "email": "a@beispiel.de", "total": "viel"}', "wrong_type"),
    ],
)
def test_a_wrong_format_is_400(firm: Any, lead: Callable[..., tuple[int, Any]], body: str, code: str) -> None:
    status, answer = lead(body)

    assert (status, answer["status"], answer["code"]) == (400, "error", code)
    assert answer["message"]
    assert firm.records("orders") + firm.records("tickets") == []


def test_a_form_is_400(lead: Callable[..., tuple[int, Any]]) -> None:
    status, answer = lead("type=order&email=a@beispiel.de", content_type="application/x-www-form-urlencoded")

    assert (status, answer["code"]) == (400, "unsupported_content_type")


def test_without_a_key_it_is_401(lead: Callable[..., tuple[int, Any]]) -> None:
    status, answer = lead(ORDER, key=None)

    assert (status, answer["status"], answer["code"]) == (401, "error", "missing_key")


def test_a_wrong_a_strange_and_a_deactivated_key_are_403(
    firm: Any, lead: Callable[..., tuple[int, Any]]
) -> None:
    (listed,) = firm.json("key", "list", firm.slug)
    firm.json("key", "deactivate", listed["id"])
    wrong = firm.key[:-1] + ("0" if firm.key[-1] != "0" else "1")

    deactivated, mistyped, nobodys = lead(ORDER), lead(ORDER, key=wrong), lead(ORDER, key="crm_999999_abc")

    assert deactivated == mistyped == nobodys
    assert (deactivated[0], deactivated[1]["code"]) == (403, "invalid_key")
    assert lead(ORDER, key="irgendwas")[0] == 403
    assert firm.records("orders") == []
