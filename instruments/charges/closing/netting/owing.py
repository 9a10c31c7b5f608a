"""What institutions owe one another on issued statements, gross, and what of it could be netted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, Date, Row, text

from instruments.database import db

LEFT = """t.due_units - coalesce((SELECT sum(m.amount_units) FROM payment_match AS m
    WHERE m.statement_id = t.id AND m.undone_at IS NULL), 0)"""
OF_STATE = """(SELECT count(*) FROM statement_line AS l JOIN charge AS c ON c.id = l.charge_id
    WHERE l.statement_id = t.id AND c.state = '{state}')"""
DISPUTED, REVERSED = OF_STATE.format(state="disputed"), OF_STATE.format(state="reversed")
IN_PROPOSAL = "(SELECT n.proposal_id FROM settlement_statement AS n WHERE n.statement_id = t.id AND n.live)"
_PAIR = text(f"""
    SELECT t.id, t.creditor_id, t.payer_institution_id, t.currency, t.year, t.number, t.month, t.due_on, t.due_units,
      t.payer, {LEFT} AS left_units, {DISPUTED} AS disputed_lines, {REVERSED} AS reversed_lines,
      {IN_PROPOSAL} AS proposal_id
    FROM statement AS t
    WHERE t.issued AND t.due_units > 0 AND t.currency = :currency AND {LEFT} > 0
      AND (t.creditor_id = :one AND t.payer_institution_id = :two OR t.creditor_id = :two AND t.payer_institution_id = :one)
    ORDER BY t.due_on, t.id
""").columns(due_on=Date, payer=JSON)  # noqa: S608 - our own expressions
# Companies owe and are owed nothing back: they are on the statements' own lists.
_POSITIONS = text(f"""
    SELECT other, currency, sum(they_owe) AS they_owe, sum(we_owe) AS we_owe, sum(they_could) AS they_could,
      sum(we_could) AS we_could
    FROM (
      SELECT other, currency, free,
        CASE WHEN ours THEN left_units ELSE 0 END AS they_owe, CASE WHEN ours THEN 0 ELSE left_units END AS we_owe,
        CASE WHEN ours AND free THEN left_units ELSE 0 END AS they_could,
        CASE WHEN ours OR NOT free THEN 0 ELSE left_units END AS we_could
      FROM (
        SELECT t.currency, t.creditor_id = :institution AS ours, {LEFT} AS left_units,
          CASE WHEN t.creditor_id = :institution THEN t.payer_institution_id ELSE t.creditor_id END AS other,
          {DISPUTED} = 0 AND {IN_PROPOSAL} IS NULL AS free
        FROM statement AS t JOIN institution AS p ON p.id = t.payer_institution_id AND p.kind <> 'company'
        WHERE t.issued AND t.due_units > 0 AND t.creditor_id <> t.payer_institution_id
          AND (t.creditor_id = :institution OR t.payer_institution_id = :institution) AND {LEFT} > 0
      ) AS each_one
    ) AS sides
    GROUP BY other, currency ORDER BY sum(they_owe) + sum(we_owe) DESC, other, currency
""")  # noqa: S608 - our own expressions
_PARTS = text(f"""
    SELECT t.id, t.year, t.number, n.left_units, n.netted_units, {LEFT} AS left_now, {DISPUTED} AS disputed_lines,
      {REVERSED} - n.reversed_lines AS newly_reversed
    FROM settlement_statement AS n JOIN statement AS t ON t.id = n.statement_id
    WHERE n.proposal_id = :proposal ORDER BY t.due_on, t.id
""")  # noqa: S608 - our own expressions


@dataclass(frozen=True, slots=True)
class Position:
    """What an institution and another owe one another in a currency, in minor units, and what of both could be netted now."""

    other_id: int
    currency: str
    they_owe: int
    we_owe: int
    nettable: int


def positions(institution_id: int) -> list[Position]:
    """With whom anything is open: what can be netted first, then the largest. One statement."""
    rows = db.session.execute(_POSITIONS, {"institution": institution_id})
    found = [
        Position(
            row.other, row.currency, int(row.they_owe), int(row.we_owe), min(int(row.they_could), int(row.we_could))
        )
        for row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda each: -each.nettable)


def open_between(one_id: int, two_id: int, currency: str) -> Sequence[Row[Any]]:
    """Statements of one to the other with something left to pay, the earliest due first, whatever stands against netting."""
    return db.session.execute(_PAIR, {"one": one_id, "two": two_id, "currency": currency}).all()


def can_be_netted(row: Any) -> bool:
    """Whether nothing stands against it: not in dispute, and in no other open proposal."""
    return not row.disputed_lines and row.proposal_id is None


def side_of(rows: Collection[Any], creditor_id: int) -> list[Any]:
    """Those that are owed to one of the two."""
    return [row for row in rows if row.creditor_id == creditor_id]


def parts_as_they_are(proposal_id: int) -> Sequence[Row[Any]]:
    """The statements of a proposal with what has become of them since."""
    return db.session.execute(_PARTS, {"proposal": proposal_id}).all()
