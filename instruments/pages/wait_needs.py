"""What the waitlist asks of a person: offers at home, and where a search found nothing, waiting for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext

from instruments.people.rights import Actor
from instruments.reservations.waitlist.listing import offers_to
from instruments.search.find import Found
from instruments.search.unmet import likeliest_class
from instruments.timespan import Timespan
from instruments.web import formats
from instruments.web.language import in_language

MOST_OFFERS = 5


def wait_needs(actor: Actor, now: datetime) -> list[dict[str, str]]:
    """Lines of "Needs you": what is offered, the soonest deadline first."""
    return [
        {
            "icon": "calendar-check",
            "words": gettext(
                "Free for you until %(until)s: %(name)s, %(time)s",
                until=formats.moment_and_own(row.expires_at, row.offered_zone, actor.zone),
                name=in_language(row.offered_en, row.offered_zh),
                time=formats.when(Timespan(row.starts_at, row.ends_at), row.offered_zone),
            ),
            "address": f"/waitlist#wait-{row.id}",
            "act": gettext("Answer"),
        }
        for row in offers_to(actor, now, MOST_OFFERS)
    ]


def wait_instead(found: Found, actor: Actor | None) -> dict[str, Any] | None:
    """What joins the waitlist for what a search did not find free: by one click, for strangers after signing in.

    None where something was found, or no class can be told.
    """
    question = found.question
    if found.total and not found.none_free:
        return None
    code = likeliest_class(found.index, question, found.narrowed.matches)
    if code is None or (actor is not None and not _opens(found, code, actor)):
        return None
    place = question.values("institution")
    name = found.index.names["class"][code]
    fields = {
        "class": code,
        "institution": place[0] if len(place) == 1 else "",
        "first": question.first_day.isoformat(),
        "last": question.last_day.isoformat(),
        "hours": f"{question.length.total_seconds() / 3600:g}",
        "user": question.whom,
        "fund_id": question.fund or "",
    }
    fields = {key: value for key, value in fields.items() if value}
    form = f"/waitlist/new?{urlencode(fields)}"
    sign_in = f"/sign-in?{urlencode({'next': form})}"
    return {
        "what": in_language(name.en, name.zh),
        "fields": fields,
        "form": form,
        "sign_in": None if actor is not None else sign_in,
    }


def _opens(found: Found, code: str, actor: Actor) -> bool:
    """Whether any instrument of the class is open to them, so that waiting for one can come to something."""
    return bool(found.index.any_of("class", [code]) & found.index.admitting(actor))
