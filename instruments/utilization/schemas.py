"""The shapes of figures on the wire, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.utilization.begun_shapes import RecordsBegin
from instruments.utilization.user_schemas import CostsOfMonthOut, LookedForOut, UsedByHoursOut, UsedStepOut
from instruments.web.shapes import NOT_A_CLASS, ADate, Asked, Written

AShare = Annotated[str, Field(pattern=r"^-?[0-9]+(\.[0-9]+)?$", examples=["0.614"])]


class PlaceQuery(Asked):
    """Of which instruments, in which period: `period`, or `from` and `to`, both included; without either the last month."""

    of: str | None = Field(
        None,
        description="platform, institution-1, lab-3 or instrument-7; without it the widest that you answer for.",
    )
    period: str | None = Field(
        None, description="2026-11, 2026-Q4, 2026, the academic year 2026/27, or 2026-11-03..2026-11-09."
    )
    first: ADate | None = Field(None, alias="from")
    last: ADate | None = Field(None, alias="to")
    class_code: Annotated[str, Written(r"^([0-9]{2}){1,3}$", NOT_A_CLASS, "0301")] | None = Field(
        None, alias="class", description="A national class with all below it: two, four or six digits."
    )


class UtilizationQuery(PlaceQuery):
    """Figures of a place, all together or row by row."""

    by: Literal["instrument", "lab", "institution", "class", "month"] | None = None
    order: str = Field(
        "effective", description="The measure or figure by which rows are sorted, the most first."
    )
    having: str = Field("", description="Only rows that have any of this measure, as `serving`.")
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = Field(None, description="`next` of the page before.")


class DefinitionOut(BaseModel):
    """What a figure means, in the reader's language: `over` ÷ `under`, or `over` itself. Times are hours."""

    name: str
    words: str
    over: str
    under: str | None
    unit: Literal["share", "hours", "count", "money"]
    version: int


class MeasureOut(BaseModel):
    """What a measure is."""

    name: str
    words: str
    unit: Literal["hours", "count"]


class FigureOut(BaseModel):
    """A figure as a decimal, a share as a part of one. `value` is null where nothing can be divided: `missing` says why.

    `n` counts the instruments that it is of, whatever the figure itself counts; elsewhere it is null over several months where
    these are the instruments that anybody used.
    """

    value: AShare | None
    over: str
    under: str | None
    n: int | None
    missing: str | None


class EvidenceOut(BaseModel):
    """The evidence of hours of use (sensor, scan, file, typed, assumed), each a part of one. `of`: whose it is, that of the
    hours above the line, or of all effective hours where it is not kept apart."""

    of: Literal["effective", "external"]
    parts: dict[str, AShare]


class FigureWithEvidenceOut(FigureOut):
    """The same with the evidence of the hours above its line; null where they are no hours of use."""

    evidence: EvidenceOut | None


class FigureRowOut(BaseModel):
    """The figures of one instrument, lab, institution, class or month; of all of them together where `key` is null."""

    key: str | None
    name_en: str
    name_zh: str
    measures: dict[str, str]
    figures: dict[str, FigureWithEvidenceOut]


class UtilizationOut(BaseModel):
    """Figures with their definitions. `first` and `last` are days of each lab's own wall; what runs is counted to midnight.

    `old`: so many of `months` summaries are being worked out anew; ask again in a minute.
    """

    of: str
    period: str
    first: date
    last: date
    by: str | None
    months: int
    old: int
    records_begin: RecordsBegin
    measures: dict[str, MeasureOut]
    definitions: dict[str, DefinitionOut]
    items: list[FigureRowOut]
    next: str | None


class UseRowsQuery(Asked):
    """Of which instrument, in which period."""

    of: Annotated[str, Field(max_length=40, examples=["instrument-7"])]
    period: str | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    cursor: str | None = Field(None, description="`next` of the page before.")


class UseRowOut(BaseModel):
    """One use behind the figure: its hours within the period, of them for others; counts: it began in the period."""

    use_id: int
    started: datetime
    hours: str
    external: str
    counts: bool
    samples: int
    evidence: str


