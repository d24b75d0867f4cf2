"""What ablefy says, and what it leaves open."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

import pytest
from hub_ablefy import plugin
from hub_ablefy.settings import Settings

import hub
from hub.registry.fixtures import fixtures_of

FORM = hub.Headers([("Content-Type", "application/x-www-form-urlencoded")])


@pytest.fixture(scope="module")
def parse():
    """The only fact of a sample with some fields changed; ``...`` takes a field away."""

    def run(name, settings=None, **changes):
        pairs = [
            pair for pair in parse_qsl(fixtures_of(plugin)[name].body.decode()) if pair[0] not in changes
        ]
        pairs += [(key, value) for key, value in changes.items() if value is not ...]
        inbound = hub.Inbound(
            received_at=datetime(2026, 7, 1, 12, tzinfo=UTC), body=urlencode(pairs).encode(), headers=FORM
        )
        tenant = hub.Tenant(slug="acme", number=1, name="Acme")
        kept = Settings.model_validate(settings or {})
        connection = hub.Connection(tenant=tenant, plugin="ablefy", name="default", settings=kept)
        (fact,) = plugin.parse(inbound, connection)
        return fact

    return run


@pytest.mark.parametrize("written", ["-40.0", "40.0", "-40"])
@pytest.mark.parametrize("name", ["refund.successful__full", "chargeback.successful__subscription"])
def test_the_event_and_not_the_sign_says_where_money_went(parse, name, written):
    assert parse(name, revenue=written).amount == hub.Money(4000, "EUR")


def test_what_is_left_after_the_fee_is_no_net_amount(parse):
    sale = parse("payment.successful__single")
    assert (sale.gross, sale.net, sale.tax) == tuple(hub.Money(n, "EUR") for n in (19900, 16723, 3177))
    assert (sale.extra["amount"], sale.extra["fee"]) == ("175.4", "23.6")
    assert parse("payment.successful__single", vat_amount=...).net is None


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({}, datetime(2026, 5, 21, 8, 3, tzinfo=UTC)),
        ({"success_date": ...}, datetime(2026, 5, 21, 8, 2, tzinfo=UTC)),
        ({"success_date": ..., "created_date": ...}, datetime(2026, 7, 1, 12, tzinfo=UTC)),
    ],
)
def test_times_are_to_the_minute_and_in_utc(parse, changes, at):
    assert parse("payment.successful__single", **changes).occurred_at == at


@pytest.mark.parametrize(
    ("changes", "keys"),
    [({}, ("71230045",)), ({"refunded_transfer_id": ...}, ("order:902417",))],
)
def test_a_refund_names_the_payment_or_else_the_order(parse, changes, keys):
    assert parse("refund.successful__full", **changes).refers_to == keys


def test_a_refund_of_nothing_is_refused(parse):
    with pytest.raises(hub.PayloadError, match="refunded_transfer_id"):
        parse("refund.successful__full", refunded_transfer_id=..., order_id=...)


@pytest.mark.parametrize(
    ("source", "code"), [("none", None), ("coupon_code", "P-001"), ("campaign_id", "fruehling")]
)
def test_the_partner_stands_where_the_tenant_says(parse, source, code):
    assert parse("payment.successful__single", {"partner_source": source}).partner_code == code


def test_a_subscription_is_recurring_and_its_number_is_not_guessed(parse):
    sale = parse("payment.successful__subscription")
    assert (sale.recurring, sale.recurring_number) == (True, None)
    assert not parse("payment.successful__single").recurring


def test_lists_of_a_form_are_kept_and_people_s_data_is_not(parse):
    sale = parse("payment.successful__subscription", neues_feld="7")
    assert [rate["state"] for rate in sale.extra["payments_schedule"]] == ["debt", "paid", "to_be_paid"]
    assert sale.extra["neues_feld"] == "7"
    assert not {"payer", "publisher", "team_members", "order_token", "success_link", "tickets"} & set(
        sale.extra
    )


def test_only_the_hub_s_own_test_event_is_a_test(parse):
    assert parse("payment.successful__test").test
    assert not parse("payment.successful__single").test
