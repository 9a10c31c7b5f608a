"""The customers of a run: who each is, by which prices and as which class, and whether the fund named for them can pay."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from instruments.database import db
from instruments.errors import N_, Reason
from instruments.funds.choosing import place_of
from instruments.funds.knowing import chargeable, charger, known, taken_by
from instruments.funds.models import Fund as FundRow
from instruments.funds.objecting import (
    ONLY_AT_HOME,
    Charger,
    Fund,
    Wish,
    no_such_fund,
    objections,
    without_sums,
)
from instruments.funds.payers import payers_of
from instruments.funds.whose import may_see
from instruments.people.customer import Payer, payer_of
from instruments.people.models import Institution, Person, ResearchGroup
from instruments.people.rights import Actor
from instruments.people.signing import actors_by_ids
from instruments.rates.counting import Use
from instruments.rates.finding import Offer, local_day, terms_at
from instruments.rates.pricing import Unpriced
from instruments.rates.quoting import Quote, priced
from instruments.rates.walls import walls_of
from instruments.timespan import instant
from instruments.usage.facts import Customer, of_customer
from instruments.usage.kinds import SELF


class Served(NamedTuple):
    """A customer with the unit that is served, as whom they pay, and as whom they charge a fund; place: in their list."""

    customer: Customer
    payer: Payer
    charger: Charger
    offer: Offer
    place: int


def bound_at(instrument_id: int, moment: datetime, payer: Payer, mode: str = SELF) -> dict[str, Any]:
    """By which prices what began at a moment is charged, and as which class, as the columns of a use keep them."""
    offer = terms_at({instrument_id: moment}, payer, mode)[instrument_id]
    return {"version_id": offer.version_id, "customer_class": offer.customer.key}


_UNITS = ((Institution, "institution_id"), (ResearchGroup, "group_id"), (Person, "person_id"))


def unknown(customers: Sequence[Customer], now: datetime) -> Iterator[Reason]:
    """Customers that name no unit or one that there is not, and persons who are not of the group named with them."""
    there = {name: _there(table, {getattr(each, name) for each in customers}) for table, name in _UNITS}
    people = actors_by_ids({each.person_id for each in customers if each.person_id is not None}, now)
    for place, each in enumerate(customers):
        named, field = {name: getattr(each, name) for _, name in _UNITS}, of_customer(place)
        person = people.get(each.person_id or 0)
        if set(named.values()) == {None}:
            yield Reason("customer", field, N_("Name the unit or the person of each customer."))
        elif any(number is not None and number not in there[name] for name, number in named.items()):
            yield Reason("no_customer", field, N_("There is no such customer."))
        elif person is not None and each.group_id is not None and each.group_id not in person.group_ids:
            yield Reason("not_in_group", field, N_("The customer is not a member of this group."))


def _there(table: Any, numbers: set[int | None]) -> set[int]:
    wanted = numbers - {None}
    return set(db.session.scalars(select(table.id).where(table.id.in_(wanted)))) if wanted else set()


def served(
    customers: Sequence[Customer],
    instrument_id: int,
    start: int,
    mode: str,
    now: datetime,
    but: Collection[int] = (),
) -> list[Served]:
    """Each customer with their unit, and the terms of the moment at which the run began, by the class of who pays.

    start: UTC seconds. The customers are known to exist, but those at these places, who are left out.
    """
    customers, places = list(customers), [place for place in range(len(customers)) if place not in but]
    people = actors_by_ids({each.person_id for each in customers if each.person_id is not None}, now)
    groups = _rows(ResearchGroup, {each.group_id for each in customers})
    homes = _rows(
        Institution,
        {each.institution_id for each in customers} | {group.institution_id for group in groups.values()},
    )
    of_funds = payers_of({each.fund_id for each in customers if each.fund_id is not None})
    found = []
    for place in places:
        each = customers[place]
        whole = _with_unit(each, people, groups)
        payer = of_funds.get(each.fund_id or 0) or _payer(whole, people, groups, homes)
        offer = terms_at({instrument_id: instant(start)}, payer, mode)[instrument_id]
        found.append(Served(whole, payer, _charger(whole, people), offer, place))
    return found


def _rows(table: Any, numbers: set[int | None]) -> Mapping[int, Any]:
    wanted = numbers - {None}
    rows = db.session.scalars(select(table).where(table.id.in_(wanted))) if wanted else ()
    return {row.id: row for row in rows}


def _with_unit(each: Customer, people: Mapping[int, Actor], groups: Mapping[int, Any]) -> Customer:
    """The same with the group and the institution that are served, where who is named belongs to one."""
    person = people.get(each.person_id or 0)
    group_id = each.group_id if each.group_id is not None or person is None else person.only_group
    home = groups[group_id].institution_id if group_id in groups else person and person.institution_id
    return replace(each, group_id=group_id, institution_id=each.institution_id or home)


def _payer(
    each: Customer, people: Mapping[int, Actor], groups: Mapping[int, Any], homes: Mapping[int, Any]
) -> Payer:
    if each.person_id in people:
        return payer_of(people[each.person_id])
    group, home = groups.get(each.group_id or 0), homes.get(each.institution_id or 0)
    labs = frozenset({group.lab_id} - {None}) if group is not None else frozenset()
    return Payer() if home is None else Payer(home.id, home.kind, home.country, labs)


def _charger(each: Customer, people: Mapping[int, Actor]) -> Charger:
    """A person by their rights; a unit by those that everybody in it has."""
    if each.person_id in people:
        return charger(people[each.person_id])
    groups = frozenset() if each.group_id is None else frozenset({each.group_id})
    return Charger(0, each.institution_id, groups)


def chargeable_by(customer: Customer, now: datetime, home_id: int) -> list[int]:
    """The funds that could pay for a customer at an institution: those that the person may charge; of a unit alone its own
    that are open. What is with another institution, prepaid or on credit, does not pay there."""
    pays_there = FundRow.kind.not_in(ONLY_AT_HOME) | (FundRow.institution_id == home_id)
    if customer.person_id is not None:
        person = actors_by_ids({customer.person_id}, now).get(customer.person_id)
        own = FundRow.id.in_([] if person is None else chargeable(person))
    elif customer.group_id is not None:
        own = (FundRow.group_id == customer.group_id) & (FundRow.state != "closed")
    else:
        own = (FundRow.owner_institution_id == customer.institution_id) & FundRow.group_id.is_(None)
        own &= FundRow.state != "closed"
    return list(db.session.scalars(select(FundRow.id).where(own, pays_there).order_by(FundRow.id)))


def against_funds(
    actor: Actor, named: Sequence[Served], uses: Sequence[Use], instrument_id: int, start: int
) -> Iterator[Reason]:
    """Every reason why a fund cannot pay for its customer's part of a run that began at `start` (UTC seconds). uses: the
    part of each.

    What has no price is not known to be too much: it waits for the lab. What is left of a fund is told only to whoever
    may see the fund.
    """
    funds = known({each.customer.fund_id for each in named if each.customer.fund_id is not None})
    before: dict[int, int] = {}
    for each, use in zip(named, uses, strict=True):
        if each.customer.fund_id is None:
            continue
        fund = funds.get(each.customer.fund_id)
        if fund is None:
            yield no_such_fund(of_customer(each.place, "fund_id"))
            continue
        cost = _cost(each, use, start)
        reasons = list(_against(fund, each, cost, instrument_id, start, before.get(fund.id, 0)))
        may_know = reasons and may_see(actor, db.session.get_one(FundRow, fund.id))
        yield from reasons if may_know else map(without_sums, reasons)
        before[fund.id] = before.get(fund.id, 0) + (cost.total.units if cost else 0)


def _against(
    fund: Fund, each: Served, cost: Quote | None, instrument_id: int, start: int, before: int
) -> Iterator[Reason]:
    """before: what other customers of the same run take of it, in minor units."""
    day = local_day(instant(start), each.offer.place.zone)
    wish = Wish(place_of(instrument_id), day, fund.currency, replaced=-before)
    if cost is not None:
        lines = frozenset(line.kind for line in cost.lines)
        wish = replace(wish, currency=cost.currency, amount=cost.total, lines=lines)
    whose = each.charger
    if whose.person_id:
        whose = replace(whose, taken=taken_by([fund.id], whose.person_id)[fund.id])
    yield from objections(fund, whose, wish, of_customer(each.place, "fund_id"))


def _cost(each: Served, use: Use, start: int) -> Quote | None:
    """What the part costs its customer; None where it has no price."""
    place = each.offer.place
    if each.offer.terms is None:
        return None
    last = max([end for _, end in use.sessions], default=start)
    days = (local_day(instant(start), place.zone), local_day(instant(last), place.zone))
    wall = walls_of([place], *days)[place.lab.institution_id, place.zone]
    try:
        return priced(each.offer.terms, use, wall)
    except Unpriced:
        return None
