"""A lab decides: who may, what is refused, and what becomes of the time. Refusals first; the API is the way in."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner

from instruments.database import db
from instruments.errors import Reason, Refusal
from instruments.journal.models import JournalEntry
from instruments.reservations import tasks
from instruments.reservations.models import Approval
from instruments.reservations.tasks import expire_overdue
from tests.conftest import Statements
from tests.reservations.asking import HOUR, Lab
from tests.world import World, bearer


@pytest.fixture
def lab(client: FlaskClient, world: World, now: datetime) -> Lab:
    return Lab(client, world, now)


def codes(answer) -> list[str]:
    return [reason["code"] for reason in answer.json["reasons"]]


def deeds(number: int) -> list[str]:
    db.session.rollback()
    rows = db.session.query(JournalEntry).filter_by(thing_kind="reservation", thing_id=number)
    return [row.deed.removeprefix("reservation.") for row in rows.order_by(JournalEntry.id)]


# --- Who may decide ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "staff", "managers"),
    [
        ("member", 404, 404),
        ("partner", 403, 403),  # who asked
        ("operator", 200, 403),
        ("manager", 200, 200),
        ("deputy", 200, 200),
        ("head", 200, 200),
    ],
)
@pytest.mark.parametrize("deed", ["approve", "decline"])
def test_who_may_decide(
    client: FlaskClient, world: World, now: datetime, who: str, staff: int, managers: int, deed: str
) -> None:
    for managers_only, status in ((False, staff), (True, managers)):
        lab = Lab(client, world, now, managers_only=managers_only)
        number = lab.book().json["id"]
        body = {"reason": "No"} if deed == "decline" else {}
        assert lab.send(who, number, deed, **body).status_code == status


@pytest.mark.parametrize("deed", ["approve", "decline", "propose"])
def test_nobody_decides_on_what_they_booked_for_somebody_else(lab: Lab, deed: str) -> None:
    made = lab.book("manager", **{"for": lab.numbers["partner"]})
    assert made.json["state"] == "requested"
    body = {"approve": {}, "decline": {"reason": "No"}, "propose": {"start": "x", "end": "y"}}[deed]
    answer = lab.send("manager", made.json["id"], deed, **body)
    assert (answer.status_code, codes(answer)) == (403, ["not_decider"])
    assert lab.send("second", made.json["id"], "approve").status_code == 200


# --- What is refused --------------------------------------------------------------------------------------------------


def test_a_decision_names_the_version_it_saw(lab: Lab) -> None:
    number = lab.book().json["id"]
    for deed in ("approve", "decline", "propose", "accept"):
        who = "partner" if deed == "accept" else "manager"
        assert lab.send(who, number, deed, "").status_code == 428
        assert lab.send(who, number, deed, '"9"').status_code == 412
    assert lab.state(number) == ("requested", None)


def test_declining_needs_a_reason(lab: Lab) -> None:
    number = lab.book().json["id"]
    answer = lab.send("manager", number, "decline", reason="  ")
    assert (answer.status_code, codes(answer)) == (422, ["no_reason"])
    assert codes(lab.send("manager", number, "decline", reason="x" * 501)) == ["reason_too_long"]
    assert lab.state(number) == ("requested", None)


def test_what_does_not_wait_cannot_be_answered(lab: Lab) -> None:
    number = lab.book("member").json["id"]
    assert lab.state(number) == ("confirmed", None)
    answer = lab.send("manager", number, "approve")
    assert (answer.status_code, codes(answer)) == (422, ["not_requested"])
    assert codes(lab.send("member", number, "accept")) == ["not_requested"]


def test_an_answer_that_comes_too_late_counts_no_more(app: Flask, lab: Lab) -> None:
    number = lab.book(hours=26).json["id"]
    app.config["FROZEN_NOW"] = lab.now + 24 * HOUR
    answer = lab.send("manager", number, "approve")
    assert (answer.status_code, codes(answer)) == (422, ["answer_overdue"])


def test_a_second_cannot_ask_for_the_time_that_the_first_holds(lab: Lab) -> None:
    assert lab.book().status_code == 201
    answer = lab.book("member")
    assert (answer.status_code, codes(answer)) == (409, ["taken"])


def test_an_answered_request_is_not_answered_twice(lab: Lab) -> None:
    number = lab.book().json["id"]
    assert lab.send("manager", number, "decline", reason="Repair").status_code == 200
    for deed, body in (("approve", {}), ("decline", {"reason": "Again"})):
        assert codes(lab.send("second", number, deed, **body)) == ["not_requested"]
    assert lab.state(number) == ("declined", "declined")


# --- Asked for ----------------------------------------------------------------------------------------------------------


def test_asking_holds_the_time_and_says_until_when_the_lab_answers(lab: Lab) -> None:
    answer = lab.book(hours=26)
    assert (answer.status_code, answer.json["state"]) == (201, "requested")
    asked = answer.json["approval"]
    assert datetime.fromisoformat(asked["due"]) == lab.now + 24 * HOUR
    assert (asked["proposed"], asked["decision"], asked["message"]) == (False, None, "")
    assert asked["asked"] == {"start": answer.json["start"], "end": answer.json["end"]}
    again = lab.client.get(answer.headers["Location"], headers=bearer(lab.tokens["partner"]))
    assert again.json == answer.json
    soon = lab.book(hours=3, length=1).json
    assert soon["approval"]["due"] == soon["start"]
    assert deeds(answer.json["id"]) == ["requested"]


def test_an_instruments_own_rule_replaces_the_labs(lab: Lab, world: World) -> None:
    free, strict = world.instrument(lab.lab, audience="companies"), world.instrument(lab.lab)
    laid_aside = world.instrument(lab.lab)
    world.approval_rule(free)
    world.approval_rule(strict, "institution", above_minutes=60)
    world.approval_rule(laid_aside, "institution", in_force=False)
    states = {}
    for thing in (free, strict, laid_aside):
        for who in ("partner", "member"):
            made = lab.book(who, hours=26 if who == "partner" else 50, instrument_id=thing.id)
            states[thing.id, who] = made.json["state"]
    assert states == {
        (free.id, "partner"): "confirmed",
        (free.id, "member"): "confirmed",
        (strict.id, "partner"): "confirmed",
        (strict.id, "member"): "requested",
        (laid_aside.id, "partner"): "requested",
        (laid_aside.id, "member"): "confirmed",
    }


def test_approved_it_stands_and_the_message_is_told(lab: Lab) -> None:
    number = lab.book().json["id"]
    answer = lab.send("operator", number, "approve", '"1"', message="Bring a mask")
    assert (answer.json["state"], answer.headers["ETag"]) == ("confirmed", '"2"')
    assert (answer.json["approval"]["decision"], answer.json["approval"]["message"]) == (
        "approved",
        "Bring a mask",
    )
    assert deeds(number) == ["requested", "approved"]
    assert lab.book("member").status_code == 409


def test_declined_the_time_is_free_again(lab: Lab) -> None:
    number = lab.book().json["id"]
    answer = lab.send("manager", number, "decline", reason="The laser is weak")
    assert (answer.json["state"], answer.json["reason"]) == ("declined", "The laser is weak")
    assert lab.book("member").status_code == 201
    assert deeds(number) == ["requested", "declined"]


def test_withdrawn_by_who_asked_it_is_cancelled(lab: Lab) -> None:
    number = lab.book().json["id"]
    assert lab.send("partner", number, "cancel", reason="Not needed").json["state"] == "cancelled"
    assert lab.state(number) == ("cancelled", "withdrawn")
    assert codes(lab.send("manager", number, "approve")) == ["not_requested"]


def test_a_request_is_withdrawn_even_past_the_cut_off(lab: Lab, world: World) -> None:
    world.rules(lab.lab, cutoff_minutes=30 * 60)
    number = lab.book(hours=26).json["id"]
    assert lab.send("partner", number, "cancel", reason="Not needed").status_code == 200
    booked = lab.book("member", hours=26).json["id"]
    assert codes(lab.send("member", booked, "cancel", reason="Not needed")) == ["cutoff"]


# --- Another time ---------------------------------------------------------------------------------------------------------


def proposed(lab: Lab, hours: float = 50, who: str = "manager", number: int = 0, length: float = 2):
    number = number or lab.book().json["id"]
    start = lab.now + hours * HOUR
    end = start + length * HOUR
    return number, lab.send(
        who, number, "propose", start=start.isoformat(), end=end.isoformat(), message="Later?"
    )


def test_a_proposal_obeys_the_calendar(lab: Lab) -> None:
    taken = lab.book("member", hours=50)
    number, answer = proposed(lab)
    assert (answer.status_code, codes(answer)) == (409, ["taken"])
    assert answer.json["alternatives"]
    assert codes(proposed(lab, hours=26, number=number)[1]) == ["same_time"]
    assert codes(proposed(lab, hours=-2, number=number)[1]) == ["past"]
    assert lab.state(number) == ("requested", None) and taken.status_code == 201


def test_only_who_asked_accepts_and_the_lab_waits_for_it(lab: Lab) -> None:
    number = lab.book().json["id"]
    assert codes(lab.send("partner", number, "accept")) == ["not_proposed"]
    assert proposed(lab, number=number)[1].status_code == 200
    assert codes(lab.send("manager", number, "approve")) == ["proposed"]
    answer = lab.send("second", number, "accept")
    assert (answer.status_code, codes(answer)) == (403, ["not_asker"])
    assert lab.state(number) == ("requested", None)


def test_a_proposed_time_is_held_so_that_accepting_cannot_fail(lab: Lab) -> None:
    number, answer = proposed(lab)
    told = answer.json["approval"]
    assert (answer.json["state"], told["proposed"], told["message"]) == ("requested", True, "Later?")
    assert told["asked"]["start"] != answer.json["start"]
    assert lab.book("member", hours=50).status_code == 409
    assert lab.book("member", hours=26).status_code == 201
    accepted = lab.send("partner", number, "accept", answer.headers["ETag"])
    assert (accepted.json["state"], accepted.json["start"]) == ("confirmed", answer.json["start"])
    assert deeds(number) == ["requested", "proposed", "proposal_accepted"]


# --- Moved ------------------------------------------------------------------------------------------------------------


def moved(lab: Lab, who: str, number: int, hours: float, length: float):
    start = lab.now + hours * HOUR
    body = {
        "start": start.isoformat(),
        "end": (start + length * HOUR).isoformat(),
        "reason": "As agreed",
    }
    headers = bearer(lab.tokens[who]) | {"If-Match": "*"}
    return lab.client.patch(f"/api/v1/reservations/{number}", json=body, headers=headers)


def test_a_move_is_asked_for_again(lab: Lab) -> None:
    number = lab.book().json["id"]
    lab.send("manager", number, "approve")
    assert moved(lab, "partner", number, 27, 1).json["state"] == "confirmed"  # within what was approved
    answer = moved(lab, "partner", number, 72, 2)
    assert (answer.json["state"], answer.json["approval"]["decision"]) == ("requested", None)
    assert deeds(number) == ["requested", "approved", "moved", "moved", "requested"]
    assert lab.send("manager", number, "approve").json["state"] == "confirmed"


def test_the_lab_moves_without_asking_itself(lab: Lab) -> None:
    number = lab.book().json["id"]
    assert moved(lab, "manager", number, 30, 2).json["state"] == "requested"  # still to be answered
    lab.send("manager", number, "approve")
    assert moved(lab, "operator", number, 72, 2).json["state"] == "confirmed"


def test_moved_to_where_no_rule_applies_it_simply_stands(client, world, now) -> None:
    lab = Lab(client, world, now, above_minutes=120)
    number = lab.book(length=3).json["id"]
    assert lab.state(number) == ("requested", None)
    assert moved(lab, "partner", number, 26, 2).json["state"] == "confirmed"
    assert lab.state(number) == ("confirmed", "not_needed")
    assert moved(lab, "partner", number, 26, 4).json["state"] == "requested"


def test_what_has_begun_cannot_be_lengthened_past_the_rule(app, client, world, now) -> None:
    lab = Lab(client, world, now, above_minutes=120)
    number = lab.book(hours=1).json["id"]
    app.config["FROZEN_NOW"] = now + 1.5 * HOUR
    answer = moved(lab, "partner", number, 1, 6)
    assert (answer.status_code, codes(answer)) == (422, ["approval_too_late"])
    assert moved(lab, "operator", number, 1, 6).json["state"] == "confirmed"


# --- Not answered -----------------------------------------------------------------------------------------------------


def test_unanswered_requests_expire_by_the_deadline_and_only_once(app: Flask, lab: Lab) -> None:
    number, later = lab.book(hours=26).json["id"], lab.book(hours=90).json["id"]
    lab.send("manager", later, "approve")
    app.config["FROZEN_NOW"] = lab.now + 24 * HOUR - timedelta(seconds=1)
    assert expire_overdue() == 0
    app.config["FROZEN_NOW"] = lab.now + 24 * HOUR
    assert [expire_overdue(), expire_overdue()] == [1, 0]
    assert (lab.state(number), lab.state(later)) == (("expired", "expired"), ("confirmed", "approved"))
    assert deeds(number) == ["requested", "expired"]
    assert lab.book("member", hours=26).status_code == 201


def test_a_request_that_cannot_expire_holds_up_no_other(app: Flask, lab: Lab, monkeypatch) -> None:
    first, second = lab.book(hours=26).json["id"], lab.book(hours=40).json["id"]
    real = tasks.expire

    def expire(number: int, now: datetime) -> bool:
        if number == first:
            raise Refusal([Reason("books", None, "The books do not allow it.")])
        return real(number, now)

    monkeypatch.setattr(tasks, "expire", expire)
    app.config["FROZEN_NOW"] = lab.now + 24 * HOUR
    assert [expire_overdue(), expire_overdue()] == [1, 0]
    assert (lab.state(first)[0], lab.state(second)[0]) == ("requested", "expired")


def test_a_proposal_that_nobody_answers_expires_too(app: Flask, lab: Lab) -> None:
    number, _ = proposed(lab)
    app.config["FROZEN_NOW"] = lab.now + 25 * HOUR
    assert codes(lab.send("partner", number, "accept")) == ["answer_overdue"]
    assert expire_overdue() == 1
    assert lab.state(number) == ("expired", "expired")


def test_the_command_sweeps(app: Flask, runner: FlaskCliRunner, lab: Lab) -> None:
    number = lab.book().json["id"]
    app.config["FROZEN_NOW"] = lab.now + 48 * HOUR
    done = runner.invoke(args=["reservations", "sweep"])
    assert (done.exit_code, done.output) == (
        0,
        "1 requests expired\n0 formal quotes ran out\n0 offers made to those who wait\n",
    )
    assert lab.state(number) == ("expired", "expired")


# --- What it costs ------------------------------------------------------------------------------------------------------


def test_a_booking_that_needs_no_approval_costs_no_statement_more(lab: Lab, statements: Statements) -> None:
    lab.book("member", hours=200)
    statements.clear()
    assert lab.book("member", hours=210).status_code == 201
    assert not [each for each in statements if "approval" in each]


def test_the_row_keeps_the_rule_as_it_was_when_it_was_asked(client, world, now) -> None:
    lab = Lab(client, world, now, above_minutes=60, managers_only=True)
    number = lab.book().json["id"]
    lab.rule.managers_only, lab.rule.above_minutes = False, None
    db.session.commit()
    row = db.session.query(Approval).filter_by(reservation_id=number).one()
    assert (row.circle, row.above_minutes, row.managers_only) == ("partners", 60, True)
    assert lab.send("operator", number, "approve").status_code == 403
