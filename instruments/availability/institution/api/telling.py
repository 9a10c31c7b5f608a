"""What the doors of an institution's calendar for programs share: the blueprint, who may, and how days are told."""

from __future__ import annotations

from datetime import date
from typing import Any

from apiflask import APIBlueprint

from instruments.availability.institution.schemas import DayOut
from instruments.availability.institution_days import (
    is_provisional,
    known_years,
    region_of,
    rows_between,
    today_of,
)
from instruments.people.models import Institution
from instruments.people.rights import Action, Actor, Scope
from instruments.people.signing import require
from instruments.web import clock

api = APIBlueprint("institution_api", __name__, url_prefix="/api/v1", tag="Days and seasons")


def editor(institution: Institution) -> Actor:
    """Whoever asks, if they may change the days and seasons of the institution; raises otherwise."""
    return require(Action.HOLIDAYS_EDIT, Scope(institution_id=institution.id))


def days_told(institution: Institution, first: date, last: date) -> dict[str, Any]:
    """The days between two dates, with what is known of the year in which they begin."""
    region, today = region_of(institution), today_of(institution, clock.now())
    rows = rows_between(institution.id, first, last)
    return {
        "year": first.year,
        "region": region,
        "provisional": is_provisional(region, first.year, known_years(institution.id), today),
        "items": [{name: getattr(row, name) for name in DayOut.model_fields} for row in rows],
    }


def year_told(institution: Institution, year: int) -> dict[str, Any]:
    """The days of a year."""
    return days_told(institution, date(year, 1, 1), date(year, 12, 31))
