"""One qualification or admission: who sees it, changing it with a reason where somebody loses by it, and its history."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from flask_babel import force_locale
from sqlalchemy import select

from instruments.database import db
from instruments.notices import tasks
from instruments.notices.models import Notice
from instruments.notices.sentences import names_for, say
from instruments.qualifications.models import Qualification, SafetyAdmission
from tests.qualifications.test_pages import PDF


def words(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


@pytest.fixture
def held(lab, world) -> int:
    """The member's qualification for independent use of the instrument, to the end of 2027."""
    return world.qualification(lab.people["member"], lab.instrument, expires_on=date(2027, 12, 31)).id


@pytest.fixture
def admitted(lab, world) -> int:
    """The member's safety admission, to the end of 2027."""
    return world.admission(lab.people["member"], lab.home, valid_until=date(2027, 12, 31)).id


def the(kind, number):
    db.session.rollback()
    return db.session.get(kind, number)


@pytest.mark.parametrize(
    ("who", "status"), [("other", 404), ("visitor", 404), ("officer", 404), ("member", 403)]
)
def test_nobody_else_changes_or_takes_back_a_qualification(lab, held, who, status) -> None:
    address = f"/qualifications/{held}"
    assert lab.post(who, address, level="night", version=1).status_code == status
    assert lab.post(who, f"{address}/revoke", reason="x", version=1).status_code == status
    assert the(Qualification, held).version == 1
    assert lab.get(who, address).status_code == (200 if who == "member" else 404)


@pytest.mark.parametrize(("who", "status"), [("other", 404), ("operator", 404), ("member", 403)])
def test_nobody_else_changes_or_takes_back_an_admission(lab, admitted, who, status) -> None:
    address = f"/admissions/{admitted}"
    assert lab.post(who, address, valid_until="2028-01-01", version=1).status_code == status
    assert lab.post(who, f"{address}/revoke", reason="x", version=1).status_code == status
    assert the(SafetyAdmission, admitted).version == 1
    assert lab.get(who, address).status_code == (200 if who == "member" else 404)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"level": "expert", "expires_on": "2027-12-31"}, "Choose one of these."),
        ({"level": "independent", "expires_on": "2020-01-01", "reason": "x"}, "This day is over."),
        ({"level": "assisted", "expires_on": "2027-12-31"}, "Say why the person loses something by this"),
        ({"level": "night", "expires_on": "2027-06-01"}, "Say why the person loses something by this"),
        ({"level": "night", "expires_on": "never"}, "Write a date"),
        ({"level": "night", "expires_on": "", "remark": "x" * 301}, "At most 300 characters."),
    ],
)
def test_what_does_not_do(lab, held, fields, said) -> None:
    refused = lab.post("operator", f"/qualifications/{held}", version=1, **fields)
    assert refused.status_code == 422 and said in words(refused)
    assert the(Qualification, held).version == 1


def test_a_change_is_kept_told_and_seen_in_the_history(lab, held, app) -> None:
    address, file = f"/qualifications/{held}", (io.BytesIO(PDF), "pass.pdf")
    higher = lab.post("operator", address, version=1, level="night", expires_on="", evidence=file)
    assert "The person is told" in words(lab.client.get(higher.location))
    row = the(Qualification, held)
    assert (row.level, row.expires_on, row.evidence_name, row.version) == ("night", None, "pass.pdf", 2)
    stale = lab.post("operator", address, version=1, level="assisted", expires_on="", reason="x")
    assert stale.status_code == 412 and "changed since you opened it" in words(stale)
    lower = {"level": "assisted", "expires_on": "2027-06-01", "reason": "Lost practice"}
    assert lab.post("manager", address, version=2, **lower).status_code == 303
    seen = words(lab.get("member", address))
    for said in (
        "Qualification changed",
        "Use at night · For good",
        "With assistance · Until",
        "Lost practice",
    ):
        assert said.lower() in seen.lower(), said
    assert "Why it changes" not in seen  # the holder reads, and changes nothing
    tasks.follow()
    told = db.session.scalars(
        select(Notice).where(Notice.person_id == lab.numbers["member"]).order_by(Notice.id)
    ).all()
    with app.test_request_context(), force_locale("en"):
        said = [say(each, names_for([each.detail]), "Asia/Shanghai", each.at) for each in told]
    assert [each.said for each in told] == ["changed", "changed_until"]
    assert "with assistance, until" in said[1].sentence and said[1].reason == "Lost practice"


def test_an_admission_is_changed_with_a_reason_where_it_ends_earlier(lab, admitted) -> None:
    address, fields = f"/admissions/{admitted}", {"exam": "Lab safety 2026", "result": "97"}
    refused = lab.post("officer", address, version=1, valid_until="2027-06-30", **fields)
    assert refused.status_code == 422 and "Say why" in words(refused)
    assert lab.post("officer", address, version=1, valid_until="", **fields).status_code == 422
    done = lab.post("officer", address, version=1, valid_until="2027-06-30", reason="New rules", **fields)
    assert done.status_code == 303
    row = the(SafetyAdmission, admitted)
    assert (row.exam, row.result, row.valid_until, row.version) == (
        "Lab safety 2026",
        "97",
        date(2027, 6, 30),
        2,
    )
    assert "New rules" in words(lab.get("member", address))


def test_taking_back_without_a_reason_comes_back_to_it(lab, held) -> None:
    refused = lab.post("operator", f"/qualifications/{held}/revoke", reason=" ", version=1, lab=lab.lab_id)
    assert refused.location.startswith(f"/qualifications/{held}")
    assert "Say why, in a few words." in words(lab.client.get(refused.location))
    done = lab.post("operator", f"/qualifications/{held}/revoke", reason="Left", version=1, lab=lab.lab_id)
    assert done.location == f"/labs/{lab.lab_id}/qualifications"
    assert "Change it" not in words(lab.get("operator", f"/qualifications/{held}"))


def test_renewing_many_for_good_has_to_be_said(lab, held) -> None:
    renew = f"/labs/{lab.lab_id}/qualifications/renew"
    said = words(lab.client.get(lab.post("operator", renew, chosen=held).location))
    assert "Say to which day they last" in said and the(Qualification, held).expires_on is not None
    lab.post("operator", renew, chosen=held, for_good="1")
    assert the(Qualification, held).expires_on is None


def test_who_is_qualified_for_a_technique_asks_to_renew_it(lab, world, now) -> None:
    technique = world.technique(lab.lab, lab.instrument, name_en="Raman")
    number = world.qualification(lab.people["member"], technique, expires_on=now.date()).id
    page = lab.get("member", "/profile/qualifications").get_data(as_text=True)
    assert f'action="/qualifications/{number}/renewal-requests"' in page


def test_each_reads_an_exam_in_their_own_language(lab, world) -> None:
    world.admission(
        lab.people["member"], lab.home, exam="Laboratory safety / 实验室安全", result="Passed / 合格"
    )
    number = db.session.scalar(select(SafetyAdmission.id))
    pages = {"member": "/profile/qualifications", "officer": f"/institutions/{lab.home_id}/admissions"}
    for who, address in (*pages.items(), ("officer", f"/admissions/{number}")):
        chinese = lab.get(who, f"{address}?lang=zh").text
        english = lab.get(who, f"{address}?lang=en").text
        shown = {"Laboratory safety": english, "Passed": english, "实验室安全": chinese, "合格": chinese}
        assert all(f"{half}<" in page or f"{half} ·" in page for half, page in shown.items()), address
        assert "Laboratory safety / 实验室安全<" not in english + chinese
