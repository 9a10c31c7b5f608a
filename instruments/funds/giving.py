"""Give people the right to charge a fund, take it back, and say what it may pay for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select

from instruments.catalog.models import InstrumentClass
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.funds.listing import taken_by_each, users
from instruments.funds.models import LINE_KINDS, Fund, FundPermit, FundUser
from instruments.funds.opening import note
from instruments.funds.whose import require_manager, the_fund
from instruments.money import Money
from instruments.people.models import Institution, Lab, Person
from instruments.people.rights import Actor
from instruments.people.signing import today
from instruments.people.versions import locked

# So many people are named whom a limit for everybody would stop.
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Right:
    """The right to charge a fund: of one person, or (None) of everybody in its group or owner; up to a sum and a day.

    meant: also where the limit is cut below what somebody has taken already.
    """

    person_id: int | None
    limit: Money | None = None
    ends_on: date | None = None
    meant: bool = False


def give(
    actor: Actor, number: int, rights: Sequence[Right], now: datetime, already: Sequence[Reason] = ()
) -> list[FundUser]:
    """Give these rights, inside a deed; who has one already has it as said here then.

    Raises NotFound, Forbidden, or Refusal with every reason; already: those found before.
    """
    fund = _managed(actor, number)
    reasons = [*already, *(each for right in rights for each in _objections(fund, right, now))]
    if not rights and not already:
        reasons.append(Reason("no_people", "people", N_("Name at least one person.")))
    if reasons:
        raise Refusal(reasons)
    return [_given(actor, fund, right, now) for right in rights]


def take(actor: Actor, number: int, user_id: int, now: datetime) -> None:
    """Take a right back, inside a deed; what is held stays held. Raises NotFound or Forbidden."""
    fund = _managed(actor, number)
    row = db.session.get(FundUser, user_id)
    if row is None or row.fund_id != number:
        raise NotFound([Reason("no_right", None, N_("There is no such right to charge this fund."))])
    person_id = row.person_id
    db.session.delete(row)
    db.session.flush()
    note(fund, "fund.right_taken", actor, now, {"user_id": person_id})


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a fund may pay for, as a whole; nothing of a sort allows all of it."""

    lab_ids: frozenset[int] = frozenset()
    institution_ids: frozenset[int] = frozenset()
    class_codes: frozenset[str] = frozenset()
    line_kinds: frozenset[str] = frozenset()


def allow(actor: Actor, number: int, version: int | None, allowed: Allowed, now: datetime) -> Fund:
    """Say what a fund may pay for, in place of what was said before, inside a deed.

    Raises NotFound, Forbidden, Stale, or Refusal with every reason.
    """
    fund = _managed(actor, number)
    fund = locked(Fund, number, fund.version if version is None else version)
    if reasons := list(_allowed_objections(allowed)):
        raise Refusal(reasons)
    db.session.execute(delete(FundPermit).where(FundPermit.fund_id == number))
    columns: list[tuple[str, Sequence[Any]]] = [
        ("lab_id", sorted(allowed.lab_ids)),
        ("institution_id", sorted(allowed.institution_ids)),
        ("class_code", sorted(allowed.class_codes)),
        ("line_kind", sorted(allowed.line_kinds)),
    ]
    for column, values in columns:
        db.session.add_all(FundPermit(fund_id=number, **{column: value}) for value in values)
    db.session.flush()
    note(
        fund, "fund.allowed", actor, now, {f"{column}s": list(values) for column, values in columns if values}
    )
    return fund


def _managed(actor: Actor, number: int) -> Fund:
    fund = the_fund(actor, number)
    require_manager(actor, fund)
    if fund.state == "closed":
        raise Refusal([Reason("fund_closed", None, N_("This fund is closed for good."))])
    return fund


def _objections(fund: Fund, right: Right, now: datetime) -> Iterator[Reason]:
    if right.person_id is not None and db.session.get(Person, right.person_id) is None:
        yield Reason("no_person", "people", N_("There is no such person."))
    if right.limit is not None and right.limit.currency != fund.currency:
        yield Reason("other_currency", "limit", N_("A fund pays only in its own currency."))
    if right.limit is not None and right.limit.amount < 0:
        yield Reason("negative_limit", "limit", N_("A limit is never below zero."))
    if right.ends_on is not None and right.ends_on < today(now):
        yield Reason("day_over", "ends_on", N_("This day is over."), {}, N_("Choose today or later."))
    if right.limit is not None and right.limit.currency == fund.currency and not right.meant:
        yield from _cut_objections(fund, right.person_id, right.limit)


def _cut_objections(fund: Fund, person_id: int | None, limit: Money) -> Iterator[Reason]:
    """Against a limit that is cut below what a person has spent and holds already; of everybody: each who has no own."""
    limits = {row.person_id: row.limit_units for row in users(fund.id)}
    before = limits.get(person_id)
    if before is not None and limit.units >= before:
        return
    taken = taken_by_each(fund.id)
    meant = [each for each in taken if each == person_id or (person_id is None and each not in limits)]
    for number in sorted(each for each in meant if taken[each] > limit.units)[:MOST_NAMED]:
        person = db.session.get_one(Person, number)
        sums = {"taken": taken[number], "missing": taken[number] - limit.units, "least": taken[number]}
        values = {name: Money.from_units(units, fund.currency) for name, units in sums.items()}
        sentence = N_(
            "%(name)s has spent and holds %(taken)s: that is %(missing)s above this limit, so nothing new could be booked."
        )
        names = " / ".join(filter(None, (person.name_en, person.name_zh)))
        remedy = N_("Enter at least %(least)s, or say that it is meant so.")
        yield Reason("limit_below_taken", "limit", sentence, {"name": names, **values}, remedy)


def _given(actor: Actor, fund: Fund, right: Right, now: datetime) -> FundUser:
    row = db.session.scalar(
        select(FundUser).where(
            FundUser.fund_id == fund.id,
            FundUser.person_id.is_(None)
            if right.person_id is None
            else FundUser.person_id == right.person_id,
        )
    )
    if row is None:
        row = FundUser(fund_id=fund.id, person_id=right.person_id)
        db.session.add(row)
    row.limit_units = right.limit.units if right.limit is not None else None
    row.ends_on, row.given_by_id, row.given_at = right.ends_on, actor.person_id, now
    db.session.flush()
    until = right.ends_on.isoformat() if right.ends_on else ""
    detail = {"user_id": right.person_id, "limit_units": row.limit_units, "until": until}
    note(fund, "fund.right_given", actor, now, detail)
    return row


def _allowed_objections(allowed: Allowed) -> Iterator[Reason]:
    sorts: tuple[tuple[Any, str, Any, Reason], ...] = (
        (Lab.id, "lab_ids", allowed.lab_ids, Reason("no_lab", "lab_ids", N_("There is no such lab."))),
        (Institution.id, "institution_ids", allowed.institution_ids,
         Reason("no_institution", "institution_ids", N_("There is no such institution."))),
        (InstrumentClass.code, "class_codes", allowed.class_codes,
         Reason("no_class", "class_codes", N_("There is no such class of instruments."))),
    )  # fmt: skip
    for column, _, values, reason in sorts:
        if values and len(db.session.scalars(select(column).where(column.in_(values))).all()) != len(values):
            yield reason
    if allowed.line_kinds - set(LINE_KINDS):
        yield Reason("no_line", "line_kinds", N_("Choose one of these."))
