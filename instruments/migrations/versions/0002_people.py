"""Institutions, labs, groups, persons and their roles."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "institution",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("ror", sa.String(length=40), nullable=True),
        sa.Column("credit_code", sa.String(length=18), nullable=True),
        sa.Column("zone", sa.String(length=60), server_default="Asia/Shanghai", nullable=False),
        sa.Column("province_en", sa.String(length=80), server_default="", nullable=False),
        sa.Column("province_zh", sa.String(length=80), server_default="", nullable=False),
        sa.Column("city_en", sa.String(length=80), server_default="", nullable=False),
        sa.Column("city_zh", sa.String(length=80), server_default="", nullable=False),
        sa.Column("address", sa.String(length=300), server_default="", nullable=False),
        sa.Column("website", sa.String(length=300), server_default="", nullable=False),
        sa.Column("description_en", sa.Text(), server_default="", nullable=False),
        sa.Column("description_zh", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("kind IN ('university', 'institute', 'company')", name="ck_institution_kind"),
        sa.PrimaryKeyConstraint("id", name="pk_institution"),
        sa.UniqueConstraint("credit_code", name="uq_institution_credit_code"),
        sa.UniqueConstraint("ror", name="uq_institution_ror"),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", Id, nullable=False),
        sa.Column("mail", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_attempt"),
    )
    op.create_index("ix_sign_in_attempt_address", "sign_in_attempt", ["address", "at"], unique=False)
    op.create_index("ix_sign_in_attempt_mail", "sign_in_attempt", ["mail", "at"], unique=False)
    op.create_table(
        "lab",
        sa.Column("id", Id, nullable=False),
        sa.Column("institution_id", Id, nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("zone", sa.String(length=60), server_default="Asia/Shanghai", nullable=False),
        sa.Column("city_en", sa.String(length=80), server_default="", nullable=False),
        sa.Column("city_zh", sa.String(length=80), server_default="", nullable=False),
        sa.Column("address", sa.String(length=300), server_default="", nullable=False),
        sa.Column("contact_name", sa.String(length=120), server_default="", nullable=False),
        sa.Column("contact_phone", sa.String(length=60), server_default="", nullable=False),
        sa.Column("contact_mail", sa.String(length=200), server_default="", nullable=False),
        sa.Column("description_en", sa.Text(), server_default="", nullable=False),
        sa.Column("description_zh", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_lab_institution_id_institution"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_lab"),
    )
    op.create_index("uq_lab_name", "lab", ["institution_id", "name_zh", "name_en"], unique=True)
    op.create_table(
        "mail_domain",
        sa.Column("domain", sa.String(length=120), nullable=False),
        sa.Column("institution_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name="fk_mail_domain_institution_id_institution",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("domain", name="pk_mail_domain"),
    )
    op.create_index("ix_mail_domain_institution_id", "mail_domain", ["institution_id"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", Id, nullable=False),
        sa.Column("mail", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=120), server_default="", nullable=False),
        sa.Column("name_zh", sa.String(length=120), server_default="", nullable=False),
        sa.Column("institution_id", Id, nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=40), server_default="", nullable=False),
        sa.Column("adviser_id", Id, nullable=True),
        sa.Column("phone", sa.String(length=60), server_default="", nullable=False),
        sa.Column("orcid", sa.String(length=19), nullable=True),
        sa.Column("language", sa.String(length=20), server_default="en", nullable=False),
        sa.Column("zone", sa.String(length=60), server_default="Asia/Shanghai", nullable=False),
        sa.Column("shows_name", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("membership_confirmed_on", sa.Date(), nullable=True),
        sa.Column("mail_confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("deactivated_at", sa.BigInteger(), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("session_key", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("kind IN ('student', 'staff', 'external')", name="ck_person_kind"),
        sa.CheckConstraint("name_en <> '' OR name_zh <> ''", name="ck_person_named"),
        sa.CheckConstraint("mail = lower(mail)", name="ck_person_mail_lower"),
        sa.ForeignKeyConstraint(["adviser_id"], ["person.id"], name="fk_person_adviser_id_person"),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_person_institution_id_institution"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("mail", name="uq_person_mail"),
        sa.UniqueConstraint("orcid", name="uq_person_orcid"),
    )
    op.create_index("ix_person_adviser_id", "person", ["adviser_id"], unique=False)
    op.create_index("ix_person_institution", "person", ["institution_id", "id"], unique=False)
    op.create_table(
        "personal_token",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_on", sa.Date(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_personal_token_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_personal_token"),
        sa.UniqueConstraint("token_hash", name="uq_personal_token_token_hash"),
    )
    op.create_index("ix_personal_token_person_id", "personal_token", ["person_id"], unique=False)
    op.create_table(
        "research_group",
        sa.Column("id", Id, nullable=False),
        sa.Column("institution_id", Id, nullable=False),
        sa.Column("lab_id", Id, nullable=True),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("principal_investigator_id", Id, nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_research_group_institution_id_institution"
        ),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name="fk_research_group_lab_id_lab"),
        sa.ForeignKeyConstraint(
            ["principal_investigator_id"],
            ["person.id"],
            name="fk_research_group_principal_investigator_id_person",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_research_group"),
    )
    op.create_index("ix_research_group_institution_id", "research_group", ["institution_id"], unique=False)
    op.create_index("ix_research_group_lab_id", "research_group", ["lab_id"], unique=False)
    op.create_index(
        "ix_research_group_principal_investigator_id",
        "research_group",
        ["principal_investigator_id"],
        unique=False,
    )
    op.create_table(
        "mailed_link",
        sa.Column("id", Id, nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("mail", sa.String(length=200), nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("institution_id", Id, nullable=True),
        sa.Column("group_id", Id, nullable=True),
        sa.Column("invited_by_id", Id, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("purpose IN ('confirm', 'reset', 'invitation')", name="ck_mailed_link_purpose"),
        sa.ForeignKeyConstraint(
            ["group_id"], ["research_group.id"], name="fk_mailed_link_group_id_research_group"
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_mailed_link_institution_id_institution"
        ),
        sa.ForeignKeyConstraint(["invited_by_id"], ["person.id"], name="fk_mailed_link_invited_by_id_person"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_mailed_link_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_mailed_link"),
        sa.UniqueConstraint("token_hash", name="uq_mailed_link_token_hash"),
    )
    op.create_index("ix_mailed_link_institution_id", "mailed_link", ["institution_id"], unique=False)
    op.create_index("ix_mailed_link_mail", "mailed_link", ["mail"], unique=False)
    op.create_index("ix_mailed_link_person_id", "mailed_link", ["person_id"], unique=False)
    op.create_table(
        "role_grant",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("institution_id", Id, nullable=True),
        sa.Column("lab_id", Id, nullable=True),
        sa.Column("group_id", Id, nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("deputy_id", Id, nullable=True),
        sa.Column("deputy_until", sa.Date(), nullable=True),
        sa.Column("granted_by_id", Id, nullable=True),
        sa.Column("granted_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(CASE WHEN institution_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN lab_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN group_id IS NULL THEN 0 ELSE 1 END) <= 1",
            name="ck_role_grant_one_scope",
        ),
        sa.CheckConstraint(
            "(role IN ('institution_manager', 'finance_officer', 'auditor', 'company_manager'))"
            " = (institution_id IS NOT NULL)",
            name="ck_role_grant_institution_role",
        ),
        sa.CheckConstraint(
            "(role IN ('lab_manager', 'lab_operator')) = (lab_id IS NOT NULL)", name="ck_role_grant_lab_role"
        ),
        sa.CheckConstraint(
            "(role IN ('group_head', 'fund_delegate', 'member')) = (group_id IS NOT NULL)",
            name="ck_role_grant_group_role",
        ),
        sa.CheckConstraint(
            "role = 'platform_administrator' OR coalesce(institution_id, lab_id, group_id) IS NOT NULL",
            name="ck_role_grant_platform_role",
        ),
        sa.CheckConstraint("(deputy_id IS NULL) = (deputy_until IS NULL)", name="ck_role_grant_deputy_ends"),
        sa.CheckConstraint(
            "deputy_id IS NULL OR deputy_id <> person_id", name="ck_role_grant_deputy_is_another"
        ),
        sa.ForeignKeyConstraint(["deputy_id"], ["person.id"], name="fk_role_grant_deputy_id_person"),
        sa.ForeignKeyConstraint(["granted_by_id"], ["person.id"], name="fk_role_grant_granted_by_id_person"),
        sa.ForeignKeyConstraint(
            ["group_id"], ["research_group.id"], name="fk_role_grant_group_id_research_group"
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_role_grant_institution_id_institution"
        ),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name="fk_role_grant_lab_id_lab"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_role_grant_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_role_grant"),
    )
    op.create_index("ix_role_grant_deputy_id", "role_grant", ["deputy_id"], unique=False)
    op.create_index("ix_role_grant_group_id", "role_grant", ["group_id"], unique=False)
    op.create_index("ix_role_grant_institution_id", "role_grant", ["institution_id"], unique=False)
    op.create_index("ix_role_grant_lab_id", "role_grant", ["lab_id"], unique=False)

    op.create_index(
        "uq_role_grant",
        "role_grant",
        [
            "person_id",
            "role",
            sa.text("coalesce(institution_id, 0)"),
            sa.text("coalesce(lab_id, 0)"),
            sa.text("coalesce(group_id, 0)"),
        ],
        unique=True,
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("role_grant")
    op.drop_table("mailed_link")
    op.drop_table("research_group")
    op.drop_table("personal_token")
    op.drop_table("person")
    op.drop_table("mail_domain")
    op.drop_table("lab")
    op.drop_table("sign_in_attempt")
    op.drop_table("institution")
