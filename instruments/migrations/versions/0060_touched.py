"""What the summaries of utilization rest on is noted by the database itself when it changes, whoever writes.

A row says whose time it was (of an instrument, a lab, an institution) and from when to when; without moments: all of it.
Rows are only added and taken away, never counted up, so that two deeds never wait for each other here.
"""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from alembic import op

from instruments.database.types import Id

revision = "0060"
down_revision = "0054"
branch_labels = None
depends_on = None

# Half a day and more around a date, whatever the zone of the lab.
AROUND = 86_400
BLOCK = 2_592_000


class Source(NamedTuple):
    """A table whose rows change figures: whose they are, from when to when, and which columns matter."""

    table: str
    owners: tuple[str, ...]
    first: str = "NULL"
    last: str = "NULL"
    of: tuple[str, ...] = ()
    # Rows that nothing can rest on yet when they are made.
    on_insert: bool = True


SPAN = ("starts_at", "ends_at")
SOURCES = (
    Source("reservation", ("instrument_id",), "{r}.starts_at", "{r}.ends_at", ("instrument_id", "state", *SPAN)),
    Source(
        "use", ("instrument_id",), "{r}.started_at",
        "coalesce({r}.confirmed_at, {r}.ended_at, {r}.started_at)",
    ),
    Source("closure", ("instrument_id", "lab_id"), "{r}.starts_at", "{r}.ends_at"),
    Source("opening_hours", ("instrument_id", "lab_id")),
    Source("different_day", ("instrument_id", "lab_id")),
    Source("make_up_hours", ("lab_id",)),
    Source("holiday", ("institution_id",), "{day}", "{day_after}"),
    Source(
        "charge", ("instrument_id",), "{day}", "{day_after}",
        ("instrument_id", "state", "total_units", "currency", "service_on"),
    ),
    Source(
        "instrument", ("id",),
        of=("capacity", "audience", "commissioned_on", "retired_on", "lab_id", "institution_id"), on_insert=False,
    ),
    Source("lab", ("id",), of=("zone",), on_insert=False),
)  # fmt: skip
DATES = {"holiday": "day", "charge": "service_on"}
OWNERS = {"instrument": "instrument_id", "lab": "lab_id"}


def _moment(words: str, source: Source, row: str, dialect: str) -> str:
    date = f"{row}.{DATES.get(source.table, '')}"
    epoch = (
        f"extract(epoch FROM {date})::bigint"
        if dialect == "postgresql"
        else f"CAST(strftime('%s', {date}) AS INTEGER)"
    )
    return words.format(r=row, day=f"({epoch} - {AROUND})", day_after=f"({epoch} + 2 * {AROUND})")


def _note(source: Source, row: str, dialect: str) -> str:
    """One row of what an inserted, changed or deleted row was about."""
    columns = [OWNERS.get(source.table, owner) if owner == "id" else owner for owner in source.owners]
    values = [f"{row}.{owner}" for owner in source.owners]
    moments = [_moment(words, source, row, dialect) for words in (source.first, source.last)]
    told = f"INSERT INTO touched ({', '.join(columns)}, first, last)"
    some = " OR ".join(f"{value} IS NOT NULL" for value in values)
    return f"{told} SELECT {', '.join([*values, *moments])} WHERE {some};"


def _sqlite(source: Source) -> list[str]:
    of = f" OF {', '.join(source.of)}" if source.of else ""
    old, new = (_note(source, row, "sqlite") for row in ("OLD", "NEW"))
    events = [("update", f"UPDATE{of}", old + new), ("delete", "DELETE", old)]
    if source.on_insert:
        events.append(("insert", "INSERT", new))
    if source.table in OWNERS:
        events = events[:1]
    return [
        f'CREATE TRIGGER touched_{source.table}_{name} AFTER {event} ON "{source.table}" BEGIN {body} END'
        for name, event, body in events
    ]


def _postgresql(source: Source) -> list[str]:
    of = f" OF {', '.join(source.of)}" if source.of else ""
    old, new = (_note(source, row, "postgresql") for row in ("OLD", "NEW"))
    bodies = [("update", f"UPDATE{of}", old + new)]
    if source.table not in OWNERS:
        bodies.append(("delete", "DELETE", old))
    made = []
    for name, event, body in bodies:
        function = f"touched_{source.table}_{name}"
        made += [
            f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$",
            f'CREATE TRIGGER {function} AFTER {event} ON "{source.table}" FOR EACH ROW EXECUTE FUNCTION {function}()',
        ]
    return made + (_postgresql_insert(source) if source.on_insert else [])


def _postgresql_insert(source: Source) -> list[str]:
    """Many rows that are written at once are noted by whose they are and by months of thirty days."""
    function = f"touched_{source.table}_insert"
    owners = ", ".join(f"r.{owner}" for owner in source.owners)
    first, last = (_moment(words, source, "r", "postgresql") for words in (source.first, source.last))
    some = " OR ".join(f"r.{owner} IS NOT NULL" for owner in source.owners)
    by = owners if source.first == "NULL" else f"{owners}, {first} / {BLOCK}"
    ends = ("NULL::bigint", "NULL::bigint") if source.first == "NULL" else (f"min({first})", f"max({last})")
    body = (
        f"INSERT INTO touched ({', '.join(source.owners)}, first, last)"
        f" SELECT {owners}, {', '.join(ends)} FROM made AS r WHERE {some} GROUP BY {by};"
    )
    return [
        f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$",
        f'CREATE TRIGGER {function} AFTER INSERT ON "{source.table}" REFERENCING NEW TABLE AS made'
        f" FOR EACH STATEMENT EXECUTE FUNCTION {function}()",
    ]


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "touched",
        sa.Column("id", Id, nullable=False),
        sa.Column("instrument_id", sa.BigInteger()),
        sa.Column("lab_id", sa.BigInteger()),
        sa.Column("institution_id", sa.BigInteger()),
        sa.Column("first", sa.BigInteger()),
        sa.Column("last", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_touched"),
    )
    connection = op.get_bind()
    make = _postgresql if connection.dialect.name == "postgresql" else _sqlite
    for source in SOURCES:
        for statement in make(source):
            connection.exec_driver_sql(statement)


def downgrade() -> None:
    """Take back."""
    connection = op.get_bind()
    on_postgresql = connection.dialect.name == "postgresql"
    for source in SOURCES:
        for name in ("insert", "update", "delete"):
            trigger = f"touched_{source.table}_{name}"
            where = f' ON "{source.table}"' if on_postgresql else ""
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {trigger}{where}")
            if on_postgresql:
                connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {trigger}()")
    op.drop_table("touched")
