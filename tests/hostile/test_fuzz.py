"""The targets of the fuzzer, for a moment and without it: samples with pieces of them replaced; and
everything that was ever found."""

import inspect
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hub.contract import proofs
from hub.contract import schemes as contract
from hub.registry.discovery import discover

from . import schemes
from .targets import targets
from .written import read

CORPUS = Path(__file__).parent / "corpus"
TARGETS = targets()
FOUND = sorted(path for path in CORPUS.glob("*/*") if path.is_file())
PIECES = st.binary(max_size=12) | st.sampled_from(
    [b'"', b"\\u0000", b"\xff", b"&", b"=", b"[]", b"9" * 30, b"\r\n", b"null", b"[", b"}", b"%", b"1e400"]
)


@st.composite
def spoilt(draw: st.DrawFn, name: str) -> bytes:
    """A sample, with up to three pieces of it replaced."""
    data = draw(st.sampled_from(TARGETS[name].seeds))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(PIECES) + data[at + draw(st.integers(0, 12)) :]
    return data


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_spoilt_is_refused_and_breaks_nothing(name: str) -> None:
    @settings(
        max_examples=30,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(data=spoilt(name))
    def holds(data: bytes) -> None:
        TARGETS[name].run(data)

    holds()


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_was_found_once_stays_mended(path: Path) -> None:
    TARGETS[path.parent.name].run(path.read_bytes())


def test_every_scheme_and_every_source_is_a_target() -> None:
    classes = {
        kind
        for module in (contract, proofs)
        for kind in vars(module).values()
        if inspect.isclass(kind) and hasattr(kind, "sign") and not getattr(kind, "_is_protocol", False)
    }
    sources = {f"source-{slug}" for slug, one in discover().installed.items() if one.manifest.is_source}

    assert classes - {type(scheme) for scheme in schemes.OWN.values()} == set()
    assert sources <= TARGETS.keys()


def test_a_scheme_that_takes_everything_would_be_noticed() -> None:
    class Trusting(contract.Hmac):
        def verify(self, *_: object) -> None:
            """Takes everything."""

    (first, *_) = schemes.samples(schemes.OWN["hmac"])
    spoilt_one = read(first.replace(b"sha256=", b"sha256=00"))
    assert schemes.is_forged(Trusting(header="X-Signature", prefix="sha256="), spoilt_one)
    assert not schemes.is_forged(schemes.OWN["hmac"], spoilt_one)
