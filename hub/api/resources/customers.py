"""Customers."""

from uuid import UUID

from pydantic import Field

from hub.api.call import Call
from hub.api.operation import Resource
from hub.api.records import one_of, page_of
from hub.api.shapes import Page, Record, RecordsAsked, Text
from hub.records.paging import Wanted
from hub.records.scopes import READ_RECORDS

resource = Resource("customers", "People and companies, one for each e-mail address in any case.")


class Customer(Record):
    """A person or company."""

    email: str
    external_id: str | None = Field(description="The sender's id.")
    first_name: str | None
    last_name: str | None
    name: str | None
    company: str | None
    phone: str | None
    merged_into: UUID | None = Field(
        description="The customer that this one was merged into; whose file then holds the records."
    )


class CustomersAsked(RecordsAsked):
    """Which customers."""

    email: Text | None = Field(None, max_length=320, description="This address, in any case.")
    external_id: Text | None = Field(None, max_length=255, description="This id of the sender.")


@resource.get("/customers", scope=READ_RECORDS)
def list_customers(call: Call, asked: CustomersAsked) -> Page[Customer]:
    """List customers.

    Newest first. Those that were merged into others are listed too, with ``merged_into``.
    """
    equal = {"external_id": asked.external_id}
    wanted = Wanted(since=asked.since, until=asked.until, email=asked.email, equal=equal)
    return page_of(call, "customers", Customer, asked, wanted)


@resource.get("/customers/<uuid:customer_id>", scope=READ_RECORDS)
def get_customer(call: Call, customer_id: UUID) -> Customer:
    """Get one customer."""
    return one_of(call, "customers", Customer, customer_id)
