"""What senders send: sales, refunds and enquiries, decided by a seed alone, and the senders, who keep
their connections and try again as real ones do.
"""

import hashlib
import hmac
import http.client
import json
import queue
import random
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["sale", "refund", "order", "ticket"]

GROSS = "119.00"
PARTNER = "P-001"
ACCEPTED = range(200, 300)

LONGEST_PAUSE = 1.0
"""Seconds. A real sender would wait as long as ``Retry-After`` says, and longer each time."""

ANSWER_SECONDS = 20.0


@dataclass(frozen=True)
class Door:
    """Where one sends to, and with what proof."""

    port: int
    tenant: str
    secret: str
    api_key: str


@dataclass(frozen=True)
class Message:
    """One thing that a sender has to say, in the words of its own ``name`` for it. ``sale`` is the name
    of the sale that a refund is about."""

    kind: Kind
    name: str
    sale: str | None = None

    @property
    def key(self) -> str:
        """The idempotency key by which the hub knows it."""
        match self.kind:
            case "sale":
                return f"transaction.created:{self.name}"
            case "refund":
                return f"transaction.refunded:{self.sale}"
            case _:
                return self.name

    @property
    def email(self) -> str:
        """The customer's."""
        return f"{self.name}@example.com"

    def request(self, door: Door) -> tuple[str, bytes, dict[str, str]]:
        """Path, body and headers."""
        if self.kind in ("order", "ticket"):
            said = {"type": self.kind, "email": self.email, "message": "Guten Tag", "total": 49.9}
            headers = {"X-API-KEY": door.api_key, "Idempotency-Key": self.key}
            return "/api/v1/lead", json.dumps(said).encode(), headers
        body = json.dumps(self._sale() if self.kind == "sale" else self._refund()).encode()
        mac = hmac.new(door.secret.encode(), body, hashlib.sha256).hexdigest()
        return f"/api/webhooks/{door.tenant}/custom", body, {"X-Webhook-Signature": f"sha256={mac}"}

    def _sale(self) -> Mapping[str, object]:
        return {
            "event": "transaction.created",
            "externalId": self.name,
            "partnerId": PARTNER,
            "grossAmount": GROSS,
            "netAmount": "100.00",
            "taxAmount": "19.00",
            "currency": "EUR",
            "customer": {"email": self.email},
        }

    def _refund(self) -> Mapping[str, object]:
        return {"event": "transaction.refunded", "externalId": self.sale}


@dataclass(frozen=True)
class Story:
    """Messages that one sender sends one after the other, each until it is accepted, or ``patience``
    times at most."""

    messages: tuple[Message, ...]
    patience: int | None = None


def plan(seed: str, batch: str, count: int) -> list[Story]:
    """So many stories, most of them for several senders at the same time. Seed and name of the batch
    decide everything; each batch has refunds that come before their sales."""
    dice = random.Random(f"{seed}/{batch}")
    kinds = ["early", "early", *dice.choices(["sale", "late", "early", "order", "ticket"], k=count - 2)]
    told: list[Story] = []
    for number, kind in enumerate(kinds):
        name = f"{batch}-{number}"
        patience = 1 if dice.random() < 0.1 else None
        told += [Story(_messages(kind, name), patience)] * dice.choice([1, 1, 2, 3])
    together = dice.randrange(len(told))
    return told[together:] + told[:together]


def _messages(kind: str, name: str) -> tuple[Message, ...]:
    sale, refund = Message("sale", name), Message("refund", f"{name}-refund", sale=name)
    match kind:
        case "early":
            return refund, sale
        case "late":
            return sale, refund
        case "order":
            return (Message("order", name),)
        case "ticket":
            return (Message("ticket", name),)
        case _:
            return (sale,)


@dataclass(frozen=True)
class Answer:
    """What a sender was told. No ``status``: the connection ended first."""

    message: Message
    status: int | None
    outcome: str = ""
    event_id: str = ""
    retry_after: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether the hub took it."""
        return self.status in ACCEPTED


@dataclass
class Senders:
    """Some senders, each with a connection and a thread of its own. ``sent`` and ``answers`` are what was
    ever said, in no particular order."""

    door: Door
    number: int
    sent: list[Message] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    """Set: nobody tries again any more."""

    def begin(self, stories: Sequence[Story]) -> "UnderWay":
        """Let them send these."""
        self.sent += dict.fromkeys(message for story in stories for message in story.messages)
        left: queue.SimpleQueue[Story] = queue.SimpleQueue()
        for story in stories:
            left.put(story)
        threads = [
            threading.Thread(target=self._work, args=(left,), name=f"sender-{number}", daemon=True)
            for number in range(self.number)
        ]
        for thread in threads:
            thread.start()
        return UnderWay(threads)

    def join(self, others: "Senders") -> None:
        """Take their words as one's own, for the books."""
        self.sent += others.sent
        self.answers += others.answers

    def _work(self, stories: "queue.SimpleQueue[Story]") -> None:
        line = Line(self.door)
        try:
            while not self.over.is_set():
                story = stories.get_nowait()
                for message in story.messages:
                    self._send(line, message, story.patience)
        except queue.Empty:
            pass
        finally:
            line.close()

    def _send(self, line: "Line", message: Message, patience: int | None) -> None:
        tries = 0
        while not self.over.is_set():
            answer = line.ask(message)
            self.answers.append(answer)
            tries += 1
            if answer.accepted or tries == patience:
                return
            time.sleep(min(LONGEST_PAUSE, 0.02 * 2**tries))


@dataclass(frozen=True)
class UnderWay:
    """Stories that are being sent."""

    threads: Sequence[threading.Thread]

    @property
    def done(self) -> bool:
        """Whether all of them are."""
        return not any(thread.is_alive() for thread in self.threads)


class Line:
    """A connection that is kept as long as it lasts."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=ANSWER_SECONDS)

    def ask(self, message: Message) -> Answer:
        """Send it once."""
        path, body, headers = message.request(self._door)
        try:
            self._connection.request("POST", path, body, {"Content-Type": "application/json", **headers})
            response = self._connection.getresponse()
            said = response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return Answer(message, None)
        return Answer(
            message,
            response.status,
            outcome=json.loads(said).get("status", ""),
            event_id=response.headers.get("X-Event-Id", ""),
            retry_after=response.headers.get("Retry-After"),
        )

    def close(self) -> None:
        """Hang up."""
        self._connection.close()
