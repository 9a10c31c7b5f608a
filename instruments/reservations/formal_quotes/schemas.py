"""The shapes of formal quotes and framework agreements on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.reservations.formal_quotes.agreements import LONGEST_TEXT
from instruments.reservations.paying.schemas import MOST_COUNTED, AMode, ANumber, PartIn, PriceOut
from instruments.reservations.payment import MOST_FUNDS
from instruments.reservations.schemas import SECOND, AnExplanation, APurpose, ASecond, ATitle, PersonOut
from instruments.web.shapes import AnId, AnInstant, Asked


class FormalQuoteIn(Asked):
    """What to quote, for the token's person: nobody has to say yet who pays."""

    instrument_id: AnId
    start: AnInstant
    end: AnInstant
    purpose: APurpose = "research"
    title: ATitle = ""
    group_id: AnId | None = Field(None, description="The group that is served; left out, the only group.")
    mode: AMode | None = Field(
        None, description="How it is used; left out: as the qualification of its user says."
    )
    add_ons: dict[Annotated[str, Field(max_length=40)], ANumber] = Field(
        default_factory=dict,
        description=f"Samples and items by the codes of the price list, each at most {MOST_COUNTED}.",
    )
    programmes: list[AnId] = Field(
        default_factory=list,
        max_length=5,
        description="Programmes whose part the quote tells; it is reserved when the quote is accepted.",
    )
    hazardous: bool = Field(False, description="Whether the samples are hazardous.")
    second_person: ASecond = Field(None, description=SECOND)


class FormalQuotesQuery(Asked):
    """Mine and those of the company that I manage; with `lab_id` those that a lab wrote."""

    lab_id: AnId | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = Field(None, description="`next` of the page before.")


class AcceptQuoteIn(Asked):
    """Who pays: one fund, or several with their percentages; nothing: named after the use."""

    fund_id: AnId | None = Field(None, description="The fund that pays all of it. Several: see `funds`.")
    funds: list[PartIn] = Field(
        default_factory=list, max_length=MOST_FUNDS, description="Instead of `fund_id`."
    )
    programmes: list[AnId] | None = Field(
        None, max_length=5, description="Programmes that bear a part; left out: those of the quote."
    )


class DeclineQuoteIn(Asked):
    """Nothing needs to be said."""


class WithdrawQuoteIn(Asked):
    """Why the lab takes it back: who asked reads it."""

    reason: AnExplanation


class FormalQuoteOut(BaseModel):
    """A price for a time on paper. It binds until `valid_until` and holds no time; its price and lines never change."""

    id: int
    number: str = Field(description="As it is printed, such as Q-2027-000012.")
    institution_id: int
    lab_id: int
    instrument_id: int
    payer_institution_id: int | None = Field(description="Null where a person pays alone.")
    asked_by_id: int
    group_id: int | None
    start: datetime
    end: datetime
    purpose: str
    title: str
    hazardous: bool
    second_person: PersonOut | None
    add_ons: dict[str, str]
    price: PriceOut
    made_at: datetime
    valid_until: datetime
    state: Literal["offered", "accepted", "declined", "withdrawn", "expired"]
    ended_at: datetime | None
    reason: str = Field(description="Why the lab withdrew it.")
    reservation_id: int | None = Field(description="What its acceptance booked.")
    agreement_number: int | None = Field(description="The framework agreement under which it was accepted.")
    version: int


class FormalQuotesOut(BaseModel):
    """A page of them, the newest first."""

    items: list[FormalQuoteOut]
    next: str | None


class AgreementQuery(Asked):
    """The one that holds, or an earlier one by its number."""

    number: Annotated[int, Field(ge=1, le=10**6)] | None = None


class AgreementIn(Asked):
    """The text in both languages. `replaces`: the number of the one that held when it was written, 0 for none."""

    text_en: Annotated[str, Field(max_length=LONGEST_TEXT)]
    text_zh: Annotated[str, Field(max_length=LONGEST_TEXT)]
    replaces: Annotated[int, Field(ge=0, le=10**6)]


class AgreementAcceptIn(Asked):
    """Nothing needs to be said: If-Match names the agreement that was read."""


class AgreementOut(BaseModel):
    """A framework agreement; its ETag is its number. `accepted_at`: when the token's person or their institution did."""

    id: int
    institution_id: int
    number: int
    holds: bool = Field(description="Whether it is the newest, under which quotes are accepted now.")
    text_en: str
    text_zh: str
    published_at: datetime
    accepted_at: datetime | None
