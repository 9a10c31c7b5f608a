"""The shapes of settlement between institutions on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.charges.closing.schemas import MonthEndPageQuery
from instruments.funds.schemas import ACurrency, AnAmount
from instruments.web.shapes import AnId, Asked


class ProposalsQuery(MonthEndPageQuery):
    """Proposals of an institution, the newest first."""

    institution_id: AnId
    state: Literal["proposed", "accepted_by_one", "accepted", "declined", "withdrawn", "lapsed"] | None = None


class PositionsQuery(Asked):
    """Of which institution."""

    institution_id: AnId


class SettlementProposeIn(Asked):
    """Net what two institutions owe one another; `accept`: for your own side at once."""

    institution_id: AnId
    with_institution_id: AnId
    currency: ACurrency = "CNY"
    accept: bool = True


class ProposalAcceptIn(Asked):
    """For which side, where you may answer for both."""

    institution_id: AnId | None = None


class ProposalCloseIn(ProposalAcceptIn):
    """Why; needed to decline."""

    reason: Annotated[str, Field(max_length=500)] = ""


class PositionOut(BaseModel):
    """What an institution and another owe one another, and how much of both could be netted now."""

    institution_id: int
    name_en: str
    name_zh: str
    currency: ACurrency
    they_owe: AnAmount
    we_owe: AnAmount
    nettable: AnAmount


class PositionsOut(BaseModel):
    """With whom something is open, the largest first."""

    items: list[PositionOut]


class ProposalOut(BaseModel):
    """A proposal to net in a list. `proposed_for_id`: the institution whose office proposed it."""

    id: int
    one_id: int
    two_id: int
    proposed_for_id: int
    currency: ACurrency
    netted: AnAmount
    one_owes: AnAmount
    two_owes: AnAmount
    state: Literal["proposed", "accepted_by_one", "accepted", "declined", "withdrawn", "lapsed"]
    proposed_at: datetime
    one_accepted_at: datetime | None
    two_accepted_at: datetime | None
    closed_at: datetime | None
    reason: str
    lapsed_because: Literal["paid", "disputed", "reversed"] | None
    version: int


class ProposalsOut(BaseModel):
    """Proposals, the newest first."""

    items: list[ProposalOut]
    next: str | None


class ProposalPartOut(BaseModel):
    """A statement of a proposal as it stood then, and how much of it is netted."""

    statement_id: int
    number: str
    creditor_id: int
    payer_institution_id: int
    left: AnAmount
    netted: AnAmount


class WholeProposalOut(ProposalOut):
    """A proposal with its statements."""

    statements: list[ProposalPartOut]
