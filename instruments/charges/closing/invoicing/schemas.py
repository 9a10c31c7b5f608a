"""The shapes of invoices on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.web.shapes import Asked

Outcome = Literal["new", "same", "refused"]


class InvoicesQuery(Asked):
    """Requests that have no number yet, invoices that have one, or requests that were withdrawn."""

    state: Literal["asked", "issued", "withdrawn"] = "asked"
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = Field(None, description="`next` of the page before.")


class InvoiceOut(BaseModel):
    """A request for an invoice, or an invoice; red: it takes back of another, its amounts are below zero.

    `replaces_id`: the one that it was made for again with another title; `replaced_by_id`: the other way round.
    """

    id: int
    serial: str
    state: Literal["asked", "issued", "withdrawn"]
    colour: Literal["blue", "red"]
    type: Literal["ordinary", "special"]
    title: str
    tax_number: str
    currency: str
    amount: str
    tax: str
    number: str
    issued_on: date | None
    corrects_id: int | None
    replaces_id: int | None
    replaced_by_id: int | None
    statement_id: int
    statement: str
    version: int


class WholeInvoiceOut(InvoiceOut):
    """An invoice with those that belong to it: in its place or before it, and the red letters."""

    others: list[InvoiceOut]


class InvoiceMadeAgainOut(BaseModel):
    """What was asked for: the invoice with the right title, and where the old one had a number the red letter that takes it
    back."""

    invoice: InvoiceOut
    red: InvoiceOut | None


class InvoicesOut(BaseModel):
    """A page of invoices."""

    items: list[InvoiceOut]
    next: str | None


class InvoiceLackOut(BaseModel):
    """Something that is missing for an invoice, and the page where it is mended, if there is one."""

    code: str
    message: str
    address: str


class InvoiceLackingOut(BaseModel):
    """A statement that cannot be invoiced yet; waits: part of it takes back of an invoice that has no number yet."""

    statement_id: int
    statement: str
    missing: list[InvoiceLackOut]
    waits: bool


class InvoicesAskedOut(BaseModel):
    """The requests that were made, and what could not be asked for."""

    asked: list[str]
    lacking: list[InvoiceLackingOut]


class InvoiceNumberIn(Asked):
    """The number that the tax system gave a request; amount, if said, is compared."""

    serial: Annotated[str, Field(max_length=60, examples=["IC00000012"])]
    number: Annotated[str, Field(max_length=60)]
    issued_on: Annotated[str, Field(max_length=60, examples=["2026-12-03"])]
    amount: Annotated[str, Field(max_length=60)] = ""


class InvoiceNumbersIn(Asked):
    """Numbers to take over; dry_run: only say what each would do."""

    numbers: Annotated[list[InvoiceNumberIn], Field(min_length=1, max_length=2000)]
    dry_run: bool = False


class InvoiceReasonOut(BaseModel):
    """Why a number is refused."""

    code: str
    message: str


class InvoiceNumberOut(BaseModel):
    """What becomes of one number."""

    serial: str
    outcome: Outcome
    reasons: list[InvoiceReasonOut]


class InvoiceNumbersOut(BaseModel):
    """What becomes of each number, and how many were taken over."""

    items: list[InvoiceNumberOut]
    taken: int


class InvoiceDetailsIn(Asked):
    """What is to stand on a payer's invoices, all of it; a special invoice needs every field but the mail address."""

    type: Literal["ordinary", "special"] = "ordinary"
    title: Annotated[str, Field(max_length=1000)] = ""
    tax_number: Annotated[str, Field(max_length=1000)] = ""
    address: Annotated[str, Field(max_length=1000)] = ""
    phone: Annotated[str, Field(max_length=1000)] = ""
    bank: Annotated[str, Field(max_length=1000)] = ""
    bank_account: Annotated[str, Field(max_length=1000)] = ""
    mail: Annotated[str, Field(max_length=1000)] = ""


class InvoiceDetailsOut(BaseModel):
    """What is to stand on a payer's invoices; a title that is empty was never said."""

    type: Literal["ordinary", "special"]
    title: str
    tax_number: str
    address: str
    phone: str
    bank: str
    bank_account: str
    mail: str
    version: int


class InvoiceItemIn(Asked):
    """As what the services are invoiced: the name of the item, its 19-digit tax code, and the unit it is counted in."""

    name: str
    code: str
    unit: str = ""


class InvoiceItemOut(BaseModel):
    """An item of a lab, or (lab_id null) of all labs that have none of their own. `version` is its ETag."""

    lab_id: int | None
    name: str
    code: str
    unit: str
    version: int


class InvoiceItemsOut(BaseModel):
    """The items of an institution, the usual one first."""

    items: list[InvoiceItemOut]
