"""Why this amount: from the reservation over price and use to lines, shares and entries, read for one charge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, or_, select, type_coerce
from sqlalchemy.orm import aliased

from instruments.catalog.models import Instrument
from instruments.charges.dispute_models import Dispute
from instruments.charges.models import Charge, ChargeLine, ChargeShare
from instruments.charges.states import DRAFT, USE
from instruments.charges.taken_off import answers_that_count
from instruments.charges.worklist import lacked_by
from instruments.database import db
from instruments.errors import Reason
from instruments.funds.ledger_models import LedgerAccount, LedgerTransfer
from instruments.funds.models import Fund
from instruments.funds.programme_models import ProgrammeRow
from instruments.people.customer import WHY
from instruments.people.models import Institution, Lab, Person, ResearchGroup
from instruments.rates.kept import reasons_from_json
from instruments.rates.models import RateVersion
from instruments.reservations.models import Reservation
from instruments.reservations.price_models import ReservationPrice
from instruments.timespan import Pair
from instruments.usage.keeping import settled
from instruments.usage.models import InstrumentUse

_CHARGE: Any = Charge.__table__
_LINE: Any = ChargeLine.__table__
_SHARE: Any = ChargeShare.__table__
_DISPUTE: Any = Dispute.__table__
_TRANSFER: Any = LedgerTransfer.__table__


@dataclass(frozen=True, slots=True)
class Chain:
    """All that explains a charge; what there is not is None or empty."""

    place: Row[Any]
    reservation: Row[Any] | None
    price: Row[Any] | None
    why_class: tuple[Reason, ...]
    version: Row[Any] | None
    use: Row[Any] | None
    graded: Sequence[tuple[Pair, str]]
    lines: Sequence[Row[Any]]
    shares: Sequence[Row[Any]]
    entries: Sequence[Row[Any]]
    related: Sequence[Row[Any]]
    disputes: Sequence[Row[Any]]
    taken_off: Sequence[Row[Any]]
    lacking: tuple[Reason, ...]


def chain_of(row: Any, now: datetime) -> Chain:
    """The chain of a charge (its row). A constant number of statements."""
    price = _first(ReservationPrice.__table__, "reservation_id", row.reservation_id)
    use = _first(InstrumentUse.__table__, "id", row.use_id)
    why = reasons_from_json(price.why) if price is not None else ()
    if not why and row.customer_class in WHY:
        why = (Reason(row.customer_class, None, WHY[row.customer_class]),)
    return Chain(
        place=_place(row),
        reservation=_first(Reservation.__table__, "id", row.reservation_id),
        price=price,
        why_class=why,
        version=_first(RateVersion.__table__, "id", row.version_id),
        use=use,
        graded=settled(use.id, now, use.confirmed_at).graded if use is not None else (),
        lines=db.session.execute(
            select(_LINE).where(_LINE.c.charge_id == row.id).order_by(_LINE.c.position)
        ).all(),
        shares=_shares(row.id),
        entries=_entries(row.reverses_id or row.id, reversals=row.reverses_id is not None),
        related=_related(row),
        disputes=_disputes(_DISPUTE.c.charge_id == row.id),
        taken_off=_disputes(_DISPUTE.c.id.in_(off)) if (off := answers_that_count(row.id)) else (),
        # A draft stays as it was priced last, while its use lacks something to be priced as it is now.
        lacking=lacked_by(row.use_id, row.customer) if (row.state, row.kind) == (DRAFT, USE) else (),
    )


def _first(table: Any, name: str, number: int | None) -> Row[Any] | None:
    if number is None:
        return None
    return db.session.execute(select(table).where(table.c[name] == number)).first()


def _place(row: Any) -> Row[Any]:
    user, group = aliased(Person), aliased(ResearchGroup)
    maker, second = aliased(Person), aliased(Person)
    return db.session.execute(
        select(
            Lab.name_en.label("lab_en"), Lab.name_zh.label("lab_zh"), Lab.zone,
            Institution.name_en.label("institution_en"), Institution.name_zh.label("institution_zh"),
            Instrument.name_en.label("instrument_en"), Instrument.name_zh.label("instrument_zh"),
            user.name_en.label("user_en"), user.name_zh.label("user_zh"),
            group.name_en.label("group_en"), group.name_zh.label("group_zh"),
            maker.name_en.label("maker_en"), maker.name_zh.label("maker_zh"),
            second.name_en.label("second_en"), second.name_zh.label("second_zh"),
        )
        .select_from(Lab)
        .join(Institution, Institution.id == Lab.institution_id)
        .outerjoin(Instrument, Instrument.id == row.instrument_id)
        .outerjoin(user, user.id == row.user_id)
        .outerjoin(group, group.id == row.group_id)
        .outerjoin(maker, maker.id == row.made_by_id)
        .outerjoin(second, second.id == row.approved_by_id)
        .where(Lab.id == row.lab_id)
    ).one()  # fmt: skip


def _shares(charge_id: int) -> Sequence[Row[Any]]:
    return db.session.execute(
        select(
            _SHARE, Fund.code.label("fund_code"), Fund.name_en.label("fund_en"), Fund.name_zh.label("fund_zh"),
            Institution.name_en.label("payer_en"), Institution.name_zh.label("payer_zh"),
            Person.name_en.label("person_en"), Person.name_zh.label("person_zh"),
            ProgrammeRow.name_en.label("programme_en"), ProgrammeRow.name_zh.label("programme_zh"),
        )
        .outerjoin(Fund, Fund.id == _SHARE.c.fund_id)
        .outerjoin(Institution, Institution.id == _SHARE.c.payer_institution_id)
        .outerjoin(Person, Person.id == _SHARE.c.payer_person_id)
        .outerjoin(ProgrammeRow, ProgrammeRow.id == _SHARE.c.programme_id)
        .where(_SHARE.c.charge_id == charge_id)
        .order_by(_SHARE.c.position)
    ).all()  # fmt: skip


def _entries(charge_id: int, *, reversals: bool) -> Sequence[Row[Any]]:
    """Entries of the books: those of the charge itself, or those that took it back."""
    debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
    transfer = _TRANSFER.c
    return db.session.execute(
        select(
            transfer.id, transfer.amount_units, transfer.currency, transfer.month, transfer.institution_id,
            type_coerce(transfer.posted_at, BigInteger).label("posted_at"), debit.kind.label("debit"),
            credit.kind.label("credit"), transfer.debit_id, transfer.credit_id,
        )
        .join(debit, debit.id == transfer.debit_id)
        .join(credit, credit.id == transfer.credit_id)
        .where(
            transfer.thing_kind == "charge", transfer.thing_id == charge_id,
            transfer.reverses_id.is_not(None) if reversals else transfer.reverses_id.is_(None),
        )
        .order_by(transfer.id)
    ).all()  # fmt: skip


def _related(row: Any) -> Sequence[Row[Any]]:
    """Charges that replace, take back, lessen or raise this one, or that it does so to."""
    charge = _CHARGE.c
    numbers = [each for each in (row.reverses_id, row.corrects_id, row.about_id) if each is not None]
    links = (charge.reverses_id, charge.corrects_id, charge.about_id)
    return db.session.execute(
        select(
            charge.id, charge.kind, charge.state, charge.total_units, charge.currency, charge.reverses_id,
            charge.corrects_id, charge.about_id, charge.reason, charge.waits_for_second, charge.made_at,
            Person.name_en.label("maker_en"), Person.name_zh.label("maker_zh"),
        )
        .outerjoin(Person, Person.id == charge.made_by_id)
        .where(or_(charge.id.in_(numbers), *(link == row.id for link in links)))
        .order_by(charge.id)
    ).all()  # fmt: skip


def _disputes(which: ColumnElement[bool]) -> Sequence[Row[Any]]:
    by, decider, second = aliased(Person), aliased(Person), aliased(Person)
    return db.session.execute(
        select(
            _DISPUTE, by.name_en.label("by_en"), by.name_zh.label("by_zh"), decider.name_en.label("decider_en"),
            decider.name_zh.label("decider_zh"), second.name_en.label("second_en"), second.name_zh.label("second_zh"),
        )
        .join(by, by.id == _DISPUTE.c.raised_by_id)
        .outerjoin(decider, decider.id == _DISPUTE.c.decided_by_id)
        .outerjoin(second, second.id == _DISPUTE.c.agreed_by_id)
        .where(which)
        .order_by(_DISPUTE.c.id)
    ).all()  # fmt: skip
