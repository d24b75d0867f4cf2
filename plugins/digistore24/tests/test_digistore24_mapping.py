"""What Digistore24 says, and what it leaves open."""

from datetime import UTC, datetime

import pytest
from hub_digistore24 import plugin
from hub_digistore24.manifest import manifest
from hub_digistore24.settings import Settings

import hub

EUR_49 = hub.Money(4900, "EUR")


@pytest.mark.parametrize(
    ("date", "time", "at"),
    [
        ("2026-08-18", "08:41:48", datetime(2026, 8, 18, 6, 41, 48, tzinfo=UTC)),
        ("2026-01-18", "00:10:00", datetime(2026, 1, 17, 23, 10, tzinfo=UTC)),
        ("2026-01-18", ..., datetime(2026, 1, 17, 23, tzinfo=UTC)),
        (..., ..., datetime(2026, 7, 1, 12, tzinfo=UTC)),
    ],
)
def test_times_are_of_the_account_s_zone(parse, date, time, at):
    assert parse("on_payment__single", transaction_date=date, transaction_time=time).occurred_at == at


def test_another_zone_may_be_set(parse):
    sale = parse("on_payment__single", {"timezone": "UTC"})
    assert sale.occurred_at == datetime(2026, 5, 21, 10, 2, 11, tzinfo=UTC)
    for wrong in ("Europa/Berlin", "", "../etc/passwd", "\0"):
        with pytest.raises(ValueError, match="timezone"):
            Settings.model_validate({"timezone": wrong})


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("name", ["on_refund__full", "on_chargeback__first"])
def test_the_event_and_not_the_sign_says_where_money_went(parse, name, sign):
    assert parse(name, transaction_amount=f"{sign}49.00").amount == EUR_49


@pytest.mark.parametrize(
    ("changes", "net"),
    [
        ({}, hub.Money(16723, "EUR")),
        ({"amount_netto": ...}, None),
        ({"currency": "USD"}, None),
        ({"amount_brutto": "398.00"}, None),
    ],
)
def test_net_is_told_only_where_it_is_of_this_transaction(parse, changes, net):
    assert parse("on_payment__single", **changes).net == net


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({}, ("5100231", "order:K7M2P9QX:0")),
        ({"parent_transaction_id": "5150009"}, ("order:K7M2P9QX:0",)),
        ({"parent_transaction_id": ""}, ("order:K7M2P9QX:0",)),
        ({"parent_transaction_id": "", "pay_sequence_no": ""}, ("order:K7M2P9QX",)),
        ({"order_id": ""}, ("5100231",)),
    ],
)
def test_a_refund_names_its_sale_as_exactly_as_it_can(parse, changes, keys):
    assert parse("on_refund__full", **changes).refers_to == keys


def test_a_refund_of_nothing_is_refused(parse):
    with pytest.raises(hub.PayloadError, match="order_id"):
        parse("on_refund__full", order_id="", parent_transaction_id="")


@pytest.mark.parametrize(
    ("billing", "number", "told"),
    [
        ("single_payment", "0", (False, None)),
        ("subscription", "1", (True, 1)),
        ("subscription", "12", (True, 12)),
        ("installment", "2", (False, None)),
    ],
)
def test_a_subscription_is_recurring_and_an_instalment_is_not(parse, billing, number, told):
    sale = parse("on_payment__single", billing_type=billing, pay_sequence_no=number)
    assert (sale.recurring, sale.recurring_number) == told


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("affiliate_name", "P-001"),
        ("affiliate_id", "333888"),
        ("campaignkey", "fruehling"),
        ("custom", None),
        ("none", None),
    ],
)
def test_the_partner_stands_where_the_tenant_says(parse, source, code):
    assert parse("on_payment__single", {"partner_source": source}).partner_code == code


@pytest.mark.parametrize("changes", [{"pay_method": "test"}, {"api_mode": "test"}])
def test_a_test_purchase_is_one(parse, changes):
    assert parse("on_payment__single", **changes).test
    assert not parse("on_payment__single").test


def test_no_field_is_lost_but_the_buyer_s_own(parse):
    sale = parse("on_payment__single", neues_feld="7", sha_sign="00")
    assert (sale.extra["neues_feld"], sale.extra["order_id"]) == ("7", "K7M2P9QX")
    assert not {"sha_sign", "buyer_email", "request_refund_url", *manifest.redact} & set(sale.extra)


def test_what_is_taken_is_answered_ok_and_nothing_else_is(received):
    taken = hub.Outcome(kind=hub.OutcomeKind.PARKED, status=202)
    assert plugin.respond(received(b"event=on_refund"), taken) == hub.Reply(status=200, body="OK")
    refused = hub.Outcome(kind=hub.OutcomeKind.REJECTED, status=401)
    assert plugin.respond(received(b"event=on_refund"), refused) is None
