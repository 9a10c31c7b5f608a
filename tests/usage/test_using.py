"""Check in, extend, finish, take back, walk up: refusals first, then what a use says and what it leaves free."""

from __future__ import annotations

from datetime import timedelta

import pytest

from instruments.database import db
from instruments.database.transactions import perform
from instruments.notices import tasks as notices_tasks
from instruments.notices.models import Notice
from instruments.reservations.booking import BookingRequest, book
from instruments.usage import tasks
from instruments.usage.carrying_on import extend, undo_finish
from instruments.usage.checking_in import begin_phase, check_in, undo_check_in
from instruments.usage.finishing import finish
from instruments.usage.keeping import settled
from instruments.usage.models import InstrumentUse, UseSpan
from instruments.usage.releasing import give_back, note_no_show, stand_again
from instruments.usage.walking_up import walk_up
from tests.usage.desk import HOUR, MINUTE, NINE, Desk, done, refused
from tests.world import World


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


# --- Checking in


def test_who_may_not_check_in(desk: Desk) -> None:
    stranger = desk.actor(desk.world.person())
    assert refused(check_in, stranger, desk.reservation.id, None, NINE) == ["no_reservation"]
    auditor = desk.world.person(desk.home)
    desk.world.grant(auditor, "auditor", desk.home)
    assert refused(check_in, desk.actor(auditor), desk.reservation.id, None, NINE) == ["forbidden"]


@pytest.mark.parametrize(
    ("state", "now", "code"),
    [
        ("confirmed", NINE - 31 * MINUTE, "too_early"),
        ("confirmed", NINE + 2 * HOUR, "over"),
        ("requested", NINE, "not_confirmed"),
        ("cancelled", NINE, "not_confirmed"),
        ("released", NINE, "not_confirmed"),
    ],
)
def test_when_nobody_checks_in(desk: Desk, state: str, now, code: str) -> None:
    desk.reservation.state = state
    db.session.commit()
    assert refused(check_in, desk.actor(), desk.reservation.id, None, now) == [code]


def test_the_version_that_was_seen_counts(desk: Desk) -> None:
    assert refused(check_in, desk.actor(), desk.reservation.id, 7, NINE) == ["stale"]


def test_checked_in_once(desk: Desk) -> None:
    use = desk.use(desk.checked_in(NINE + 3 * MINUTE))
    assert (use.state, use.kind, use.started_at, use.user_id) == (
        "running", "reservation", NINE + 3 * MINUTE, desk.user.id,
    )  # fmt: skip
    assert refused(check_in, desk.actor(), desk.reservation.id, None, NINE + 4 * MINUTE) == ["checked_in"]
    assert desk.held() == ("confirmed", NINE + 2 * HOUR)


def test_the_operator_checks_in_for_somebody(desk: Desk) -> None:
    number = done(check_in, desk.actor(desk.operator), desk.reservation.id, None, NINE)
    assert desk.use(number).user_id == desk.user.id


def test_early_only_where_nobody_else_has_the_time(desk: Desk) -> None:
    other = desk.world.reservation(desk.instrument, desk.world.person(desk.home), NINE - HOUR, NINE)
    early = NINE - 10 * MINUTE
    assert refused(check_in, desk.actor(), desk.reservation.id, None, early) == ["not_free_before"]
    other.state = "cancelled"
    db.session.commit()
    assert desk.use(desk.checked_in(early)).started_at == early


def test_while_somebody_uses_it_nobody_else_begins(desk: Desk) -> None:
    number = desk.checked_in()
    following = desk.world.reservation(desk.instrument, desk.operator, NINE + 2 * HOUR)
    operator = desk.actor(desk.operator)
    early = NINE + 2 * HOUR - MINUTE
    assert refused(check_in, operator, following.id, None, early) == ["in_use"]
    done(check_in, operator, following.id, None, NINE + 2 * HOUR + MINUTE)
    use = desk.use(number)
    assert (use.state, use.ended_by, use.flags) == ("waiting", "rule", "ended_by_rule")
    assert use.ended_at == NINE + 2 * HOUR + MINUTE


# --- Finishing


def test_finished_early_the_rest_is_free_at_once(desk: Desk) -> None:
    number = desk.checked_in()
    assert refused(finish, desk.actor(), number, 9, NINE + HOUR) == ["stale"]
    done(finish, desk.actor(), number, 1, NINE + HOUR)
    assert desk.held() == ("done", NINE + HOUR)
    use = desk.use(number)
    assert (use.state, use.ended_at, use.ended_by) == ("waiting", NINE + HOUR, "person")
    assert use.confirm_by == NINE + HOUR + timedelta(days=7)
    assert (use.reserved_from, use.reserved_until) == (NINE, NINE + 2 * HOUR)
    other = desk.actor(desk.world.person(desk.home))
    request = BookingRequest(desk.instrument.id, NINE + HOUR, NINE + 2 * HOUR)
    perform(lambda: book(other, other, request, NINE + 30 * MINUTE))
    assert refused(finish, desk.actor(), number, None, NINE + HOUR) == ["not_running"]
    assert refused(undo_finish, desk.actor(), number, None, NINE + HOUR + MINUTE) == ["taken"]


