"""One change of hours as it meets the weeks that an instrument has: what goes, what ends, what comes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, TypeAlias

from instruments.availability.opening import in_force


class WeekRow(NamedTuple):
    """A week as it is kept; the number of one that is not kept yet is 0."""

    id: int
    week: str
    valid_from: date | None
    valid_to: date | None
    circles: str = ""
    season_span_id: int | None = None


@dataclass(frozen=True)
class NewWeek:
    """A week is published from a date on, or from one to another, for some circles or (empty) for everybody; with the
    dates of a season it moves with them."""

    week: str
    since: date
    until: date | None = None
    circles: str = ""
    season_span_id: int | None = None


@dataclass(frozen=True)
class AsLab:
    """The weeks of its own end, so that its lab's hold from a date on."""

    since: date


HoursChange: TypeAlias = NewWeek | AsLab


@dataclass(frozen=True)
class WeekPlan:
    """What a change does to the weeks of one instrument: numbers that go, numbers that end the day before, whether one
    comes. Nothing of it: they are so already. What ends no longer moves with a season."""

    gone: tuple[int, ...] = ()
    ended: tuple[int, ...] = ()
    comes: bool = False

    def __bool__(self) -> bool:
        return bool(self.gone or self.ended or self.comes)


def plan(rows: Sequence[WeekRow], change: HoursChange) -> WeekPlan:
    """What a change does to weeks, the one published last first; see hours.publish_week and hours.follow_lab."""
    if isinstance(change, AsLab):
        held = [row for row in rows if row.valid_to is None or row.valid_to >= change.since]
        gone = tuple(row.id for row in held if row.valid_from is not None and row.valid_from >= change.since)
        return WeekPlan(gone, tuple(row.id for row in held if row.id not in gone))
    alike = [row for row in rows if row.circles == change.circles]
    before = in_force(alike, change.since)
    told = before and (before.week, before.valid_to, before.season_span_id)
    if told == (change.week, change.until, change.season_span_id):
        return WeekPlan()
    return WeekPlan(gone=tuple(row.id for row in alike if _makes_way(row, change)), comes=True)


def _makes_way(row: WeekRow, change: NewWeek) -> bool:
    within = change.until is None or (row.valid_to is not None and row.valid_to <= change.until)
    return row.valid_from == change.since and within
