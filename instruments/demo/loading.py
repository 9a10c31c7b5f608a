"""Write the invented world into the database in bulk: whole tables at a time, in the order of their references."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, text

from instruments.availability.day_models import CalendarDay, KnownYear, NationalCalendar
from instruments.availability.models import Closure, DifferentDay, FaultReport, OpeningHours
from instruments.availability.season_models import Season, SeasonSpan
from instruments.catalog import revision
from instruments.catalog.models import Instrument, InstrumentTechnique, Technique
from instruments.catalog.searchable import Sources
from instruments.charges.fee_events import events
from instruments.charges.feeing import charge_fees
from instruments.database import db
from instruments.demo import copying, telling
from instruments.demo.asking import ask_the_group
from instruments.demo.asking_labs import ask_about_idle
from instruments.demo.boards import keep_a_board
from instruments.demo.generator.conduct import make_kinds, make_violations
from instruments.demo.generator.days import make_days
from instruments.demo.generator.faults import make_faults
from instruments.demo.generator.funds import make_funds
from instruments.demo.generator.other_hours import make_different_days, make_season
from instruments.demo.generator.qualifications import make_qualifications
from instruments.demo.generator.shown import SHOWN
from instruments.demo.generator.waits import make_unmet, make_waits
from instruments.demo.generator.world import InventedWorld, Size
from instruments.demo.guards import aside
from instruments.demo.money.year import keep_a_year, moment_of
from instruments.demo.quoting import quote_the_company
from instruments.demo.reporting import report_the_quarters
from instruments.demo.reviewing import review_purchases
from instruments.demo.series import book_the_series
from instruments.demo.uses import make_uses
from instruments.funds.models import Fund, FundUser
from instruments.funds.programme_models import ProgrammePayer, ProgrammeRow
from instruments.journal.models import JournalEntry
from instruments.journal.record import record
from instruments.people.models import Institution, Lab, MailDomain, Person, ResearchGroup, RoleGrant
from instruments.qualifications.models import (
    Qualification,
    QualificationRequest,
    QualificationRule,
    QualifiedTechnique,
    SafetyAdmission,
    TechniqueInstrument,
)
from instruments.reservations.conduct.models import Violation, ViolationKind
from instruments.reservations.demand.models import UnmetDemand
from instruments.reservations.models import ApprovalRuleRow, DatedRules, RulesRow
from instruments.reservations.quota_models import QuotaRow
from instruments.reservations.waitlist.models import WaitRequest

CHUNK = 1000
# Kilobytes that SQLite keeps at hand while it is loaded.
SQLITE_CACHE = 2_000_000
USUAL_RESERVATIONS = Size.reservations
KEPT = ("instrument_class", "catalog_revision")
LOADED = "demonstration.loaded"

Written = tuple[Any, Sequence[Mapping[str, Any]]]
"""A table's model and rows for it."""

Progress = Callable[[str, int, int], None]
"""Told what is being written, how many rows of it are done, and of how many."""


def is_empty() -> bool:
    """Whether there is neither an institution nor a person yet: only then can a world be loaded."""
    return not any(
        db.session.scalar(select(table.id).limit(1)) for table in (Institution, Person, Instrument)
    )


def is_demonstration() -> bool:
    """Whether what there is was loaded by `load`."""
    return bool(db.session.scalar(select(JournalEntry.id).where(JournalEntry.deed == LOADED).limit(1)))


def clear() -> None:
    """Take everything away but the code lists, inside a deed."""
    tables = [table for table in db.metadata.sorted_tables if table.name not in KEPT]
    names = [table.name for table in tables]
    # What the books keep from everybody is kept from this command, too, unless the guards step aside.
    with aside(names):
        if db.session.get_bind().dialect.name == "postgresql":
            quoted = ", ".join(f'"{name}"' for name in names)
            db.session.execute(text(f"TRUNCATE {quoted} RESTART IDENTITY CASCADE"))
        else:
            _delete(tables)


def _delete(tables: Sequence[Any]) -> None:
    for table in reversed(tables):
        if table.name == "person":
            db.session.execute(table.update().values(adviser_id=None))
        db.session.execute(delete(table))


