"""What a purchase review needs before it may stand or be signed, and what its figures come to. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from instruments.errors import N_, Reason, Refusal
from instruments.utilization import periods
from instruments.utilization.periods import Period
from instruments.utilization.rated import Yardstick, rated_seconds
from instruments.utilization.thresholds import thresholds

LONGEST_NAME, LONGEST_TEXT, LONGEST_REASON = 200, 5000, 500
MOST_ALTERNATIVES = 40
MONTHS = 12
# Why figures of use of an instrument elsewhere are not told: few stand behind them, the period would overlap others, nothing is
# kept of it, or others are being counted.
REASONS = FEW, OVERLAPS, EARLY, COUNTING = "persons", "period", "early", "counting"
MOST_AMOUNT = Decimal(10) ** 12


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to be bought: its name, class, price (None: not known), why it is needed, and the months to compare by."""

    name: str
    class_code: str | None
    amount: Decimal | None
    need: str
    period: Period


def last_year(today: date) -> Period:
    """The twelve months before this one."""
    end = today.replace(day=1)
    return periods.between(end.replace(year=end.year - 1), end - timedelta(days=1))


def last_academic(today: date) -> Period:
    """The last academic year that is over."""
    return periods.academic_year(today).before


def choices(today: date) -> list[Period]:
    """What can be compared by: the last academic year, the last twelve months, the last calendar year."""
    return [last_academic(today), last_year(today), periods.year(today).before]


def tells_elsewhere(period: Period) -> bool:
    """Whether instruments elsewhere are told by this period: academic years alone, since of two that overlap the one less
    the other would give away what fewer than five persons used."""
    return period.kind == periods.ACADEMIC


def period_of(words: str, today: date) -> Period:
    """The twelve months that are meant; without words the last academic year. Raises Refusal where they are none, or not
    over."""
    if not words:
        return last_academic(today)
    found = periods.read(words)
    if not found.is_of_months or len(found.months) != MONTHS or found.end > today:
        raise Refusal([Reason("twelve_months", "period", N_("Choose twelve whole months that are over."))])
    return found


def objections(wanted: Proposal) -> Iterator[Reason]:
    """Why a proposal cannot stand as it is."""
    if not wanted.name:
        yield Reason("missing", "name", N_("Say what is to be bought."))
    yield from unfit("name", wanted.name, LONGEST_NAME)
    yield from unfit("need", wanted.need, LONGEST_TEXT)
    if wanted.amount is not None and not 0 <= wanted.amount < MOST_AMOUNT:
        yield Reason("amount", "amount", N_("Write an amount of money, like 2500000."))


def unfit(name: str, words: str, most: int) -> Iterator[Reason]:
    """Why a text cannot be kept."""
    if len(words) > most:
        yield Reason("too_long", name, N_("At most %(most)s characters."), {"most": most})
    elif not all(letter.isprintable() or letter in "\n\r\t" for letter in words):
        yield Reason("unreadable", name, N_("This holds characters that cannot be shown."))


def not_signable(
    conclusion: str, opinion: str, rows: Iterable[Mapping[str, Any]], *, old: bool
) -> Iterator[Reason]:
    """Why a review cannot be signed yet; drafts from before a reason was asked for either way may lack some."""
    if lacking := sum(not row["reason"] for row in rows):
        sentence = N_("Say of each instrument why it could serve instead; missing: %(count)s.")
        yield Reason("no_reason", None, sentence, {"count": lacking})
    if not conclusion:
        yield Reason("missing", "conclusion", N_("Say what you conclude."))
    if not opinion:
        yield Reason("missing", "opinion", N_("Write your opinion first; it is what you sign."))
    if old:
        sentence = N_("Figures that it rests on are being worked out anew. Look at it again in a minute.")
        yield Reason("old", None, sentence)


def full_hours(period: Period, commissioned: date | None, retired: date | None) -> Fraction:
    """The hours a year that count as full, by the days in service."""
    full = Yardstick(thresholds().full_hours, "")
    return rated_seconds(full, period, commissioned, retired) / 3600


@dataclass(frozen=True, slots=True)
class Whole:
    """What those that could serve instead come to: how many, effective hours each of the n that are told against what counts
    as full, and hours still free of the free_n of which these are told; None over none. withheld: how many are not, by reason."""

    instruments: int
    n: int
    free_n: int
    effective: Fraction | None
    full: Fraction | None
    free: Fraction | None
    withheld: Mapping[str, int]

    @property
    def share(self) -> Fraction | None:
        """Effective hours against what counts as full; None where there is nothing to divide by."""
        return self.effective / self.full if self.effective is not None and self.full else None


def whole(rows: Sequence[Mapping[str, Any]]) -> Whole:
    """Of the rows of a comparison."""
    meant = [row for row in rows if row["substitutable"]]
    told = [row for row in meant if row["effective"] is not None]
    free = [Fraction(row["free"]) for row in told if row["free"] is not None]
    why = Counter(row["withheld_why"] for row in meant if row["effective"] is None)
    return Whole(
        len(meant), len(told), len(free),
        sum((Fraction(row["effective"]) for row in told), Fraction()) / len(told) if told else None,
        sum((Fraction(row["full"]) for row in told), Fraction()) / len(told) if told else None,
        sum(free, Fraction()) if free else None,
        {reason: why[reason] for reason in REASONS},
    )  # fmt: skip
