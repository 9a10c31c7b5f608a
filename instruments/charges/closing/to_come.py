"""Statements to come, as those who pay see them while a month lies open for objections: their lines, and what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, select, text

from instruments.charges.closing.owed import (
    OF_MONTH,
    OF_MONTH_AND_LATE,
    PAYER_GROUP,
    PAYER_INSTITUTION,
    PAYER_PERSON,
    TAKEN,
    TAX,
    has_late,
    values_of,
)
from instruments.charges.closing_models import OBJECTING, Closing
from instruments.charges.sight import OF_GROUP, OF_PAYER, scopes
from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.people.rights import Actor

_CLOSING: Any = Closing.__table__
# By the columns themselves, so that those of the payer are found without reading the whole month.
MINE = """s.programme_id IS NULL AND (s.payer_person_id = :me OR s.payer_group_id IN :groups
    OR (s.payer_institution_id IN :homes AND s.payer_institution_id <> :institution))"""
_WHO = f"""{PAYER_INSTITUTION} AS institution, {PAYER_PERSON} AS person, {PAYER_GROUP} AS research_group,
    0 AS programme, c.currency"""


def _expanding(statement: str) -> Any:
    return text(statement).bindparams(bindparam("groups", expanding=True), bindparam("homes", expanding=True))


_HEADS = {
    late: _expanding(f"""
    SELECT {_WHO}, sum(CASE WHEN c.state = 'disputed' THEN 0 ELSE s.amount_units END) AS total,
      sum(CASE WHEN c.state <> 'disputed' AND s.route = 'internal' THEN s.amount_units ELSE 0 END) AS internal,
      sum(CASE WHEN c.state <> 'disputed' AND s.route = 'prepaid' THEN s.amount_units ELSE 0 END) AS prepaid,
      sum(CASE WHEN c.state = 'disputed' THEN s.amount_units ELSE 0 END) AS disputed,
      sum(CASE WHEN c.state = 'disputed' THEN 0 ELSE {TAX} END) AS tax,
      sum(CASE WHEN c.state = 'disputed' THEN 0 ELSE 1 END) AS lines,
      sum(CASE WHEN c.state = 'disputed' THEN 1 ELSE 0 END) AS waiting
    FROM {TAKEN} WHERE {of_month} AND {MINE}
    GROUP BY 1, 2, 3, 5 ORDER BY 1, 3, 2, 5
""")  # noqa: S608 - our own expressions
    for late, of_month in ((False, OF_MONTH), (True, OF_MONTH_AND_LATE))
}
_LINES = {
    late: _expanding(f"""
    SELECT {_WHO}, c.id AS charge_id, s.position AS share, c.kind, c.state, c.service_on, c.lab_id, s.fund_id,
      coalesce(f.code, '') AS fund_code, coalesce(i.name_en, '') AS instrument_en, coalesce(i.name_zh, '') AS instrument_zh,
      b.name_en AS lab_en, b.name_zh AS lab_zh, coalesce(p.name_en, '') AS person_en, coalesce(p.name_zh, '') AS person_zh,
      c.reason, c.total_units AS charge_units, s.amount_units, c.user_id
    FROM {TAKEN} JOIN lab AS b ON b.id = c.lab_id LEFT JOIN instrument AS i ON i.id = c.instrument_id
    LEFT JOIN person AS p ON p.id = c.user_id LEFT JOIN fund AS f ON f.id = s.fund_id
    WHERE {of_month} AND {MINE}
    ORDER BY 1, 3, 2, c.currency, c.service_on, c.id, s.position LIMIT :most OFFSET :before
""")  # noqa: S608 - our own expressions
    for late, of_month in ((False, OF_MONTH), (True, OF_MONTH_AND_LATE))
}


def open_months() -> Sequence[Closing]:
    """The months that lie open for objections, of all institutions, the first to end first."""
    asked = select(Closing).where(Closing.state == OBJECTING)
    return db.session.scalars(asked.order_by(Closing.objections_until, Closing.id)).all()


def the_month(closing_id: int) -> Closing:
    """One that lies open for objections; NotFound as for none."""
    found = db.session.get(Closing, closing_id)
    if found is None or found.state != OBJECTING:
        raise NotFound([Reason("no_draft", None, N_("There is no statement to come at this address."))])
    return found


def heads_for(actor: Actor, closing: Closing) -> Sequence[Row[Any]]:
    """What each statement to come of whom the actor pays for comes to without what is in dispute: rows as owed.heads."""
    values = _values(actor, closing)
    return db.session.execute(_HEADS[has_late(values)], values).all()


def lines_for(actor: Actor, closing: Closing, before: int, most: int) -> Sequence[Row[Any]]:
    """Their lines, payer after payer, those after so many."""
    values = _values(actor, closing) | {"before": before, "most": most}
    return db.session.execute(_LINES[has_late(values)], values).all()


def _values(actor: Actor, closing: Closing) -> dict[str, Any]:
    return values_of(closing) | {
        "me": actor.person_id, "groups": scopes(actor, *OF_GROUP), "homes": scopes(actor, *OF_PAYER),
    }  # fmt: skip
