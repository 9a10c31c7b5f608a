"""Requests say which qualification they ask to renew; those that wait already are told from what their askers hold."""

import sqlalchemy as sa
from alembic import op

revision = "0121"
down_revision = "0120"
branch_labels = None
depends_on = None

TABLE = "qualification_request"
OF_INSTRUMENT = "uq_qualification_request_instrument"
RENEWAL = "uq_qualification_request_renewal"
WAITING = "state IN ('open', 'invited')"
# Of an instrument's own qualification, else of a technique's that counts on it: at its level, and not for good.
HELD = """
    SELECT min(q.id) FROM qualification AS q
    WHERE q.person_id = qualification_request.person_id AND q.level = qualification_request.level
    AND q.revoked_at IS NULL AND q.expires_on IS NOT NULL AND {subject}
"""
OWN = "q.instrument_id = qualification_request.instrument_id"
BY_TECHNIQUE = """
    q.technique_id IN (
        SELECT p.technique_id FROM technique_instrument AS p WHERE p.instrument_id = qualification_request.instrument_id
    ) AND NOT EXISTS (
        SELECT 1 FROM qualification_request AS r
        WHERE r.renews_id = q.id OR (
            r.person_id = q.person_id AND r.id < qualification_request.id AND r.level = q.level
            AND r.state IN ('open', 'invited') AND r.instrument_id IN (
                SELECT t.instrument_id FROM technique_instrument AS t WHERE t.technique_id = q.technique_id
            )
        )
    )
"""


def upgrade() -> None:
    """Apply."""
    number = "bigint" if op.get_bind().dialect.name == "postgresql" else "integer"
    name = f"fk_{TABLE}_renews_id_qualification"
    op.execute(
        f"ALTER TABLE {TABLE} ADD COLUMN renews_id {number} CONSTRAINT {name} REFERENCES qualification (id)"
    )
    for subject in (OWN, BY_TECHNIQUE):
        held = HELD.format(subject=subject)
        op.execute(
            f"UPDATE {TABLE} SET renews_id = ({held}) WHERE {WAITING} AND renews_id IS NULL AND level IS NOT NULL"
        )
    op.drop_index(OF_INSTRUMENT, TABLE)
    _unique(
        OF_INSTRUMENT,
        ["person_id", "instrument_id"],
        f"{WAITING} AND instrument_id IS NOT NULL AND renews_id IS NULL",
    )
    _unique(RENEWAL, ["renews_id"], f"{WAITING} AND renews_id IS NOT NULL")


def downgrade() -> None:
    """Take back. Of what a person asks for one instrument, the newest goes on waiting."""
    op.drop_index(RENEWAL, TABLE)
    op.drop_index(OF_INSTRUMENT, TABLE)
    op.execute(
        f"UPDATE {TABLE} SET state = 'withdrawn' WHERE {WAITING} AND instrument_id IS NOT NULL AND EXISTS (SELECT 1"
        f" FROM {TABLE} AS r WHERE r.person_id = {TABLE}.person_id AND r.instrument_id = {TABLE}.instrument_id"
        f" AND r.{WAITING} AND r.id > {TABLE}.id)"
    )
    _unique(OF_INSTRUMENT, ["person_id", "instrument_id"], f"{WAITING} AND instrument_id IS NOT NULL")
    op.drop_column(TABLE, "renews_id")


def _unique(name: str, columns: list[str], which: str) -> None:
    only = sa.text(which)
    op.create_index(name, TABLE, columns, unique=True, sqlite_where=only, postgresql_where=only)
