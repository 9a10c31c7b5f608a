"""What each payment settled of a statement is recorded with it; what earlier ones settled is read from their entries.

What was netted or set off moved sums of several statements in one entry of the payer's own books: where such a statement stands
partly on funds of those books and partly on none, the funds are taken to have been settled first, as was assumed then.
"""

from collections import defaultdict

import sqlalchemy as sa
from alembic import op

revision = "0098"
down_revision = "0096"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LIVE = "EXISTS (SELECT 1 FROM payment_match AS v WHERE v.payment_id = p.id AND v.undone_at IS NULL)"
# What pays or gives back now: its number by column, its kind, sum and statement, and on which side what it settles is entered.
MATCHES = (
    "SELECT m.id, m.amount_units, m.statement_id, p.kind FROM payment_match AS m JOIN payment AS p ON p.id = m.payment_id"
    " WHERE m.undone_at IS NULL"
)
BACK = (
    "SELECT p.id, p.amount_units, p.statement_id, p.kind FROM payment AS p"
    f" WHERE p.settles_credit AND (p.kind <> 'set_off' OR {LIVE})"
)
THINGS = (("match_id", "payment_match", MATCHES, -1), ("payment_id", "payment", BACK, 1))
CREDITS = """
    INSERT INTO settled_part ({column}, place, fund_id, units)
    SELECT x.id, 'credit', a.fund_id, {sign} * sum(CASE WHEN t.debit_id = a.id THEN t.amount_units ELSE -t.amount_units END)
    FROM ({things}) AS x
    JOIN statement AS s ON s.id = x.statement_id
    JOIN ledger_transfer AS t ON t.thing_kind = '{kind}' AND t.thing_id = x.id AND t.reverses_id IS NULL
    JOIN ledger_account AS a ON a.id IN (t.debit_id, t.credit_id) AND a.kind = 'receivable' AND a.fund_id IS NOT NULL
      AND a.institution_id = s.creditor_id
    GROUP BY x.id, a.fund_id
    HAVING sum(CASE WHEN t.debit_id = a.id THEN t.amount_units ELSE -t.amount_units END) <> 0
"""
# What is owed in the payer's own books is entered there the other way round.
HOMES = """
    INSERT INTO settled_part ({column}, place, units)
    SELECT x.id, 'home', -({sign}) * sum(CASE WHEN t.debit_id = a.id THEN t.amount_units ELSE -t.amount_units END)
    FROM ({things}) AS x
    JOIN statement AS s ON s.id = x.statement_id
    JOIN ledger_transfer AS t ON t.thing_kind = '{kind}' AND t.thing_id = x.id AND t.reverses_id IS NULL
    JOIN ledger_account AS a ON a.id IN (t.debit_id, t.credit_id) AND a.kind = 'payable'
      AND a.institution_id = s.payer_institution_id AND a.institution_id <> s.creditor_id
    WHERE x.kind IN ('payment', 'refund')
    GROUP BY x.id
    HAVING sum(CASE WHEN t.debit_id = a.id THEN t.amount_units ELSE -t.amount_units END) <> 0
"""
OF_CREDITS = "(SELECT coalesce(sum(q.units), 0) FROM settled_part AS q WHERE q.{column} = x.id)"
REST = (
    "INSERT INTO settled_part ({column}, place, units) SELECT x.id, 'rest', x.amount_units - "
    + OF_CREDITS
    + " FROM ({things}) AS x WHERE x.amount_units <> "
    + OF_CREDITS
)
# Of statements that were netted or set off: what funds of the payer's own books bore.
BILLED = """
    SELECT l.statement_id, sum(CASE WHEN s.due_units < 0 THEN -l.amount_units ELSE l.amount_units END) AS units
    FROM statement_line AS l JOIN statement AS s ON s.id = l.statement_id JOIN fund AS f ON f.id = l.fund_id
    WHERE l.route = 'receivable' AND f.institution_id = s.payer_institution_id AND f.institution_id <> s.creditor_id
      AND l.statement_id IN (SELECT x.statement_id FROM ({things}) AS x WHERE x.kind IN ('netting', 'set_off'))
    GROUP BY l.statement_id
"""
FROZEN = (("unchanged", "UPDATE"), ("kept", "DELETE"))


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "settled_part",
        sa.Column("id", Id, nullable=False),
        sa.Column("match_id", Id, nullable=True),
        sa.Column("payment_id", Id, nullable=True),
        sa.Column("place", sa.String(length=10), nullable=False),
        sa.Column("fund_id", Id, nullable=True),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("place IN ('credit', 'home', 'rest')", name="ck_settled_part_place"),
        sa.CheckConstraint("(place = 'credit') = (fund_id IS NOT NULL)", name="ck_settled_part_credit"),
        sa.CheckConstraint("(match_id IS NULL) <> (payment_id IS NULL)", name="ck_settled_part_one_thing"),
        sa.CheckConstraint("units <> 0", name="ck_settled_part_units"),
        sa.ForeignKeyConstraint(
            ["match_id"], ["payment_match.id"], name="fk_settled_part_match_id_payment_match"
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name="fk_settled_part_payment_id_payment"),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"], name="fk_settled_part_fund_id_fund"),
        sa.PrimaryKeyConstraint("id", name="pk_settled_part"),
    )
    op.create_index("ix_settled_part_match", "settled_part", ["match_id"])
    op.create_index("ix_settled_part_payment", "settled_part", ["payment_id"])
    connection = op.get_bind()
    for column, kind, things, sign in THINGS:
        named = {"column": column, "kind": kind, "things": things, "sign": sign}
        connection.exec_driver_sql(CREDITS.format(**named))
        connection.exec_driver_sql(HOMES.format(**named))
        _assume(column, things)
        connection.exec_driver_sql(REST.format(**named))
    for name, event in FROZEN:
        _freeze(f"settled_part_{name}", event)


