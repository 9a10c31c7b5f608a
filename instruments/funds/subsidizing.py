"""What programmes pay for an order: which are open to a payer, what they bear; reserved, committed, given back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, and_, case, func, insert, select, update

from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.errors import N_, Reason
from instruments.funds.holding import Thing
from instruments.funds.objecting import is_within
from instruments.funds.programme_models import ProgrammeHold, ProgrammePayer, ProgrammeRow
from instruments.funds.programme_setting import terms_of
from instruments.funds.programmes import Division, Order, Programme, Standing, divided, not_eligible
from instruments.money import Money
from instruments.rates.lines import Line

_HOLD: Any = ProgrammeHold.__table__
COUNTED = ("reserved", "committed")


class Payer(NamedTuple):
    """Who pays: an institution, or (both None never) a person who pays alone; and of which kind it is."""

    institution_id: int | None
    person_id: int | None
    kind: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A programme, what it has paid and reserved, and why it does not pay here; why_not is empty where it does."""

    id: int
    terms: Programme
    standing: Standing
    why_not: tuple[Reason, ...]


def offers(
    payer: Payer, institution_id: int, class_codes: frozenset[str], accepted_on: date, currency: str
) -> list[Offer]:
    """Every open programme in this currency as it is for this payer and an instrument of an institution. Three statements,
    one where none is open.

    accepted_on: the date of acceptance, whose year counts for the yearly cap.
    """
    rows = db.session.scalars(
        select(ProgrammeRow)
        .where(
            ProgrammeRow.state == "open",
            ProgrammeRow.currency == currency,
            ProgrammeRow.valid_from <= accepted_on,
            ProgrammeRow.valid_to >= accepted_on,
        )
        .order_by(ProgrammeRow.id)
    ).all()
    if not rows:
        return []
    standing = standings([row.id for row in rows], payer, accepted_on.year, currency)
    admitted = _admitted([row.id for row in rows], payer)
    return [
        Offer(
            row.id,
            terms_of(row),
            standing[row.id],
            tuple(_why_not(row, payer, admitted.get(row.id), institution_id, class_codes, accepted_on)),
        )
        for row in rows
    ]


def unknown(numbers: Collection[int]) -> set[int]:
    """Which of these are the numbers of no programme at all, not even of one that was closed."""
    if not numbers:
        return set()
    found = db.session.scalars(select(ProgrammeRow.id).where(ProgrammeRow.id.in_(numbers))).all()
    return set(numbers) - set(found)


def _why_not(
    row: ProgrammeRow,
    payer: Payer,
    admission: Row[Any] | None,
    institution_id: int,
    class_codes: frozenset[str],
    accepted_on: date,
) -> Iterator[Reason]:
    terms = terms_of(row)
    # The rule compares codes; a programme for a class is for those below it, too.
    within = frozenset(
        allowed
        for allowed in terms.instrument_classes
        if any(is_within(code, allowed) for code in class_codes)
    )
    over = admission is not None and admission.expires_on is not None and admission.expires_on < accepted_on
    small = admission is not None and not over and admission.small_firm
    yield from not_eligible(terms, Order(payer.kind, small, within, institution_id, accepted_on))
    if admission is not None and over:
        values = {"name": terms.name, "day": admission.expires_on}
        sentence = N_("The admission of this payer to %(name)s ended after %(day)s.")
        yield Reason(
            "not_admitted", None, sentence, values, N_("Ask for it again on the page of the programme.")
        )
    elif admission is None:
        remedy = N_("Ask for admission on the page of the programme.")
        yield Reason(
            "not_admitted", None, N_("%(name)s has not admitted this payer."), {"name": terms.name}, remedy
        )


def _admitted(numbers: Collection[int], payer: Payer) -> dict[int, Row[Any]]:
    """The admissions of a payer by programme, even those to a day that is over."""
    one = ProgrammePayer
    rows = db.session.execute(
        select(one.programme_id, one.small_firm, one.expires_on).where(
            one.programme_id.in_(numbers), _is(one, payer), one.state == "admitted"
        )
    )
    return {row.programme_id: row for row in rows}


def _is(table: Any, payer: Payer) -> Any:
    if payer.institution_id is not None:
        return table.payer_institution_id == payer.institution_id
    return table.payer_person_id == payer.person_id


def standings(numbers: Collection[int], payer: Payer | None, year: int, currency: str) -> dict[int, Standing]:
    """What programmes have reserved and paid: for this payer in the year, and to all. One statement."""
    hold = _HOLD.c
    mine = and_(_is(hold, payer), hold.year == year) if payer is not None else hold.id < 0
    rows = db.session.execute(
        select(
            hold.programme_id,
            func.sum(case((mine, hold.amount_units), else_=0)),
            func.sum(hold.amount_units),
        )
        .where(hold.programme_id.in_(numbers), hold.state.in_(COUNTED))
        .group_by(hold.programme_id)
    )
    none = Money.none(currency)
    found = dict.fromkeys(numbers, Standing(none, none))
    for number, yearly, whole in rows:
        found[number] = Standing(
            Money.from_units(int(yearly), currency), Money.from_units(int(whole), currency)
        )
    return found


