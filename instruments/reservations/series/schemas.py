"""The shapes of series on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field

from instruments.errors import N_, Reason
from instruments.reservations.schemas import (
    AnExplanation,
    BookingIn,
    ChangeIn,
    ReservationOut,
)
from instruments.reservations.series.repetition import MOST
from instruments.web.shapes import AnId, AnInstant, Asked, ReasonOut, SpanOut, misfit

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
AWeekday = Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
AnEvery = Literal["week", "fortnight", "four_weeks", "month"]
AScope = Literal["this", "following", "all"]


def _day(value: Any) -> date | None:
    """A calendar date; nothing for none."""
    if value is None:
        return None
    try:
        if isinstance(value, str):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise misfit(Reason("date", None, N_("Write it like 2026-11-25.")))


ADay = Annotated[date | None, BeforeValidator(_day, json_schema_input_type=date | None)]


class SeriesDecisionIn(Asked):
    """What to do with one date of the plan: leave it out, or take another time instead."""

    position: Annotated[int, Field(ge=0, le=1000)]
    skip: bool = False
    start: AnInstant | None = None
    end: AnInstant | None = None


class SeriesIn(BookingIn):
    """What to book again and again. start, end: the first time; the others have the same hours on the instrument's wall."""

    every: AnEvery = "week"
    weekdays: list[AWeekday] = Field([], description="Left out, the weekday of the first.", max_length=7)
    until: ADay = Field(None, description="The last day; or say how many `times`.")
    times: Annotated[int, Field(ge=1, le=MOST)] | None = None
    skip_holidays: bool = Field(True, description="Dates on a holiday of the institution are left out.")
    decisions: list[SeriesDecisionIn] = Field([], max_length=2 * MOST)


class ChangeDecisionIn(Asked):
    """What becomes of one reservation of the series: it takes another time, stays as it is, or is cancelled."""

    reservation_id: AnId
    choice: Literal["take", "leave", "drop"]
    start: Annotated[AnInstant | None, Field(description="With `take`.")] = None
    end: AnInstant | None = None


class SeriesChangeIn(ChangeIn):
    """What shall be different, of which. start, end: of the reservation named (without one of the next to come);
    the others move as it does on the wall. leave: those that cannot be changed stay, instead of refusing all;
    decisions: what becomes of single ones."""

    scope: AScope
    reservation_id: AnId | None = None
    leave: bool = False
    decisions: list[ChangeDecisionIn] = Field([], max_length=2 * MOST)


class SeriesCancelIn(Asked):
    """Which to cancel, and why. leave: those that can no longer be cancelled stay, instead of refusing all."""

    scope: AScope
    reservation_id: AnId | None = None
    reason: AnExplanation = ""
    leave: bool = False


class SeriesAnswerIn(Asked):
    """What the lab says with its answer; needed to decline."""

    message: AnExplanation = ""


class RepetitionOut(BaseModel):
    """The rule as it was written, on the wall of the instrument. nights: the midnights within each."""

    first: date
    start: str = Field(examples=["09:00"])
    end: str = Field(examples=["12:00"])
    nights: int
    every: AnEvery
    weekdays: list[AWeekday]
    until: date | None
    times: int | None
    skip_holidays: bool


class SeriesOut(BaseModel):
    """A series with its reservations, by start. The ETag is what a change must name; it changes with each of them."""

    id: int
    instrument_id: int
    rule: RepetitionOut
    version: int
    created_at: datetime
    items: list[ReservationOut]
    left: list[ReasonOut] = Field(
        description="After a change that leaves some: why those stayed as they are."
    )


class PlannedOut(BaseModel):
    """What would become of one date. proposal: the nearest free span instead of one that conflicts."""

    position: int
    day: date
    outcome: Literal["free", "conflict", "skipped", "holiday"]
    start: datetime | None
    end: datetime | None
    asks: bool = Field(description="The lab would be asked, and the time held until it answers.")
    reasons: list[ReasonOut]
    proposal: SpanOut | None
    shorter_minutes: int | None = Field(
        description="By how much the proposal is shorter than the time wanted: 0 unless none is as long."
    )


class PlanOut(BaseModel):
    """What would become of a series: nothing was written, nothing is held."""

    instrument_id: int
    zone: str
    free: int
    conflicts: int
    items: list[PlannedOut]
