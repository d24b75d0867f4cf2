"""Online payment of invoices: who takes it for a tenant, and the way to the provider's page."""

from collections.abc import Iterator
from typing import Any

import structlog

from hub.contract.deliveries import Host
from hub.contract.paying import Checkout, CheckoutError, CheckoutOver, Readiness, Redirect
from hub.records import checkouts, invoices, tenants
from hub.records.database import Database, Row
from hub.records.tenants import Conflict
from hub.registry.registry import Registry, Target
from hub.support.money import Money

log = structlog.get_logger()

ATTEMPTS = 3
"""How often a page that has expired meanwhile is asked for anew before somebody has to click again."""

FIRST = "default"


class Payments:
    """Finds providers and asks them. Safe to share between threads."""

    def __init__(self, registry: Registry, database: Database, host: Host) -> None:
        self._registry = registry
        self._database = database
        self._host = host

    def readiness(self, tenant: str) -> Iterator[tuple[Target, Readiness]]:
        """The tenant's payment providers and what they lack, the connections named *default* first."""
        targets = sorted(self._targets(tenant), key=lambda target: target.connection.name != FIRST)
        for target in targets:
            said = self._asked(target)
            if said is not None:
                yield target, said

    def provider(self, tenant: str) -> Target | None:
        """The connection through which the tenant's invoices are paid; ``None`` if none is ready."""
        return next((target for target, said in self.readiness(tenant) if said.ready), None)

    def page(self, invoice: Row, *, title: str, success_url: str, cancel_url: str) -> str | None:
        """The address of the page on which an invoice is paid; ``None`` if the customer paid there already.

        Raises Conflict if there is nothing to pay or nobody takes it, CheckoutError if the provider makes
        no page now.
        """
        target = self.provider(invoice["tenant"])
        if target is None:
            raise Conflict("nobody takes online payments for this tenant")
        for _ in range(ATTEMPTS):
            checkout = self._begun(invoice, target)
            request = Checkout(
                key=f"hub-{checkout['id']}",
                invoice=invoice["number"],
                title=title,
                amount=Money(checkout["amount_minor"], checkout["currency"]),
                success_url=success_url,
                cancel_url=cancel_url,
                email=invoice["email"],
                previous=checkout["reference"],
            )
            answer = self._ask(target, checkout, request)
            if isinstance(answer, Redirect):
                return self._kept(target, checkout, answer)
            if answer.paid:
                return None
            with self._database.for_tenant(target.tenant_id).write() as unit:
                checkouts.end(unit, checkout, self._host.clock())
        raise CheckoutError("the page expires at once")

    def _targets(self, tenant: str) -> list[Target]:
        """The tenant's connections as they are now, also if another process changed them."""
        entry = self._registry.entry(tenant)
        with self._database.read() as unit:
            current = entry is None or entry.version == tenants.registry_version(unit)
        if not current:
            self._registry.forget()
            entry = self._registry.entry(tenant)
        return list(entry.targets.values()) if entry else []

    def _asked(self, target: Target) -> Readiness | None:
        hooks = self._registry.callers.of(target.connection.plugin)
        try:
            said: Readiness | None = hooks.can_pay(connection=target.connection)
        except Exception:
            log.exception("provider_failed", plugin=target.connection.plugin, hook="can_pay")
            return None
        return said

    def _begun(self, invoice: Row, target: Target) -> Row:
        """The payment page to be asked for. Raises Conflict if nothing is left to pay."""
        with self._database.for_tenant(target.tenant_id).write() as unit:
            row = invoices.locked(unit, invoice["tenant_id"], invoice["id"])
            left = row["total_minor"] - row["paid_minor"]
            if row["status"] != invoices.OPEN or left <= 0:
                raise Conflict("nothing is left to pay")
            if invoices.has_pending(unit, row["tenant_id"], row["id"]):
                raise Conflict("a payment is on its way")
            return checkouts.begin(
                unit, row, minor=left, connection_id=target.connection_id, now=self._host.clock()
            )

    def _ask(self, target: Target, checkout: Row, request: Checkout) -> Redirect | CheckoutOver:
        """The provider's answer. After a question that failed another key is used next time: the provider
        may remember the failure."""
        hooks = self._registry.callers.of(target.connection.plugin)
        try:
            answer: Any = hooks.checkout(
                request=request, connection=target.connection, host=self._host.for_tenant(target.tenant_id)
            )
            if not isinstance(answer, Redirect | CheckoutOver):
                raise CheckoutError("the plugin gave no page")
        except Exception as error:
            self._failed(target, checkout, error)
            raise CheckoutError("the provider made no page") from error
        return answer

    def _failed(self, target: Target, checkout: Row, error: Exception) -> None:
        reason = str(error) if isinstance(error, CheckoutError) else type(error).__name__
        log.error(
            "checkout_failed",
            plugin=target.connection.plugin,
            tenant=target.connection.tenant.slug,
            invoice_id=str(checkout["invoice_id"]),
            reason=reason,
        )
        if checkout["reference"] is None:
            with self._database.for_tenant(target.tenant_id).write() as unit:
                checkouts.end(unit, checkout, self._host.clock())

    def _kept(self, target: Target, checkout: Row, answer: Redirect) -> str:
        if checkout["reference"] != answer.reference:
            with self._database.for_tenant(target.tenant_id).write() as unit:
                checkouts.opened(unit, checkout, answer.reference)
        return answer.url
