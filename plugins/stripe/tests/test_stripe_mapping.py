"""What the fixtures do not show: choices of settings, odd members, and one sale told twice."""

import pytest

import hub

COMPLETED = "checkout.session.completed"


def changed(event, **members):
    event["data"]["object"].update(members)
    return event


def sales(facts):
    return [fact for fact in facts if isinstance(fact, hub.TransactionCreated)]


def test_test_events_are_ignored_if_the_tenant_says_so(parse, sample):
    event = sample(f"{COMPLETED}__test-mode")
    assert sales(parse(event))[0].test
    assert parse(event, accept_test_events=False) == []


@pytest.mark.parametrize("one_off", [True, False])
def test_checkout_that_makes_an_invoice_is_one_sale(one_off, parse, sample):
    told = [
        *parse(sample(f"{COMPLETED}__makes-invoice"), count_one_off_invoices=one_off),
        *parse(sample("invoice.paid__one-off"), count_one_off_invoices=one_off),
    ]
    (sale,) = sales(told)
    assert sale.partner_code == "P-003"
    known = {sale.external_id, *sale.references}
    for fact in told:
        if isinstance(fact, hub.TransactionReferenced):
            known.update(fact.references)
    assert {"cs_demo_ppi", "pi_demo_ppi", "in_demo_ppi"} <= known


def test_checkout_that_makes_an_invoice_pays_the_own_invoice_at_once(parse, sample):
    event = changed(sample(f"{COMPLETED}__makes-invoice"), metadata={"invoice": "R-2026-0009"})
    (payment,) = parse(event)
    assert isinstance(payment, hub.PaymentSucceeded)
    assert payment.invoice == "R-2026-0009"


def test_subscription_checkout_and_its_invoice_are_one_sale(parse, sample):
    told = [*parse(sample(f"{COMPLETED}__subscription")), *parse(sample("invoice.paid__first"))]
    assert [sale.external_id for sale in sales(told)] == ["in_demo_first"]


def test_refund_of_a_basil_invoice_finds_it_through_its_payment(parse, sample):
    (tied,) = parse(sample("invoice_payment.paid__renewal"))
    (refund,) = parse(sample("refund.created__renewal"))
    (sale,) = parse(sample("invoice.paid__renewal"))
    assert tied.refers_to == (sale.external_id,)
    assert refund.refers_to[0] in tied.references


def test_payments_within_the_invoice_are_references(parse, sample):
    paid = {"data": [{"payment": {"payment_intent": "pi_a"}}, {"payment": {"charge": "ch_b"}}]}
    (sale,) = parse(changed(sample("invoice.paid__renewal"), payments=paid))
    assert sale.references == ("pi_a", "ch_b")


def test_expanded_objects_are_read_by_their_id(parse, sample):
    event = changed(sample("refund.created__partial"), payment_intent={"id": "pi_x"}, charge={"id": "ch_x"})
    assert parse(event)[0].refers_to == ("pi_x", "ch_x")


def test_odd_email_and_long_texts_do_not_refuse_a_sale(parse, sample):
    details = {"email": "no address", "name": "N" * 3000}
    event = changed(
        sample(f"{COMPLETED}__card"),
        customer_details=details,
        client_reference_id="P" * 400,
        metadata={"product_name": "X" * 500},
    )
    (sale,) = parse(event)
    assert sale.customer.email == "no address"
    assert (len(sale.customer.name), len(sale.partner_code), len(sale.product_name)) == (255, 255, 500)


def test_sale_without_a_customer_has_none(parse, sample):
    event = changed(sample(f"{COMPLETED}__card"), customer_details=None, customer=None)
    assert parse(event)[0].customer is None


@pytest.mark.parametrize(
    ("tax", "automatic", "expected"),
    [(1900, False, "19.00 EUR"), (0, True, "0.00 EUR"), (0, False, "None"), (None, True, "None")],
)
def test_tax_is_said_only_where_stripe_computed_it(tax, automatic, expected, parse, sample):
    event = changed(
        sample(f"{COMPLETED}__card"), total_details={"amount_tax": tax}, automatic_tax={"enabled": automatic}
    )
    (sale,) = parse(event)
    assert str(sale.tax) == expected
    assert (sale.net is None) == (sale.tax is None)


def test_tax_above_the_total_is_refused(parse, sample):
    event = changed(sample(f"{COMPLETED}__card"), total_details={"amount_tax": 11901})
    with pytest.raises(hub.PayloadError):
        parse(event)


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"total_taxes": None, "total_tax_amounts": [{"amount": 300}, {"amount": 163}]}, "4.63 EUR"),
        ({"total_taxes": None, "tax": 463}, "4.63 EUR"),
        ({"total_taxes": []}, "None"),
        ({"total_taxes": [], "automatic_tax": {"enabled": True}}, "0.00 EUR"),
    ],
)
def test_invoice_tax_is_found_in_every_version(members, expected, parse, sample):
    (sale,) = parse(changed(sample("invoice.paid__renewal"), **members))
    assert str(sale.tax) == expected


def test_sessions_from_before_2020_give_nothing(parse, sample):
    event = sample(f"{COMPLETED}__card")
    for name in ("mode", "amount_total", "payment_status", "total_details"):
        del event["data"]["object"][name]
    assert parse(event) == []


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("succeeded", "succeeded"),
        ("pending", "pending"),
        ("requires_action", "pending"),
        ("failed", "failed"),
        ("canceled", "failed"),
        (None, "succeeded"),
    ],
)
def test_refund_status(status, expected, parse, sample):
    assert parse(changed(sample("refund.created__partial"), status=status))[0].status == expected


def test_refund_that_names_no_payment_is_ignored(parse, sample):
    assert parse(changed(sample("refund.created__partial"), payment_intent=None, charge=None)) == []


@pytest.mark.parametrize("kind", ["refund.created__partial", "charge.dispute.closed__won"])
def test_unknown_status_is_refused_not_guessed(kind, parse, sample):
    with pytest.raises(hub.PayloadError) as caught:
        parse(changed(sample(kind), status="something_new"))
    assert caught.value.path == "data.object.status"


def test_dispute_that_is_lost_when_the_money_goes_stays_lost(parse, sample):
    event = changed(sample("charge.dispute.funds_withdrawn__card"), status="lost")
    assert parse(event)[0].status == "lost"


def test_dispute_without_an_id_is_named_after_its_charge(parse, sample):
    event = sample("charge.dispute.closed__won")
    del event["data"]["object"]["id"]
    assert parse(event)[0].external_id == "dispute:ch_demo_1"


def test_charge_without_refunds_is_ignored(parse, sample):
    assert parse(changed(sample("charge.refunded__cumulative"), amount_refunded=0)) == []


def test_thin_event_is_explained(parse):
    thin = {
        "id": "evt_1",
        "object": "v2.core.event",
        "type": "invoice.paid",
        "related_object": {"id": "in_1"},
    }
    with pytest.raises(hub.PayloadError, match="snapshot") as caught:
        parse(thin)
    assert caught.value.code == "thin_event"


def test_event_that_is_not_declared_gives_nothing(parse, sample):
    assert parse({**sample("refund.created__partial"), "type": "treasury.something_new"}) == []
