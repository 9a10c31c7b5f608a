"""What is on no statement yet: the shares of posted charges that a closing takes, as one question to the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import func, select, text

from instruments.charges.closing_models import Closing
from instruments.charges.models import Charge
from instruments.charges.states import DISPUTED
from instruments.database import db

# The tax that a share includes, as entries.tax_of posts it: the rest of its net, which is rounded half up.
TAX = """(CASE WHEN s.taxed AND c.tax_rate > 0 AND coalesce(o.kind, c.kind) <> 'write_off' THEN
    (CASE WHEN s.amount_units < 0 THEN -1 ELSE 1 END) * (abs(s.amount_units)
      - (2 * abs(s.amount_units) * 10000 + 10000 + c.tax_rate) / (2 * (10000 + c.tax_rate)))
    ELSE 0 END)"""
# A programme bears its part itself; everybody else is named as who owes.
PAYER_INSTITUTION = "(CASE WHEN s.programme_id IS NULL THEN coalesce(s.payer_institution_id, 0) ELSE 0 END)"
PAYER_PERSON = "(CASE WHEN s.programme_id IS NULL THEN coalesce(s.payer_person_id, 0) ELSE 0 END)"
PAYER_GROUP = "(CASE WHEN s.programme_id IS NULL THEN coalesce(s.payer_group_id, 0) ELSE 0 END)"
PROGRAMME = "coalesce(s.programme_id, 0)"
# Posted since the last closing up to the month, or left out of an earlier one and on no statement since.
TAKEN = """charge AS c JOIN charge_share AS s ON s.charge_id = c.id AND s.role <> 'later'
    LEFT JOIN charge AS o ON o.id = c.reverses_id"""
OF_MONTH = """c.institution_id = :institution AND c.month > :last AND c.month <= :month AND c.posted_at IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM closing_left_out AS d WHERE d.closing_id = :closing AND d.charge_id = c.id)"""
OF_MONTH_AND_LATE = """c.id IN (
      SELECT n.id FROM charge AS n WHERE n.institution_id = :institution AND n.month > :last AND n.month <= :month
        AND n.posted_at IS NOT NULL
      UNION
      SELECT e.charge_id FROM closing_left_out AS e JOIN closing AS k ON k.id = e.closing_id
      WHERE k.institution_id = :institution AND k.id <> :closing AND NOT EXISTS (
        SELECT 1 FROM statement_line AS l JOIN statement AS t ON t.id = l.statement_id
        WHERE l.charge_id = e.charge_id AND t.closing_id <> :closing
      )
    )
    AND NOT EXISTS (SELECT 1 FROM closing_left_out AS d WHERE d.closing_id = :closing AND d.charge_id = c.id)"""

_HEADS = {
    late: text(f"""
    SELECT {PAYER_INSTITUTION} AS institution, {PAYER_PERSON} AS person, {PAYER_GROUP} AS research_group,
      {PROGRAMME} AS programme, c.currency, sum(s.amount_units) AS total,
      sum(CASE WHEN s.route = 'internal' THEN s.amount_units ELSE 0 END) AS internal,
      sum(CASE WHEN s.route = 'prepaid' THEN s.amount_units ELSE 0 END) AS prepaid,
      sum({TAX}) AS tax, count(*) AS lines
    FROM {TAKEN}
    WHERE {of_month} AND c.state <> :without
    GROUP BY 1, 2, 3, 4, 5
    ORDER BY 4, 1, 3, 2, 5
""")  # noqa: S608 - our own expressions
    for late, of_month in ((False, OF_MONTH), (True, OF_MONTH_AND_LATE))
}
_LATE = text("""
    SELECT 1 FROM closing_left_out AS e JOIN closing AS k ON k.id = e.closing_id
    WHERE k.institution_id = :institution AND k.id <> :closing LIMIT 1
""")
_LAST = text(
    "SELECT coalesce(max(month), '') FROM closing WHERE institution_id = :institution AND state = 'issued'"
)
_DISPUTED = text(f"""
    INSERT INTO closing_left_out (closing_id, charge_id, why)
    SELECT DISTINCT CAST(:closing AS BIGINT), c.id, 'disputed' FROM {TAKEN} WHERE {OF_MONTH_AND_LATE} AND c.state = 'disputed'
""")  # noqa: S608 - our own expressions


def last_closed(institution_id: int) -> str:
    """The last month that was issued, "" for none."""
    return str(db.session.execute(_LAST, {"institution": institution_id}).scalar_one())


def values_of(closing: Closing) -> dict[str, Any]:
    """What the questions about a closing need."""
    return {
        "institution": closing.institution_id, "month": closing.month, "closing": closing.id,
        "last": last_closed(closing.institution_id),
    }  # fmt: skip


def heads(closing: Closing, without: str = "") -> list[Any]:
    """By payer and currency what its statement comes to, in the order of their numbers.

    Rows (institution, person, research_group, programme, currency, total, internal, prepaid, tax, lines); 0 for nobody.
    without: charges in this state are not counted, as they will be left out.
    """
    values = values_of(closing)
    with in_bulk():
        return list(db.session.execute(_HEADS[has_late(values)], values | {"without": without}))


def has_late(values: dict[str, Any]) -> bool:
    """Whether anything was ever left out of an earlier closing: only then it is looked for, which costs time."""
    return db.session.execute(_LATE, values).first() is not None


@contextmanager
def in_bulk() -> Iterator[None]:
    """Join whole tables within: PostgreSQL takes the payers of a month for few, and would look for each anew."""
    on_postgresql = db.engine.dialect.name == "postgresql"
    if on_postgresql:
        db.session.execute(text("SET LOCAL enable_nestloop = off"))
    yield
    if on_postgresql:
        db.session.execute(text("SET LOCAL enable_nestloop = on"))


def leave_out_disputed(closing: Closing) -> None:
    """Note which charges are in dispute now, inside a deed: they come on a later statement."""
    db.session.execute(_DISPUTED, values_of(closing))


def posted_before(closing: Closing) -> int:
    """How many charges of earlier months, which were never closed, come onto the statements of this one."""
    charge: Any = Charge.__table__.c
    asked = select(func.count()).where(
        charge.institution_id == closing.institution_id, charge.posted_at.is_not(None), charge.month < closing.month,
        charge.month > last_closed(closing.institution_id), charge.state != DISPUTED,
    )  # fmt: skip
    return int(db.session.execute(asked).scalar_one())


def posted_by_month(institution_id: int, since: str) -> dict[str, list[tuple[str, int]]]:
    """By month of the books, from one on, what was posted in each currency, in minor units. One statement."""
    charge: Any = Charge.__table__.c
    rows = db.session.execute(
        select(charge.month, charge.currency, func.sum(charge.total_units))
        .where(charge.institution_id == institution_id, charge.posted_at.is_not(None), charge.month >= since)
        .group_by(charge.month, charge.currency)
        .order_by(charge.month, charge.currency)
    )
    found: dict[str, list[tuple[str, int]]] = {}
    for month, currency, units in rows:
        found.setdefault(month, []).append((currency, int(units)))
    return found
