"""Named seasons: hours, rules and quotas take their dates from them, and nothing of the past moves."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from instruments.availability import calendar
from instruments.availability.hours import drop_plan, follow_lab, state_of, weeks_of
from instruments.availability.hours_in_season import publish_in_season
from instruments.availability.models import OpeningHours
from instruments.availability.season_models import Season, SeasonSpan
from instruments.availability.season_setting import (
    SeasonWish,
    add_season,
    change_season,
    remove_season,
    season_in,
)
from instruments.availability.seasons import Known, change_objections, moves, resolved, span_objections
from instruments.availability.week import parse_week
from instruments.database import db
from instruments.errors import NotFound, Refusal, Stale
from instruments.people.rights import Actor
from instruments.reservations.bookable import bookable
from instruments.reservations.dating import add_dated
from instruments.reservations.limits import LIMITS
from instruments.reservations.quota_setting import QuotaWish, add_quota
from instruments.reservations.quotas import Quota, periods

NOW = datetime(2027, 1, 10, 2, tzinfo=UTC)
TODAY = date(2027, 1, 10)
WINTER, SUMMER = (date(2027, 1, 4), date(2027, 1, 17)), (date(2027, 6, 21), date(2027, 7, 4))
NOBODY = {"actor_id": None, "now": NOW}


def exams(*spans) -> SeasonWish:
    return SeasonWish("exams", "Exam weeks", "考试周", spans or (SUMMER,))


@pytest.fixture
def institution(world, now):
    return world.institution()


def made(institution, *spans) -> Season:
    """A season that began before now, too."""
    season = Season(institution_id=institution.id, kind="exams", name_en="Exam weeks", name_zh="考试周")
    season.spans = [SeasonSpan(first_day=first, last_day=last) for first, last in spans]
    db.session.add(season)
    db.session.commit()
    return season


# --- rules


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        (None, None, [WINTER, SUMMER]),
        (date(2027, 1, 10), None, [(date(2027, 1, 10), WINTER[1]), SUMMER]),
        (date(2027, 2, 1), date(2027, 6, 22), [(SUMMER[0], date(2027, 6, 22))]),
        (date(2028, 1, 1), None, []),
    ],
)
def test_something_holds_where_its_own_dates_and_those_of_its_season_meet(since, until, found) -> None:
    assert resolved(since, until, [WINTER, SUMMER]) == found


def test_dates_that_cannot_be_a_season() -> None:
    far = [(date(2027, 6, 1), date(9999, 12, 31))]
    assert [reason.code for reason in span_objections(far)] == ["span_far"]
    assert [reason.code for reason in span_objections([])] == ["no_spans"]
    assert [reason.code for reason in span_objections([SUMMER] * 41)] == ["many_spans"]
    touching = (SUMMER[1], SUMMER[1] + timedelta(days=3))
    assert [reason.code for reason in span_objections([touching, SUMMER])] == ["spans_overlap"]
    assert span_objections([WINTER, SUMMER]) == []


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        ([WINTER, SUMMER], [WINTER, SUMMER], []),
        ([WINTER], [(WINTER[0], TODAY)], []),
        ([WINTER], [(WINTER[0], date(2027, 1, 9))], ["ends_over"]),
        ([WINTER], [(date(2027, 1, 5), WINTER[1])], ["span_over"]),
        ([WINTER, SUMMER], [SUMMER], ["span_over"]),
        ([SUMMER], [(date(2027, 1, 1), date(2027, 2, 1))], ["begins_over"]),
        ([], [(date(2027, 1, 9), SUMMER[1])], ["begins_over"]),
        ([(date(2026, 6, 1), date(2026, 7, 1))], [SUMMER], ["span_over"]),
    ],
)
def test_a_change_leaves_alone_what_is_over(old, new, codes) -> None:
    known = [Known(number, *dates) for number, dates in enumerate(old)]
    assert [reason.code for reason in change_objections(moves(known, new), TODAY)] == codes


DATES = st.tuples(st.dates(date(2026, 1, 1), date(2028, 1, 1)), st.integers(0, 40)).map(
    lambda pair: (pair[0], pair[0] + timedelta(days=pair[1]))
)
SPANS = st.lists(DATES, max_size=6, unique=True)


@given(SPANS, SPANS)
def test_moves_lead_from_what_is_to_what_shall_be(old, new) -> None:
    known = [Known(number, *dates) for number, dates in enumerate(old)]
    change = moves(known, new)
    after = {span.id: span.dates for span in known}
    for span in change.removed:
        del after[span.id]
    after |= {span.id: dates for span, dates in change.moved}
    assert sorted([*after.values(), *change.added]) == sorted(set(new))


@given(SPANS, SPANS)
def test_no_change_that_is_let_through_alters_a_day_that_is_over(old, new) -> None:
    if span_objections(new) or span_objections(old):
        return
    known = [Known(number, *dates) for number, dates in enumerate(old)]
    if change_objections(moves(known, new), TODAY):
        return
    for back in range(1, 400):
        day = TODAY - timedelta(days=back)
        assert any(a <= day <= b for a, b in old) == any(a <= day <= b for a, b in new)


# --- the season itself


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (SeasonWish("festival", "Exam", "", (SUMMER,)), "choice"),
        (SeasonWish("exams", "", "", (SUMMER,)), "name_missing"),
        (SeasonWish("exams", "x" * 121, "", (SUMMER,)), "name_long"),
        (SeasonWish("exams", "Exam", "", ()), "no_spans"),
        (SeasonWish("exams", "Exam", "", (WINTER,)), "begins_over"),
    ],
)
def test_what_cannot_be_a_season(institution, wish, code) -> None:
    with pytest.raises(Refusal, match=code):
        add_season(institution, wish, **NOBODY)


def test_a_name_is_given_once_and_one_language_serves_both(institution) -> None:
    season = add_season(institution, SeasonWish("term", "", "秋季学期", (SUMMER,)), **NOBODY)
    assert (season.name_en, season.name_zh) == ("秋季学期", "秋季学期")
    with pytest.raises(Refusal, match="season_there"):
        add_season(institution, SeasonWish("other", "秋季学期", "", (SUMMER,)), **NOBODY)


def test_who_saw_an_older_state_is_refused(institution) -> None:
    season = add_season(institution, exams(), **NOBODY)
    change_season(season, exams(SUMMER), version=1, **NOBODY)
    with pytest.raises(Stale):
        change_season(season, exams(SUMMER), version=1, **NOBODY)
    with pytest.raises(Stale):
        remove_season(season, version=1, **NOBODY)


def test_a_season_that_nothing_refers_to_is_forgotten(institution) -> None:
    season = add_season(institution, exams(), **NOBODY)
    remove_season(season, version=1, **NOBODY)
    db.session.commit()
    assert db.session.scalars(select(Season)).all() == []
    assert db.session.scalars(select(SeasonSpan)).all() == []


def test_the_database_itself_lets_no_two_spans_of_a_season_share_a_date(institution) -> None:
    made(institution, WINTER)
    season = db.session.scalar(select(Season))
    db.session.add(SeasonSpan(season_id=season.id, first_day=WINTER[1], last_day=SUMMER[0]))
    with pytest.raises(DatabaseError):
        db.session.flush()
    db.session.rollback()


# --- hours


def publish(owner, season, text: str) -> None:
    publish_in_season(owner, parse_week(text), season, seen=state_of(weeks_of(owner)), **NOBODY)


def dates_of(owner) -> list[tuple[date, date]]:
    db.session.expire_all()
    return sorted((row.valid_from, row.valid_to) for row in weeks_of(owner) if row.season_span_id)


def test_hours_hold_in_the_coming_dates_and_move_with_them_and_the_past_stays(world, institution) -> None:
    lab = world.lab(institution)
    here = world.instrument(lab, week=None)
    world.hours(lab, "Mon-Fri 08:00-18:00")
    season = made(institution, WINTER, SUMMER)
    publish(lab, season, "daily 08:00-22:00")
    assert dates_of(lab) == [(TODAY, WINTER[1]), SUMMER]
    saturday = int(datetime(2027, 6, 26, tzinfo=UTC).timestamp())
    assert calendar.calendar_of(here.id).opened(saturday, saturday + 86_400)
    later = (date(2027, 6, 28), date(2027, 7, 11))
    change_season(season, exams((WINTER[0], date(2027, 1, 24)), later), version=1, **NOBODY)
    assert dates_of(lab) == [(TODAY, date(2027, 1, 24)), later]
    assert not calendar.calendar_of(here.id).opened(saturday, saturday + 86_400)


def test_dates_that_swap_places_and_shift_never_meet_on_the_way(world, institution) -> None:
    lab = world.lab(institution)
    spans = [(date(2027, month, 1), date(2027, month, 28)) for month in (2, 3, 4)]
    season = made(institution, *spans)
    publish(lab, season, "24/7")
    shifted = [(date(2027, month, 20), date(2027, month + 1, 15)) for month in (2, 3, 4)]
    change_season(season, exams(*shifted), version=1, **NOBODY)
    assert dates_of(lab) == shifted
    change_season(season, exams(*spans), version=2, **NOBODY)
    assert dates_of(lab) == spans


def test_dates_that_are_added_get_the_hours_and_dates_that_go_lose_them(world, institution) -> None:
    lab = world.lab(institution)
    season = made(institution, SUMMER)
    publish(lab, season, "24/7")
    winter = (date(2028, 1, 3), date(2028, 1, 16))
    change_season(season, exams(SUMMER, winter), version=1, **NOBODY)
    assert dates_of(lab) == [SUMMER, winter]
    change_season(season, exams(winter), version=2, **NOBODY)
    assert dates_of(lab) == [winter]


def test_hours_that_were_given_up_do_not_come_back(world, institution) -> None:
    instrument = world.instrument(world.lab(institution), week=None)
    season = made(institution, WINTER, SUMMER)
    publish(instrument, season, "24/7")
    tomorrow = TODAY + timedelta(days=1)
    follow_lab(instrument, since=tomorrow, seen=state_of(weeks_of(instrument)), **NOBODY)
    change_season(season, exams((WINTER[0], date(2027, 1, 30)), SUMMER), version=1, **NOBODY)
    assert dates_of(instrument) == []
    assert max(row.valid_to for row in weeks_of(instrument)) == TODAY


def test_planned_hours_of_one_span_can_be_taken_back(world, institution) -> None:
    lab = world.lab(institution)
    season = made(institution, WINTER, SUMMER)
    publish(lab, season, "24/7")
    plan = next(row for row in weeks_of(lab) if row.valid_from == SUMMER[0])
    drop_plan(lab, plan.id, seen=state_of(weeks_of(lab)), **NOBODY)
    assert dates_of(lab) == [(TODAY, WINTER[1])]


def test_nothing_is_published_for_a_season_that_is_over(world, institution) -> None:
    season = made(institution, (date(2026, 6, 1), date(2026, 7, 1)))
    with pytest.raises(Refusal, match="season_over"):
        publish(world.lab(institution), season, "24/7")


def test_a_season_that_hours_refer_to_cannot_be_forgotten(world, institution) -> None:
    season = made(institution, SUMMER)
    publish(world.lab(institution), season, "24/7")
    db.session.commit()
    with pytest.raises(Refusal, match="season_used"):
        remove_season(season, version=1, **NOBODY)
    db.session.rollback()
    assert db.session.scalar(select(OpeningHours.season_span_id)) is not None


# --- rules and quotas


def boss(world) -> Actor:
    """Whoever sets it."""
    return Actor(world.person().id, None, None)


def test_rules_hold_in_the_dates_of_their_season_only_and_move_with_it(world, institution) -> None:
    lab = world.lab(institution)
    here = world.instrument(lab)
    season = made(institution, WINTER, SUMMER)
    own = dict.fromkeys(LIMITS) | {"longest_minutes": 60}
    add_dated(boss(world), lab, own, (TODAY, None), NOW, season_id=season.id)

    def longest(day: date) -> int:
        return (
            bookable(here.id)
            .rules_at(int(datetime(day.year, day.month, day.day, 4, tzinfo=UTC).timestamp()))
            .longest
        )

    days = [date(2027, 1, 5), TODAY, date(2027, 1, 18), SUMMER[0]]
    assert [longest(day) == 3600 for day in days] == [False, True, False, True]
    change_season(season, exams(WINTER, (date(2027, 7, 1), SUMMER[1])), version=1, **NOBODY)
    assert [longest(day) == 3600 for day in (SUMMER[0], SUMMER[1])] == [False, True]


def test_nobody_refers_to_a_season_of_another_institution(world, institution) -> None:
    other = made(world.institution(), SUMMER)
    lab = world.lab(institution)
    with pytest.raises(Refusal, match="choice"):
        add_dated(
            boss(world),
            lab,
            dict.fromkeys(LIMITS) | {"longest_minutes": 60},
            (TODAY, None),
            NOW,
            season_id=other.id,
        )
    wish = QuotaWish(5, "hours", "week", "person", "lab", season_id=other.id)
    with pytest.raises(Refusal, match="choice"):
        add_quota(boss(world), lab, wish, NOW)
    with pytest.raises(NotFound):
        season_in(institution.id, other.id)


def test_a_quota_of_a_season_counts_all_its_dates_in_a_period_together(world, institution) -> None:
    lab = world.lab(institution)
    here = world.instrument(lab)
    spans = [(date(2027, 3, 1), date(2027, 3, 3)), (date(2027, 3, 20), date(2027, 3, 22))]
    season = made(institution, *spans)
    add_quota(boss(world), lab, QuotaWish(5, "hours", "month", "person", "lab", season_id=season.id), NOW)
    quota: Quota = bookable(here.id).quotas[0]
    zone = bookable(here.id).calendar.zone
    moment = int(datetime(2027, 3, 10, tzinfo=UTC).timestamp())
    (period,) = periods(quota, (moment, moment + 1), zone, 0)
    starts = [datetime.fromtimestamp(first, zone).date() for first, _ in period.parts]
    assert starts == [first for first, _ in spans]
    april = int(datetime(2027, 4, 10, tzinfo=UTC).timestamp())
    assert periods(quota, (april, april + 1), zone, 0) == []
    assert quota.season_name == "Exam weeks / 考试周"
