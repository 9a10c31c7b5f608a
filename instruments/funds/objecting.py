"""Every reason why a fund cannot pay for something, from its facts alone. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from instruments.errors import N_, Reason
from instruments.money import Money

# What is prepaid to one institution, given on credit by it, or allowed by it is of no use at another.
ONLY_AT_HOME = ("wallet", "credit", "allowance")
# What a fund lacks in sums.
SUMS = ("fund_short", "fund_limit")


class Standing(NamedTuple):
    """What became of a fund's money, in minor units; budget: None where there is none, of a wallet what was paid in."""

    budget: int | None
    spent: int
    held: int

    @property
    def left(self) -> int | None:
        """What can still be held; below zero where it is overdrawn, None where there is no budget."""
        return None if self.budget is None else self.budget - self.spent - self.held

    @property
    def percent(self) -> int | None:
        """How much of the budget is spent or held, in whole percent, rounded down."""
        if self.budget is None:
            return None
        taken = self.spent + self.held
        return taken * 100 // self.budget if self.budget > 0 else 100 if taken > 0 else 0


class User(NamedTuple):
    """Who may charge a fund: one person, or (None) everybody of its group or owner; to which sum and day."""

    person_id: int | None
    limit: int | None
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Permits:
    """What a fund may pay for; nothing said of instruments, or of lines, allows all of them."""

    labs: frozenset[int] = frozenset()
    institutions: frozenset[int] = frozenset()
    classes: frozenset[str] = frozenset()
    lines: frozenset[str] = frozenset()

    def admit(self, place: Place) -> bool:
        """Whether it may pay for an instrument there. A class contains those below it."""
        if not (self.labs or self.institutions or self.classes):
            return True
        return (
            place.lab_id in self.labs
            or place.institution_id in self.institutions
            or any(is_within(code, allowed) for code in place.class_codes for allowed in self.classes)
        )


def is_within(code: str, above: str) -> bool:
    """Whether a national class is another or below it: "030201" is within "030200" and "030000"."""
    while above.endswith("00"):
        above = above[:-2]
    return code.startswith(above)


@dataclass(frozen=True, slots=True)
class Fund:
    """What is known of a fund, for the question whether it can pay."""

    id: int
    kind: str
    institution_id: int
    owner_institution_id: int
    group_id: int | None
    code: str
    name_en: str
    name_zh: str
    currency: str
    valid_from: date
    valid_to: date | None
    state: str
    blocked_why: str
    overdrawn: bool
    standing: Standing
    users: tuple[User, ...] = ()
    permits: Permits = field(default_factory=Permits)

    @property
    def name(self) -> str:
        """As sentences in either language say it."""
        return name_of(self)

    def money(self, units: int) -> Money:
        """So many minor units of its currency."""
        return Money.from_units(units, self.currency)


def name_of(fund: Any) -> str:
    """Both names (name_en, name_zh) with the code, since several funds may have one name, for a sentence in either language."""
    return " / ".join(f"{name} ({fund.code})" for name in (fund.name_en, fund.name_zh) if name)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an instrument stands, and its codes in the national classification."""

    institution_id: int
    lab_id: int
    class_codes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Charger:
    """Who charges: their institution and groups; taken: what they have spent and hold of the fund already."""

    person_id: int
    institution_id: int | None
    group_ids: frozenset[int]
    taken: int = 0


@dataclass(frozen=True, slots=True)
class Wish:
    """What a fund is asked to pay: where, for a use on which date, in which currency.

    amount: None where it is not known yet. lines: the kinds of line, as rates.lines names them. replaced: what is held
    for the same thing already and would be freed. is_new: whether it is a new booking, which a blocked fund refuses.
    """

    place: Place
    day: date
    currency: str
    amount: Money | None = None
    lines: frozenset[str] = frozenset()
    replaced: int = 0
    is_new: bool = True


def objections(
    fund: Fund, charger: Charger, wish: Wish, field: str | None = "fund_id", consented: bool = False
) -> Iterator[Reason]:
    """Every reason against it; to whoever has no right to charge it there is no such fund, unless it holds for the same
    thing already: then they know it.

    consented: whoever manages it decides, so all else is weighed without that right.
    """
    if not consented and user_of(fund, charger) is None:
        yield no_such_fund(field) if wish.is_new else no_longer_theirs(fund.name, field)
        return
    for reason in (
        *_state(fund, wish),
        *_validity(fund, wish),
        *_user(fund, charger, wish),
        *_thing(fund, wish),
    ):
        yield Reason(reason.code, field, reason.message, {"fund": fund.name, **reason.values}, reason.remedy)


def user_of(fund: Fund, charger: Charger) -> User | None:
    """As whom somebody may charge a fund: by their own right before that of everybody."""
    own = [user for user in fund.users if user.person_id == charger.person_id]
    if own:
        return own[0]
    everybody = [user for user in fund.users if user.person_id is None]
    belongs = (
        fund.group_id in charger.group_ids
        if fund.group_id is not None
        else fund.owner_institution_id == charger.institution_id
    )
    return everybody[0] if everybody and belongs else None


def left_for(fund: Fund, charger: Charger, replaced: int = 0) -> int | None:
    """What somebody can still hold of a fund, in minor units: the fund's rest or their own, whichever is less."""
    user = user_of(fund, charger)
    rests = [] if fund.standing.left is None else [fund.standing.left + replaced]
    if user is not None and user.limit is not None:
        rests.append(user.limit - charger.taken + replaced)
    return min(rests) if rests else None


