"""The hooks that a plugin may implement. Each says when it is called, with what, and what a
return value or an exception means. For one request only the plugin that is addressed is called,
and the wrapper plugins that are on for its tenant.

In each hook a ``RequestError`` refuses the request with its status and message. Any other
exception is the plugin's own fault: everything is undone, the event is kept as *failed* with the
traceback, and the sender is answered 500 so that it tries again.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import pluggy

from hub.contract.backfill import BackfillPage, BackfillQuery, Lookback, Web
from hub.contract.deliveries import Delivery, Host, Sent
from hub.contract.facts import Fact
from hub.contract.inbound import Address, Connection, Inbound
from hub.contract.lineage import LineageQuery, LineageRow
from hub.contract.manifest import Manifest
from hub.contract.outcome import Outcome, Persisted, Reply
from hub.contract.paying import Checkout, CheckoutOver, Readiness, Redirect
from hub.contract.privacy import DataSubject, Erased

PROJECT = "hub"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a method as the implementation of a hook."""


class Plugin:
    """Base of a plugin; an instance of it is what the entry point in ``hub.plugins`` names."""

    manifest: Manifest


class Records(Protocol):
    """What ``persist`` may do: turn one fact into records, within the event's transaction."""

    def apply(self, fact: Fact) -> Sequence[Persisted]:
        """Make or change the records that the fact speaks of; a known fact changes nothing.

        Raises EarlyError, which parks the event, when the fact speaks of a sale that is not there yet.
        """


class EarlyError(Exception):
    """The fact is right but its counterpart is missing; ``references`` name the counterpart."""

    def __init__(self, references: tuple[str, ...]) -> None:
        super().__init__(f"waits for {', '.join(references)}")
        self.references = references


