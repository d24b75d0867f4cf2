"""The page of signature schemes and locators: what each can be told, how it is verified, what it looks like,
and what it refuses. The last two are really done, with each scheme's own ``sign`` and ``verify``."""

import dataclasses
import types
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import hub
from hub.contract import locators, proofs, schemes
from hub.contract.errors import RequestError
from hub.contract.inbound import Connection, Tenant
from hub.contract.schemes import hash_key
from hub.registry.snippets import BASIC, BODY, TIMESTAMP, Recipe, recipe_of
from tools.docs.describing import call_text, fields_table
from tools.docs.markdown import code, fenced, page, prose, table
from tools.docs.stage import NOW

KEY = "whsec_ZG9jdW1lbnRlZC1zZWNyZXQ="
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
HMAC = schemes.Hmac(header="X-Signature")

KEYS = "its SHA-256 with those of the tenant's active API keys"

EXAMPLES: dict[str, tuple[Any, str, bytes]] = {
    "Hmac": (schemes.Hmac(header="X-Signature", prefix="sha256="), JSON, b'{"id":1}'),
    "TimestampedHmac": (schemes.TimestampedHmac(header="X-Signature"), JSON, b'{"id":1}'),
    "StandardWebhooks": (schemes.StandardWebhooks(), JSON, b'{"id":1}'),
    "ApiKey": (schemes.ApiKey(header="X-API-KEY"), JSON, b'{"id":1}'),
    "SharedToken": (schemes.SharedToken(header="X-Token"), JSON, b'{"id":1}'),
    "Basic": (schemes.Basic(), JSON, b'{"id":1}'),
    "UrlToken": (schemes.UrlToken(), JSON, b'{"id":1}'),
    "SortedParameters": (schemes.SortedParameters(parameter="sign"), FORM, b"id=1&name=Max"),
    "ByHeader": (schemes.ByHeader(header="X-Signature", present=HMAC, absent=HMAC), JSON, b'{"id":1}'),
    "Permitted": (proofs.Permitted(first=HMAC, further={}), JSON, b'{"id":1}'),
    "FormKey": (proofs.FormKey(parameter="key"), FORM, b"id=1"),
}
"""For each scheme one that is set up, with a body to sign."""


def schemes_page() -> str:
    parts = ["# Signature schemes and locators", prose(schemes.__doc__)]
    parts.append(f"The samples are signed with the secret `{KEY}` at {NOW:%Y-%m-%d %H:%M} UTC.")
    for module in (schemes, proofs):
        for cls in classes_of(module, "verify"):
            parts += _scheme(cls)
    parts += ["## Locators", prose(locators.__doc__)]
    rows = [(code(cls.__name__), cls.__doc__ or "") for cls in classes_of(locators, "__call__")]
    parts.append(table(("hub.locators", "finds"), rows))
    return page(*parts)


def classes_of(module: types.ModuleType, method: str) -> list[Any]:
    """The dataclasses of a module that have this method."""
    members = vars(module).values()
    own = [item for item in members if isinstance(item, type) and item.__module__ == module.__name__]
    return [cls for cls in own if dataclasses.is_dataclass(cls) and hasattr(cls, method)]


def _scheme(cls: Any) -> Iterator[str]:
    scheme, content_type, body = EXAMPLES[cls.__name__]
    yield f"## hub.{cls.__module__.rpartition('.')[2]}.{cls.__name__}"
    yield prose(cls.__doc__)
    yield fields_table(cls)
    if steps := _steps(recipe_of(scheme, [scheme.header] if cls is schemes.ByHeader else ()), scheme):
        yield "How a request is verified:"
        yield "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))
    yield f"A request that `{call_text(scheme)}` signed:"
    outgoing = scheme.sign(hub.Outgoing(body=body, headers={"Content-Type": content_type}), KEY, NOW)
    query = "".join(f"?{name}={value}" for name, value in outgoing.query.items())
    lines = [f"POST /…{query} HTTP/1.1", *(f"{name}: {value}" for name, value in outgoing.headers.items())]
    yield fenced("\n".join([*lines, "", outgoing.body.decode()]), "http")
    yield table(("this request", "is refused with"), _refusals(scheme, outgoing))


