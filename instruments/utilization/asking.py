"""What a dashboard is asked for, as its address holds it: of what, when, by which hours, beside which other time. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode

from instruments.errors import N_, Reason, Refusal
from instruments.utilization import periods
from instruments.utilization.definitions import BESIDE, DEFINITIONS, DENOMINATORS
from instruments.utilization.periods import Period

PLATFORM, INSTITUTION, LAB, INSTRUMENT = "platform", "institution", "lab", "instrument"
# Of whose use, wherever it stood: of a group, or of the people of an institution or company.
GROUP, PEOPLE = "group", "people"
PAGES = {GROUP: "/groups/{}/utilization", PEOPLE: "/institutions/{}/used"}
BOARD = "/utilization"
# By what the rows of whose use are told apart; by the first without a word.
BY = ("instrument", "lab", "institution", "class", "month")
BEFORE, YEAR_BEFORE = "before", "year"
AGAINST = (BEFORE, YEAR_BEFORE)
_OF = re.compile(r"(institution|lab|instrument|group|people)-([1-9][0-9]{0,17})")
_CLASS = re.compile(r"[0-9]{2}|[0-9]{4}|[0-9]{6}|")


@dataclass(frozen=True, slots=True)
class View:
    """Of what: a kind and a number (0: the platform); in which period; per: the hours that are divided by; class: its code.

    against: the period to compare with; open: the figure whose definition is shown; by: what rows of whose use are of.
    """

    kind: str
    number: int
    period: Period
    per: str = "bookable"
    class_code: str = ""
    against: str = YEAR_BEFORE
    open: str = ""
    by: str = BY[0]

    @property
    def of(self) -> str:
        """How an address names what it is of."""
        return f"{self.kind}-{self.number}" if self.number else PLATFORM

    @property
    def other(self) -> Period:
        """The period to compare with."""
        return self.period.before if self.against == BEFORE else self.period.year_before

    @property
    def utilization(self) -> str:
        """The figure of effective hours by the chosen denominator."""
        return "utilization" if self.per == "bookable" else f"utilization_{self.per}"

    def fields(self, **changed: Any) -> dict[str, str]:
        """What an address of this view says, with something else; what is as usual is left out, but with
        what it is compared: what is usual there changes with the years."""
        view = replace(self, **changed)
        told = {
            "of": view.of, "period": view.period.code, "per": view.per, "class": view.class_code,
            "against": view.against, "open": view.open, "by": view.by,
        }  # fmt: skip
        usual = {"per": "bookable", "class": "", "open": "", "by": BY[0]}
        return {name: value for name, value in told.items() if usual.get(name) != value}

    @property
    def path(self) -> str:
        """Where its page is; of whose use the path says already of whom."""
        return PAGES[self.kind].format(self.number) if self.kind in PAGES else BOARD

    def asked(self, **changed: Any) -> dict[str, str]:
        """What stands in its address behind the path."""
        fields = self.fields(**changed)
        return {name: value for name, value in fields.items() if name != "of" or self.kind not in PAGES}

    def address(self, **changed: Any) -> str:
        """Its page, with something else."""
        return f"{self.path}?{urlencode(self.asked(**changed))}"


def read(fields: Mapping[str, str], today: date, usual: tuple[str, int] = (PLATFORM, 0)) -> View:
    """The view that an address asks for; without a period the last month that is over. Raises Refusal with all reasons."""
    reasons: list[Reason] = []
    kind, number = _of(fields.get("of", ""), usual, reasons)
    view = View(
        kind, number, _period(fields.get("period", ""), today, reasons),
        per=_one("per", fields.get("per") or "bookable", DENOMINATORS, reasons),
        class_code=fields.get("class", ""),
        against=_one("against", fields.get("against") or YEAR_BEFORE, AGAINST, reasons),
        open=_one("open", fields.get("open", ""), (*DEFINITIONS, *BESIDE, ""), reasons),
        by=_one("by", fields.get("by") or BY[0], BY, reasons) if kind in PAGES else BY[0],
    )  # fmt: skip
    if not _CLASS.fullmatch(view.class_code):
        reasons.append(Reason("class", "class", N_("There is no such class of instruments.")))
    if reasons:
        raise Refusal(reasons)
    return view


def address_of(query: str) -> str:
    """Where the page of a view is that was kept as its fields."""
    fields = {name: values[0] for name, values in parse_qs(query).items()}
    kind, _, number = fields.get("of", "").partition("-")
    if kind not in PAGES:
        return f"{BOARD}?{query}"
    del fields["of"]
    return f"{PAGES[kind].format(number)}?{urlencode(fields)}"


def user_of(words: str) -> tuple[str, int] | None:
    """The kind and the number of whose use an address asks for; None where it is of a place, or of nothing that there is."""
    match = _OF.fullmatch(words)
    return (match[1], int(match[2])) if match and match[1] in PAGES else None


def last_month(today: date) -> Period:
    """The last month that is over."""
    return periods.month(today.replace(day=1) - timedelta(days=1))


def _of(words: str, usual: tuple[str, int], reasons: list[Reason]) -> tuple[str, int]:
    if not words:
        return usual
    if words == PLATFORM:
        return PLATFORM, 0
    match = _OF.fullmatch(words)
    if match is None:
        reasons.append(
            Reason(
                "of", "of", N_("Figures are of the platform, or of an institution, a lab or an instrument.")
            )
        )
        return usual
    return match[1], int(match[2])


def _period(words: str, today: date, reasons: list[Reason]) -> Period:
    if not words:
        return last_month(today)
    try:
        return periods.read(words)
    except Refusal as refusal:
        reasons += refusal.reasons
        return last_month(today)


def _one(name: str, words: str, of: Any, reasons: list[Reason]) -> str:
    if words not in of:
        sentence = N_("This is none of the choices: %(choices)s.")
        reasons.append(Reason("choice", name, sentence, {"choices": ", ".join(each for each in of if each)}))
    return words
