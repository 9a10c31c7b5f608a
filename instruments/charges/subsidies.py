"""What programmes bear of charges: the terms that were reserved at booking, committed when posted, given back on reversal."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select

from instruments.charges.gathering_rows import rows_among
from instruments.charges.models import Charge, ChargeShare
from instruments.database import db
from instruments.funds import subsidizing
from instruments.funds.programme_models import ProgrammeHold, ProgrammeRow
from instruments.funds.programme_setting import terms_of
from instruments.funds.programmes import Standing
from instruments.funds.sharing import PAYER, Terms
from instruments.funds.subsidizing import commit as pay_for
from instruments.money import Money

_CHARGE: Any = Charge.__table__
_HOLD: Any = ProgrammeHold.__table__
_SHARE: Any = ChargeShare.__table__


def reserved_terms(reservation_ids: Collection[int]) -> dict[int, tuple[Terms, ...]]:
    """By reservation, the programmes that reserved something for it, as if they had not. One statement where none did."""
    hold = _HOLD.c
    asked = select(_HOLD).where(hold.thing_kind == "reservation", hold.state == "reserved").order_by(hold.id)
    found: dict[int, list[Any]] = {}
    for row in rows_among(asked, hold.thing_id, reservation_ids):
        found.setdefault(row.thing_id, []).append(row)
    known = _Standings()
    return {number: _terms(rows, known) for number, rows in found.items()}


def committed_terms(use_ids: Collection[int]) -> dict[int, tuple[Terms, ...]]:
    """By use, the programmes that paid for its charge as it stands: the original terms when it is charged anew.

    One statement where none did.
    """
    hold, charge = _HOLD.c, _CHARGE.c
    asked = (
        select(_HOLD, charge.use_id)
        .join(_CHARGE, (hold.thing_kind == "charge") & (hold.thing_id == charge.id))
        .where(hold.state == "committed", charge.kind == "use", charge.state != "reversed")
        .order_by(hold.id)
    )
    return _by_use(asked, use_ids)


def given_back_terms(use_ids: Collection[int]) -> dict[int, tuple[Terms, ...]]:
    """By use, the programmes that paid for its last posted charge, which was reversed when its confirmation was taken back: the
    original terms when it is confirmed anew. One statement where there is none."""
    hold, charge, later = _HOLD.c, _CHARGE.c, _CHARGE.alias()
    replaced = exists().where(
        later.c.use_id == charge.use_id, later.c.customer == charge.customer, later.c.kind == "use",
        later.c.posted_at.is_not(None), later.c.id > charge.id,
    )  # fmt: skip
    asked = (
        select(_HOLD, charge.use_id)
        .join(_CHARGE, (hold.thing_kind == "charge") & (hold.thing_id == charge.id))
        .where(hold.state == "reversed", charge.kind == "use", charge.state == "reversed", ~replaced)
        .order_by(hold.id)
    )
    return _by_use(asked, use_ids)


def _by_use(asked: Any, use_ids: Collection[int]) -> dict[int, tuple[Terms, ...]]:
    """The terms of what these holds (rows with a `use_id`) stand for, by use."""
    found: dict[int, list[Any]] = {}
    for row in rows_among(asked, _CHARGE.c.use_id, use_ids):
        found.setdefault(row.use_id, []).append(row)
    known = _Standings()
    return {number: _terms(rows, known) for number, rows in found.items()}


def terms_of_charge(charge_id: int) -> tuple[Terms, ...]:
    """The programmes that paid for a charge, as if they had not: the original terms of its correction."""
    hold = _HOLD.c
    asked = select(_HOLD).where(
        hold.thing_kind == "charge", hold.thing_id == charge_id, hold.state == "committed"
    )
    rows = db.session.execute(asked.order_by(hold.id)).all()
    return _terms(rows, _Standings()) if rows else ()


def terms_of_draft(row: Any) -> tuple[Terms, ...]:
    """The programmes that bear a part of a draft (its row): those that paid for what it replaces, or reserved for it."""
    paid = None
    if row.use_id is not None:
        paid = committed_terms([row.use_id]).get(row.use_id) or given_back_terms([row.use_id]).get(row.use_id)
    if paid or row.reservation_id is None:
        return paid or ()
    return reserved_terms([row.reservation_id]).get(row.reservation_id, ())


def _terms(rows: Sequence[Any], known: _Standings) -> tuple[Terms, ...]:
    made = []
    for row in rows:
        programme = db.session.get(ProgrammeRow, row.programme_id)
        assert programme is not None  # noqa: S101 - it holds something
        standing = known.of(programme, _payer(row), row.year)
        # What was given back counts no more.
        counted = row.amount_units if row.state != "reversed" else 0
        own = Money.from_units(counted, programme.currency)
        made.append(
            Terms(
                programme.id, terms_of(programme), Standing(standing.in_the_year - own, standing.in_all - own)
            )
        )
    return tuple(made)


class _Standings:
    """What programmes have reserved and paid, asked once for each payer and year."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, subsidizing.Payer, int], Standing] = {}

    def of(self, programme: ProgrammeRow, payer: subsidizing.Payer, year: int) -> Standing:
        key = (programme.id, payer, year)
        if key not in self._known:
            self._known[key] = subsidizing.standings([programme.id], payer, year, programme.currency)[
                programme.id
            ]
        return self._known[key]


def _payer(row: Any) -> subsidizing.Payer:
    return subsidizing.Payer(row.payer_institution_id, row.payer_person_id, "")


def commit_all(posted: Mapping[int, Any], now: datetime) -> None:
    """What programmes bear of these charges (rows by number) is paid, and what was reserved for them given back.

    A constant number of statements, whatever their number.
    """
    share = _SHARE.c
    asked = select(share.charge_id, share.programme_id, share.amount_units).where(share.role != PAYER)
    amounts: dict[int, dict[int, Money]] = {}
    for row in rows_among(asked, share.charge_id, posted):
        money = Money.from_units(row.amount_units, posted[row.charge_id].currency)
        amounts.setdefault(row.charge_id, {})[row.programme_id] = money
    subsidizing.lock_programmes(sorted({number for each in amounts.values() for number in each}))
    held = _held({number: posted[number] for number in amounts})
    paid = [
        subsidizing.Paid(
            ("reservation", posted[number].reservation_id or 0), ("charge", number), _payer(held[number]), each,
            held[number].year,
        )
        for number, each in sorted(amounts.items())
    ]  # fmt: skip
    pay_for(paid, now)


def _held(posted: Mapping[int, Any]) -> dict[int, Any]:
    """By charge, for whom and in which year it was reserved, or paid before: the last of what was held for either."""
    hold = _HOLD.c
    asked = select(
        hold.id, hold.thing_id, hold.payer_institution_id, hold.payer_person_id, hold.year
    ).order_by(hold.id)
    last: dict[tuple[str, int], Any] = {}
    for kind, numbers in (
        ("reservation", {row.reservation_id for row in posted.values()}),
        ("charge", {row.corrects_id for row in posted.values()}),
    ):
        for row in rows_among(asked.where(hold.thing_kind == kind), hold.thing_id, numbers - {None}):
            last[kind, row.thing_id] = row
    return {
        number: max(
            (
                last[thing]
                for thing in (("reservation", row.reservation_id), ("charge", row.corrects_id))
                if thing in last
            ),
            key=lambda each: each.id,
        )
        for number, row in posted.items()
    }
