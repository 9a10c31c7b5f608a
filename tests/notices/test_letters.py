"""What a mail looks like: both forms in its reader's language, and an invitation that calendar programs file rightly."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

import pytest
from icalendar import Calendar, Event

from instruments.database import db
from instruments.database.transactions import perform
from instruments.mail import send
from instruments.notices import tasks
from instruments.reservations.cancelling import cancel
from instruments.reservations.handing_over import hand_over
from instruments.reservations.moving import Change, change
from tests.conftest import NOW
from tests.notices.conftest import HOUR, TOMORROW
from tests.smtp import mail_server


@pytest.fixture
def post(app):
    """Sends what is due, and gives back what has arrived since, by recipient."""
    with mail_server() as server:
        app.config["MAIL_URL"] = server.url

        def deliver() -> dict[str, EmailMessage]:
            before = len(server.letters)
            tasks.sweep()
            return {parseaddr(letter["To"])[1]: letter for letter in server.letters[before:]}

        yield deliver


def part(letter: EmailMessage, kind: str) -> EmailMessage:
    found = [each for each in letter.walk() if each.get_content_type() == kind]
    assert len(found) == 1, f"{len(found)} parts of {kind}"
    return found[0]


def invitation(letter: EmailMessage) -> tuple[Calendar, Event]:
    """The calendar part, read strictly: no line that its reader has to forgive."""
    body = part(letter, "text/calendar").get_payload(decode=True)
    assert b"\r\n" in body and b"\n" not in body.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    file = Calendar.from_ical(body)
    events = file.walk("VEVENT")
    assert len(events) == 1 and not file.errors and not events[0].errors
    return file, events[0]


def test_no_letter_holds_a_header_that_somebody_typed(place, post) -> None:
    place.instrument.name_en = "Evil\r\nBcc: all@example.org"
    db.session.commit()
    place.books(place.lin)
    letter = post()[place.lin.mail]
    assert letter["Bcc"] is None and "\n" not in letter["Subject"]


def test_what_is_typed_is_text_in_html(place, post) -> None:
    place.instrument.name_en = "<script>alert(1)</script>"
    db.session.commit()
    place.books(place.lin)
    html = part(post()[place.lin.mail], "text/html").get_content()
    assert "<script>" not in html and "&lt;script&gt;" in html


def test_the_parts_stand_as_mail_programs_want_them(place, post, app) -> None:
    place.books(place.lin)
    letter = post()[place.lin.mail]
    assert letter.get_content_type() == "multipart/mixed"
    alternative, file = letter.iter_parts()
    assert [each.get_content_type() for each in alternative.iter_parts()] == [
        "text/plain", "text/html", "text/calendar",
    ]  # fmt: skip
    calendar = part(letter, "text/calendar")
    assert calendar.get_param("method") == "REQUEST" and calendar.get_content_charset() == "utf-8"
    assert (file.get_content_type(), file.get_filename()) == ("application/ics", "invite.ics")
    assert file.get_payload(decode=True) == calendar.get_payload(decode=True)
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["List-Unsubscribe"] == f"<{app.config['BASE_URL']}/profile/notices>"


def test_each_reads_their_own_language_and_wall(place, post) -> None:
    place.books(place.lin)
    place.books(place.mei, start=TOMORROW + HOUR)
    letters = post()
    english, chinese = (
        part(letters[person.mail], "text/plain").get_content() for person in (place.lin, place.mei)
    )
    assert letters[place.lin.mail]["Subject"].startswith("Booked: Raman microscope, Thu 4 Mar, 08:00–09:00")
    assert "(01:00–02:00, Berlin time, UTC+1)" in english
    assert letters[place.mei.mail]["Subject"] == "已预约：拉曼显微镜，3月4日 周四 09:00–10:00"
    assert "您预约了拉曼显微镜：3月4日 周四 09:00–10:00。" in chinese
    assert 'lang="zh-Hans"' in part(letters[place.mei.mail], "text/html").get_content()


def test_every_mail_leads_to_its_reservation_and_to_the_preferences(place, post, app) -> None:
    number = place.books(place.lin)
    letter = post()[place.lin.mail]
    for kind in ("text/plain", "text/html"):
        body = part(letter, kind).get_content()
        assert f"{app.config['BASE_URL']}/reservations/{number}" in body
        assert f"{app.config['BASE_URL']}/profile/notices" in body


# --- Invitations ------------------------------------------------------------------------------------------------------


def test_booking_moving_and_cancelling_file_one_event(place, post) -> None:
    number = place.books(place.manager, place.lin)
    actor = place.actor(place.lin)
    file, booked = invitation(post()[place.lin.mail])
    assert (file["METHOD"], booked["STATUS"], booked["SEQUENCE"]) == ("REQUEST", "CONFIRMED", 1)
    assert booked["DTSTART"].dt == TOMORROW and booked["DTEND"].dt == TOMORROW + HOUR
    assert booked["DTSTART"].params["TZID"] == "Asia/Shanghai"
    assert [zone["TZID"] for zone in file.walk("VTIMEZONE")] == ["Asia/Shanghai"]
    assert booked["DTSTAMP"].dt == NOW

    wanted = Change(start=TOMORROW + 2 * HOUR, end=TOMORROW + 3 * HOUR)
    perform(lambda: change(actor, actor, number, wanted, None, NOW))
    file, moved = invitation(post()[place.lin.mail])
    assert (file["METHOD"], moved["SEQUENCE"], moved["UID"]) == ("REQUEST", 2, booked["UID"])
    assert moved["DTSTART"].dt == TOMORROW + 2 * HOUR

    perform(lambda: cancel(actor, number, "Sample broke", None, NOW))
    letters = post()
    file, cancelled = invitation(letters[place.lin.mail])
    assert part(letters[place.lin.mail], "text/calendar").get_param("method") == "CANCEL"
    assert (file["METHOD"], cancelled["STATUS"], cancelled["SEQUENCE"]) == ("CANCEL", "CANCELLED", 3)
    assert cancelled["UID"] == booked["UID"] and cancelled.walk("VALARM") == []


def test_organizer_attendees_alarm_and_address(place, post, app) -> None:
    number = place.books(place.manager, place.lin)
    _, event = invitation(post()[place.lin.mail])
    organizer: Any = event["ORGANIZER"]
    assert organizer == "mailto:noreply@localhost" and organizer.params["CN"] == place.lab.name_en
    attendees = event["ATTENDEE"]
    assert [str(each) for each in attendees] == [f"mailto:{place.lin.mail}", f"mailto:{place.manager.mail}"]
    assert {each.params["PARTSTAT"] for each in attendees} == {"ACCEPTED"}
    assert event["URL"] == f"{app.config['BASE_URL']}/reservations/{number}"
    (alarm,) = event.walk("VALARM")
    assert (alarm["ACTION"], alarm["TRIGGER"].dt) == ("DISPLAY", timedelta(hours=-1))


def test_handed_over_takes_it_out_of_one_calendar_and_puts_it_into_the_other(place, post) -> None:
    number = place.books(place.lin)
    _, booked = invitation(post()[place.lin.mail])
    actor, to = place.actor(place.manager), place.actor(place.mei)
    perform(lambda: hand_over(actor, to, number, None, NOW))
    letters = post()
    file, taken = invitation(letters[place.lin.mail])
    assert (file["METHOD"], taken["STATUS"], taken["UID"]) == ("CANCEL", "CANCELLED", booked["UID"])
    assert str(taken["ATTENDEE"]) == f"mailto:{place.lin.mail}"
    file, given = invitation(letters[place.mei.mail])
    assert (file["METHOD"], given["STATUS"], given["UID"]) == ("REQUEST", "CONFIRMED", booked["UID"])


def test_a_letter_that_was_put_off_never_brings_back_what_was(place, post, app) -> None:
    number = place.books(place.lin)
    app.config["MAIL_URL"], alive = "smtp://127.0.0.1:1", app.config["MAIL_URL"]
    tasks.sweep()
    actor = place.actor(place.lin)
    perform(lambda: cancel(actor, number, "Sample broke", None, NOW))
    app.config["MAIL_URL"], app.config["FROZEN_NOW"] = alive, NOW + HOUR
    with_calendar = []
    with mail_server() as server:
        app.config["MAIL_URL"] = server.url
        tasks.sweep()
        for letter in server.letters:
            with_calendar += [each for each in letter.walk() if each.get_content_type() == "text/calendar"]
    assert [each.get_param("method") for each in with_calendar] == ["CANCEL"]


def test_without_a_server_letters_lie_in_the_folder(place, letters, app) -> None:
    assert not send.is_delivered()
    place.books(place.lin)
    tasks.sweep()
    assert len(list(letters.iterdir())) == 1
