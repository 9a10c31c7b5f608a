"""What a use holds beside its hours: what for, paid from where, for whom, and how it was; read and judged in one place. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal

from instruments.errors import N_, Reason
from instruments.reservations.texts import reason_objections
from instruments.usage.funding import FUNDING_SOURCES
from instruments.usage.kinds import MODES

LONGEST = {"project": 200, "contract": 120, "note": 2000, "rating_words": 500}
MOST_PEOPLE = 10_000
MOST_MINUTES = 44_640
MOST_SAMPLES = 1_000_000
MOST_COUNTED = Decimal(1_000_000)
LONGEST_CODE = 40
LONGEST_SPAN = 31 * 86_400
RATINGS = (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class UseFacts:
    """What somebody says of a use; None leaves what stands.

    counts: how many samples and items by the code of their price; fault_minutes: minutes that the lab owes, told by their
    length alone and taken from the end, and fault_reason, which stays visible.
    """

    operator_minutes: int | None = None
    samples: int | None = None
    mode: str | None = None
    project: str | None = None
    funding_source: str | None = None
    subject: str | None = None
    contract: str | None = None
    trained_students: int | None = None
    trained_teachers: int | None = None
    trained_others: int | None = None
    rating: int | None = None
    rating_words: str | None = None
    note: str | None = None
    counts: Mapping[str, Decimal] | None = None
    fault_minutes: int | None = None
    fault_reason: str | None = None

    @property
    def columns(self) -> dict[str, object]:
        """What is said of the use itself, by the names of its columns."""
        apart = {"counts", "fault_minutes", "fault_reason"}
        said = {each.name: getattr(self, each.name) for each in fields(self) if each.name not in apart}
        return {name: value for name, value in said.items() if value is not None}


# What whoever used it may say; the rest is the lab's.
OF_USER = frozenset({"project", "funding_source", "subject", "contract", "rating", "rating_words"})


@dataclass(frozen=True, slots=True)
class Customer:
    """One of those for whom a run was made; share: their part of its hours as entered, None: by samples."""

    institution_id: int | None = None
    group_id: int | None = None
    person_id: int | None = None
    fund_id: int | None = None
    samples: int = 0
    share: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """What an operator recorded: an instrument over spans of UTC seconds, for one or more customers."""

    instrument_id: int
    spans: tuple[tuple[int, int], ...]
    customers: tuple[Customer, ...]
    facts: UseFacts = field(default_factory=UseFacts)


def objections(facts: UseFacts, subjects: Collection[str]) -> Iterator[Reason]:
    """Every reason against what is said of a use. subjects: the codes that there are."""
    yield from _against_numbers(facts)
    yield from _against_words(facts)
    yield from _against_fault(facts)
    if facts.mode is not None and facts.mode not in MODES:
        yield Reason("mode", "mode", N_("Choose who operated the instrument."))
    if facts.funding_source and facts.funding_source not in FUNDING_SOURCES:
        yield Reason("funding_source", "funding_source", N_("This is none of the funding sources."))
    if facts.subject and facts.subject not in subjects:
        remedy = N_("Write one of the three-digit codes of GB/T 13745, like 150.")
        yield Reason("subject", "subject", N_("There is no such subject."), {}, remedy)
    for code, number in (facts.counts or {}).items():
        if not code or len(code) > LONGEST_CODE or not code.isprintable():
            yield Reason("count_code", "counts", N_("Name what is counted by the code of its price."))
        elif not 0 <= number <= MOST_COUNTED or number * 1000 != int(number * 1000):
            sentence = N_("Count with at most three decimals, from 0 to %(most)s.")
            yield Reason("count", f"counts.{code}", sentence, {"most": MOST_COUNTED})


def _against_numbers(facts: UseFacts) -> Iterator[Reason]:
    limits = {
        "operator_minutes": MOST_MINUTES, "fault_minutes": MOST_MINUTES, "samples": MOST_SAMPLES,
        "trained_students": MOST_PEOPLE, "trained_teachers": MOST_PEOPLE, "trained_others": MOST_PEOPLE,
    }  # fmt: skip
    for name, most in limits.items():
        value = getattr(facts, name)
        if value is not None and not 0 <= value <= most:
            sentence = N_("Write a whole number from %(least)s to %(most)s.")
            yield Reason("not_within", name, sentence, {"least": 0, "most": most})
    if facts.rating is not None and facts.rating not in RATINGS:
        yield Reason("rating", "rating", N_("Rate from 1 to 5."))


def _against_fault(facts: UseFacts) -> Iterator[Reason]:
    reason = (facts.fault_reason or "").strip()
    if facts.fault_minutes and not reason:
        sentence = N_("Say why the lab does not charge these minutes; it stays visible.")
        yield Reason("no_reason", "fault_reason", sentence)
    yield from reason_objections(reason, "fault_reason")


def against_fault_length(facts: UseFacts, seconds: int) -> Iterator[Reason]:
    """Against more minutes of fault than a use has; a minute that has begun counts."""
    most = -(-seconds // 60)
    if facts.fault_minutes and most < facts.fault_minutes <= MOST_MINUTES:
        words = N_("The use has %(most)s minutes; at most so many can be fault minutes.")
        yield Reason("fault_too_long", "fault_minutes", words, {"most": most})


def _against_words(facts: UseFacts) -> Iterator[Reason]:
    for name, most in LONGEST.items():
        words = getattr(facts, name) or ""
        if len(words) > most:
            yield Reason("too_long", name, N_("At most %(most)s characters."), {"most": most})
        if not all(letter.isprintable() or letter in "\n\r\t" for letter in words):
            yield Reason("unreadable", name, N_("This holds characters that cannot be shown."))


def run_objections(run: Run, now: int) -> Iterator[Reason]:
    """Every reason against a run, whatever is known of the instrument."""
    if not run.spans:
        yield Reason("no_span", "start", N_("Say from when to when it ran."))
    for span in run.spans:
        yield from span_objections(span, now)
    if not run.customers:
        yield Reason("no_customer", "customers", N_("Name at least one customer."))
    shares = [each.share for each in run.customers]
    if len({share is None for share in shares}) > 1:
        remedy = N_("Enter a part for each customer, or for none: then the samples count.")
        yield Reason(
            "some_shares", "customers", N_("Some customers have a part and others do not."), {}, remedy
        )
    for place, each in enumerate(run.customers):
        sentence, most = N_("Parts and samples are numbers from 0 to %(most)s."), {"most": MOST_SAMPLES}
        for name in _unfit(each):
            yield Reason("customer", of_customer(place, name), sentence, most)


def span_objections(span: tuple[int, int], now: int) -> Iterator[Reason]:
    """Every reason against a time that somebody says was used, in UTC seconds."""
    start, end = span
    if end <= start:
        yield Reason("end_before_start", "end", N_("The end does not come after the start."))
    elif end - start > LONGEST_SPAN:
        yield Reason("too_long", "end", N_("One report covers at most 31 days."))
    if end > now:
        yield Reason("future", "end", N_("What has not happened yet cannot be reported."))


def of_customer(place: int, name: str = "") -> str:
    """The field of one customer of a run, by their place in its list; without a name: who they are."""
    return f"customers.{place}" + (name and f".{name}")


def _unfit(customer: Customer) -> Iterator[str]:
    """The fields of a customer that are no such number."""
    share = customer.share
    if not 0 <= customer.samples <= MOST_SAMPLES:
        yield "samples"
    if share is not None and not (0 <= share <= MOST_COUNTED and share * 1000 == int(share * 1000)):
        yield "share"


def weights(customers: Collection[Customer]) -> list[int]:
    """By what the hours of a run are divided: parts as entered, else samples; whole thousandths."""
    if all(each.share is not None for each in customers):
        return [int((each.share or Decimal(0)) * 1000) for each in customers]
    return [each.samples * 1000 for each in customers]
