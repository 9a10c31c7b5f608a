"""Who pays for the shown lab's runs and walk-ups, and by which prices, as its manager said; the newest still wait for it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select

from instruments.catalog.models import Instrument
from instruments.charges.models import UsePayer, UsePrice
from instruments.database import db
from instruments.demo.generator.funds import SHOWN_HOUSE
from instruments.demo.generator.instruments import SHOWN_LAB
from instruments.demo.generator.places import ZONE
from instruments.demo.generator.world import InventedWorld
from instruments.demo.money.binding import COUNTRY
from instruments.demo.money.choosing import Purse
from instruments.demo.money.versions import Cards
from instruments.funds.payers import payers_of
from instruments.people.customer import LabPlace, customer_class
from instruments.usage.models import InstrumentUse, RunCustomer

LEFT_OPEN = 3
REASON = "Nothing was booked; the prices of the day. / 未经预约，按当日价格。"


def pay_for_runs(world: InventedWorld, cards: Cards, purse: Purse) -> None:
    """Inside the deed that loads the world."""
    rows = _runs()
    manager = world.people.staff_of_lab[SHOWN_LAB][0]
    payers = payers_of([fund["id"] for fund in purse.made.funds])
    paid, priced = [], {}
    for row in rows:
        day = row.started_at.astimezone(ZONE).date()
        version = cards.holding(row.instrument_id, SHOWN_LAB, day)
        number, house = row.person_id or row.user_id, row.home or row.institution_id
        group = world.people.group_of.get(number)
        shares = purse.payers(row.id, group, house, SHOWN_HOUSE, day)
        if version is None or not shares:
            continue
        place = LabPlace(SHOWN_LAB, SHOWN_HOUSE, COUNTRY)
        told = {"decided_by_id": manager, "decided_at": row.confirmed_at}
        priced[row.id] = {"use_id": row.id, "version_id": version, "reason": REASON, **told}
        paid.append({
            "use_id": row.id, "customer": row.position or 0, "position": 0, "fund_id": shares[0].fund_id, "percent": "100",
            "customer_class": customer_class(payers[shares[0].fund_id], place).key, **told,
        })  # fmt: skip
    if paid:
        db.session.execute(insert(UsePrice.__table__), list(priced.values()))
        db.session.execute(insert(UsePayer.__table__), paid)


def _runs() -> list[Any]:
    """Each customer of what was used without a reservation, but for the newest."""
    use, customer = InstrumentUse, RunCustomer
    asked: Any = (
        select(
            use.id, use.instrument_id, use.user_id, use.institution_id, use.started_at, use.confirmed_at,
            customer.position, customer.person_id, customer.institution_id.label("home"),
        )
        .join(Instrument, Instrument.id == use.instrument_id)
        .outerjoin(customer, customer.use_id == use.id)
        .where(Instrument.lab_id == SHOWN_LAB, use.kind != "reservation", use.state == "confirmed")
        .order_by(use.started_at.desc(), customer.position)
    )  # fmt: skip
    rows: list[Any] = list(db.session.execute(asked))
    newest = list(dict.fromkeys(row.id for row in rows))[:LEFT_OPEN]
    return [row for row in rows if row.id not in newest]
