"""What ``hub plugin new`` makes: a source plugin as a package of its own, rendered from ``template/`` by
copier. See docs/adr/0021-the-scaffold.md."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

TEMPLATE = Path(__file__).parent / "template"

NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
LONGEST_NAME = 40
LONGEST_TITLE = 60


class ScaffoldError(Exception):
    """Why nothing was made, for the person who asked for it."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """A way for requests to prove their origin: the scheme as the manifest declares it, what the README
    says of it, and a secret of the shape that it needs. ``{header}`` is ``X-<Name>``."""

    scheme: str
    words: str
    sample: str = "a-secret-of-the-demonstration"


PROOFS: Mapping[str, Proof] = {
    "hmac": Proof(
        scheme='Hmac(header="{header}-Signature")',
        words="the hex HMAC-SHA256 of the body in `{header}-Signature`",
    ),
    "timestamped-hmac": Proof(
        scheme='TimestampedHmac(header="{header}-Signature")',
        words="`t=<unix time>,v1=<hex HMAC-SHA256 of time, dot and body>` in `{header}-Signature`",
    ),
    "standard-webhooks": Proof(
        scheme="StandardWebhooks()",
        sample="whsec_YS1zZWNyZXQtb2YtdGhlLWRlbW9uc3RyYXRpb24=",
        words="[Standard Webhooks](https://www.standardwebhooks.com); the secret starts with `whsec_`",
    ),
    "token": Proof(
        scheme='SharedToken(header="{header}-Token")',
        words="the secret itself in `{header}-Token`",
    ),
    "basic": Proof(
        scheme="Basic()",
        sample="demo:a-secret-of-the-demonstration",
        words="HTTP Basic; the secret reads `user:password`",
    ),
    "url-token": Proof(
        scheme="UrlToken()",
        words="the secret in the address, as `?token=<secret>`",
    ),
}
"""What ``--scheme`` offers; any other scheme is written into the manifest by hand."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A plugin to be made. ``name`` is its slug, ``titles`` are by language. Raises ScaffoldError with every
    fault found."""

    name: str
    titles: Mapping[str, str]
    proof: str = "hmac"

    def __post_init__(self) -> None:
        if faults := list(self._faults()):
            raise ScaffoldError("; ".join(faults))

    @property
    def package(self) -> str:
        """The module's name: ``hub_acme_shop``."""
        return f"hub_{self.name.replace('-', '_')}"

    @property
    def distribution(self) -> str:
        """The package's name for pip: ``hub-acme-shop``."""
        return f"hub-{self.name}"

    def answers(self) -> dict[str, str]:
        """What the templates are filled in with."""
        proof = PROOFS[self.proof]
        header = "X-" + self.name.title()
        return {
            "name": self.name,
            "package": self.package,
            "distribution": self.distribution,
            "module": self.name.replace("-", "_"),
            "class_name": self.name.title().replace("-", ""),
            "title_de": self.titles["de"],
            "title_en": self.titles["en"],
            "scheme": proof.scheme.format(header=header),
            "secret": proof.sample,
            "proof": proof.words.format(header=header),
            "timestamped": "yes" if self.proof in ("timestamped-hmac", "standard-webhooks") else "",
        }

    def _faults(self) -> Iterator[str]:
        if not NAME.fullmatch(self.name) or len(self.name) > LONGEST_NAME:
            yield (
                f"{self.name!r} is no name for a plugin: lower case letters, digits and single '-' between "
                f"them, a letter first, {LONGEST_NAME} at most, such as acme or acme-shop"
            )
        elif self.name.startswith("hub-"):
            short = self.name.removeprefix("hub-")
            yield f"leave out 'hub-': the package of {short!r} is called {self.name!r} by itself"
        for locale, title in self.titles.items():
            if not title.strip() or len(title) > LONGEST_TITLE or not title.isprintable():
                yield f"the title ({locale}) must be one line, 1 to {LONGEST_TITLE} characters"
            elif wrong := sorted(set(title) & set('"\\{}')):
                yield f"the title ({locale}) must not hold {' '.join(wrong)}"


def make(plan: Plan, into: Path) -> Path:
    """Write the package into a new folder, named as the plugin; gives that folder.

    Raises ScaffoldError if it is there already: nothing is ever overwritten.
    """
    folder = into / plan.name
    if folder.exists() or folder.is_symlink():
        raise ScaffoldError(f"{folder} is there already; nothing was changed")
    try:
        from copier import run_copy  # an extra, and slow to import
    except ImportError:
        raise ScaffoldError("this needs copier: pip install 'integration-hub[kit]'") from None
    try:
        run_copy(str(TEMPLATE), folder, data=plan.answers(), defaults=True, quiet=True)
    except OSError as error:
        raise ScaffoldError(f"cannot write {folder}: {error.strerror}") from None
    return folder
