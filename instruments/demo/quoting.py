"""The formal quotes of the demonstration: an agreement of the first institution, and what it quoted to the shown company.

They are made by the acts themselves, so that they hold what any quote holds: a few rows, made last.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from sqlalchemy import select

from instruments.database import db
from instruments.demo.generator.world import InventedWorld
from instruments.errors import Refusal
from instruments.funds.knowing import chargeable
from instruments.funds.programme_models import ProgrammeRow
from instruments.people.models import RoleGrant
from instruments.people.rights import Actor, Role
from instruments.people.signing import actor_by_id
from instruments.reservations.bookable import Bookable, bookables
from instruments.reservations.booking import BookingRequest
from instruments.reservations.formal_quotes.agreements import accept_agreement, publish
from instruments.reservations.formal_quotes.answering import accept
from instruments.reservations.formal_quotes.making import make_quote
from instruments.reservations.payment import Payment, from_fund

TITLES = ("Coating of sample lenses / 样品镜片镀膜", "Surface of sample lenses / 样品镜片表面")
MOST_TRIED, DAYS = 12, range(9, 3, -1)
TEXTS = (
    "1. Orders\nThe institution carries out what is ordered under quotes that were accepted, at their prices.\n\n"
    "2. Payment\nWithin 30 days of the statement of a month.\n\n3. Results\nThey belong to who ordered them.",
    "一、订单\n本单位按已接受的报价及其价格提供服务。\n\n二、付款\n收到月对账单后 30 日内付款。\n\n"
    "三、成果\n测试结果归委托方所有。",
)


def quote_the_company(world: InventedWorld, now: datetime) -> int:
    """Publish the agreement, accept it for the company, quote twice and accept the second; how many quotes. In the deed."""
    shown = world.people.shown
    actor, officer = (actor_by_id(shown[key], now) for key in ("company", "finance_officer"))
    if actor is None or officer is None or officer.institution_id is None:
        return 0
    house = officer.institution_id
    publish(officer, house, TEXTS, 0, now)
    manager = _manager(actor, now)
    if manager is not None:
        accept_agreement(manager, house, 1, now)
    made = list(_quotes(actor, house, now))
    if len(made) == len(TITLES) and manager is not None:
        _order(actor, made[-1], now)
    return len(made)


def _manager(actor: Actor, now: datetime) -> Actor | None:
    """Who manages the company."""
    held = RoleGrant
    person_id = db.session.scalar(
        select(held.person_id)
        .where(held.role == Role.COMPANY_MANAGER, held.institution_id == actor.institution_id)
        .order_by(held.person_id)
        .limit(1)
    )
    return None if person_id is None else actor_by_id(person_id, now)


def _quotes(actor: Actor, house: int, now: datetime) -> Iterator[int]:
    """The first times that can be quoted, one for each title."""
    left, vouchers = list(TITLES), _vouchers()
    for wanted in _wishes(actor, house, now):
        if not left:
            return
        try:
            request = BookingRequest(
                *wanted, purpose="service", title=left[0], payment=Payment(programmes=vouchers)
            )
            number = make_quote(actor, request, now)
        except Refusal:
            continue
        del left[0]
        yield number


def _vouchers() -> tuple[int, ...]:
    """The first programme, which has admitted the shown company."""
    first = db.session.scalar(select(ProgrammeRow.id).order_by(ProgrammeRow.id).limit(1))
    return () if first is None else (first,)


def _wishes(actor: Actor, house: int, now: datetime) -> Iterator[tuple[int, datetime, datetime]]:
    """Two hours, or the shortest that is allowed, in the mornings and afternoons of the coming days."""
    fit = [
        thing for _, thing in sorted(bookables().items()) if thing.institution_id == house and thing.has_card
    ]
    for thing in [each for each in fit if each.admits(actor)][:MOST_TRIED]:
        for days in DAYS:
            for hour in (10, 14):
                start = _start(thing, now, days, hour)
                yield thing.id, start, start + timedelta(seconds=thing.rules.fitting(2 * 3600))


def _start(thing: Bookable, now: datetime, days: int, hour: int) -> datetime:
    day = now.astimezone(thing.calendar.zone).date() + timedelta(days=days)
    return datetime.combine(day, time(hour), thing.calendar.zone)


def _order(actor: Actor, number: int, now: datetime) -> None:
    """Accept it from the first fund of the company that can pay, else with nobody named."""
    for fund_id in (*sorted(chargeable(actor)), None):
        try:
            accept(actor, number, from_fund(fund_id).parts, None, now)
        except Refusal:
            continue
        return
