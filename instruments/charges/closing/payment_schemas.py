"""The shapes of payments and refunds on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.charges.closing.schemas import MonthEndPageQuery
from instruments.charges.payment_models import PAYMENT_KINDS
from instruments.funds.schemas import ACurrency, AnAmount
from instruments.web.shapes import ADate, AnId, Asked


class PaymentsQuery(MonthEndPageQuery):
    """What an institution recorded, the newest day first."""

    institution_id: AnId


class StatementPaymentIn(Asked):
    """What came in for a statement. A reference of the same day, account and sum is recorded once."""

    amount: AnAmount
    day: ADate
    bank_account: Annotated[str, Field(max_length=80)]
    reference: Annotated[str, Field(max_length=120)]


class PaymentRefundIn(Asked):
    """What went back to the account that paid: at most what is over, or what the statement `settles_id` owes back."""

    amount: AnAmount
    day: ADate
    reference: Annotated[str, Field(max_length=120)]
    settles_id: AnId | None = None


class SetOffIn(Asked):
    """How much of what the statement owes back pays the other, of the same payer and in the same currency."""

    statement_id: AnId
    amount: AnAmount


class MatchOut(BaseModel):
    """So much of a payment pays the statement. `over`: what of the whole payment pays nothing and was not given back."""

    id: int
    payment_id: int
    amount: AnAmount
    day: date
    bank_account: str
    reference: str
    settlement_proposal_id: int | None
    over: AnAmount


class MovementOut(BaseModel):
    """What came in for the statement, went back (`refund`), or was set off: what a statement owes back pays another.

    `amount`: the whole of it, or of a payment that came in for another statement what pays this one; `pays`: what of it pays
    this one; `over`: what of it pays nothing and was not given back. `other_statement_id`: of what is set off, the statement
    that it pays, or that owes it back.
    """

    payment_id: int
    kind: Literal[PAYMENT_KINDS]  # type: ignore[valid-type]  # the names stand in one place
    day: date
    amount: AnAmount
    pays: AnAmount
    over: AnAmount
    bank_account: str
    reference: str
    settlement_proposal_id: int | None
    settles_credit: bool
    other_statement_id: int | None


class StatementPaymentsOut(BaseModel):
    """What pays a statement, everything that came in for it and went back, by day, and what is left to pay."""

    items: list[MatchOut]
    movements: list[MovementOut]
    left: AnAmount


class RecordedPaymentOut(BaseModel):
    """A payment that finance recorded: received, given back, netted with another institution, or set off. `statement_id`: for
    which statement it came in, or on which a refund stands, or which owes back what is set off. `taken_back`: it is not set
    off any more."""

    id: int
    kind: Literal[PAYMENT_KINDS]  # type: ignore[valid-type]  # the names stand in one place
    payer_institution_id: int | None
    payer_person_id: int | None
    programme_id: int | None
    currency: ACurrency
    amount: AnAmount
    over: AnAmount
    day: date
    bank_account: str
    reference: str
    refunds_id: int | None
    statement_id: int | None
    settlement_proposal_id: int | None
    taken_back: bool


class PaysOut(BaseModel):
    """So much of it pays, or paid until it was taken back, this statement."""

    match_id: int
    statement_id: int
    amount: AnAmount
    taken_back: bool


class OnePaymentOut(RecordedPaymentOut):
    """A payment with the statements that it pays; each entry of the books of kind `payment` or `payment_match` is of one."""

    pays: list[PaysOut]


class RecordedPaymentsOut(BaseModel):
    """Payments, the newest day first."""

    items: list[RecordedPaymentOut]
    next: str | None
