"""The shapes of closures on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.availability.closures import LONGEST_REASON
from instruments.web.shapes import ADate, AnId, AnInstant, Asked, SpanOut

AKind = Literal["maintenance", "training", "breakdown", "closed"]
AChoice = Literal["keep", "move", "cancel"]


class ClosuresQuery(Asked):
    """Those to come or under way, or with `over` those that are over."""

    over: bool = False


class RepeatIn(Asked):
    """At the same times on the wall, up to a date at most two years ahead."""

    every: Literal["week", "fortnight", "month"]
    until: ADate


class ToIn(Asked):
    """Where a reservation moves to: of the same instrument, or of another of its kind."""

    instrument_id: AnId
    start: AnInstant
    end: AnInstant


class ClosingDecisionIn(Asked):
    """What becomes of one reservation, as it was at this version. A move without `to` goes where the preview says."""

    reservation_id: AnId
    version: AnId
    choice: AChoice
    to: ToIn | None = None


class ReservationsIn(Asked):
    """What becomes of the reservations in the way: of all that have no place left, or of each; the others are kept.

    Who is cancelled reads `message`, and so does who is moved or kept.
    """

    all: AChoice | None = None
    each: list[ClosingDecisionIn] = Field(default_factory=list)
    message: Annotated[str, Field(max_length=500)] = ""


class _Closing(Asked):
    kind: AKind
    reason: Annotated[str, Field(max_length=LONGEST_REASON)]
    start: AnInstant
    end: AnInstant | None = None
    units: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        None, description="How many of the instrument's places; without it all."
    )
    reservations: ReservationsIn | None = None


class ClosureIn(_Closing):
    """A closure. Without `end` nobody knows yet when it will be over: a breakdown.

    Where reservations lie in its way, `reservations` must say what becomes of them.
    """

    repeat: RepeatIn | None = None


class ClosureChangeIn(_Closing):
    """A closure said anew; of a rule, this one alone, with those that follow, or all, each on its own day."""

    scope: Literal["this", "following", "all"] = "this"


class ReopenIn(Asked):
    """Whether those that follow by the same rule are taken back as well."""

    following: bool = False


class ClosureOut(BaseModel):
    """A closure; one of a rule shares `series` with the others."""

    id: int
    lab_id: int | None
    instrument_id: int | None
    kind: AKind
    reason: str
    start: datetime
    end: datetime | None
    units: int | None = Field(description="How many of the instrument's places are closed; null: all.")
    series: int | None
    rule: str | None
    version: int


class ClosuresOut(BaseModel):
    """The closures of a lab or an instrument; an instrument's with those of its lab."""

    items: list[ClosureOut]


class ClosingOfferOut(BaseModel):
    """Where a reservation could move to."""

    instrument_id: int
    start: datetime
    end: datetime


class InTheWayOut(BaseModel):
    """A reservation in the way, with its version and where it could move to; null: nowhere near."""

    id: int
    version: int
    instrument_id: int
    user_id: int
    start: datetime
    end: datetime
    move_to: ClosingOfferOut | None


class MetOut(InTheWayOut):
    """One in the way of a closure. Where some places stay open, has_place says who has one when those under way and then
    those booked first keep theirs; move_to is then where it could go in the stead of one without.
    """

    has_place: bool


class PreviewOut(BaseModel):
    """What would be closed, and which reservations lie in the way."""

    spans: list[SpanOut]
    reservations: list[MetOut]


class FailedOut(BaseModel):
    """A reservation that stays against the decision, and why."""

    reservation_id: int
    why: str


class DoneOut(BaseModel):
    """What was closed, what became of the reservations, and which stay against the decision."""

    items: list[ClosureOut]
    left: list[ClosureOut] = Field(
        description="Of the same rule, as they were: the clocks skip the time wanted on their day."
    )
    outcomes: dict[str, int] = Field(description="How many were moved, cancelled, kept.")
    failed: list[FailedOut]


class ReopenedOut(BaseModel):
    """To how many the time is offered back."""

    offered: int
