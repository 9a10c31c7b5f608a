"""When the instruments of the invented world are open: weekly hours of every shape, limits, closures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from instruments.availability import kinds
from instruments.availability.opening import Hours, ValidWeek, expand
from instruments.availability.week import parse_week
from instruments.demo.contents import Line, table
from instruments.demo.generator.chance import stream
from instruments.demo.generator.days import day_plan
from instruments.demo.generator.instruments import SHOWN_LAB, SHOWN_MODELS, Instruments
from instruments.demo.generator.places import ZONE, Places, Row, zone_of
from instruments.people.audience import kept
from instruments.reservations.limits import LIMITS, BookingRules
from instruments.timespan import Pair, instant

DAYS_BACK = 365
DAYS_AHEAD = 28
# Its own people may go on at night, when it is closed to everybody else.
NIGHT_LAB = 2
NIGHTS = "Mon-Fri 08:00-02:00; Sat-Sun 09:00-02:00"

OWN_SHAPES = (
    ("", 900), ("own-always", 25), ("own-two-days", 20), ("own-past-midnight", 20), ("own-mornings", 10),
    ("own-half-weeks", 15), ("own-closed", 5),
)  # fmt: skip
NIGHT_SHAPE = "own-past-midnight"
_NAMES = (
    "grid_minutes",
    "shortest_minutes",
    "longest_minutes",
    "lead_minutes",
    "horizon_days",
    "buffer_minutes",
)
# What some labs set besides: none of it forbids what was booked without it.
LAB_BESIDES: tuple[dict[str, int | str], ...] = (
    {},
    {"lab_days": 90, "institution_days": 60},
    {"cutoff_minutes": 24 * 60, "names_seen": "group"},
    {"cutoff_minutes": 120, "lab_days": 120, "names_seen": "institution"},
)
SHOWN_BESIDES: dict[str, int | str] = {"lab_days": 28, "cutoff_minutes": 120, "names_seen": "group"}
SHOWN_LIMITS = (15, 30, 240, 30, 14, 0)
LAB_LIMITS: tuple[tuple[int, ...] | None, ...] = (
    None,
    (30, 30, 480, 0, 14, 0),
    (15, 15, 240, 30, 14, 15),
    (60, 60, 720, 120, 30, 0),
    (30, 60, 1440, 60, 28, 30),
    (15, 30, 360, 0, 21, 0),
)
LONG_RUNS = ("battery-cycling", "creep-test", "hpc", "fermentation", "simulation", "osl-dating", "mbe")
LONG_LIMITS = (60, 240, 7 * 1440, 0, 60, 0)
PLACES_CLOSED = 2
QUICK_LIMITS = (10, 10, 120, 0, 7, 0)
# Campaigns abroad are planned far ahead, over both changes of the clocks.
ABROAD_LIMITS = (30, 30, 480, 0, 240, 0)


class Shape(NamedTuple):
    """When an instrument is open: by the names in hours.csv of its lab's week and its own, and on which wall."""

    lab: str
    own: str
    zone: str = ZONE.key


@dataclass
class Openings:
    """Rows of hours, limits and closures, with what reservations ask: shapes, limits and closures by instrument."""

    hours: list[Row] = field(default_factory=list)
    rules: list[Row] = field(default_factory=list)
    closures: list[Row] = field(default_factory=list)
    shapes: dict[int, Shape] = field(default_factory=dict)
    limits: dict[int, BookingRules] = field(default_factory=dict)
    closed: dict[int, list[Pair]] = field(default_factory=dict)
    # How many places of an instrument are closed for a while; its reservations leave them free all the time.
    places_closed: dict[int, int] = field(default_factory=dict)
    # The one instrument of the shown lab that is open into the night.
    night: int | None = None


