"""The shapes of payments and refunds on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.charges.closing.schemas import MonthEndPageQuery
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
    """What came in for the statement, or went back (`refund`).

    `amount`: the whole of it, or of a payment that came in for another statement what pays this one; `pays`: what of it pays
    this one; `over`: what of it pays nothing and was not given back.
    """

    payment_id: int
    kind: Literal["payment", "refund", "netting"]
    day: date
    amount: AnAmount
    pays: AnAmount
    over: AnAmount
    bank_account: str
    reference: str
    settlement_proposal_id: int | None
    settles_credit: bool


class StatementPaymentsOut(BaseModel):
    """What pays a statement, everything that came in for it and went back, by day, and what is left to pay."""

    items: list[MatchOut]
    movements: list[MovementOut]
    left: AnAmount


class RecordedPaymentOut(BaseModel):
    """A payment that finance recorded: received, given back, or netted with another institution. `statement_id`: for which
    statement it came in, or on which a refund stands."""

    id: int
    kind: Literal["payment", "refund", "netting"]
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


class RecordedPaymentsOut(BaseModel):
    """Payments, the newest day first."""

    items: list[RecordedPaymentOut]
    next: str | None