def test_finished_in_the_same_second_lasts_one(desk: Desk) -> None:
    number = desk.checked_in()
    done(finish, desk.actor(), number, None, NINE)
    assert (desk.use(number).ended_at - desk.use(number).started_at).total_seconds() == 1


def test_a_finish_is_taken_back(desk: Desk) -> None:
    number = desk.checked_in()
    done(finish, desk.actor(), number, None, NINE + HOUR)
    late = NINE + HOUR + 16 * MINUTE
    assert refused(undo_finish, desk.actor(), number, None, late) == ["too_late_to_undo"]
    done(undo_finish, desk.actor(), number, None, NINE + HOUR + 5 * MINUTE)
    assert (desk.use(number).state, desk.held()) == ("running", ("confirmed", NINE + 2 * HOUR))
    done(finish, desk.actor(), number, None, NINE + 2 * HOUR)
    assert settled(number, NINE).used == [(int(NINE.timestamp()), int((NINE + 2 * HOUR).timestamp()))]


def test_a_check_in_is_taken_back_and_done_again(desk: Desk) -> None:
    number = desk.checked_in()
    assert refused(undo_check_in, desk.actor(), number, None, NINE + 16 * MINUTE) == ["too_late_to_undo"]
    done(undo_check_in, desk.actor(), number, None, NINE + MINUTE)
    assert desk.use(number).state == "void"
    again = desk.checked_in(NINE + 2 * MINUTE)
    assert again != number


def test_phases_follow_one_another(desk: Desk) -> None:
    number = desk.checked_in()
    assert refused(begin_phase, desk.actor(), number, "idle", None, NINE) == ["layer"]
    done(begin_phase, desk.actor(), number, "preparation", None, NINE)
    done(begin_phase, desk.actor(), number, "measurement", None, NINE + 10 * MINUTE)
    done(finish, desk.actor(), number, None, NINE + HOUR)
    spans = db.session.query(UseSpan).filter_by(use_id=number).order_by(UseSpan.id)
    assert [(one.layer, one.ended_at - one.started_at) for one in spans] == [
        ("attended", HOUR), ("preparation", 10 * MINUTE), ("measurement", 50 * MINUTE),
    ]  # fmt: skip


# --- Extending


def test_extended_while_nobody_follows(desk: Desk) -> None:
    number, later = desk.checked_in(), NINE + 2 * HOUR + 30 * MINUTE
    now = NINE + HOUR
    assert refused(extend, desk.actor(), number, NINE + HOUR, None, now) == ["not_longer"]
    done(extend, desk.actor(), number, later, None, now)
    assert desk.held() == ("confirmed", later)
    assert desk.use(number).reserved_until == later
    desk.world.reservation(desk.instrument, desk.operator, later)
    assert refused(extend, desk.actor(), number, later + HOUR, None, now) == ["taken"]


def test_a_cut_off_does_not_keep_anybody_from_staying_longer(desk: Desk) -> None:
    desk.world.rules(desk.instrument, cutoff_minutes=60)
    number = desk.checked_in()
    done(extend, desk.actor(), number, NINE + 3 * HOUR, None, NINE + HOUR)
    assert desk.held()[1] == NINE + 3 * HOUR


# --- Releasing


def test_given_back_once_it_began(desk: Desk) -> None:
    number, actor = desk.reservation.id, desk.actor()
    assert refused(give_back, actor, number, None, NINE - MINUTE) == ["not_begun"]
    assert refused(note_no_show, actor, number, None, NINE + MINUTE) == ["not_staff"]
    done(give_back, actor, number, None, NINE + 20 * MINUTE)
    assert desk.held() == ("released", NINE + 20 * MINUTE)
    done(stand_again, actor, number, None, NINE + 25 * MINUTE)
    assert desk.held() == ("confirmed", NINE + 2 * HOUR)


def test_the_lab_says_that_nobody_came_and_is_wrong(desk: Desk) -> None:
    done(note_no_show, desk.actor(desk.operator), desk.reservation.id, None, NINE + 20 * MINUTE)
    assert desk.held() == ("no_show", NINE + 20 * MINUTE)
    number = desk.checked_in(NINE + 30 * MINUTE)
    assert (desk.use(number).state, desk.held()) == ("running", ("confirmed", NINE + 2 * HOUR))
    assert refused(note_no_show, desk.actor(desk.operator), desk.reservation.id, None, NINE + HOUR) == [
        "checked_in"
    ]


# --- Walking up


def test_walk_ups_where_the_lab_lets_them(desk: Desk) -> None:
    actor, early, until = desk.actor(), NINE - 3 * HOUR, NINE - HOUR
    assert refused(walk_up, actor, desk.instrument.id, until, None, early) == ["no_walk_ups"]
    desk.set(walk_up=True)
    assert refused(walk_up, actor, desk.instrument.id, NINE + MINUTE, None, early) == ["taken"]
    assert refused(walk_up, actor, desk.instrument.id, early, None, early) == ["end_before_start"]
    desk.world.needs(desk.instrument, level="independent")
    assert "not_qualified" in refused(walk_up, actor, desk.instrument.id, until, None, early)[0]


