"""Many identical requests at the same moment make one record: by threads, and by processes that
share one database."""

import http.client
import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hub

Sale = Callable[..., dict[str, Any]]

SENDERS = 64
PROCESSES = 3


def test_identical_requests_of_many_threads_are_one(site: Any, sale: Sale) -> None:
    barrier = threading.Barrier(SENDERS)

    def send(_: int) -> tuple[int, str]:
        barrier.wait(30)
        answer = site.send(sale("t-1", customer={"email": "erika@example.com"}))
        return answer.status_code, answer.get_json()["status"]

    with ThreadPoolExecutor(SENDERS) as pool:
        answers = Counter(pool.map(send, range(SENDERS)))

    assert answers == {(200, "processed"): 1, (200, "skipped"): SENDERS - 1}
    assert len(site.records("transactions")) == len(site.records("customers")) == 1
    assert len(site.events()) == SENDERS


def test_identical_requests_to_many_processes_are_one(site: Any, sale: Sale, database_url: str) -> None:
    body = json.dumps(sale("t-1", customer={"email": "erika@example.com"})).encode()
    scheme = site.rooms.plugins.installed["custom"].manifest.scheme
    outgoing = hub.Outgoing(body=body, headers={"Content-Type": "application/json"})
    signed = scheme.sign(outgoing, "ein-langes-geheimnis-0815", site.clock())
    barrier = threading.Barrier(SENDERS)

    with processes(database_url) as ports:

        def send(number: int) -> tuple[int, str]:
            connection = http.client.HTTPConnection("127.0.0.1", ports[number % PROCESSES], timeout=60)
            barrier.wait(30)
            connection.request("POST", "/api/webhooks/musterfirma/custom", body, dict(signed.headers))
            answer = connection.getresponse()
            status = json.loads(answer.read())["status"]
            connection.close()
            return answer.status, status

        with ThreadPoolExecutor(SENDERS) as pool:
            answers = Counter(pool.map(send, range(SENDERS)))

    assert answers == {(200, "processed"): 1, (200, "skipped"): SENDERS - 1}
    assert len(site.records("transactions")) == len(site.records("customers")) == 1


@contextmanager
def processes(database_url: str) -> Iterator[list[int]]:
    """Ports of server processes that share a database."""
    environment = {
        **os.environ,
        "HUB_DATABASE_URL": database_url,
        "HUB_SECRET_KEY": "the-vault-key-of-the-tests",
    }
    script = str(Path(__file__).with_name("serving.py"))
    running = [
        subprocess.Popen(
            [sys.executable, script],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(PROCESSES)
    ]
    try:
        yield [int(process.stdout.readline()) for process in running if process.stdout]
        outputs = [process.communicate(timeout=30) for process in running]
        assert not any(b"database_unavailable" in out or b"locked" in out + err for out, err in outputs)
    finally:
        for process in running:
            process.kill()
            process.communicate()


def test_different_requests_of_many_threads_are_all_kept(site: Any, sale: Sale) -> None:
    def send(number: int) -> str:
        status: str = site.send(sale(f"t-{number}", customer={"email": "E@example.com"})).get_json()["status"]
        return status

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(send, range(SENDERS))) == {"processed"}

    assert len(site.records("transactions")) == SENDERS
    assert len(site.records("customers")) == 1


def test_a_new_key_with_a_known_sale_changes_nothing(site: Any) -> None:
    fact = hub.TransactionCreated(external_id="t-1", gross=hub.Money(100, "EUR"), occurred_at=site.clock())
    site.tell(fact)
    again = site.tell(fact)

    assert again.get_json()["status"] == "skipped"
    assert site.event(again)["reason"] == "known_already"


def test_a_key_with_another_body_is_refused_where_the_source_wants_it(site: Any) -> None:
    def lead(message: str) -> Any:
        body = {"type": "ticket", "email": "a@b.de", "message": message}
        key = site.keys["musterfirma"]
        return site.send(body, plugin="lead", secret=key, headers={"Idempotency-Key": "k-1"})

    assert [lead("Hallo").status_code, lead("Hallo").status_code] == [200, 200]
    other = lead("Tschüss")
    assert (other.status_code, site.events()[0]["reason"]) == (409, "idempotency_conflict")
    assert len(site.records("tickets")) == 1


def test_a_refused_or_failed_request_does_not_claim_its_key(site: Any, sale: Sale) -> None:
    assert site.send(sale("t-1", grossAmount="no")).status_code == 400
    assert site.send(sale("t-1"), secret="wrong").status_code == 401

    assert site.send(sale("t-1")).get_json()["status"] == "processed"
