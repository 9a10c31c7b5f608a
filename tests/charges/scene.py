"""A small house of money for tests: a lab with prices, a group with a grant, a partner, a company, and uses to charge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from instruments.charges import charging
from instruments.charges.models import Charge
from instruments.database import db
from instruments.database.transactions import perform
from instruments.funds.ledger_models import LedgerAccount, LedgerTransfer
from instruments.funds.models import Fund, FundUser
from instruments.people.models import Person
from instruments.people.rights import Role
from instruments.people.signing import actor_by_id
from instruments.reservations.models import Reservation
from instruments.reservations.price_models import ReservationPayer, ReservationPrice
from instruments.usage.models import InstrumentUse, UsageSettings, UseCount, UseSpan
from tests.conftest import NOW
from tests.rates.pricing_world import published
from tests.world import World

HOUR = timedelta(hours=1)
# Monday, 1 February 2027, 09:00 in Shanghai.
MORNING = datetime.fromisoformat("2027-02-01T09:00:00+08:00")
SINCE = datetime.fromisoformat("2020-01-01T00:00:00+00:00")
PRICES = {"own_lab": 4000, "own_institution": 6000, "partner": 9000, "company": 20000}


class Scene:
    """Who and what there is; each deed commits."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lab = world.lab()
        self.house = self.lab.institution
        self.instrument = world.instrument(self.lab)
        self.manager = world.person(self.house)
        world.grant(self.manager, Role.LAB_MANAGER, self.lab)
        self.finance = world.person(self.house)
        world.grant(self.finance, Role.FINANCE_OFFICER, self.house)
        self.head = world.person(self.house)
        self.group = world.group(self.house, self.head)
        self.student = world.person(self.house, kind="student")
        world.grant(self.student, Role.MEMBER, self.group)
        self.grant = self.fund(self.group, budget_units=1_000_000)
        self.version = published(self.lab, date(2027, 1, 1))

    def with_walk_ups(self) -> Scene:
        """The same, with a lab that takes uses without a reservation."""
        db.session.add(UsageSettings(lab_id=self.lab.id, walk_up=True))
        db.session.commit()
        return self

    def fund(self, owner: Any, **values: Any) -> Fund:
        """A fund that everybody of its owner may charge."""
        row = self.world.fund(owner, **values)
        db.session.add(FundUser(fund_id=row.id, given_at=NOW))
        db.session.commit()
        return row

    def partner(self, **values: Any) -> tuple[Person, Fund]:
        """A member of another university, whose group has a grant in its own books."""
        other = self.world.institution()
        head = self.world.person(other)
        return head, self.fund(self.world.group(other, head), **({"budget_units": 1_000_000} | values))

    def reservation(
        self,
        start: datetime = MORNING,
        hours: float = 2,
        payers: Sequence[tuple[Fund, str, str]] | None = None,
        user: Person | None = None,
        **values: Any,
    ) -> Reservation:
        """A priced reservation of the student, paid by the grant unless payers (fund, percent, class) are given."""
        bound = {
            "version_id": values.pop("version_id", self.version.id), "mode": "self", "currency": "CNY", "quoted_units": 0,
            "priced_at": start - timedelta(days=7), "ceiling_units": values.pop("ceiling_units", None),
        }  # fmt: skip
        who = user or self.student
        row = self.world.reservation(
            values.pop("instrument", self.instrument), who, start, start + hours * HOUR,
            **({"group_id": self.group.id if who is self.student else None} | values),
        )  # fmt: skip
        paying = [(self.grant, "100", "own_institution")] if payers is None else payers
        customer_class = paying[0][2] if paying else "own_institution"
        db.session.add(ReservationPrice(reservation_id=row.id, customer_class=customer_class, **bound))
        for position, (fund, percent, each) in enumerate(paying):
            db.session.add(
                ReservationPayer(
                    reservation_id=row.id, position=position, fund_id=fund.id, percent=Decimal(percent),
                    customer_class=each, share_units=0,
                )
            )  # fmt: skip
        db.session.commit()
        return row

    def use(
        self,
        reservation: Reservation | None = None,
        spans: Sequence[tuple[datetime, datetime]] | None = None,
        counts: Mapping[str, str] | None = None,
        **values: Any,
    ) -> InstrumentUse:
        """A confirmed use of a reservation, as long as it was reserved unless spans are given; of none, a walk-up."""
        if reservation is not None:
            values = {
                "reservation_id": reservation.id, "kind": "reservation", "user_id": reservation.user_id,
                "group_id": reservation.group_id, "institution_id": reservation.institution_id,
                "instrument_id": reservation.instrument_id,
                "reserved_from": reservation.starts_at, "reserved_until": reservation.ends_at,
            } | values  # fmt: skip
            spans = spans or [(reservation.starts_at, reservation.ends_at)]
        else:
            values = {
                "kind": "walk_up", "user_id": self.student.id, "group_id": self.group.id,
                "institution_id": self.house.id, "instrument_id": self.instrument.id,
            } | values  # fmt: skip
            spans = spans or [(MORNING, MORNING + HOUR)]
        at = spans[-1][1] + HOUR
        values = {
            "state": "confirmed", "started_at": spans[0][0], "ended_at": spans[-1][1], "ended_by": "person",
            "confirmed_at": at, "confirmed_by_id": self.manager.id, "created_at": at, "changed_at": at,
        } | values  # fmt: skip
        row = InstrumentUse(**values)
        db.session.add(row)
        db.session.flush()
        for start, end in spans:
            db.session.add(
                UseSpan(
                    use_id=row.id, layer="attended", started_at=start, ended_at=end, grade="scan", recorded_at=end,
                    source_key="",
                )
            )  # fmt: skip
        for code, number in (counts or {}).items():
            db.session.add(UseCount(use_id=row.id, code=code, number=Decimal(number)))
        db.session.commit()
        return row

    def charge(self, now: datetime = NOW) -> list[int]:
        """Charge whatever waits, as the worker does; the numbers of the new charges."""
        prepared = charging.prepare(charging.waiting(SINCE))
        db.session.rollback()
        return perform(lambda: charging.charge(prepared, now))

    def charged(self, **values: Any) -> Charge:
        """One charge: of a reservation used as it was reserved, at the usual price."""
        self.use(self.reservation(**values))
        (number,) = self.charge()
        return db.session.get(Charge, number)

    def actor(self, person: Person) -> Any:
        """Somebody as who acts."""
        return actor_by_id(person.id, NOW)


def balances() -> dict[tuple[str, int, int | None], int]:
    """By (kind, books, fund), what stands on the accounts, straight from the transfers; those with nothing are left out."""
    account, transfer = LedgerAccount, LedgerTransfer
    found: dict[tuple[str, int, int | None], int] = {}
    for side, sign in ((transfer.debit_id, 1), (transfer.credit_id, -1)):
        rows = db.session.execute(
            select(account.kind, account.institution_id, account.fund_id, func.sum(transfer.amount_units))
            .join(account, account.id == side)
            .group_by(account.id)
        )
        for kind, institution_id, fund_id, units in rows:
            key = (kind, institution_id, fund_id)
            found[key] = found.get(key, 0) + sign * int(units)
    return {key: units for key, units in found.items() if units}
