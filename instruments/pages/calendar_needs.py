"""What outside calendars want of the managers of labs, for “Needs you”."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from flask_babel import gettext, ngettext

from instruments.calendars import conflicts
from instruments.people.rights import Actor, Role
from instruments.web import formats


def calendar_needs(actor: Actor, now: datetime) -> Iterator[dict[str, str]]:
    """Outside calendars that could not be read, or are busy where somebody has a reservation."""
    labs = [grant.scope_id for grant in actor.grants if grant.role is Role.LAB_MANAGER and grant.scope_id]
    for number, name, failing, count in conflicts.in_labs(labs, now) if labs else ():
        shown = {
            "icon": "calendar-sync",
            "address": f"/calendars/subscriptions/{number}",
            "act": gettext("Look at it"),
        }
        if failing:
            yield shown | {"words": gettext("The calendar “%(name)s” could not be read", name=name)}
        if count:
            words = ngettext(
                "%(count)s reservation lies where “%(name)s” is busy",
                "%(count)s reservations lie where “%(name)s” is busy",
                count,
                count=formats.count(count),
                name=name,
            )
            yield shown | {"words": words}
