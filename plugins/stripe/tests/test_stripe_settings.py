"""Three keys make online payment possible; wrong ones are named before they cause trouble."""

import pytest
from hub_stripe.settings import Settings, offers_online_payment
from pydantic import ValidationError

KEYS = {"publishable_key": "pk_live_1", "secret_key": "sk_live_1", "secrets": "whsec_1"}


def test_all_three_keys_offer_online_payment():
    assert offers_online_payment(Settings(**KEYS))


@pytest.mark.parametrize("missing", sorted(KEYS))
def test_a_missing_key_offers_none(missing):
    keys = {name: value for name, value in KEYS.items() if name != missing}
    assert not offers_online_payment(Settings(**keys))


def test_blank_keys_do_not_count():
    assert not offers_online_payment(Settings(**{**KEYS, "secret_key": " "}))
    assert not offers_online_payment(Settings(**{**KEYS, "secrets": " "}))


def test_secret_key_in_the_public_field_is_refused_and_not_repeated():
    with pytest.raises(ValidationError) as caught:
        Settings(publishable_key="sk_live_hush")
    assert "sk_live_hush" not in str(caught.value)


def test_secrets_are_not_shown():
    assert "live_1" not in repr(Settings(**KEYS)).replace("pk_live_1", "")
    assert "whsec_1" not in repr(Settings(**KEYS))
