"""Which dates of a series a deed changed is told: one by itself as that reservation, several with each of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from sqlalchemy import select

from instruments.database import db
from instruments.database.transactions import perform
from instruments.journal.record import record
from instruments.notices import tasks
from instruments.notices.models import Notice
from instruments.reservations.approving import approve
from instruments.reservations.booking import BookingRequest
from instruments.reservations.expiring import expire
from instruments.reservations.handing_over import hand_over
from instruments.reservations.moving import Change
from instruments.reservations.series.changing import Which, answer_series, cancel_series, change_series
from instruments.reservations.series.finding import reservations_of
from instruments.reservations.series.making import book_series
from instruments.reservations.series.planning import SeriesRequest
from instruments.reservations.series.repetition import Repetition
from instruments.web import clock
from tests.conftest import NOW
from tests.notices.conftest import HOUR, TOMORROW, Place
from tests.smtp import mail_server
from tests.world import sign_in

THIRD = TOMORROW + timedelta(weeks=2)
OLD, NEW = "08:00–09:00", "09:00–10:00"
EN = ["Thu 4 Mar, ", "Thu 11 Mar, ", "Thu 18 Mar, ", "Thu 25 Mar, ", "Thu 1 Apr, "]
ZH = ["3月4日 周四 ", "3月11日 周四 ", "3月18日 周四 ", "3月25日 周四 ", "4月1日 周四 "]
# By language, deed, how many and by whom: the sentence; {before} and {when} are the first of them.
SENTENCES = {
    ("en", "move", 1, "own"): "You moved your reservation of Raman microscope from {before} to {when}.",
    ("en", "move", 1, "lab"): "Chen Moni moved your reservation of Raman microscope from {before} to {when}.",
    ("en", "cancel", 1, "own"): "You cancelled your reservation of Raman microscope, {before}.",
    ("en", "cancel", 1, "lab"): "Chen Moni cancelled your reservation of Raman microscope, {before}.",
    ("en", "move", 2, "own"): (
        "You moved {count} of your series on Raman microscope, the first from {before} to {when}."
    ),
    ("en", "move", 2, "lab"): (
        "Chen Moni moved {count} of your series on Raman microscope, the first from {before} to {when}."
    ),
    (
        "en",
        "cancel",
        2,
        "own",
    ): "You cancelled {count} of your series on Raman microscope, the first {before}.",
    ("en", "cancel", 2, "lab"): (
        "Chen Moni cancelled {count} of your series on Raman microscope, the first {before}."
    ),
    ("zh", "move", 1, "own"): "您把对拉曼显微镜的预约从 {before} 改到了 {when}。",
    ("zh", "move", 1, "lab"): "陈模拟把您对拉曼显微镜的预约从 {before} 改到了 {when}。",
    ("zh", "cancel", 1, "own"): "您取消了对拉曼显微镜的预约（{before}）。",
    ("zh", "cancel", 1, "lab"): "陈模拟取消了您对拉曼显微镜的预约（{before}）。",
    ("zh", "move", 2, "own"): (
        "您改动了您在拉曼显微镜的系列预约中的 {count} 次，第一次从 {before} 改到了 {when}。"
    ),
    ("zh", "move", 2, "lab"): (
        "陈模拟改动了您在拉曼显微镜的系列预约中的 {count} 次，第一次从 {before} 改到了 {when}。"
    ),
    ("zh", "cancel", 2, "own"): "您取消了您在拉曼显微镜的系列预约中的 {count} 次，第一次：{before}。",
    ("zh", "cancel", 2, "lab"): "陈模拟取消了您在拉曼显微镜的系列预约中的 {count} 次，第一次：{before}。",
}


@pytest.fixture
def post(app):
    """Sends what is due, and gives back what has arrived since: whom it went to, and the letter."""
    with mail_server() as server:
        app.config["MAIL_URL"] = server.url

        def deliver() -> list[tuple[str, EmailMessage]]:
            before = len(server.letters)
            tasks.sweep()
            return [(str(letter["To"]), letter) for letter in server.letters[before:]]

        yield deliver


def books(place: Place, person, times: int = 5) -> int:
    actor = place.actor(person)
    booking = BookingRequest(place.instrument.id, TOMORROW, TOMORROW + HOUR)
    rule = replace(Repetition.at(TOMORROW, TOMORROW + HOUR, ZoneInfo("Asia/Shanghai")), times=times)
    return perform(lambda: book_series(actor, actor, SeriesRequest(booking, rule), NOW)).id


def does(place: Place, deed: str, by, series: int, which: Which) -> None:
    """Moves by an hour, or cancels; a new time is about the third date, of all about the first."""
    actor, of = place.actor(by), TOMORROW if which.scope == "all" else THIRD
    if deed == "move":
        wanted = Change(of + HOUR, of + 2 * HOUR, reason="Service")
        perform(lambda: change_series(actor, series, which, wanted, None, NOW))
    else:
        perform(lambda: cancel_series(actor, series, which, "Service", None, NOW))


def notices(person) -> list[tuple[str, str, tuple[str, int]]]:
    db.session.rollback()
    mine = select(Notice).where(Notice.person_id == person.id).order_by(Notice.id)
    return [(each.kind, each.said, (each.thing_kind, each.thing_id)) for each in db.session.scalars(mine)]


def of_program(letter: EmailMessage) -> Calendar:
    types = ("text/calendar", "application/ics")
    part = next(part for part in letter.walk() if part.get_content_type() in types)
    return Calendar.from_ical(part.get_payload(decode=True))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("by", ["own", "lab"])
@pytest.mark.parametrize("deed", ["move", "cancel"])
@pytest.mark.parametrize(
    ("scope", "changed"), [("this", [2]), ("following", [2, 3, 4]), ("all", [0, 1, 2, 3, 4])]
)
def test_the_dates_that_were_changed_are_told(
    place, post, client, language, by, deed, scope, changed
) -> None:
    person = place.lin if language == "en" else place.mei
    person.zone = "Asia/Shanghai"
    db.session.commit()
    series = books(place, person)
    post()
    does(place, deed, person if by == "own" else place.manager, series, Which(scope, changed[0]))
    ((to, letter),) = post() if by == "own" else [each for each in post() if person.mail in each[0]]
    assert person.mail in to
    days = EN if language == "en" else ZH
    before, when = days[changed[0]] + OLD, days[changed[0]] + NEW
    sentence = SENTENCES[language, deed, min(len(changed), 2), by].format(
        before=before, when=when, count=len(changed)
    )
    text, html = (letter.get_body((kind,)).get_content() for kind in ("plain", "html"))
    rows = reservations_of(series)
    path = f"/reservations/{rows[2].id}" if scope == "this" else f"/reservations/series/{series}"
    assert text.splitlines()[0] == sentence and f"{path}\r\n".replace("\r\n", "\n") in text.replace(
        "\r\n", "\n"
    )
    listed = [line.strip()[2:] for line in text.splitlines() if line.startswith("- ")]
    if scope == "this":
        assert listed == [] and "<li>" not in html
    else:
        own = [
            days[place_] + OLD + (f" → {days[place_]}{NEW}" if deed == "move" else "") for place_ in changed
        ]
        assert listed == own and all(f"<li>{each}</li>" in html for each in own)
    file = of_program(letter)
    events = file.walk("VEVENT")
    if scope == "this":
        assert file["METHOD"] == ("REQUEST" if deed == "move" else "CANCEL")
        (event,) = events
        assert (
            str(event["UID"]).startswith(f"reservation-{rows[2].id}@")
            and event["SEQUENCE"] == rows[2].version
        )
        assert event.start == (THIRD + HOUR if deed == "move" else THIRD)
    else:
        assert file["METHOD"] == "PUBLISH" and len(events) == 5
    if by == "lab":
        page = sign_in(client, person).get("/notices").text
        assert sentence in page and "Service" in page


def test_of_several_that_one_alone_could_follow_it_is_told_by_itself(place, post) -> None:
    """The others stay as they are: somebody has the time."""
    series = books(place, place.lin)
    for weeks in (3, 4):
        place.books(place.mei, start=TOMORROW + timedelta(weeks=weeks) + HOUR)
    post()
    does(place, "move", place.lin, series, Which("following", 2, leaves=True))
    moved = reservations_of(series)[2]
    assert moved.starts_at == THIRD + HOUR
    tasks.follow()
    assert notices(place.lin)[-1] == ("own.moved", "mine", ("reservation", moved.id))


def test_what_moves_alone_and_has_to_be_approved_anew_is_asked_for_by_itself(place, post) -> None:
    series = books(place, place.lin)
    place.world.approval_rule(place.lab, "institution")
    tasks.follow()
    does(place, "move", place.lin, series, Which("this", 2))
    tasks.follow()
    moved = reservations_of(series)[2]
    one = ("reservation", moved.id)
    assert moved.state == "requested"
    assert notices(place.lin)[-2:] == [("own.moved", "mine", one), ("own.requested", "mine", one)]
    assert notices(place.manager)[-1] == ("approval.asked", "asked", ("approvals", place.lab.id))
    perform(lambda: answer_series(place.actor(place.manager), series, True, "", None, NOW))
    tasks.follow()
    assert notices(place.lin)[-1] == ("approval.answered", "approved", one)


def test_what_waits_already_is_not_asked_for_anew_when_another_moves(place, post) -> None:
    place.world.approval_rule(place.lab, "institution")
    series = books(place, place.lin)
    tasks.follow()
    does(place, "cancel", place.lin, series, Which("this", 2))
    tasks.follow()
    one = ("reservation", reservations_of(series)[2].id)
    assert notices(place.lin)[1:] == [("own.cancelled", "mine", one)]


def test_a_date_that_was_handed_over_is_told_to_who_has_it_and_the_others_by_themselves(place, post) -> None:
    series = books(place, place.lin, times=3)
    given = reservations_of(series)[1].id
    perform(lambda: hand_over(place.actor(place.manager), place.actor(place.mei), given, None, NOW))
    tasks.follow()
    had = len(notices(place.lin))
    does(place, "cancel", place.manager, series, Which())
    tasks.follow()
    assert notices(place.mei)[-1] == ("reservation.cancelled", "mine", ("reservation", given))
    told = sorted(notices(place.lin)[had:])
    assert told == [
        ("reservation.cancelled", "dates_mine", ("series", series)),
        ("reservation.cancelled", "theirs", ("reservation", given)),
    ]


def test_one_of_a_series_whose_request_expires_alone_is_told_by_itself(place, post) -> None:
    place.world.approval_rule(place.lab, "institution")
    series = books(place, place.lin, times=2)
    first, second = (row.id for row in reservations_of(series))
    perform(lambda: approve(place.actor(place.manager), first, "", None, NOW))
    later = NOW + timedelta(hours=25)
    assert perform(lambda: expire(second, later))
    with clock.stopped_at(later):
        tasks.follow()
    assert notices(place.lin)[-1] == ("approval.answered", "expired", ("reservation", second))


def test_an_entry_of_before_that_names_no_dates_is_still_told(place, post) -> None:
    series = books(place, place.lin)
    start = int(TOMORROW.timestamp())
    detail = {
        "instrument_id": place.instrument.id, "user_id": place.lin.id, "booker_id": place.lin.id, "count": 2,
        "start": start, "end": start + 3600, "reason": "",
    }  # fmt: skip
    post()
    record(
        now=NOW, actor_id=place.manager.id, deed="series.moved", thing=("series", series), detail=detail,
        institution_id=place.lab.institution_id, lab_id=place.lab.id,
    )  # fmt: skip
    db.session.commit()
    ((_, letter),) = post()
    assert (
        "moved 2 of your series on Raman microscope; the next is now Thu 4 Mar"
        in letter.get_body(("plain",)).get_content()
    )