def best(found: Sequence[Offer], lines: Sequence[Line], currency: str) -> tuple[list[Offer], Division]:
    """Those that pay the most together for these lines: all that bear each other, or the best of the others alone."""
    paying = [offer for offer in found if not offer.why_not]
    together = [offer for offer in paying if offer.terms.combines]
    sets: list[list[Offer]] = [[], together, *([offer] for offer in paying if not offer.terms.combines)]
    weighed = [
        (chosen, divided(lines, currency, [(each.terms, each.standing) for each in chosen]))
        for chosen in sets
    ]
    return min(weighed, key=lambda pair: pair[1].payer.amount)


def lock_programmes(numbers: Collection[int]) -> None:
    """Take the locks on these programmes, after those on funds, so that caps and budgets hold."""
    if numbers and db.engine.dialect.name != "sqlite":
        mine = select(ProgrammeRow.id).where(ProgrammeRow.id.in_(numbers)).order_by(ProgrammeRow.id)
        db.session.execute(mine.with_for_update(key_share=True))


class Paid(NamedTuple):
    """What programmes bear of a thing (a charge), by their numbers, that was reserved for another (a reservation) in a year."""

    reserved_for: Thing
    thing: Thing
    payer: Payer
    amounts: Mapping[int, Money]
    year: int


def reserve(
    thing: Thing, payer: Payer, amounts: Mapping[int, Money], accepted_on: date, now: datetime
) -> None:
    """Reserve what programmes bear of a thing, by their numbers, under their locks; nothing is no reservation."""
    _insert(_rows(thing, payer, amounts, accepted_on.year, "reserved", now))


def commit(paid: Sequence[Paid], now: datetime) -> None:
    """What was reserved for things (reservations) is paid for others (their charges), as much as it came to.

    Under the locks on the programmes. What is reserved is given back, and what is paid stands as committed.
    """
    give_back({each.reserved_for for each in paid}, now)
    _insert(
        row
        for each in paid
        for row in _rows(each.thing, each.payer, each.amounts, each.year, "committed", now)
    )


def _rows(
    thing: Thing, payer: Payer, amounts: Mapping[int, Money], year: int, state: str, now: datetime
) -> Iterator[dict[str, Any]]:
    for number, amount in sorted(amounts.items()):
        if amount.units > 0:
            yield {
                "programme_id": number, "payer_institution_id": payer.institution_id,
                "payer_person_id": payer.person_id, "thing_kind": thing[0], "thing_id": thing[1],
                "amount_units": amount.units, "year": year, "state": state, "made_at": now,
                "resolved_at": None if state == "reserved" else now,
            }  # fmt: skip


def _insert(rows: Iterable[dict[str, Any]]) -> None:
    if written := list(rows):
        db.session.execute(insert(_HOLD), written)


def reserved_for(thing: Thing, currency: str) -> dict[int, Money]:
    """What programmes have reserved for a thing, by their numbers."""
    hold = _HOLD.c
    rows = db.session.execute(
        select(hold.programme_id, hold.amount_units).where(
            hold.thing_kind == thing[0], hold.thing_id == thing[1], hold.state == "reserved"
        )
    )
    return {row.programme_id: Money.from_units(row.amount_units, currency) for row in rows}


def give_back(things: Collection[Thing], now: datetime) -> int:
    """Release what is reserved for these things, and reverse what was paid for them; how many. Again changes nothing."""
    hold, dialect, count = _HOLD.c, db.engine.dialect.name, 0
    ended = case((hold.state == "reserved", "released"), else_="reversed")
    for kind in sorted({kind for kind, _ in things}):
        change = (
            update(_HOLD)
            .where(hold.thing_kind == kind, among(hold.thing_id, dialect), hold.state.in_(COUNTED))
            .values(state=ended, resolved_at=now)
        )
        numbers = sorted({number for each, number in things if each == kind})
        result: Any = db.session.execute(change, {"numbers": as_parameter(numbers, dialect)})
        count += result.rowcount
    return count


def burn_down(programme_id: int) -> Sequence[Row[Any]]:
    """By month in which it was made, what a programme has reserved and paid: rows (payer ids, year, state, units, made_at)."""
    hold = _HOLD.c
    return db.session.execute(
        select(
            hold.made_at, hold.state, hold.amount_units, hold.payer_institution_id, hold.payer_person_id,
            hold.thing_kind, hold.thing_id,
        )
        .where(hold.programme_id == programme_id, hold.state.in_(COUNTED))
        .order_by(hold.id.desc())
    ).all()  # fmt: skip
