"""A closure that stands: what is done and what is left is said, and a move that was refused is not proposed again."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from instruments.availability.models import Closure
from instruments.database import db
from instruments.errors import Reason, Refusal, Stale
from instruments.people.rights import Role
from instruments.reservations import one_way
from tests.pages.test_deciding import FORM, HOUR, START, deeds, hidden
from tests.world import sign_in

NOT_YET, STANDS = "Nothing is done yet", "The closure stands."


@pytest.fixture
def lab(world, client, now):
    lab = world.lab()
    manager = world.person(lab.institution)
    world.grant(manager, Role.LAB_MANAGER, lab)
    sign_in(client, manager)
    return lab


@pytest.fixture
def moves_refused(monkeypatch):
    """Let every move be refused, as a fund that cannot pay there does."""

    def refuse(kind=Refusal, code="", words="The fund cannot pay there."):
        def change(*_, **__):
            raise kind([Reason(code, "fund_id" if code else None, words)])

        monkeypatch.setattr(one_way, "change", change)

    return refuse


def decided(world, client, lab):
    """Closed over two: one is cancelled, the other's move refused; returns the closure, the other, and the page after."""
    instrument = world.instrument(lab)
    stays, gone = (
        world.reservation(
            instrument, world.person(lab.institution), START + number * HOUR, START + (number + 1) * HOUR
        )
        for number in range(2)
    )
    form = hidden(client.post(f"/labs/{lab.id}/closures", data=FORM).text)
    form |= {f"choice-{gone.id}": "cancel", f"choice-{stays.id}": "move", "message": "The laser is changed"}
    page = client.post(f"/labs/{lab.id}/closures", data=form, follow_redirects=True).text
    return db.session.scalars(select(Closure)).one(), stays, page


def test_before_it_closes_nothing_is_done_and_the_button_closes(world, client, lab) -> None:
    world.reservation(world.instrument(lab), world.person(lab.institution), START + HOUR)
    page = client.post(f"/labs/{lab.id}/closures", data=FORM).text
    assert NOT_YET in page
    assert "Close, and do this" in page
    assert STANDS not in page


@pytest.mark.parametrize(
    ("language", "words", "button", "never"),
    [
        (
            "en",
            [
                "The closure stands. 1 booking was moved or cancelled; what is left stands here.",
                "The fund cannot pay there.",
            ],
            "Do this",
            [NOT_YET, "Close, and do this"],
        ),
        ("zh", ["关闭已生效。", "已改期或取消 1 个预约"], "执行", ["目前尚未作任何改动", "关闭并执行"]),
    ],
)
def test_a_closure_that_stands_says_what_is_done_and_what_is_left(
    world, client, lab, moves_refused, language, words, button, never
) -> None:
    moves_refused()
    closure, _, _ = decided(world, client, lab)
    page = client.get(f"/closures/{closure.id}/reservations?lang={language}").text
    for each in words:
        assert each in page
    for each in never:
        assert each not in page
    assert f">{button}</button>" in page


def test_a_refused_move_is_not_proposed_again_and_its_reason_stands_there(
    world, client, lab, moves_refused
) -> None:
    moves_refused()
    closure, stays, page = decided(world, client, lab)
    again = client.get(f"/closures/{closure.id}/reservations").text
    for seen in (page, again):
        assert f'id="refused-{stays.id}"' in seen
        assert "was refused. The fund cannot pay there." in seen
        assert 'value="move"' not in seen.split('name="all"')[0]
    assert hidden(again)[f"offer-{stays.id}"] == ""


def test_after_a_quarter_of_an_hour_it_is_proposed_again(app, world, client, lab, moves_refused, now) -> None:
    moves_refused()
    closure, stays, _ = decided(world, client, lab)
    address = f"/closures/{closure.id}/reservations"
    app.config["FROZEN_NOW"] = now + timedelta(minutes=16)
    assert hidden(client.get(address).text)[f"offer-{stays.id}"] != ""


def test_what_was_only_changed_meanwhile_is_proposed_again(world, client, lab, moves_refused) -> None:
    moves_refused(Stale)
    closure, stays, _ = decided(world, client, lab)
    assert hidden(client.get(f"/closures/{closure.id}/reservations").text)[f"offer-{stays.id}"] != ""


def test_another_decision_forgets_what_was_refused_before(world, client, lab, moves_refused) -> None:
    moves_refused()
    closure, stays, _ = decided(world, client, lab)
    address = f"/closures/{closure.id}/reservations"
    client.post(address, data=hidden(client.get(address).text) | {f"choice-{stays.id}": "keep"})
    assert hidden(client.get(address).text)[f"offer-{stays.id}"] != ""


@pytest.mark.parametrize(("code", "proposed"), [("fund_elsewhere", False), ("fund_over", True)])
def test_where_no_other_time_helps_none_is_proposed(
    world, client, lab, moves_refused, code, proposed
) -> None:
    moves_refused(code=code, words="The fund cannot pay there. " * 8)
    closure, stays, _ = decided(world, client, lab)
    # The time that was refused is taken meanwhile, so that another would be the nearest.
    with client.session_transaction() as session:
        session["refused_moves"]["moves"][str(stays.id)][2] += 60
        session.modified = True
    page = client.get(f"/closures/{closure.id}/reservations").text
    assert (hidden(page)[f"offer-{stays.id}"] != "") == proposed
    assert re.search(r"was refused\. The fund cannot pay there\. [^<]{,90}…", page)


def test_who_knows_that_theirs_stays_is_told_once(world, client, lab, moves_refused) -> None:
    moves_refused()
    closure, stays, _ = decided(world, client, lab)
    later = world.reservation(
        world.instrument(lab), world.person(lab.institution), START + 5 * HOUR, START + 6 * HOUR
    )
    assert deeds(stays.id).count("reservation.displaced") == 1
    address = f"/closures/{closure.id}/reservations"
    for _ in range(2):
        form = hidden(client.get(address).text)
        said = client.post(address, data=form | {"message": "Later"}, follow_redirects=True).text
        assert "2 bookings lie within it and stay." in said
    assert [deeds(each.id).count("reservation.displaced") for each in (stays, later)] == [1, 1]


def test_what_was_proposed_is_proposed_when_the_page_is_shown_again(world, client, lab) -> None:
    instrument, people = world.instrument(lab), [world.person(lab.institution) for _ in range(2)]
    moves, gone = (
        world.reservation(instrument, who, START + number * HOUR, START + (number + 1) * HOUR)
        for number, who in enumerate(people)
    )
    form = hidden(client.post(f"/labs/{lab.id}/closures", data=FORM).text)
    proposed = form[f"offer-{moves.id}"]
    _, start, end = (int(part) for part in proposed.split("."))
    world.reservation(
        instrument, people[1], *(datetime.fromtimestamp(moment, UTC) for moment in (start, end))
    )
    form |= {f"choice-{moves.id}": "move", f"choice-{gone.id}": "cancel", "message": ""}
    again = client.post(f"/labs/{lab.id}/closures", data=form)
    assert again.status_code == 422
    assert hidden(again.text)[f"offer-{moves.id}"] == proposed
