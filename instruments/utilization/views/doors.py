"""What the pages of utilization share: the view of an address, its place, and summaries that are up to date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from instruments.database import db
from instruments.people.models import Institution
from instruments.people.rights import Actor, Role
from instruments.people.signing import the_actor
from instruments.utilization import asking
from instruments.utilization.asking import BEFORE, INSTITUTION, INSTRUMENT, PAGES, PEOPLE, PLATFORM, View
from instruments.utilization.begun import begun
from instruments.utilization.edges import months_until
from instruments.utilization.freshness import Freshness, freshness
from instruments.utilization.known import is_unknown
from instruments.utilization.naming import which_of
from instruments.utilization.periods import Period
from instruments.utilization.places import ROLES, Place, first_place, the_place
from instruments.utilization.sums import Selection
from instruments.utilization.tasks import bring_up_to_date
from instruments.utilization.views.which import named, which_cells
from instruments.web import clock, formats
from instruments.web.language import in_language

pages = Blueprint("utilization", __name__)
# Of a number that a database holds.
LONGEST = 18


def the_view(asked: dict[str, str] | None = None) -> tuple[View, Place]:
    """What the address asks for, or these fields instead, if whoever asks may see it."""
    actor = the_actor()
    fields = with_days(request.args.to_dict() if asked is None else asked)
    usual = first_place(actor) if not fields.get("of") else (PLATFORM, 0)
    view = compared(asking.read(fields, clock.now().date(), usual), fields)
    return view, the_place(view, actor)


def page_of_use() -> str:
    """Where the page of whose use is that this address asks for, with the rest of it; empty where it is of a place. A company
    has no instruments: what its people used is all there is of it, and what its manager begins with."""
    asked = request.args.to_dict()
    of = asked.pop("of", "") or _company_of(the_actor())
    kind, number = asking.user_of(of) or (PEOPLE, _company(of))
    if not number:
        return ""
    page = PAGES[kind].format(number)
    return f"{page}?{urlencode(asked)}" if asked else page


def _company_of(actor: Actor) -> str:
    """The company of whoever answers for one and for no place; empty of others."""
    if not actor.has(Role.COMPANY_MANAGER) or any(grant.role in ROLES for grant in actor.grants):
        return ""
    return f"{INSTITUTION}-{actor.institution_id}"


def _company(of: str) -> int:
    kind, _, number = of.partition("-")
    if kind != INSTITUTION or not number.isascii() or not number.isdigit() or len(number) > LONGEST:
        return 0
    row = db.session.get(Institution, int(number))
    return row.id if row is not None and row.kind == "company" else 0


def compared(view: View, fields: Mapping[str, str]) -> View:
    """Where the address names no period to compare with and nothing was kept yet a year ago: with the period before."""
    first = None if fields.get("against") else begun()
    return replace(view, against=BEFORE) if first and view.other.first < first else view


def with_days(fields: dict[str, str]) -> dict[str, str]:
    """Two days that were typed are the period, before the one that was chosen; one alone is refused as a period is."""
    days = [fields.pop(name, "").strip() for name in ("from", "to")]
    return {**fields, "period": "..".join(days)} if any(days) else fields


def name_of(place: Place) -> str:
    """What the place is called; an instrument with its lab and asset number, since many have one name."""
    if place.kind == INSTRUMENT:
        which = which_of([place.number])[place.number]
        return " · ".join(filter(None, (named(which), *which_cells(which)[1:])))
    return in_language(place.name_en, place.name_zh) if place.number else gettext("All institutions")


def counted(chosen: Selection, period: Period) -> Freshness:
    """How many of the months of a period are counted of these instruments."""
    now = clock.now()
    return freshness(chosen, months_until(period, now.date()), now)


def counting_words(chosen: Selection, period: Period) -> list[str]:
    """What a file says where its figures lack something: months that are not counted, days before the records begin."""
    return lacking_words(counted(chosen, period), period)


def lacking_words(found: Freshness, period: Period) -> list[str]:
    """The same of months that were looked at."""
    return [*_not_counted(found), *not_known_words(period)]


def _not_counted(found: Freshness) -> list[str]:
    if not found.old:
        return []
    done, every = formats.count(found.expected - found.old), formats.count(found.expected)
    words = ngettext(
        "%(done)s of %(all)s month of instruments is counted",
        "%(done)s of %(all)s months of instruments are counted",
        found.expected, done=done, all=every,
    )  # fmt: skip
    return [words]


def not_known_words(period: Period) -> list[str]:
    """What a file says of a period that begins before the records; nothing of others."""
    first = begun()
    if first is None or first <= period.first:
        return []
    day = formats.day(first, weekday=False)
    if is_unknown(period, first):
        return [gettext("Records begin on %(day)s: nothing is known of this period.", day=day)]
    return [gettext("Records begin on %(day)s: of the days before, no use is known.", day=day)]


@pages.get("/utilization/counted")
def how_far() -> ResponseReturnValue:
    """How far the months of a view are counted; the note on a page asks again while they are, and has some more counted."""
    view, place = the_view()
    bring_up_to_date(view, place, clock.now())
    found = counted(place.chosen, view.period)
    return render_template("utilization/counting.html", view=view, place=place, counted=found, asked=True)
