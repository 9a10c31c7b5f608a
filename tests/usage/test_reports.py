"""What meters report of an instrument: every hour counts once, with its evidence, and nobody is guessed in silence."""

from __future__ import annotations

import io
import random
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from flask.testing import FlaskClient

from instruments.charges import charging
from instruments.database import db
from instruments.people.rights import Action
from instruments.timespan import merge
from instruments.usage.bringing import take_row
from instruments.usage.confirming import confirm
from instruments.usage.correcting import correct, say_who
from instruments.usage.facts import Customer, Run, UseFacts
from instruments.usage.keeping import settled
from instruments.usage.listing import counts_of
from instruments.usage.log_checking import check_logs
from instruments.usage.lookup import allowed, use_again
from instruments.usage.metering import Metered, Reporter, take
from instruments.usage.models import InstrumentUse, UseSpan
from instruments.usage.running import record_run
from instruments.usage.sweeping import assume, confirm_by_rule
from instruments.utilization.reading import records, things
from tests.usage.desk import HOUR, NINE, Desk, done, refused
from tests.usage.test_counting import LATER, S, meter, report, used
from tests.world import World, sign_in


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def standing(desk: Desk) -> list[tuple]:
    """Every use that counts: whose it is, by reservation or without, what speaks against it, and its hours after nine."""
    db.session.rollback()
    rows = db.session.query(InstrumentUse).filter(InstrumentUse.state != "void").all()
    found = [
        (row.user_id, row.reservation_id, tuple(sorted(row.flags.split())), tuple(used(row.id)))
        for row in rows
    ]
    return sorted(found, key=lambda each: (each[3], str(each)))


def told(desk: Desk, *reports: Metered) -> list[list[int]]:
    return [done(take, each, meter(desk), LATER) for each in reports]


def forget(desk: Desk) -> None:
    """As if nothing had been reported."""
    db.session.query(UseSpan).delete()
    db.session.query(InstrumentUse).delete()
    row = desk.reservation
    db.session.refresh(row)
    row.state, row.held_until = "confirmed", row.ends_at
    db.session.commit()


# Hours after nine, with the reservation of the desk from nine to eleven; what is expected: (whose, flags, hours).
CASES = [
    ("within the reservation", [(0.5, 1)], [("user", (), [(0.5, 1)])]),
    ("soon after it: flagged", [(2.5, 3)], [("user", ("near",), [(2.5, 3)])]),
    ("soon after it, and in it", [(0, 2), (2.5, 3)], [("user", ("near",), [(0, 2), (2.5, 3)])]),
    ("soon after it, until a report shows that it went on", [(2.5, 3), (1, 2.5)], [("user", (), [(1, 3)])]),
    ("long after it", [(4, 5)], [(None, ("nobody",), [(4, 5)])]),
    ("the same twice under two keys", [(4, 5), (4, 5)], [(None, ("nobody",), [(4, 5)])]),
    ("half over another", [(4, 5), (4.5, 5.5)], [(None, ("nobody",), [(4, 5.5)])]),
    ("within another", [(4, 6), (4.5, 5.5)], [(None, ("nobody",), [(4, 6)])]),
    ("adjoining", [(4, 5), (5, 6)], [(None, ("nobody",), [(4, 6)])]),
    ("apart", [(4, 5), (5.5, 6)], [(None, ("nobody",), [(4, 5)]), (None, ("nobody",), [(5.5, 6)])]),
    ("a bridge between two", [(4, 5), (5.5, 6), (4.9, 5.6)], [(None, ("nobody",), [(4, 6)])]),
    ("a bridge into the reservation", [(4, 5), (1, 4.5)], [("user", (), [(1, 5)])]),
    ("early, and it was longer", [(-0.5, 1), (-2, -0.4)], [(None, ("nobody",), [(-2, 0)]), ("user", (), [(0, 1)])]),
    ("over midnight and more than a day", [(10, 16), (15, 40)], [(None, ("day_long", "nobody"), [(10, 40)])]),
]  # fmt: skip


