"""Proposals to net with the statements that they name, and what the database itself keeps of them.

A statement is in one open proposal at most. What is proposed never changes, nothing of a closed proposal does, and none
vanishes. It is accepted only when its statements come to what is netted on both sides, and money is netted only by an accepted
one, once on each side, with those statements alone; that is never taken back.
"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = sa.text("state IN ('proposed', 'accepted_by_one')")
LIVE = sa.text("live")
BOTH = "one_accepted_by_id IS NOT NULL AND two_accepted_by_id IS NOT NULL"
FIXED = (
    "one_id", "two_id", "currency", "one_owes_units", "two_owes_units", "netted_units", "proposed_for_id", "proposed_by_id",
    "proposed_at",
)  # fmt: skip
CHANGED = " OR ".join(
    (
        "OLD.state NOT IN ('proposed', 'accepted_by_one')",
        *(f"NEW.{name} <> OLD.{name}" for name in FIXED),
        *(
            f"(OLD.{side}_accepted_by_id IS NOT NULL AND coalesce(NEW.{side}_accepted_by_id, 0) <> OLD.{side}_accepted_by_id)"
            for side in ("one", "two")
        ),
    )
)
STILL_LIVE = (
    "NEW.state NOT IN ('proposed', 'accepted_by_one')"
    " AND EXISTS (SELECT 1 FROM settlement_statement AS n WHERE n.proposal_id = NEW.id AND n.live)"
)
NETTED = (
    "NEW.netted_units <> (SELECT coalesce(sum(n.netted_units), 0) FROM settlement_statement AS n"
    " JOIN statement AS s ON s.id = n.statement_id WHERE n.proposal_id = NEW.id AND s.creditor_id = NEW.{side})"
)
NO_SUCH_STATEMENT = (
    "NOT NEW.live OR NOT EXISTS (SELECT 1 FROM settlement_proposal AS p JOIN statement AS s ON s.id = NEW.statement_id"
    " WHERE p.id = NEW.proposal_id AND p.state IN ('proposed', 'accepted_by_one') AND s.issued AND s.currency = p.currency"
    " AND (s.creditor_id = p.one_id AND s.payer_institution_id = p.two_id"
    " OR s.creditor_id = p.two_id AND s.payer_institution_id = p.one_id)"
    " AND NEW.left_units = s.due_units - (SELECT coalesce(sum(m.amount_units), 0) FROM payment_match AS m"
    " WHERE m.statement_id = s.id AND m.undone_at IS NULL))"
)
STATEMENT_CHANGED = "NEW.live OR " + " OR ".join(
    f"NEW.{name} <> OLD.{name}"
    for name in ("proposal_id", "statement_id", "left_units", "netted_units", "reversed_lines")
)
NOT_ACCEPTED = (
    "NOT EXISTS (SELECT 1 FROM settlement_proposal AS p WHERE p.id = NEW.proposal_id AND p.state = 'accepted'"
    " AND p.currency = NEW.currency AND p.netted_units = NEW.amount_units"
    " AND (p.one_id = NEW.creditor_id AND p.two_id = NEW.payer_institution_id"
    " OR p.two_id = NEW.creditor_id AND p.one_id = NEW.payer_institution_id))"
)
NETTING = "EXISTS (SELECT 1 FROM payment AS p WHERE p.id = NEW.payment_id AND p.proposal_id IS NOT NULL"
NOT_NAMED = (
    f"{NETTING} AND NOT EXISTS (SELECT 1 FROM settlement_statement AS n WHERE n.proposal_id = p.proposal_id"
    " AND n.statement_id = NEW.statement_id AND n.netted_units = NEW.amount_units))"
)
# Name, event, only when, what is wrong.
RULES = (
    ("settlement_unchanged", "UPDATE ON settlement_proposal", "", CHANGED),
    ("settlement_over", "UPDATE ON settlement_proposal", "", STILL_LIVE),
    (
        "settlement_balanced", "UPDATE ON settlement_proposal", "NEW.state = 'accepted'",
        f"{NETTED.format(side='one_id')} OR {NETTED.format(side='two_id')}",
    ),
    ("settlement_kept", "DELETE ON settlement_proposal", "", "1 = 1"),
    ("settlement_statement_fits", "INSERT ON settlement_statement", "", NO_SUCH_STATEMENT),
    ("settlement_statement_unchanged", "UPDATE ON settlement_statement", "", STATEMENT_CHANGED),
    ("settlement_statement_kept", "DELETE ON settlement_statement", "", "1 = 1"),
    ("payment_netted", "INSERT ON payment", "NEW.proposal_id IS NOT NULL", NOT_ACCEPTED),
    ("payment_match_netted", "INSERT ON payment_match", "", NOT_NAMED),
    ("payment_match_stays", "UPDATE ON payment_match", "", f"{NETTING})"),
)  # fmt: skip


def upgrade() -> None:
    """Apply. Nothing was ever proposed before, so the table is made anew."""
    _drop_proposals()
    _make_proposals()
    op.create_table(
        "settlement_statement",
        sa.Column("proposal_id", Id, autoincrement=False, nullable=False),
        sa.Column("statement_id", Id, autoincrement=False, nullable=False),
        sa.Column("left_units", sa.BigInteger(), nullable=False),
        sa.Column("netted_units", sa.BigInteger(), nullable=False),
        sa.Column("reversed_lines", sa.Integer(), nullable=False),
        sa.Column("live", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint(
            "netted_units > 0 AND netted_units <= left_units", name="ck_settlement_statement_netted"
        ),
        sa.CheckConstraint("reversed_lines >= 0", name="ck_settlement_statement_reversed"),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["settlement_proposal.id"],
            name="fk_settlement_statement_proposal_id_settlement_proposal",
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name="fk_settlement_statement_statement_id_statement"
        ),
        sa.PrimaryKeyConstraint("proposal_id", "statement_id", name="pk_settlement_statement"),
    )  # fmt: skip
    op.create_index(
        "uq_settlement_statement_live", "settlement_statement", ["statement_id"], unique=True,
        postgresql_where=LIVE, sqlite_where=LIVE,
    )  # fmt: skip
    op.create_index("uq_payment_netted", "payment", ["proposal_id", "creditor_id"], unique=True)
    _keep()


def _make_proposals() -> None:
    op.create_table(
        "settlement_proposal",
        sa.Column("id", Id, nullable=False),
        sa.Column("one_id", Id, nullable=False),
        sa.Column("two_id", Id, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("one_owes_units", sa.BigInteger(), nullable=False),
        sa.Column("two_owes_units", sa.BigInteger(), nullable=False),
        sa.Column("netted_units", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), server_default="proposed", nullable=False),
        sa.Column("proposed_for_id", Id, nullable=False),
        sa.Column("proposed_by_id", Id, nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("one_accepted_by_id", Id, nullable=True),
        sa.Column("one_accepted_at", sa.BigInteger(), nullable=True),
        sa.Column("two_accepted_by_id", Id, nullable=True),
        sa.Column("two_accepted_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_by_id", Id, nullable=True),
        sa.Column("reason", sa.String(length=500), server_default="", nullable=False),
        sa.Column("lapsed_because", sa.String(length=8), nullable=True),
        sa.Column("lapsed_over_id", Id, nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        *(sa.CheckConstraint(rule, name=f"ck_settlement_proposal_{name}") for name, rule in CHECKS),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=f"fk_settlement_proposal_{column}_{table}"
            )
            for column, table in POINTS
        ),
        sa.PrimaryKeyConstraint("id", name="pk_settlement_proposal"),
    )
    op.create_index("ix_settlement_one", "settlement_proposal", ["one_id", "id"], unique=False)
    op.create_index("ix_settlement_two", "settlement_proposal", ["two_id", "id"], unique=False)
    op.create_index(
        "uq_settlement_open", "settlement_proposal", ["one_id", "two_id", "currency"], unique=True,
        postgresql_where=OPEN, sqlite_where=OPEN,
    )  # fmt: skip
    _name_proposals()


POINTS = (
    ("one_id", "institution"), ("two_id", "institution"), ("proposed_for_id", "institution"), ("proposed_by_id", "person"),
    ("one_accepted_by_id", "person"), ("two_accepted_by_id", "person"), ("closed_by_id", "person"),
    ("lapsed_over_id", "statement"),
)  # fmt: skip
CHECKS = (
    ("two", "one_id < two_id"),
    ("currency", "length(currency) = 3"),
    ("state", "state IN ('proposed', 'accepted_by_one', 'accepted', 'declined', 'withdrawn', 'lapsed')"),
    ("proposed_for", "proposed_for_id IN (one_id, two_id)"),
    ("netted", "netted_units > 0"),
    ("within_both", "netted_units <= one_owes_units AND netted_units <= two_owes_units"),
    ("both_accept", f"state <> 'accepted' OR ({BOTH})"),
    ("none_accepts", "state <> 'proposed' OR (one_accepted_by_id IS NULL AND two_accepted_by_id IS NULL)"),
    (
        "one_accepts",
        "state <> 'accepted_by_one' OR (one_accepted_by_id IS NULL) <> (two_accepted_by_id IS NULL)",
    ),
    (
        "accepted_at",
        "(one_accepted_by_id IS NULL) = (one_accepted_at IS NULL)"
        " AND (two_accepted_by_id IS NULL) = (two_accepted_at IS NULL)",
    ),
    (
        "two_persons",
        "one_accepted_by_id IS NULL OR two_accepted_by_id IS NULL OR one_accepted_by_id <> two_accepted_by_id",
    ),
    ("closed", "(state IN ('proposed', 'accepted_by_one')) = (closed_at IS NULL)"),
    (
        "lapsed",
        "(state = 'lapsed') = (lapsed_because IS NOT NULL)"
        " AND (lapsed_because IS NULL OR lapsed_because IN ('paid', 'disputed', 'reversed'))",
    ),
)


def _drop_proposals() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("fk_payment_proposal_id_settlement_proposal", "payment", type_="foreignkey")
    op.drop_table("settlement_proposal")


def _name_proposals() -> None:
    """Let payments name proposals again; on SQLite the name of the table is enough."""
    if op.get_bind().dialect.name == "postgresql":
        op.create_foreign_key(
            "fk_payment_proposal_id_settlement_proposal",
            "payment",
            "settlement_proposal",
            ["proposal_id"],
            ["id"],
        )


def _keep() -> None:
    connection = op.get_bind()
    for name, event, when, wrong in RULES:
        if connection.dialect.name != "postgresql":
            condition = f"({when}) AND ({wrong})" if when else wrong
            connection.exec_driver_sql(
                f"CREATE TRIGGER {name} BEFORE {event} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{name}'); END"
            )
            continue
        row = "OLD" if event.startswith("DELETE") else "NEW"
        connection.exec_driver_sql(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF {wrong} THEN RAISE EXCEPTION '{name}' USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';"
            f" END IF; RETURN {row}; END $$"
        )
        condition = f"WHEN ({when})" if when else ""
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW {condition} EXECUTE FUNCTION {name}()"
        )


def downgrade() -> None:
    """Undo."""
    connection = op.get_bind()
    for name, event, *_ in RULES:
        if connection.dialect.name != "postgresql":
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
            continue
        connection.exec_driver_sql(f"DROP TRIGGER {name} ON {event.partition(' ON ')[2]}")
        connection.exec_driver_sql(f"DROP FUNCTION {name}()")
    op.drop_index("uq_payment_netted", table_name="payment")
    op.drop_table("settlement_statement")
    _drop_proposals()
    _make_former()


def _make_former() -> None:
    op.create_table(
        "settlement_proposal",
        sa.Column("id", Id, nullable=False),
        sa.Column("one_id", Id, nullable=False),
        sa.Column("two_id", Id, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("one_owes_units", sa.BigInteger(), nullable=False),
        sa.Column("two_owes_units", sa.BigInteger(), nullable=False),
        sa.Column("netted_units", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="proposed", nullable=False),
        sa.Column("proposed_by_id", Id, nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("one_accepted_by_id", Id, nullable=True),
        sa.Column("two_accepted_by_id", Id, nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=500), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("one_id < two_id", name="ck_settlement_proposal_two"),
        sa.CheckConstraint("netted_units > 0", name="ck_settlement_proposal_netted"),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=f"fk_settlement_proposal_{column}_{table}"
            )
            for column, table in POINTS
            if column not in ("proposed_for_id", "closed_by_id", "lapsed_over_id")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_settlement_proposal"),
    )
    op.create_index("ix_settlement_two", "settlement_proposal", ["two_id"], unique=False)
    _name_proposals()
