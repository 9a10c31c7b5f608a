"""The pages of qualifications: ask, answer, grant, renew, take back, and set what is asked; refusals first."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from sqlalchemy import select

from instruments.database import db
from instruments.errors import Refusal
from instruments.journal.models import JournalEntry
from instruments.qualifications.evidence import keep_evidence
from instruments.qualifications.models import (
    Qualification,
    QualificationRequest,
    QualificationRule,
    SafetyAdmission,
)

PDF = b"%PDF-1.7\nhello\n%%EOF\n"


def words(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def the_one(model):
    db.session.rollback()
    return db.session.scalars(select(model)).one()


def deeds() -> list[str]:
    return list(db.session.scalars(select(JournalEntry.deed).order_by(JournalEntry.id)))


@pytest.mark.parametrize("who", ["member", "visitor", "officer"])
@pytest.mark.parametrize("path", ["qualifications", "qualifications/grant", "qualification-requests"])
def test_only_those_who_grant_see_the_lists(lab, who, path) -> None:
    assert lab.get(who, f"/labs/{lab.lab_id}/{path}").status_code == 403


@pytest.mark.parametrize("who", ["member", "operator", "manager"])
def test_the_admissions_are_the_safety_officers(lab, who) -> None:
    assert lab.get(who, f"/institutions/{lab.home_id}/admissions").status_code == 403
    assert lab.get("officer", f"/institutions/{lab.home_id}/admissions").status_code == 200


@pytest.mark.parametrize("who", ["member", "operator"])
def test_the_rule_is_the_managers(lab, who) -> None:
    assert lab.get(who, f"/labs/{lab.lab_id}/qualification-rule").status_code == 403


def test_asking_and_answering(lab) -> None:
    address = f"/instruments/{lab.instrument_id}/qualification-requests"
    assert lab.post("member", address, level="independent").status_code == 303
    assert (
        lab.post("member", address, level="independent").status_code == 303
    )  # the same once more is the same
    row = the_one(QualificationRequest)
    number = row.id
    assert "Waits for an answer" in words(lab.get("member", "/profile/qualifications"))
    queue = words(lab.get("operator", f"/labs/{lab.lab_id}/qualification-requests"))
    assert "1 waits" in queue and "No safety admission" in queue
    answer = f"/qualification-requests/{number}/answer"
    assert lab.post("member", answer, do="grant", version=1).status_code == 403
    assert lab.post("visitor", answer, do="grant", version=1).status_code == 404
    silent = lab.post("operator", answer, do="decline", version=1)
    assert silent.status_code == 422 and "Say why you decline." in words(silent)
    invited = lab.post("operator", answer, do="invite", message="Tuesday 14:00, room 12", version=1)
    assert invited.status_code == 303
    assert "Tuesday 14:00, room 12" in words(lab.get("member", "/profile/qualifications"))
    stale = lab.post("operator", answer, do="grant", version=1)
    assert stale.status_code == 412
    granted = lab.post(
        "operator", answer, do="grant", level="independent", expires_on="2028-03-01", version=2
    )
    assert granted.status_code == 303
    held = the_one(Qualification)
    assert (held.person_id, held.level, held.expires_on) == (
        lab.numbers["member"],
        "independent",
        date(2028, 3, 1),
    )
    assert the_one(QualificationRequest).state == "granted"
    assert deeds()[-3:] == ["qualification.asked", "qualification.invited", "qualification.granted"]


def test_everything_against_granting_is_told_at_once(lab) -> None:
    lab.post("member", f"/instruments/{lab.instrument_id}/qualification-requests", level="night")
    address = f"/qualification-requests/{the_one(QualificationRequest).id}/answer"
    typed = {"do": "grant", "version": 1, "message": "x" * 2_000, "level": "sleeping"}
    said = ["Choose one of these.", "This day is over. Choose today or later.", "At most 500 characters."]
    for day in ("2020-01-01", "soon"):
        refused = lab.post("operator", address, **typed, expires_on=day)
        assert refused.status_code == 422
        told = re.findall(r'<p class="field-reason".*?<span>(.*?)</span>', refused.text)
        assert len(told) == 3 and {told[0], told[2]} == {said[0], said[2]}
        assert (told[1] == said[1]) == (day != "soon")
    assert the_one(QualificationRequest).state == "open"


def test_nobody_answers_their_own(lab) -> None:
    lab.post("operator", f"/instruments/{lab.instrument_id}/qualification-requests", level="night")
    number = the_one(QualificationRequest).id
    assert lab.post("operator", f"/qualification-requests/{number}/answer", do="grant").status_code == 403
    assert "another of the lab answers it" in words(
        lab.get("operator", f"/labs/{lab.lab_id}/qualification-requests")
    )
    granting = f"/labs/{lab.lab_id}/qualifications/grant"
    own = lab.post(
        "operator", granting, people=lab.mails["operator"], subject=f"i{lab.instrument_id}", level="night"
    )
    assert own.status_code == 422 and "Nobody grants a qualification to themselves" in words(own)


def test_granting_to_several_says_every_reason_at_once(lab) -> None:
    address = f"/labs/{lab.lab_id}/qualifications/grant"
    empty = words(lab.post("manager", address, people="", subject="", level="independent"))
    assert "Name at least one person." in empty and "Choose an instrument or a technique." in empty
    refused = lab.post(
        "manager", address, people="nobody@example.org", subject="i0", level="expert", expires_on="2020-01-01"
    )
    assert refused.status_code == 404
    subject = f"i{lab.instrument_id}"
    unfit = (io.BytesIO(b"<html>"), "page.pdf")
    refused = lab.post(
        "manager",
        address,
        people="nobody@example.org",
        subject=subject,
        level="x",
        expires_on="2020",
        evidence=unfit,
    )
    text = words(refused)
    assert "neither a PDF nor a picture" in text
    assert refused.status_code == 422
    assert "Nobody with an account has the address nobody@example.org." in text
    assert "Choose one of these." in text and "Write a date, like 2027-03-01." in text
    people = f"{lab.mails['member']}, {lab.mails['visitor']}\n"
    done = lab.post("manager", address, people=people, subject=subject, level="assisted")
    assert done.status_code == 303
    again = lab.post(
        "manager", address, people=people, subject=subject, level="night", expires_on="2028-01-01"
    )
    assert again.status_code == 303
    db.session.rollback()
    rows = db.session.scalars(select(Qualification)).all()
    assert [(row.level, row.version) for row in rows] == [("night", 2), ("night", 2)]


def test_an_operator_grants_in_their_own_lab_only(lab, world) -> None:
    other = world.instrument(world.lab(lab.home))
    address = f"/labs/{lab.lab_id}/qualifications/grant"
    refused = lab.post(
        "operator", address, people=lab.mails["member"], subject=f"i{other.id}", level="assisted"
    )
    assert refused.status_code == 403


def test_the_evidence_is_for_its_holder_and_those_who_grant(lab) -> None:
    address = f"/labs/{lab.lab_id}/qualifications/grant"
    fields = {"people": lab.mails["member"], "subject": f"i{lab.instrument_id}", "level": "independent"}
    bad = lab.post("operator", address, **fields, evidence=(io.BytesIO(b"<html>"), "page.pdf"))
    assert bad.status_code == 422 and "neither a PDF nor a picture" in words(bad)
    cut = lab.post("operator", address, **fields, evidence=(io.BytesIO(b"%PDF-1.7 cut off"), "x.pdf"))
    assert cut.status_code == 422
    assert (
        lab.post("operator", address, **fields, evidence=(io.BytesIO(PDF), "../Pass 培训.pdf")).status_code
        == 303
    )
    row = the_one(Qualification)
    assert row.evidence_name == "Pass 培训.pdf"
    path = f"/qualifications/{row.id}/evidence"
    for who, status in (
        ("member", 200),
        ("manager", 200),
        ("operator", 200),
        ("other", 404),
        ("visitor", 404),
    ):
        answer = lab.get(who, path)
        assert answer.status_code == status, who
        if status == 200:
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert answer.headers["Cache-Control"] == "private, no-store"
            assert answer.data == PDF


def test_a_file_that_is_too_large_is_refused(tmp_path) -> None:
    source = tmp_path / "large"
    source.write_bytes(b"%PDF-" + b"x" * (5 * 1024 * 1024))
    with pytest.raises(Refusal) as refused:
        keep_evidence(source, "large.pdf", tmp_path / "kept")
    assert refused.value.reasons[0].code == "evidence_too_large"


def test_renewing_and_taking_back(lab, world) -> None:
    held = world.qualification(lab.people["member"], lab.instrument, expires_on=date(2027, 3, 10))
    own = world.qualification(lab.people["operator"], lab.instrument, expires_on=date(2027, 3, 10))
    numbers = {"held": held.id, "own": own.id}
    listed = words(lab.get("operator", f"/labs/{lab.lab_id}/qualifications?state=soon"))
    assert "Until" in listed and lab.people["member"].name_en in listed
    renew = f"/labs/{lab.lab_id}/qualifications/renew"
    lab.post("operator", renew, chosen=[numbers["own"], numbers["held"]], until="2029-01-01")
    db.session.rollback()
    assert db.session.get(Qualification, numbers["held"]).expires_on == date(
        2027, 3, 10
    )  # all of it or nothing
    lab.post("operator", renew, chosen=numbers["held"], until="2029-01-01")
    db.session.rollback()
    assert db.session.get(Qualification, numbers["held"]).expires_on == date(2029, 1, 1)
    revoke = f"/qualifications/{numbers['held']}/revoke"
    assert lab.post("member", revoke, reason="x", version=2).status_code == 403
    lab.post("operator", revoke, reason="", version=2)
    db.session.rollback()
    assert db.session.get(Qualification, numbers["held"]).revoked_at is None
    lab.post("operator", revoke, reason="Left samples in the chamber", version=2)
    db.session.rollback()
    assert db.session.get(Qualification, numbers["held"]).revoked_why == "Left samples in the chamber"
    assert "Left samples in the chamber" in words(lab.get("member", "/profile/qualifications"))


def test_the_safety_admission_is_asked_for_and_granted(lab) -> None:
    asked = lab.post("visitor", f"/institutions/{lab.home_id}/admission-requests")
    assert asked.status_code == 303
    number = the_one(QualificationRequest).id
    assert lab.post("manager", f"/qualification-requests/{number}/answer", do="grant").status_code == 404
    answer = f"/qualification-requests/{number}/answer"
    dateless = lab.post("officer", answer, do="grant", version=1)
    assert dateless.status_code == 422 and "Say to which day it lasts." in words(dateless)
    lab.post(
        "officer", answer, do="grant", version=1, exam="Lab safety", result="96", expires_on="2028-03-01"
    )
    row = the_one(SafetyAdmission)
    assert (row.person_id, row.exam, row.valid_until) == (
        lab.numbers["visitor"],
        "Lab safety",
        date(2028, 3, 1),
    )
    assert "Lab safety" in words(lab.get("visitor", "/profile/qualifications"))
    granting = f"/institutions/{lab.home_id}/admissions/grant"
    own = lab.post("officer", granting, people=lab.mails["officer"], valid_until="2028-03-01")
    assert own.status_code == 422
    both = lab.post(
        "officer", granting, people=f"{lab.mails['member']} {lab.mails['visitor']}", valid_until="2028-06-01"
    )
    assert both.status_code == 303
    lab.post("officer", f"/admissions/{row.id}/revoke", reason="Repeated breaches", version=2)
    db.session.rollback()
    assert db.session.get(SafetyAdmission, row.id).revoked_why == "Repeated breaches"


def test_the_rule_of_a_lab_and_of_an_instrument(lab) -> None:
    address = f"/labs/{lab.lab_id}/qualification-rule"
    refused = lab.post("manager", address, level="", night_level="night", version=0)
    assert refused.status_code == 422 and "Say from when until when it is night." in words(refused)
    refused = lab.post("manager", address, night_from="25:00", night_until="8", version=0)
    assert words(refused).count("Write a time, like 20:00.") >= 2
    saved = lab.post(
        "manager", address, level="assisted", night_level="night", night_from="20:00", night_until="08:00",
        days_off="1", admission="1", two_at_night="1", version=0,
    )  # fmt: skip
    assert saved.status_code == 303
    row = the_one(QualificationRule)
    assert (row.level, row.night_from, row.night_until, row.days_off) == ("assisted", 1200, 480, True)
    assert lab.post("manager", address, level="", version=0).status_code == 412
    own = f"/instruments/{lab.instrument_id}/qualification-rule"
    text = words(lab.get("manager", own))
    assert "A qualification is needed: with assistance." in text and "two people must be present" in text
    unheard = lab.post("manager", own, own="", level="independent", admission="1", version=0)
    assert unheard.status_code == 422 and "Choose “Its own”" in words(unheard)
    assert db.session.scalar(select(QualificationRule).where(QualificationRule.lab_id.is_(None))) is None
    assert lab.post("manager", own, own="1", level="independent", version=0).status_code == 303
    back = lab.post("manager", own, own="", level="independent", version=1)
    assert back.status_code == 303
    assert "The lab’s rule holds" in words(lab.get("manager", own))


def test_techniques_of_a_lab(lab, world) -> None:
    address = f"/labs/{lab.lab_id}/techniques"
    foreign = world.instrument(world.lab(lab.home)).id
    assert lab.post("operator", address, name_en="Raman", instruments=lab.instrument_id).status_code == 403
    assert lab.post("manager", address, name_en="", instruments=foreign).status_code == 422
    assert lab.post("manager", address, name_en="Raman", instruments=lab.instrument_id).status_code == 303
    listed = lab.get("manager", address)
    assert "Raman" in words(listed)
    number = int(re.search(rf'href="{address}/(\d+)"', listed.get_data(as_text=True)).group(1))
    granting = f"/labs/{lab.lab_id}/qualifications/grant"
    assert "Technique: Raman" in words(lab.get("operator", granting))
    lab.post("operator", granting, people=lab.mails["member"], subject=f"t{number}", level="independent")
    assert the_one(Qualification).technique_id == number
    lab.post("manager", f"{address}/{number}/remove")
    assert "Raman" in words(lab.get("manager", address))
    assert lab.get("operator", f"/labs/{lab.lab_id}/qualifications?subject=t{number}").status_code == 200


def test_a_technique_over_labs_is_granted_by_the_staff_of_each(lab, world) -> None:
    far = world.lab(lab.home)
    staff = world.person(lab.home)
    world.grant(staff, "lab_operator", far)
    technique = world.technique(lab.home, lab.instrument, world.instrument(far))
    lab.people["far"] = staff
    granting = f"/labs/{far.id}/qualifications/grant"
    done = lab.post(
        "far", granting, people=lab.mails["member"], subject=f"t{technique.id}", level="independent"
    )
    assert done.status_code == 303


def test_lists_take_a_constant_number_of_statements(lab, world, statements) -> None:
    def pages() -> list[int]:
        counts = []
        for who, address in (
            ("operator", f"/labs/{lab.lab_id}/qualifications"),
            ("officer", f"/institutions/{lab.home_id}/admissions"),
            ("member", "/profile/qualifications"),
        ):
            lab.get(who, address)
            statements.clear()
            assert lab.get(who, address).status_code == 200
            counts.append(len(statements))
        return counts

    world.qualification(lab.people["member"], lab.instrument)
    world.admission(lab.people["member"], lab.home)
    few = pages()
    for _ in range(5):
        person = world.person(lab.home)
        world.qualification(person, lab.instrument)
        world.admission(person, lab.home)
    world.qualification(lab.people["member"], world.instrument(lab.lab))
    assert pages() == few
