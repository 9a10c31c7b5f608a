"""The shapes of the parts of what somebody used on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.utilization.begun_shapes import RecordsBegin
from instruments.utilization.unmet_schemas import WishOut
from instruments.web.shapes import AnId

APart = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?$", examples=["0.614"])]


class UsedBarOut(BaseModel):
    """Instruments from one place in the order of their hours to another: hours of one of them, and the share of all hours up
    to the last of them; `instrument_id` where it is one alone."""

    first: int
    last: int
    instrument_id: AnId | None
    hours: str
    up_to: APart


class UsedByHoursOut(BaseModel):
    """The instruments that were used, from the one with the most hours to the one with the fewest, in at most 40 bars.

    `first_fifth`: the share of all hours of the first fifth of them; null where that is less than one.
    """

    instruments: int
    first_fifth: APart | None
    bars: list[UsedBarOut]


class UsedStepOut(BaseModel):
    """Hours that were reserved, attended or effective; `share`: of the step before, null for the first and where time beside it
    makes more; `changed`: by parts of the period to compare with."""

    measure: Literal["reserved", "attended", "effective"]
    hours: str
    share: APart | None
    changed: str | None


class CostsOfMonthOut(BaseModel):
    """What was charged to a group's funds, or to an institution or company, for services of one month, before tax: posted
    charges, less what was taken back, credited or waived, without what programmes bear."""

    month: str
    currency: str
    charged: str


class LookedForOut(WishOut):
    """What was sought of a class in a place and not found, by searches and the waitlist, of a group by the waitlist alone."""


class HoursOfOneOut(BaseModel):
    """What was used of one instrument in those hours."""

    instrument_id: AnId
    hours: str


class UsedWeekOut(BaseModel):
    """Hours of their own uses by hour of the week on the wall of the lab, from Monday midnight on, all `days` of the period
    together: effective time, of a run for several their part, none while the whole instrument was down; where more sessions
    ran than there were places each counts whole. `items`: the instruments of the hours that are asked for."""

    period: str
    first: date
    last: date
    records_begin: RecordsBegin
    days: int
    uses: int
    hours: list[str]
    weekday: int | None
    hour: int | None
    items: list[HoursOfOneOut]