def _assume(column: str, things: str) -> None:
    """What of each that was netted or set off was taken to settle funds in the payer's own books: they came first."""
    connection = op.get_bind()
    billed = {
        number: int(units) for number, units in connection.exec_driver_sql(BILLED.format(things=things))
    }
    if not billed:
        return
    asked = (
        f"SELECT x.id, x.statement_id, x.kind, x.amount_units - {OF_CREDITS.format(column=column)}"
        f" FROM ({things}) AS x ORDER BY x.id"
    )
    before: dict[int, int] = defaultdict(int)
    rows = []
    for number, statement_id, kind, units in connection.exec_driver_sql(asked):
        if statement_id not in billed:
            continue
        home = billed[statement_id]
        after = before[statement_id] + int(units)
        settled = _within(home, after) - _within(home, before[statement_id])
        before[statement_id] = after
        if settled and kind in ("netting", "set_off"):
            rows.append({"number": number, "units": settled})
    if rows:
        words = f"INSERT INTO settled_part ({column}, place, units) VALUES (:number, 'home', :units)"
        connection.execute(sa.text(words), rows)


def _within(most: int, units: int) -> int:
    return max(min(units, max(most, 0)), min(most, 0))


def _freeze(name: str, event: str) -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name} BEFORE {event} ON settled_part BEGIN SELECT RAISE(ABORT, '{name}'); END"
        )
        return
    connection.exec_driver_sql(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" RAISE EXCEPTION '{name}' USING ERRCODE = 'check_violation', CONSTRAINT = '{name}'; END $$"
    )
    connection.exec_driver_sql(
        f"CREATE TRIGGER {name} BEFORE {event} ON settled_part FOR EACH ROW EXECUTE FUNCTION {name}()"
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("settled_part")
    if op.get_bind().dialect.name == "postgresql":
        for name, _ in FROZEN:
            op.execute(f"DROP FUNCTION settled_part_{name}()")
