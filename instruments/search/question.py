"""What somebody looks for: read from the address of a page, every mistake named, and written back into an address."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from instruments.errors import N_, Reason
from instruments.timespan import Timespan
from instruments.typed import whole, wholes

DEFAULT_DAYS = 7
DEFAULT_LENGTH = timedelta(hours=1)
SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(days=31)
WIDEST = timedelta(days=366)
MOST_CHOICES = 50
SORTS = ("earliest", "relevance", "price")
# Who is free first is worked out for all pages up to the one that is shown; the best match needs no such thing.
# By price, as many pages as prices are compared (find.MOST_PRICED).
MOST_PAGES = {"earliest": 25, "relevance": 1000, "price": 250}
LONGEST_NUMBER = 9
LONGEST_MAIL = 254
# As many instruments fit side by side.
MOST_COMPARED = 4
VIEWS = ("list", "table")
MODES = ("self_operated", "guided", "delegated", "remote")
FACETS = ("class", "institution", "city", "technique", "mode")
# A "+" that nobody wrote as %2B reaches us as a space.
_AMOUNT = re.compile(r"[0-9]{1,9}([.,][0-9]{1,2})?")
_LOST_PLUS = re.compile(r" (\d\d:?\d\d)$")


@dataclass(frozen=True)
class Question:
    """What, when, how long and which, with defaults for what was left out.

    window: where to look, already cut at the present; zone: the wall of plain dates;
    chosen: the ticked values of each facet of FACETS (class codes, institution ids as text, city and technique
    keys, modes); typed: the fields of the box as they came; whom: for whom it is, as typed: a number or a mail address, ""
    for the asker; fund: of whom the prices are told, as typed: the number of a fund, "" of nobody in particular, None as
    usual; ticked: the instruments that are to be compared.
    """

    window: Timespan
    zone: ZoneInfo
    length: timedelta = DEFAULT_LENGTH
    words: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    open_to_me: bool = False
    sort: str = "earliest"
    at_most: Decimal | None = None
    view: str = "list"
    whom: str = ""
    fund: str | None = None
    ticked: tuple[int, ...] = ()
    page: int = 1
    typed: Mapping[str, str] = field(default_factory=dict)

    def values(self, facet: str) -> tuple[str, ...]:
        """The ticked values of one facet."""
        return self.chosen.get(facet, ())

    @property
    def deepest(self) -> int:
        """The last page that can be asked for in this order."""
        return MOST_PAGES[self.sort]

    @property
    def choices(self) -> int:
        """How many filters are ticked."""
        return sum(map(len, self.chosen.values())) + self.open_to_me

    def without(self, facet: str, value: str | None = None) -> Question:
        """The same question with one ticked value (or, without a value, the whole facet) given up."""
        if facet == "open_to_me":
            return replace(self, open_to_me=False, page=1)
        if facet == "q":
            words = " ".join(word for word in self.words.split() if word != value) if value else ""
            return replace(self, words=words, typed={**self.typed, "q": words}, page=1)
        left = tuple(each for each in self.values(facet) if value is not None and each != value)
        return replace(self, chosen={**self.chosen, facet: left}, page=1)

    def unticked(self, instrument_id: int | None = None) -> Question:
        """The same question with one instrument no longer to be compared, or with none at all."""
        left = [each for each in self.ticked if instrument_id is not None and each != instrument_id]
        return replace(self, ticked=tuple(left))

    @property
    def first_day(self) -> date:
        """The date on which the window begins."""
        return self.window.start.astimezone(self.zone).date()

    @property
    def last_day(self) -> date:
        """The last date of which some is in the window."""
        return (self.window.end - timedelta(seconds=1)).astimezone(self.zone).date()

    def pairs(self) -> list[tuple[str, str]]:
        """Everything that differs from the defaults, as the fields of an address, always in the same order."""
        found = [(name, self.typed[name]) for name in ("q", "from", "until", "hours") if self.typed.get(name)]
        found += [(facet, value) for facet in FACETS for value in self.values(facet)]
        if self.open_to_me:
            found.append(("open_to_me", "1"))
        if self.at_most is not None:
            found.append(("at_most", f"{self.at_most:f}"))
        for name, value, default in (
            ("sort", self.sort, SORTS[0]), ("view", self.view, VIEWS[0]), ("page", str(self.page), "1"),
        ):  # fmt: skip
            if value != default:
                found.append((name, value))
        if self.whom:
            found.append(("for", self.whom))
        if self.fund is not None:
            found.append(("fund_id", self.fund))
        return found + [("instrument", str(number)) for number in self.ticked]

    def address(self, path: str = "/") -> str:
        """The page of this question, whole: it can be sent to somebody else."""
        pairs = self.pairs()
        return f"{path}?{urlencode(pairs)}" if pairs else path


def read(given: Mapping[str, Sequence[str]], now: datetime, zone: ZoneInfo) -> tuple[Question, list[Reason]]:
    """The question in the fields of an address, and a reason for each field that could not be understood.

    zone: the wall on which a plain date is meant. A field with a reason counts as left out, so that the page
    still shows something beside the reasons. "from" and "until" (or "to") are dates, both included, or instants.
    """
    reading = _Reading(now, zone)
    one = {name: (values[0].strip() if values else "") for name, values in given.items()}
    window = reading.window(one.get("from", ""), one.get("until") or one.get("to") or "")
    length = reading.length(one.get("hours", ""), window)
    sort = one["sort"] if one.get("sort") in SORTS else SORTS[0]
    question = Question(
        window=window,
        zone=zone,
        length=length,
        words=" ".join(one.get("q", "")[:200].split()),
        chosen={facet: _chosen(given.get(facet, ())) for facet in FACETS if _chosen(given.get(facet, ()))},
        open_to_me=one.get("open_to_me", "") not in ("", "0"),
        sort=sort,
        at_most=reading.at_most(one.get("at_most", "")),
        view=one["view"] if one.get("view") in VIEWS else VIEWS[0],
        whom=one.get("for", "")[:LONGEST_MAIL],
        fund=_fund(one),
        ticked=tuple(numbers(given.get("instrument", ()))[:MOST_COMPARED]),
        page=_page(one.get("page", ""), MOST_PAGES[sort]),
        typed={"q": one.get("q", ""), "from": one.get("from", ""), "hours": one.get("hours", ""),
               "until": one.get("until") or one.get("to") or "", "at_most": one.get("at_most", ""), "for": one.get("for", "")},
    )  # fmt: skip
    return question, reading.reasons


def _page(text: str, deepest: int) -> int:
    """The number of a page; what is none is the first, and beyond the deepest is the deepest."""
    digits = text.lstrip("0") if text.isdecimal() else ""
    if len(digits) > LONGEST_NUMBER:
        return deepest
    return min(int(digits), deepest) if digits else 1


def numbers(texts: Sequence[str]) -> list[int]:
    """The instruments that are named, each once; what is no number is left out."""
    return wholes(texts, LONGEST_NUMBER)


def _fund(one: Mapping[str, str]) -> str | None:
    """As typed; what cannot be the number of a fund counts as left out, and so does that of whom it was for before."""
    text, whom = one.get("fund_id"), one.get("for", "")
    if one.get("was_for", whom) != whom:
        return None
    return text if not text or whole(text) is not None else None


def _chosen(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))[:MOST_CHOICES]


@dataclass
class _Reading:
    """The fields understood so far, and what was not."""

    now: datetime
    zone: ZoneInfo
    reasons: list[Reason] = field(default_factory=list)

    def refuse(self, code: str, name: str, message: str, **values: object) -> None:
        self.reasons.append(Reason(code, name, message, {"zone": self.zone.key, **values}))

    def window(self, since_text: str, until_text: str) -> Timespan:
        today = self.now.astimezone(self.zone).date()
        since = self.moment(since_text, "from", after=0)
        until = self.moment(until_text, "until", after=1)
        if until and until <= self.now:
            self.refuse("past", "until", N_("That time is over. Choose %(day)s or later."), day=today)
            until = None
        elif since and not until_text and since <= self.now and self.day_of(since) < today:
            self.refuse("past", "from", N_("That time is over. Choose %(day)s or later."), day=today)
            since = None
        start = max(since or self.now, self.now)
        if until and until <= start:
            self.refuse("until_before_from", "until", N_("The end does not come after the beginning."))
            until = None
        if until and until - start > WIDEST:
            self.refuse("too_wide", "until", N_("Look at most a year ahead at a time."))
            until = None
        if until is None:
            until = self.midnight(self.day_of(start) + timedelta(days=DEFAULT_DAYS))
        return Timespan(start, until)

    def length(self, text: str, window: Timespan) -> timedelta:
        if not text:
            return min(DEFAULT_LENGTH, window.length)
        try:
            hours = Decimal(text.replace(",", "."))
            length = timedelta(seconds=round(hours * 3600)) if abs(hours) < 10_000 else timedelta.max
        except (InvalidOperation, ValueError):
            self.refuse("hours", "hours", N_("Say how long as a number of hours, like 2 or 1.5."))
            return min(DEFAULT_LENGTH, window.length)
        if not SHORTEST <= length <= LONGEST:
            self.refuse(
                "hours",
                "hours",
                N_("Look for %(shortest)s to %(longest)s at a time."),
                shortest=SHORTEST,
                longest=LONGEST,
            )
        elif length > window.length:
            self.refuse("hours_beyond_window", "hours", N_("That is longer than the time you look in."))
        else:
            return length
        return min(DEFAULT_LENGTH, window.length)

    def at_most(self, text: str) -> Decimal | None:
        """The most that it may cost; of what is no amount, a reason."""
        if not text:
            return None
        if not _AMOUNT.fullmatch(text):
            self.refuse(
                "amount", "at_most", N_("Write the most it may cost as an amount, like 100 or 99.50.")
            )
            return None
        return Decimal(text.replace(",", "."))

    def moment(self, text: str, name: str, after: int) -> datetime | None:
        """A date (its midnight, or the one that ends it when `after` is 1) or an instant with an offset."""
        if not text:
            return None
        try:
            if "T" in text or " " in text:
                return self.instant(_LOST_PLUS.sub(r"+\1", text), name)
            return self.midnight(date.fromisoformat(text) + timedelta(days=after))
        except (ValueError, OverflowError):
            self.refuse("not_a_date", name, N_("This is not a date. Write it like %(day)s."),
                        day=self.now.astimezone(self.zone).date().isoformat())  # fmt: skip
            return None

    def instant(self, text: str, name: str) -> datetime | None:
        moment = datetime.fromisoformat(text)
        if moment.utcoffset() is None:
            self.refuse("naive", name, N_("This time has no offset. Write it like 2026-11-25T14:00+08:00."))
            return None
        return moment.astimezone(UTC).replace(microsecond=0)

    def midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()
