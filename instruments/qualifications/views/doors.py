"""What the doors of qualifications share: the blueprint, whose page it is, and what forms say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from flask import Blueprint, request
from werkzeug.datastructures import FileStorage

from instruments.catalog.listed_files import Listed
from instruments.catalog.models import Instrument
from instruments.catalog.views.uploads import to_read
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.people.models import Institution, Lab, Person
from instruments.people.roles import active_person
from instruments.people.signing import today
from instruments.qualifications.list_reading import QUALIFICATIONS, read_list
from instruments.qualifications.needs import LEVEL_WORDS
from instruments.web import clock

pages = Blueprint("qualifications", __name__)
MOST_PEOPLE = 200
Thing = TypeVar("Thing", Lab, Instrument, Institution)


@pages.context_processor
def words_of_levels() -> dict[str, Any]:
    """The words of levels, for the templates."""
    return {"level_words": LEVEL_WORDS}


def the(kind: type[Thing], number: int) -> Thing:
    """The lab, instrument or institution of an address; raises NotFound."""
    found = db.session.get(kind, number)
    if found is None:
        raise NotFound([Reason("not_found", None, N_("There is nothing at this address."))])
    return found


def day_typed(name: str, reasons: list[Reason]) -> date | None:
    """The date in this field of the form; None when it is empty, and a reason when it is none."""
    text = request.form.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        reasons.append(Reason("date", name, N_("Write a date, like 2027-03-01.")))
        return None


def people_typed(reasons: list[Reason], field: str = "people") -> list[Person]:
    """The people whose mail addresses stand in this field, apart by spaces, commas or lines."""
    typed = request.form.get(field, "").replace("\0", " ")
    for mark in ",;，；、":
        typed = typed.replace(mark, " ")
    mails = list(dict.fromkeys(each.lower() for each in typed.split()))
    if len(mails) > MOST_PEOPLE:
        reasons.append(
            Reason("too_many_people", field, N_("At most %(most)s people at once."), {"most": MOST_PEOPLE})
        )
        return []
    found: list[Person] = []
    for mail in mails:
        person = active_person(mail, today(clock.now()))
        if person is None:
            sentence = N_("Nobody with an account has the address %(mail)s.")
            remedy = N_("Look at the spelling, or invite them first.")
            reasons.append(Reason("no_person", field, sentence, {"mail": mail[:200]}, remedy))
        else:
            found.append(person)
    return found


def numbers_ticked(name: str = "chosen") -> list[int]:
    """The numbers that were ticked."""
    texts = request.form.getlist(name)[:500]
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 16]


def page_number() -> int:
    """Which page of a list is asked for."""
    return max(1, min(request.args.get("page", 1, type=int), 100_000))


def rows_sent(file: FileStorage, kind: Listed = QUALIFICATIONS) -> list[dict[str, Any]]:
    """The rows of a list that was sent, read in a process of its own. Raises Refusal for a file that is none."""
    with to_read(file) as path:
        return read_list(path, kind)


def with_expires_on(act: Callable[[], object]) -> None:
    """Do what names the last day of an admission, where qualifications and admissions call it by one name."""
    try:
        act()
    except Refusal as refusal:
        if refusal.status != Refusal.status:
            raise
        raise Refusal(
            [
                replace(each, field="expires_on" if each.field == "valid_until" else each.field)
                for each in refusal.reasons
            ]
        ) from refusal
