"""Who is told of qualifications: those who grant, those who asked, the second person, and whose qualification ends."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask_babel import force_locale
from sqlalchemy import select

from instruments.database import db
from instruments.notices import tasks
from instruments.notices.models import Notice
from instruments.notices.sentences import names_for, say
from instruments.people.models import Person
from instruments.qualifications.models import QualificationRequest


def told() -> set[tuple[str, str, str]]:
    """Who was told what, once the journal is read."""
    tasks.follow()
    db.session.rollback()
    rows = db.session.execute(
        select(Person.mail, Notice.kind, Notice.said).join(Notice, Notice.person_id == Person.id)
    ).all()
    return {tuple(row) for row in rows}


def sentences(now, language: str = "en") -> list[str]:
    """What was said, in a language."""
    rows = db.session.scalars(select(Notice).order_by(Notice.id)).all()
    names = names_for([row.detail for row in rows])
    with force_locale(language):
        return [say(row, names, "Asia/Shanghai", now).sentence for row in rows]


def test_those_who_grant_are_told_of_requests_and_askers_of_answers(lab, now) -> None:
    lab.post("operator", f"/instruments/{lab.instrument_id}/qualification-requests", level="night")
    assert told() == {(lab.mails["manager"], "qualification.asked", "asked")}  # not who asks
    number = db.session.scalars(select(QualificationRequest.id)).one()
    lab.post("manager", f"/qualification-requests/{number}/answer", do="invite", message="Tuesday", version=1)
    lab.post(
        "manager", f"/qualification-requests/{number}/answer", do="grant", expires_on="2028-01-01", version=2
    )
    assert told() - {(lab.mails["manager"], "qualification.asked", "asked")} == {
        (lab.mails["operator"], "qualification.answered", "invited"),
        (lab.mails["operator"], "qualification.answered", "granted_until"),
    }
    assert any("until" in each and "use at night" in each for each in sentences(now))
    assert all("%(" not in each for each in [*sentences(now), *sentences(now, "zh_Hans_CN")])


def test_safety_officers_are_told_of_requests(lab, now) -> None:
    lab.post("visitor", f"/institutions/{lab.home_id}/admission-requests")
    assert told() == {(lab.mails["officer"], "admission.asked", "asked")}
    number = db.session.scalars(select(QualificationRequest.id)).one()
    lab.post(
        "officer", f"/qualification-requests/{number}/answer", do="decline", message="Come by", version=1
    )
    assert (lab.mails["visitor"], "admission.answered", "declined") in told()
    assert lab.home.name_en in sentences(now)[-1]


def test_the_second_person_is_told(lab, world, now) -> None:
    world.needs(lab.lab, two_if_hazardous=True)
    world.admission(lab.people["other"], lab.home)
    lab.post(
        "member", f"/instruments/{lab.instrument_id}/reservations", day="2027-03-02", **{"from": "10:00"}, until="12:00",
        purpose="research", hazardous="1", second_person=lab.mails["other"], key="k",
    )  # fmt: skip
    assert (lab.mails["other"], "own.second", "second") in told()


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (31, []),
        (30, ["soon"]),
        (8, ["soon"]),
        (7, ["soon"]),
        (0, ["soon"]),
        (-1, ["over"]),
        (-7, ["over"]),
        (-8, []),
    ],
)
def test_what_ends_is_told_at_its_steps(lab, world, now, days, said) -> None:
    day = now.date() + timedelta(days=days)
    world.qualification(lab.people["member"], lab.instrument, expires_on=day)
    world.qualification(lab.people["other"], lab.instrument, expires_on=day, revoked_at=now, revoked_why="x")
    world.admission(lab.people["member"], lab.home, day)
    tasks.warn_of_endings()
    tasks.warn_of_endings()  # and once only
    db.session.rollback()
    assert sorted(db.session.scalars(select(Notice.said))) == sorted(
        [*said, *(f"admission_{each}" for each in said)]
    )


def test_each_step_is_told_and_a_renewal_begins_anew(lab, world, app, now) -> None:
    held = world.qualification(lab.people["member"], lab.instrument, expires_on=date(2027, 3, 31))
    said = []
    for passed in (0, 5, 24, 25, 31, 40):
        app.config["FROZEN_NOW"] = now + timedelta(days=passed)
        tasks.warn_of_endings()
        db.session.rollback()
        said.append(len(db.session.scalars(select(Notice.id)).all()))
    assert said == [1, 1, 2, 2, 3, 3]
    held = db.session.get(type(held), held.id)
    held.expires_on = date(2027, 4, 20)
    db.session.commit()
    tasks.warn_of_endings()
    db.session.rollback()
    assert len(db.session.scalars(select(Notice.id)).all()) == 4
