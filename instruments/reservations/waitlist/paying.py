"""Who is to pay for what is waited for: weighed when it is asked, remembered, and taken where an offer is accepted."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import insert, select

from instruments.database import db
from instruments.errors import Reason
from instruments.funds.knowing import charger, known, with_right
from instruments.funds.models import Fund as FundRow
from instruments.funds.objecting import Fund, Place, name_of, no_longer_theirs, no_such_fund, objections
from instruments.funds.objecting import Wish as FundWish
from instruments.people.rights import Actor
from instruments.reservations.bookable import Bookable
from instruments.reservations.payment import Part, Payment
from instruments.reservations.payment import objections as payment_objections
from instruments.reservations.waitlist.models import WaitPayer, WaitRequest

_PAYER: Any = WaitPayer.__table__
_REQUEST: Any = WaitRequest.__table__
# What depends on where the time will be, which of a class is not known yet.
OF_PLACES = ("fund_elsewhere", "fund_not_here")


class NamedPart(NamedTuple):
    """A fund that is to pay a part."""

    fund_id: int
    code: str
    name_en: str
    name_zh: str
    percent: Decimal

    @property
    def name(self) -> str:
        """Both names with the code, as the rules of funds say them."""
        return name_of(self)


def against(
    user: Actor, thing: Bookable | None, payment: Payment, days: tuple[date, date]
) -> Iterator[Reason]:
    """Every reason why what will be offered cannot be paid so, whatever it costs. thing: None for any of a class; days: the
    first and the last on which it may be."""
    wrong = list(payment_objections(payment))
    yield from wrong
    named = payment.fund_ids
    if wrong or not named:
        return
    if named - with_right(user, named):
        yield no_such_fund()
        return
    for fund in known(named).values():
        first, last = (_weighed(fund, user, thing, day) for day in days)
        # What stands against it on both days stands in its way for good.
        yield from (reason for reason in first if reason.code in {each.code for each in last})


def _weighed(fund: Fund, user: Actor, thing: Bookable | None, day: date) -> list[Reason]:
    classes = frozenset({thing.class_code} if thing and thing.class_code else ())
    place = Place(thing.institution_id, thing.lab_id, classes) if thing else Place(fund.institution_id, 0)
    found = objections(fund, charger(user), FundWish(place, day, fund.currency))
    return [reason for reason in found if thing or reason.code not in OF_PLACES]


def keep(request_id: int, payment: Payment) -> None:
    """Write down the funds, inside a deed; the rest is columns of the request."""
    rows = [
        {"request_id": request_id, "position": position, "fund_id": part.fund_id, "percent": part.percent}
        for position, part in enumerate(payment.parts)
    ]
    if rows:
        db.session.execute(insert(_PAYER), rows)


def columns_of(payment: Payment) -> dict[str, Any]:
    """What of a payment stands in the request itself."""
    counts = {code: str(number) for code, number in payment.counts.items()}
    return {"mode": payment.mode, "counts": counts, "programmes": list(payment.programmes)}


def remembered(request_id: int) -> Payment:
    """How it was said that it is to be paid. Two statements."""
    row = db.session.execute(
        select(_REQUEST.c.mode, _REQUEST.c.counts, _REQUEST.c.programmes).where(_REQUEST.c.id == request_id)
    ).one()
    parts = tuple(Part(each.fund_id, each.percent) for each in paid_from([request_id]).get(request_id, ()))
    counts = {code: Decimal(number) for code, number in row.counts.items()}
    return Payment(parts, tuple(row.programmes), row.mode, counts)


def paid_from(request_ids: Collection[int]) -> dict[int, list[NamedPart]]:
    """The funds of each request that names any, in their order. One statement."""
    rows = db.session.execute(
        select(
            _PAYER.c.request_id, FundRow.id, FundRow.code, FundRow.name_en, FundRow.name_zh, _PAYER.c.percent
        )
        .join(FundRow, FundRow.id == _PAYER.c.fund_id)
        .where(_PAYER.c.request_id.in_(request_ids))
        .order_by(_PAYER.c.request_id, _PAYER.c.position)
    )
    found: dict[int, list[NamedPart]] = {}
    for request_id, *part in rows:
        found.setdefault(request_id, []).append(NamedPart(*part))
    return found


def lost(user: Actor, request_id: int) -> list[Reason]:
    """The funds that were named and that the user may not charge any more."""
    parts = paid_from([request_id]).get(request_id, [])
    theirs = with_right(user, {part.fund_id for part in parts})
    return [no_longer_theirs(part.name) for part in parts if part.fund_id not in theirs]
