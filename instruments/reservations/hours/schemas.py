"""The shapes of opening hours on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.reservations.closing.schemas import FailedOut, InTheWayOut
from instruments.web.shapes import ADate, AnId, Asked

ACircle = Literal["lab", "institution", "partners", "companies"]
WEEK = "A weekly pattern, like Mon-Fri 08:00-18:00; Sat 09:00-12:30, or 24/7, or closed."
TIMES = "The hours of each of these days, like 09:00-12:00,13:00-17:00; or closed."
DRY = "Only say whom it would leave outside; nothing is done."


class WeekIn(Asked):
    """A week to publish from a date on, from one date to another, both included, or in the coming dates of a season."""

    week: Annotated[str, Field(max_length=1000, description=WEEK)]
    valid_from: Annotated[ADate | None, Field(description="Needed, unless a season is named.")] = None
    valid_to: ADate | None = None
    season_id: Annotated[
        AnId | None, Field(description="Instead of dates: the hours move with the season.")
    ] = None
    circles: Annotated[list[ACircle], Field(description="For whom it is; empty: for everybody.")] = []
    dry_run: Annotated[bool, Field(description=DRY)] = False


class FollowIn(Asked):
    """From which date the hours of the lab shall hold."""

    valid_from: ADate
    dry_run: Annotated[bool, Field(description=DRY)] = False


class TakeBackIn(Asked):
    """Take back what was set."""

    dry_run: Annotated[bool, Field(description=DRY)] = False


class DaysIn(Asked):
    """Days that differ from the week, both included; without a last day it is one."""

    valid_from: ADate
    valid_to: ADate | None = None
    times: Annotated[str, Field(max_length=200, description=TIMES)]
    reason: Annotated[str, Field(max_length=200, description="Everybody reads it.")]
    dry_run: Annotated[bool, Field(description=DRY)] = False


class WeekOut(BaseModel):
    """A published week; null is without limit."""

    id: int
    week: str = Field(description=WEEK)
    valid_from: date | None
    valid_to: date | None
    last_day: date | None = Field(
        description="The last date on which it can count, as others begin after it."
    )
    circles: list[ACircle] = Field(description="For whom it is; empty: for everybody.")
    season_id: int | None = Field(description="The season whose dates it takes, and with which it moves.")


class OpeningDaysOut(BaseModel):
    """Days that differ from the week."""

    id: int
    valid_from: date
    valid_to: date
    times: str = Field(description=TIMES)
    reason: str


class OutsideOut(BaseModel):
    """Live reservations outside the hours; they stay valid, unless somebody moves or cancels them."""

    count: int
    reservation_ids: list[int] = Field(description="The first 200 of them, by start.")


class OutsideQuery(Asked):
    """Which page of them, from 1."""

    page: Annotated[int, Field(ge=1, le=10_000)] = 1


class OutsideListOut(OutsideOut):
    """All of them, and of one page where each could go; a decision names the version."""

    page: int
    reservations: list[InTheWayOut]


class DecidedOut(BaseModel):
    """What became of them, and which stay against the decision."""

    outcomes: dict[str, int] = Field(description="How many were moved and cancelled.")
    failed: list[FailedOut]


class HoursOut(BaseModel):
    """What a lab or an instrument publishes itself. Where an instrument publishes nothing, the hours of its lab hold."""

    lab_id: int
    instrument_id: int | None
    zone: str
    weeks: list[WeekOut] = Field(description="The one that begins last first.")
    days: list[OpeningDaysOut] = Field(description="Those that are not over; they count before the weeks.")
    outside: OutsideOut | None = Field(
        description="After a change, or a dry run of one: whom it leaves outside, null else."
    )
    outside_now: OutsideOut | None = Field(
        description="After a change: all that lie outside at this moment, whenever they were booked; null else."
    )
