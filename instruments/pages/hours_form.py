"""The form of opening hours: what the table and the dates say, what was typed, and what may be copied into it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from flask import request
from flask_babel import gettext
from sqlalchemy import select

from instruments.availability.models import OpeningHours
from instruments.availability.owners import Owner, lab_of
from instruments.availability.table import Row, read_rows, rows_of, understood, unread_rows
from instruments.availability.views.doors import KINDS, kind_of
from instruments.availability.week import Week, WeekSpan, parse_week
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.people.audience import CIRCLES
from instruments.people.models import Lab
from instruments.web import formats
from instruments.web.language import in_language

MOST_ROWS = 60
MOST_SOURCES = 200
MONDAY = date(2024, 1, 1)
_ROW = re.compile(r"(?:days|from|to)-(\d{1,2})")


@dataclass
class Typed:
    """What the table and the dates say now, right or wrong."""

    rows: list[Row]
    closed: bool = False
    line: str = ""
    since: str = ""
    until: str = ""
    copied: str = ""
    circles: Sequence[str] = ()
    season_id: str = ""
    refusal: Refusal | None = field(default=None)

    def week(self) -> Week:
        """The week that the table says. Raises Refusal with every reason."""
        return Week(()) if self.closed else read_rows(self.rows)

    def line_objections(self, week: Week | None) -> list[Reason]:
        """What stands against the one line that was typed and not put into the table: it cannot be read, or says another
        week than the table, so that nobody could tell which is meant."""
        if not self.line.strip():
            return []
        try:
            meant = parse_week(self.line, "line")
        except Refusal as refused:
            return list(refused.reasons)
        if week is None or list(meant.minutes()) == list(week.minutes()):
            return []
        sentence, remedy = (
            N_("The line says other hours than the table."),
            N_("Fill the table with it, or empty it."),
        )
        return [Reason("line_or_table", "line", sentence, {}, remedy)]

    def drawn(self) -> Week:
        """As much of it as can be read."""
        return Week(()) if self.closed else understood(self.rows)

    def unread(self) -> list[int]:
        """The rows that cannot be read as they stand."""
        return [] if self.closed else unread_rows(self.rows)


def filled(week: Week | None, since: date) -> Typed:
    """The form that says a week."""
    rows = rows_of(week, formats.language()) or [Row()]
    return Typed(rows, closed=week is not None and not week.spans, since=since.isoformat())


def typed_hours() -> Typed:
    """What was sent."""
    form = request.form
    numbers = sorted({int(found[1]) for name in form if (found := _ROW.fullmatch(name))})[:MOST_ROWS]
    rows = [Row(*(form.get(f"{part}-{number}", "") for part in ("days", "from", "to"))) for number in numbers]
    return Typed(
        rows or [Row()],
        bool(form.get("closed")),
        form.get("line", ""),
        form.get("since", ""),
        form.get("until", ""),
        circles=[circle for circle in form.getlist("circles") if circle in CIRCLES],
        season_id=form.get("season_id", ""),
    )


def day_names() -> list[str]:
    """The seven days as the reader writes them."""
    return [formats.weekday(MONDAY + timedelta(days=number)) for number in range(7)]


def copied_day(typed: Typed) -> list[Row]:
    """The rows with one day's hours on the days that were ticked, too; what was there makes way."""
    form = request.form
    day = form.get("copy_day", 0, type=int)
    targets = {int(each) for each in form.getlist("copy_to") if each in set("0123456")} - {day}
    spans = typed.drawn().spans
    kept = [span for span in spans if span.weekday not in targets]
    new = [
        WeekSpan(target, span.since, span.until)
        for target in targets
        for span in spans
        if span.weekday == day
    ]
    return rows_of(Week(tuple(sorted([*kept, *new]))), formats.language()) or [Row()]


def sources(owner: Owner) -> list[tuple[str, list[tuple[str, str]]]]:
    """Whose hours can be copied, for a list of choices: those of the same lab, then other labs of the institution.

    Two statements. Hours are public, so whoever edits hours may see them.
    """
    lab = lab_of(owner)
    own = select(OpeningHours.id).where(OpeningHours.instrument_id == Instrument.id).exists()
    near = db.session.execute(
        select(Instrument.id, Instrument.name_en, Instrument.name_zh)
        .where(Instrument.lab_id == lab.id, own)
        .order_by(Instrument.id)
        .limit(MOST_SOURCES)
    )
    there = select(OpeningHours.id).where(OpeningHours.lab_id == Lab.id).exists()
    far = db.session.execute(
        select(Lab.id, Lab.name_en, Lab.name_zh)
        .where(Lab.institution_id == lab.institution_id, there)
        .order_by(Lab.id)
        .limit(MOST_SOURCES)
    )
    me = f"{kind_of(owner)}.{owner.id}"
    groups = [
        (gettext("Labs"), [(f"labs.{row.id}", in_language(row.name_en, row.name_zh)) for row in far]),
        (
            gettext("Instruments of this lab"),
            [(f"instruments.{row.id}", in_language(row.name_en, row.name_zh)) for row in near],
        ),
    ]
    return [(name, left) for name, those in groups if (left := [each for each in those if each[0] != me])]


def source_named(text: str) -> Owner | None:
    """The lab or instrument that a choice of `sources` names."""
    kind, _, number = text.partition(".")
    if kind not in KINDS or not number.isdecimal() or len(number) > 12:
        return None
    return db.session.get(KINDS[kind], int(number))
