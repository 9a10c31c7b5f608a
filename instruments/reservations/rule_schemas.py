"""The rules of an instrument on the wire: its limits, those of other dates, and its quotas with what is left."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from instruments.people.rights import Actor
from instruments.reservations import wire
from instruments.reservations.bookable import Bookable
from instruments.reservations.quotas import Quota
from instruments.reservations.schemas import APerson
from instruments.reservations.stages import FOR_EVER
from instruments.reservations.within_quotas import Left, what_is_left
from instruments.web.shapes import AnInstant, Asked, SpanOut


class LimitsOut(BaseModel):
    """Limits on one reservation; a window that is null is as far as `horizon_days`."""

    grid_minutes: int
    shortest_minutes: int
    longest_minutes: int
    lead_minutes: int
    cutoff_minutes: int
    horizon_days: int
    lab_days: int | None
    institution_days: int | None
    partners_days: int | None
    companies_days: int | None
    before_minutes: int
    buffer_minutes: int = Field(
        description="Stays free after each reservation; before_minutes before the next."
    )
    consecutive_minutes: int | None
    names_seen: Literal["nobody", "group", "institution", "everybody"]
    payer_named: Literal["after_use", "when_booked"]


class DatedLimitsOut(BaseModel):
    """Limits for reservations that start on these dates, the last included; null: without an end."""

    first: date
    last: date | None
    limits: LimitsOut


class QuotaOut(BaseModel):
    """A quota. `used` and `left` are of the period of `at`, without it the present one, for the token's person or whom it
    is `for`; null without a token."""

    measured: Literal["hours", "count"]
    amount: int
    per: Literal["day", "week", "month", "year", "future"]
    holder: Literal["person", "group", "institution"]
    over: Literal["instrument", "class", "lab", "catalogue"]
    set_by: Literal["instrument", "lab", "institution"]
    circles: list[str] = Field(description="For whose users it holds; empty: for all.")
    peak: str = Field(description="Only time within this weekly pattern counts; empty: all time.")
    short_notice_hours: int
    valid_from: date | None
    valid_to: date | None
    period: SpanOut | None = Field(description="Which period that is; null for what is held in future.")
    used: float | None
    left: float | None


class RulesQuery(Asked):
    """Whose quotas, and of when."""

    at: AnInstant | None = Field(
        None,
        description="Tells what is left of the period of each quota that this moment lies in, not of the present one.",
    )
    user: APerson = Field(
        None, alias="for", description="Somebody for whom the token's person may book this instrument."
    )


class RulesOut(BaseModel):
    """What holds for reservations of an instrument now, and on other dates to come."""

    instrument_id: int
    zone: str
    limits: LimitsOut
    window_days: int = Field(description="How many days ahead the token's person may book.")
    other_dates: list[DatedLimitsOut]
    quotas: list[QuotaOut]


def rules_of(
    thing: Bookable, actor: Actor | None, now: datetime, at: datetime | None = None
) -> dict[str, Any]:
    """The rules as this reader meets them; of several groups the first counts. One statement, or none. at: of when it is
    told what is left of quotas, now without it."""
    moment, zone = int(now.timestamp()), thing.calendar.zone
    rules = thing.rules_at(moment)
    coming = [stage for stage in thing.stages if stage.last > moment and stage.rules != rules]
    return {
        "instrument_id": thing.id,
        "zone": zone.key,
        "limits": asdict(rules),
        "window_days": rules.days_for(thing.circle_of(actor) if actor else None),
        "other_dates": [
            {
                "first": _day(stage.first, thing),
                "last": None if stage.last == FOR_EVER else _day(stage.last - 1, thing),
                "limits": asdict(stage.rules),
            }
            for stage in coming
        ],
        "quotas": _quotas(thing, actor, moment, at),
    }


def _quotas(thing: Bookable, actor: Actor | None, now: int, at: datetime | None) -> list[dict[str, Any]]:
    if actor is None:
        return [_quota(quota, thing, None) for quota in thing.quotas]
    span = None if at is None else (int(at.timestamp()), int(at.timestamp()) + 1)
    held = what_is_left(actor, min(actor.group_ids, default=None), thing, now, span)
    return [_quota(each.quota, thing, each) for each in held]


def _quota(quota: Quota, thing: Bookable, held: Left | None) -> dict[str, Any]:
    unit = 3600 if quota.measured == "hours" else 1
    bounded = held is not None and quota.per != "future"
    return {
        "measured": quota.measured, "amount": quota.amount, "per": quota.per, "holder": quota.holder,
        "over": quota.over, "set_by": quota.owner, "circles": sorted(quota.circles),
        "peak": str(quota.peak or ""), "short_notice_hours": quota.short_notice // 3600,
        "valid_from": quota.valid_from, "valid_to": quota.valid_to,
        "period": wire.span(held.period.first, held.period.last, thing.calendar.zone) if held and bounded else None,
        "used": held.used / unit if held else None,
        "left": held.left / unit if held else None,
    }  # fmt: skip


def _day(moment: int, thing: Bookable) -> date:
    return datetime.fromtimestamp(moment, thing.calendar.zone).date()
