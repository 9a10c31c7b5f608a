"""What devices report, what operators confirm and correct, runs for several customers; and all of it as prices see it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import permutations

import pytest

from instruments.database import db
from instruments.database.transactions import deed
from instruments.errors import Refusal
from instruments.rates.counting import Use
from instruments.usage.amending import counts_of
from instruments.usage.checking_in import check_in
from instruments.usage.confirming import Said, confirm, confirm_many, describe
from instruments.usage.correcting import correct, say_who
from instruments.usage.facts import Customer, Run, UseFacts
from instruments.usage.finishing import finish
from instruments.usage.keeping import settled
from instruments.usage.metering import Metered, Reporter, take
from instruments.usage.models import InstrumentUse, UseSpan
from instruments.usage.priced import uses_over
from instruments.usage.running import record_run
from instruments.usage.sweeping import assume
from tests.usage.desk import HOUR, MINUTE, NINE, Desk, done, refused
from tests.world import World, bearer, refused_at, sign_in

LATER = NINE + 10 * HOUR
S = int(NINE.timestamp())


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def report(
    desk: Desk, start: float, end: float, key: str = "1", layer: str = "measurement", **more
) -> Metered:
    """A report in hours after nine."""
    return Metered(desk.instrument.id, S + int(start * 3600), S + int(end * 3600), layer, key, **more)


def meter(desk: Desk, name: str = "meter") -> Reporter:
    return Reporter(name, "sensor", desk.operator.id, desk.home.id)


def used(number: int) -> list[tuple[float, float]]:
    """When a use was used, in hours after nine."""
    return [((a - S) / 3600, (b - S) / 3600) for a, b in settled(number, LATER).used]


# --- Devices


def test_a_report_makes_the_use_of_a_reservation(desk: Desk) -> None:
    [number] = done(take, report(desk, 0.25, 1.5), meter(desk), LATER)
    use = desk.use(number)
    assert (use.reservation_id, use.state, use.ended_by) == (desk.reservation.id, "waiting", "report")
    assert (used(number), desk.held()) == ([(0.25, 1.5)], ("done", NINE + 2 * HOUR))


def test_the_same_report_again_changes_nothing(desk: Desk) -> None:
    wanted = report(desk, 0.25, 1.5)
    first = done(take, wanted, meter(desk), LATER)
    version = desk.use(first[0]).version
    assert done(take, wanted, meter(desk), LATER + HOUR) == first
    assert (desk.use(first[0]).version, db.session.query(UseSpan).count()) == (version, 1)
    assert refused(take, replace(wanted, end=wanted.end - 60), meter(desk), LATER) == ["key_used"]
    assert done(take, wanted, meter(desk, "another"), LATER) == first


def test_reports_in_any_order_come_to_the_same(desk: Desk) -> None:
    others = [
        report(desk, 0, 1, "a"),
        report(desk, 0.5, 1.75, "b"),
        report(desk, 1.9, 2.1, "c"),
        report(desk, 1, 1.5, "d"),
    ]
    found = set()
    for order in random.Random(4).sample(list(permutations(others)), 6):
        for each in order:
            [number] = done(take, each, meter(desk), LATER)
        found.add((tuple(used(number)), desk.use(number).started_at, desk.use(number).ended_at))
        db.session.query(InstrumentUse).delete()
        db.session.commit()
    assert found == {(((0, 1.75), (1.9, 2.1)), NINE, NINE + timedelta(hours=2.1))}


def test_a_report_over_two_reservations_is_divided(desk: Desk) -> None:
    other = desk.world.reservation(desk.instrument, desk.operator, NINE + 2 * HOUR, NINE + 4 * HOUR)
    wanted = report(desk, 0, 4.5)
    first, second = done(take, wanted, meter(desk), LATER)
    assert (used(first), used(second)) == ([(0, 2)], [(2, 4.5)])
    assert desk.use(second).reservation_id == other.id
    assert done(take, wanted, meter(desk), LATER) == [first, second]


def test_while_it_runs_reports_join_who_is_checked_in(desk: Desk) -> None:
    number = desk.checked_in()
    assert done(take, report(desk, 0.1, 0.5), meter(desk), NINE + HOUR) == [number]
    done(finish, desk.actor(), number, None, NINE + HOUR)
    assert settled(number, LATER).mix == {"sensor": 1440, "scan": 2160}


def test_what_belongs_to_nobody_waits_for_a_name(desk: Desk) -> None:
    [number] = done(take, report(desk, 6, 7), meter(desk), LATER)
    assert desk.use(number).flags == "nobody"
    operator = desk.actor(desk.operator)
    assert refused(confirm, operator, number, UseFacts(), None, LATER) == ["nobody"]
    done(say_who, operator, number, desk.actor(), None, None, LATER)
    done(confirm, operator, number, UseFacts(), None, LATER)
    assert desk.use(number).user_id == desk.user.id


@pytest.mark.parametrize(
    ("start", "end", "more", "code"),
    [
        (1, 1, {}, "end_before_start"),
        (1, 60, {}, "future"),
        (-800, 0, {}, "too_long"),
        (0, 1, {"layer": "sleep"}, "layer"),
        (0, 1, {"key": ""}, "key"),
    ],
)
def test_reports_that_cannot_be(desk: Desk, start: float, end: float, more, code: str) -> None:
    from instruments.usage.metering import objections

    assert [reason.code for reason in objections(report(desk, start, end, **more), LATER)] == [code]


def test_a_late_report_does_not_change_what_is_confirmed(desk: Desk) -> None:
    [number] = done(take, report(desk, 0, 1), meter(desk), LATER)
    done(confirm, desk.actor(desk.operator), number, UseFacts(), None, LATER)
    done(take, report(desk, 1, 2, "2"), meter(desk), LATER)
    assert desk.use(number).flags == "late"
    assert uses_over([number])[0].use.sessions == ((S, S + 3600),)
    done(
        correct,
        desk.actor(desk.operator),
        number,
        "attended",
        [(S, S + 7200)],
        "The meter was right",
        None,
        LATER,
    )
    assert uses_over([number])[0].use.sessions == ((S, S + 7200),)
    assert desk.use(number).flags == ""


# --- Operators


def test_who_confirms_and_what(desk: Desk) -> None:
    number = desk.checked_in()
    operator, stranger = desk.actor(desk.operator), desk.actor(desk.world.person())
    assert refused(confirm, stranger, number, UseFacts(), None, LATER) == ["no_use"]
    assert refused(confirm, desk.actor(), number, UseFacts(), None, LATER) == ["forbidden"]
    assert refused(confirm, operator, number, UseFacts(), None, LATER) == ["not_finished"]
    done(finish, desk.actor(), number, None, NINE + HOUR)
    wrong = UseFacts(
        operator_minutes=-1, mode="robot", subject="999", funding_source="x", rating=6, project="y" * 201,
        counts={"": Decimal(1), "ok": Decimal("0.0001")},
    )  # fmt: skip
    assert sorted(refused(confirm, operator, number, wrong, None, LATER)) == [
        "count", "count_code", "funding_source", "mode", "not_within", "rating", "subject", "too_long",
    ]  # fmt: skip
    facts = UseFacts(
        operator_minutes=75, samples=4, mode="assisted", subject="150", funding_source="own", trained_students=2,
        counts={"tip": Decimal("1.5")}, fault_minutes=10, fault_reason="Vacuum lost",
    )  # fmt: skip
    too_much = UseFacts(fault_minutes=61, fault_reason="Vacuum lost")
    assert refused(confirm, operator, number, too_much, None, LATER) == ["fault_too_long"]
    assert refused(confirm_many, operator, {number: Said(too_much)}, LATER) == ["fault_too_long"]
    done(confirm, operator, number, facts, 2, LATER)
    use = desk.use(number)
    assert (use.state, use.confirmed_by_id, use.operator_minutes, use.samples) == (
        "confirmed",
        desk.operator.id,
        75,
        4,
    )
    assert refused(confirm, operator, number, UseFacts(), None, LATER) == ["confirmed"]
    [priced] = uses_over([number])
    assert priced.use == Use(
        ((S, S + 3600),), (S, S + 7200), ((S + 3000, S + 3600),), (), False, {"tip": Decimal("1.5")}, 75, 4
    )


def test_many_at_once_without_those_that_need_a_look(desk: Desk) -> None:
    plain = desk.checked_in()
    done(finish, desk.actor(), plain, None, NINE + HOUR)
    [unknown] = done(take, report(desk, 6, 7), meter(desk), LATER)
    operator, both = desk.actor(desk.operator), {plain: Said(UseFacts(samples=3)), unknown: Said()}
    wrong = both | {plain: Said(UseFacts(samples=-1))}
    with pytest.raises(Refusal) as refusal:
        done(confirm_many, operator, wrong, LATER)
    assert [reason.field for reason in refusal.value.reasons] == [f"uses.{plain}.samples"]
    db.session.rollback()
    assert done(confirm_many, operator, {plain: Said(version=1)}, LATER) == ([], [plain])
    assert done(confirm_many, operator, both, LATER) == ([plain], [unknown])
    assert desk.use(plain).samples == 3
    assert [desk.use(number).state for number in (plain, unknown)] == ["confirmed", "waiting"]


def test_the_user_says_what_for_and_the_lab_the_rest(desk: Desk) -> None:
    number = desk.checked_in()
    of_lab = {"operator_minutes": 0, "samples": 3, "mode": "assisted", "trained_students": 1, "note": "x",
              "counts": {"tip": Decimal(1)}}  # fmt: skip
    with pytest.raises(Refusal) as refusal:
        done(describe, desk.actor(), number, UseFacts(project="P1", **of_lab), None, NINE)
    assert [(each.code, each.field) for each in refusal.value.reasons] == [
        ("of_lab", name) for name in of_lab
    ]
    assert (desk.use(number).project, desk.use(number).version) == ("", 1)
    done(describe, desk.actor(), number, UseFacts(project="P1", rating=5), None, NINE)
    done(describe, desk.actor(desk.operator), number, UseFacts(**of_lab), None, NINE)
    use = desk.use(number)
    assert (use.project, use.rating, use.samples, use.note) == ("P1", 5, 3, "x")
    assert counts_of([number]) == {number: {"tip": "1"}}


def test_a_correction_needs_a_reason_and_leaves_what_was_reported(desk: Desk) -> None:
    number = desk.checked_in()
    operator, hour = desk.actor(desk.operator), [(S, S + 3600)]
    assert refused(correct, operator, number, "attended", hour, "Left earlier", None, LATER) == [
        "not_finished"
    ]
    done(finish, desk.actor(), number, None, NINE + 90 * MINUTE)
    assert refused(correct, desk.actor(), number, "attended", hour, "Left earlier", None, LATER) == [
        "forbidden"
    ]
    assert refused(correct, operator, number, "attended", hour, " ", None, LATER) == ["no_reason"]
    assert refused(correct, operator, number, "x", [(S + 9, S)], "y", None, LATER) == [
        "layer",
        "end_before_start",
    ]
    done(correct, operator, number, "attended", hour, "Left earlier", None, LATER)
    assert (used(number), db.session.query(UseSpan).count()) == ([(0, 1)], 2)
    done(take, report(desk, 0, 2, layer="attended"), meter(desk), LATER)
    assert (used(number), desk.use(number).flags) == ([(0, 1)], "after_correction")


@pytest.mark.parametrize("layer", ["fault", "debugging"])
def test_faults_never_fall_out_of_corrected_hours_in_silence(desk: Desk, client, app, layer: str) -> None:
    app.config["FROZEN_NOW"] = LATER
    number, operator = desk.checked_in(), desk.actor(desk.operator)
    done(finish, desk.actor(), number, None, NINE + HOUR)
    done(confirm, operator, number, UseFacts(), None, LATER)
    last = [(S + 3000, S + 3600)]
    done(correct, operator, number, layer, last, "Vacuum lost", None, LATER)
    shorter, longer, elsewhere = [(S, S + 3300)], [(S - 600, S + 3600)], [(S + 7200, S + 9000)]
    with pytest.raises(Refusal) as refusal:
        done(correct, operator, number, "attended", shorter, "Left earlier", None, LATER)
    assert [(each.code, each.field, each.values) for each in refusal.value.reasons] == [
        ("fault_outside", "end", {"minutes": 5})
    ]
    for hours in (elsewhere, []):
        given = (operator, number, "attended", hours, "Wrong day", None, LATER)
        assert refused(correct, *given) == ["fault_outside"]
    if layer == "fault":  # Nor is one said where nothing was used; debugging is itself a use.
        given = (operator, number, layer, [(S + 3000, S + 3660)], "Vacuum lost", None, LATER)
        assert refused(correct, *given) == ["fault_outside"]
    assert (used(number), owed(number)) == ([(0, 1)], last)
    # The page says it beside the field, a program reads it.
    row = desk.use(number)
    form = {"version": row.version, "layer": "attended", "reason": "Left earlier", "day": "2027-03-02", "from": "09:00",
            "until_day": "2027-03-02", "until": "09:55"}  # fmt: skip
    page = sign_in(client, desk.operator).post(f"/uses/{number}/correct", data=form)
    assert page.status_code == 422 and refused_at(page) == ["until"] and "5 min of " in page.text
    body = {"layer": "attended", "reason": "Left earlier",
            "spans": [{"start": NINE.isoformat(), "end": (NINE + 55 * MINUTE).isoformat()}]}  # fmt: skip
    headers = bearer(desk.world.token(desk.operator, "usage:write")) | {"If-Match": "*"}
    answer = client.post(f"/api/v1/usage/{number}/correct", json=body, headers=headers)
    assert answer.status_code == 422 and answer.json["reasons"][0]["code"] == "fault_outside"
    # Said anew it follows the hours; hours that hold all of it take it off as before.
    done(correct, operator, number, "attended", longer, "Came earlier", None, LATER)
    done(correct, operator, number, layer, [(S + 2700, S + 3300)], "Vacuum lost", None, LATER)
    done(correct, operator, number, "attended", shorter, "Left earlier", None, LATER)
    assert owed(number) == [(S + 2700, S + 3300)]
    done(correct, operator, number, layer, [], "It was none", None, LATER)
    done(correct, operator, number, "attended", elsewhere, "Wrong day", None, LATER)
    assert owed(number) == []


def owed(number: int) -> list[tuple[int, int]]:
    """What of a use the lab does not charge."""
    db.session.rollback()
    return settled(number, LATER).not_charged


# --- Runs


def test_runs_that_cannot_be(desk: Desk) -> None:
    run = Run(desk.instrument.id, ((S, S + 3600),), (Customer(person_id=desk.user.id),))
    assert refused(record_run, desk.actor(), run, LATER) == ["forbidden"]
    operator = desk.actor(desk.operator)
    assert refused(record_run, operator, replace(run, spans=(), customers=()), LATER) == [
        "no_span",
        "no_customer",
    ]
    strange = (Customer(samples=-1), Customer(person_id=10**9, share=Decimal(1)))
    assert refused(record_run, operator, replace(run, customers=strange), LATER) == [
        "some_shares", "customer", "customer", "no_customer",
    ]  # fmt: skip
    assert refused(record_run, operator, run, NINE) == ["future"]


def test_a_run_for_two_is_divided_by_samples_or_as_entered(desk: Desk) -> None:
    company = desk.world.institution(kind="company")
    customers = (Customer(institution_id=company.id, samples=4), Customer(person_id=desk.user.id, samples=2))
    facts = UseFacts(operator_minutes=60, counts={"sample": Decimal(6)})
    run = Run(desk.instrument.id, ((S, S + 3 * 3600),), customers, facts)
    number = done(record_run, desk.actor(desk.operator), run, LATER)
    first, second = uses_over([number])
    assert (first.customer, first.institution_id, second.user_id) == (0, company.id, desk.user.id)
    # Each knows the whole run, and which part of it is theirs.
    assert first.use.sessions == second.use.sessions == ((S, S + 3 * 3600),)
    assert [one.use.operator_minutes for one in (first, second)] == [60, 60]
    assert [(one.use.part.by, one.use.part.share) for one in (first, second)] == [
        ("samples", Fraction(2, 3)), ("samples", Fraction(1, 3)),
    ]  # fmt: skip
    halves = tuple(replace(each, share=Decimal("0.5")) for each in customers)
    again = done(record_run, desk.actor(desk.operator), replace(run, customers=halves), LATER, confirm=False)
    assert [one.use.part.share for one in uses_over([again])] == [Fraction(1, 2)] * 2
    assert (desk.use(again).state, desk.use(again).flags) == ("waiting", "more_than_there_is")
    assert desk.use(number).mode == "service"


# --- Prices


def test_what_the_lab_owes_and_others_pay(desk: Desk) -> None:
    desk.world.closure(desk.instrument, NINE + 15 * MINUTE, NINE + 30 * MINUTE)
    number = desk.checked_in()
    done(finish, desk.actor(), number, None, NINE + HOUR)
    desk.world.reservation(desk.instrument, desk.operator, NINE + 90 * MINUTE, NINE + 3 * HOUR)
    done(confirm, desk.actor(desk.operator), number, UseFacts(), None, LATER)
    [one] = uses_over([number])
    assert one.use.not_charged == ((S + 900, S + 1800),)
    assert one.use.paid_by_others == ((S + 5400, S + 7200),)
    assert one.use.reserved == (S, S + 7200)


def test_many_cost_as_many_statements_as_one(desk: Desk, statements) -> None:
    numbers = []
    for day in range(1, 9):
        start = NINE - timedelta(days=day)
        reservation = desk.world.reservation(desk.instrument, desk.user, start, start + HOUR)
        with deed():
            assume(reservation.id, LATER)
        numbers.append(db.session.query(InstrumentUse).filter_by(reservation_id=reservation.id).one().id)
    done(confirm_many, desk.actor(desk.operator), dict.fromkeys(numbers, Said()), LATER)
    statements.clear()
    assert len(uses_over(numbers)) == len(numbers)
    many = len(statements)
    statements.clear()
    uses_over(numbers[:1])
    assert len(statements) <= many <= 7


def test_somebody_checked_in_later_is_no_witness_of_another(desk: Desk) -> None:
    number = desk.checked_in()
    assert refused(check_in, desk.actor(), desk.reservation.id, None, NINE) == ["checked_in"]
    assert uses_over([number]) == []