@pytest.mark.parametrize(("case", "reports", "expected"), CASES, ids=[case[0] for case in CASES])
def test_in_every_order_reports_come_to_the_same(desk: Desk, case, reports, expected) -> None:
    wanted = [
        (desk.user.id if whose else None, desk.reservation.id if whose else None, flags, tuple(hours))
        for whose, flags, hours in expected
    ]
    for order in permutations(range(len(reports))):
        late = NINE + 45 * HOUR
        for place in order:
            done(take, report(desk, *reports[place], key=f"k{place}"), meter(desk), late)
        assert standing(desk) == sorted(wanted, key=lambda each: (each[3], str(each))), order
        forget(desk)


@pytest.mark.parametrize("seed", range(10))
def test_any_reports_in_any_order_count_each_hour_once(desk: Desk, seed: int) -> None:
    chance, other = random.Random(seed), desk.world.person(desk.home)
    desk.world.reservation(desk.instrument, other, NINE + 4 * HOUR, NINE + 6 * HOUR)
    those = []
    for place in range(6):
        start = chance.randrange(-8, 36) / 4
        whose = chance.choice([{}, {}, {}, {"user_id": other.id}])
        those.append(report(desk, start, start + chance.randrange(1, 10) / 4, key=f"k{place}", **whose))
    found = set()
    for _ in range(3):
        told(desk, *chance.sample(those, len(those)))
        for row in db.session.query(type(desk.reservation)).all():
            done(assume, row.id, LATER)
        outcome = standing(desk)
        found.add(tuple(outcome))
        rows = db.session.query(InstrumentUse).filter(InstrumentUse.state != "void")
        seen = [span for row in rows for span, grade in settled(row.id, LATER).graded if grade == "sensor"]
        assert merge(seen) == merge((each.start, each.end) for each in those)
        assert sum(end - start for start, end in seen) == sum(end - start for start, end in merge(seen))
        # What was told is known again, wherever it lies by now.
        assert all(told(desk, each)[0] for each in those)
        assert tuple(standing(desk)) == tuple(outcome)
        for row in db.session.query(type(desk.reservation)):
            row.state, row.held_until = "confirmed", row.ends_at
        forget(desk)
    assert len(found) == 1


def test_near_is_never_confirmed_by_itself_and_settled_by_a_person(desk: Desk) -> None:
    [[number]] = told(desk, report(desk, 2.5, 3))
    much_later = LATER + timedelta(days=30)
    assert not done(confirm_by_rule, number, much_later)
    done(
        correct,
        desk.actor(desk.operator),
        number,
        "measurement",
        [(S, S + 3600)],
        "Somebody else’s",
        None,
        LATER,
    )
    assert desk.use(number).flags == ""
    # What a person decided stays where it is.
    told(desk, report(desk, 1, 2.6, "bridge"))
    assert (len(standing(desk)), used(number)) == (1, [(0, 1)])
    assert desk.use(number).flags == "after_correction"


def test_whoever_gave_it_back_or_did_not_come_was_not_near(desk: Desk) -> None:
    for state in ("released", "no_show"):
        desk.reservation.state, desk.reservation.held_until = state, NINE + HOUR / 4
        db.session.commit()
        told(desk, report(desk, 1, 2, state))
        assert standing(desk) == [(None, None, ("nobody",), ((1, 2),))]
        assert desk.held()[0] == state
        forget(desk)


