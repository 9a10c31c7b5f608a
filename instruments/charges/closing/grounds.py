"""What charges rest on, many at once: what was reserved and used, the quote, the version of the prices, and the class."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, select

from instruments.charges.models import Charge
from instruments.database import db
from instruments.people.models import Lab
from instruments.rates.models import RateVersion
from instruments.reservations.price_models import ReservationPrice
from instruments.usage.models import InstrumentUse

_CHARGE: Any = Charge.__table__
_USE: Any = InstrumentUse.__table__
_PRICE: Any = ReservationPrice.__table__
_VERSION: Any = RateVersion.__table__
_LAB: Any = Lab.__table__


def grounds(charge_ids: Collection[int]) -> dict[int, Row[Any]]:
    """By charge what it rests on; what there is not is None. One statement."""
    charge, use, price = _CHARGE.c, _USE.c, _PRICE.c
    asked = (
        select(
            charge.id, charge.currency, charge.customer_class, charge.posted_at, use.reserved_from, use.reserved_until,
            use.started_at, use.ended_at, price.quoted_units, price.priced_at, price.why,
            _VERSION.c.valid_from, _LAB.c.zone,
        )
        .join(_LAB, _LAB.c.id == charge.lab_id)
        .outerjoin(_USE, use.id == charge.use_id)
        .outerjoin(_PRICE, price.reservation_id == charge.reservation_id)
        .outerjoin(_VERSION, _VERSION.c.id == charge.version_id)
        .where(charge.id.in_(charge_ids))
    )  # fmt: skip
    return {row.id: row for row in db.session.execute(asked)}