class UnwantedError(Exception):
    """The request is authentic and right, and nobody wants it, such as spam: it is answered like one that was
    taken, makes nothing, and is kept as *ignored*. ``code`` is a stable reason."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


@hookspec(firstresult=True)
def locate(inbound: Inbound) -> Address | None:
    """Say whom an unauthenticated request claims to be for.

    Called first, and only for routes without ``<tenant>``, on the plugin whose route it is.
    The answer merely chooses whose secret is used; the signature proves it. ``None`` or an
    address that nobody has: 404, as for an unknown tenant.
    """


@hookspec(firstresult=True)
def authenticate(inbound: Inbound, connection: Connection) -> bool | str | None:
    """Decide whether the request is authentic.

    Called before anything of the body is believed. ``True`` accepts, and so does a text that says by
    what (``signature``, ``basic``, ``url_token`` …), which the event log shows; ``AuthenticationError``
    refuses, ``None`` leaves it to the next; the last is the hub, which runs the manifest's scheme
    and refuses where there is none.
    """


@hookspec(firstresult=True)
def translate(inbound: Inbound, connection: Connection) -> Inbound | None:
    """Give an authentic request the shape that the manifest speaks of.

    Called before its type, its key and its facts are read, which then see the answer; the event log
    keeps the request as it came. For senders that cannot be told what to send: see
    ``hub.translating``. Pure, like ``parse``. ``None``: it has that shape already. ``PayloadError``
    refuses it with 400.
    """


@hookspec(firstresult=True)
def parse(inbound: Inbound, connection: Connection) -> Sequence[Fact] | None:
    """Turn an authentic request of a declared event type into facts.

    Pure: no clock, no socket, no database, no float. An empty answer means that the event says
    nothing of interest: it is *ignored*. ``PayloadError`` refuses it with 400.
    """


@hookspec(firstresult=True)
def persist(
    facts: Sequence[Fact], inbound: Inbound, connection: Connection, records: Records
) -> Sequence[Persisted] | None:
    """Turn facts into records, all in the one transaction that also holds the event.

    Called after ``parse`` with at least one fact. The hub's own implementation, the last, applies
    one fact after the other. ``EarlyError`` undoes them all and parks the event.
    """


@hookspec(firstresult=True)
def respond(inbound: Inbound, outcome: Outcome) -> Reply | None:
    """Shape the answer for a sender that wants a special one.

    Called after the commit, on the addressed plugin, for every outcome including refusals; it
    must not raise. Of an authentic request ``outcome.connection`` tells the settings. ``None`` gives
    the hub's own answer.
    """


@hookspec(firstresult=True)
def notify(delivery: Delivery, connection: Connection, host: Host) -> Sent | None:
    """Send one delivery of a channel that the plugin's manifest declares.

    Called by the delivery worker, outside any request and any transaction, on that plugin alone,
    with the tenant's connection of that plugin: a delivery of a tenant for whom it is off waits.
    From ``host`` an effect plugin reads what was not to be kept with the delivery: secrets, and the
    settings of the installation. ``DeliveryError`` says why it did not arrive, when to try again, or
    that it is useless; any other exception is tried again later too. Time-outs are the channel's
    business: a worker's lease lasts a minute.
    """


@hookspec(firstresult=True)
def can_pay(connection: Connection) -> Readiness | None:
    """Say whether customers can pay the tenant's invoices online through this connection.

    Called on each plugin that is on for the tenant whenever an invoice is shown, so it only looks at the
    settings. ``None`` or no implementation: the plugin is no payment provider.
    """


@hookspec(firstresult=True)
def checkout(request: Checkout, connection: Connection, host: Host) -> Redirect | CheckoutOver | None:
    """Make the page on which a customer pays an invoice, or find the one made before.

    Called when the customer asks to pay, outside any transaction, on a connection that is ready. The
    invoice becomes paid by the facts that the provider's events become later, not by this.
    ``CheckoutError`` says in the log why there is no page; any other exception is taken for one.
    """


@hookspec(firstresult=True)
def lookback(connection: Connection) -> Lookback | None:
    """Say whether the provider can be asked what happened through this connection, and how far back.

    Called whenever the connection is shown and before it is asked, so it only looks at the settings.
    ``None`` or no implementation: it cannot be asked.
    """


@hookspec(firstresult=True)
def list_since(query: BackfillQuery, connection: Connection, web: Web) -> BackfillPage | None:
    """Ask the provider for a page of what happened.

    Called outside any transaction on a connection whose ``lookback`` is ready, by a member, an operator
    or a worker. ``web`` is the way there. What is given back goes through ``parse`` like anything that was
    sent; what is known already is left out by the hub. The order of pages does not matter, but none may be
    skipped while things change. ``BackfillError`` says why there is no page, and when to ask again.
    """


@hookspec(firstresult=True)
def lineage(query: LineageQuery, unit: Any) -> Sequence[LineageRow] | None:
    """Say what rows of the plugin's own tables come from, and which of them come from a record.

    Called on one installed plugin after the other when somebody traces an id (``hub trace``), also
    where it is off for the tenant: what it once made is still there. The ids may be anybody's; an
    empty answer or ``None`` says that none is the plugin's. ``unit`` is a unit of work of
    ``hub.records``, to read only: with one query for each table, by an index. If it raises, its rows
    are missing from the trace, which says so.
    """


@hookspec(firstresult=True)
def disclose(person: DataSubject, unit: Any) -> Mapping[str, Any] | None:
    """Say what the plugin's own tables hold of a person, for the copy that they have a right to.

    Called on one installed plugin after the other, also where it is off for the tenant. ``unit`` is a unit
    of work of ``hub.records``, to read only. Lists of rows by a word for them, in values that JSON knows,
    or times, ids and decimals. ``None``: nothing. What it raises breaks the whole off: a copy that lacks
    something would be taken for one that is complete.
    """


@hookspec(firstresult=True)
def erase(person: DataSubject, unit: Any) -> Erased | None:
    """Erase what is personal of a person from the plugin's own tables, as far as the law allows.

    Called like ``disclose``, in the transaction that erases the hub's own part, which is undone if it
    raises. Rows that others point to stay and lose what is personal; ``Erased.kept`` says what had to
    stay, and why. Called again it changes nothing.
    """
