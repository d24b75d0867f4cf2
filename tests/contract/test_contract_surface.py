"""The promise to plugin authors: its names, their documentation, the arguments of its hooks.

A change here is a change of the contract: it needs an ADR and a line in the changelog.
"""

import inspect
import types
from datetime import timedelta
from uuid import uuid4

import pluggy
import pytest

import hub
from hub.contract import (
    backfill,
    errors,
    hookspecs,
    lineage,
    locators,
    outcome,
    paying,
    periodic,
    schemes,
    signals,
)

HOOKS = {
    "locate": ("inbound",),
    "authenticate": ("inbound", "connection"),
    "translate": ("inbound", "connection"),
    "parse": ("inbound", "connection"),
    "persist": ("facts", "inbound", "connection", "records"),
    "respond": ("inbound", "outcome"),
    "notify": ("delivery", "connection", "host"),
    "can_pay": ("connection",),
    "checkout": ("request", "connection", "host"),
    "lookback": ("connection",),
    "list_since": ("query", "connection", "web"),
    "lineage": ("query", "unit"),
    "disclose": ("person", "unit"),
    "erase": ("person", "unit"),
}

STATUS = {
    "RequestError": 400,
    "AuthenticationError": 401,
    "ForbiddenError": 403,
    "PayloadError": 400,
    "ContentTypeError": 415,
    "TooLargeError": 413,
    "RateLimitError": 429,
    "NotConnectedError": 404,
    "ConflictError": 409,
}


def specs():
    """Name and function of every hook specification."""
    return {
        name: value
        for name, value in vars(hookspecs).items()
        if inspect.isfunction(value) and hasattr(value, f"{hookspecs.PROJECT}_spec")
    }


def is_documented(thing):
    doc = inspect.getdoc(thing) or ""
    return bool(doc.strip()) and not doc.startswith(f"{getattr(thing, '__name__', '')}(")


def test_hooks_and_their_arguments_are_these():
    assert {name: tuple(inspect.signature(spec).parameters) for name, spec in specs().items()} == HOOKS


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_is_documented_and_typed(name):
    spec = specs()[name]
    assert is_documented(spec)
    signature = inspect.signature(spec)
    assert all(
        parameter.annotation is not inspect.Parameter.empty for parameter in signature.parameters.values()
    )
    assert signature.return_annotation is not inspect.Signature.empty


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_takes_the_first_answer(name):
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    assert getattr(manager.hook, name).spec.opts["firstresult"]


def test_misspelt_hook_is_found():
    class Misspelt(hub.Plugin):
        @hub.hookimpl
        def pars(self, inbound):
            return []

    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(Misspelt())
    with pytest.raises(pluggy.PluginValidationError, match="pars"):
        manager.check_pending()


@pytest.mark.parametrize("name", hub.__all__)
def test_every_exported_name_is_there_and_documented(name):
    thing = getattr(hub, name)
    if not isinstance(thing, str | types.UnionType) and name != "SecretList":
        assert is_documented(thing) or isinstance(thing, pluggy.HookimplMarker)


def test_exported_names_are_sorted_and_named_once():
    assert hub.__all__ == sorted(set(hub.__all__))


MODULES = [backfill, errors, lineage, locators, outcome, paying, periodic, schemes, signals]


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.__name__)
def test_every_public_class_and_function_is_documented(module):
    own = [
        thing
        for name, thing in vars(module).items()
        if not name.startswith("_") and getattr(thing, "__module__", "") == module.__name__
    ]
    assert [thing for thing in own if hasattr(thing, "__name__") and not is_documented(thing)] == []


def test_every_signal_is_documented_and_found_by_its_name():
    declared = [value for value in vars(signals).values() if isinstance(value, signals.Signal)]
    assert sorted(declared, key=id) == sorted(signals.ALL, key=id)
    assert {signal.name: signal for signal in signals.ALL} == signals.BY_NAME
    for signal in signals.ALL:
        assert getattr(signals, signal.name) is signal
        assert signal.doc.endswith(".")
        assert signal.record


def test_receives_marks_and_returns_the_method():
    def receiver(self, announcement, unit):
        """Hears."""

    marked = hub.receives(signals.order_placed, signals.ticket_opened)(receiver)
    assert marked is receiver
    heard = (signals.order_placed, signals.ticket_opened)
    assert getattr(marked, signals.MARK) == signals.Received(heard, background=False)


def test_periodic_marks_and_returns_the_method():
    def method(self, tick, unit):
        """Does something."""

    marked = hub.periodic(every=timedelta(hours=1))(method)
    assert marked is method
    assert getattr(marked, periodic.MARK) == periodic.Periodic(every=timedelta(hours=1))


@pytest.mark.parametrize(("name", "status"), STATUS.items())
def test_errors_have_their_status_and_code(name, status):
    kind = getattr(errors, name)
    error = kind("Do this.")
    assert (error.status, error.message, str(error)) == (status, "Do this.", "Do this.")
    assert error.code == kind.code
    assert kind("Do this.", code="special").code == "special"
    assert kind.code != "special"
    assert isinstance(error, hub.RequestError)


def test_every_error_has_a_code_of_its_own():
    kinds = [getattr(errors, name) for name in STATUS]
    assert len({kind.code for kind in kinds}) == len(kinds)


def test_refused_credential_is_a_failed_authentication():
    assert issubclass(hub.ForbiddenError, hub.AuthenticationError)
    assert not issubclass(hub.ContractError, hub.RequestError)


def test_outcomes_are_the_six():
    assert [str(kind) for kind in hub.OutcomeKind] == [
        "processed",
        "skipped",
        "ignored",
        "parked",
        "rejected",
        "failed",
    ]


@pytest.mark.parametrize(
    ("status", "ok"), [(200, True), (202, True), (299, True), (300, False), (400, False), (500, False)]
)
def test_outcome_is_ok_below_300(status, ok):
    assert hub.Outcome(kind=hub.OutcomeKind.PROCESSED, status=status, event_id=uuid4()).ok is ok


HANDED = [hub.Inbound, hub.Connection, hub.Tenant, hub.Outcome, hub.Reply, hub.Address, hub.Delivery]


HEARD = [hub.Announcement, hub.Tick, hub.LineageQuery, hub.LineageRow]


@pytest.mark.parametrize("kind", [*HANDED, hub.Checkout, *HEARD])
def test_what_hooks_are_handed_is_frozen(kind):
    assert kind.__dataclass_params__.frozen


def test_settings_refuse_unknown_names_and_show_no_secret():
    with pytest.raises(ValueError, match="secret"):
        hub.SignedSettings.model_validate({"secret": "s3cret"})
    kept = hub.SignedSettings.model_validate({"secrets": ["s3cret", {"value": "0ld"}]})
    assert [secret.value.get_secret_value() for secret in kept.secrets] == ["s3cret", "0ld"]
    assert "s3cret" not in f"{kept!r} {kept} {kept.model_dump()}"
    assert hub.SignedSettings.model_validate({"secrets": "one"}) == hub.SignedSettings.model_validate(
        {"secrets": ["one"]}
    )


@pytest.mark.parametrize(
    "secrets", [5, [5], [{"value": "a", "more": 1}], [{"value": "a", "expires_at": "2026-06-01T12:00:00"}]]
)
def test_settings_refuse_what_is_no_secret_and_say_nothing_of_it(secrets):
    with pytest.raises(ValueError, match="secrets") as caught:
        hub.SignedSettings.model_validate({"secrets": secrets})
    assert "input_value" not in str(caught.value)
