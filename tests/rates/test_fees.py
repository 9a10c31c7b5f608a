"""Fees beyond the worked examples: what is kept decides what was given up, and a fee explains itself."""

from decimal import Decimal

import pytest
from flask import Flask

from instruments.rates.fees import FeeRules, GivenUp, Quoted, late_fee, no_show_fee
from instruments.web.reasons import sentence
from tests.rates.fee_examples import missed, quoted
from tests.rates.speaking import WALL, WINDOWS, hourly, in_words, moment, span, yuan

HALF = FeeRules(Decimal(50), 24, Decimal(100))


def test_no_rule_no_fee() -> None:
    assert missed(None) == ["total: 0.00"]


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        ("08:00-14:00", ["total: 0.00"]),
        ("09:00-13:00", ["total: 0.00"]),
        ("11:00-15:00", ["fee: 50.00", "total: 50.00"]),
        ("14:00-18:00", ["fee: 100.00", "total: 100.00"]),
    ],
)
def test_a_move_costs_by_the_minutes_given_up(kept: str, words: list[str]) -> None:
    assert in_words([late_fee(HALF, quoted(), GivenUp(moment("-1 10:00"), span(kept)))]) == words


def test_a_fee_is_never_below_zero_where_steps_make_the_rest_dearer() -> None:
    card = hourly("60.00", increment=60, windows=WINDOWS)
    booking = Quoted(card, WALL, span("21:30-22:05"), moment("-30 09:00"))
    fee = late_fee(HALF, booking, GivenUp(moment("20:00"), span("21:30-22:00")))
    assert in_words([fee]) == ["fee: 0.00", "total: 0.00"]


def test_a_fee_is_on_time_alone_and_not_on_the_minimum() -> None:
    card = hourly("60.00", minimum=yuan("500.00"))
    booking = Quoted(card, WALL, span("09:00-10:00"), moment("-30 09:00"))
    assert in_words([late_fee(HALF, booking, GivenUp(moment("08:00")))]) == ["fee: 30.00", "total: 30.00"]


def test_a_no_show_is_free_where_the_lab_is_the_cause() -> None:
    assert no_show_fee(HALF, quoted(), GivenUp(moment("09:30"), by_lab=True)) is None


def test_a_fee_explains_itself(app: Flask) -> None:
    fee = late_fee(HALF, quoted(), GivenUp(moment("08:00"), paid_by_others=(span("10:00-11:00"),)))
    with app.test_request_context():
        said = [sentence(reason) for reason in fee.why]
    assert said == [
        "Given up 1 h before the start, free until 24 h before: 50 % of CNY 200.00 quoted for it.",
        "Another pays for 1 h of it, so the fee is less by as much.",
    ]
