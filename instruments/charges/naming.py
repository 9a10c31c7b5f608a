"""Give a use what it lacks to be charged: who pays, and by which prices; the next look charges it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, delete, insert, select

from instruments.catalog.models import Instrument
from instruments.charges.models import ChargeMissing, UsePayer, UsePrice
from instruments.database import db
from instruments.errors import N_, Forbidden, NotFound, Reason, Refusal
from instruments.funds.payers import payers_of
from instruments.journal.record import record
from instruments.people.customer import Payer
from instruments.people.models import Institution, Lab, Person
from instruments.people.rights import Action, Actor, Scope, may
from instruments.rates.finding import local_day, terms_on
from instruments.usage.customers import chargeable_by
from instruments.usage.facts import Customer
from instruments.usage.models import InstrumentUse, RunCustomer

_MISSING: Any = ChargeMissing.__table__
_PAYER: Any = UsePayer.__table__
_PRICE: Any = UsePrice.__table__
_USE: Any = InstrumentUse.__table__
_CUSTOMER: Any = RunCustomer.__table__
FUND, INSTITUTION, PERSON = "fund", "institution", "person"
SOMEBODY_ELSE = N_("You used this yourself: somebody else has to do this.")
COLUMNS = {FUND: "fund_id", INSTITUTION: "payer_institution_id", PERSON: "payer_person_id"}


def the_missing(actor: Actor, use_id: int, customer: int) -> Any:
    """A line of the worklist of a lab for whose money the actor is responsible; NotFound as for none, Forbidden for their own."""
    use, lab = _USE.c, Lab
    row = db.session.execute(
        select(_MISSING, *whose(), use.instrument_id, use.started_at, use.mode, lab.zone)
        .join(_USE, use.id == _MISSING.c.use_id)
        .outerjoin(_CUSTOMER, is_theirs())
        .join(Instrument, Instrument.id == use.instrument_id)
        .join(Lab, lab.id == _MISSING.c.lab_id)
        .where(_MISSING.c.use_id == use_id, _MISSING.c.customer == customer)
    ).first()  # fmt: skip
    if row is None or not may(actor, Action.CHARGE_PREPARE, Scope(row.institution_id, row.lab_id)):
        raise NotFound([Reason("no_use", None, N_("No such use waits here to be charged."))])
    refuse_own(actor, row)
    return row


def refuse_own(actor: Actor, row: Any) -> None:
    """Raise Forbidden where what a line names was used by the actor: nobody says who pays for their own use."""
    if row.user_id == actor.person_id:
        remedy = N_("Whoever else manages the lab can do it, or the institution’s finance.")
        raise Forbidden([Reason("own_use", None, SOMEBODY_ELSE, {}, remedy)])


def whose() -> tuple[Any, ...]:
    """Who pays for a line of the worklist, or could: of a run its customer, else whoever used the instrument.

    Columns user_id, home_id (their institution) and group_id; beside `is_theirs`, by which run_customer is joined.
    """
    use, one = _USE.c, _CUSTOMER.c
    is_run = one.id.is_not(None)
    return (
        case((is_run, one.person_id), else_=use.user_id).label("user_id"),
        case((is_run, one.institution_id), else_=use.institution_id).label("home_id"),
        case((is_run, one.group_id), else_=use.group_id).label("group_id"),
    )


def is_theirs() -> Any:
    """That a customer of a run is the one of a line of the worklist."""
    return (_CUSTOMER.c.use_id == _MISSING.c.use_id) & (_CUSTOMER.c.position == _MISSING.c.customer)


def funds_of(row: Any, now: datetime) -> list[int]:
    """The funds that could pay for a line of the worklist."""
    return chargeable_by(Customer(row.home_id, row.group_id, row.user_id), now, row.institution_id)


def name_payer(actor: Actor, use_id: int, customer: int, kind: str, number: int, now: datetime) -> None:
    """Say who pays: a fund that the user may charge, their institution, or they themselves; inside a deed.

    The price is that of the payer's own class, by what held on the day of use. Raises NotFound, or Refusal with every reason.
    """
    row = the_missing(actor, use_id, customer)
    if reasons := list(not_payable(row, kind, number, now)):
        raise Refusal(reasons)
    day = local_day(row.started_at, row.zone)
    customer_class = class_on(kind, number, row.instrument_id, day, row.mode)
    keep_payer(use_id, customer, {COLUMNS[kind]: number}, customer_class, actor.person_id, now)
    _note(row, actor, now, "charge.payer_named", {"payer": kind, "payer_id": number, "class": customer_class})


def keep_payer(
    use_id: int, customer: int, who: Mapping[str, int], customer_class: str, actor_id: int, now: datetime
) -> None:
    """Note who pays all of a use (the column of COLUMNS that says it), instead of whoever did until now."""
    db.session.execute(delete(_PAYER).where(_PAYER.c.use_id == use_id, _PAYER.c.customer == customer))
    db.session.execute(
        insert(_PAYER).values(
            use_id=use_id, customer=customer, position=0, percent="100", customer_class=customer_class,
            decided_by_id=actor_id, decided_at=now, **who,
        )
    )  # fmt: skip


def choose_price(actor: Actor, use_id: int, customer: int, reason: str, now: datetime) -> None:
    """Charge a use that had no price by what its lab had published for the day, inside a deed.

    Raises NotFound, or Refusal with every reason.
    """
    row, said = the_missing(actor, use_id, customer), " ".join(reason.split())
    version = version_on_day(row)
    reasons = [] if said else [Reason("no_reason", "reason", N_("Say why."))]
    if version is None:
        remedy = N_("Publish prices for it first.")
        reasons.append(Reason("no_version", None, N_("No prices are published for that day."), {}, remedy))
    if reasons:
        raise Refusal(reasons)
    db.session.execute(delete(_PRICE).where(_PRICE.c.use_id == use_id))
    db.session.execute(
        insert(_PRICE).values(
            use_id=use_id,
            version_id=version,
            reason=said[:500],
            decided_by_id=actor.person_id,
            decided_at=now,
        )
    )
    _note(row, actor, now, "charge.price_chosen", {"version_id": version, "reason": said})


def version_on_day(row: Any) -> int | None:
    """The version of the prices that its lab had published for the day of a use."""
    day = local_day(row.started_at, row.zone)
    house = db.session.get(Institution, row.institution_id)
    assert house is not None  # noqa: S101 - it has a use
    inside = Payer(house.id, house.kind, house.country)
    offer = terms_on([row.instrument_id], day, inside, row.mode).get(row.instrument_id)
    return offer.terms.version_id if offer and offer.terms else None


def class_on(kind: str, number: int, instrument_id: int, day: date, mode: str) -> str:
    """At the price of which class a payer pays for what was used on a day: derived, as it is when one books."""
    offer = terms_on([instrument_id], day, payer_of(kind, number), mode)
    return offer[instrument_id].customer.key


def payer_of(kind: str, number: int) -> Payer:
    """Who that is, as the class of a customer is derived from it."""
    if kind == FUND:
        return payers_of([number])[number]
    if kind == INSTITUTION:
        home = db.session.get(Institution, number)
        assert home is not None  # noqa: S101 - asked before
        return Payer(home.id, home.kind, home.country)
    return Payer()


def not_payable(row: Any, kind: str, number: int, now: datetime) -> Iterator[Reason]:
    """Every reason why somebody cannot pay for what `row` names (user_id, home_id, group_id, institution_id)."""
    if kind == FUND:
        if number not in set(funds_of(row, now)):
            yield Reason("fund_not_theirs", "payer", N_("Whoever it was for may not charge this fund."))
    elif kind == INSTITUTION:
        if number != row.home_id or number == row.institution_id:
            sentence = N_(
                "Only the user’s own institution is billed, and only if it is another than the lab’s."
            )
            yield Reason("not_billed", "payer", sentence)
    elif kind == PERSON:
        person = db.session.get(Person, number)
        if number != row.user_id or person is None or person.institution_id is not None:
            sentence = N_("Only who belongs to no institution pays alone.")
            yield Reason("not_alone", "payer", sentence)
    else:
        yield Reason("unknown_payer", "payer", N_("Choose who pays."))


def _note(row: Any, actor: Actor, now: datetime, deed: str, detail: dict[str, Any]) -> None:
    """Take it off the worklist, so that the next look charges it or says what is still missing."""
    db.session.execute(
        delete(_MISSING).where(_MISSING.c.use_id == row.use_id, _MISSING.c.customer == row.customer)
    )
    record(
        now=now, actor_id=actor.person_id, deed=deed, thing=("use", row.use_id),
        institution_id=row.institution_id, lab_id=row.lab_id, detail=detail,
    )  # fmt: skip