class UseRowsOut(BaseModel):
    """The uses behind the effective hours of an instrument, which they add up to."""

    of: str
    period: str
    records_begin: RecordsBegin
    hours: str
    items: list[UseRowOut]
    next: str | None


class UsedQuery(Asked):
    """In which period (`period`, or `from` and `to`, both included; without either the last month), told apart by what,
    beside the same `year` before or the period just `before`."""

    period: str | None = None
    first: ADate | None = Field(None, alias="from")
    last: ADate | None = Field(None, alias="to")
    by: Literal["instrument", "lab", "institution", "class", "month"] = "instrument"
    against: Literal["before", "year"] = "year"
    having: str = Field("", description="Only rows that have any of this measure, as `external`.")


class UsedThenQuery(Asked):
    """In which period (`period`, or `from` and `to`, both included; without either the last month), in which hours of the week: a
    weekday (0: Monday), an hour of the day, or one hour of one day; without either all."""

    period: str | None = None
    first: ADate | None = Field(None, alias="from")
    last: ADate | None = Field(None, alias="to")
    weekday: Annotated[int, Field(ge=0, le=6)] | None = None
    hour: Annotated[int, Field(ge=0, le=23)] | None = None


class UsedRowOut(BaseModel):
    """What was used of one instrument, lab, institution or class, or in one month; hours as a decimal."""

    key: str | None
    name_en: str
    name_zh: str
    hours: str
    uses: int
    samples: int
    instruments: int
    figures: dict[str, FigureWithEvidenceOut]


class FigureComparedOut(BaseModel):
    """A figure of the period to compare with, and by how much that of the period itself differs: a share by parts of one,
    hours and numbers by parts of the other; null where either is missing."""

    value: AShare | None
    changed: AShare | None


class OtherPeriodOut(BaseModel):
    """The period to compare with; no figures where the period still runs, or where this begins before the records or is not all
    counted: `not_compared` says which."""

    against: Literal["before", "year"]
    period: str
    first: date
    last: date
    figures: dict[str, FigureComparedOut]
    not_compared: str | None


class UsedMonthOut(BaseModel):
    """Effective hours of a month, and by which part they changed on the month that it is compared with; beside them what was
    reserved, attended, and reserved but not used."""

    month: str
    hours: str
    changed: AShare | None
    reserved: str
    attended: str
    unused: str


class UsedOut(BaseModel):
    """What a group, or the people of an institution or company, used wherever it stood; old: of so many `months` of all
    instruments so many are still being counted. `trend`: up to 13 months."""

    period: str
    first: date
    last: date
    by: str
    months: int
    old: int
    records_begin: RecordsBegin
    figures: dict[str, FigureWithEvidenceOut]
    definitions: dict[str, DefinitionOut]
    compared: OtherPeriodOut
    trend: list[UsedMonthOut]
    steps: list[UsedStepOut]
    by_hours: UsedByHoursOut
    costs: list[CostsOfMonthOut] | None = Field(description="Null for who may not read their charges.")
    unmet: list[LookedForOut] | None = Field(description="Null for who has no right to those who asked.")
    items: list[UsedRowOut]


class ReservedQuery(Asked):
    """The reservations that a figure counts (no_show_rate, lead_time, late_cancelled, unused), in which period."""

    period: str | None = None
    figure: Literal["no_show_rate", "lead_time", "late_cancelled", "unused"] = "no_show_rate"
    missed: bool = Field(False, description="Only those to which nobody came.")
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    cursor: str | None = Field(None, description="`next` of the page before.")


class ReservedOfQuery(ReservedQuery):
    """The same, of which institution, lab or instrument."""

    of: Annotated[str, Field(max_length=40, examples=["instrument-7"])]


class ReservedRowOut(BaseModel):
    """One reservation as it stood at its start; lead: hours from when it was made to its start; unused: the hours of it in which
    nobody came, null where another figure than `unused` was asked for."""

    reservation_id: int
    instrument_id: int
    start: datetime
    end: datetime
    made: datetime
    lead: str
    no_show: bool
    unused: str | None


class ReservedRowsOut(BaseModel):
    """The reservations behind a figure."""

    period: str
    records_begin: RecordsBegin
    figure: str
    reservations: int
    items: list[ReservedRowOut]
    next: str | None
