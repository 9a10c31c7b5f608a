"""The facts of usage: what was used when, by whose evidence, for whom, and who confirmed it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, ForeignKey, Index, String, Text, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.types import Id, Instant, Quantity
from instruments.people.models import Person
from instruments.usage.kinds import ATTRIBUTIONS, CHECK_INS, ENDS, GRADES, KINDS, LAYERS, MODES, STATES

_ALIVE = {"postgresql_where": text("state <> 'void'"), "sqlite_where": text("state <> 'void'")}
_RUNNING = {"postgresql_where": text("state = 'running'"), "sqlite_where": text("state = 'running'")}
_WAITING = {"postgresql_where": text("state = 'waiting'"), "sqlite_where": text("state = 'waiting'")}
_CONFIRMED = {"postgresql_where": text("state = 'confirmed'"), "sqlite_where": text("state = 'confirmed'")}
_IS_LATE = "state = 'confirmed' AND flags LIKE '%late%'"
_LATE = {"postgresql_where": text(_IS_LATE), "sqlite_where": text(_IS_LATE)}
_OPEN = {"postgresql_where": text("ended_at IS NULL"), "sqlite_where": text("ended_at IS NULL")}
_KEYED = {"postgresql_where": text("source_key <> ''"), "sqlite_where": text("source_key <> ''")}


class InstrumentUse(db.Model):
    """One use of an instrument: of a reservation, by a walk-up, or a run that an operator recorded.

    started_at, ended_at: from the first to the last of its attended time, kept with its spans for lists and indexes;
    ended_at is empty exactly while it runs. reserved_*: the reserved time as it stood when it began; none of a run or a
    walk-up, which only holds the instrument by its reservation. flags: codes with spaces between; a flagged use never
    confirms itself. user_id is empty while nobody said who it was; such a use is confirmed and charged only once a person
    did. confirmed_by_rule: the deadline confirmed it, nobody did. A use that was undone stays as `void`.
    """

    __tablename__ = "use"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"mode IN {MODES}", name="mode"),
        CheckConstraint(f"ended_by IN {ENDS}", name="ended_by"),
        CheckConstraint("kind <> 'reservation' OR reservation_id IS NOT NULL", name="of_reservation"),
        CheckConstraint("kind <> 'run' OR reservation_id IS NULL", name="run_alone"),
        CheckConstraint(
            "user_id IS NOT NULL OR kind = 'walk_up' AND state IN ('waiting', 'void')", name="of_nobody"
        ),
        CheckConstraint("(reserved_from IS NULL) = (reserved_until IS NULL)", name="reserved_both"),
        CheckConstraint("reserved_from < reserved_until", name="reserved_span"),
        CheckConstraint("started_at <= ended_at", name="span"),
        CheckConstraint("state = 'void' OR (state = 'running') = (ended_at IS NULL)", name="running"),
        CheckConstraint("(state = 'confirmed') = (confirmed_at IS NOT NULL)", name="confirmed"),
        CheckConstraint(
            "state <> 'confirmed' OR confirmed_by_rule = (confirmed_by_id IS NULL)", name="confirmed_by"
        ),
        CheckConstraint("operator_minutes BETWEEN 0 AND 44640", name="operator_minutes"),
        CheckConstraint("samples BETWEEN 0 AND 1000000", name="samples"),
        CheckConstraint("trained_students BETWEEN 0 AND 10000", name="trained_students"),
        CheckConstraint("trained_teachers BETWEEN 0 AND 10000", name="trained_teachers"),
        CheckConstraint("trained_others BETWEEN 0 AND 10000", name="trained_others"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
        Index("uq_use_reservation", "reservation_id", unique=True, **_ALIVE),
        Index("ix_use_instrument", "instrument_id", "started_at"),
        Index("ix_use_user", "user_id", "started_at"),
        Index("ix_use_institution", "institution_id", "started_at"),
        Index("ix_use_group", "group_id", "started_at"),
        Index("ix_use_running", "instrument_id", **_RUNNING),
        Index("ix_use_confirmed", "confirmed_at", "id", **_CONFIRMED),
        Index("ix_use_waiting", "confirm_by", "id", **_WAITING),
        Index("ix_use_late", "instrument_id", **_LATE),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    instrument_id: Mapped[int] = mapped_column(ForeignKey("instrument.id"))
    reservation_id: Mapped[int | None] = mapped_column(ForeignKey("reservation.id"))
    kind: Mapped[str] = mapped_column(String(12))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("research_group.id"))
    reserved_from: Mapped[datetime | None] = mapped_column(Instant)
    reserved_until: Mapped[datetime | None] = mapped_column(Instant)
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[str | None] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(12), server_default="running", default="running")
    flags: Mapped[str] = mapped_column(String(200), server_default="", default="")
    confirm_by: Mapped[datetime | None] = mapped_column(Instant)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    confirmed_by_rule: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    operator_minutes: Mapped[int] = mapped_column(server_default="0", default=0)
    samples: Mapped[int | None]
    mode: Mapped[str] = mapped_column(String(10), server_default="self", default="self")
    project: Mapped[str] = mapped_column(String(200), server_default="", default="")
    funding_source: Mapped[str] = mapped_column(String(40), server_default="", default="")
    subject: Mapped[str] = mapped_column(String(3), server_default="", default="")
    contract: Mapped[str] = mapped_column(String(120), server_default="", default="")
    trained_students: Mapped[int] = mapped_column(server_default="0", default=0)
    trained_teachers: Mapped[int] = mapped_column(server_default="0", default=0)
    trained_others: Mapped[int] = mapped_column(server_default="0", default=0)
    rating: Mapped[int | None]
    rating_words: Mapped[str] = mapped_column(Text, server_default="", default="")
    note: Mapped[str] = mapped_column(Text, server_default="", default="")
    # By which prices of its start a run, or what only a device reported, is charged; a reservation says so itself, and a
    # walk-up has one. Of several customers each has a fund and a class of its own.
    fund_id: Mapped[int | None] = mapped_column(ForeignKey("fund.id"))
    version_id: Mapped[int | None] = mapped_column(ForeignKey("rate_version.id"))
    customer_class: Mapped[str | None] = mapped_column(String(30))
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    instrument: Mapped[Instrument] = relationship()
    user: Mapped[Person | None] = relationship(foreign_keys=[user_id])


# In the words of their indexes: put in others, or as parameters, SQLite would not know that an index serves.
IS_WAITING = InstrumentUse.state == literal_column("'waiting'")
IS_ALIVE = InstrumentUse.state != literal_column("'void'")
IS_LATE = (
    InstrumentUse.state == literal_column("'confirmed'"),
    InstrumentUse.flags.like(literal_column("'%late%'")),
)


class UseCorrection(db.Model):
    """Somebody set the hours of one layer anew, and said why; what was reported stays beside it.

    Its spans are those of `use_span` with its number; none: there was no such time at all. The last of a layer counts.
    """

    __tablename__ = "use_correction"
    __table_args__ = (
        CheckConstraint(f"layer IN {LAYERS}", name="layer"),
        CheckConstraint("reason <> ''", name="reason"),
        Index("ix_use_correction_use", "use_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    use_id: Mapped[int] = mapped_column(ForeignKey("use.id", ondelete="CASCADE"))
    layer: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(500))
    corrected_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    corrected_at: Mapped[datetime] = mapped_column(Instant)


class UseAmendment(db.Model):
    """Somebody said anew what was counted of a confirmed use, and why; changes: [before, after] by what it is."""

    __tablename__ = "use_amendment"
    __table_args__ = (CheckConstraint("reason <> ''", name="reason"), Index("ix_use_amendment_use", "use_id"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    use_id: Mapped[int] = mapped_column(ForeignKey("use.id", ondelete="CASCADE"))
    reason: Mapped[str] = mapped_column(String(500))
    changes: Mapped[dict[str, list[Any]]] = mapped_column(JSON)
    amended_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    amended_at: Mapped[datetime] = mapped_column(Instant)


class UseSpan(db.Model):
    """Some time of a use in one layer, as one witness reported it; the time that counts is settled from all of them.

    reporter: who bears witness ("person", "rule", "file", the name of a logger); source_key: the key by which that
    reporter repeats a report without counting it twice; attribution: how it was found out whose a report was. ended_at is
    empty while it runs.
    """

    __tablename__ = "use_span"
    __table_args__ = (
        CheckConstraint(f"layer IN {LAYERS}", name="layer"),
        CheckConstraint(f"grade IN {GRADES}", name="grade"),
        CheckConstraint(f"attribution IN {ATTRIBUTIONS}", name="attribution"),
        CheckConstraint("started_at < ended_at", name="span"),
        CheckConstraint("ended_at - started_at <= 2678400", name="longest"),
        CheckConstraint("correction_id IS NULL OR ended_at IS NOT NULL", name="corrected_ends"),
        Index("ix_use_span_use", "use_id"),
        Index("ix_use_span_correction", "correction_id"),
        Index("uq_use_span_source", "reporter", "source_key", unique=True, **_KEYED),
        Index("uq_use_span_open", "use_id", "reporter", "layer", unique=True, **_OPEN),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    use_id: Mapped[int] = mapped_column(ForeignKey("use.id", ondelete="CASCADE"))
    layer: Mapped[str] = mapped_column(String(16))
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    grade: Mapped[str] = mapped_column(String(10))
    reporter: Mapped[str] = mapped_column(String(80), server_default="person", default="person")
    source_key: Mapped[str] = mapped_column(String(200), server_default="", default="")
    attribution: Mapped[str] = mapped_column(String(8), server_default="", default="")
    correction_id: Mapped[int | None] = mapped_column(ForeignKey("use_correction.id", ondelete="CASCADE"))
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime] = mapped_column(Instant)


class UseCount(db.Model):
    """How many of something a use took: samples and items, by the code of their price."""

    __tablename__ = "use_count"
    __table_args__ = (CheckConstraint("number >= 0", name="number"),)

    use_id: Mapped[int] = mapped_column(
        ForeignKey("use.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[Decimal] = mapped_column(Quantity)


class RunCustomer(db.Model):
    """One of those for whom an operator's run was made; share: their part of its hours as entered, none: by samples.

    customer_class: of who pays, as of the moment at which the run began; its prices stand with the use.
    """

    __tablename__ = "run_customer"
    __table_args__ = (
        CheckConstraint("samples BETWEEN 0 AND 1000000", name="samples"),
        CheckConstraint("share >= 0", name="share"),
        Index("uq_run_customer_position", "use_id", "position", unique=True),
        Index("ix_run_customer_institution", "institution_id"),
        Index("ix_run_customer_group", "group_id"),
        Index("ix_run_customer_person", "person_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    use_id: Mapped[int] = mapped_column(ForeignKey("use.id", ondelete="CASCADE"))
    position: Mapped[int]
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("research_group.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    samples: Mapped[int] = mapped_column(server_default="0", default=0)
    share: Mapped[Decimal | None] = mapped_column(Quantity)
    fund_id: Mapped[int | None] = mapped_column(ForeignKey("fund.id"))
    customer_class: Mapped[str | None] = mapped_column(String(30))


class UsageSettings(db.Model):
    """How a lab, or one of its instruments, keeps its uses; each empty where the owner sets none.

    grace_minutes: how long one may be late where check-in is required; end_after_minutes: how long after the reserved
    end a forgotten session ends; longest_minutes: after how long any session does; confirm_days: when it confirms itself.
    """

    __tablename__ = "usage_settings"
    __table_args__ = (
        CheckConstraint("(lab_id IS NULL) <> (instrument_id IS NULL)", name="one_owner"),
        CheckConstraint(f"check_in IN {CHECK_INS}", name="check_in"),
        CheckConstraint("grace_minutes BETWEEN 5 AND 1440", name="grace"),
        CheckConstraint("end_after_minutes BETWEEN 0 AND 1440", name="end_after"),
        CheckConstraint("longest_minutes BETWEEN 30 AND 44640", name="longest"),
        CheckConstraint("confirm_days BETWEEN 1 AND 60", name="confirm"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"), unique=True)
    instrument_id: Mapped[int | None] = mapped_column(
        ForeignKey("instrument.id", ondelete="CASCADE"), unique=True
    )
    check_in: Mapped[str | None] = mapped_column(String(10))
    grace_minutes: Mapped[int | None]
    end_after_minutes: Mapped[int | None]
    longest_minutes: Mapped[int | None]
    confirm_days: Mapped[int | None]
    walk_up: Mapped[bool | None] = mapped_column(Boolean)
    version: Mapped[int] = mapped_column(server_default="1", default=1)
