"""The shapes of limits and quotas as they are set, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from instruments.reservations.rule_schemas import LimitsOut
from instruments.web.shapes import ADate, Asked

Circle = Literal["lab", "institution", "partners", "companies"]


class OwnLimits(Asked):
    """What a lab or an instrument sets itself; null: as its lab, or the common rules."""

    grid_minutes: int | None = None
    shortest_minutes: int | None = None
    longest_minutes: int | None = None
    lead_minutes: int | None = None
    horizon_days: int | None = None
    lab_days: int | None = None
    institution_days: int | None = None
    partners_days: int | None = None
    companies_days: int | None = None
    before_minutes: int | None = None
    buffer_minutes: int | None = None
    cutoff_minutes: int | None = None
    consecutive_minutes: int | None = None
    names_seen: Literal["nobody", "group", "institution", "everybody"] | None = None
    payer_named: Literal["after_use", "when_booked"] | None = None


class DatedIn(Asked):
    """Limits for reservations that start on these dates, the last included; null: without an end."""

    first: ADate
    last: ADate | None = None
    season_id: int | None = Field(
        None, description="Hold in the dates of this season only, and move with them."
    )
    limits: OwnLimits


class DatedOut(BaseModel):
    """A set of limits for certain dates."""

    id: int
    first: date
    last: date | None
    season_id: int | None
    limits: OwnLimits


class SetLimitsOut(BaseModel):
    """What is set here, what holds where nothing is, and the sets for certain dates to come."""

    own: OwnLimits
    otherwise: LimitsOut
    dated: list[DatedOut]
    version: int = Field(description="0 while nothing was ever set.")


class SetQuotaIn(Asked):
    """A quota. Without `circles` it holds for all; without `peak` all time counts."""

    amount: int
    measured: Literal["hours", "count"]
    per: Literal["day", "week", "month", "year", "future"]
    holder: Literal["person", "group", "institution"]
    over: Literal["instrument", "class", "lab", "catalogue"]
    circles: list[Circle] = Field(default_factory=list)
    peak: Annotated[str, Field(max_length=1000)] = ""
    short_notice_hours: int = 0
    valid_from: ADate | None = None
    valid_to: ADate | None = None
    season_id: int | None = Field(
        None, description="Holds in the dates of this season only, and moves with them."
    )


class SetQuotaOut(BaseModel):
    """A quota as it is set; its version is what a change must name in If-Match."""

    id: int
    amount: int
    measured: Literal["hours", "count"]
    per: Literal["day", "week", "month", "year", "future"]
    holder: Literal["person", "group", "institution"]
    over: Literal["instrument", "class", "lab", "catalogue"]
    circles: list[Circle]
    peak: str
    short_notice_hours: int
    valid_from: date
    valid_to: date | None
    season_id: int | None
    version: int


class SetQuotasOut(BaseModel):
    """The quotas set here that hold or will hold."""

    items: list[SetQuotaOut]


class EndedOut(BaseModel):
    """Whether it was taken back before it began; else it ends with today."""

    taken_back: bool


class ApprovalRuleIn(Asked):
    """Whose bookings are asked for first; with no circle nobody's. above_minutes: longer ones only; null: all."""

    circles: Annotated[list[Circle], Field(max_length=4)]
    above_minutes: int | None = None
    managers_only: bool = Field(False, description="Managers decide alone; else operators, too.")
    deadline_hours: int = Field(24, description="Within how many hours the lab answers.")
    own_together: bool = Field(
        False, description="Whether requests of the own institution may be approved several at once."
    )


class LabApprovalRuleOut(BaseModel):
    """What the lab of an instrument has set for all of its instruments."""

    circles: list[Circle]
    above_minutes: int | None
    managers_only: bool
    deadline_hours: int
    own_together: bool


class ApprovalRuleOut(LabApprovalRuleOut):
    """A rule of approval as it is set; its version is what a change must name in If-Match."""

    own: bool = Field(description="Whether it holds; an instrument’s may be laid aside, then its lab’s does.")
    lab_rule: LabApprovalRuleOut | None = Field(
        description="Of an instrument: what its lab has set; null where that asks nobody."
    )
    version: int = Field(description="0 while nothing was ever set.")
