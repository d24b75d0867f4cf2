"""API keys read ``crm_<tenant number>_<random>``: the middle says whose key it claims to be."""

import re

import hub

MAX_LENGTH = 200
"""No key is longer; what is longer was never one of ours."""

# Nine digits fit any integer column, so that a made-up number cannot upset the look-up.
_KEY = re.compile(r"crm_([1-9][0-9]{0,8})_[A-Za-z0-9_-]+")


def tenant_number(key: str | None) -> int:
    """The number of the tenant that the key names.

    Raises AuthenticationError without a key (401), ForbiddenError for what cannot be one (403).
    """
    if key is None:
        raise hub.AuthenticationError(
            "Send the API key in the header X-API-KEY, or as ?key=… at the end of the address.",
            code="missing_key",
        )
    shape = _KEY.fullmatch(key) if len(key) <= MAX_LENGTH else None
    if shape is None:
        raise hub.ForbiddenError(
            "This is not an API key: keys read crm_<number>_<random>. Copy it whole.", code="malformed_key"
        )
    return int(shape[1])
