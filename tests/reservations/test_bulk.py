"""One change for many instruments: what it does to each, what it touches, and that it is done as it was previewed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from instruments.availability.hours import follow_lab, publish_week, state_of, weeks_of
from instruments.availability.models import OpeningHours
from instruments.availability.week import parse_week
from instruments.availability.week_changes import AsLab, NewWeek, WeekRow, plan
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal, Stale
from instruments.journal.models import JournalEntry
from instruments.people.rights import Role
from instruments.people.signing import actor_by_id
from instruments.reservations.bookable import bookable
from instruments.reservations.bulk.changing import carry_out, preview
from instruments.reservations.bulk.limits import LimitsAsLab, SetLimits
from instruments.reservations.limiting import rules_row

TODAY, LATER = date(2027, 3, 1), date(2027, 4, 1)
DAY, LONG = "Mon-Fri 08:00-18:00", "Mon-Fri 08:00-22:00"
# Monday, 1 March 2027, 12:00 and 20:00 in Shanghai.
NOON, EVENING = datetime(2027, 3, 1, 4, tzinfo=UTC), datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def lab(world, now):
    row = world.lab()
    world.hours(row, LONG)
    return row


@pytest.fixture
def manager(world, lab, now):
    person = world.person(lab.institution)
    world.grant(person, Role.LAB_MANAGER, lab)
    return actor_by_id(person.id, now)


@pytest.fixture
def things(world, lab):
    """Two as their lab, one with a week of its own."""
    return [
        world.instrument(lab, week=None),
        world.instrument(lab, week=None),
        world.instrument(lab, week=DAY),
    ]


def ids(things) -> list[int]:
    return [thing.id for thing in things]


# --- What a change does to weeks


@pytest.mark.parametrize(
    ("rows", "change", "left"),
    [
        ([], NewWeek(DAY, TODAY), [(DAY, TODAY, None)]),
        ([(LONG, None, None)], NewWeek(DAY, TODAY), [(LONG, None, None), (DAY, TODAY, None)]),
        ([(LONG, TODAY, None)], NewWeek(DAY, TODAY), [(DAY, TODAY, None)]),
        ([(LONG, TODAY, None)], NewWeek(DAY, TODAY, LATER), [(LONG, TODAY, None), (DAY, TODAY, LATER)]),
        ([(DAY, None, None)], NewWeek(DAY, TODAY), [(DAY, None, None)]),
        ([(LONG, None, None)], AsLab(TODAY), [(LONG, None, TODAY - timedelta(days=1))]),
        ([(LONG, TODAY, None), (DAY, LATER, None)], AsLab(TODAY), []),
        ([(LONG, None, TODAY - timedelta(days=9))], AsLab(TODAY), [(LONG, None, TODAY - timedelta(days=9))]),
        ([], AsLab(TODAY), []),
    ],
)
def test_many_weeks_change_as_one_does(world, lab, manager, now, rows, change, left) -> None:
    thing = world.instrument(lab, week=None)
    for week, since, until in rows:
        world.hours(thing, week, valid_from=since, valid_to=until)
    kept = [WeekRow(row.id, row.week, row.valid_from, row.valid_to) for row in weeks_of(thing)]
    kept.sort(key=lambda row: -row.id)
    assert bool(plan(kept, change)) == (sorted(left, key=str) != sorted(rows, key=str))
    together = world.instrument(lab, week=None)
    for week, since, until in rows:
        world.hours(together, week, valid_from=since, valid_to=until)
    by = {"seen": state_of(weeks_of(thing)), "actor_id": None, "now": now}
    if isinstance(change, NewWeek):
        publish_week(thing, parse_week(change.week), since=change.since, until=change.until, **by)
    else:
        follow_lab(thing, since=change.since, **by)
    db.session.commit()
    done(manager, [together.id], change, now)
    for each in (thing, together):
        one = OpeningHours
        found = db.session.execute(
            select(one.week, one.valid_from, one.valid_to).where(one.instrument_id == each.id)
        )
        assert sorted(map(tuple, found), key=str) == sorted(left, key=str)


# --- Preview


def test_a_preview_says_what_changes_from_what_to_what(manager, things, now) -> None:
    found, named = preview(manager, ids(things), NewWeek(DAY, TODAY), now)
    assert found.groups() == {(LONG, DAY): ids(things)[:2]}
    assert found.same == [things[2].id]
    assert set(named) == set(ids(things))


def test_a_preview_says_what_is_refused_and_why(world, manager, things, now) -> None:
    retired = world.instrument(things[0].lab, status="retired")
    elsewhere = world.instrument()
    found, _ = preview(manager, [*ids(things), retired.id, elsewhere.id, 999_999], NewWeek(DAY, TODAY), now)
    assert {number: reason.code for number, reason in found.refused.items()} == {
        retired.id: "retired",
        elsewhere.id: "forbidden",
    }
    assert len(found.changed) == 2


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (NewWeek(DAY, TODAY - timedelta(days=1)), {"hours_over"}),
        (NewWeek(DAY, LATER, TODAY), {"hours_order"}),
        (AsLab(TODAY - timedelta(days=1)), {"hours_over"}),
        (SetLimits(()), {"nothing_set"}),
        (SetLimits((("grid_minutes", 7),)), {"grid_uneven"}),
        (SetLimits((("horizon_days", 0), ("longest_minutes", 99_999))), {"limit_out_of_bounds"}),
    ],
)
def test_what_suits_none_of_them_is_refused_at_once(manager, things, now, change, codes) -> None:
    with pytest.raises(Refusal) as refused:
        preview(manager, ids(things), change, now)
    assert {reason.code for reason in refused.value.reasons} == codes


def test_without_an_instrument_nothing_is_previewed(manager, now) -> None:
    with pytest.raises(Refusal):
        preview(manager, [], AsLab(TODAY), now)


def test_where_it_is_tomorrow_already_hours_are_refused_there_alone(world, manager, things, now) -> None:
    # It is Monday in Shanghai, still Sunday evening in Los Angeles.
    west = world.lab(things[0].lab.institution, zone="America/Los_Angeles")
    world.grant(db.session.get(type(world.person()), manager.person_id), Role.LAB_MANAGER, west)
    late = world.instrument(west)
    actor = actor_by_id(manager.person_id, now)
    found, _ = preview(actor, [things[0].id, late.id], NewWeek(DAY, TODAY - timedelta(days=1)), now)
    assert {number: reason.code for number, reason in found.refused.items()} == {things[0].id: "hours_over"}
    assert list(found.changed) == [late.id]


def test_reservations_that_no_longer_fit_are_named_and_those_that_did_not_are_not(
    world, manager, things, now
) -> None:
    user = world.person(things[0].lab.institution)
    evening = world.reservation(things[0], user, EVENING)
    world.reservation(things[0], user, NOON)
    world.reservation(things[2], user, EVENING)  # stands outside its hours already
    world.reservation(things[1], user, EVENING, state="cancelled")
    world.reservation(things[1], user, EVENING - timedelta(days=7))
    found, _ = preview(manager, ids(things), NewWeek(DAY, TODAY), now)
    assert found.touched == [evening.id]
    assert preview(manager, ids(things), NewWeek(DAY, TODAY + timedelta(days=1)), now)[0].touched == []


def test_whose_hours_change_decides_whose_reservations_are_touched(world, manager, things, now) -> None:
    insider, partner = world.person(things[0].lab.institution), world.person(world.institution())
    world.grant(insider, Role.LAB_OPERATOR, things[0].lab)
    world.reservation(things[0], insider, EVENING)
    theirs = world.reservation(things[0], partner, EVENING + timedelta(hours=1))
    found, _ = preview(
        manager, [things[0].id], NewWeek(DAY, TODAY, circles="institution partners companies"), now
    )
    assert found.touched == [theirs.id]


def test_limits_are_set_over_what_each_has_and_judged_with_the_rest(world, manager, things, now) -> None:
    world.rules(things[1], longest_minutes=60)
    world.rules(things[2], grid_minutes=30)
    user = world.person(things[0].lab.institution)
    long = world.reservation(things[0], user, NOON, NOON + timedelta(hours=3))
    found, _ = preview(
        manager, ids(things), SetLimits((("shortest_minutes", 120), ("longest_minutes", 120))), now
    )
    assert len(found.changed) == 3
    assert found.touched == [long.id]
    found, _ = preview(manager, ids(things), SetLimits((("shortest_minutes", 90),)), now)
    assert {key: reason.code for key, reason in found.refused.items()} == {
        things[1].id: "shortest_above_longest"
    }
    found, _ = preview(manager, ids(things), LimitsAsLab(), now)
    assert found.groups() == {
        ("longest_minutes=60", "longest_minutes="): [things[1].id],
        ("grid_minutes=30", "grid_minutes="): [things[2].id],
    }


# --- Carried out


def done(manager, numbers, change, now):
    seen = preview(manager, numbers, change, now)[0].seen
    db.session.commit()
    return perform(lambda: carry_out(manager, numbers, change, seen, now))


def test_it_is_done_as_it_was_previewed_and_told_in_the_journal(manager, things, now) -> None:
    done(manager, ids(things), NewWeek(DAY, TODAY), now)
    assert {str(bookable(number).calendar.hours.week_on(TODAY)) for number in ids(things)} == {DAY}
    entries = db.session.scalars(select(JournalEntry).where(JournalEntry.deed == "hours.published")).all()
    assert [entry.thing_id for entry in entries] == ids(things)[:2]
    assert entries[0].detail == {"week": DAY, "from": "2027-03-01", "to": None, "together": 2}
    done(manager, ids(things), AsLab(TODAY), now)
    assert {str(bookable(number).calendar.hours.week_on(TODAY)) for number in ids(things)} == {LONG}


def test_limits_are_written_for_all_and_given_up_for_all(world, manager, things, now) -> None:
    world.rules(things[0], longest_minutes=60)
    done(manager, ids(things), SetLimits((("grid_minutes", 30),)), now)
    assert [(rules_row(thing).grid_minutes, rules_row(thing).longest_minutes) for thing in things] == [
        (30, 60), (30, None), (30, None),
    ]  # fmt: skip
    assert {bookable(number).rules.grid_minutes for number in ids(things)} == {30}
    assert [rules_row(thing).version for thing in things] == [2, 1, 1]
    done(manager, ids(things), LimitsAsLab(), now)
    assert {bookable(number).rules.grid_minutes for number in ids(things)} == {15}


def test_what_changed_since_the_preview_is_looked_at_again(world, manager, things, now) -> None:
    change = NewWeek(DAY, TODAY)
    seen = preview(manager, ids(things), change, now)[0].seen
    world.reservation(things[0], world.person(things[0].lab.institution), EVENING)
    with pytest.raises(Stale):
        perform(lambda: carry_out(manager, ids(things), change, seen, now))
    assert (
        db.session.scalars(select(OpeningHours.week).where(OpeningHours.instrument_id == things[0].id)).all()
        == []
    )


def test_the_number_of_statements_does_not_grow_with_the_instruments(
    world, manager, things, now, statements
) -> None:
    def counted(chosen) -> int:
        bookable(chosen[0])
        statements.clear()
        done(manager, chosen, SetLimits((("grid_minutes", 20 + 10 * (len(chosen) > 3)),)), now)
        done(manager, chosen, NewWeek(DAY, TODAY + timedelta(days=len(chosen))), now)
        return len(statements)

    more = [world.instrument(things[0].lab).id for _ in range(20)]
    few = counted(ids(things))
    many = counted([*ids(things), *more])
    assert many <= few + 2  # some have limits of their own by then


def test_hours_that_moved_with_a_season_no_longer_do_once_many_are_changed(
    world, manager, things, now
) -> None:
    row = weeks_of(things[2])[0]
    kept = WeekRow(row.id, row.week, row.valid_from, row.valid_to, "", 7)
    assert plan([kept], NewWeek(DAY, TODAY)) != plan(
        [kept._replace(season_span_id=None)], NewWeek(DAY, TODAY)
    )
    done(manager, ids(things), AsLab(TODAY), now)
    db.session.expire_all()
    assert [row.season_span_id for row in weeks_of(things[2])] == [None]
