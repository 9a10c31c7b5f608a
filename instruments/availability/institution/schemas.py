"""The shapes of days and seasons on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.web.shapes import ADate, Asked

Kind = Literal["holiday", "make_up", "rest", "workday"]
SeasonKind = Literal["term", "exams", "vacation", "other"]
Name = Annotated[str, Field(max_length=120)]


class DaysQuery(Asked):
    """Which year; without, the present one of the institution."""

    year: Annotated[int | None, Field(ge=2000, le=2100)] = None


class DayOut(BaseModel):
    """A day that is not what its weekday says; `replaces` is the day off that a make-up workday makes up for."""

    day: date
    kind: Kind
    name_en: str
    name_zh: str
    source: Literal["announced", "hand"]
    replaces: date | None


class DaysOut(BaseModel):
    """The days of a year. Provisional: days may still be announced, and close nothing before that."""

    year: int
    region: str = Field(description="The country whose calendar is followed (CN), or empty.")
    provisional: bool
    items: list[DayOut]


class DaySetIn(Asked):
    """What a day, or each from `first` to `last`, is; a correction counts before what was announced."""

    first: ADate
    last: ADate | None = Field(None, description="31 days from the first at most.")
    kind: Kind
    name_en: Name = ""
    name_zh: Name = ""
    replaces: ADate | None = None


class CalendarIn(Asked):
    """Which calendar to follow; what is set by hand counts before it."""

    region: Annotated[str, Field(max_length=2, description="CN, or empty for none.")]


class ConfirmIn(Asked):
    """Which year."""

    year: Annotated[int, Field(ge=2000, le=2100)]


TAKES = (
    "replaced: of the day off that it makes up for; itself: of its own weekday; or of a weekday, 0 is Monday."
)
Takes = Annotated[Literal["replaced", "itself", "0", "1", "2", "3", "4", "5", "6"], Field(description=TAKES)]


class MakeUpIn(Asked):
    """With whose hours a lab opens on make-up workdays."""

    takes: Takes


class MakeUpOut(BaseModel):
    """With whose hours a lab opens on make-up workdays, from today on."""

    takes: Takes


class SpanDates(BaseModel):
    """Two dates, both included."""

    first: date
    last: date


class SpanIn(Asked):
    """Two dates, both included."""

    first: ADate
    last: ADate


class SeasonIn(Asked):
    """A season. All its dates are sent, those that are over as they were."""

    kind: SeasonKind
    name_en: Name = ""
    name_zh: Name = ""
    spans: list[SpanIn]


class SeasonOut(BaseModel):
    """A season by which hours, rules and quotas take their dates; its version is what a change must name in If-Match."""

    id: int
    kind: SeasonKind
    name_en: str
    name_zh: str
    spans: list[SpanDates]
    version: int


class SeasonsOut(BaseModel):
    """The seasons of an institution."""

    items: list[SeasonOut]