def test_a_walk_up_holds_the_instrument(desk: Desk) -> None:
    desk.set(walk_up=True)
    early = NINE - 3 * HOUR + timedelta(seconds=17)
    number = done(walk_up, desk.actor(), desk.instrument.id, early + HOUR, None, early)
    use = desk.use(number)
    assert (use.kind, use.reserved_from, desk.held(use.reservation_id)) == (
        "walk_up",
        None,
        ("confirmed", early + HOUR),
    )
    other = desk.actor(desk.operator)
    assert refused(walk_up, other, desk.instrument.id, early + HOUR, None, early + MINUTE) == ["in_use"]
    done(finish, desk.actor(), number, None, early + 20 * MINUTE)
    assert desk.held(use.reservation_id) == ("done", early + 20 * MINUTE)
    done(walk_up, other, desk.instrument.id, early + HOUR, None, early + 21 * MINUTE)


# --- By the lab's rule


def swept(desk: Desk, app, now) -> dict[str, int]:
    app.config["FROZEN_NOW"] = now
    found = tasks.sweep()
    assert not any(tasks.sweep().values())
    return {name: count for name, count in found.items() if count}


def test_required_and_nobody_came(desk: Desk, app) -> None:
    desk.set(check_in="required", grace_minutes=10)
    assert swept(desk, app, NINE + 9 * MINUTE) == {}
    assert swept(desk, app, NINE + 10 * MINUTE) == {"released": 1}
    assert desk.held() == ("no_show", NINE + 10 * MINUTE)


def test_required_and_somebody_came(desk: Desk, app) -> None:
    desk.set(check_in="required", grace_minutes=10)
    desk.checked_in(NINE + 5 * MINUTE)
    assert swept(desk, app, NINE + HOUR) == {}


@pytest.mark.parametrize("check_in", ["off", "optional"])
def test_what_nobody_recorded_is_assumed_and_confirms_itself(desk: Desk, app, check_in: str) -> None:
    desk.set(check_in=check_in, confirm_days=3)
    assert swept(desk, app, NINE + HOUR) == {}
    assert swept(desk, app, NINE + 2 * HOUR) == {"assumed": 1}
    use = db.session.query(InstrumentUse).one()
    assert (use.state, use.flags, desk.held()) == ("waiting", "", ("done", NINE + 2 * HOUR))
    assert settled(use.id, NINE).mix == {"assumed": 7200}
    due = NINE + 2 * HOUR + timedelta(days=3)
    assert swept(desk, app, due - MINUTE) == {"reminded": 1}
    assert swept(desk, app, due) == {"confirmed": 1}
    use = desk.use(use.id)
    assert (use.state, use.confirmed_by_rule, use.confirmed_by_id) == ("confirmed", True, None)


def test_a_forgotten_session_ends_and_waits_for_a_person(desk: Desk, app) -> None:
    desk.set(end_after_minutes=20, confirm_days=1)
    number = desk.checked_in()
    assert swept(desk, app, NINE + 2 * HOUR + 19 * MINUTE) == {}
    assert swept(desk, app, NINE + 5 * HOUR) == {"ended": 1}
    use = desk.use(number)
    assert (use.ended_at, use.flags) == (NINE + 2 * HOUR + 20 * MINUTE, "ended_by_rule")
    assert swept(desk, app, NINE + timedelta(days=9)) == {}
    assert desk.use(number).state == "waiting"


def test_a_walk_up_that_was_forgotten_lasts_as_long_as_it_was_to(desk: Desk, app) -> None:
    desk.set(walk_up=True)
    early = NINE - 5 * HOUR
    number = done(walk_up, desk.actor(), desk.instrument.id, early + HOUR, None, early)
    assert swept(desk, app, early + 3 * HOUR) == {"ended": 1}
    assert desk.use(number).ended_at == early + HOUR


# --- Who is told


def test_who_hears_of_what_the_rules_do(desk: Desk, app) -> None:
    desk.set(check_in="required", grace_minutes=10, end_after_minutes=0, confirm_days=2)
    later = desk.world.reservation(desk.instrument, desk.user, NINE + 3 * HOUR)
    swept(desk, app, NINE + 30 * MINUTE)
    done(check_in, desk.actor(), later.id, None, NINE + 3 * HOUR)
    swept(desk, app, NINE + 5 * HOUR)
    third = desk.world.reservation(desk.instrument, desk.user, NINE + 6 * HOUR)
    number = done(check_in, desk.actor(), third.id, None, NINE + 6 * HOUR)
    done(finish, desk.actor(), number, None, NINE + 7 * HOUR)
    assert swept(desk, app, NINE + timedelta(days=2)) == {"reminded": 1}
    notices_tasks.follow()
    rows = db.session.query(Notice.person_id, Notice.kind).filter(Notice.kind.startswith("use.")).all()
    assert sorted((person == desk.user.id, kind) for person, kind in rows) == [
        (False, "use.due"), (False, "use.forgotten"), (True, "use.ended"), (True, "use.no_show"),
    ]  # fmt: skip
