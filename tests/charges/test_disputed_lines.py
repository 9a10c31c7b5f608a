"""A dispute of one line takes off that line alone, at most what it comes to, and it stays off that kind of line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select

from instruments.charges import by_hand
from instruments.charges.checking import differences
from instruments.charges.dispute_models import ChargingSettings, Dispute
from instruments.charges.models import Charge
from instruments.charges.taken_off import TakenOff, without
from instruments.charges.tasks import charge_all
from instruments.charges.waiting_answers import waiting_answer
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.funds import subsidizing
from instruments.funds.programme_models import ProgrammeRow
from instruments.funds.sharing import ClassLine, shared_again
from instruments.journal.models import JournalEntry
from instruments.money import Money, total
from instruments.rates.lines import RESERVATION, Line
from instruments.usage.models import UseCount
from tests.charges.drafts import WAITING, change, confirmed, lasts, lines, of_use, shares
from tests.charges.scene import Scene, balances
from tests.charges.test_api import asking
from tests.charges.test_disputing import answered, codes, raised, state
from tests.conftest import NOW
from tests.rates.pricing_world import price, published
from tests.world import World, sign_in

STATES = pytest.mark.parametrize("posted", [False, True], ids=["draft", "posted"])


@pytest.fixture
def scene(world: World, now: object) -> Scene:
    """60.00 an hour, and each of three samples 15.00."""
    found = Scene(world)
    found.version = published(
        found.instrument, date(2027, 1, 1),
        prices=[price(each, units, **more) for each in ("own_institution", "company") for units, more in (
            (6000, {}), (1500, {"unit": "sample", "code": "s", "name_en": "Sample", "position": 1}),
        )],
    )  # fmt: skip
    return found


def made(scene: Scene, posted: bool, samples: str = "3", **values: object) -> Charge:
    """120.00 of time in line 0, 45.00 of samples in line 1."""
    counts = {"s": samples} if samples else {}
    state = {} if posted else WAITING
    use = scene.use(scene.reservation(**values), counts=counts, **state)  # type: ignore[arg-type]  # columns by name
    charge_all()
    return of_use(use.id)


def line_lowered(
    scene: Scene, charge: Charge, line: int | None, less: str, reason: str = "The pump"
) -> Charge:
    answered(scene, raised(scene, charge, line=line), scene.manager, "adjusted", less=less, reason=reason)
    return of_use(charge.use_id or 0)


@STATES
def test_no_more_than_the_line_comes_to(scene: Scene, posted: bool) -> None:
    charge = made(scene, posted)
    number = raised(scene, charge, line=1)
    for less, expected in (("0.00", "no_amount"), ("45.01", "too_much"), ("120.00", "too_much")):
        with pytest.raises(Refusal) as refusal:
            answered(scene, number, scene.manager, "adjusted", less=less)
        assert (codes(refusal), [each.field for each in refusal.value.reasons]) == ([expected], ["less"])
    [reason] = refusal.value.reasons
    assert reason.values == {"number": 2, "most": Money(Decimal("45.00"), "CNY")}
    assert (state(charge), waiting_answer(number)) == ("disputed", None)


def test_a_line_that_adds_nothing_is_not_disputed(scene: Scene) -> None:
    charge = line_lowered(scene, made(scene, False), 1, "20.00")
    with pytest.raises(Refusal) as refusal:
        raised(scene, charge, line=2)
    assert codes(refusal) == ["adds_nothing"]


@STATES
@pytest.mark.parametrize(
    ("line", "less", "off"),
    [(0, "20.00", [("time", -2_000)]), (1, "45.00", [("add_on", -4_500)]), (1, "0.01", [("add_on", -1)]),
     (None, "16.50", [("time", -1_200), ("add_on", -450)])],
)  # fmt: skip
def test_it_is_taken_off_the_disputed_line(
    scene: Scene, posted: bool, line: int | None, less: str, off: list[tuple[str, int]]
) -> None:
    again = line_lowered(scene, made(scene, posted), line, less)
    assert lines(again) == [("time", 12_000), ("add_on", 4_500), *off]
    assert again.state == ("posted" if posted else "draft")
    kept = db.session.scalars(select(Dispute)).one()
    assert (kept.line_kind, kept.position) == ("" if line is None else off[0][0], line)
    confirmed(scene, again)
    again = of_use(again.use_id or 0)
    assert (again.state, again.total_units) == ("posted", 16_500 + sum(units for _, units in off))
    assert (differences(), sum(balances().values())) == ([], 0)


@STATES
@pytest.mark.parametrize(
    ("first", "second", "most"),
    [
        # Of the same line what is left, of another line all of it, after the whole what is left of its kind.
        ((1, "40.00"), 1, "5.00"),
        ((1, "40.00"), 0, "120.00"),
        ((0, "100.00"), 1, "45.00"),
        ((None, "16.50"), 1, "40.50"),
        ((1, "45.00"), None, "120.00"),
    ],
)
def test_a_second_dispute_finds_what_is_left(
    scene: Scene, posted: bool, first: tuple[int | None, str], second: int | None, most: str
) -> None:
    charge = line_lowered(scene, made(scene, posted), *first)
    number = raised(scene, charge, line=second)
    above = str(Decimal(most) + Decimal("0.01"))
    with pytest.raises(Refusal) as refusal:
        answered(scene, number, scene.manager, "adjusted", less=above)
    assert codes(refusal) == ["too_much"]
    answered(scene, number, scene.manager, "adjusted", less=most)
    whole = 16_500 - Money(Decimal(first[1]), "CNY").units - Money(Decimal(most), "CNY").units
    assert of_use(charge.use_id or 0).total_units == whole


@STATES
@pytest.mark.parametrize(
    ("line", "less", "hours", "off"),
    [
        (1, "20.00", 1, [("add_on", -2_000)]),
        (0, "20.00", 1, [("time", -2_000)]),
        # Of what does not fit its kind any more the rest stays off the whole.
        (0, "100.00", 1, [("time", -6_000), ("add_on", -4_000)]),
    ],
)
def test_it_stays_off_that_kind_of_line(
    scene: Scene, posted: bool, line: int, less: str, hours: float, off: list[tuple[str, int]]
) -> None:
    charge = line_lowered(scene, made(scene, posted), line, less)
    lasts(charge, hours)
    again = of_use(charge.use_id or 0)
    assert lines(again)[2:] == off
    confirmed(scene, again)
    assert lines(of_use(charge.use_id or 0))[2:] == off
    assert differences() == []


def test_it_stays_off_the_whole_where_there_is_no_such_line_any_more(scene: Scene) -> None:
    charge = line_lowered(scene, made(scene, False), 1, "20.00")
    db.session.execute(delete(UseCount))
    change(charge.use_id)
    charge_all()
    assert lines(of_use(charge.use_id or 0)) == [("time", 12_000), ("time", -2_000)]


@pytest.mark.parametrize(("line", "expected"), [(0, 5_000), (1, 6_000)])
def test_a_programme_pays_of_its_own_lines_alone(scene: Scene, line: int, expected: int) -> None:
    """It pays half of the time; what is taken off samples is the payer's alone."""
    company = scene.world.institution(kind="company")
    user = scene.world.person(company)
    wallet = scene.fund(company, creditor=scene.house)
    voucher = ProgrammeRow(
        code="V", name_en="Voucher", currency="CNY", rate=5000, valid_from=date(2027, 1, 1), valid_to=date(2027, 12, 31),
        lines=["time"],
    )  # fmt: skip
    db.session.add(voucher)
    db.session.commit()
    row = scene.reservation(payers=[(wallet, "100", "company")], user=user)
    payer, half = subsidizing.Payer(company.id, None, "company"), {voucher.id: Money(Decimal("60.00"), "CNY")}
    perform(lambda: subsidizing.reserve(("reservation", row.id), payer, half, date(2027, 1, 20), NOW))
    use = scene.use(row, counts={"s": "3"}, **WAITING)
    charge_all()
    charge = of_use(use.id)
    answered(scene, raised(scene, charge, user, line=line), scene.manager, "adjusted", less="20.00")
    confirmed(scene, charge)
    assert shares(of_use(use.id)) == [("payer", 14_500 - expected), ("programme", expected)]
    assert differences() == []


