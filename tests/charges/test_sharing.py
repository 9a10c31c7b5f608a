"""Who bears which part: lines and parts always add up to the total, whatever the classes, percentages and programmes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from instruments.funds.programmes import Programme, Standing
from instruments.funds.sharing import LATER, PAYER, PROGRAMME, Bearer, Terms, share_out
from instruments.money import Money, total
from instruments.rates.card import HOUR, SAMPLE
from instruments.rates.lines import ADD_ON, FEE, TIME, Line
from tests.rates.speaking import yuan

NOTHING = Standing(yuan("0"), yuan("0"))
VOUCHER = Programme("Voucher", Decimal(50), date(2027, 1, 1), date(2027, 12, 31), cap_per_order=yuan("300"))


def line(amount: str, kind: str = TIME) -> Line:
    return Line(kind, HOUR if kind == TIME else SAMPLE, Fraction(1), yuan(amount), ())


def amounts(parts: object) -> list[tuple[str, str]]:
    return [(part.role, str(part.amount.amount)) for part in parts]  # type: ignore[attr-defined]  # parts


def test_one_payer_bears_all() -> None:
    found = share_out([Bearer(Decimal(100), "own_lab")], {"own_lab": [line("10.50")]}, "CNY")
    assert (str(found.total.amount), amounts(found.parts)) == ("10.50", [(PAYER, "10.50")])


def test_the_remainder_goes_to_the_first() -> None:
    bearers = [Bearer(Decimal(each), "own_lab") for each in ("33.34", "33.33", "33.33")]
    found = share_out(bearers, {"own_lab": [line("10.50")]}, "CNY")
    assert amounts(found.parts) == [(PAYER, "3.52"), (PAYER, "3.49"), (PAYER, "3.49")]


def test_each_class_at_its_own_price_and_the_lines_say_so() -> None:
    bearers = [Bearer(Decimal(50), "own_lab"), Bearer(Decimal(50), "partner")]
    priced = {"own_lab": [line("40.00")], "partner": [line("60.00")]}
    found = share_out(bearers, priced, "CNY")
    assert (str(found.total.amount), amounts(found.parts)) == ("50.00", [(PAYER, "20.00"), (PAYER, "30.00")])
    said = [(each.customer_class, str(each.line.amount.amount)) for each in found.lines]
    assert said == [("own_lab", "40.00"), ("own_lab", "-20.00"), ("partner", "60.00"), ("partner", "-30.00")]


def test_a_programme_comes_first_and_is_capped() -> None:
    found = share_out(
        [Bearer(Decimal(100), "company")], {"company": [line("1000.00")]}, "CNY", [Terms(5, VOUCHER, NOTHING)]
    )
    assert amounts(found.parts) == [(PAYER, "700.00"), (PROGRAMME, "300.00")]


def test_what_is_settled_afterwards_is_billed_to_the_payer() -> None:
    later = Programme("Later", Decimal(50), date(2027, 1, 1), date(2027, 12, 31), afterwards=True)
    found = share_out(
        [Bearer(Decimal(100), "company")], {"company": [line("99.99")]}, "CNY", [Terms(5, later, NOTHING)]
    )
    assert amounts(found.parts) == [(PAYER, "99.99"), (LATER, "49.99")]


def test_fees_are_never_subsidised() -> None:
    found = share_out(
        [Bearer(Decimal(100), "company")],
        {"company": [line("100.00", FEE)]},
        "CNY",
        [Terms(5, VOUCHER, NOTHING)],
    )
    assert amounts(found.parts) == [(PAYER, "100.00"), (PROGRAMME, "0.00")]


LINES = st.lists(
    st.builds(
        lambda units, kind: Line(kind, HOUR, Fraction(1), Money.from_units(units, "CNY"), ()),
        st.integers(0, 10**8),
        st.sampled_from([TIME, ADD_ON, FEE]),
    ),
    max_size=4,
)
CLASSES = ("own_lab", "partner", "company")
PERCENTS = st.lists(st.integers(1, 30), max_size=3).map(lambda rest: [100 - sum(rest), *rest])


@given(
    PERCENTS, st.lists(st.sampled_from(CLASSES), min_size=4, max_size=4), st.tuples(LINES, LINES, LINES),
    st.lists(st.booleans(), max_size=2),
)  # fmt: skip
def test_lines_and_parts_add_up(
    percents: list[int],
    classes: list[str],
    lines: tuple[list[Line], list[Line], list[Line]],
    later: list[bool],
) -> None:
    bearers = [Bearer(Decimal(percent), each) for percent, each in zip(percents, classes, strict=False)]
    terms = [
        Terms(
            number,
            Programme(f"P{number}", Decimal(60), date(2027, 1, 1), date(2027, 12, 31), combines=True, afterwards=flag),
            NOTHING,
        )
        for number, flag in enumerate(later)
    ]  # fmt: skip
    found = share_out(bearers, dict(zip(CLASSES, lines, strict=True)), "CNY", terms)
    assert total((each.line.amount for each in found.lines), "CNY") == found.total
    assert total((part.amount for part in found.parts if part.role != LATER), "CNY") == found.total
    assert all(part.amount.amount >= 0 for part in found.parts)
