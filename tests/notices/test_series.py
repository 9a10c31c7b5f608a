"""A series is told once, not fifty times: one notice, one mail, and all its times in one calendar file."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email.utils import parseaddr
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from instruments.database.transactions import perform
from instruments.notices import tasks
from instruments.reservations.booking import BookingRequest
from instruments.reservations.expiring import expire, overdue
from instruments.reservations.moving import Change
from instruments.reservations.series.changing import Which, answer_series, cancel_series, change_series
from instruments.reservations.series.finding import reservations_of
from instruments.reservations.series.making import book_series
from instruments.reservations.series.planning import SeriesRequest
from instruments.reservations.series.repetition import Repetition
from instruments.timespan import Timespan
from instruments.web import wording
from tests.conftest import NOW
from tests.notices.conftest import HOUR, TOMORROW
from tests.smtp import mail_server


@pytest.fixture
def post(app):
    """Sends what is due, and gives back what has arrived since."""
    with mail_server() as server:
        app.config["MAIL_URL"] = server.url

        def deliver():
            before = len(server.letters)
            tasks.sweep()
            return {parseaddr(letter["To"])[1]: letter for letter in server.letters[before:]}

        yield deliver


def books(place, booker, user=None, times=5) -> int:
    """A series of one hour a week; its number."""
    actor, uses = place.actor(booker), place.actor(user or booker)
    booking = BookingRequest(place.instrument.id, TOMORROW, TOMORROW + HOUR)
    rule = replace(Repetition.at(TOMORROW, TOMORROW + HOUR, ZoneInfo("Asia/Shanghai")), times=times)
    return perform(lambda: book_series(actor, uses, SeriesRequest(booking, rule), NOW)).id


def test_each_deed_on_a_series_is_told_once(place, told) -> None:
    number = books(place, place.manager, place.lin)
    new = {
        ("Chen", "own.booked", "series_theirs"), ("Lin", "reservation.booked", "series_mine"),
    }  # fmt: skip
    assert told() == new
    actor, lin = place.actor(place.manager), place.actor(place.lin)
    later = Change(TOMORROW + HOUR, TOMORROW + 2 * HOUR, reason="Service before it")
    perform(lambda: change_series(actor, number, Which(), later, None, NOW))
    moved = {("Chen", "own.moved", "dates_theirs"), ("Lin", "reservation.moved", "dates_mine")}
    assert told() - new == moved
    perform(lambda: cancel_series(lin, number, Which(), "Done with it", None, NOW))
    gone = {("Lin", "own.cancelled", "dates_mine"), ("Chen", "reservation.cancelled", "dates_theirs")}
    assert told() - new - moved == gone


def test_a_lab_is_asked_once_and_answers_once(place, told) -> None:
    place.world.approval_rule(place.lab, "institution")
    number = books(place, place.lin)
    asked = {("Lin", "own.requested", "series_mine"), ("Chen", "approval.asked", "series_asked")}
    assert told() == asked
    manager = place.actor(place.manager)
    perform(lambda: answer_series(manager, number, True, "", None, NOW))
    assert told() - asked == {("Lin", "approval.answered", "series_approved")}


def test_who_is_declined_reads_how_many_and_from_when(place, post) -> None:
    place.world.approval_rule(place.lab, "institution")
    number = books(place, place.lin)
    manager = place.actor(place.manager)
    perform(lambda: answer_series(manager, number, False, "In repair", None, NOW))
    text = post()[place.lin.mail].get_body(("plain",)).get_content()
    first = wording.when(Timespan(TOMORROW, TOMORROW + HOUR), "Asia/Shanghai", "en", NOW.date())
    assert f"declined 5 of your series on Raman microscope, the first {first} (" in " ".join(text.split())


def test_what_expires_of_a_series_is_told_once(place, told, app) -> None:
    place.world.approval_rule(place.lab, "institution")
    books(place, place.lin)
    asked = told()
    later = NOW + timedelta(hours=25)
    first, *others = overdue(later)
    assert perform(lambda: expire(first, later)) and len(others) == 4
    assert not any(perform(lambda number=number: expire(number, later)) for number in others)
    app.config["FROZEN_NOW"] = later
    assert told() - asked == {("Lin", "approval.answered", "series_expired")}


def test_the_mail_holds_all_times_in_one_file_that_is_no_invitation(place, post) -> None:
    number = books(place, place.lin)
    letter = post()[place.lin.mail]
    assert letter["Subject"] == "Booked: Raman microscope, a series of 5"
    assert not [part for part in letter.walk() if part.get_content_type() == "text/calendar"]
    (file,) = [part for part in letter.walk() if part.get_content_type() == "application/ics"]
    assert file.get_filename() == "reservations.ics"
    calendar = Calendar.from_ical(file.get_payload(decode=True))
    events = calendar.walk("VEVENT")
    assert calendar["METHOD"] == "PUBLISH" and not calendar.errors
    uids = [str(event["UID"]).split("@")[0] for event in events]
    assert uids == [f"reservation-{row.id}" for row in reservations_of(number)]
    assert [event.start.astimezone(NOW.tzinfo) for event in events] == [
        TOMORROW + timedelta(weeks=week) for week in range(5)
    ]
    lin = place.actor(place.lin)
    perform(lambda: cancel_series(lin, number, Which("following", 2), "ill", None, NOW))
    letter = post()[place.lin.mail]
    assert letter["Subject"] == "Cancelled: Raman microscope, 3 of a series"
    (file,) = [part for part in letter.walk() if part.get_content_type() == "application/ics"]
    states = [
        str(event["STATUS"]) for event in Calendar.from_ical(file.get_payload(decode=True)).walk("VEVENT")
    ]
    assert states == ["CONFIRMED"] * 2 + ["CANCELLED"] * 3


def test_who_reads_chinese_is_told_in_chinese(place, post) -> None:
    books(place, place.mei)
    letter = post()[place.mei.mail]
    assert letter["Subject"] == "已预约：拉曼显微镜，系列共 5 次"
