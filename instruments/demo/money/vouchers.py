"""What programmes bear of the reservations of companies that they admitted, and what they have reserved for it so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from instruments.database import db
from instruments.demo.generator.places import ZONE
from instruments.funds.programme_models import ProgrammeHold, ProgrammePayer, ProgrammeRow
from instruments.funds.programme_setting import terms_of
from instruments.funds.programmes import Programme, Standing
from instruments.funds.sharing import Terms
from instruments.money import Money
from instruments.timespan import instant


@dataclass
class Vouchers:
    """The programmes with their rules, whom they admitted since when, and what they bear of each reservation."""

    programmes: Mapping[int, Programme]
    admitted: Mapping[int, list[tuple[int, datetime]]]
    currency: str = "CNY"
    reserved: list[dict[str, Any]] = field(default_factory=list)
    _yearly: dict[tuple[int, int, int], int] = field(default_factory=dict)
    _all: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of_world(cls) -> Vouchers:
        """As they stand in the database before anything was reserved."""
        programmes = {row.id: terms_of(row) for row in db.session.scalars(select(ProgrammeRow))}
        admitted: dict[int, list[tuple[int, datetime]]] = {}
        one = ProgrammePayer
        for row in db.session.scalars(select(one).where(one.state == "admitted").order_by(one.id)):
            if row.payer_institution_id is not None and row.decided_at is not None:
                admitted.setdefault(row.payer_institution_id, []).append((row.programme_id, row.decided_at))
        return cls(programmes, admitted)

    def terms(self, row: Any) -> tuple[Terms, ...]:
        """The programmes that bear a part of a reservation of one of theirs, as they stand; of none that fell away."""
        if row.state in ("cancelled", "no_show"):
            return ()
        booked = instant(row.created_at)
        return tuple(
            Terms(number, self.programmes[number], self._standing(number, row.institution_id, booked.year))
            for number, since in self.admitted.get(row.institution_id, ())
            if since <= booked and self._is_for(self.programmes[number], row, booked)
        )

    def _is_for(self, programme: Programme, row: Any, booked: datetime) -> bool:
        day = booked.astimezone(ZONE).date()
        here = not programme.institutions or row.creditor_id in programme.institutions
        return here and programme.valid_from <= day <= programme.valid_to

    def _standing(self, number: int, payer: int, year: int) -> Standing:
        in_year, in_all = self._yearly.get((number, payer, year), 0), self._all.get(number, 0)
        return Standing(Money.from_units(in_year, self.currency), Money.from_units(in_all, self.currency))

    def reserve(self, row: Any, borne: Mapping[int, int]) -> None:
        """Note what programmes bear of a reservation."""
        made_at = instant(row.created_at)
        for number, units in borne.items():
            key = (number, row.institution_id, made_at.year)
            self._yearly[key] = self._yearly.get(key, 0) + units
            self._all[number] = self._all.get(number, 0) + units
            self.reserved.append({
                "programme_id": number, "payer_institution_id": row.institution_id, "payer_person_id": None,
                "thing_kind": "reservation", "thing_id": row.id, "amount_units": units, "year": made_at.year,
                "state": "reserved", "made_at": made_at, "resolved_at": None,
            })  # fmt: skip

    def write(self) -> None:
        """Write down what was reserved since the last time, inside the deed that loads the world."""
        if self.reserved:
            db.session.execute(insert(ProgrammeHold.__table__), self.reserved)
        self.reserved = []
