"""The clock held to what must not tell a secret by the time it takes: ``python -m tests.hostile.clocking``,
part of ``make fuzz``. Coarse, and no test: other programs on the machine disturb it."""

import re
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import hub
from hub.support import passwords

from . import schemes
from .written import inbound, read

ROUNDS = 400
MOST = 1.4
"""How many times as long one may take as the other. A comparison that stops early would differ by far less:
that none does is read off the code by test_comparing.py; this finds what does more work for one of them."""

PROOF = re.compile(r"[0-9A-Za-z+/]{28,}")
"""A signature or a secret in hex or base64."""

Try = Callable[[], object]


def main() -> int:
    """Compare each pair, and say whether all take alike."""
    pairs = {
        f"{name}: wrong at the start, wrong at the end": _spoilt(one) for name, one in schemes.OWN.items()
    }
    pairs["password: of somebody, of nobody"] = _passwords()
    slow = 0
    for name, (first, second) in pairs.items():
        ratio = compared(first, second, 20 if name.startswith("password") else ROUNDS)
        slow += not 1 / MOST < ratio < MOST
        print(f"{name:60} {ratio:.3f}")
    print(f"{slow} of {len(pairs)} pairs differ by more than {MOST}")
    return 1 if slow else 0


def compared(first: Try, second: Try, rounds: int) -> float:
    """The ratio of their medians, of turns taken one after the other."""
    took: tuple[list[int], list[int]] = ([], [])
    for _ in range(rounds):
        for one, kept in zip((first, second), took, strict=True):
            before = time.perf_counter_ns()
            one()
            kept.append(time.perf_counter_ns() - before)
    return statistics.median(took[0]) / statistics.median(took[1])


def _spoilt(scheme: hub.Scheme) -> tuple[Try, Try]:
    """A signature with another first letter, and one with another last."""
    outgoing = read(next(schemes.samples(scheme)))
    return _refused(scheme, _other(outgoing, 8)), _refused(scheme, _other(outgoing, -4))


def _other(outgoing: hub.Outgoing, at: int) -> hub.Outgoing:
    """The request with another letter in its proof, so many letters from its start or its end."""

    def other(found: re.Match[str]) -> str:
        letters = list(found[0])
        letters[at] = "b" if letters[at] != "b" else "c"
        return "".join(letters)

    headers = {name: PROOF.sub(other, text) for name, text in outgoing.headers.items()}
    query = {name: PROOF.sub(other, text) for name, text in outgoing.query.items()}
    return replace(
        outgoing, headers=headers, query=query, body=PROOF.sub(other, outgoing.body.decode()).encode()
    )


def _refused(scheme: hub.Scheme, outgoing: hub.Outgoing) -> Try:
    arrived, connection = inbound(outgoing), schemes.trusting()

    def attempt() -> None:
        try:
            scheme.verify(arrived, connection)
        except hub.AuthenticationError:
            return

    return attempt


def _passwords() -> tuple[Try, Try]:
    stored = passwords.hash_password("ein gutes Passwort")
    passwords.fits("warm", None)
    return lambda: passwords.fits("falsch", stored), lambda: passwords.fits("falsch", None)


if __name__ == "__main__":
    sys.exit(main())
