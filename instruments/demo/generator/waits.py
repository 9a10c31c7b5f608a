"""Who waits for what in the invented world, and what was asked for and not found there in the last months."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from instruments.demo.generator.chance import stream
from instruments.demo.generator.instruments import SHOWN_LAB, Instruments
from instruments.demo.generator.people import People
from instruments.demo.generator.places import ZONE, Places, Row

# Who waits for which of the shown lab's instruments, from and until which day on, for how many hours.
WAITS = (
    ("researcher", 0, 2, 6, 3.0),
    ("student", 0, 1, 8, 2.0),
    ("group_head", 1, 3, 12, 4.0),
    ("partner", 1, 2, 9, 2.0),
)
SEARCHED, DAYS_BACK, MOST_HOURS = 160, 170, 8
SHARE_OF_WAITS, SHARE_OF_OWN, SHARE_OF_COMPANIES = 0.15, 0.6, 0.25


def make_waits(people: People, made: Instruments, anchor: date) -> list[Row]:
    """Rows of requests by the shown persons; the worker finds at its first look what it can offer of them."""
    here = [
        row
        for row in made.rows
        if row["lab_id"] == SHOWN_LAB and row["audience"] in ("partners", "companies")
    ]
    working = [row["id"] for row in here if row["status"] == "in_service"]
    wanted = [(who, working[place % len(working)], *rest) for who, place, *rest in WAITS if working]
    return [
        _wait(people, who, anchor, number, first, last, hours, place)
        for place, (who, number, first, last, hours) in enumerate(wanted)
    ]


def _wait(
    people: People, who: str, anchor: date, number: int, first: float, last: float, hours: float, place: int
) -> Row:
    person = people.shown[who]
    return {
        "user_id": person,
        "asker_id": person,
        "instrument_id": number,
        "class_code": None,
        "earliest": _midnight(anchor + timedelta(days=first)),
        "latest": _midnight(anchor + timedelta(days=last + 1)),
        "length_seconds": round(hours * 3600),
        "state": "waiting",
        "asked_at": _midnight(anchor) - timedelta(hours=10 - place),
    }


def make_unmet(places: Places, made: Instruments, anchor: date) -> list[Row]:
    """Rows of searches and requests of the last months that came to nothing, about the institution of the shown lab."""
    return list(_unmet(places, made, anchor))


def _unmet(places: Places, made: Instruments, anchor: date) -> Iterator[Row]:
    home = next(row["institution_id"] for row in made.rows if row["lab_id"] == SHOWN_LAB)
    codes = sorted({row["class_code"] for row in made.rows if row["institution_id"] == home})[:9]
    others = [row for row in places.institutions if row["id"] != home]
    companies = [row for row in others if row["kind"] == "company"]
    chance = stream("unmet")
    for _ in range(SEARCHED if codes else 0):
        noted = anchor - timedelta(days=chance.randint(1, DAYS_BACK))
        first = _midnight(noted + timedelta(days=chance.randint(1, 5)))
        waits, own = chance.random() < SHARE_OF_WAITS, chance.random() < SHARE_OF_OWN
        asker = next(row for row in places.institutions if row["id"] == home)
        if not own:
            asker = chance.choice(companies if chance.random() < SHARE_OF_COMPANIES and companies else others)
        yield {
            "noted_on": noted,
            "source": "waitlist" if waits else "search",
            "class_code": codes[min(int(chance.expovariate(0.5)), len(codes) - 1)],
            "place_id": home if waits or not own or chance.random() < SHARE_OF_OWN else None,
            "earliest": first,
            "latest": first + timedelta(days=chance.randint(1, 7)),
            "length_seconds": chance.randint(1, MOST_HOURS) * 3600,
            "asker_institution_id": asker["id"],
            "asker_kind": asker["kind"],
        }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE).astimezone(UTC)
