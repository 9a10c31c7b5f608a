"""Reminders come once, to everybody whom they concern, and not when what they speak of is over meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from instruments.database import db
from instruments.database.transactions import perform
from instruments.notices import answers_due, ending, reminding, tasks
from instruments.notices.models import Notice, NoticeDelivery
from instruments.reservations import approving, cancelling
from instruments.reservations.booking import BookingRequest
from instruments.reservations.models import Approval, Reservation
from instruments.reservations.moving import Change, change
from instruments.reservations.series.finding import reservations_of
from instruments.reservations.series.making import book_series
from instruments.reservations.series.planning import SeriesRequest
from instruments.reservations.series.repetition import Repetition
from tests.conftest import NOW
from tests.notices.conftest import HOUR, TOMORROW, Place, at_once
from tests.smtp import mail_server
from tests.world import sign_in


@pytest.fixture
def asked(place: Place) -> int:
    """Lin asks, and the lab has a day to answer."""
    place.world.approval_rule(place.lab, "institution", deadline_hours=24)
    return place.books(place.lin)


@pytest.fixture
def series(place: Place) -> list[int]:
    """Lin asks for three weeks, and the lab has a day to answer; the reservations."""
    place.world.approval_rule(place.lab, "institution", deadline_hours=24)
    rule = replace(Repetition.at(TOMORROW, TOMORROW + HOUR, ZoneInfo("Asia/Shanghai")), times=3)
    wanted = SeriesRequest(BookingRequest(place.instrument.id, TOMORROW, TOMORROW + HOUR), rule)
    lin = place.actor(place.lin)
    made = perform(lambda: book_series(lin, lin, wanted, NOW)).id
    return [row.id for row in reservations_of(made)]


def remind(app, moment: datetime) -> int:
    app.config["FROZEN_NOW"] = moment
    return tasks.remind()


def told(kind: str) -> list[Notice]:
    db.session.rollback()
    return list(db.session.scalars(select(Notice).where(Notice.kind == kind).order_by(Notice.id)))


def mailed(app, moment: datetime) -> dict[str, str]:
    """What the last delivery of each kind came to, when the server is back at this moment."""
    app.config["FROZEN_NOW"] = moment
    with mail_server() as server:
        app.config["MAIL_URL"] = server.url
        tasks.send()
    rows = db.session.execute(
        select(Notice.kind, NoticeDelivery.state, NoticeDelivery.failure)
        .join(NoticeDelivery, NoticeDelivery.notice_id == Notice.id)
        .order_by(Notice.id)
    )
    return {row.kind: row.failure or row.state for row in rows}


# --- Not when it is over ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "deed", [None, "approve", "decline", "propose", "cancel"], ids=lambda deed: deed or "still open"
)
def test_a_letter_about_a_request_does_not_go_out_once_it_is_answered(app, place, asked, deed) -> None:
    assert remind(app, NOW + 21 * HOUR) == 1
    manager, lin, later = place.actor(place.manager), place.actor(place.lin), NOW + 21 * HOUR
    other = (TOMORROW + 48 * HOUR, TOMORROW + 49 * HOUR)
    match deed:
        case "approve":
            perform(lambda: approving.approve(manager, asked, "", None, later))
        case "decline":
            perform(lambda: approving.decline(manager, asked, "Full", None, later))
        case "propose":
            perform(lambda: approving.propose(manager, lin, asked, other, "", None, later))
        case "cancel":
            perform(lambda: cancelling.cancel(lin, asked, "ill", None, later))
    expected = "too late to remind" if deed else "sent"
    assert mailed(app, NOW + 22 * HOUR)["approval.due"] == expected


@pytest.mark.parametrize("deed", [None, "accept", "decline"], ids=lambda deed: deed or "still open")
def test_a_letter_about_a_proposed_time_does_not_go_out_once_it_is_answered(app, place, asked, deed) -> None:
    manager, lin = place.actor(place.manager), place.actor(place.lin)
    other = (TOMORROW + 48 * HOUR, TOMORROW + 49 * HOUR)
    perform(lambda: approving.propose(manager, lin, asked, other, "", None, NOW))
    assert remind(app, NOW + 21 * HOUR) == 1
    later = NOW + 21 * HOUR
    if deed == "accept":
        perform(lambda: approving.accept(lin, asked, None, later))
    if deed == "decline":
        perform(lambda: approving.decline(manager, asked, "Full", None, later))
    expected = "too late to remind" if deed else "sent"
    assert mailed(app, NOW + 22 * HOUR)["proposal.due"] == expected


@pytest.mark.parametrize("deed", [None, "cancel", "move"], ids=lambda deed: deed or "still booked")
def test_a_letter_before_a_reservation_does_not_go_out_once_it_is_elsewhere(app, place, deed) -> None:
    number, lin = place.books(place.lin), place.actor(place.lin)
    before = TOMORROW - 20 * HOUR
    assert remind(app, before) == 1
    if deed == "cancel":
        perform(lambda: cancelling.cancel(lin, number, "ill", None, before))
    if deed == "move":
        wanted = Change(start=TOMORROW + 5 * HOUR, end=TOMORROW + 6 * HOUR)
        perform(lambda: change(lin, lin, number, wanted, None, before))
    expected = "too late to remind" if deed else "sent"
    assert mailed(app, TOMORROW - 10 * HOUR)["reservation.soon"] == expected


# --- Once ---------------------------------------------------------------------------------------------------------------


def test_a_series_is_reminded_of_once_whichever_dates_are_answered_meanwhile(app, place, series) -> None:
    assert remind(app, NOW + 21 * HOUR) == 1
    manager = place.actor(place.manager)
    perform(lambda: approving.approve(manager, series[0], "", None, NOW + 21 * HOUR))
    assert remind(app, NOW + 22 * HOUR) == 0
    (notice,) = told("approval.due")
    assert notice.occasion == f"due/{series[0]}/{int((NOW + 24 * HOUR).timestamp())}"
    assert mailed(app, NOW + 22 * HOUR)["approval.due"] == "sent", "two of its dates still wait"


def test_of_a_series_what_is_due_first_is_reminded_of_first(app, place, series) -> None:
    """The first date was asked for anew later, so that the others are due before it."""
    sooner = NOW + 30 * HOUR
    db.session.execute(update(Approval).where(Approval.reservation_id == series[0]).values(due_at=sooner))
    db.session.commit()
    assert remind(app, NOW + 21 * HOUR) == 1
    (notice,) = told("approval.due")
    assert notice.detail["start"] == int((TOMORROW + timedelta(weeks=1)).timestamp())


def test_each_proposed_time_of_a_series_is_reminded_of(app, place, series) -> None:
    mine = Approval.reservation_id.in_(series[:2])
    db.session.execute(update(Approval).where(mine).values(proposed_at=NOW, proposed_by_id=place.manager.id))
    db.session.commit()
    remind(app, NOW + 21 * HOUR)
    assert [notice.thing_id for notice in told("proposal.due")] == series[:2]
    assert len(told("approval.due")) == 1
    assert remind(app, NOW + 22 * HOUR) == 0


@pytest.mark.parametrize(
    ("zone", "language", "words"),
    [
        ("Asia/Shanghai", "en", "Without one by Tue 2 Mar, 08:00 "),
        ("Europe/Berlin", "en", "Without one by Tue 2 Mar, 08:00 (Tue 2 Mar, 01:00, Berlin time, UTC+1) "),
        ("Asia/Shanghai", "zh_Hans_CN", "若在 3月2日 周二 08:00 之前不答复，"),
    ],
)
def test_it_is_said_by_when_to_answer_on_the_wall_of_the_lab(
    app, place, asked, zone, language, words
) -> None:
    manager, lin = place.actor(place.manager), place.actor(place.lin)
    for person in (place.manager, place.lin):
        person.zone, person.language = zone, language
    db.session.commit()
    app.config["FROZEN_NOW"] = NOW + 21 * HOUR
    with mail_server() as server:
        app.config["MAIL_URL"] = server.url
        tasks.sweep()
        other = (TOMORROW + 48 * HOUR, TOMORROW + 49 * HOUR)
        perform(lambda: approving.propose(manager, lin, asked, other, "", None, NOW))
        tasks.sweep()
        letters = [(letter["To"], letter.get_body(("plain",)).get_content()) for letter in server.letters]
    assert [place.manager.mail in to for to, text in letters if words in text] == [True, False]


def test_a_reminder_of_before_that_kept_no_deadline_is_still_read(app, place, asked, client) -> None:
    remind(app, NOW + 21 * HOUR)
    (notice,) = told("approval.due")
    kept = {name: value for name, value in notice.detail.items() if name != "due_at"}
    notice.said, notice.detail = "due", kept
    db.session.commit()
    sign_in(client, place.manager)
    assert "Without one the request expires." in client.get("/notices").text


def test_two_workers_at_once_remind_once(app, place, asked) -> None:
    place.books(place.mei, start=TOMORROW + 2 * HOUR)
    app.config["FROZEN_NOW"] = NOW + 21 * HOUR
    at_once(app, tasks.remind, 3)
    assert len(told("approval.due")) == 2


# --- Everybody ------------------------------------------------------------------------------------------------------------


def test_whoever_cannot_be_told_stands_before_nobody(app, place, monkeypatch) -> None:
    monkeypatch.setattr(reminding, "MOST", 1)
    place.books(place.lin)
    number = place.books(place.mei, start=TOMORROW + HOUR)
    place.lin.mail_confirmed_at = None
    db.session.commit()
    assert remind(app, TOMORROW - 20 * HOUR) == 1
    assert [notice.thing_id for notice in told("reservation.soon")] == [number]


def test_more_than_are_told_at_once_are_all_told_in_one_pass(app, place, asked, monkeypatch) -> None:
    for module, name in ((tasks, "TOLD_AT_ONCE"), (answers_due, "AT_ONCE"), (ending, "AT_ONCE")):
        monkeypatch.setattr(module, name, 1)
    for hours in range(1, 4):
        place.books(place.lin, start=TOMORROW + hours * HOUR)
    assert remind(app, NOW + 21 * HOUR) == 4
    assert remind(app, NOW + 22 * HOUR) == 0
    for days in range(1, 4):
        instrument = place.world.instrument(place.lab)
        expires = (NOW + timedelta(days=days)).date()
        place.world.qualification(place.lin, instrument, expires_on=expires)
    place.world.admission(place.lin, place.lab.institution, (NOW + timedelta(days=5)).date())
    app.config["FROZEN_NOW"] = NOW
    tasks.warn_of_endings()
    tasks.warn_of_endings()
    assert [notice.said for notice in told("qualification.ends")] == ["soon"] * 3 + ["admission_soon"]


def test_a_request_that_was_moved_is_reminded_of_anew(app, place, asked) -> None:
    assert remind(app, NOW + 21 * HOUR) == 1
    lin, wanted = place.actor(place.lin), Change(start=TOMORROW + 5 * HOUR, end=TOMORROW + 6 * HOUR)
    perform(lambda: change(lin, lin, asked, wanted, None, NOW + 21 * HOUR))
    assert remind(app, NOW + 22 * HOUR) == 0
    assert remind(app, NOW + 42 * HOUR) == 1
    state = db.session.scalar(select(Reservation.state).where(Reservation.id == asked))
    assert (state, len(told("approval.due"))) == ("requested", 2)
