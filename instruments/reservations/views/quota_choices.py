"""What the form of a quota offers to choose from, and a quota as a line of a list."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext

from instruments.availability.week import parse_week
from instruments.availability.words import hours_in_words
from instruments.reservations.quota_models import QuotaRow
from instruments.reservations.quota_setting import OVER
from instruments.reservations.quota_words import CIRCLES, besides, in_words
from instruments.web import formats, reasons


def chosen_from(owner: str) -> dict[str, list[tuple[str, str]]]:
    """The choices of each field, as (value, words)."""
    over = {
        "instrument": gettext("Each instrument by itself")
        if owner != "instrument"
        else gettext("This instrument"),
        "class": gettext("Instruments of one kind together"),
        "lab": gettext("All instruments of the lab together")
        if owner == "lab"
        else gettext("Each lab by itself"),
        "catalogue": gettext("All labs of the institution together"),
    }
    return {
        "measured": [("hours", gettext("hours")), ("count", gettext("reservations"))],
        "per": [
            ("day", gettext("a day")), ("week", gettext("a week")), ("month", gettext("a month")),
            ("year", gettext("a year")), ("future", gettext("held in future")),
        ],
        "holder": [
            ("person", gettext("Each person")), ("group", gettext("Each group")),
            ("institution", gettext("Each institution")),
        ],
        "over": [(code, over[code]) for code in OVER[owner]],
    }  # fmt: skip


def line_of(row: QuotaRow, today: date) -> dict[str, Any]:
    """A quota as a list shows it: what it allows, what else belongs to it, and whether it holds already."""
    quota = row.as_quota()
    more = [reasons.sentence(each) for each in besides(quota, "")]
    if row.valid_from > today:
        more.insert(0, gettext("from %(first)s", first=formats.day(row.valid_from)))
    if row.circles:
        who = formats.listing([gettext(CIRCLES[circle]) for circle in row.circles.split()])
        more.insert(0, gettext("for %(who)s", who=who))
    if row.peak:
        more.insert(
            0, gettext("peak time: %(week)s", week=hours_in_words(parse_week(row.peak), formats.language()))
        )
    return {
        "id": row.id,
        "words": reasons.sentence(in_words(quota)),
        "more": formats.listing(more),
        "begun": row.valid_from <= today,
        "last": row.valid_to == today,
        "owner": quota.owner,
    }
