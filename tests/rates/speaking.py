"""What the examples of charging are written in: times on the lab's wall, amounts, and lines in a few words."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from instruments.availability.days import HOLIDAY, MAKE_UP
from instruments.money import Money, total
from instruments.rates.card import HOUR, OPERATOR_HOUR, Card, Rate, Window
from instruments.rates.counting import Use
from instruments.rates.lines import FEE, MINIMUM, OPERATOR, Line
from instruments.rates.pricing import lines_of
from instruments.rates.windows import Wall
from instruments.timespan import Pair

XIAN = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
# 1 October 2026 is a holiday; Saturday 10 October is worked for it. 25 November is an ordinary Wednesday.
WALL = Wall(XIAN, {date(2026, 10, 1): HOLIDAY, date(2026, 10, 10): MAKE_UP})
WEDNESDAY = date(2026, 11, 25)


def yuan(text: str) -> Money:
    return Money(Decimal(text), "CNY")


def moment(text: str, day: date = WEDNESDAY, zone: ZoneInfo = XIAN) -> int:
    """The second at which the wall reads "21:30"; "+1 08:00" is the day after."""
    later, _, clock = text.rpartition(" ")
    day += timedelta(days=int(later or 0))
    return int(datetime.combine(day, time.fromisoformat(clock), zone).timestamp())


def span(text: str, day: date = WEDNESDAY, zone: ZoneInfo = XIAN) -> Pair:
    """ "21:30-23:30"; what ends before it begins ends on the day after."""
    since, until = (moment(end, day, zone) for end in text.split("-"))
    return since, until if until > since else moment(f"+1 {text.split('-')[1]}", day, zone)


def hourly(price: str, **rest: object) -> Card:
    """A card with one price an hour, and what else it says."""
    return Card("CNY", (Rate(HOUR, yuan(price)),), **rest)


def of(*rates: Rate, **rest: object) -> Card:
    """A card of these prices."""
    return Card("CNY", rates, **rest)


NIGHT = Window("night", 22 * 60, 8 * 60, Decimal(50))
WINDOWS = (Window("day", 8 * 60, 22 * 60, Decimal(100)), NIGHT)
PLAIN = hourly("60.00")
DAY_AND_NIGHT = hourly("60.00", windows=WINDOWS)


def used(card: Card, *spans: str, day: date = WEDNESDAY, wall: Wall = WALL, **rest: object) -> list[str]:
    """What sessions cost by a card, in a few words."""
    sessions = tuple(span(each, day, wall.zone) for each in spans)
    return in_words(lines_of(card, Use(sessions, **rest), wall))


def in_words(lines: Iterable[Line | None]) -> list[str]:
    """Each line as "night, 90 min: 45.00", then their sum; nothing at all is "total: 0.00"."""
    there = [line for line in lines if line]
    return [_line(line) for line in there] + [
        f"total: {total((line.amount for line in there), 'CNY').amount}"
    ]


def _line(line: Line) -> str:
    if line.kind in (MINIMUM, FEE):
        return f"{line.kind}: {line.amount.amount}"
    if line.unit not in (HOUR, OPERATOR_HOUR):
        return f"{line.unit.replace('_', ' ')} {line.quantity} × {line.price.amount} = {line.amount.amount}"
    main = line.why[0]
    names = [
        "operator" if line.kind == OPERATOR else "",
        str(main.values.get("window", "")),
        "after the end" if main.code == "after_the_end" else "",
    ]
    return ", ".join(filter(None, [*names, f"{line.quantity * 60} min"])) + f": {line.amount.amount}"


def amounts(**shares: Money) -> list[str]:
    """Who gets what."""
    return [f"{name.replace('_', ' ')}: {share.amount}" for name, share in shares.items()]