def test_a_run_nobody_booked_belongs_to_nobody_until_a_person_says_who(desk: Desk) -> None:
    [[number]] = told(desk, report(desk, 4, 5))
    use, operator = desk.use(number), desk.actor(desk.operator)
    assert (use.user_id, use.institution_id, use.version_id) == (None, None, None)
    assert charging.to_draft() == []
    assert not done(confirm_by_rule, number, LATER + timedelta(days=30))
    assert refused(confirm, operator, number, UseFacts(), None, LATER) == ["nobody"]
    assert counts_of([desk.lab.id]) == {"nobody": 1, "flagged": 0, "waiting": 0, "running": 0}
    done(say_who, operator, number, desk.actor(), None, None, LATER)
    assert counts_of([desk.lab.id]) == {"nobody": 0, "flagged": 0, "waiting": 1, "running": 0}
    assert list(charging.to_draft()) == [number]
    # A meter that reports on goes on with whoever was named.
    told(desk, report(desk, 4.5, 6, "2"))
    assert standing(desk) == [(desk.user.id, None, (), ((4, 6),))]


def test_two_of_nobody_that_prove_to_be_one_leave_no_trace_but_in_the_journal(desk: Desk) -> None:
    [[first], [second]] = told(desk, report(desk, 4, 5, "1"), report(desk, 5.5, 6, "2"))
    [[number]] = told(desk, report(desk, 5, 5.5, "3"))
    gone = ({first, second} - {number}).pop()
    assert (desk.use(gone).state, used(number)) == ("void", [(4, 6)])
    # The reports that were of it are answered with where they are now.
    assert told(desk, report(desk, 4, 5, "1"), report(desk, 5.5, 6, "2")) == [[number], [number]]


def test_layers_and_grades_are_kept_whatever_is_joined(desk: Desk) -> None:
    told(desk, report(desk, 4, 5, "1"), report(desk, 4.5, 5.5, "2", "idle"))
    file = Metered(desk.instrument.id, S + 4 * 3600, S + 6 * 3600, "attended", "row")
    [number] = done(
        take, file, Reporter(f"file:{desk.lab.id}", "file", desk.operator.id, desk.home.id), LATER
    )
    found = settled(number, LATER)
    assert {layer: [(a - S) / 3600 for span in spans for a in span] for layer, spans in found.layers.items()} == {
        "attended": [4, 6], "measurement": [4, 5], "idle": [4.5, 5.5],
    }  # fmt: skip
    assert found.mix == {"sensor": 5400, "file": 1800}


def test_what_comes_after_the_confirmation_moves_nothing_and_says_what_it_would_change(desk: Desk) -> None:
    [[number]] = told(desk, report(desk, 0, 2))
    operator = desk.actor(desk.operator)
    done(confirm, operator, number, UseFacts(), None, LATER)
    told(desk, report(desk, 0.5, 1, "within"))
    assert desk.use(number).flags == ""
    told(desk, report(desk, 1.5, 3, "longer"))
    assert (desk.use(number).flags, settled(number, LATER, desk.use(number).confirmed_at).seconds) == (
        "late",
        7200,
    )
    assert len(standing(desk)) == 1


def test_a_run_that_is_recorded_takes_what_meters_saw_of_it(desk: Desk) -> None:
    told(desk, report(desk, 4, 5), report(desk, 4.9, 5.2, "2"))
    run = Run(desk.instrument.id, ((S + 4 * 3600, S + int(5.5 * 3600)),), (Customer(person_id=desk.user.id),))
    number = done(record_run, desk.actor(desk.operator), run, LATER)
    assert standing(desk) == [(desk.user.id, None, (), ((4, 5.5),))]
    assert desk.use(number).state == "confirmed"
    assert settled(number, LATER).mix == {"sensor": 4320, "typed": 1080}
    # And what comes later, too; that somebody was there changes nothing.
    told(desk, report(desk, 5, 5.4, "3", "attended"))
    assert (len(standing(desk)), desk.use(number).flags) == (1, "")


