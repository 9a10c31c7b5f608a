"""A request to renew names the qualification that is meant, and granting it renews that very one; refusals first."""

from __future__ import annotations

import io
from datetime import date

import pytest
from flask_babel import force_locale
from sqlalchemy import select

from instruments.database import db
from instruments.database.transactions import perform
from instruments.notices import tasks
from instruments.notices.models import Notice
from instruments.notices.sentences import names_for, say
from instruments.people.signing import actor_by_id
from instruments.qualifications.granting import renew, revoke
from instruments.qualifications.models import Qualification, QualificationRequest
from tests.world import bearer

LAST = date(2027, 3, 20)
SCOPES = "reservations:read reservations:write labs:read labs:write"


@pytest.fixture
def technique(lab, world):
    return world.technique(lab.lab, lab.instrument, name_en="Routine spectroscopy")


@pytest.fixture
def held(lab, world, technique) -> int:
    """The member's qualification for the technique."""
    return world.qualification(lab.people["member"], technique, expires_on=LAST).id


@pytest.fixture
def send(lab, world):
    tokens = {name: world.token(person, SCOPES) for name, person in lab.people.items()}

    def call(who: str, method: str, path: str, **body):
        headers = bearer(tokens[who]) | ({"If-Match": "*"} if path.endswith(("answer", "withdraw")) else {})
        json = None if method == "get" else body
        return getattr(lab.client, method)(f"/api/v1{path}", headers=headers, json=json)

    return call


def codes(answer) -> list[str]:
    return [reason["code"] for reason in answer.json["reasons"]]


def rows(model):
    db.session.rollback()
    return db.session.scalars(select(model).order_by(model.id)).all()


def asked(lab, held) -> int:
    assert lab.post("member", f"/qualifications/{held}/renewal-requests").status_code == 303
    return rows(QualificationRequest)[-1].id


def test_what_cannot_be_renewed_is_refused(lab, world, send, held) -> None:
    for who, status in (("other", 404), ("visitor", 404)):
        assert lab.post(who, f"/qualifications/{held}/renewal-requests").status_code == status
        assert send(who, "post", "/qualification-requests", renews_id=held).status_code == status
    good = world.qualification(lab.people["other"], lab.instrument).id
    assert codes(send("other", "post", "/qualification-requests", renews_id=good)) == ["for_good"]
    both = send("member", "post", "/qualification-requests", renews_id=held, level="night")
    assert codes(both) == ["subject"]
    empty = world.technique(lab.lab)
    alone = world.qualification(lab.people["member"], empty, expires_on=LAST).id
    assert codes(send("member", "post", "/qualification-requests", renews_id=alone)) == ["no_instrument"]
    assert rows(QualificationRequest) == []


def test_the_pages_name_the_technique_and_the_renewal(lab, held) -> None:
    asked(lab, held)
    assert asked(lab, held) and len(rows(QualificationRequest)) == 1  # once more is the same
    mine = lab.get("member", "/profile/qualifications").text
    assert "Renewal: Technique: Routine spectroscopy" in mine and "Renewal asked for" in mine
    assert "Ask to renew" not in mine
    queue = lab.get("operator", f"/labs/{lab.lab_id}/qualification-requests").text
    assert "Renewal: Technique: Routine spectroscopy" in queue
    assert "lasts until" in queue and 'name="subject"' not in queue


def test_granting_renews_that_very_one(lab, held) -> None:
    number = asked(lab, held)
    answer = f"/qualification-requests/{number}/answer"
    lower = lab.post("operator", answer, do="grant", level="assisted", expires_on="2027-03-10", version=1)
    assert lower.status_code == 422
    assert "keeps the level" in lower.text and "name a later day" in lower.text
    paper = (io.BytesIO(b"%PDF-1.7\nhello\n%%EOF\n"), "seen.pdf")
    done = lab.post("operator", answer, do="grant", expires_on="2028-03-01", version=1, evidence=paper)
    assert done.status_code == 303
    (row,) = rows(Qualification)
    assert (row.id, row.instrument_id, row.level, row.expires_on) == (
        held, None, "independent", date(2028, 3, 1),
    )  # fmt: skip
    assert row.evidence_name == "seen.pdf"
    assert rows(QualificationRequest)[0].state == "granted"
    assert "Renewed" in lab.get("member", "/profile/qualifications").text


