"""Prices: cards, versions, windows, services, finer classes of customers; other public bodies, and countries.

No two published versions of a card share a date: PostgreSQL by an exclusion constraint, SQLite, which has one writer, by
triggers. Of what was published nothing changes but its end, which can be set or brought forward, and nothing goes away.
"""

import sqlalchemy as sa
from alembic import op

from instruments.database.types import Id, Instant, Percent

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

KINDS = "'university', 'institute', 'company'"
FIXED = (
    "id", "card_id", "valid_from", "currency", "basis", "increment", "operator_increment", "operator_windows",
    "overrun", "late_percent", "free_hours", "no_show_percent", "stamp", "made_at", "proposed_by_id", "proposed_at",
    "approved_by_id", "approved_at",
)  # fmt: skip
OVERLAP = """
    EXISTS (
      SELECT 1 FROM rate_version AS v
      WHERE v.card_id = NEW.card_id AND v.state = 'published' AND v.id <> NEW.id
        AND (NEW.valid_to IS NULL OR v.valid_from < NEW.valid_to)
        AND (v.valid_to IS NULL OR v.valid_to > NEW.valid_from)
    )
"""
# What was ever published has been approved; `{differs}` compares as the database does, null being equal to null.
PUBLISHED = "OLD.state IN ('published', 'withdrawn') AND OLD.approved_at IS NOT NULL"


def _changes(differs: str) -> str:
    """Whether an update changes more of a published version than its end."""
    fixed = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in FIXED)
    later = (
        f"NEW.valid_to {differs} OLD.valid_to"
        " AND (NEW.valid_to IS NULL OR (OLD.valid_to IS NOT NULL AND NEW.valid_to > OLD.valid_to))"
    )
    state = f"NEW.state {differs} OLD.state AND NOT (OLD.state = 'published' AND NEW.state = 'withdrawn')"
    return f"{PUBLISHED} AND ({fixed} OR ({later}) OR ({state}))"


FROZEN_PARTS = ("rate_window", "rate_price")


def _of_published(row: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM rate_version AS v WHERE v.id = {row}.version_id"
        " AND v.state IN ('published', 'withdrawn') AND v.approved_at IS NOT NULL)"
    )


def _postgresql() -> list[str]:
    statements = [
        """
        ALTER TABLE rate_version ADD CONSTRAINT rate_version_overlap EXCLUDE USING gist (
          int8range(card_id, card_id, '[]') WITH &&,
          daterange(valid_from, valid_to) WITH &&
        ) WHERE (state = 'published')
        """,
        f"""
        CREATE FUNCTION rate_version_frozen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF TG_OP = 'DELETE' THEN
            IF {PUBLISHED} THEN
              RAISE EXCEPTION 'rate_version_frozen' USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN OLD;
          END IF;
          IF {_changes("IS DISTINCT FROM")} THEN
            RAISE EXCEPTION 'rate_version_frozen' USING ERRCODE = 'restrict_violation';
          END IF;
          RETURN NEW;
        END $$
        """,
        """
        CREATE TRIGGER rate_version_frozen BEFORE UPDATE OR DELETE ON rate_version
        FOR EACH ROW EXECUTE FUNCTION rate_version_frozen()
        """,
        """
        CREATE FUNCTION rate_part_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
          whole record;
        BEGIN
          -- Locked, so that nobody publishes the version before this change of it is told or given up.
          FOR whole IN
            SELECT v.* FROM rate_version AS v
            WHERE v.id = CASE WHEN TG_OP = 'DELETE' THEN OLD.version_id ELSE NEW.version_id END
              OR v.id = CASE WHEN TG_OP = 'INSERT' THEN NEW.version_id ELSE OLD.version_id END
            FOR SHARE
          LOOP
            IF whole.state IN ('published', 'withdrawn') AND whole.approved_at IS NOT NULL THEN
              RAISE EXCEPTION 'rate_version_frozen' USING ERRCODE = 'restrict_violation';
            END IF;
          END LOOP;
          RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
        END $$
        """,
    ]
    return statements + [
        f"CREATE TRIGGER rate_part_frozen BEFORE INSERT OR UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION rate_part_frozen()"
        for table in FROZEN_PARTS
    ]