def no_such_fund(field: str | None = "fund_id") -> Reason:
    """Against a fund that is not there, or that somebody may not charge: in the same words, so that nobody learns which
    funds there are, what they are called, or at whose prices they pay."""
    remedy = N_("Choose a fund that may be charged, or ask who manages it for the right.")
    return Reason("no_fund", field, N_("There is no such fund."), {}, remedy)


def no_longer_theirs(name: str, field: str | None = "fund_id") -> Reason:
    """Against a fund that somebody named when they might charge it, and now may not: they know its name."""
    sentence = N_("%(fund)s may no longer be charged for this person.")
    remedy = N_("Ask who manages it for the right, or choose another.")
    return Reason("fund_not_yours", field, sentence, {"fund": name}, remedy)


def without_sums(reason: Reason) -> Reason:
    """What stands against a fund, for who may not know what it has: that it cannot pay, and not what is left of it."""
    if reason.code not in SUMS:
        return reason
    return Reason(
        reason.code, reason.field, N_("%(fund)s cannot pay all of it."), {"fund": reason.values["fund"]}
    )


def _state(fund: Fund, wish: Wish) -> Iterator[Reason]:
    if fund.state == "closed":
        yield Reason("fund_closed", None, N_("%(fund)s is closed."))
    if not wish.is_new:
        return
    if fund.state == "blocked":
        sentence = N_("%(fund)s is blocked for new bookings: %(why)s")
        remedy = N_("Choose another fund, or ask who manages it.")
        yield Reason("fund_blocked", None, sentence, {"why": fund.blocked_why}, remedy)
    if fund.overdrawn:
        sentence = N_("%(fund)s is overdrawn and blocked for new bookings.")
        remedy = N_("It can be charged again when its budget covers what was spent.")
        yield Reason("fund_overdrawn", None, sentence, {}, remedy)


def _validity(fund: Fund, wish: Wish) -> Iterator[Reason]:
    if wish.day < fund.valid_from:
        values = {"day": wish.day, "first": fund.valid_from}
        yield Reason(
            "fund_not_yet", None, N_("%(fund)s is valid from %(first)s, after the use on %(day)s."), values
        )
    if fund.valid_to is not None and wish.day > fund.valid_to:
        values = {"day": wish.day, "last": fund.valid_to}
        yield Reason("fund_over", None, N_("%(fund)s ends on %(last)s, before the use on %(day)s."), values)
    if wish.currency != fund.currency:
        sentence = N_("%(fund)s pays only in %(own)s, and this costs %(other)s.")
        yield Reason("fund_currency", None, sentence, {"own": fund.currency, "other": wish.currency})


def _user(fund: Fund, charger: Charger, wish: Wish) -> Iterator[Reason]:
    user = user_of(fund, charger)
    if user is None:
        return
    if user.ends_on is not None and wish.day > user.ends_on:
        sentence = N_("The right to charge %(fund)s ended on %(last)s, before the use on %(day)s.")
        yield Reason("fund_right_over", None, sentence, {"last": user.ends_on, "day": wish.day})
    if user.limit is None or wish.amount is None or wish.currency != fund.currency:
        return
    rest = user.limit - charger.taken + wish.replaced
    if wish.amount.units > rest:
        values = {"rest": fund.money(max(rest, 0)), "missing": fund.money(wish.amount.units - max(rest, 0))}
        sentence = N_("Of your limit on %(fund)s %(rest)s is left; %(missing)s is missing.")
        yield Reason("fund_limit", None, sentence, values, N_("Ask who manages it for a higher limit."))


def _thing(fund: Fund, wish: Wish) -> Iterator[Reason]:
    yield from _permitted(fund, wish)
    left = fund.standing.left
    if left is None or wish.amount is None or wish.currency != fund.currency:
        return
    rest = left + wish.replaced
    if wish.amount.units > rest:
        values = {"rest": fund.money(max(rest, 0)), "missing": fund.money(wish.amount.units - max(rest, 0))}
        sentence = N_("In %(fund)s %(rest)s is left; %(missing)s is missing.")
        yield Reason(
            "fund_short", None, sentence, values, N_("Choose another fund, or share it over several.")
        )


def _permitted(fund: Fund, wish: Wish) -> Iterator[Reason]:
    if fund.kind in ONLY_AT_HOME and wish.place.institution_id != fund.institution_id:
        yield Reason("fund_elsewhere", None, N_("%(fund)s pays only at the institution it is with."))
    elif not fund.permits.admit(wish.place):
        yield Reason("fund_not_here", None, N_("%(fund)s may not pay for this instrument."))
    if fund.permits.lines and wish.lines - fund.permits.lines:
        sentence = N_("%(fund)s may pay only for some kinds of line, and this costs others, too.")
        yield Reason("fund_lines", None, sentence)