def test_a_run_of_which_meters_saw_more_waits_to_be_confirmed(desk: Desk) -> None:
    told(desk, report(desk, 4.5, 6))
    run = Run(desk.instrument.id, ((S + 4 * 3600, S + int(5.5 * 3600)),), (Customer(person_id=desk.user.id),))
    number = done(record_run, desk.actor(desk.operator), run, LATER)
    assert (standing(desk), desk.use(number).state) == ([(desk.user.id, None, (), ((4, 6),))], "waiting")


def test_whom_a_report_names_has_one_use_of_reports_that_overlap(desk: Desk) -> None:
    other = desk.world.person(desk.home)
    told(desk, report(desk, 4, 5, "1", user_id=other.id), report(desk, 5.5, 6, "2", user_id=other.id))
    assert len(standing(desk)) == 2
    told(desk, report(desk, 4.5, 5.5, "3", user_id=other.id))
    # The meter itself, which names nobody, saw the same run.
    told(desk, report(desk, 4.2, 6.5, "4"))
    assert standing(desk) == [(other.id, None, (), ((4, 6.5),))]


def test_what_lay_near_and_was_of_somebody_else_leaves_the_reservation_as_reserved(desk: Desk) -> None:
    other = desk.world.person(desk.home)
    told(desk, report(desk, 2.5, 3))
    told(desk, report(desk, 2.4, 3.5, "2", user_id=other.id))
    assert standing(desk) == [
        (desk.user.id, desk.reservation.id, (), ((0, 2),)),
        (other.id, None, (), ((2.4, 3.5),)),
    ]


def test_meters_of_an_instrument_of_several_places(world: World) -> None:
    desk = Desk(world, capacity=3)
    far = [report(desk, 4, 5, "1"), report(desk, 4.5, 5.5, "2")]
    told(desk, *far)
    done(take, report(desk, 4, 5, "1"), meter(desk, "another"), LATER)
    assert standing(desk) == [(None, None, ("nobody",), ((4, 5),)), (None, None, ("nobody",), ((4, 5.5),))]
    told(desk, report(desk, 0, 1, "3"))
    assert (desk.user.id, desk.reservation.id, (), ((0, 1),)) in standing(desk)
    world.reservation(desk.instrument, desk.operator, NINE, NINE + 2 * HOUR)
    # Two could have been there: a meter does not know which.
    told(desk, report(desk, 1.5, 2, "4"))
    assert (None, None, ("nobody",), ((1.5, 2),)) in standing(desk)


@pytest.mark.parametrize(
    ("start", "hours"),
    [(datetime(2026, 10, 24, 22, tzinfo=UTC), 7), (datetime(2027, 3, 27, 23, tzinfo=UTC), 5)],
    ids=["a night that is longer", "a night that is shorter"],
)
def test_a_night_across_a_clock_change_has_the_hours_that_passed(desk: Desk, start, hours) -> None:
    first, half = int(start.timestamp()), int(start.timestamp()) + 2 * 3600
    thing = desk.instrument.id
    told(desk, Metered(thing, half - 60, first + hours * 3600, "measurement", "2"))
    [number] = done(
        take, Metered(thing, first, half, "measurement", "1"), meter(desk), start + timedelta(days=1)
    )
    assert settled(number, start + timedelta(days=1)).seconds == hours * 3600


# --- Files of logs