def test_renewed_meanwhile_the_request_is_closed(lab, held, now) -> None:
    number = asked(lab, held)
    actor = actor_by_id(lab.numbers["operator"], now)
    perform(lambda: renew(actor, {held: None}, date(2027, 3, 10), now))
    assert rows(QualificationRequest)[0].state == "open"  # it lasts no longer than before
    perform(lambda: renew(actor, {held: None}, date(2028, 1, 1), now))
    assert rows(QualificationRequest)[0].state == "granted"
    answer = lab.post("manager", f"/qualification-requests/{number}/answer", do="grant", version=2)
    assert answer.status_code == 422 and "was answered already" in answer.text
    assert rows(Qualification)[0].expires_on == date(2028, 1, 1)


def test_taken_back_meanwhile_it_is_said_and_nothing_is_written(lab, held, send, now) -> None:
    number = asked(lab, held)
    actor = actor_by_id(lab.numbers["operator"], now)
    perform(lambda: revoke(actor, held, "Broke a tip", None, now).id)
    said = "was taken back since it was asked for"
    assert said in lab.get("operator", f"/labs/{lab.lab_id}/qualification-requests").text
    path = f"/qualification-requests/{number}/answer"
    refused = lab.post("operator", path, do="grant", expires_on="2028-01-01", version=1)
    assert refused.status_code == 422 and said in refused.text
    assert codes(send("operator", "post", path, decision="granted", expires_on="2028-01-01")) == ["revoked"]
    assert rows(QualificationRequest)[0].state == "open" and len(rows(Qualification)) == 1
    assert lab.post("operator", path, do="decline", message="Train again", version=1).status_code == 303
    again = send("member", "post", "/qualification-requests", renews_id=held)
    assert codes(again) == ["revoked"]


def test_a_renewal_and_a_new_level_wait_beside_each_other(lab, held) -> None:
    asked(lab, held)
    lab.post("member", f"/instruments/{lab.instrument_id}/qualification-requests", level="night")
    renewal, new = rows(QualificationRequest)
    lab.post(
        "operator", f"/qualification-requests/{new.id}/answer", do="grant", expires_on="2028-01-01", version=1
    )
    assert [row.state for row in rows(QualificationRequest)] == ["open", "granted"]
    assert {row.id: row.expires_on for row in rows(Qualification)}[held] == LAST
    assert renewal.renews_id == held


def test_programs_ask_and_renew(lab, technique, send, held) -> None:
    made = send("member", "post", "/qualification-requests", renews_id=held)
    assert made.status_code == 201
    assert made.json["renews"] == {
        "id": held, "instrument_id": None, "technique_id": technique.id, "level": "independent",
        "expires_on": LAST.isoformat(), "revoked_at": None,
    }  # fmt: skip
    listed = send("operator", "get", f"/qualification-requests?lab_id={lab.lab_id}").json["items"]
    assert [each["renews"]["id"] for each in listed] == [held]
    path = f"/qualification-requests/{made.json['id']}/answer"
    assert codes(send("operator", "post", path, decision="granted", expires_on="2027-03-10")) == [
        "day_not_later"
    ]
    done = send("operator", "post", path, decision="granted", level="night", expires_on="2028-03-01")
    assert done.json["state"] == "granted"
    (row,) = rows(Qualification)
    assert (row.id, row.level, row.expires_on) == (held, "night", date(2028, 3, 1))


def test_those_who_grant_are_told_what_is_to_be_renewed(lab, held, now) -> None:
    asked(lab, held)
    tasks.follow()
    db.session.rollback()
    found = db.session.scalars(select(Notice).where(Notice.kind == "qualification.asked")).all()
    assert {(row.person_id, row.said) for row in found} == {
        (lab.numbers["operator"], "renewal"), (lab.numbers["manager"], "renewal"),
    }  # fmt: skip
    names = names_for([row.detail for row in found])
    for language in ("en", "zh_Hans_CN"):
        with force_locale(language):
            told = say(found[0], names, "Asia/Shanghai", now)
        assert "Routine spectroscopy" in told.subject and "20" in told.sentence
        assert "%(" not in told.sentence
