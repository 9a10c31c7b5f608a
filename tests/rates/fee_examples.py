"""What the examples of fees are about: 09:00–13:00 at 50.00 an hour, free until 24 h before, then 50 %."""

from decimal import Decimal
from typing import Any

from instruments.rates.counting import Use
from instruments.rates.fees import FeeRules, GivenUp, Quoted, late_fee, no_show_fee
from instruments.rates.pricing import lines_of
from tests.rates.speaking import WALL, hourly, in_words, moment, span

CARD = hourly("50.00")
RESERVED = span("09:00-13:00")


def quoted(booked: str = "-30 09:00") -> Quoted:
    return Quoted(CARD, WALL, RESERVED, moment(booked))


def cancelled(at: str, booked: str = "-30 09:00", late: str | None = "50", **rest: Any) -> list[str]:
    """The fee for cancelling all of it."""
    rules = FeeRules(Decimal(late) if late else None, 24)
    return in_words([late_fee(rules, quoted(booked), GivenUp(moment(at), **rest))])


def shortened(kept: str) -> list[str]:
    """What is left of it, or where it was moved to, 23 hours before, and the fee."""
    fee = late_fee(FeeRules(Decimal(50), 24), quoted(), GivenUp(moment("-1 10:00"), span(kept)))
    return in_words([*lines_of(CARD, Use.as_planned(span(kept)), WALL), fee])


def missed(percent: str | None) -> list[str]:
    """The fee where nobody came."""
    rules = FeeRules(no_show_percent=Decimal(percent) if percent else None)
    return in_words([no_show_fee(rules, quoted(), GivenUp(moment("09:30")))])
