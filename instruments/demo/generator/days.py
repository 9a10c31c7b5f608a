"""What the days of the invented institutions are: announced for 2026, set by hand for 2027, which is provisional."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache

from instruments.availability.announced import CHINA, announced
from instruments.availability.days import ANNOUNCED, HAND, Day, DayPlan, Sourced, counting, plan_of
from instruments.demo.contents import table
from instruments.demo.generator.places import Places, Row

ANNOUNCED_YEAR = 2026
TAKEN_OVER = datetime(2025, 12, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Days:
    """Rows of the calendars of institutions."""

    days: Sequence[Row]
    national: Sequence[Row]
    known: Sequence[Row]
    seasons: Sequence[Row]
    spans: Sequence[Row]


def make_days(places: Places) -> Days:
    """The same days for every owner of instruments; companies follow no calendar."""
    owners = [owner["id"] for owner in places.owners()]
    return Days(
        [_row(owner, day, source) for owner in owners for day, source in _days()],
        [
            {"institution_id": one["id"], "region": CHINA if one["id"] in owners else ""}
            for one in places.institutions
        ],
        [
            {"institution_id": owner, "year": ANNOUNCED_YEAR, "source": ANNOUNCED, "set_at": TAKEN_OVER}
            for owner in owners
        ],
        *_seasons([owner["id"] for owner in places.owners() if owner["kind"] == "university"]),
    )


def _seasons(universities: Sequence[int]) -> tuple[list[Row], list[Row]]:
    """The same terms, exam weeks and vacations for every university, and their dates."""
    seasons: list[Row] = []
    spans: list[Row] = []
    for institution_id in universities:
        for line in table("seasons"):
            number = len(seasons) + 1
            names = {name: line[name] for name in ("kind", "name_en", "name_zh")}
            seasons.append({"id": number, "institution_id": institution_id, **names})
            for span in line["spans"].split():
                first, last = (date.fromisoformat(day) for day in span.split("/"))
                spans.append({"season_id": number, "first_day": first, "last_day": last})
    return seasons, spans


def day_plan() -> DayPlan:
    """What the days mean for labs that chose nothing."""
    return plan_of(counting(_days()))


@cache
def _days() -> Sequence[Sourced]:
    return [
        *((day, ANNOUNCED) for day in announced(CHINA, ANNOUNCED_YEAR)),
        *((_day(line), HAND) for line in table("holidays")),
    ]


def _day(line: dict[str, str]) -> Day:
    replaces = date.fromisoformat(line["replaces"]) if line["replaces"] else None
    return Day(date.fromisoformat(line["day"]), line["kind"], line["name_en"], line["name_zh"], replaces)


def _row(institution_id: int, day: Day, source: str) -> Row:
    return {"institution_id": institution_id, "source": source, **vars(day)}