def make_openings(places: Places, made: Instruments, anchor: date) -> Openings:
    """Hours, limits and closures of all labs and instruments around the day `anchor`."""
    openings = Openings()
    lab_limits: dict[int, BookingRules] = {}
    for lab in places.labs:
        openings.hours += [
            {"lab_id": lab["id"], "instrument_id": None, **_week_row(week)}
            for week in weeks(places.about_lab[lab["id"]]["hours"], anchor.year)
        ]
        if lab["id"] == NIGHT_LAB:
            week = ValidWeek(parse_week(NIGHTS), circles=frozenset(["lab"]))
            openings.hours.append({"lab_id": NIGHT_LAB, "instrument_id": None, **_week_row(week)})
        lab_limits[lab["id"]] = _lab_rules(openings, lab["id"])
    openings.night = next(
        (
            row["id"] for row in made.rows
            if row["lab_id"] == SHOWN_LAB and made.models[row["id"]]["model"] not in SHOWN_MODELS
        ),
        None,
    )  # fmt: skip
    lab_closed = {lab["id"]: _lab_closures(openings, lab["id"], anchor) for lab in places.labs}
    _part_closed(openings, made, anchor)
    for row in made.rows:
        shape = places.about_lab[row["lab_id"]]["hours"]
        _add(openings, row, made.models[row["id"]], shape, lab_limits[row["lab_id"]], anchor)
        openings.closed.setdefault(row["id"], []).extend(lab_closed[row["lab_id"]])
    return openings


@cache
def weeks(shape: str, year: int) -> Sequence[ValidWeek]:
    """The weekly patterns of a shape; seasons are set for the year before, this one and the next."""
    found: list[ValidWeek] = []
    for line in table("hours"):
        if line["shape"] != shape:
            continue
        week = parse_week(line["week"])
        if not line["valid_from"]:
            found.append(ValidWeek(week))
            continue
        for one in (year - 1, year, year + 1):
            ends = one if line["valid_from"] <= line["valid_to"] else one + 1
            since = date.fromisoformat(f"{one}-{line['valid_from']}")
            found.append(ValidWeek(week, since, date.fromisoformat(f"{ends}-{line['valid_to']}")))
    return tuple(found)


@cache
def open_time(shape: Shape, anchor: date) -> Sequence[Pair]:
    """The open spans from a year before the anchor to four weeks after it, in UTC seconds, without the holidays."""
    hours = Hours(
        tuple(weeks(shape.own, anchor.year)) if shape.own else (), tuple(weeks(shape.lab, anchor.year))
    )
    plan = day_plan()
    first, last = anchor - timedelta(days=DAYS_BACK), anchor + timedelta(days=DAYS_AHEAD)
    return tuple(expand(hours, ZoneInfo(shape.zone), first, last, plan.closed, dict(plan.weekdays)))


def _week_row(week: ValidWeek) -> Row:
    return {
        "week": str(week.week),
        "valid_from": week.valid_from,
        "valid_to": week.valid_to,
        "circles": kept(week.circles),
    }


def _lab_rules(openings: Openings, lab_id: int) -> BookingRules:
    limits, besides = _usual_rules(lab_id)
    if limits is None:
        return BookingRules()
    openings.rules.append(_limits_row(limits, lab_id=lab_id) | besides)
    return BookingRules(*limits)


def _usual_rules(lab_id: int) -> tuple[tuple[int, ...] | None, dict[str, int | str]]:
    if lab_id == SHOWN_LAB:
        return SHOWN_LIMITS, SHOWN_BESIDES
    if zone_of(lab_id) != ZONE:
        return ABROAD_LIMITS, {}
    return stream("limits", lab_id).choice(LAB_LIMITS), stream("besides", lab_id).choice(LAB_BESIDES)


def _limits_row(limits: tuple[int, ...], lab_id: int | None = None, number: int | None = None) -> Row:
    """Every limit, those that are not set as nothing: rows of one table are written alike."""
    set_ones = dict(zip(_NAMES, limits, strict=True))
    return {"lab_id": lab_id, "instrument_id": number, **dict.fromkeys(LIMITS), **set_ones}


