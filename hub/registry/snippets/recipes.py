"""For each signature scheme what is signed and where the result goes, as data that every language writes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import singledispatch

from hub.contract.forms import MEDIA_TYPE as FORM
from hub.contract.forms import read_pairs
from hub.contract.proofs import Permitted
from hub.contract.schemes import (
    ApiKey,
    Basic,
    ByHeader,
    Encoding,
    Hmac,
    SharedToken,
    SortedParameters,
    StandardWebhooks,
    TimestampedHmac,
    UrlToken,
)

BODY, SECRET, SIGNATURE, TIMESTAMP, MESSAGE_ID, BASIC = (
    "{body}",
    "{secret}",
    "{signature}",
    "{timestamp}",
    "{message_id}",
    "{basic}",
)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a request is proved. ``message`` is what the MAC is made of; without one the secret itself is
    sent. Headers and parameters may hold ``{signature}``, ``{secret}`` and the like."""

    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    message: str | None = None
    digest: str = "sha256"
    encoding: Encoding = "hex"
    decodes_secret: bool = False
    """The secret is base64 after ``whsec_``."""
    basic: str = SECRET
    """User and password, of which ``{basic}`` is made."""
    parameter: str = ""
    """The form's field for a hash over all its fields, sorted; then there is no ``message``."""

    def needs(self, part: str) -> bool:
        """Whether the request holds this."""
        values = [self.message or "", *(value for _, value in (*self.headers, *self.query))]
        return any(part in value for value in values)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What a snippet is about. ``secret`` stands for the secret that is filled in by hand."""

    url: str
    body: str
    secret: str
    recipe: Recipe
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content_type(self) -> str:
        """The body's media type."""
        given = (value for name, value in self.headers.items() if name.lower() == "content-type")
        return next(given, "application/json")

    @property
    def is_form(self) -> bool:
        """Whether the body is a form, and so given field by field."""
        return self.content_type == FORM

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The fields of a form, decoded; without one for the signature, which the code adds."""
        pairs = [(name, value or "") for name, value in read_pairs(self.body.encode())]
        return [pair for pair in pairs if pair[0] != self.recipe.parameter]

    @property
    def all_headers(self) -> list[tuple[str, str]]:
        """Every header, those that every sample has first."""
        own = [(name, value) for name, value in self.headers.items() if name.lower() != "content-type"]
        return [("Content-Type", self.content_type), *own, *self.recipe.headers]


def recipe_of(scheme: object, headers: Iterable[str] = ()) -> Recipe | None:
    """How the requests with these headers are proved; ``None`` for a scheme that nobody has written down
    here. Where several ways count, it is the first."""
    if isinstance(scheme, Permitted):
        return recipe_of(scheme.first, headers)
    if isinstance(scheme, ByHeader):
        return recipe_of(scheme.of(dict.fromkeys(headers, "")), headers)
    return _recipe(scheme)


@singledispatch
def _recipe(_scheme: object) -> Recipe | None:
    return None


@_recipe.register
def _hmac(scheme: Hmac) -> Recipe:
    return Recipe(
        headers=((scheme.header, scheme.prefix + SIGNATURE),),
        message=BODY,
        digest=scheme.digest,
        encoding=scheme.encoding,
    )


@_recipe.register
def _timestamped(scheme: TimestampedHmac) -> Recipe:
    return Recipe(
        headers=((scheme.header, f"t={TIMESTAMP},{scheme.version}={SIGNATURE}"),),
        message=f"{TIMESTAMP}.{BODY}",
        digest=scheme.digest,
    )


@_recipe.register
def _standard(_scheme: StandardWebhooks) -> Recipe:
    return Recipe(
        headers=(
            ("webhook-id", MESSAGE_ID),
            ("webhook-timestamp", TIMESTAMP),
            ("webhook-signature", "v1," + SIGNATURE),
        ),
        message=f"{MESSAGE_ID}.{TIMESTAMP}.{BODY}",
        encoding="base64",
        decodes_secret=True,
    )


@_recipe.register
def _api_key(scheme: ApiKey) -> Recipe:
    return Recipe(headers=((scheme.header, SECRET),))


@_recipe.register
def _token(scheme: SharedToken) -> Recipe:
    return Recipe(headers=((scheme.header, scheme.prefix + SECRET),))


@_recipe.register
def _basic(scheme: Basic) -> Recipe:
    known = f"{scheme.user}:{SECRET}" if scheme.user else SECRET
    return Recipe(headers=(("Authorization", "Basic " + BASIC),), basic=known)


@_recipe.register
def _url_token(scheme: UrlToken) -> Recipe:
    return Recipe(query=((scheme.query, SECRET),))


@_recipe.register
def _sorted(scheme: SortedParameters) -> Recipe | None:
    if scheme.uppercase_names:
        return None
    return Recipe(parameter=scheme.parameter, digest=scheme.digest)


def filled(text: str, places: Mapping[str, str]) -> str:
    """The text with its places written as a language has them."""
    for place, written in places.items():
        text = text.replace(place, written)
    return text
