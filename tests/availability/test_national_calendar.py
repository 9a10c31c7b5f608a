"""An institution follows its country's calendar: announced days come, corrections count, what is over stays."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from instruments.availability import calendar, tasks
from instruments.availability.correcting import correct, take_back
from instruments.availability.day_lines import NamedDay
from instruments.availability.day_models import CalendarDay, NationalCalendar
from instruments.availability.institution_days import is_provisional, known_years, region_of, rows_between
from instruments.availability.making_up import choose_make_up_hours
from instruments.availability.taking_over import behind, confirm, follow, take_over
from instruments.database import db
from instruments.errors import Refusal
from instruments.journal.models import JournalEntry

NOW = datetime(2026, 9, 1, 2, tzinfo=UTC)
TODAY = date(2026, 9, 1)
MAKE_UP_SUNDAY, NATIONAL_DAY, SWAPPED_TUESDAY = date(2026, 9, 20), date(2026, 10, 1), date(2026, 10, 6)


@pytest.fixture
def institution(world, now):
    return world.institution()


def by_day(institution) -> dict[str, str]:
    rows = rows_between(institution.id, date(2026, 1, 1), date(2027, 12, 31))
    return {row.day.isoformat(): row.kind for row in rows}


def opened(instrument, day: date) -> list[str]:
    """The open time of a day in Shanghai's zone."""
    start = int(
        datetime(day.year, day.month, day.day, tzinfo=calendar.calendar_of(instrument.id).zone).timestamp()
    )
    zone = calendar.calendar_of(instrument.id).zone
    spans = calendar.calendar_of(instrument.id).opened(start, start + 86_400)
    return ["-".join(f"{datetime.fromtimestamp(each, zone):%H:%M}" for each in span) for span in spans]


def said(deed: str) -> list[dict]:
    return list(db.session.scalars(select(JournalEntry.detail).where(JournalEntry.deed == deed)))


def test_an_unknown_country_is_refused(institution) -> None:
    with pytest.raises(Refusal, match="choice"):
        follow(institution, "XX", actor_id=None, now=NOW)


def test_to_follow_takes_over_the_days_to_come_and_none_that_is_over(institution) -> None:
    follow(institution, "CN", actor_id=None, now=NOW)
    days = by_day(institution)
    assert min(days) == MAKE_UP_SUNDAY.isoformat()
    assert days["2026-10-01"] == "holiday"
    assert days["2026-10-10"] == "make_up"
    assert max(days) == "2026-10-10"
    assert [detail["year"] for detail in said("calendar.announced")] == ["2026"]
    assert take_over(institution, actor_id=None, now=NOW) == {}


def test_years_that_are_not_announced_are_provisional_and_close_nothing(institution) -> None:
    follow(institution, "CN", actor_id=None, now=NOW)
    known = known_years(institution.id)
    assert [is_provisional("CN", year, known, TODAY) for year in (2025, 2026, 2027)] == [False, False, True]
    assert not any(day.startswith("2027") for day in by_day(institution))
    confirm(institution, 2027, actor_id=None, now=NOW)
    assert not is_provisional("CN", 2027, known_years(institution.id), TODAY)
    with pytest.raises(Refusal, match="not_provisional"):
        confirm(institution, 2027, actor_id=None, now=NOW)


def test_an_institution_elsewhere_has_no_provisional_years(world, now) -> None:
    berlin = world.institution(zone="Europe/Berlin")
    assert region_of(berlin) == ""
    assert not is_provisional("", 2027, {}, TODAY)
    with pytest.raises(Refusal, match="not_provisional"):
        confirm(berlin, 2027, actor_id=None, now=NOW)


def test_a_correction_counts_and_taken_back_the_announcement_holds_again(institution) -> None:
    follow(institution, "CN", actor_id=None, now=NOW)
    by = {"today": TODAY, "actor_id": None, "now": NOW}
    correct(institution, [NamedDay(SWAPPED_TUESDAY, "We work", "上班")], "workday", **by)
    assert by_day(institution)[SWAPPED_TUESDAY.isoformat()] == "workday"
    take_over(institution, actor_id=None, now=NOW)
    assert by_day(institution)[SWAPPED_TUESDAY.isoformat()] == "workday"
    take_back(institution, SWAPPED_TUESDAY, **by)
    assert by_day(institution)[SWAPPED_TUESDAY.isoformat()] == "holiday"
    with pytest.raises(Refusal, match="announced"):
        take_back(institution, SWAPPED_TUESDAY, **by)


@pytest.mark.parametrize(
    ("day", "kind", "replaces", "code"),
    [
        (NATIONAL_DAY, "festival", None, "choice"),
        (NATIONAL_DAY, "make_up", None, "make_up_weekday"),
        (MAKE_UP_SUNDAY, "workday", None, "workday_weekend"),
        (NATIONAL_DAY, "holiday", SWAPPED_TUESDAY, "replaces_kind"),
        (MAKE_UP_SUNDAY, "make_up", date(2026, 10, 4), "replaces_weekend"),
        (date(2026, 8, 31), "rest", None, "holiday_over"),
    ],
)
def test_what_a_day_cannot_be(institution, day, kind, replaces, code) -> None:
    with pytest.raises(Refusal, match=code):
        correct(
            institution,
            [NamedDay(day, "x", "x")],
            kind,
            replaces=replaces,
            today=TODAY,
            actor_id=None,
            now=NOW,
        )
    assert by_day(institution) == {}


