"""Write charges down with their lines and shares, as drafts, thousands at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import bindparam, delete, update

from instruments.charges.models import Charge, ChargeLine, ChargeShare
from instruments.charges.pricing import Share
from instruments.charges.states import DRAFT
from instruments.database import db
from instruments.database.bulk import insert_rows, next_ids
from instruments.database.numbers import among, as_parameter
from instruments.funds.sharing import ClassLine
from instruments.rates.kept import reasons_as_json

_CHARGE: Any = Charge.__table__
_LINE: Any = ChargeLine.__table__
_SHARE: Any = ChargeShare.__table__
CHARGE_COLUMNS = (
    "id", "key", "kind", "use_id", "customer", "reservation_id", "instrument_id", "lab_id", "institution_id", "user_id",
    "group_id", "customer_class", "version_id", "currency", "total_units", "state", "service_on", "corrects_id", "about_id",
    "reverses_id", "reason", "waits_for_second", "made_by_id", "made_at", "use_version", "share_rate", "tax_rate", "version",
)  # fmt: skip
LINE_COLUMNS = (
    "charge_id", "position", "kind", "unit", "quantity_above", "quantity_below", "price_units", "factor", "amount_units",
    "customer_class", "why",
)  # fmt: skip
SHARE_COLUMNS = (
    "charge_id", "position", "role", "route", "taxed", "fund_id", "programme_id", "payer_institution_id",
    "payer_person_id", "payer_group_id", "percent", "customer_class", "amount_units", "why",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Draft:
    """A charge as it is to be written: its columns by name, its lines and its shares."""

    values: Mapping[str, Any]
    lines: Sequence[Sequence[Any]]
    shares: Sequence[Sequence[Any]]


_USUAL: Mapping[str, Any] = {
    "customer": 0, "customer_class": "", "state": DRAFT, "reason": "", "waits_for_second": False, "share_rate": 0,
    "tax_rate": 0, "version": 1,
}  # fmt: skip


def write(drafts: Sequence[Draft], now: datetime) -> list[int]:
    """Insert charges with their lines and shares: three statements and one for the numbers. They are drafts until posted."""
    if not drafts:
        return []
    numbers = next_ids("charge", len(drafts))
    at = int(now.timestamp())
    insert_rows(
        "charge",
        CHARGE_COLUMNS,
        (_row(number, each, at) for number, each in zip(numbers, drafts, strict=True)),
    )
    insert_rows("charge_line", LINE_COLUMNS, _parts(numbers, [each.lines for each in drafts]))
    insert_rows("charge_share", SHARE_COLUMNS, _parts(numbers, [each.shares for each in drafts]))
    return numbers


# What of a charge stays as it is when its draft is rewritten.
_FIXED = frozenset({"id", "key", "kind", "use_id", "customer", "state", "made_at", "version"})


def rewrite(drafts: Mapping[int, Draft]) -> list[int]:
    """Give drafts, by their numbers, other lines, shares and totals; whatever links to them still does. Their numbers.

    A few statements, however many there are.
    """
    if not drafts:
        return []
    numbers = sorted(drafts)
    dialect = db.engine.dialect.name
    for table in (_LINE, _SHARE):
        db.session.execute(
            delete(table).where(among(table.c.charge_id, dialect)),
            {"numbers": as_parameter(numbers, dialect)},
        )
    wanted = [name for name in drafts[numbers[0]].values if name not in _FIXED]
    change = update(_CHARGE).where(_CHARGE.c.id == bindparam("number")).values(
        {name: bindparam(f"new_{name}") for name in wanted} | {"version": _CHARGE.c.version + 1}
    )  # fmt: skip
    db.session.connection().execute(change, [_changed(number, drafts[number], wanted) for number in numbers])
    insert_rows("charge_line", LINE_COLUMNS, _parts(numbers, [drafts[number].lines for number in numbers]))
    insert_rows("charge_share", SHARE_COLUMNS, _parts(numbers, [drafts[number].shares for number in numbers]))
    return numbers


def _changed(number: int, each: Draft, names: Sequence[str]) -> dict[str, Any]:
    values = {f"new_{name}": each.values[name] for name in names}
    if "new_service_on" in values:
        values["new_service_on"] = date.fromisoformat(values["new_service_on"])
    return values | {"number": number}


def _row(number: int, each: Draft, at: int) -> list[Any]:
    values = _USUAL | {"id": number, "made_at": at} | each.values
    return list(map(values.get, CHARGE_COLUMNS))


def _parts(numbers: Sequence[int], parts: Sequence[Sequence[Sequence[Any]]]) -> Iterator[Sequence[Any]]:
    for number, rows in zip(numbers, parts, strict=True):
        for row in rows:
            yield (number, *row)


def line_row(place: int, each: ClassLine) -> tuple[Any, ...]:
    """A line as it is kept, without the number of its charge."""
    line = each.line
    return (
        place, line.kind, line.unit, line.quantity.numerator, line.quantity.denominator, line.price.units,
        str(line.factor), line.amount.units, each.customer_class, as_json(reasons_as_json(line.why)),
    )  # fmt: skip


def share_row(place: int, share: Share) -> tuple[Any, ...]:
    """A share as it is kept, without the number of its charge."""
    part, payer = share.part, share.payer
    mine = part.programme_id is None
    return (
        place, part.role, share.route, share.taxed, payer.fund_id if mine else None, part.programme_id,
        payer.institution_id, payer.person_id if payer.institution_id is None else None, payer.group_id,
        str(payer.percent) if mine else "0", payer.customer_class, part.amount.units, as_json(reasons_as_json(part.why)),
    )  # fmt: skip


def as_json(value: Any) -> str:
    """As a JSON column keeps it."""
    return orjson.dumps(value).decode()