def test_a_file_says_beforehand_what_becomes_of_each_row(desk: Desk) -> None:
    other = desk.world.person(desk.home)
    told(desk, report(desk, 5, 6, "kept"))
    rows = [
        (row, {"row": row, "instrument": str(desk.instrument.id), "layer": "", "user": user, "key": f"r{row}",
               "start": (NINE + start * HOUR).isoformat(), "end": (NINE + end * HOUR).isoformat()})
        for row, (start, end, user) in enumerate([
            (1, 2.25, ""), (2.5, 3, ""), (4, 5, ""), (6, 7, ""), (2.25, 2.3, other.mail), (8, 9, other.mail), (8.5, 9.5, ""),
        ], 1)
    ]  # fmt: skip

    def said() -> list[tuple]:
        checked = check_logs(desk.lab, [row for _, row in rows], LATER)
        return [(each.outcome, [(lot.why, lot.kind, lot.name_en) for lot in each.lots]) for each in checked]

    beforehand = said()
    user, named = desk.user.name_en, other.name_en
    assert [lots for _, lots in beforehand] == [
        [("time", "reservation", user)], [("near", "walk_up", named)], [("nobody", "walk_up", "")], [("nobody", "walk_up", "")],
        [("named", "walk_up", named)], [("named", "walk_up", named)], [("time", "walk_up", named)],
    ]  # fmt: skip
    for _, row in rows:
        [checked] = check_logs(desk.lab, [row], LATER)
        done(take_row, desk.actor(desk.operator), desk.lab, checked.wanted, LATER)
    assert said() == [("same", lots) for _, lots in beforehand]
    assert {outcome for outcome, _ in beforehand} == {"new"}


def test_each_row_of_a_file_leads_to_the_use_it_became_part_of(desk: Desk, client: FlaskClient, app) -> None:
    app.config["FROZEN_NOW"] = NINE
    sign_in(client, desk.operator)
    day, thing = "2027-03-02", desk.instrument.id
    desk.world.reservation(desk.instrument, desk.user, NINE - 4 * HOUR, NINE - 3 * HOUR)
    rows = f"instrument,start,end\n{thing},{day} 06:30,{day} 07:00\n{thing},{day} 07:30,{day} 08:00\n"
    sent = {"kind": "logs", "file": (io.BytesIO(rows.encode()), "logs.csv")}
    made = client.post(f"/labs/{desk.lab.id}/usage-files", data=sent)
    words = ("time, not in it: you look whose it was", "Nobody reserved it: you say who it was")
    assert all(each in client.get(made.location).text for each in words)
    client.post(f"{made.location}/take")
    page = client.get(made.location).text
    assert all(each in page for each in (*words, "Needs a look"))
    for row in db.session.query(InstrumentUse):
        assert f"/uses/{row.id}" in page


def test_what_a_lab_sees_of_nobody(desk: Desk, client: FlaskClient) -> None:
    [[number], [near]] = told(desk, report(desk, 4, 5), report(desk, 2.5, 3, "2"))
    sign_in(client, desk.operator)
    page = client.get(f"/labs/{desk.lab.id}/uses")
    assert "Who was it?" in page.text and "Nobody known yet" in page.text and f"/uses/{number}" in page.text
    assert f"/uses/{near}" not in page.text
    page = client.get(f"/uses/{number}").text
    assert "Nobody known yet" in page and "Who used it?" in page and "What was counted" not in page
    assert "only near this person’s time" in client.get(f"/uses/{near}").text
    day = client.get(f"/labs/{desk.lab.id}/today?day=2027-03-02").text
    assert "Nobody known yet" in day
    client.get("/language/zh_Hans_CN?next=/")
    assert "使用人是谁" in client.get(f"/labs/{desk.lab.id}/uses").text


def test_whose_token_it_is_has_no_part_in_what_a_meter_saw(desk: Desk) -> None:
    [[number]] = told(desk, report(desk, 4, 5))
    row, outsider = use_again(number), desk.world.person(desk.home)
    assert allowed(desk.actor(desk.operator), Action.USE_CONFIRM, row)
    for person in (outsider, desk.user):
        assert not allowed(desk.actor(person), Action.USE_SEE, row)


def test_hours_of_nobody_are_effective_and_of_no_other_house(desk: Desk) -> None:
    told(desk, report(desk, 4, 5))
    first, last = S, S + 86_400
    [thing] = things([desk.instrument.id])
    [session] = records([thing], first, last, LATER + timedelta(days=2))[thing.id].sessions
    assert (session.persons, [share.external for share in session.shares]) == ((), [False])
    assert sum(b - a for a, b in session.shares[0].effective) == 3600