def test_what_waits_for_a_second_person_is_off_the_line_too(scene: Scene) -> None:
    db.session.add(ChargingSettings(institution_id=scene.house.id, second_above_units=2_000))
    db.session.commit()
    charge = made(scene, True)
    number = raised(scene, charge, line=1)
    answered(scene, number, scene.manager, "adjusted", less="30.00")
    second, waiting = scene.actor(scene.finance), waiting_answer(number).id
    perform(lambda: by_hand.approve(second, waiting, NOW))
    again = of_use(charge.use_id or 0)
    assert (lines(again)[2:], again.approved_by_id) == ([("add_on", -3_000)], scene.finance.id)
    detail = db.session.scalars(
        select(JournalEntry.detail).where(JournalEntry.deed == "dispute.adjusted")
    ).one()
    assert (detail["line_kinds"], detail["units"]) == (["add_on"], 3_000)


def test_what_was_answered_before_the_line_counted_stays_off_the_whole(scene: Scene) -> None:
    charge = line_lowered(scene, made(scene, True), 1, "16.50")
    db.session.query(Dispute).update({"line_kind": ""})
    db.session.commit()
    lasts(charge, 1)
    assert lines(of_use(charge.use_id or 0)) == [
        ("time", 6_000),
        ("add_on", 4_500),
        ("time", -943),
        ("add_on", -707),
    ]


