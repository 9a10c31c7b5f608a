"""Which funds somebody can pay with for an instrument on a day, with what is left of each for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.funds.knowing import chargeable, charger, known, taken_by
from instruments.funds.objecting import Fund, Place, Wish, left_for, objections
from instruments.money import Money
from instruments.people.rights import Actor


@dataclass(frozen=True, slots=True)
class Choice:
    """A fund that somebody may charge. left: for them, None without budget and limit; why_not: empty where it can pay."""

    fund: Fund
    left: Money | None
    why_not: tuple[Reason, ...]


def funds_for(user: Actor, wish: Wish) -> Sequence[Choice]:
    """The funds of this user (who will use the instrument, whoever books), those that can pay first. Eight statements."""
    funds = known(chargeable(user))
    taken = taken_by(funds, user.person_id) if funds else {}
    found = []
    for fund in funds.values():
        whose = charger(user, taken[fund.id])
        left = left_for(fund, whose)
        why_not = tuple(objections(fund, whose, wish))
        found.append(Choice(fund, None if left is None else fund.money(left), why_not))
    return sorted(found, key=lambda choice: (bool(choice.why_not), choice.fund.id))


def place_of(instrument_id: int) -> Place:
    """Where an instrument stands; raises NotFound."""
    thing = Instrument
    row = db.session.execute(
        select(thing.institution_id, thing.lab_id, thing.class_code).where(thing.id == instrument_id)
    ).first()
    if row is None:
        raise NotFound([Reason("no_instrument", "instrument_id", N_("There is no such instrument."))])
    return Place(row.institution_id, row.lab_id, frozenset({row.class_code} if row.class_code else ()))
