"""Whoever waits is told what is offered, that somebody was faster, and that nothing became free."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask

from instruments.database import db
from instruments.errors import Refusal
from instruments.notices.letters import Sender, compose
from instruments.notices.models import Notice, NoticeDelivery
from instruments.notices.sentences import names_for, say
from instruments.notices.tasks import follow
from instruments.reservations.models import Reservation
from tests.reservations.waiting import HOUR, Queue
from tests.world import World

SENDER = Sender("https://commons.example", "commons@commons.example")


@pytest.fixture
def queue(world: World, now: datetime) -> Queue:
    return Queue(world, now)


def told(kind: str) -> list[Notice]:
    follow()
    return db.session.query(Notice).filter_by(kind=kind).order_by(Notice.id).all()


def test_an_offer_is_mailed_with_its_link_and_no_longer_when_it_is_over(app: Flask, queue: Queue) -> None:
    number = queue.wait(queue.people[0])
    queue.free()
    queue.sweep(app)
    (notice,) = told("wait.offered")
    assert (notice.person_id, notice.thing_kind, notice.thing_id) == (queue.people[0].id, "wait", number)
    letter = compose(notice.id, SENDER, queue.now)
    assert f"https://commons.example/waitlist/{number}" in letter.text
    assert "is free: Tue 2 Mar, 10:00–12:00. Accept it until Mon 1 Mar, 12:00." in letter.text
    abroad = say(notice, names_for([notice.detail]), "Europe/Berlin", queue.now)
    assert "Free for you until Mon 1 Mar, 12:00 (Mon 1 Mar, 05:00, Berlin" in abroad.subject
    assert "Tue 2 Mar, 10:00–12:00 (03:00–05:00, Berlin" in abroad.subject
    assert letter.calendar is None
    assert compose(notice.id, SENDER, queue.now + timedelta(hours=4)) == "too late to answer"


def test_who_was_slower_is_told_in_the_app_alone(app: Flask, queue: Queue) -> None:
    numbers = [queue.wait(who) for who in queue.people[:2]]
    queue.free()
    queue.sweep(app)
    queue.answer(queue.people[0], numbers[0])
    (notice,) = told("wait.lapsed")
    assert notice.person_id == queue.people[1].id
    assert db.session.query(NoticeDelivery).filter_by(notice_id=notice.id).count() == 0


def test_who_waited_in_vain_is_told_for_an_instrument_and_for_a_class(app: Flask, queue: Queue) -> None:
    queue.wait(queue.people[0])
    queue.wait(queue.people[1], 2, class_code="010100")
    queue.sweep(app, 28 * HOUR)
    notices = {notice.said: notice.id for notice in told("wait.over")}
    assert set(notices) == {"over", "class_over"}
    letter = compose(notices["class_over"], SENDER, queue.now + 28 * HOUR)
    assert "You waited for any instrument of the class Electron" in letter.text


def test_who_is_refused_by_the_lab_reads_that_they_wait_again(app: Flask, queue: Queue) -> None:
    numbers = [queue.wait(queue.people[0], 1), queue.wait(queue.people[1], 1, class_code="010100")]
    for who, number in zip(queue.people, numbers, strict=False):
        queue.free()
        queue.sweep(app)
        queue.held = db.session.get(Reservation, queue.answer(who, number).id)
    for row in db.session.query(Reservation).filter(Reservation.user_id != queue.holder.id):
        row.state = "declined"
    db.session.commit()
    queue.sweep(app, timedelta(minutes=1))
    notices = {notice.said: notice.id for notice in told("wait.again")}
    assert set(notices) == {"again", "class_again"}
    assert db.session.query(NoticeDelivery).filter_by(notice_id=notices["again"]).count() == 0
    letter = compose(notices["class_again"], SENDER, queue.now)
    assert "in the place that you had" in letter.text


def test_offered_time_that_is_not_open_any_more_lapses_with_that_sentence(app: Flask, queue: Queue) -> None:
    number = queue.wait(queue.people[0])
    queue.free()
    queue.sweep(app)
    queue.world.days(queue.lab, queue.start.date(), times="closed")
    queue.sweep(app, timedelta(minutes=1))
    (notice,) = told("wait.lapsed")
    assert notice.said == "shut"
    assert "is not open any more" in compose(notice.id, SENDER, queue.now).text
    with pytest.raises(Refusal) as caught:
        queue.answer(queue.people[0], number)
    assert [reason.code for reason in caught.value.reasons] == ["offer_shut"]
