"""The worked examples of charging, in the order of the rules: one table, which docs/charging.md is written from."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from instruments.funds.splits import Payer, shares
from instruments.rates.card import (
    DAY,
    HOUR,
    ITEM,
    LONGER,
    OPERATOR_HOUR,
    RESERVED,
    SAMPLE,
    STARTED_DAY,
    USE,
    Card,
    Rate,
    Window,
)
from instruments.rates.counting import Use
from instruments.rates.lines import sum_of
from instruments.rates.pricing import lines_of
from instruments.rates.windows import Wall
from instruments.usage.dividing import divided
from instruments.usage.facts import Customer
from tests.rates.fee_examples import cancelled, missed, shortened
from tests.rates.programme_examples import correction, two_vouchers, voucher, voucher_and_funds
from tests.rates.speaking import (
    BERLIN,
    DAY_AND_NIGHT,
    NIGHT,
    PLAIN,
    WALL,
    amounts,
    hourly,
    of,
    span,
    used,
    yuan,
)


@dataclass(frozen=True)
class Example:
    """A case, by the number of its rule, and what comes of it in words."""

    rule: int
    case: str
    computed: Callable[[], list[str]]
    result: list[str]


SAT, HOLIDAY, MAKE_UP, FRI = date(2026, 11, 28), date(2026, 10, 1), date(2026, 10, 10), date(2026, 11, 27)
MIN_50 = hourly("60.00", minimum=yuan("50.00"))
REST_DAYS = hourly("60.00", windows=(Window("rest day", 0, 1440, Decimal(80), frozenset({"rest"})), NIGHT))
HOLIDAYS = hourly("60.00", windows=(Window("holiday", 0, 1440, Decimal(200), frozenset({"holiday"})),))
EVENINGS = hourly("60.00", windows=(Window("evening", 1080, 1320, Decimal(120), frozenset({"workday"})),))
NINE_TO_ELEVEN = span("09:00-11:00")
BY_RESERVED = hourly("60.00", basis=RESERVED)
PER_DAY, PER_24 = of(Rate(DAY, yuan("600.00"))), of(Rate(STARTED_DAY, yuan("600.00")))
WITH_OPERATOR = of(Rate(HOUR, yuan("60.00")), Rate(OPERATOR_HOUR, yuan("50.00")), operator_increment=30)
PER_USE = of(Rate(USE, yuan("20.00")))
SAMPLES = of(
    Rate(USE, yuan("20.00")),
    Rate(SAMPLE, yuan("15.00"), "sample", "sample"),
    Rate(ITEM, yuan("3.50"), "grid", "grid"),
)


def split(amount: str, *percents: str) -> list[str]:
    parts = shares([Payer(Decimal(percent), "lab", yuan(amount)) for percent in percents])
    return [" / ".join(str(part.amount) for part in parts)]


def two_classes() -> list[str]:
    own, partner = shares(
        [Payer(Decimal(50), "lab", yuan("40.00")), Payer(Decimal(50), "partners", yuan("60.00"))]
    )
    return amounts(own=own, partner=partner)


def run_for(card: Card, time: str, *samples: str, **rest: object) -> list[str]:
    """What each customer of a run is charged, by which part of it they bear."""
    customers = [Customer(samples=int(each)) for each in samples]
    uses = divided(Use((span(time),), samples=sum(each.samples for each in customers), **rest), customers)
    found = []
    for use in uses:
        lines = lines_of(card, use, WALL)
        words = [f"{line.kind.replace('_', '-')} {line.amount.amount}" for line in lines]
        found.append(f"{use.part.share}: {', '.join(words)}, total {sum_of(lines, 'CNY').amount}")
    return found


def tax(gross: str, rate: str) -> list[str]:
    net, part = yuan(gross).net_and_tax(Decimal(rate))
    return amounts(net=net, tax=part)


EXAMPLES = [
    Example(
        1, "Europe/Berlin, 25 October 2026 00:00–06:00: the clocks go back",
        lambda: used(PLAIN, "00:00-06:00", day=date(2026, 10, 25), wall=Wall(BERLIN, {})),
        ["420 min: 420.00", "total: 420.00"],
    ),
    Example(
        1, "Europe/Berlin, 29 March 2026 00:00–06:00: the clocks go forward",
        lambda: used(PLAIN, "00:00-06:00", day=date(2026, 3, 29), wall=Wall(BERLIN, {})),
        ["300 min: 300.00", "total: 300.00"],
    ),
    Example(
        2, "increment 30, used 61 min",
        lambda: used(hourly("60.00", increment=30), "09:00-10:01"), ["90 min: 90.00", "total: 90.00"],
    ),
    Example(
        2, "increment 30, three sessions of 20, 20 and 21 min: rounded up once",
        lambda: used(hourly("60.00", increment=30), "09:00-09:20", "10:00-10:20", "11:00-11:21"),
        ["90 min: 90.00", "total: 90.00"],
    ),
    Example(
        2, "increment 30, used 21:30–22:05: what is added costs what the last minute costs",
        lambda: used(hourly("60.00", increment=30, windows=DAY_AND_NIGHT.windows), "21:30-22:05"),
        ["day, 30 min: 30.00", "night, 30 min: 15.00", "total: 45.00"],
    ),
    Example(
        2, "basis `longer`, reserved 09:00–11:00, used 08:50–10:30",
        lambda: used(hourly("60.00", basis=LONGER), "08:50-10:30", reserved=NINE_TO_ELEVEN),
        ["130 min: 130.00", "total: 130.00"],
    ),
    Example(
        2, "basis `reserved`, reserved 09:00–11:00, used 08:50–10:30",
        lambda: used(BY_RESERVED, "08:50-10:30", reserved=NINE_TO_ELEVEN), ["120 min: 120.00", "total: 120.00"],
    ),
    Example(
        3, "600.00 per day touched, 23:30–00:30",
        lambda: used(PER_DAY, "23:30-00:30"), ["day 2 × 600.00 = 1200.00", "total: 1200.00"],
    ),
    Example(
        3, "600.00 per day touched, 22:00–24:00",
        lambda: used(PER_DAY, "22:00-00:00"), ["day 1 × 600.00 = 600.00", "total: 600.00"],
    ),
    Example(
        3, "600.00 per 24 h begun, 23:30–00:30",
        lambda: used(PER_24, "23:30-00:30"), ["started day 1 × 600.00 = 600.00", "total: 600.00"],
    ),
    Example(
        3, "20.00 a use, 3 samples at 15.00, 2 grids at 3.50",
        lambda: used(SAMPLES, "09:00-10:00", counts={"sample": Decimal(3), "grid": Decimal(2)}),
        ["use 1 × 20.00 = 20.00", "sample 3 × 15.00 = 45.00", "item 2 × 3.50 = 7.00", "total: 72.00"],
    ),
    Example(
        3, "5 samples counted by no code, where the card has one price for a sample: 15.00",
        lambda: used(SAMPLES, "09:00-10:00", samples=5),
        ["use 1 × 20.00 = 20.00", "sample 5 × 15.00 = 75.00", "total: 95.00"],
    ),
    Example(
        2, "increment 30, a run of 61 min for three, 1 sample each: rounded up once, then divided",
        lambda: run_for(hourly("60.00", increment=30), "09:00-10:01", "1", "1", "1"),
        ["1/3: time 30.00, total 30.00"] * 3,
    ),
    Example(
        2, "day and night, a run of 21:00–23:00 for two, 4 and 2 samples: each bears their part of each line",
        lambda: run_for(DAY_AND_NIGHT, "21:00-23:00", "4", "2"),
        ["2/3: time 40.00, time 20.00, total 60.00", "1/3: time 20.00, time 10.00, total 30.00"],
    ),
    Example(
        3, "600.00 per day touched, a run of one day for three, 1 sample each: one day, divided",
        lambda: run_for(PER_DAY, "09:00-17:00", "1", "1", "1"), ["1/3: time 200.00, total 200.00"] * 3,
    ),
    Example(
        3, "600.00 per 24 h begun, a run of 30 h for two without samples: divided equally",
        lambda: run_for(PER_24, "09:00-+1 15:00", "0", "0"), ["1/2: time 600.00, total 600.00"] * 2,
    ),
    Example(
        3, "20.00 a use, 15.00 a sample, a run for two, 4 and 2 samples, with 5 grids at 3.50",
        lambda: run_for(SAMPLES, "09:00-10:00", "4", "2", counts={"grid": Decimal(5)}),
        [
            "2/3: add-on 13.34, add-on 60.00, add-on 11.67, total 85.01",
            "1/3: add-on 6.66, add-on 30.00, add-on 5.83, total 42.49",
        ],
    ),
    Example(
        6, "an explicit price of 0.00",
        lambda: used(hourly("0.00"), "09:00-10:00"), ["60 min: 0.00", "total: 0.00"],
    ),
    Example(
        7, "used 21:30–23:30", lambda: used(DAY_AND_NIGHT, "21:30-23:30"),
        ["day, 30 min: 30.00", "night, 90 min: 45.00", "total: 75.00"],
    ),
    Example(
        7, "rest days at 80 % come first, then nights at 50 %: Friday 23:00–01:00",
        lambda: used(REST_DAYS, "23:00-01:00", day=FRI), ["night, 60 min: 30.00", "rest day, 60 min: 48.00", "total: 78.00"],
    ),
    Example(
        7, "the same on a make-up workday, a Saturday, 21:00–23:00",
        lambda: used(REST_DAYS, "21:00-23:00", day=MAKE_UP), ["60 min: 60.00", "night, 60 min: 30.00", "total: 90.00"],
    ),
    Example(
        7, "workdays 18:00–22:00 at 120 %, a make-up workday 17:00–19:00",
        lambda: used(EVENINGS, "17:00-19:00", day=MAKE_UP), ["60 min: 60.00", "evening, 60 min: 72.00", "total: 132.00"],
    ),
    Example(
        7, "holidays at 200 %, 1 October 09:00–10:00",
        lambda: used(HOLIDAYS, "09:00-10:00", day=HOLIDAY), ["holiday, 60 min: 120.00", "total: 120.00"],
    ),
    Example(
        7, "holidays at 200 %, an ordinary Saturday 09:00–10:00",
        lambda: used(HOLIDAYS, "09:00-10:00", day=SAT), ["60 min: 60.00", "total: 60.00"],
    ),
    Example(
        8, "minimum 50.00, used 20 min", lambda: used(MIN_50, "09:00-09:20"),
        ["20 min: 20.00", "minimum: 30.00", "total: 50.00"],
    ),
    Example(
        8, "minimum 50.00, two sessions of 20 min: once", lambda: used(MIN_50, "09:00-09:20", "10:00-10:20"),
        ["40 min: 40.00", "minimum: 10.00", "total: 50.00"],
    ),
    Example(
        8, "minimum 50.00, a run of 30 min for two, 4 and 2 samples: divided like the hours",
        lambda: run_for(MIN_50, "09:00-09:30", "4", "2"),
        ["2/3: time 20.00, minimum 13.34, total 33.34", "1/3: time 10.00, minimum 6.66, total 16.66"],
    ),
    Example(
        8, "minimum 50.00, a run of 3 h for two, 4 and 2 samples", lambda: run_for(MIN_50, "09:00-12:00", "4", "2"),
        ["2/3: time 120.00, total 120.00", "1/3: time 60.00, total 60.00"],
    ),
    Example(
        9, "20.00 per use, a run for two, 4 and 2 samples", lambda: run_for(PER_USE, "09:00-10:00", "4", "2"),
        ["2/3: add-on 13.34, total 13.34", "1/3: add-on 6.66, total 6.66"],
    ),
    Example(
        9, "operator 50.00/h, increment 30, a run of 1 h for two, 4 and 2 samples, 75 min: rounded up once, then divided",
        lambda: run_for(WITH_OPERATOR, "09:00-10:00", "4", "2", operator_minutes=75),
        ["2/3: time 40.00, operator 50.00, total 90.00", "1/3: time 20.00, operator 25.00, total 45.00"],
    ),
    Example(
        9, "operator 50.00/h, 75 min, increment 30",
        lambda: used(WITH_OPERATOR, "09:00-10:00", operator_minutes=75),
        ["60 min: 60.00", "operator, 90 min: 75.00", "total: 135.00"],
    ),
    Example(
        10, "10.00/h, used 20 min", lambda: used(hourly("10.00"), "09:00-09:20"), ["20 min: 3.33", "total: 3.33"],
    ),
    Example(
        10, "10.00/h, a run of 1 h for three, 1 sample each: what is left over falls to the first",
        lambda: run_for(hourly("10.00"), "09:00-10:00", "1", "1", "1"),
        ["1/3: time 3.34, total 3.34", "1/3: time 3.33, total 3.33", "1/3: time 3.33, total 3.33"],
    ),
    Example(
        11, "10.50 split 33.34 / 33.33 / 33.33 %",
        lambda: split("10.50", "33.34", "33.33", "33.33"), ["3.52 / 3.49 / 3.49"],
    ),
    Example(
        11, "1 h; own class 40.00, partner class 60.00; split 50/50",
        two_classes, ["own: 20.00", "partner: 30.00"],
    ),
    Example(
        11, "99.99, voucher 50 %, the rest split 50/50", voucher_and_funds,
        ["programme: 49.99", "first fund: 25.00", "second fund: 25.00"],
    ),
    Example(
        12, "quote 200.00, free until 24 h, then 50 %; cancelled exactly 24 h before",
        lambda: cancelled("-1 09:00"), ["total: 0.00"],
    ),
    Example(
        12, "the same, 23 h 59 min before",
        lambda: cancelled("-1 09:01"), ["fee: 100.00", "total: 100.00"],
    ),
    Example(
        12, "the same, but the lab is the cause",
        lambda: cancelled("-1 09:01", by_lab=True), ["total: 0.00"],
    ),
    Example(
        12, "the same, and another pays for 1 of the 4 hours",
        lambda: cancelled("-1 09:01", paid_by_others=(span("10:00-11:00"),)), ["fee: 75.00", "total: 75.00"],
    ),
    Example(
        12, "booked 2 h before the start, cancelled 15 min later",
        lambda: cancelled("07:15", booked="07:00"), ["total: 0.00"],
    ),
    Example(
        12, "the same, 16 min later",
        lambda: cancelled("07:16", booked="07:00"), ["fee: 100.00", "total: 100.00"],
    ),
    Example(12, "no rule set", lambda: cancelled("08:59", late=None), ["total: 0.00"]),
    Example(
        12, "4 h at 50.00/h cut to 3 h, 23 h before, fee 50 %", lambda: shortened("09:00-12:00"),
        ["180 min: 150.00", "fee: 25.00", "total: 175.00"],
    ),
    Example(
        12, "the same moved by 1 h", lambda: shortened("10:00-14:00"),
        ["240 min: 200.00", "fee: 25.00", "total: 225.00"],
    ),
    Example(
        12, "nobody came; no-show 80 % of 200.00, whatever the basis",
        lambda: missed("80"), ["fee: 160.00", "total: 160.00"],
    ),
    Example(
        13, "used 09:00–11:00, instrument down 09:30–10:00",
        lambda: used(PLAIN, "09:00-11:00", not_charged=(span("09:30-10:00"),)), ["90 min: 90.00", "total: 90.00"],
    ),
    Example(
        13, "minimum 50.00, instrument down the whole use",
        lambda: used(MIN_50, "09:00-11:00", not_charged=(span("08:00-12:00"),)), ["total: 0.00"],
    ),
    Example(
        14, "charge 1,000.00, voucher 50 %, cap 300.00 per order",
        lambda: voucher("1000.00", order="300.00"), ["programme: 300.00", "payer: 700.00"],
    ),
    Example(
        14, "that charge corrected to 400.00", lambda: correction("1000.00", "400.00", order="300.00"),
        ["programme: 200.00", "payer: 200.00", "back to the payer: 500.00", "back to the programme: 100.00"],
    ),
    Example(14, "99.99, voucher 50 %", lambda: voucher("99.99"), ["programme: 49.99", "payer: 50.00"]),
    Example(
        14, "1,000.00, voucher 50 %, 120.00 left of its sum for the payer and year",
        lambda: voucher("1000.00", year_left="120.00"), ["programme: 120.00", "payer: 880.00"],
    ),
    Example(
        14, "1,000.00, voucher 50 %, 30.00 left of its budget",
        lambda: voucher("1000.00", budget_left="30.00"), ["programme: 30.00", "payer: 970.00"],
    ),
    Example(
        14, "100.00, two vouchers of 60 % that may be combined: never below zero",
        two_vouchers, ["first: 60.00", "second: 40.00", "payer: 0.00"],
    ),
    Example(
        20, "basis `reserved`, reserved 09:00–11:00, used 09:00–11:20",
        lambda: used(BY_RESERVED, "09:00-11:20", reserved=NINE_TO_ELEVEN),
        ["120 min: 120.00", "after the end, 20 min: 20.00", "total: 140.00"],
    ),
    Example(
        20, "the same, forgotten, ended by rule at 12:00",
        lambda: used(BY_RESERVED, "09:00-12:00", reserved=NINE_TO_ELEVEN, ended_by_rule=True),
        ["120 min: 120.00", "total: 120.00"],
    ),
    Example(
        20, "used 09:00–11:20 of 09:00–11:00, overrun at 150 %",
        lambda: used(hourly("60.00", overrun=Decimal(150)), "09:00-11:20", reserved=NINE_TO_ELEVEN),
        ["120 min: 120.00", "after the end, 20 min: 30.00", "total: 150.00"],
    ),
    Example(
        20, "basis `reserved`, reserved 09:00–11:00, left 10:00, another pays 10:30–11:00",
        lambda: used(BY_RESERVED, "09:00-10:00", reserved=NINE_TO_ELEVEN, paid_by_others=(span("10:30-11:00"),)),
        ["90 min: 90.00", "total: 90.00"],
    ),
    Example(21, "160.00 including 6 %", lambda: tax("160.00", "6"), ["net: 150.94", "tax: 9.06"]),
]  # fmt: skip