def _sqlite() -> list[str]:
    def trigger(name: str, event: str, when: str, message: str) -> str:
        return f"CREATE TRIGGER {name} BEFORE {event} WHEN {when} BEGIN SELECT RAISE(ABORT, '{message}'); END"

    overlaps = f"NEW.state = 'published' AND {OVERLAP}"
    frozen = "rate_version_frozen"
    statements = [
        trigger("rate_version_overlap_insert", "INSERT ON rate_version", overlaps, "rate_version_overlap"),
        trigger(
            "rate_version_overlap_update",
            "UPDATE OF card_id, state, valid_from, valid_to ON rate_version",
            overlaps,
            "rate_version_overlap",
        ),
        trigger("rate_version_frozen_update", "UPDATE ON rate_version", _changes("IS NOT"), frozen),
        trigger("rate_version_frozen_delete", "DELETE ON rate_version", PUBLISHED, frozen),
    ]
    for table in FROZEN_PARTS:
        statements += [
            trigger(f"{table}_frozen_insert", f"INSERT ON {table}", _of_published("NEW"), frozen),
            trigger(
                f"{table}_frozen_update",
                f"UPDATE ON {table}",
                f"{_of_published('OLD')} OR {_of_published('NEW')}",
                frozen,
            ),
            trigger(f"{table}_frozen_delete", f"DELETE ON {table}", _of_published("OLD"), frozen),
        ]
    return statements


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind()
    sqlite = connection.dialect.name == "sqlite"
    connection.exec_driver_sql(
        "ALTER TABLE institution ADD COLUMN country VARCHAR(2) DEFAULT 'CN' NOT NULL"
        " CONSTRAINT ck_institution_country CHECK (length(country) = 2)"
    )
    _allow_kinds(KINDS, f"{KINDS}, 'public'")
    _customers()
    _cards()
    _versions()
    _parts()
    for statement in _sqlite() if sqlite else _postgresql():
        connection.exec_driver_sql(statement)


