"""The shapes of month end on the wire: months, statements and what finance sets, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.funds.schemas import ACurrency, AnAmount
from instruments.web.shapes import AMonth, AnId, Asked

Cursor = Annotated[str | None, Field(description="`next` of the page before.")]
Limit = Annotated[int, Field(ge=1, le=200)]


class MonthsQuery(Asked):
    """The last so many months of the books, the current one among them."""

    limit: Annotated[int, Field(ge=1, le=36)] = 12


class CloseIn(Asked):
    """Issue the statements of a month; early: without waiting for objections."""

    early: bool = False


class MonthEndPageQuery(Asked):
    """A page of a list."""

    limit: Limit = 50
    cursor: Cursor = None


class StatementsQuery(MonthEndPageQuery):
    """Those that you pay, with `institution_id` those that this institution issued, or with `programme_id` what is claimed of a
    programme that you run."""

    institution_id: AnId | None = None
    programme_id: AnId | None = None
    month: AMonth | None = None


class BillingIn(Asked):
    """What is sent is changed; what is left out stays."""

    title_en: str | None = None
    title_zh: str | None = None
    address_en: str | None = None
    address_zh: str | None = None
    contact: str | None = None
    tax_number: str | None = None
    bank: str | None = None
    bank_account: str | None = None
    exemption: str | None = None
    note_en: str | None = None
    note_zh: str | None = None
    reminder_days: str | None = Field(None, description="Days after the due date, such as 1, 15, 30.")
    due_days: int | None = None
    objection_days: int | None = None


class JournalColumn(Asked):
    """A column of the journal: its code, and the head that the finance system reads."""

    code: Annotated[str, Field(max_length=40)]
    head: Annotated[str, Field(max_length=60)]


class JournalLayoutIn(Asked):
    """The columns of a file, of the journal or of invoices, in their order."""

    columns: Annotated[list[JournalColumn], Field(max_length=40)]


class SumOut(BaseModel):
    """What the statements of a month come to in a currency: in all, and of it to be paid from outside."""

    currency: ACurrency
    total: AnAmount
    due: AnAmount
    lines: int


class PointOut(BaseModel):
    """A point of the checklist. None of it stops the month: `meaning` says what becomes of it."""

    code: str
    words: str
    meaning: str
    count: int


class MonthOut(BaseModel):
    """A month of the books in a list. `over`: its last day has passed on the wall of the institution, before which it is neither
    opened nor issued; `closed`: nothing is posted into it any more; `idle_since`: it is being issued, and no worker went on with
    it since then: none runs, or it is busy.
    """

    institution_id: int
    month: str
    state: Literal["preview", "objecting", "issuing", "issued"]
    over: bool
    closed: bool
    objections_until: date | None
    issued_on: date | None
    due_on: date | None
    statements_total: int | None
    statements_done: int
    idle_since: datetime | None
    version: int


class MonthsOut(BaseModel):
    """Months, the newest first."""

    items: list[MonthOut]


class WholeMonthOut(MonthOut):
    """A month with what it comes to and lacks before it is issued; both empty afterwards."""

    sums: list[SumOut]
    checklist: list[PointOut]


class PayerOut(BaseModel):
    """Who owes: an institution (of it a group), a person, or a programme that bears its part."""

    institution_id: int | None
    group_id: int | None
    person_id: int | None
    programme_id: int | None
    name_en: str
    name_zh: str
    group_en: str
    group_zh: str


class MonthPreviewItemOut(BaseModel):
    """A statement that would be issued."""

    payer: PayerOut
    currency: ACurrency
    total: AnAmount
    due: AnAmount
    lines: int


class MonthPreviewOut(BaseModel):
    """What would be issued, in the order of the numbers to come; while the month is not `over`, the figures so far."""

    over: bool
    items: list[MonthPreviewItemOut]
    next: str | None


class IncomeSplitOut(BaseModel):
    """How income splits: total = within + outside + programmes = tax + shared + kept + waived + written_off.

    waived and written_off are what was given up, below zero.
    """

    currency: ACurrency
    total: AnAmount
    within: AnAmount
    outside: AnAmount
    programmes: AnAmount
    tax: AnAmount
    shared: AnAmount
    kept: AnAmount
    waived: AnAmount
    written_off: AnAmount


class IncomeItemOut(IncomeSplitOut):
    """What a lab earned in a month."""

    lab_id: int
    name_en: str
    name_zh: str


class IncomeLedgerOut(IncomeSplitOut):
    """The same of all labs together as the accounts of the ledger say it; agrees: to the last unit."""

    agrees: bool


class IncomeOut(BaseModel):
    """By lab, the largest first; and by currency what was posted on the accounts of the ledger."""

    items: list[IncomeItemOut]
    ledger: list[IncomeLedgerOut]


class BillingOut(BaseModel):
    """What an institution's statements say of itself."""

    title_en: str
    title_zh: str
    address_en: str
    address_zh: str
    contact: str
    tax_number: str
    bank: str
    bank_account: str
    exemption: str
    note_en: str
    note_zh: str
    reminder_days: str
    due_days: int
    objection_days: int
    version: int


class JournalColumnOut(BaseModel):
    """A column of the journal."""

    code: str
    head: str


class JournalLayoutOut(BaseModel):
    """The columns in their order, and the codes that there are."""

    columns: list[JournalColumnOut]
    codes: list[str]
    version: int


class StatementOut(BaseModel):
    """A statement. total = internal + prepaid + due; `left` is still to be paid, below zero owed back.

    left = due − received + elsewhere + given_back + on_account + set_off: what came in for it, of that pays other statements,
    went back to the account that paid, and pays nothing yet; set_off: what of what it owes back pays others, below zero what
    of theirs pays it. paid: what pays this one, wherever it came in.
    """

    id: int
    number: str
    month: str
    creditor_id: int
    payer: PayerOut
    currency: ACurrency
    total: AnAmount
    internal: AnAmount
    prepaid: AnAmount
    due: AnAmount
    tax: AnAmount
    paid: AnAmount
    received: AnAmount
    elsewhere: AnAmount
    given_back: AnAmount
    on_account: AnAmount
    set_off: AnAmount
    left: AnAmount
    disputed: AnAmount
    overdue: AnAmount
    lines: int
    issued_on: date
    due_on: date


class StatementsOut(BaseModel):
    """Statements, the newest month first."""

    items: list[StatementOut]
    next: str | None


class StatementLineOut(BaseModel):
    """A payer's share of a charge; `service_on` is the true date, `why` the reasons of the whole charge, line by line."""

    position: int
    charge_id: int
    kind: str
    service_on: date
    lab_en: str
    lab_zh: str
    instrument_en: str
    instrument_zh: str
    person_en: str
    person_zh: str
    fund_code: str
    route: Literal["internal", "receivable", "prepaid", "claim"]
    charge_amount: AnAmount
    programme_amount: AnAmount
    amount: AnAmount
    tax: AnAmount
    state: str
    reason: str
    why: list[list[str]]


class StatementLinesOut(BaseModel):
    """The lines of a statement in their order."""

    items: list[StatementLineOut]
    next: str | None
