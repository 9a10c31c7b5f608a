"""What an instrument asks of its users, what this reader has of it, and what of a search that closes to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from flask_babel import gettext

from instruments.people.rights import Actor
from instruments.qualifications.known import is_staff_of, standing_of
from instruments.qualifications.needs import LEVEL_WORDS, Needs, Standing
from instruments.qualifications.rule_words import rule_in_words
from instruments.reservations.bookable import Bookable, bookables
from instruments.reservations.qualified import open_by_level
from instruments.search.find import Hit
from instruments.web import formats


def qualification_lines(thing: Bookable, actor: Actor | None, today: date) -> Iterator[tuple[str, str]]:
    """The rule in sentences, then what the reader has; nothing, and no statement, where nothing is asked."""
    if thing.needs is None:
        return
    for sentence in rule_in_words(thing.needs):
        yield "shield-check", sentence
    if actor is not None:
        yield from _what_you_have(thing.needs, actor, today)


def _what_you_have(needs: Needs, actor: Actor, today: date) -> Iterator[tuple[str, str]]:
    standing = standing_of(actor.person_id)
    if needs.admission:
        until = standing.admissions.get(needs.institution_id)
        if until is not None and until >= today:
            yield (
                "badge-check",
                gettext("You have the safety admission until %(day)s.", day=formats.day(until)),
            )
        else:
            yield "ban", gettext("You do not have the safety admission.")
    if not needs.asks_levels:
        return
    if is_staff_of(actor, needs.lab_id):
        yield "badge-check", gettext("You run this lab, so you need no qualification.")
    elif level := standing.level_on(needs, today):
        yield "badge-check", _qualified(needs, standing, level, today)
    else:
        yield "ban", gettext("You are not qualified for it.")


def _qualified(needs: Needs, standing: Standing, level: str, today: date) -> str:
    words = gettext(LEVEL_WORDS[level])
    days = [each.expires_on for each in standing.counting(needs) if each.level == level]
    if None in days:
        return gettext("You are qualified for it: %(level)s.", level=words)
    until = max(day for day in days if day is not None and day >= today)
    return gettext("You are qualified for it until %(day)s: %(level)s.", level=words, day=formats.day(until))


def not_qualified_for(
    hits: Sequence[Hit], actor: Actor | None, now: datetime, number: int | None
) -> set[int]:
    """Those found that this reader would be refused for want of a qualification. One statement, or none."""
    if actor is None:
        return set()
    known = bookables(number)
    things = [known[hit.instrument_id] for hit in hits if hit.instrument_id in known]
    asking = [thing for thing in things if thing.needs is not None]
    if not asking:
        return set()
    return {thing.id for thing in asking} - open_by_level(asking, actor, int(now.timestamp()))
