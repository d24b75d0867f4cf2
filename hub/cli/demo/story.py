"""What happened in the weeks before the demonstration: invented people buy, ask and send back. The same
seed tells the same story; nothing here touches the hub."""

import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

Kind = Literal["order", "ticket", "sale", "refund", "other"]
How = Literal["plain", "twice", "tampered", "faulty"]

PEOPLE = 80
PARTNERS = 24
TAX = Decimal("1.19")
CENT = Decimal("0.01")
CAMPAIGN = "fotoschule"

OPENS, CLOSES = 7, 22
"""Hours of the day in which people send something."""

TUESDAY = 1
FAULTY_DAYS = range(3, 10)
"""On the Tuesday that was so many days ago an adapter had a fault, which was mended since."""

REFUND_AFTER = timedelta(days=4)

UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ö": "Oe"})


@dataclass(frozen=True)
class Happening:
    """Something that a sender tells the hub at that instant. ``values`` are what a plugin's ``past``
    names in braces."""

    at: datetime
    kind: Kind
    values: Mapping[str, Any]
    how: How = "plain"


@dataclass(frozen=True)
class Person:
    """Somebody who buys or asks."""

    first_name: str
    last_name: str
    email: str
    street: str
    town: str
    phone: str
    company: str | None

    @property
    def values(self) -> dict[str, Any]:
        """What of them can be told."""
        return {
            "first_name": self.first_name,
            "last_name": self.last_name,
            "name": f"{self.first_name} {self.last_name}",
            "email": self.email,
            "address": f"{self.street}, {self.town}",
            "phone": self.phone,
            "company": self.company,
        }


@dataclass(frozen=True)
class World:
    """Names, towns, products and sentences."""

    told: Mapping[str, Any] = field(
        default_factory=lambda: tomllib.loads(
            Path(__file__).with_name("world.toml").read_text(encoding="utf-8")
        )
    )

    def __getitem__(self, name: str) -> Sequence[Any]:
        """All of a kind."""
        found: Sequence[Any] = self.told[name]
        return found


class Story:
    """The past of one tenant: so many days up to ``end``. ``pace`` is how much happens, 1 for a busy
    office."""

    def __init__(self, seed: str, end: datetime, zone: ZoneInfo, *, days: int, pace: float = 1.0) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - the same story each time, nothing secret
        self._world = World()
        self._end, self._zone, self._days, self._pace = end, zone, days, pace
        self._people = [self._person(number) for number in range(max(5, int(PEOPLE * pace)))]
        self._number = 0

    def happenings(self) -> list[Happening]:
        """All of it, the first first."""
        told = [happening for ago in range(self._days, -1, -1) for happening in self._day(ago)]
        return sorted((one for one in told if one.at < self._end), key=lambda one: one.at)

    def _day(self, ago: int) -> Iterator[Happening]:
        date = self._end.astimezone(self._zone).date() - timedelta(days=ago)
        busy = self._pace * (0.5 if date.weekday() >= 5 else 1.0) * (1.3 - 0.6 * ago / self._days)
        begin = datetime.combine(date, time(), self._zone)
        faulty = ago in FAULTY_DAYS and date.weekday() == TUESDAY
        for _ in range(self._about(3.2 * busy)):
            yield self._order(self._moment(begin), faulty=faulty)
        for _ in range(self._about(1.2 * busy)):
            yield self._ticket(self._moment(begin))
        for _ in range(self._about(3.4 * busy)):
            yield from self._sale(self._moment(begin))
        if self._chance.random() < 0.25 * self._pace:
            yield Happening(self._moment(begin), "other", {"id": self._next("n"), **self._anyone().values})
        if ago == 3:
            yield Happening(self._moment(begin), "refund", {"id": "ext-0099", "sale": "ext-0099"})

    def _order(self, at: datetime, *, faulty: bool) -> Happening:
        person, goods = self._anyone(), self._chance.choice(self._world["goods"])
        pieces = self._chance.choice((1, 1, 1, 2, 3))
        values = {
            "id": self._next("bestellung"),
            "subject": goods["name"],
            "article": f"{pieces} × {goods['name']}",
            "total": pieces * Decimal(goods["price"]) + Decimal("4.90"),
            "delivery": self._chance.choice(("DHL Paket", "DPD", "Abholung")),
            **person.values,
        }
        if faulty:
            return Happening(at, "order", values, "faulty")
        return Happening(at, "order", values, "tampered" if self._chance.random() < 0.02 else "plain")

    def _ticket(self, at: datetime) -> Happening:
        person, asked = self._anyone(), self._chance.choice(self._world["questions"])
        values = {"id": self._next("anfrage"), **person.values, "subject": asked["subject"]}
        return Happening(at, "ticket", values | {"message": asked["message"].format(**person.values)})

    def _sale(self, at: datetime) -> Iterator[Happening]:
        course = self._chance.choice(self._world["courses"])
        gross = Decimal(course["price"])
        net = (gross / TAX).quantize(CENT)
        values = {
            "id": self._next("ext"),
            "product_id": course["id"],
            "product": course["name"],
            "gross": str(gross),
            "net": str(net),
            "tax": str(gross - net),
            "at": at.isoformat(),
            "partner": self._partner(),
            "campaign": CAMPAIGN,
            **self._anyone().values,
        }
        chance = self._chance.random()
        yield Happening(
            at, "sale", values, "twice" if chance > 0.93 else "tampered" if chance > 0.91 else "plain"
        )
        if chance < 0.07:
            later = at + REFUND_AFTER
            yield Happening(
                later, "refund", {"id": values["id"], "sale": values["id"], "at": later.isoformat()}
            )

    def _partner(self) -> str | None:
        """A few sell much, many little; some sales name nobody, or somebody whom nobody knows."""
        chance = self._chance.random()
        if chance < 0.06:
            return None
        if chance < 0.10:
            return "P-117"
        return f"P-{1 + int((PARTNERS - 1) * self._chance.random() ** 1.6):03d}"

    def _person(self, number: int) -> Person:
        first = self._chance.choice(self._world["first_names"])
        last = self._chance.choice(self._world["last_names"])
        company = self._chance.choice(self._world["companies"]) if number % 9 == 4 else None
        name = f"{first}.{last}".translate(UMLAUTS).lower() + (str(60 + number) if number % 4 == 0 else "")
        provider = self._chance.choice(("post", "mail", "web"))
        return Person(
            first_name=first,
            last_name=last,
            email=f"{name}@{provider}.example",
            street=f"{self._chance.choice(self._world['streets'])} {self._chance.randint(1, 98)}",
            town=self._chance.choice(self._world["towns"]),
            phone=f"0{self._chance.randint(201, 899)} {self._chance.randint(100_000, 9_999_999)}",
            company=company,
        )

    def _anyone(self) -> Person:
        """Somebody: the first ones come again and again."""
        return self._people[int(len(self._people) * self._chance.random() ** 1.7)]

    def _moment(self, begin: datetime) -> datetime:
        return begin + timedelta(hours=OPENS, seconds=self._chance.randrange((CLOSES - OPENS) * 3600))

    def _about(self, number: float) -> int:
        return round(self._chance.triangular(0, 2 * number, number))

    def _next(self, word: str) -> str:
        self._number += 1
        return f"{word}-{self._number:04d}"