def load(world: InventedWorld, now: datetime, password_hash: str, progress: Progress) -> int:
    """Write the whole world inside a deed, into an empty database; returns the number of reservations.

    password_hash: of the one password of the persons who are shown; nobody else gets any.
    """
    _have_time_and_room()
    for label, tables in _tables(world, password_hash):
        _insert(label, tables, progress)
    funds = make_funds(
        world.places, world.people, world.anchor, max(1, world.size.reservations // USUAL_RESERVATIONS)
    )
    _insert(
        "funds",
        (
            (Fund, funds.funds),
            (FundUser, funds.users),
            (ProgrammeRow, funds.programmes),
            (ProgrammePayer, funds.admissions),
        ),
        progress,
    )
    count, history = copying.copy_reservations(world, progress)
    make_uses(world.anchor, now)
    keep_a_year(world, funds, now, history)
    copying.copy_journal(history, progress)
    # What was cancelled stands in the journal only now.
    charge_fees(events(today := moment_of(world.anchor, now)), today)
    telling.tell(world, now)
    record(
        now=now,
        actor_id=None,
        deed=LOADED,
        thing=("platform", 0),
        detail={"anchor": world.anchor.isoformat(), **vars(world.size), "reservations": count},
    )
    revision.raise_catalog()
    copying.settle(db.session.connection())
    # By the acts themselves, which need the next numbers to be free.
    book_the_series(world, now)
    quote_the_company(world, now)
    ask_the_group(world, now)
    report_the_quarters(world, now)
    review_purchases(world, now)
    ask_about_idle(world, now)
    keep_a_board(world, now)
    return count


def _have_time_and_room() -> None:
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(text("SET LOCAL statement_timeout = 0"))
        db.session.execute(text("SET LOCAL lock_timeout = 0"))
    else:
        # What was just written is read again at once, and to look for it in a log of gigabytes takes longer than writing.
        db.session.execute(text(f"PRAGMA cache_size = -{SQLITE_CACHE}"))


def _tables(world: InventedWorld, password_hash: str) -> Iterable[tuple[str, Sequence[Written]]]:
    places, people, made, openings = world.places, world.people, world.instruments, world.openings
    days = make_days(places)
    asked = make_qualifications(places, people, made, world.anchor)
    yield (
        "places",
        ((Institution, places.institutions), (MailDomain, places.mail_domains), (Lab, places.labs)),
    )
    yield (
        "people",
        (
            (Person, _persons(world, password_hash)),
            (ResearchGroup, people.groups),
            (RoleGrant, people.grants),
        ),
    )
    yield (
        "instruments",
        (
            (Technique, made.techniques),
            (Instrument, _found_by(world)),
            (InstrumentTechnique, made.tags),
        ),
    )
    yield (
        "opening hours",
        (
            (CalendarDay, days.days),
            (NationalCalendar, days.national),
            (KnownYear, days.known),
            (Season, days.seasons),
            (SeasonSpan, days.spans),
            (OpeningHours, [*openings.hours, *make_season(world.anchor)]),
            (DifferentDay, make_different_days(world.anchor)),
            (RulesRow, openings.rules),
            (ApprovalRuleRow, world.approvals.rows()),
            (DatedRules, world.quotas.dated),
            (QuotaRow, world.quotas.quotas),
            (Closure, openings.closures),
            (QualificationRule, asked.rules),
            (QualifiedTechnique, asked.techniques),
            (TechniqueInstrument, asked.parts),
            (Qualification, asked.held),
            (SafetyAdmission, asked.admissions),
            (QualificationRequest, asked.requests),
            (FaultReport, make_faults(world.people, world.instruments, world.anchor)),
            (WaitRequest, make_waits(world.people, world.instruments, world.anchor)),
            (UnmetDemand, make_unmet(world.places, world.instruments, world.anchor)),
            (ViolationKind, make_kinds()),
            (Violation, make_violations(world.people, world.anchor)),
        ),
    )


def _persons(world: InventedWorld, password_hash: str) -> list[dict[str, Any]]:
    """Advisers before those they advise; a key of one's own for each, which no seed gives away."""
    shown = set(world.people.shown.values())
    rows = [
        person
        | {
            "password_hash": password_hash if person["id"] in shown else None,
            "session_key": secrets.token_urlsafe(16),
        }
        for person in world.people.persons
    ]
    return sorted(rows, key=lambda row: row["adviser_id"] is not None)


def _found_by(world: InventedWorld) -> list[dict[str, Any]]:
    """The instruments with the text that they are found by, as the catalogue makes it; their labs are there."""
    names = {row["id"]: (row["name_en"], row["name_zh"]) for row in world.instruments.techniques}
    tagged: dict[int, list[str]] = {}
    for tag in sorted(world.instruments.tags, key=lambda tag: tag["technique_id"]):
        tagged.setdefault(tag["instrument_id"], []).extend(names[tag["technique_id"]])
    sources = Sources()
    return [row | {"search_text": sources.text(row, tagged[row["id"]])} for row in world.instruments.rows]


def _insert(label: str, tables: Sequence[Written], progress: Progress) -> None:
    total = sum(len(rows) for _, rows in tables)
    done = 0
    for model, rows in tables:
        for chunk in copying.chunks(rows, CHUNK):
            db.session.execute(insert(model.__table__), [dict(row) for row in chunk])
            done += len(chunk)
            progress(label, done, total)


def shown_persons() -> list[tuple[str, str]]:
    """What can be seen as whom: (what they are, mail address) of the demonstration persons who are there."""
    there = set(db.session.scalars(select(Person.mail).where(Person.mail.in_([one.mail for one in SHOWN]))))
    return [(one.title, one.mail) for one in SHOWN if one.mail in there]


def count_of_instruments() -> int:
    """How many instruments there are."""
    return db.session.scalar(select(func.count()).select_from(Instrument)) or 0
