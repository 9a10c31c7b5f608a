"""What happened to a qualification or a safety admission, in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from flask_babel import gettext
from sqlalchemy import select

from instruments.database import db
from instruments.journal.record import history
from instruments.people.models import Person
from instruments.people.words import DEEDS
from instruments.qualifications.needs import LEVEL_WORDS
from instruments.web import formats
from instruments.web.language import in_language


@dataclass(frozen=True)
class Happened:
    """One line: what was done, what held from then on, and why."""

    at: datetime
    who: str
    words: str
    held: str
    reason: str


def history_of(kind: Literal["qualification", "admission"], number: int) -> list[Happened]:
    """Newest first. Two statements."""
    entries = history(kind, number)
    person = Person
    rows = db.session.execute(
        select(person.id, person.name_en, person.name_zh).where(
            person.id.in_({entry.actor_id for entry in entries if entry.actor_id is not None})
        )
    )
    names = {row.id: in_language(row.name_en, row.name_zh) for row in rows}
    return [
        Happened(
            entry.at,
            names.get(entry.actor_id, gettext("The system")),
            gettext(DEEDS[entry.deed]),
            "" if entry.deed.endswith("revoked") else _held(entry.detail),
            str(entry.detail.get("reason", "")),
        )
        for entry in entries
    ]


def _held(detail: Mapping[str, Any]) -> str:
    level = LEVEL_WORDS.get(str(detail.get("level", "")))
    until = detail.get("until")
    last = (
        gettext("Until %(day)s", day=formats.day(date.fromisoformat(until))) if until else gettext("For good")
    )
    held = f"{gettext(level)} · {last}" if level else last
    return held[:1].upper() + held[1:]
