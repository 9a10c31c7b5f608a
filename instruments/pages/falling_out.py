"""Whom a change of hours hits, as its page tells it before anything is done: how many, who, and where to decide."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, request, url_for
from flask_babel import gettext, ngettext
from markupsafe import Markup
from sqlalchemy import select

from instruments.availability.owners import Owner, instruments_of, lab_of
from instruments.availability.proposed import Change
from instruments.database import db
from instruments.people.models import Lab
from instruments.reservations.outside_hours import falling_outside, outside_hours, told_by_id
from instruments.timespan import Timespan
from instruments.web import formats
from instruments.web.language import in_language, is_chinese

SHOWN = 10
# A sentence each, and then their names; what is flashed has to fit into the cookie of the session.
LABS_TOLD = 5
LABS_NAMED = 15


@dataclass(frozen=True)
class Hit:
    """The reservations that would fall outside, and which of them the page shows."""

    ids: Sequence[int]
    rows: Sequence[dict[str, Any]]
    page: int

    @property
    def count(self) -> int:
        """How many."""
        return len(self.ids)

    @property
    def pages(self) -> int:
        """How many pages of them there are."""
        return -(-len(self.ids) // SHOWN)

    @property
    def sign(self) -> str:
        """Stands for exactly these: the form sends it back, so that nobody is hit who was not shown."""
        return hashlib.blake2b(",".join(map(str, self.ids)).encode(), digest_size=8).hexdigest()

    def is_agreed(self) -> bool:
        """Whether there is nobody to ask about, or exactly these were shown before; not while they are leafed through."""
        return not self.ids or (request.form.get("agreed") == self.sign and "hit_page" not in request.form)


def hit_by(owner: Owner, change: Change, now: datetime) -> Hit:
    """Whom the change would leave outside the hours; two statements, one where nobody."""
    ids = falling_outside(instruments_of(owner), change, now)
    pages = max(1, -(-len(ids) // SHOWN))
    page = min(max(request.form.get("hit_page", 1, type=int) or 1, 1), pages)
    few = ids[(page - 1) * SHOWN : page * SHOWN]
    zone = lab_of(owner).zone
    rows = [
        {
            "id": row.id,
            "when": formats.when(Timespan.from_seconds(row.start, row.end), zone),
            "who": in_language(row.user_en, row.user_zh),
            "what": in_language(row.name_en, row.name_zh),
        }
        for row in (told_by_id(few) if few else ())
    ]
    return Hit(ids, rows, page)


def tell_outside(owner: Owner, now: datetime) -> None:
    """After a deed, say how many lie outside: those that were shown, and whoever booked in the same moment."""
    count = len(outside_hours(instruments_of(owner), now))
    if count:
        words = ngettext(
            "%(num)s reservation lies outside the opening hours, and stays valid.",
            "%(num)s reservations lie outside the opening hours, and stay valid.",
            count,
        )
        flash(words, "warn")


def tell_outside_by_lab(
    instrument_ids: Collection[int], now: datetime, *, known: Collection[int] = ()
) -> None:
    """After a deed on instruments of several labs, say of each lab how many lie outside, and lead to deciding about them.

    known: those that lay outside before, which are not told again.
    """
    before = set(known)
    ids = [number for number in outside_hours(instrument_ids, now) if number not in before]
    counts = Counter(row.lab_id for row in (told_by_id(ids) if ids else ()))
    labs = db.session.execute(
        select(Lab.id, Lab.name_en, Lab.name_zh).where(Lab.id.in_(counts)).order_by(Lab.name_en, Lab.id)
    )
    found = [(row, url_for("pages.outside_page", kind="labs", owner_id=row.id)) for row in labs]
    for row, address in found[:LABS_TOLD]:
        words = ngettext(
            "%(lab)s: %(num)s reservation lies outside the opening hours, and stays valid.",
            "%(lab)s: %(num)s reservations lie outside the opening hours, and stay valid.",
            counts[row.id],
            lab=in_language(row.name_en, row.name_zh),
        )
        flash(Markup('{} <a href="{}">{}</a>').format(words, address, gettext("Decide about them")), "warn")
    if more := found[LABS_TOLD:]:
        words = ngettext("And at %(num)s more lab:", "And at %(num)s more labs:", len(more))
        named = [
            Markup('<a href="{}">{}</a>').format(address, in_language(row.name_en, row.name_zh))
            for row, address in more[:LABS_NAMED]
        ]
        rest = [Markup("…")] if len(more) > LABS_NAMED else []
        apart = Markup("、") if is_chinese() else Markup(", ")
        flash(Markup("{} {}").format(words, apart.join(named + rest)), "warn")