def _customers() -> None:
    op.create_table(
        "service",
        sa.Column("id", Id, nullable=False),
        sa.Column("lab_id", Id, nullable=False),
        sa.Column("name_en", sa.String(length=200), server_default="", nullable=False),
        sa.Column("name_zh", sa.String(length=200), server_default="", nullable=False),
        sa.Column("description_en", sa.Text(), server_default="", nullable=False),
        sa.Column("description_zh", sa.Text(), server_default="", nullable=False),
        sa.Column("archived", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("name_en <> '' OR name_zh <> ''", name="ck_service_named"),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name="fk_service_lab_id_lab"),
        sa.PrimaryKeyConstraint("id", name="pk_service"),
    )
    op.create_index("ix_service_lab", "service", ["lab_id", "id"], unique=False)
    op.create_table(
        "customer_split",
        sa.Column("id", Id, nullable=False),
        sa.Column("lab_id", Id, nullable=False),
        sa.Column("base", sa.String(length=20), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "base IN ('partner', 'public', 'company', 'abroad')", name="ck_customer_split_base"
        ),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name="fk_customer_split_lab_id_lab"),
        sa.PrimaryKeyConstraint("id", name="pk_customer_split"),
        sa.UniqueConstraint("id", "lab_id", name="uq_customer_split_id_lab_id"),
    )
    op.create_index("uq_customer_split_name", "customer_split", ["lab_id", "name_zh", "name_en"], unique=True)
    op.create_table(
        "customer_split_member",
        sa.Column("lab_id", Id, nullable=False),
        sa.Column("institution_id", Id, nullable=False),
        sa.Column("split_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_customer_split_member_institution_id_institution"
        ),
        sa.ForeignKeyConstraint(
            ["split_id", "lab_id"],
            ["customer_split.id", "customer_split.lab_id"],
            name="fk_customer_split_member_split_id_customer_split",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("lab_id", "institution_id", name="pk_customer_split_member"),
    )
    op.create_index("ix_customer_split_member_split", "customer_split_member", ["split_id"], unique=False)


def _cards() -> None:
    owners = ("lab", "instrument", "service")
    given = " + ".join(f"(CASE WHEN {owner}_id IS NULL THEN 0 ELSE 1 END)" for owner in owners)
    op.create_table(
        "rate_card",
        sa.Column("id", Id, nullable=False),
        *(sa.Column(f"{owner}_id", Id, nullable=True) for owner in owners),
        sa.CheckConstraint(f"{given} = 1", name="ck_rate_card_one_owner"),
        *(
            sa.ForeignKeyConstraint([f"{owner}_id"], [f"{owner}.id"], name=f"fk_rate_card_{owner}_id_{owner}")
            for owner in owners
        ),
        sa.PrimaryKeyConstraint("id", name="pk_rate_card"),
        *(sa.UniqueConstraint(f"{owner}_id", name=f"uq_rate_card_{owner}_id") for owner in owners),
    )


def _versions() -> None:
    people = ("made_by_id", "proposed_by_id", "approved_by_id")
    steps = "(1, 5, 15, 30, 60)"
    op.create_table(
        "rate_version",
        sa.Column("id", Id, nullable=False),
        sa.Column("card_id", Id, nullable=False),
        sa.Column("state", sa.String(length=10), server_default="draft", nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("currency", sa.String(length=3), server_default="CNY", nullable=False),
        sa.Column("basis", sa.String(length=10), server_default="used", nullable=False),
        sa.Column("increment", sa.Integer(), server_default="1", nullable=False),
        sa.Column("operator_increment", sa.Integer(), server_default="1", nullable=False),
        sa.Column("operator_windows", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("overrun", Percent(), server_default="10000", nullable=False),
        sa.Column("late_percent", Percent(), nullable=True),
        sa.Column("free_hours", sa.Integer(), server_default="0", nullable=False),
        sa.Column("no_show_percent", Percent(), nullable=True),
        sa.Column("note", sa.String(length=500), server_default="", nullable=False),
        sa.Column("stamp", sa.String(length=16), nullable=False),
        sa.Column("made_by_id", Id, nullable=True),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("proposed_by_id", Id, nullable=True),
        sa.Column("proposed_at", Instant(), nullable=True),
        sa.Column("approved_by_id", Id, nullable=True),
        sa.Column("approved_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        *(
            sa.CheckConstraint(rule, name=f"ck_rate_version_{name}")
            for name, rule in (
                ("state", "state IN ('draft', 'proposed', 'published', 'withdrawn')"),
                ("dates", "valid_to IS NULL OR valid_to > valid_from"),
                ("currency", "length(currency) = 3"),
                ("basis", "basis IN ('used', 'reserved', 'longer')"),
                ("increment", f"increment IN {steps}"),
                ("operator_increment", f"operator_increment IN {steps}"),
                ("overrun", "overrun BETWEEN 0 AND 100000"),
                ("late_percent", "late_percent BETWEEN 0 AND 10000"),
                ("no_show_percent", "no_show_percent BETWEEN 0 AND 10000"),
                ("free_hours", "free_hours BETWEEN 0 AND 744"),
                ("proposed", "state = 'draft' OR proposed_at IS NOT NULL"),
                ("approved", "state <> 'published' OR approved_at IS NOT NULL"),
                ("by_another", "approved_by_id <> proposed_by_id"),
            )
        ),
        sa.ForeignKeyConstraint(["card_id"], ["rate_card.id"], name="fk_rate_version_card_id_rate_card"),
        *(
            sa.ForeignKeyConstraint([column], ["person.id"], name=f"fk_rate_version_{column}_person")
            for column in people
        ),
        sa.PrimaryKeyConstraint("id", name="pk_rate_version"),
    )
    op.create_index("ix_rate_version_card", "rate_version", ["card_id", "valid_from"], unique=False)


def _parts() -> None:
    op.create_table(
        "rate_window",
        sa.Column("version_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name_en", sa.String(length=80), server_default="", nullable=False),
        sa.Column("name_zh", sa.String(length=80), server_default="", nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=False),
        sa.Column("factor", Percent(), nullable=False),
        sa.Column("days", sa.String(length=40), server_default="", nullable=False),
        sa.CheckConstraint(
            "since BETWEEN 0 AND 1439 AND until BETWEEN 0 AND 1440 AND since <> until", name="ck_rate_window_times"
        ),
        sa.CheckConstraint("factor BETWEEN 0 AND 100000", name="ck_rate_window_factor"),
        sa.CheckConstraint("name_en <> '' OR name_zh <> ''", name="ck_rate_window_named"),
        sa.ForeignKeyConstraint(
            ["version_id"], ["rate_version.id"],
            name="fk_rate_window_version_id_rate_version", ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("version_id", "position", name="pk_rate_window"),
    )  # fmt: skip
    classes = "'own_lab', 'own_institution', 'partner', 'public', 'company', 'individual', 'abroad'"
    units = "'hour', 'day', 'started_day', 'use', 'sample', 'item', 'operator_hour', 'minimum'"
    op.create_table(
        "rate_price",
        sa.Column("id", Id, nullable=False),
        sa.Column("version_id", Id, nullable=False),
        sa.Column("customer_class", sa.String(length=30), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=40), server_default="", nullable=False),
        sa.Column("name_en", sa.String(length=120), server_default="", nullable=False),
        sa.Column("name_zh", sa.String(length=120), server_default="", nullable=False),
        sa.Column("price_units", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            f"customer_class IN ({classes}) OR substr(customer_class, 1, 6) = 'split:'",
            name="ck_rate_price_customer_class",
        ),
        sa.CheckConstraint("mode IN ('self', 'assisted', 'service')", name="ck_rate_price_mode"),
        sa.CheckConstraint(f"unit IN ({units})", name="ck_rate_price_unit"),
        sa.CheckConstraint("(unit IN ('sample', 'item')) = (code <> '')", name="ck_rate_price_code"),
        sa.CheckConstraint("price_units >= 0", name="ck_rate_price_price"),
        sa.ForeignKeyConstraint(
            ["version_id"], ["rate_version.id"],
            name="fk_rate_price_version_id_rate_version", ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_rate_price"),
        sa.UniqueConstraint(
            "version_id", "customer_class", "mode", "unit", "code",
            name="uq_rate_price_version_id_customer_class_mode_unit_code",
        ),
    )  # fmt: skip


def _allow_kinds(before: str, after: str) -> None:
    connection = op.get_bind()
    name = "ck_institution_kind"
    if connection.dialect.name == "postgresql":
        op.drop_constraint(name, "institution", type_="check")
        op.create_check_constraint(name, "institution", f"kind IN ({after})")
        return
    # Half of all tables refer to this one, so it cannot be written anew. A check touches nothing on the disk: the words
    # of the table are changed where SQLite keeps them, as its documents say (lang_altertable, section 7).
    number = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'institution'",
        (f"kind IN ({before})", f"kind IN ({after})"),
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {number + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")


def downgrade() -> None:
    """Undo: other public bodies become institutes, the nearest that the older program knows."""
    connection = op.get_bind()
    for table in (
        "rate_price", "rate_window", "rate_version", "rate_card", "customer_split_member", "customer_split", "service",
    ):  # fmt: skip
        op.drop_table(table)
    if connection.dialect.name == "postgresql":
        for function in ("rate_version_frozen", "rate_part_frozen"):
            connection.exec_driver_sql(f"DROP FUNCTION {function}()")
    connection.exec_driver_sql("UPDATE institution SET kind = 'institute' WHERE kind = 'public'")
    _allow_kinds(f"{KINDS}, 'public'", KINDS)
    connection.exec_driver_sql("ALTER TABLE institution DROP COLUMN country")
