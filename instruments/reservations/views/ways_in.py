"""What somebody lacks to use an instrument, each with the button that asks for it, or that it was asked for already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from flask_babel import gettext
from sqlalchemy import select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import Reason
from instruments.people.rights import Actor
from instruments.qualifications.known import standing_of
from instruments.qualifications.listing import own_requests
from instruments.qualifications.models import WAITING
from instruments.qualifications.needs import Standing
from instruments.reservations.bookable import Bookable
from instruments.reservations.qualified import lacks_by_day
from instruments.reservations.views.doors import way_in
from instruments.web import formats, reasons
from instruments.web.language import in_language

ASKED_FOR = ("qualification", "admission")
MOST_OF_CLASS = 3


class ClassLack(NamedTuple):
    """What somebody lacks who would take any instrument of a class.

    ways: the ways in to the first few of them, by the name of the instrument, where they may use none of all.
    """

    words: str
    ways: list[tuple[str, list[dict[str, Any]]]]


class WaysIn:
    """The ways in for one person: two statements however many instruments are looked at, none where nothing lacks."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    @cached_property
    def standing(self) -> Standing:
        """What they have."""
        return standing_of(self.actor.person_id)

    @cached_property
    def waiting(self) -> Sequence[Any]:
        """What they have asked for, and nobody has answered."""
        return [row for row in own_requests(self.actor.person_id) if row.state in WAITING]

    def by_day(self, thing: Bookable, moment: int) -> list[dict[str, Any]]:
        """For what they lack to book an instrument by day at all, when `moment` is (UTC seconds)."""
        if thing.needs is None or not thing.admits(self.actor):
            return []
        return self.of(lacks_by_day(thing, self.actor, self.standing, moment), thing)

    def any_of(self, things: Sequence[Bookable], moment: int) -> ClassLack | None:
        """What they lack to be offered any of these instruments; None where nothing lacks, or none is open to them."""
        opened = [thing for thing in things if thing.admits(self.actor)]
        lacking = [(thing, ways) for thing in opened if (ways := self.by_day(thing, moment))]
        if not lacking:
            return None
        if len(lacking) < len(opened):
            words = gettext(
                "You lack what %(count)s of these %(all)s instruments ask for; only the others can be offered to you.",
                count=formats.count(len(lacking)),
                all=formats.count(len(opened)),
            )
            return ClassLack(words, [])
        names = _names(thing.id for thing, _ in lacking[:MOST_OF_CLASS])
        shown = [(names[thing.id], ways) for thing, ways in lacking[:MOST_OF_CLASS]]
        words = gettext(
            "You lack what each of these instruments asks for, and nothing can be offered to you before you have it for one."
        )
        return ClassLack(words, shown)

    def of(self, lacking: Iterable[Reason], thing: Bookable) -> list[dict[str, Any]]:
        """For these reasons, each way once: {title, fix, waits}."""
        once: dict[tuple[str, object], Reason] = {}
        for reason in lacking:
            if reason.fix.get("ask") in ASKED_FOR:
                once.setdefault((str(reason.fix["ask"]), reason.fix.get("level")), reason)
        return [
            {
                "title": reasons.sentence(reason),
                "fix": way_in(reason),
                "waits": any(_is_for(row, thing, what) for row in self.waiting),
            }
            for (what, _), reason in once.items()
        ]


def _names(instrument_ids: Iterable[int]) -> dict[int, str]:
    thing = Instrument
    rows = db.session.execute(
        select(thing.id, thing.name_en, thing.name_zh).where(thing.id.in_(list(instrument_ids)))
    )
    return {row.id: in_language(row.name_en, row.name_zh) for row in rows}


def _is_for(row: Any, thing: Bookable, what: str) -> bool:
    if what == "admission":
        return row.instrument_id is None and row.institution_id == thing.institution_id
    return row.instrument_id == thing.id
