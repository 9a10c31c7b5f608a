"""What somebody has of what an instrument asks for, in the words of those who decide on their request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from flask_babel import gettext

from instruments.qualifications.known import standing_of
from instruments.qualifications.needs import LEVEL_WORDS, Needs, Standing
from instruments.web import formats


def standing_words(needs: Needs | None, person_id: int, day: date) -> Iterator[tuple[str, str]]:
    """(label, words) for the day of a reservation; none, and no statement, where nothing is asked for."""
    if needs is None or not (needs.admission or needs.asks_levels):
        return
    standing = standing_of(person_id)
    if needs.asks_levels:
        yield gettext("Qualification"), _level(needs, standing, day)
    if needs.admission:
        yield gettext("Safety admission"), _until(standing.admissions.get(needs.institution_id), day)


def _level(needs: Needs, standing: Standing, day: date) -> str:
    level = standing.level_on(needs, day)
    if not level:
        return gettext("None")
    words = gettext(LEVEL_WORDS[level])
    days = [each.expires_on for each in standing.counting(needs) if each.level == level]
    if None in days:
        return words
    last = max(each for each in days if each is not None)
    return f"{words} · {gettext('Until %(day)s', day=formats.day(last))}"


def _until(last: date | None, day: date) -> str:
    if last is None or last < day:
        return gettext("None")
    return gettext("Until %(day)s", day=formats.day(last))
