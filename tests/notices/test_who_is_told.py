"""Who is told what: a line for each deed, kind and person; and who is told nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask_babel import force_locale
from sqlalchemy import select

from instruments.availability.closures import Wanted
from instruments.database import db
from instruments.database.transactions import perform
from instruments.notices import tasks
from instruments.notices.kinds import ALL, BY_CODE
from instruments.notices.models import Notice, NoticePreference
from instruments.notices.sentences import names_for, say
from instruments.people import roles
from instruments.people.rights import Role
from instruments.reservations import approving, expiring
from instruments.reservations.cancelling import cancel
from instruments.reservations.handing_over import hand_over
from instruments.reservations.making_way import close
from instruments.reservations.moving import Change, change
from instruments.reservations.offering_back import lift
from instruments.reservations.one_way import CANCEL, Decided, Decision
from instruments.web import clock
from tests.conftest import NOW
from tests.notices.conftest import HOUR, TOMORROW

DAY = timedelta(days=1)


def wish(**values) -> None:
    db.session.add(NoticePreference(**values))
    db.session.commit()


def moved_by(place, who, reservation_id, user) -> None:
    actor, uses = place.actor(who), place.actor(user)
    wanted = Change(start=TOMORROW + DAY, end=TOMORROW + DAY + HOUR, reason="Sample is late")
    perform(lambda: change(actor, uses, reservation_id, wanted, None, NOW))


def cancelled_by(place, who, reservation_id) -> None:
    actor = place.actor(who)
    perform(lambda: cancel(actor, reservation_id, "Sample broke", None, NOW))


def closed(place, hours: int, decided=None):
    wall = (TOMORROW + 8 * HOUR).replace(tzinfo=None)
    wanted = Wanted("maintenance", "Laser change", wall, wall + hours * HOUR)
    actor = place.actor(place.manager)
    return perform(lambda: close(place.instrument, wanted, decided or Decided(), actor, NOW)[0][0])


# --- Nobody is told what does not concern them ------------------------------------------------------------------------


def test_who_has_left_or_never_came_is_told_nothing(place, told) -> None:
    place.books(place.manager, place.lin)
    place.lin.deactivated_at = NOW
    place.mei.mail_confirmed_at = None
    db.session.commit()
    assert told() == {("Chen", "own.booked", "theirs")}


def test_who_wants_neither_is_told_nothing(place, told) -> None:
    wish(person_id=place.lin.id, kind="own.booked", in_app=False, by_mail=False)
    place.books(place.lin)
    assert told() == set()


def test_deeds_of_no_kind_tell_nobody(place, told) -> None:
    number = place.books(place.lin)
    actor = place.actor(place.lin)
    perform(lambda: change(actor, actor, number, Change(title="New title"), None, NOW))
    assert told() == {("Lin", "own.booked", "mine")}


# --- Reservations -----------------------------------------------------------------------------------------------------


def test_booked_for_oneself(place, told) -> None:
    place.books(place.lin)
    assert told() == {("Lin", "own.booked", "mine")}


def test_booked_by_another(place, told) -> None:
    place.books(place.manager, place.lin)
    assert told() == {("Lin", "reservation.booked", "mine"), ("Chen", "own.booked", "theirs")}


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("lin", {("Lin", "own.{}", "mine"), ("Chen", "reservation.{}", "theirs")}),
        ("manager", {("Lin", "reservation.{}", "mine"), ("Chen", "own.{}", "theirs")}),
    ],
)
@pytest.mark.parametrize("deed", ["moved", "cancelled"])
def test_moved_and_cancelled_by_either(place, told, who, expected, deed) -> None:
    number = place.books(place.manager, place.lin)
    before = told()
    if deed == "moved":
        moved_by(place, getattr(place, who), number, place.lin)
    else:
        cancelled_by(place, getattr(place, who), number)
    assert told() - before == {(name, kind.format(deed), said) for name, kind, said in expected}


def test_handed_over_tells_both(place, told) -> None:
    number = place.books(place.lin)
    actor, to = place.actor(place.manager), place.actor(place.mei)
    perform(lambda: hand_over(actor, to, number, None, NOW))
    assert told() - {("Lin", "own.booked", "mine")} == {
        ("Lin", "reservation.handed_over", "from"),
        ("Mei", "reservation.handed_over", "to"),
    }


def test_a_closure_tells_whose_reservation_it_lies_over(place, told) -> None:
    place.books(place.lin)
    place.books(place.mei, start=TOMORROW + 9 * HOUR)
    before = told()
    closed(place, 4)
    assert told() - before == {("Lin", "reservation.displaced", "mine")}


def test_whose_reservation_is_closed_in_part_hears_which_part(place, told) -> None:
    place.books(place.lin)
    before = told()
    closed(place, 0.5)
    assert told() - before == {("Lin", "reservation.displaced", "mine_part")}
    [notice] = db.session.scalars(select(Notice).where(Notice.said == "mine_part"))
    sentence = say(notice, names_for([notice.detail]), "Asia/Shanghai", NOW).sentence
    assert "08:00–08:30, in your reservation of" in sentence


def test_who_lost_time_to_a_closure_hears_when_it_is_free_again(place, told) -> None:
    number = place.books(place.lin)
    before = told()
    closure = closed(place, 4, Decided({number: Decision(CANCEL, 1)}, "The laser is changed"))
    assert told() - before == {("Lin", "reservation.cancelled", "closed_mine")}
    version, actor = closure.version, place.actor(place.manager)
    perform(lambda: lift(closure, version, actor, NOW))
    assert ("Lin", "reservation.offered_back", "free") in told()
    notice = db.session.scalars(select(Notice).where(Notice.kind == "reservation.offered_back")).one()
    assert (notice.thing_kind, notice.thing_id) == ("instrument", place.instrument.id)


# --- Requests that a lab decides on -----------------------------------------------------------------------------------


@pytest.fixture
def asked(place, told):
    """Lin has asked for an hour of the lab, which decides on its own institution; who was told of that."""
    place.world.approval_rule(place.lab, "institution", "lab")
    number = place.books(place.lin)
    return number, told()


def test_asking_tells_who_answers(place, asked) -> None:
    assert asked[1] == {("Lin", "own.requested", "mine"), ("Chen", "approval.asked", "asked")}
    notice = db.session.scalars(select(Notice).where(Notice.kind == "approval.asked")).one()
    with force_locale("en"):
        said = say(notice, names_for([notice.detail]), "Asia/Shanghai", NOW)
    assert said.path == f"/labs/{place.lab.id}/approvals"
    assert said.sentence.startswith("Lin Shili asks for Raman microscope: ")


def test_every_answer_reaches_who_asked(place, asked, told) -> None:
    number, before = asked
    manager, lin = place.actor(place.manager), place.actor(place.lin)
    later = (TOMORROW + DAY, TOMORROW + DAY + HOUR)
    perform(lambda: approving.propose(manager, lin, number, later, "", None, NOW))
    perform(lambda: approving.accept(lin, number, None, NOW))
    assert told() - before == {
        ("Lin", "approval.answered", "proposed"),
        ("Lin", "approval.answered", "accepted"),
    }


@pytest.mark.parametrize("decision", ["approved", "declined", "expired"])
def test_approved_declined_or_not_answered(place, asked, told, decision) -> None:
    number, before = asked
    manager = place.actor(place.manager)
    if decision == "approved":
        perform(lambda: approving.approve(manager, number, "", None, NOW))
    elif decision == "declined":
        perform(lambda: approving.decline(manager, number, "Too full", None, NOW))
    else:
        perform(lambda: expiring.expire(number, TOMORROW))
    assert told() - before == {("Lin", "approval.answered", decision)}


def test_a_proposed_time_that_nobody_accepted_is_not_called_unanswered_by_the_lab(place, asked, told) -> None:
    number, before = asked
    manager, lin = place.actor(place.manager), place.actor(place.lin)
    later = (TOMORROW + DAY, TOMORROW + DAY + HOUR)
    perform(lambda: approving.propose(manager, lin, number, later, "", None, NOW))
    perform(lambda: expiring.expire(number, TOMORROW + DAY))
    assert ("Lin", "approval.answered", "lapsed") in told() - before


def test_nobody_is_reminded_of_what_is_not_approved(place, asked) -> None:
    assert reminded(TOMORROW - 24 * HOUR) == 0


# --- Labs and accounts ------------------------------------------------------------------------------------------------


def test_lab_staff_hear_of_new_reservations_when_they_ask_to(place, told) -> None:
    place.books(place.lin)
    assert told() == {("Lin", "own.booked", "mine")}
    wish(person_id=place.manager.id, kind="lab.booked", in_app=True, by_mail=False)
    place.books(place.lin, start=TOMORROW + HOUR)
    assert ("Chen", "lab.booked", "new") in told()


def test_a_role_and_a_deputy_are_told(place, told) -> None:
    boss = place.world.person(place.lab.institution, name_en="Zhou Nishe")
    place.world.grant(boss, Role.INSTITUTION_MANAGER, place.lab.institution)
    actor = place.actor(boss)
    given = perform(
        lambda: roles.grant(place.lab, Role.LAB_OPERATOR, place.lin, None, actor, NOW, NOW.date()).id
    )
    until = date(2027, 3, 20)
    perform(lambda: roles.name_deputy(place.lab, given, place.mei, until, actor, NOW, NOW.date()))
    assert told() == {("Lin", "role.given", "given"), ("Mei", "role.given", "deputy")}


def test_managers_hear_once_a_month_of_overdue_memberships(place, told) -> None:
    boss = place.world.person(place.lab.institution, name_en="Zhou Nishe")
    place.world.grant(boss, Role.INSTITUTION_MANAGER, place.lab.institution)
    place.lin.membership_confirmed_on = date(2025, 12, 1)
    db.session.commit()
    for moment in (NOW, NOW + DAY):
        with clock.stopped_at(moment):
            tasks.confirm_memberships()
    notice = db.session.scalars(select(Notice)).one()
    assert (notice.person_id, notice.kind, notice.detail["count"]) == (boss.id, "membership.due", 1)
    with clock.stopped_at(NOW + 31 * DAY):
        tasks.confirm_memberships()
    assert len(db.session.scalars(select(Notice)).all()) == 2


# --- Reminders --------------------------------------------------------------------------------------------------------


def reminded(at) -> int:
    with clock.stopped_at(at):
        return tasks.remind()


def test_a_reminder_comes_a_day_before_and_once(place) -> None:
    place.books(place.lin)
    assert reminded(TOMORROW - 25 * HOUR) == 0
    assert reminded(TOMORROW - 24 * HOUR) == 1
    assert reminded(TOMORROW - 23 * HOUR) == 0


def test_nobody_is_reminded_of_what_they_just_booked_or_what_was_cancelled_or_is_over(place) -> None:
    place.books(place.lin, start=NOW + 5 * HOUR)
    cancelled_by(place, place.mei, place.books(place.mei))
    assert reminded(NOW + HOUR) == 0
    assert reminded(TOMORROW - HOUR) == 0
    assert reminded(TOMORROW + HOUR) == 0


def test_the_hours_are_each_persons_own(place) -> None:
    place.books(place.lin)
    wish(person_id=place.lin.id, kind="reservation.soon", in_app=True, by_mail=False, hours=2)
    db.session.commit()
    assert reminded(TOMORROW - 3 * HOUR) == 0
    assert reminded(TOMORROW - 2 * HOUR) == 1


def test_who_was_reminded_is_reminded_anew_of_the_new_time(place) -> None:
    number = place.books(place.lin)
    assert reminded(TOMORROW - 24 * HOUR) == 1
    with clock.stopped_at(TOMORROW - 23 * HOUR):
        actor = place.actor(place.lin)
        wanted = Change(start=TOMORROW + 2 * DAY, end=TOMORROW + 2 * DAY + HOUR)
        perform(lambda: change(actor, actor, number, wanted, None, clock.now()))
    assert reminded(TOMORROW + DAY) == 1


# --- Words ------------------------------------------------------------------------------------------------------------

DETAIL = {
    "instrument_id": 1, "user_id": 2, "actor_id": 3, "start": 1803780000, "end": 1803787200,
    "before_start": 1803693600, "before_end": 1803700800, "role": "lab_operator", "scope": "lab", "scope_id": 4,
    "count": 3, "class_code": "010101", "expires_at": 1803787200, "closed_start": 1803780000, "closed_end": 1803783600,
    "other_id": 1, "other_start": 1803780000, "other_end": 1803787200, "due_at": 1803700000,
}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh_Hans_CN"])
@pytest.mark.parametrize(("code", "said"), [(kind.code, said) for kind in ALL for said in kind.words])
def test_every_kind_says_its_sentence_in_both_languages(app, code, said, language) -> None:
    names = names_for([])
    names.instruments[1], names.zones[1] = ("Raman microscope", "拉曼显微镜"), "Asia/Shanghai"
    names.persons = {2: ("Lin Shili", "林示例"), 3: ("Chen Moni", "陈模拟")}
    names.places["lab", 4] = ("Analysis Centre", "分析测试中心")
    thing = "institution" if code == "membership.due" else "reservation"
    notice = Notice(kind=code, said=said, detail=DETAIL, thing_kind=thing, thing_id=7)
    with force_locale(language):
        words = say(notice, names, "Asia/Shanghai", NOW)
    chinese = language != "en"
    for text in (words.subject, words.sentence):
        assert "%(" not in text
        assert any("一" <= letter <= "鿿" for letter in text) == chinese
    assert BY_CODE[code].words[said].sentence.count("%(") == 0 or len(words.sentence) > 20 or chinese


def test_times_are_the_instruments_with_the_readers_own_beside_them(app, now) -> None:
    names = names_for([])
    names.instruments[1], names.zones[1] = ("Raman microscope", "拉曼显微镜"), "Asia/Shanghai"
    notice = Notice(kind="own.booked", said="mine", detail=DETAIL, thing_kind="reservation", thing_id=7)
    with force_locale("en"):
        there = say(notice, names, "Asia/Shanghai", NOW).sentence
        here = say(notice, names, "Europe/Berlin", NOW).sentence
    assert there == "You booked Raman microscope: Sun 28 Feb, 10:00–12:00."
    assert here == "You booked Raman microscope: Sun 28 Feb, 10:00–12:00 (03:00–05:00, Berlin time, UTC+1)."


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("拉曼显微镜", "陈模拟为您预约了拉曼显微镜：2月28日 周日 10:00–12:00。"),
        ("显微镜 HR-800", "陈模拟为您预约了显微镜 HR-800：2月28日 周日 10:00–12:00。"),
        ("Raman 显微镜", "陈模拟为您预约了 Raman 显微镜：2月28日 周日 10:00–12:00。"),
    ],
)
def test_chinese_stands_apart_from_latin_only(app, now, name, sentence) -> None:
    names = names_for([])
    names.instruments[1], names.zones[1] = ("", name), "Asia/Shanghai"
    names.persons[3] = ("Chen Moni", "陈模拟")
    notice = Notice(
        kind="reservation.booked", said="mine", detail=DETAIL, thing_kind="reservation", thing_id=7
    )
    with force_locale("zh_Hans_CN"):
        assert say(notice, names, "Asia/Shanghai", NOW).sentence == sentence


@pytest.mark.parametrize(
    ("said", "added"), [("approved", "Message: Come early"), ("declined", "Reason: Come early")]
)
def test_what_somebody_wrote_is_called_a_reason_only_where_it_is_one(app, now, said, added) -> None:
    names = names_for([])
    names.instruments[1], names.zones[1] = ("Raman microscope", "拉曼显微镜"), "Asia/Shanghai"
    detail = DETAIL | {"reason": "Come early"}
    notice = Notice(kind="approval.answered", said=said, detail=detail, thing_kind="reservation", thing_id=7)
    with force_locale("en"):
        assert say(notice, names, "Asia/Shanghai", NOW).added == added


def test_no_space_stands_before_a_chinese_bracket(app, now) -> None:
    names = names_for([])
    names.instruments[1], names.zones[1] = ("", "显微镜 HR-800"), "Asia/Shanghai"
    notice = Notice(kind="fault.known", said="known", detail=DETAIL, thing_kind="reservation", thing_id=7)
    with force_locale("zh_Hans_CN"):
        sentence = say(notice, names, "Asia/Shanghai", NOW).sentence
    assert sentence.startswith("您预约的显微镜 HR-800（2月28日 周日 10:00–12:00）有已知故障。")


def test_chinese_is_never_spaced_twice(app, now) -> None:
    names = names_for([])
    names.instruments[1], names.zones[1] = ("", "显微镜 HR-800"), "Asia/Shanghai"
    detail = {"instrument_id": 1, "start": DETAIL["start"], "end": DETAIL["end"], "expires_at": DETAIL["end"]}
    notice = Notice(kind="wait.offered", said="offered", detail=detail, thing_kind="wait", thing_id=7)
    with force_locale("zh_Hans_CN"):
        sentence = say(notice, names, "Asia/Shanghai", NOW).sentence
    assert sentence.startswith(
        "显微镜 HR-800 有空：2月28日 周日 10:00–12:00。请在 2月28日 周日 12:00 之前接受。"
    )