def test_what_is_announced_already_need_not_be_set(institution) -> None:
    follow(institution, "CN", actor_id=None, now=NOW)
    with pytest.raises(Refusal, match="holiday_there"):
        correct(
            institution, [NamedDay(NATIONAL_DAY, "x", "x")], "holiday", today=TODAY, actor_id=None, now=NOW
        )


def test_not_to_follow_any_more_leaves_what_is_over_and_what_was_set_by_hand(world, institution) -> None:
    follow(institution, "CN", actor_id=None, now=NOW)
    world.holiday(institution, date(2026, 12, 1))
    later = datetime(2026, 10, 2, 2, tzinfo=UTC)
    follow(institution, "", actor_id=None, now=later)
    days = by_day(institution)
    assert "2026-09-20" in days and "2026-10-02" in days and "2026-12-01" in days
    assert "2026-10-03" not in days and "2026-10-10" not in days
    assert behind(later) == []


def test_the_sweep_brings_a_changed_announcement_and_only_for_days_to_come(
    world, institution, now, monkeypatch
) -> None:
    follow(institution, "CN", actor_id=None, now=NOW)
    db.session.commit()
    for day, kind in ((MAKE_UP_SUNDAY, "holiday"), (NATIONAL_DAY, "make_up")):
        db.session.execute(
            CalendarDay.__table__.update().where(CalendarDay.day == day).values(kind=kind, replaces=None)
        )
    db.session.commit()
    monkeypatch.setattr(tasks.clock, "now", lambda: datetime(2026, 9, 25, tzinfo=UTC))
    assert tasks.take_over_announced() == 1
    assert by_day(institution)["2026-09-20"] == "holiday"
    assert by_day(institution)["2026-10-01"] == "holiday"
    assert tasks.take_over_announced() == 0


def test_a_new_institution_follows_the_country_of_its_zone_but_no_company_does(
    world, now, monkeypatch
) -> None:
    chinese, berlin = world.institution(), world.institution(zone="Europe/Berlin")
    company, undecided = world.institution(kind="company"), world.institution()
    world._keep(NationalCalendar(institution_id=undecided.id, region=""))
    monkeypatch.setattr(tasks.clock, "now", lambda: NOW)
    assert behind(NOW) == [chinese.id]
    assert tasks.take_over_announced() == 1
    assert [bool(by_day(each)) for each in (chinese, berlin, company, undecided)] == [
        True,
        False,
        False,
        False,
    ]


def test_a_make_up_sunday_opens_with_the_hours_of_the_day_it_makes_up_for_or_as_the_lab_picked(
    world, institution
) -> None:
    lab, other = world.lab(institution), world.lab(institution)
    here, there = world.instrument(lab, week=None), world.instrument(other, week=None)
    for one in (lab, other):
        world.hours(one, "Mon 08:00-12:00; Tue 09:00-17:00; Fri 10:00-15:00")
    assert opened(here, MAKE_UP_SUNDAY) == []
    follow(institution, "CN", actor_id=None, now=NOW)
    choose_make_up_hours(other, "0", actor_id=None, now=NOW)
    assert (opened(here, MAKE_UP_SUNDAY), opened(there, MAKE_UP_SUNDAY)) == (["09:00-17:00"], ["08:00-12:00"])
    assert opened(here, SWAPPED_TUESDAY) == []
    choose_make_up_hours(other, "itself", actor_id=None, now=NOW)
    assert opened(there, MAKE_UP_SUNDAY) == []
    with pytest.raises(Refusal, match="choice"):
        choose_make_up_hours(other, "8", actor_id=None, now=NOW)


def test_a_choice_never_rewrites_a_make_up_workday_that_is_over(world, institution) -> None:
    lab = world.lab(institution)
    here = world.instrument(lab, week=None)
    world.hours(lab, "Tue 09:00-17:00; Fri 10:00-15:00")
    follow(institution, "CN", actor_id=None, now=NOW)
    choose_make_up_hours(lab, "4", actor_id=None, now=datetime(2026, 9, 21, 2, tzinfo=UTC))
    assert opened(here, MAKE_UP_SUNDAY) == ["09:00-17:00"]
    assert opened(here, date(2026, 10, 10)) == ["10:00-15:00"]


def test_labs_elsewhere_share_the_calendar_of_their_institution(world, institution) -> None:
    here, there = (world.instrument(world.lab(institution)) for _ in range(2))
    follow(institution, "CN", actor_id=None, now=NOW)
    assert calendar.calendar_of(here.id) is not None
    assert calendar.calendar_of(here.id).holidays == calendar.calendar_of(there.id).holidays


@pytest.mark.parametrize(
    "values",
    [{"kind": "festival"}, {"source": "guess"}, {"kind": "holiday", "replaces": date(2026, 10, 6)}],
)
def test_the_database_keeps_what_is_promised(world, institution, values) -> None:
    with pytest.raises(IntegrityError):
        world.holiday(institution, NATIONAL_DAY, **values)
    db.session.rollback()


def test_one_day_stands_once_by_hand_and_once_as_announced(world, institution) -> None:
    world.holiday(institution, NATIONAL_DAY)
    world.holiday(institution, NATIONAL_DAY, source="announced")
    with pytest.raises(IntegrityError):
        world.holiday(institution, NATIONAL_DAY)
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(CalendarDay)) == 2
