"""The shape of a dashboard on the wire, as the OpenAPI document shows it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.utilization.begun_shapes import RecordsBegin
from instruments.utilization.schemas import (
    DefinitionOut,
    EvidenceOut,
    FigureOut,
    OtherPeriodOut,
    PlaceQuery,
)
from instruments.utilization.unmet_schemas import WishOut
from instruments.web.shapes import AnId


class DashboardQuery(PlaceQuery):
    """Of which instruments, in which period: `period`, or `from` and `to`, both included; without either the last month; beside
    the same a `year` before or the period just `before`."""

    against: Literal["before", "year"] = "year"


class RowsQuery(PlaceQuery):
    """The same of rows behind figures, some hundred at a time."""

    limit: Annotated[int, Field(ge=1, le=500)] = 100
    cursor: str | None = Field(None, description="`next` of the page before.")


class OfPlaceOut(BaseModel):
    """Of which place and period something is; `old`: so many of `months` summaries are being counted anew."""

    of: str
    period: str
    first: date
    last: date
    months: int
    old: int
    records_begin: RecordsBegin


class ServedOut(BaseModel):
    """How many different ones were served, the owners of the instruments among them."""

    persons: int
    groups: int
    institutions: int
    companies: int


class UserOfOwnerOut(BaseModel):
    """What people of one institution used of one owner's instruments, a lab or an institution; companies stand together.

    `user_id` is null for companies and for users of whom nothing is known; `companies` tells them apart.
    """

    owner_id: AnId
    user_id: AnId | None
    companies: bool
    hours: str
    uses: int


class EarnedOut(BaseModel):
    """Before tax, by the day of the service; external: what of it others than the owners bear."""

    currency: str
    charged: str
    external: str


class ParetoOut(BaseModel):
    """Instruments in the order of their hours: how many, how many were used, and the share of all hours of the first fifth."""

    instruments: int
    used: int
    first_fifth: str | None


class DashboardOut(OfPlaceOut):
    """What a dashboard shows beside the figures of `/utilization`. `old`: so many of `months` summaries are being counted anew.

    `elsewhere` is null where it is withheld or there is none: `withheld` says why. `withheld_figures`: those of elsewhere that
    are not told, since fewer than five persons stand behind each by itself, or behind what it would give away. `week` is the
    share of places in use by hour of the week, from Monday midnight on. `income` is null for whoever may not read charges
    there, `unmet` for whoever has no right to those who asked.
    """

    owners: str = Field(description="Whether `owner_id` is a `lab` or an `institution`.")
    elsewhere: dict[str, FigureOut] | None
    withheld: str | None
    withheld_figures: list[str]
    week: list[str]
    evidence: dict[str, EvidenceOut] = Field(description="Of `effective` and of `external` hours.")
    by_hours: ParetoOut
    served: ServedOut
    who_uses_whose: list[UserOfOwnerOut]
    income: list[EarnedOut] | None
    served_before: ServedOut | None = Field(
        description="The same in the other period; null where that is not compared with."
    )
    income_before: list[EarnedOut] | None
    compared: OtherPeriodOut
    definitions: dict[str, DefinitionOut] = Field(
        description="Of `users`, `groups`, `institutions` and `companies` served, and of `charged` and `charged_outside`."
    )
    unmet: list[WishOut] | None


class ServedQuery(RowsQuery):
    """By what rows of who was served are told: `institutions`, `groups`, or `users` of each instrument."""

    rows: Literal["institutions", "groups", "users"] = "institutions"


class ServedRowOut(BaseModel):
    """What an institution or a group had; or how many different users an instrument had.

    Companies, or their groups, stand together in one row: `companies` tells it, `count` how many they are; `count` of an
    instrument is its users. `institution_id` is null there, and of users of whom nothing is known.
    """

    institution_id: AnId | None
    group_id: AnId | None
    instrument_id: AnId | None
    companies: bool
    count: int
    hours: str | None
    uses: int | None
    samples: int | None


class ServedRowsOut(OfPlaceOut):
    """Who was served, row by row, by effective hours or users, with the figure that they stand behind."""

    rows: str
    definition: DefinitionOut
    served: ServedOut
    items: list[ServedRowOut]
    next: str | None


class IncomeQuery(RowsQuery):
    """By what rows of what was charged are told; `month` alone of an instrument, `lab` of an institution."""

    by: Literal["instrument", "lab", "month"] | None = None


class IncomeRowOut(EarnedOut):
    """What one earned in one currency: the number of an instrument or a lab, or a month such as 2026-11."""

    key: str


class IncomeRowsOut(OfPlaceOut):
    """What was charged, row by row; `sums` is what the rows come to."""

    by: str
    definitions: dict[str, DefinitionOut]
    sums: list[EarnedOut]
    items: list[IncomeRowOut]
    next: str | None


class WeekHoursQuery(RowsQuery):
    """Of which hours of the week: a weekday (0: Monday), an hour of the day, or one hour of one day; without either all."""

    weekday: Annotated[int, Field(ge=0, le=6)] | None = None
    hour: Annotated[int, Field(ge=0, le=23)] | None = None


class UsedThenOut(BaseModel):
    """What of an instrument was in use in those hours, of how much there was of its places, open or not: hours on the wall."""

    instrument_id: AnId
    used: str
    there: str


class WeekHoursOut(OfPlaceOut):
    """The instruments in service by their use in some hours of the week, which they add up to."""

    weekday: int | None
    hour: int | None
    used: str
    there: str
    items: list[UsedThenOut]
    next: str | None


class UsedByQuery(RowsQuery):
    """By whom: the number of an institution, `companies` (which stand together), or `unknown`."""

    user: Annotated[str, Field(max_length=18, examples=["3", "companies"])]


class UsedByRowOut(BaseModel):
    """What one had of an instrument."""

    instrument_id: AnId
    hours: str
    uses: int
    samples: int


class UsedByOut(OfPlaceOut):
    """The instruments that one used, by effective hours, which add up to the cell of who uses whose."""

    user: str
    hours: str
    items: list[UsedByRowOut]
    next: str | None
