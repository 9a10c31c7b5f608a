"""Each figure of a class elsewhere is told by the persons behind it alone: a table of who did what, and what is withheld."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
from python_calamine import load_workbook
from sqlalchemy import select

from instruments.database import db
from instruments.database.transactions import deed
from instruments.people.models import Institution
from instruments.people.rights import Role
from instruments.timespan import instant
from instruments.utilization import tasks
from instruments.utilization.behind import (
    CAME,
    EXTERNAL,
    HOURS,
    INSIDE,
    INTERNAL,
    LATE,
    MISSED,
    OUTSIDE,
    SAMPLES,
    SERVED,
    UNOWNED,
    UNUSED,
    USES,
    behind,
)
from instruments.utilization.definitions import DEFINITIONS
from instruments.utilization.elsewhere import figures_told, may_tell
from instruments.utilization.layers import layers_of
from instruments.utilization.models import MonthPerson
from instruments.utilization.records import Outage, Record, Reserved, Session, Share
from instruments.utilization.sums import Selection
from instruments.utilization.told_models import ToldYear
from instruments.utilization.withholding import NOTHING, Known
from tests.utilization import facts
from tests.utilization.golden import span
from tests.utilization.test_sums import NOW
from tests.world import World, bearer, sign_in

WEEK = "Mon-Fri 09:00-17:00"
CODE = "020501"
DAYS = [f"2026-10-{day}" for day in (12, 13, 14, 15, 16, 19, 20, 21)]
OCTOBER = (202610, 202610)
EVER = (0, 10_000)
OWN = USES | HOURS | INTERNAL

BEHIND = [
    # what happened within [0, 10000) on an instrument that is open [1000, 2000): who is part of what
    ({"sessions": [("own", 7, 1000, 1500)]}, {7: OWN | INSIDE}),
    ({"sessions": [("own", 7, 500, 1500)]}, {7: OWN | INSIDE | OUTSIDE}),
    ({"sessions": [("other", 7, 3000, 3500)]}, {7: USES | HOURS | EXTERNAL | SERVED | OUTSIDE}),
    # Nobody knows who: something is behind it, and no person.
    ({"sessions": [("own", 0, 1000, 1500)]}, {0: OWN | INSIDE}),
    # Begun before, it is no use of this time, but its hours are.
    ({"sessions": [("own", 7, -500, 1500)]}, {7: HOURS | INTERNAL | INSIDE | OUTSIDE}),
    # What is down is neither within nor outside of bookable time.
    ({"sessions": [("own", 7, 1000, 2500)], "outages": [Outage(2000, 2500)]}, {7: OWN | INSIDE}),
    # Two at once where one has room beyond the places that can be booked: the time outside is nobody's by itself.
    (
        {
            "capacity": 2,
            "sessions": [("own", 7, 1000, 1500), ("own", 8, 1000, 1500)],
            "closed": [Outage(1000, 1500, 1)],
        },
        {7: OWN | INSIDE, 8: OWN | INSIDE, 0: OUTSIDE},
    ),
    (
        {"sessions": [("own", 7, 1000, 1500)], "in_service": (1200, 9000)},
        {7: OWN | INSIDE | OUTSIDE, 0: UNOWNED},
    ),
    ({"reserved": [Reserved(1000, 1500, person=7)]}, {7: CAME | UNUSED}),
    ({"reserved": [Reserved(1000, 1500, no_show=True, person=7)]}, {7: MISSED | UNUSED}),
    ({"reserved": [Reserved(-500, -100, person=7), Reserved(1000, 1500, live=False, person=8)]}, {}),
    (
        {"reserved": [Reserved(1000, 1500, person=7)], "sessions": [("own", 7, 1000, 1500)]},
        {7: CAME | OWN | INSIDE},
    ),
    ({"late": [7, 0]}, {7: LATE, 0: LATE}),
]


@pytest.mark.parametrize(("happened", "expected"), BEHIND)
def test_who_is_part_of_what(happened, expected) -> None:
    values: dict[str, Any] = {"capacity": 1, "in_service": EVER, "open": [(1000, 2000)]} | happened
    late = values.pop("late", ())
    values["sessions"] = [
        Session(
            number,
            start,
            ((start, end),),
            (Share(1, 0, whose == "other", ((start, end),), person=who),),
            persons=(who,) if who else (),
        )
        for number, (whose, who, start, end) in enumerate(values.get("sessions", ()))
    ]
    record = Record(**values)
    assert behind(record, EVER, layers_of(record, EVER), late) == expected


def test_samples_count_when_they_are_confirmed() -> None:
    share = Share(1, 0, True, (), samples=3, person=7)
    record = Record(1, EVER, (), sessions=[Session(1, -500, (), (share,), confirmed=500)])
    assert behind(record, EVER, layers_of(record, EVER)) == {7: SAMPLES | SERVED}


class Elsewhere:
    """A home whose manager asks, and another institution of which so many used an instrument of one class in October."""

    def __init__(self, world: World) -> None:
        self.world, self.home, self.other = world, world.institution(), world.institution()
        world.instrument(world.lab(self.home), class_code=CODE)
        self.lab = world.lab(self.other)
        self.thing = world.instrument(self.lab, class_code=CODE, week=WEEK, audience="partners")
        self.own = [world.person(self.other) for _ in range(8)]
        self.guests = [world.person(world.institution()) for _ in range(8)]
        self.manager = world.person(self.home)
        world.grant(self.manager, Role.INSTITUTION_MANAGER, self.home)

    def use(self, people: list[Any], hours: str = "09:00-10:00", **values: Any) -> None:
        """Each of them, a working day after another."""
        for day, person in zip(DAYS, people, strict=False):
            facts.use(self.thing, person, span(day, hours), **values)

    def book(self, people: list[Any], hours: str, state: str) -> None:
        """Each of them reserves an hour, and came or did not."""
        for day, person in zip(DAYS, people, strict=False):
            start, end = span(day, hours)
            self.world.reservation(self.thing, person, instant(start), instant(end), state=state)

    def untold(self, known: Known = NOTHING) -> set[str]:
        """What of the class elsewhere is withheld though something is told."""
        tasks.keep_up()
        others = Selection(class_code=CODE, not_institution_id=self.home.id)
        assert may_tell(others, OCTOBER, known)
        return set(DEFINITIONS) - figures_told(others, OCTOBER, known)


@pytest.fixture
def there(app, world: World) -> Elsewhere:
    app.config["FROZEN_NOW"] = NOW
    return Elsewhere(world)


OUTWARD = {"external", "external_per_instrument", "shared_by_hours"}
IN_OPEN_TIME = {"utilization", "utilization_open", "outside"}

CASES: list[tuple[str, dict[str, int], set[str]]] = [
    ("six of their own", {"own": 6}, set()),
    # One outsider: their hours and that somebody served them; one of their own among outsiders: what is left of all hours.
    ("one outsider", {"own": 6, "guests": 1}, OUTWARD | {"shared_by_count"}),
    ("four outsiders", {"own": 6, "guests": 4}, OUTWARD | {"shared_by_count"}),
    ("five outsiders", {"own": 6, "guests": 5}, set()),
    ("one of their own", {"own": 1, "guests": 6}, OUTWARD),
    ("outsiders alone", {"guests": 6}, set()),
    # At night, and all but one at night.
    ("one at night", {"own": 6, "night": 1}, IN_OPEN_TIME),
    ("all but one at night", {"own": 1, "night": 6}, IN_OPEN_TIME),
    ("many at night", {"own": 5, "night": 5}, set()),
    ("samples of one", {"own": 6, "sampled": 1}, {"samples"}),
    ("one did not come", {"own": 6, "came": 6, "missed": 1}, {"no_show_rate", "unused"}),
    ("one alone came", {"own": 6, "came": 1, "missed": 5}, {"no_show_rate"}),
    ("one reserved", {"own": 6, "came": 1}, {"no_show_rate", "lead_time"}),
    ("many reserved", {"own": 6, "came": 5, "missed": 5}, set()),
]


@pytest.mark.parametrize(("name", "who", "withheld"), CASES, ids=[case[0] for case in CASES])
def test_each_figure_is_withheld_by_who_stands_behind_it(there, name, who, withheld) -> None:
    there.use(there.own[: who.get("own", 0)])
    there.use(there.guests[: who.get("guests", 0)], "10:00-11:00")
    there.use(there.own[: who.get("night", 0)], "19:00-20:00")
    there.use(there.own[: who.get("sampled", 0)], "11:00-12:00", samples=3)
    came, missed = there.own[: who.get("came", 0)], there.own[: who.get("missed", 0)]
    # Of who came the use covers what was reserved.
    there.book(came, "13:00-14:00", "done")
    there.use(came, "13:00-14:00")
    there.book(missed, "15:00-16:00", "no_show")
    assert there.untold() == withheld


def test_who_is_not_known_is_somebody_and_no_person(there) -> None:
    there.use(there.own[:6])
    made = facts.use(there.thing, there.own[0], span("2026-10-22", "09:00-10:00"))
    facts.customer(made, there.guests[0].institution_id, 0, 0)
    assert there.untold() == OUTWARD | {"shared_by_count"}
    rows = db.session.execute(select(MonthPerson.behind).where(MonthPerson.person_id == 0)).scalars().all()
    assert rows == [USES | HOURS | EXTERNAL | SERVED | INSIDE]


def test_hours_that_reach_into_a_month_are_behind_it_too(there) -> None:
    """October is told, and October with November is not: the one less the other are the hours of one person."""
    there.use(there.own[:6])
    facts.use(
        there.thing,
        there.own[0],
        (span("2026-10-31", "22:00-23:00")[0], span("2026-11-01", "03:00-04:00")[1]),
    )
    tasks.keep_up()
    others = Selection(class_code=CODE, not_institution_id=there.home.id)
    assert [may_tell(others, months) for months in (OCTOBER, (202610, 202611))] == [True, False]


def test_what_one_knows_by_other_roles_is_taken_off_each_figure(there) -> None:
    """Five outsiders at one institution and one at another: whoever manages the first sees the one."""
    third = there.world.institution()
    thing = there.world.instrument(there.world.lab(third), class_code=CODE, week=WEEK)
    there.use(there.own[:6])
    there.use(there.guests[:5], "10:00-11:00")
    for day in DAYS[:6]:
        facts.use(thing, there.world.person(third), span(day, "09:00-10:00"))
    facts.use(thing, there.guests[5], span(DAYS[6], "09:00-10:00"))
    assert there.untold() == set()
    assert there.untold(Known(frozenset({there.other.id}))) == OUTWARD | {"shared_by_count"}


def told_everybody(home: Institution, year: int = 2026) -> None:
    """That an institution tells everybody of a year, or once did."""
    with deed():
        db.session.add(
            ToldYear(institution_id=home.id, first_on=date(year, 1, 1), end_on=date(year + 1, 1, 1))
        )


def test_what_an_institution_tells_everybody_is_taken_off_external_hours(there) -> None:
    """Of six outsiders five were at an institution that tells everybody of its year: the one at the other would be left."""
    third = there.world.institution()
    thing = there.world.instrument(there.world.lab(third), class_code=CODE, week=WEEK)
    there.use(there.own[:6])
    there.use(there.guests[:5], "10:00-11:00")
    for day, person in zip(DAYS, [*there.own[:6], there.guests[5]], strict=False):
        facts.use(thing, person, span(day, "11:00-12:00"))
    assert there.untold() == set()
    # Of another year it tells nothing of October.
    told_everybody(there.other, 2025)
    assert there.untold() == set()
    # Nine outsiders of the third are left without it, all of its own people among them being outsiders there.
    told_everybody(there.other)
    assert there.untold() == set()
    told_everybody(third)
    assert there.untold() == OUTWARD | {"shared_by_count"}


def test_of_who_tells_everybody_alone_external_hours_of_its_class_are_not_told_by_month(there) -> None:
    there.use(there.own[:6])
    there.use(there.guests[:6], "10:00-11:00")
    assert there.untold() == set()
    told_everybody(there.other)
    assert there.untold() == OUTWARD | {"shared_by_count"}


def test_a_period_that_runs_is_not_told_since_every_day_would_tell_of_the_one_before(client, there) -> None:
    there.use(there.own[:6])
    tasks.keep_up()
    sign_in(client, there.manager)
    key = bearer(there.world.token(there.manager, "usage:read"))
    for period, withheld in (("2027-01", True), ("2026/27", True), ("2026", False), ("2026-10", False)):
        of = f"of=institution-{there.home.id}&period={period}&class={CODE}"
        told = client.get(f"/api/v1/utilization/dashboard?{of}", headers=key).json
        assert (told["elsewhere"] is None) is withheld, period
        assert ("once the period is over" in (told["withheld"] or "")) is withheld
        assert ("once the period is over" in client.get(f"/utilization?{of}").text) is withheld
        file = client.get(f"/utilization/board-figures.csv?{of}").data.decode("utf-8-sig")
        cells = {row[3] for row in list(csv.reader(io.StringIO(file)))[1:] if len(row) > 3}
        assert (cells == {"withheld"}) is withheld
        book = load_workbook(io.BytesIO(client.get(f"/utilization/board.xlsx?{of}").data))
        told_in = book.get_sheet_by_name("Definitions").to_python()
        assert any("once the period is over" in str(row[1:2]) for row in told_in) is withheld


def test_the_page_its_files_and_the_program_withhold_the_same(client, there) -> None:
    there.use(there.own[:6])
    there.use(there.guests[:1], "10:00-11:00")
    tasks.keep_up()
    sign_in(client, there.manager)
    of = f"of=institution-{there.home.id}&period=2026-10&class={CODE}"
    key = bearer(there.world.token(there.manager, "usage:read"))
    told = client.get(f"/api/v1/utilization/dashboard?{of}", headers=key).json
    assert set(told["withheld_figures"]) == OUTWARD | {"shared_by_count"}
    assert set(told["elsewhere"]) == set(DEFINITIONS) - OUTWARD - {"shared_by_count"}
    assert told["elsewhere"]["effective"]["value"] == "7"
    file = client.get(f"/utilization/board-figures.csv?{of}").data.decode("utf-8-sig")
    rows = {row[0]: row[3] for row in csv.reader(io.StringIO(file)) if len(row) > 3}
    assert [rows[name] for name in ("Effective hours", "External hours", "Sharing rate by hours (%)")] == [
        "7.0", "withheld", "withheld",
    ]  # fmt: skip
    for language, words in (
        ("en", "What is withheld of it: fewer than five persons"),
        ("zh_Hans_CN", "不足五人"),
    ):
        client.get(f"/language/{language}?next=/")
        page = client.get(f"/utilization?{of}").text
        assert words in page
