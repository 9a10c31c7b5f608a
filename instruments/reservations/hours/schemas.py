"""The shapes of opening hours on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.web.shapes import ADate, Asked

ACircle = Literal["lab", "institution", "partners", "companies"]
WEEK = "A weekly pattern, like Mon-Fri 08:00-18:00; Sat 09:00-12:30, or 24/7, or closed."
TIMES = "The hours of each of these days, like 09:00-12:00,13:00-17:00; or closed."
DRY = "Only say whom it would leave outside; nothing is done."


class WeekIn(Asked):
    """A week to publish from a date on, or from one date to another, both included."""

    week: Annotated[str, Field(max_length=1000, description=WEEK)]
    valid_from: ADate
    valid_to: ADate | None = None
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


class DaysOut(BaseModel):
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


class HoursOut(BaseModel):
    """What a lab or an instrument publishes itself. Where an instrument publishes nothing, the hours of its lab hold."""

    lab_id: int
    instrument_id: int | None
    zone: str
    weeks: list[WeekOut] = Field(description="The one that begins last first.")
    days: list[DaysOut] = Field(description="Those that are not over; they count before the weeks.")
    outside: OutsideOut | None = Field(
        description="After a change, or a dry run of one: whom it leaves outside, null else."
    )
