"""What somebody lacks to use an instrument, each with the button that asks for it, or that it was asked for already."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from flask_babel import gettext, ngettext
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
from instruments.web import formats, reasons
from instruments.web.language import in_language

ASKED_FOR = ("qualification", "admission")
MOST_OF_CLASS = 3


def way_in(reason: Reason) -> dict[str, Any]:
    """The button that asks for what is missing: a qualification of the lab, or the institution's safety admission; or what
    leads to the appeal against a suspension."""
    fix, ends = reason.fix, reason.code in ("qualification_expires", "admission_expires")
    if fix["ask"] == "appeal":
        return {"words": gettext("See it, and appeal"), "address": "/profile/violations"}
    if fix["ask"] == "admission":
        address = f"/institutions/{fix['institution_id']}/admission-requests"
        words = gettext("Ask to renew") if ends else gettext("Ask for the admission")
        return {"words": words, "asks_at": address, "fields": {}}
    address = f"/instruments/{fix['instrument_id']}/qualification-requests"
    fields = {"level": fix["level"]}
    words = gettext("Ask to renew") if ends else gettext("Ask for the qualification")
    return {"words": words, "asks_at": address, "fields": fields}


class ClassLack(NamedTuple):
    """What somebody lacks who would take any instrument of a class.

    code: what programs know it by; ways: the ways in to the first few of them, by the name of the instrument, where they
    may use none of all.
    """

    code: str
    words: str
    ways: list[tuple[str, list[dict[str, Any]]]]


class _Lacking(NamedTuple):
    """Of how many of the instruments that are open to somebody they lack something, and the first of these with the ways in."""

    count: int
    opened: int
    first: list[tuple[Bookable, list[dict[str, Any]]]]

    @property
    def of_all(self) -> bool:
        return 0 < self.count == self.opened


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
        return self.any_of_each([(things, moment)])[0]

    def any_of_each(self, wanted: Sequence[tuple[Sequence[Bookable], int]]) -> list[ClassLack | None]:
        """The same of several such wishes. One statement more for the names, whatever their number."""
        found = [self._lacking(things, moment) for things, moment in wanted]
        names = _names({thing.id for lacking in found if lacking.of_all for thing, _ in lacking.first})
        return [_class_lack(lacking, names) for lacking in found]

    def _lacking(self, things: Sequence[Bookable], moment: int) -> _Lacking:
        opened = [thing for thing in things if thing.admits(self.actor)]
        lacking = [(thing, ways) for thing in opened if (ways := self.by_day(thing, moment))]
        return _Lacking(len(lacking), len(opened), lacking[:MOST_OF_CLASS])

    def of(self, lacking: Iterable[Reason], thing: Bookable) -> list[dict[str, Any]]:
        """For these reasons, each way once: {title, fix, waits, reason}."""
        once: dict[tuple[str, object], Reason] = {}
        for reason in lacking:
            if reason.fix.get("ask") in ASKED_FOR:
                once.setdefault((str(reason.fix["ask"]), reason.fix.get("level")), reason)
        return [
            {
                "title": reasons.sentence(reason),
                "fix": way_in(reason),
                "waits": any(_is_for(row, thing, what) for row in self.waiting),
                "reason": reason,
            }
            for (what, _), reason in once.items()
        ]


def _class_lack(lacking: _Lacking, names: Mapping[int, str]) -> ClassLack | None:
    if not lacking.count:
        return None
    if not lacking.of_all:
        words = ngettext(
            "You lack what %(count)s of these %(all)s instruments asks for; only the others can be offered to you.",
            "You lack what %(count)s of these %(all)s instruments ask for; only the others can be offered to you.",
            lacking.count,
            count=formats.count(lacking.count),
            all=formats.count(lacking.opened),
        )
        return ClassLack("some_lacking", words, [])
    words = gettext(
        "You lack what each of these instruments asks for, and nothing can be offered to you before you have it for one."
    )
    return ClassLack("all_lacking", words, [(names[thing.id], ways) for thing, ways in lacking.first])


def _names(instrument_ids: Collection[int]) -> dict[int, str]:
    if not instrument_ids:
        return {}
    thing = Instrument
    rows = db.session.execute(
        select(thing.id, thing.name_en, thing.name_zh).where(thing.id.in_(list(instrument_ids)))
    )
    return {row.id: in_language(row.name_en, row.name_zh) for row in rows}


def _is_for(row: Any, thing: Bookable, what: str) -> bool:
    if what == "admission":
        return row.instrument_id is None and row.institution_id == thing.institution_id
    return row.instrument_id == thing.id
