"""The shapes of what labs propose, as programs of their institution read and answer it."""

from __future__ import annotations

from pydantic import BaseModel, Field

from instruments.rates.schemas import DifferenceOut, PairOut, ProblemOut, VersionOut
from instruments.web.shapes import Asked


class ChosenProposalIn(Asked):
    """A version, and at which version of itself it was seen (its ETag)."""

    id: int
    version: int


class ProposalAnswerIn(Asked):
    """Which are answered."""

    items: list[ChosenProposalIn] = Field(min_length=1, max_length=100)


class ProposalReturnIn(ProposalAnswerIn):
    """Which are sent back, and why."""

    reason: str = Field(max_length=500)


class PriceProposalOut(BaseModel):
    """A proposal beside what holds on its first day. problems: why it could not be published."""

    proposed: VersionOut
    version: int
    before_version_id: int | None
    prices: list[DifferenceOut]
    other: list[str]
    without_price: list[PairOut]
    problems: list[ProblemOut]


class PriceProposalsOut(BaseModel):
    """What waits, that which would hold first at the head."""

    items: list[PriceProposalOut]