def _steps(recipe: Recipe | None, scheme: Any) -> list[str]:
    """How the request is verified, told from how it is made."""
    if recipe is None:
        return _key_steps(scheme)
    places = [f"the header `{name}`: `{value}`" for name, value in recipe.headers]
    places += [f"the parameter `{name}` of the address: `{value}`" for name, value in recipe.query]
    steps = [f"Take {' and '.join(places)}."] if places else []
    if recipe.needs(TIMESTAMP):
        seconds = int(scheme.tolerance.total_seconds())
        steps.append(f"Refuse a `{TIMESTAMP}` more than {seconds} s before or after the moment of receipt.")
    signs = bool(recipe.parameter or recipe.message)
    if recipe.needs(BASIC):
        steps.append(f"Decode `{BASIC}` from base64; it reads `{recipe.basic}`.")
    steps += _hashing(recipe) if signs else []
    compared = "it with the one that was sent" if signs else "what was sent with each active secret"
    if hasattr(scheme, "presented"):
        compared = KEYS
    return [*steps, f"Compare {compared}, in constant time."]


def _key_steps(scheme: Any) -> list[str]:
    """How a key in a form is verified, for which there is no code to write."""
    fields = getattr(scheme, "credential_fields", ())
    return [f"Take the field `{name}` of the form." for name in fields] + [
        f"Compare {KEYS}, in constant time."
    ]


def _hashing(recipe: Recipe) -> Iterator[str]:
    """How the signature is made."""
    digest = recipe.digest.upper()
    if recipe.parameter:
        yield f"Take the field `{recipe.parameter}` out of the form: the signature, in hexadecimal."
        yield "Sort the other fields by name, leave out empty ones, and write `name=value{secret}` for each."
        yield f"Compute the {digest} of that text, with each active secret."
        return
    key = "the secret, decoded from base64 after `whsec_`," if recipe.decodes_secret else "each active secret"
    yield (
        f"Compute the HMAC-{digest} of `{recipe.message}`, where `{BODY}` is the raw bytes, with {key} as "
        f"the key, in {recipe.encoding}."
    )


def _refusals(scheme: Any, signed: hub.Outgoing) -> Iterator[tuple[str, str]]:
    """What is wrong with a request, and the code and status of the refusal."""
    unsigned = hub.Outgoing(body=b"id=1", headers={"Content-Type": signed.headers["Content-Type"]})
    wrong = scheme.sign(unsigned, KEY[:-2] + "A=", NOW)
    yield "not signed", _refusal(scheme, unsigned)
    yield "signed with another secret", _refusal(scheme, wrong)
    if "signature" in str(getattr(scheme, "proof", "signature")) and not _shows_secret(scheme):
        yield (
            "changed after it was signed",
            _refusal(scheme, dataclasses.replace(signed, body=b"x" + signed.body)),
        )
    if scheme.timestamped:
        for words, hours in (("signed an hour ago", 1), ("signed for an hour from now", -1)):
            late = scheme.sign(unsigned, KEY, NOW - timedelta(hours=hours))
            yield words, _refusal(scheme, late)
    yield "for a connection without a secret", _refusal(scheme, signed, secret="")


def _shows_secret(scheme: Any) -> bool:
    names = ("credential_headers", "credential_query", "credential_fields")
    return any(getattr(scheme, name, ()) for name in names)


def _refusal(scheme: Any, outgoing: hub.Outgoing, secret: str = KEY) -> str:
    inbound = hub.Inbound(
        received_at=NOW,
        body=outgoing.body,
        headers=hub.Headers(outgoing.headers.items()),
        query=outgoing.query,
    )
    tenant = Tenant(slug="musterfirma", number=1, name="Musterfirma")
    settings = hub.SignedSettings.model_validate({"secrets": secret})
    keys = (hash_key(secret),) if secret else ()
    connection = Connection(tenant=tenant, plugin="docs", name="default", settings=settings, credentials=keys)
    try:
        scheme.verify(inbound, connection)
    except RequestError as error:
        return f"{error.status} `{error.code}`"
    return "not refused"
