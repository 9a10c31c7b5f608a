"""Which list an instrument stands on, and by which reason: a table of cases."""

from __future__ import annotations

from decimal import Decimal

import pytest

from instruments.utilization.totals import AN_HOUR, Totals
from instruments.utilization.watch_lists import LISTS, Facts

HOURS = (
    "calendar", "open", "bookable", "reserved", "attended", "effective", "inside", "outside", "clock", "by_sensor",
    "by_scan", "by_file", "by_typed", "by_assumed",
)  # fmt: skip
USUAL = {"calendar": 744, "open": 200, "bookable": 200}

CASES = [
    # list, hours, audience, value, words of the reason ("" where it is not on it)
    ("idle", {}, "partners", None, "nobody used it"),
    ("idle", {"open": 0, "bookable": 0}, "partners", None, "publishes no hours"),
    ("idle", {"bookable": 0}, "partners", None, "down all the time"),
    ("idle", {"open": 61, "bookable": 61}, "partners", None, "less than two hours a day"),
    ("idle", {"open": 62, "bookable": 62}, "partners", None, "nobody used it"),
    ("idle", {}, "lab", None, "Only its own lab"),
    ("idle", {"effective": 1}, "partners", None, ""),
    ("opening", {"inside": 99, "effective": 99}, "institution", None, "partners may not book it"),
    ("opening", {"inside": 100, "effective": 100}, "institution", None, ""),
    ("opening", {}, "partners", None, ""),
    ("opening", {"bookable": 0}, "lab", None, ""),
    ("doubtful", {"clock": 670, "effective": 670, "inside": 400, "by_sensor": 670}, "lab", None, "nine tenths"),
    ("doubtful", {"clock": 669, "effective": 669, "inside": 400, "by_sensor": 669}, "lab", None, ""),
    ("doubtful", {"effective": 9, "inside": 4, "outside": 5, "by_scan": 9}, "lab", None, "outside of its bookable"),
    ("doubtful", {"reserved": 10, "attended": 21, "effective": 21, "inside": 21, "by_scan": 21}, "lab", None, "twice"),
    ("doubtful", {"effective": 4, "inside": 4, "by_assumed": 3, "by_typed": 1}, "lab", None, "assumed"),
    ("doubtful", {"effective": 4, "inside": 4, "by_assumed": 2, "by_typed": 2}, "lab", None, ""),
    ("value", {"effective": 10}, "lab", Decimal(500_000), "less than a tenth"),
    ("value", {"effective": 60}, "lab", Decimal(500_000), "less than the hours a year"),
    ("value", {"effective": 102}, "lab", Decimal(500_000), ""),
    ("value", {"effective": 10}, "lab", None, ""),
]  # fmt: skip


@pytest.mark.parametrize(("which", "hours", "audience", "value", "words"), CASES)
def test_why_an_instrument_is_on_a_list(which, hours, audience, value, words) -> None:
    told = {**dict.fromkeys(HOURS, 0), **USUAL, **hours}
    totals = Totals({name: number * AN_HOUR for name, number in told.items()}, n=1)
    reason = LISTS[which].reason(totals, Facts(audience, value, 31))
    assert words in reason
    assert bool(words) == bool(reason)


# list of doubts: flagged uses, uses of whole days, all uses, words of the reason
DOUBTS = [
    (0, 0, 10, ""),
    (1, 0, 10, "carry flags"),
    (0, 1, 1, ""),
    (0, 2, 11, ""),
    (0, 2, 10, "24 hours or longer"),
    (3, 9, 10, "carry flags"),
]


@pytest.mark.parametrize(("flagged", "whole_days", "uses", "words"), DOUBTS)
def test_uses_that_are_hard_to_believe(flagged, whole_days, uses, words) -> None:
    told = {**dict.fromkeys(HOURS, 0), **USUAL, "effective": 50, "inside": 50, "by_scan": 50}
    totals = Totals({name: number * AN_HOUR for name, number in told.items()} | {"uses": uses}, n=1)
    reason = LISTS["doubtful"].reason(totals, Facts("lab", None, 31, flagged, whole_days))
    assert (words in reason, bool(words)) == (True, bool(reason))


def test_lists_are_in_the_order_of_what_matters() -> None:
    little, much = (
        Totals({"effective": hours, "inside": hours, "bookable": 9 * AN_HOUR}) for hours in (0, AN_HOUR)
    )
    assert LISTS["opening"].size(little, Facts("lab", None, 31)) > LISTS["opening"].size(
        much, Facts("lab", None, 31)
    )
    assert LISTS["doubtful"].size(much, Facts("lab", None, 31)) > LISTS["doubtful"].size(
        little, Facts("lab", None, 31)
    )
    assert LISTS["value"].size(much, Facts("lab", Decimal(2), 31)) > LISTS["value"].size(
        much, Facts("lab", Decimal(1), 31)
    )