def _add(
    openings: Openings, row: Row, model: Line, lab_shape: str, lab_limits: BookingRules, anchor: date
) -> None:
    number = row["id"]
    chance = stream("opening", number)
    shown = row["lab_id"] == SHOWN_LAB and model["model"] in SHOWN_MODELS
    zone = zone_of(row["lab_id"])
    own = (
        ""
        if shown or zone != ZONE
        else chance.choices([name for name, _ in OWN_SHAPES], [weight for _, weight in OWN_SHAPES])[0]
    )
    if number == openings.night:
        own = NIGHT_SHAPE
    openings.shapes[number] = Shape(lab_shape, own, zone.key)
    openings.hours += [
        {"lab_id": None, "instrument_id": number, **_week_row(week)}
        for week in (weeks(own, anchor.year) if own else ())
    ]
    openings.limits[number] = _own_rules(openings, row, model, lab_limits, chance)
    if not shown and chance.random() < 0.16:
        openings.closed[number] = [
            _close(
                openings,
                "instrument",
                number,
                chance,
                anchor,
                days=chance.choice((-40, -9, -3, 0, 2, 6, 12, 20)),
            )
        ]
    if row["status"] == "down":
        openings.closed.setdefault(number, []).append(_down(openings, number, anchor))


def _own_rules(
    openings: Openings, row: Row, model: Line, lab_limits: BookingRules, chance: Random
) -> BookingRules:
    limits: tuple[int, ...] | None = None
    if any(key in LONG_RUNS for key in model["techniques"].split()):
        limits = LONG_LIMITS
    elif int(model["price_cny"]) < 100_000 and chance.random() < 0.3:
        limits = QUICK_LIMITS
    if limits is None:
        return lab_limits
    openings.rules.append(_limits_row(limits, number=row["id"]))
    return BookingRules(*limits)


def _lab_closures(openings: Openings, lab_id: int, anchor: date) -> list[Pair]:
    chance = stream("lab closures", lab_id)
    if lab_id == SHOWN_LAB or chance.random() > 0.35:
        return []
    return [_close(openings, "lab", lab_id, chance, anchor, days=chance.choice((-120, -30, -6, 3, 9, 17)))]


def _close(openings: Openings, owner: str, number: int, chance: Random, anchor: date, days: int) -> Pair:
    """A closure some days from the anchor, as one line of closures.csv has it."""
    line = chance.choice([one for one in table("closures") if one["owner"] == owner])
    hour = chance.choice((8, 9, 13, 14)) if line["days"] == "0" else 8
    start = datetime.combine(anchor + timedelta(days=days), time(hour), ZONE).astimezone(UTC)
    end = start + timedelta(hours=int(line["hours"]))
    openings.closures.append(
        _closure_row(owner, number, line["kind"], f"{line['reason_en']} / {line['reason_zh']}", start, end)
    )
    return int(start.timestamp()), int(end.timestamp())


def _part_closed(openings: Openings, made: Instruments, anchor: date) -> None:
    """Two of many places are out of order for some days: nobody has ever booked more than the others."""
    several = (row["id"] for row in made.rows if row["capacity"] >= 6 and row["status"] == "in_service")
    number = next(several, None)
    if number is None:
        return
    start = datetime.combine(anchor - timedelta(days=2), time(9), ZONE).astimezone(UTC)
    reason = "Two channels drift, their boards are being replaced / 两个通道漂移，正在更换板卡"
    row = _closure_row("instrument", number, "maintenance", reason, start, start + timedelta(days=12))
    openings.closures.append(row | {"units": PLACES_CLOSED})
    openings.places_closed[number] = PLACES_CLOSED


def _down(openings: Openings, number: int, anchor: date) -> Pair:
    start = datetime.combine(anchor - timedelta(days=4), time(10), ZONE).astimezone(UTC)
    end = start + timedelta(days=18)
    reason = "Fault reported, waiting for a part / 已报故障，等待备件"
    openings.closures.append(
        _closure_row("instrument", number, "breakdown", reason, start, instant(kinds.END_NOT_KNOWN))
    )
    # Nobody books an instrument that is down, whenever it may be up again.
    return int(start.timestamp()), int((end + timedelta(days=DAYS_AHEAD)).timestamp())


def _closure_row(owner: str, number: int, kind: str, reason: str, start: datetime, end: datetime) -> Row:
    return {
        "lab_id": number if owner == "lab" else None,
        "instrument_id": number if owner == "instrument" else None,
        "kind": kinds.KEPT[kind][0],
        "detail_kind": kinds.KEPT[kind][1],
        "reason": reason,
        "starts_at": start,
        "ends_at": end,
        "units": None,
    }
