"""Lines add up and explain themselves; what has no price is said; the order of sessions makes no difference."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from instruments.money import Money
from instruments.rates.card import (
    BASES,
    HOUR,
    INCREMENTS,
    LONGER,
    OPERATOR_HOUR,
    RESERVED,
    USED,
    Card,
    Rate,
    lacking_time,
)
from instruments.rates.counting import Use, counted
from instruments.rates.lines import MINIMUM, TIME, sum_of
from instruments.rates.pricing import Unpriced, lines_of
from instruments.rates.windows import Wall
from instruments.web.reasons import sentence
from tests.rates.speaking import DAY_AND_NIGHT, WALL, WINDOWS, hourly, of, span, used, yuan

NIGHT_SHIFT = of(
    Rate(HOUR, yuan("60.00")), Rate(OPERATOR_HOUR, yuan("50.00")), windows=WINDOWS, operator_windows=True
)


@pytest.mark.parametrize(
    ("card", "use", "codes"),
    [
        (Card("CNY", ()), Use((span("09:00-10:00"),)), ["no_price"]),
        (of(Rate(OPERATOR_HOUR, yuan("50.00"))), Use((span("09:00-10:00"),)), ["no_price"]),
        (hourly("60.00"), Use((), counts={"grid": Decimal(1)}, operator_minutes=5), ["no_price_for", "no_operator_price"]),
    ],
)  # fmt: skip
def test_what_has_no_price_is_said_and_never_free(card: Card, use: Use, codes: list[str]) -> None:
    with pytest.raises(Unpriced) as refused:
        lines_of(card, use, WALL)
    assert [reason.code for reason in refused.value.reasons] == codes


@pytest.mark.parametrize(
    ("spans", "minutes", "words"),
    [
        (("21:00-23:00",), 120, ["operator, day, 60 min: 50.00", "operator, night, 60 min: 25.00"]),
        (("21:00-22:00",), 90, ["operator, day, 90 min: 75.00"]),
        ((), 60, ["operator, 60 min: 50.00"]),
    ],
)
def test_an_operator_by_the_windows_is_there_from_the_beginning(
    spans: tuple[str, ...], minutes: int, words: list[str]
) -> None:
    lines = used(NIGHT_SHIFT, *spans, operator_minutes=minutes)
    assert [line for line in lines if line.startswith("operator")] == words


@pytest.mark.parametrize(
    ("card", "use", "english"),
    [
        (
            hourly("60.00", increment=30, windows=WINDOWS),
            Use((span("21:30-22:20"),), not_charged=(span("22:00-22:05"),)),
            [
                "day: 30 min at 100 % of CNY 60.00 an hour.",
                "Not charged: 5 min in which the instrument was down or the lab at fault.",
                "night: 30 min at 50 % of CNY 60.00 an hour.",
                "Counted in steps of 30 minutes, so 15 min are added.",
            ],
        ),
        (
            hourly("60.00", basis=RESERVED),
            Use((span("09:00-10:00"),), span("09:00-11:00"), paid_by_others=(span("10:30-11:00"),)),
            [
                "1 h 30 min at CNY 60.00 an hour.",
                "What is reserved counts, used or not.",
                "Not charged: 30 min that were given back and that another pays for.",
            ],
        ),
        (
            hourly("60.00", minimum=yuan("50.00")),
            Use((span("09:00-09:20"),)),
            [
                "20 min at CNY 60.00 an hour.",
                "A reservation costs at least CNY 50.00 for its time; what was counted comes to CNY 20.00.",
            ],
        ),
    ],
)
def test_lines_explain_themselves(app: Flask, card: Card, use: Use, english: list[str]) -> None:
    with app.test_request_context():
        said = [sentence(reason) for line in lines_of(card, use, WALL) for reason in line.why]
    assert said == english


def test_an_overrun_is_the_instruments_not_the_operators() -> None:
    lines = used(NIGHT_SHIFT, "21:00-22:00", reserved=span("20:00-21:30"), operator_minutes=60)
    assert lines[-2:] == ["operator, day, 60 min: 50.00", "total: 110.00"]


def test_what_was_used_is_charged_even_where_another_pays_for_it_too() -> None:
    lines = used(hourly("60.00"), "09:00-11:00", paid_by_others=(span("10:00-11:00"),))
    assert lines == ["120 min: 120.00", "total: 120.00"]


START = span("20:00-21:00")[0]
SPAN = st.tuples(st.integers(0, 600), st.integers(1, 240)).map(
    lambda pair: (START + 60 * pair[0], START + 60 * (pair[0] + pair[1]))
)
SPANS = st.lists(SPAN, max_size=4).map(tuple)
USES = st.builds(
    Use,
    sessions=SPANS,
    reserved=st.none() | SPAN,
    not_charged=SPANS,
    paid_by_others=SPANS,
    ended_by_rule=st.booleans(),
)
CARDS = st.builds(
    lambda price, basis, increment, minimum, overrun: hourly(
        price, basis=basis, increment=increment, minimum=minimum, overrun=overrun, windows=WINDOWS
    ),
    st.sampled_from(["0.00", "10.00", "60.00", "33.33"]),
    st.sampled_from(BASES),
    st.sampled_from(INCREMENTS),
    st.none() | st.just(yuan("50.00")),
    st.sampled_from([Decimal(100), Decimal(150)]),
)


@given(CARDS, USES)
def test_lines_add_up_and_are_near_the_exact_price(card: Card, use: Use) -> None:
    lines = lines_of(card, use, WALL)
    whole = sum_of(lines, "CNY")
    assert whole == sum((line.amount for line in lines), Money.none("CNY"))
    exact = sum(line.quantity * Fraction(line.price.amount) * Fraction(line.factor) / 100 for line in lines)
    assert abs(Fraction(whole.amount) - exact) <= Fraction(len(lines), 200)


@given(CARDS, USES, st.randoms())
def test_the_order_of_sessions_makes_no_difference(card: Card, use: Use, chance: object) -> None:
    sessions = list(use.sessions)
    chance.shuffle(sessions)
    other = Use(tuple(sessions), use.reserved, use.not_charged, use.paid_by_others, use.ended_by_rule)
    assert lines_of(card, other, WALL) == lines_of(card, use, WALL)


@given(CARDS, USES)
def test_nothing_left_costs_nothing_and_time_costs_at_least_the_minimum(card: Card, use: Use) -> None:
    lines = lines_of(card, use, WALL)
    if not counted(use, card.basis):
        assert lines == ()
    elif card.minimum:
        assert sum_of(lines, "CNY", TIME, MINIMUM) >= card.minimum


@given(USES)
def test_the_longer_is_never_less_than_either(use: Use) -> None:
    seconds = {basis: sum(end - start for start, end in counted(use, basis)) for basis in BASES}
    assert seconds[LONGER] >= max(seconds[USED], seconds[RESERVED])


@given(USES)
def test_an_end_by_rule_never_goes_beyond_the_reserved_end(use: Use) -> None:
    for basis in BASES:
        for _, end in counted(use, basis):
            assert not use.ended_by_rule or use.reserved is None or end <= use.reserved[1]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Havana"])
@pytest.mark.parametrize(("month", "day"), [(3, 8), (3, 29), (10, 25), (11, 1)])
def test_a_day_costs_the_hours_that_pass(zone: str, month: int, day: int) -> None:
    wall = Wall(ZoneInfo(zone), {})
    start, end = span("00:00-00:00", day=date(2026, month, day), zone=wall.zone)
    lines = lines_of(DAY_AND_NIGHT, Use(((start, end),)), wall)
    by_name = {line.why[0].values["window"]: line.quantity for line in lines}
    assert by_name == {"day": 14, "night": Fraction(end - start, 3600) - 14}


def test_a_class_without_the_price_of_time_that_others_have_is_a_hole() -> None:
    """What others pay by time or by use is not free for a class of which only items, or a minimum, are priced."""
    items = Rate("item", yuan("8.00"), "holder")
    found = lacking_time({("own_lab", "self"): ["hour", "item"], ("abroad", "self"): ["item", "minimum"],
                          ("company", "self"): ["use"], ("abroad", "service"): ["sample"]})  # fmt: skip
    assert found == {("abroad", "self")}
    with pytest.raises(Unpriced):
        lines_of(replace(of(items), lacks_time=True), Use((span("09:00-10:00"),)), WALL)
