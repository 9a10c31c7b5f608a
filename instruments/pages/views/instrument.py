"""An instrument's page: what it is, when it is free, and the form that books it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import orjson
from flask import Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from instruments.availability.faults import open_on, told_of
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.pages import structured
from instruments.pages.booking_choices import booking_choices
from instruments.pages.closed_days import breakdown_now, coming_closures
from instruments.pages.conduct_needs import suspended_here
from instruments.pages.drawing import drawn
from instruments.pages.on_record import on_record
from instruments.pages.published_prices import published_prices
from instruments.pages.results import place_of
from instruments.pages.rule_words import is_out_of_service, rules_in_words
from instruments.pages.views.doors import pages
from instruments.pages.views.history import keeps
from instruments.pages.week import asked_for, free_now, told_in_part, week_of
from instruments.pages.words import MODE_ICONS, audience_words, mode_words
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.signing import current_actor
from instruments.rates.owners import CardOwner
from instruments.reservations import timetable
from instruments.reservations.bookable import Bookable, bookable
from instruments.reservations.booking import books_here
from instruments.reservations.displacing import beyond_service
from instruments.reservations.limits import DAY_MINUTES
from instruments.reservations.parts_closed import parts_closed
from instruments.reservations.quota_lines import quota_lines
from instruments.reservations.walking_in import may_come
from instruments.reservations.ways_in import WaysIn
from instruments.search.index import catalog_index
from instruments.search.question import MODES
from instruments.web import clock, formats
from instruments.web.access import public
from instruments.web.language import in_language

LOOK_AHEAD = 2 * 86_400
FACT_SPECIFICATIONS = 2
FILLED = {"day", "user", "unit"}


@pages.get("/instruments/<int:instrument_id>")
@public
def instrument(instrument_id: int) -> ResponseReturnValue:
    """One instrument, with its week and the form that books it."""
    now, actor = clock.now(), current_actor()
    row = instrument_row(instrument_id)
    thing = bookable(instrument_id)
    zone = thing.calendar.zone
    shown = asked_for(thing, request.args, now)
    city = place_of(row, row.lab, row.institution)
    seconds = int(now.timestamp())
    soon = timetable.spans([thing.id], seconds, seconds + LOOK_AHEAD, now, actor=actor)[thing.id]
    choices = booking_choices(actor, thing, shown, request.args, now) if actor else None
    ways = WaysIn(actor).by_day(thing, seconds) if actor else []
    return render_template(
        "pages/instrument.html",
        thing=row,
        name=in_language(row.name_en, row.name_zh),
        other_name=_other(row.name_en, row.name_zh),
        lab=row.lab,
        institution=row.institution,
        city=city,
        free_now=free_now(soon.free, seconds, zone),
        facts=_facts(row, actor),
        crumb=_crumb(row),
        thing_address=f"{current_app.config['BASE_URL']}/instruments/{row.id}",
        shown=shown,
        week=week_of(thing, shown, city, actor, now) if thing.calendar.published() else None,
        today=now.astimezone(zone).date(),
        grid_minutes=thing.rules_at(seconds).grid_minutes,
        cutoff=timedelta(seconds=thing.rules_at(seconds).cutoff),
        several_days=any(rules.longest_minutes > DAY_MINUTES for rules in thing.all_rules()),
        obstacle=_obstacle(thing, actor, now.astimezone(zone).date()),
        suspended=suspended_here(thing, actor, now),
        ways_in=ways,
        uses_here=actor is not None and may_come(actor, thing, now, lacks=bool(ways)),
        choices=choices,
        rules=rules_in_words(thing, now, actor),
        priced=published_prices(CardOwner("instrument", row, row.lab), actor, now),
        quotas=_quotas(thing, actor, choices, now),
        closures=coming_closures(thing, now),
        broken=breakdown_now(thing, now),
        faults_told=told_of(thing.id),
        faults_open=open_on(thing.id) if may(actor, Action.CLOSURE_EDIT, _scope(row)) else 0,
        modes=modes_of(row),
        audience=audience_words(row.audience),
        edits=_edits(row, actor),
        stranded=beyond_service(thing, now) if may(actor, Action.RESERVATION_SEE, _scope(row)) else None,
        record=on_record(row, keeper=keeps(actor, row)),
        structured=structured.of_instrument(row, row.lab, row.institution),
    )


@pages.get("/instruments/<int:instrument_id>/week.json")
@public
def week(instrument_id: int) -> ResponseReturnValue:
    """A week for the calendar to drag in: {"zone", "days", "grid_minutes", "spans": [{start, end, state, label, word?, move?}]}.

    from: its first date (the Monday before it counts); zone: given, it says the zone of that week in words, too, {"zone_words"}.
    """
    now, actor = clock.now(), current_actor()
    thing = bookable(instrument_id)
    shown = asked_for(thing, {"day": request.args.get("from", "")}, now)
    first, last = shown.seconds()
    opened = timetable.spans([thing.id], first, last, now, actor=actor)[thing.id].opened
    body: dict[str, Any] = {
        "zone": shown.zone.key,
        "days": shown.days(),
        "grid_minutes": thing.rules_at(first).grid_minutes,
        "spans": drawn(
            opened,
            timetable.blocks(thing.id, first, last, actor),
            parts_closed(told_in_part(thing, first, last), thing.capacity, opened),
        ),
    }
    if "zone" in request.args:
        row = instrument_row(thing.id)
        city = place_of(row, row.lab, row.institution)
        body["zone_words"] = formats.zone_words(shown.zone.key, city or None, *shown.moments())
    return Response(orjson.dumps(body), mimetype="application/json")


def modes_of(row: Instrument) -> list[tuple[str, str]]:
    """The ways in which it is used as (icon, words)."""
    return [(MODE_ICONS[mode], mode_words(mode)) for mode in MODES if getattr(row, mode)]


def instrument_row(instrument_id: int) -> Instrument:
    """An instrument with all that its page shows of it; raises NotFound."""
    thing = Instrument
    row = db.session.scalar(
        select(thing)
        .where(thing.id == instrument_id)
        .options(
            joinedload(thing.lab), joinedload(thing.institution), joinedload(thing.instrument_class),
            selectinload(thing.techniques),
        )
    )  # fmt: skip
    if row is None:
        raise NotFound([Reason("no_instrument", None, N_("There is no such instrument. Look for another:"))])
    return row


def _other(english: str, chinese: str) -> str:
    name, other = in_language(english, chinese), in_language(chinese, english)
    return other if other != name else ""


def _facts(row: Instrument, actor: Actor | None) -> list[tuple[str, str]]:
    """The short facts under the title. Who to ask is for those who are signed in."""
    contact = (
        formats.listing([part for part in (row.contact_name, row.contact_phone) if part]) if actor else ""
    )
    leading = [
        (formats.own_words(each["name"]), " ".join(filter(None, (each.get("value"), each.get("unit")))))
        for each in row.specifications[:FACT_SPECIFICATIONS]
        if each.get("name")
    ]
    return [
        (gettext("Model"), " ".join(filter(None, (row.maker, row.model)))),
        *leading,
        (gettext("Room"), row.location),
        (gettext("In service since"), formats.month(row.commissioned_on) if row.commissioned_on else ""),
        (gettext("Ask"), contact),
        (gettext("Record"), row.asset_number),
    ]


def _crumb(row: Instrument) -> tuple[str, str]:
    """The way back to its kind: "38 Raman spectrometers"."""
    subject = row.instrument_class
    if subject is None:
        return gettext("All instruments"), "/"
    count = catalog_index().by_facet["class"].get(subject.code, 0).bit_count()
    name = in_language(subject.name_en, subject.name_zh)
    words = gettext("%(name)s (%(count)s)", name=name, count=formats.count(count))
    return words, f"/?class={subject.code}"


def _obstacle(thing: Bookable, actor: Actor | None, today: date) -> str | None:
    """Why there is no form: "retired", "down", "no_hours", "stranger", "not_open"; None when there is one."""
    if (out := is_out_of_service(thing, today)) is not None:
        return out
    if not thing.calendar.published():
        return "no_hours"
    if actor is None:
        return "stranger"
    return None if books_here(actor, thing) else "not_open"


def _quotas(thing: Bookable, actor: Actor | None, choices: dict[str, Any] | None, now: datetime) -> list[str]:
    """The lines of the rules are of now; the form has them already, unless it is filled for a day or a person."""
    if choices is None or FILLED & request.args.keys():
        return quota_lines(thing, actor, now)
    return choices["price"]["quotas"] or []


def _scope(row: Instrument) -> Scope:
    return Scope(institution_id=row.institution_id, lab_id=row.lab_id)


def _edits(row: Instrument, actor: Actor | None) -> list[tuple[str, str, str]]:
    """What this person may change here, as (words, address, icon)."""
    scope = _scope(row)
    own = f"/instruments/{row.id}"
    offered: list[tuple[Action, str, str, str]] = [
        (Action.INSTRUMENT_EDIT, gettext("Edit"), f"{own}/edit", "pencil"),
        (Action.HOURS_EDIT, gettext("Hours"), f"{own}/hours", "clock"),
        (Action.CLOSURE_EDIT, gettext("Closures"), f"{own}/closures", "wrench"),
        (Action.CALENDARS_EDIT, gettext("Outside calendars"), f"{own}/calendars", "calendar-sync"),
        (Action.RULES_EDIT, gettext("Rules"), f"{own}/rules", "ruler-dimension-line"),
        (Action.PRICES_EDIT, gettext("Prices"), f"{own}/price-list", "coins"),
        (Action.RULES_EDIT, gettext("Who may use it"), f"{own}/qualification-rule", "shield-check"),
        (Action.RULES_EDIT, gettext("Checking in"), f"{own}/usage-settings", "log-in"),
        (Action.USE_CONFIRM, gettext("Code to print"), f"{own}/code", "qr-code"),
        (Action.OUTPUT_EDIT, gettext("Outputs and awards"), f"{own}/outputs", "award"),
        (
            Action.UTILIZATION_SEE,
            gettext("Utilization"),
            f"/utilization?of=instrument-{row.id}",
            "chart-column",
        ),
        (Action.RULES_EDIT, gettext("Look as others"), f"{own}/as", "eye"),
    ]
    found = [
        (words, address, picture) for action, words, address, picture in offered if may(actor, action, scope)
    ]
    return [*found, (gettext("History"), f"{own}/history", "history")] if keeps(actor, row) else found