@STATES
def test_the_page_says_which_line_and_what_it_comes_to(
    scene: Scene, client: FlaskClient, posted: bool
) -> None:
    charge = made(scene, posted)
    one = f"/charges/{charge.id}"
    sign_in(client, scene.student).post(f"{one}/dispute", data={"reason": "Only one was ours", "line": "1"})
    number = db.session.scalars(select(Dispute.id)).one()
    sign_in(client, scene.manager)
    assert "Only line 2 is disputed. The line comes to CNY 45.00." in client.get(one).text
    zh = client.get(f"{one}?lang=zh").text
    assert "仅对第 2 行有异议" in zh and "45.00" in zh
    form = {"dispute": str(number), "decision": "adjusted", "less": "45.01", "reason": "Right"}
    refused = client.post(f"{one}/answer?lang=en", data=form)
    assert (refused.status_code, "Line 2 comes to CNY 45.00, so at most that much less." in refused.text) == (
        422,
        True,
    )
    client.post(f"{one}/answer", data=form | {"less": "30.00"})
    page = client.get(f"{one}?lang=en").text
    assert "CNY 30.00 less, off the line: Samples and consumables" in page
    assert "about line 2: Samples and consumables" in page
    again = of_use(charge.use_id or 0)
    assert "Samples and consumables, less by CNY 30.00: Right" in client.get(f"/charges/{again.id}").text
    # Only what adds something can be disputed.
    page = sign_in(client, scene.student).get(f"/charges/{again.id}").text
    assert page.partition('name="line"')[2].partition("</select>")[0].count("<option") == 3


def test_programs_are_told_which_line(scene: Scene, client: FlaskClient) -> None:
    charge = made(scene, False)
    student, lab = asking(scene, client, scene.student), asking(scene, client, scene.manager)
    status, told, _ = student(
        "POST", f"/charges/{charge.id}/dispute", {"reason": "Only one was ours", "line": 1}
    )
    one = told["disputes"][0]
    assert (status, one["line"], one["line_kind"], one["at_most"]) == (201, 1, "add_on", "45.00")
    tag = lab("GET", f"/charges/{charge.id}")[2]
    wanted = {"decision": "adjusted", "less": "45.01", "reason": "Right"}
    status, told, _ = lab("POST", f"/charges/{charge.id}/answer", wanted, tag)
    assert (status, [each["field"] for each in told["reasons"]]) == (422, ["less"])
    status, told, _ = lab("POST", f"/charges/{charge.id}/answer", wanted | {"less": "30.00"}, tag)
    one = told["disputes"][0]
    assert (status, one["less"], one["line_kind"], told["amount"]) == (200, "30.00", "add_on", "135.00")
    assert [(each["amount"], each["line_kind"]) for each in told["taken_off"]] == [("30.00", "add_on")]


KINDS = st.sampled_from(["time", "minimum", "add_on", "operator"])


@given(
    st.lists(st.tuples(KINDS, st.integers(0, 20_000)), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(1, 20_000), KINDS | st.just("")), max_size=4),
    st.lists(st.integers(0, 9), min_size=1, max_size=3),
)
def test_whatever_is_taken_off_no_kind_falls_below_nothing(
    priced: list[tuple[str, int]], offs: list[tuple[int, str]], weights: list[int]
) -> None:
    before = [
        ClassLine("own_lab", Line(kind, RESERVATION, Fraction(1), Money.from_units(units, "CNY"), ()))
        for kind, units in priced
    ]
    after = without(before, [TakenOff(units, "Why", kind) for units, kind in offs], "CNY")
    assert after[: len(before)] == before
    by_kind: dict[str, int] = {}
    for each in after:
        by_kind[each.line.kind] = by_kind.get(each.line.kind, 0) + each.line.amount.units
    assert min(by_kind.values()) >= 0
    whole = sum(units for _, units in priced)
    assert sum(by_kind.values()) == max(whole - sum(units for units, _ in offs), 0)
    shared = shared_again(after, [Fraction(each) for each in weights], "CNY")
    assert total((part.amount for part in shared.parts), "CNY") == shared.total
