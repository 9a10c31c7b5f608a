"""Hours that differ by audience: whose week counts on a date, what is open to whom, and publishing for some."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from instruments.availability import calendar
from instruments.availability.circles import open_to_whom
from instruments.availability.hours import end_today, last_day, publish_week, state_of, week_on, weeks_of
from instruments.availability.opening import Hours, ValidWeek
from instruments.availability.week import parse_week
from instruments.database import db
from instruments.errors import NotFound
from instruments.people.audience import CIRCLES, SETS_OF_CIRCLES, kept
from instruments.timespan import merge

DAY, NIGHT, ALL = (parse_week(week) for week in ("Mon-Fri 08:00-18:00", "daily 18:00-24:00", "24/7"))
SHORT = parse_week("Mon-Fri 09:00-12:00")
TODAY, LATER = date(2027, 3, 1), date(2027, 4, 1)


def week(pattern, *circles, since=None, until=None) -> ValidWeek:
    return ValidWeek(pattern, since, until, frozenset(circles))


@pytest.mark.parametrize(
    ("own", "lab", "lab_has", "partners_have"),
    [
        # What is written for a circle replaces, for its members, what is written for everybody.
        ((), (week(DAY), week(ALL, "lab")), ALL, DAY),
        ((), (week(ALL, "lab"), week(DAY)), ALL, DAY),
        # However early the one and however late the other begins.
        ((), (week(DAY, since=TODAY), week(ALL, "lab")), ALL, DAY),
        # Of two that name a circle, the one that begins last; of the same day, the one published last (first here).
        ((), (week(NIGHT, "lab", since=TODAY), week(ALL, "lab", "institution"), week(DAY)), NIGHT, DAY),
        ((), (week(NIGHT, "lab"), week(ALL, "lab", "institution"), week(DAY)), NIGHT, DAY),
        # Only as long as it holds.
        ((), (week(ALL, "lab", until=TODAY - timedelta(days=1)), week(DAY)), DAY, DAY),
        ((), (week(ALL, "lab", since=LATER), week(DAY)), DAY, DAY),
        # The instrument's week for everybody replaces the lab's for some; its week for some falls back to the lab's.
        ((week(SHORT),), (week(ALL, "lab"), week(DAY)), SHORT, SHORT),
        ((week(NIGHT, "lab"),), (week(ALL, "lab"), week(DAY)), NIGHT, DAY),
        # Whoever nobody names, where nothing is for everybody, has none.
        ((), (week(ALL, "lab"),), ALL, None),
        # Closed is a week like any other.
        ((), (week(parse_week("closed"), "partners"), week(DAY)), DAY, parse_week("closed")),
    ],
)
def test_on_a_date_one_week_counts_for_each_circle(own, lab, lab_has, partners_have) -> None:
    hours = Hours(own, lab)
    assert (hours.of("lab").week_on(TODAY), hours.of("partners").week_on(TODAY)) == (lab_has, partners_have)


def test_without_a_circle_only_what_is_for_everybody_counts() -> None:
    assert Hours(lab=(week(ALL, "lab"), week(DAY))).week_on(TODAY) == DAY
    assert Hours(lab=(week(ALL, "lab"),)).week_on(TODAY) is None


def test_open_time_is_told_apart_by_whom_it_is_open_to() -> None:
    assert open_to_whom({"lab": [(0, 24)], "partners": [(8, 18)]}) == [
        ((0, 8), ("lab",)),
        ((8, 18), ("lab", "partners")),
        ((18, 24), ("lab",)),
    ]
    assert open_to_whom({"lab": [(0, 4)], "partners": [(6, 8)], "companies": []}) == [
        ((0, 4), ("lab",)),
        ((6, 8), ("partners",)),
    ]
    assert open_to_whom({}) == []


SPANS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda pair: (pair[0], sum(pair))), max_size=6
).map(merge)


@given(st.dictionaries(st.sampled_from(CIRCLES), SPANS))
def test_what_is_told_apart_is_all_there_is(opened) -> None:
    found = open_to_whom(opened)
    for circle, spans in opened.items():
        assert merge(span for span, circles in found if circle in circles) == spans
    assert [span for span, _ in found] == sorted(span for span, _ in found)
    assert all(one[0][1] <= other[0][0] for one, other in pairwise(found))


@pytest.mark.parametrize(
    ("circles", "text"),
    [((), ""), (CIRCLES, ""), (("partners", "lab"), "lab partners"), (["companies"], "companies")],
)
def test_circles_are_kept_in_their_order_and_all_of_them_are_everybody(circles, text) -> None:
    assert kept(circles) == text
    assert text in SETS_OF_CIRCLES


def test_the_database_knows_no_other_circles(world) -> None:
    row = world.hours(world.lab(), circles="lab")
    with pytest.raises(IntegrityError):
        db.session.execute(
            text("UPDATE opening_hours SET circles = 'friends' WHERE id = :id"), {"id": row.id}
        )
    db.session.rollback()


# --- What is kept in memory


def spans(found, day: date, hours: int = 24) -> list[str]:
    first = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) - 8 * 3600
    return [
        f"{(start - first) // 3600:02}-{(end - first) // 3600:02}"
        for start, end in found.opened(first, first + hours * 3600)
    ]


def test_circles_with_the_same_hours_share_a_calendar(world) -> None:
    lab = world.lab()
    thing, other = (world.instrument(lab, week=None, audience="companies") for _ in range(2))
    world.hours(lab, "daily 08:00-18:00")
    world.hours(lab, "daily 18:00-24:00", circles="lab")
    found = calendar.calendars()
    mine = found[thing.id]
    assert mine is found[other.id]
    assert list(mine.by_circle) == list(CIRCLES)
    assert len(set(mine.by_circle.values())) == 2
    assert spans(mine.of("lab"), TODAY) == ["18-24"]
    assert spans(mine.of("companies"), TODAY) == ["08-18"]
    assert spans(mine, TODAY) == spans(mine.of(None), TODAY) == ["08-24"]


def test_hours_of_a_circle_that_is_not_admitted_are_open_to_nobody(world) -> None:
    lab = world.lab()
    thing = world.instrument(lab, week=None, audience="institution")
    world.hours(lab, "daily 08:00-18:00", circles="companies")
    found = calendar.calendars()[thing.id]
    assert list(found.by_circle) == ["lab", "institution"]
    assert spans(found, TODAY) == []
    assert not found.published()


def test_where_everybody_has_the_same_hours_nothing_is_told_apart(world) -> None:
    thing = world.instrument()
    found = calendar.calendars()[thing.id]
    assert found.by_circle == {}
    assert found.of("lab") is found
    assert found.open_to_whom(0, 86_400) == []


# --- Publishing


@pytest.fixture
def publish(now):
    def act(owner, pattern, *circles, since=TODAY, until=None):
        seen = state_of(weeks_of(owner))
        publish_week(
            owner, pattern, since=since, until=until, circles=circles, seen=seen, actor_id=None, now=now
        )

    return act


def published(owner) -> list[tuple]:
    rows = weeks_of(owner)
    return sorted((row.circles, row.week, row.valid_from, last_day(row, rows)) for row in rows)


def test_what_is_published_for_some_leaves_the_others_hours_alone(world, publish) -> None:
    lab = world.lab()
    publish(lab, DAY)
    publish(lab, NIGHT, "lab")
    publish(lab, ALL, "lab")  # the same dates and circles: makes way
    publish(lab, SHORT, since=LATER)
    assert published(lab) == [
        ("", str(DAY), TODAY, LATER - timedelta(days=1)),
        ("", str(SHORT), LATER, None),
        ("lab", str(ALL), TODAY, None),
    ]
    assert week_on(lab, TODAY) == (DAY, lab)


def test_a_week_for_some_is_over_when_one_begins_for_all_of_them(world, publish) -> None:
    lab = world.lab()
    publish(lab, NIGHT, "lab", "partners")
    publish(lab, NIGHT, "lab")
    publish(lab, ALL, "lab", "institution", since=LATER)
    before = LATER - timedelta(days=1)
    assert [(row[0], row[3]) for row in published(lab)] == [
        ("lab", before),
        ("lab institution", None),
        ("lab partners", None),
    ]


def test_hours_for_some_end_with_today_and_those_for_everybody_do_not(world, publish, now) -> None:
    lab = world.lab()
    publish(lab, DAY)
    publish(lab, ALL, "lab")
    for_some, for_all = sorted(weeks_of(lab), key=lambda row: row.circles, reverse=True)
    with pytest.raises(NotFound):
        end_today(lab, for_all.id, seen=state_of(weeks_of(lab)), actor_id=None, now=now)
    end_today(lab, for_some.id, seen=state_of(weeks_of(lab)), actor_id=None, now=now)
    assert published(lab) == [("", str(DAY), TODAY, None), ("lab", str(ALL), TODAY, TODAY)]
