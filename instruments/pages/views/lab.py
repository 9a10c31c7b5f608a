"""A lab's public page: what it runs, when it is open, whom to ask."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from instruments.availability.differing import days_of
from instruments.availability.models import OpeningHours
from instruments.availability.opening import Hours, ValidWeek
from instruments.availability.week import parse_week
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.pages import structured
from instruments.pages.days_form import shown_days
from instruments.pages.desk import Group, desk
from instruments.pages.listing import instruments_page
from instruments.pages.results import place_of
from instruments.pages.views.doors import pages
from instruments.pages.whose_hours import hours_of_lab
from instruments.people.models import Lab
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.signing import current_actor
from instruments.rates.listed import held
from instruments.rates.owners import CardOwner
from instruments.rates.serving import services_of
from instruments.web import clock, formats
from instruments.web.access import public
from instruments.web.language import in_language

MOST_DIFFERING = 6


@pages.get("/labs/<int:lab_id>")
@public
def lab(lab_id: int) -> ResponseReturnValue:
    """One lab, with its instruments."""
    row = db.session.scalar(select(Lab).where(Lab.id == lab_id).options(joinedload(Lab.institution)))
    if row is None:
        raise NotFound([Reason("no_lab", None, N_("There is no such lab."))])
    actor = current_actor()
    return render_template(
        "pages/lab.html",
        lab=row,
        institution=row.institution,
        name=in_language(row.name_en, row.name_zh),
        city=place_of(row, row.institution),
        hours=_hours(row),
        differing=_differing(row),
        instruments=instruments_page(Instrument.lab_id == lab_id),
        desk=_desk(row, actor),
        steps=may(actor, Action.INSTRUMENT_EDIT, Scope(institution_id=row.institution_id, lab_id=row.id))
        and not _can_be_booked(lab_id),
        structured=structured.of_lab(row, row.institution),
        price_words=_prices(row),
        services=services_of(row.id),
    )


def _prices(row: Lab) -> str:
    """Whether the lab has a list for all of its instruments, and since when."""
    owner = CardOwner("lab", row, row)
    version = held(owner, owner.today(clock.now()))
    if version is None:
        return gettext("No list for all of its instruments is published.")
    return gettext(
        "One list for all of its instruments holds since %(day)s.", day=formats.day(version.valid_from)
    )


def _can_be_booked(lab_id: int) -> bool:
    """Whether an instrument of the lab has hours, its own or the lab's: until then the lab is shown how it opens."""
    thing, hours = Instrument, OpeningHours
    has_hours = or_(hours.instrument_id == thing.id, hours.lab_id == thing.lab_id)
    found = select(thing.id).join(hours, has_hours).where(thing.lab_id == lab_id).limit(1)
    return db.session.scalar(found) is not None


def _hours(row: Lab) -> str:
    """The lab's hours in words; empty when none are published."""
    one = OpeningHours
    weeks = db.session.execute(
        select(one.week, one.valid_from, one.valid_to, one.circles)
        .where(one.lab_id == row.id)
        .order_by(one.id.desc())
    ).all()
    hours = Hours(
        lab=tuple(
            ValidWeek(parse_week(week), first, last, frozenset(circles.split()))
            for week, first, last, circles in weeks
        )
    )
    today = clock.now().astimezone(ZoneInfo(row.zone)).date()
    return hours_of_lab(hours, today) if hours.published() else ""


def _differing(row: Lab) -> list[tuple[str, str]]:
    """The next days on which the lab is open otherwise, and how, and why."""
    today = clock.now().astimezone(ZoneInfo(row.zone)).date()
    told = shown_days(days_of(row, today)[:MOST_DIFFERING], today)
    return [
        (each["when"], gettext("%(kind)s: %(reason)s", kind=each["times"], reason=each["reason"]))
        for each in told
    ]


def _desk(row: Lab, actor: Actor | None) -> list[Group]:
    """What this person may do here, by what it is about."""
    scope = Scope(institution_id=row.institution_id, lab_id=row.id)
    own = f"/labs/{row.id}"
    return desk(
        actor,
        scope,
        (
            gettext("Day by day"),
            [
                (Action.USE_CONFIRM, gettext("Today"), f"{own}/today", "calendar"),
                (Action.APPROVAL_DECIDE, gettext("Approvals"), f"{own}/approvals", "user-check"),
                (Action.USE_CONFIRM, gettext("Uses to confirm"), f"{own}/uses", "list-checks"),
                (
                    Action.QUALIFICATION_GRANT,
                    gettext("Qualifications"),
                    f"{own}/qualifications",
                    "shield-check",
                ),
                (Action.RESERVATION_SEE, gettext("Waitlist"), f"{own}/waitlist", "hourglass"),
                (Action.VIOLATION_SEE, gettext("Violations"), f"{own}/violations", "scale"),
                (
                    Action.FORMAL_QUOTE_SEE,
                    gettext("Formal quotes"),
                    f"{own}/formal-quotes",
                    "file-text",
                ),
                (
                    Action.UTILIZATION_SEE,
                    gettext("Utilization"),
                    f"/utilization?of=lab-{row.id}",
                    "chart-column",
                ),
                (Action.REPORT_SEE, gettext("Forms of this lab"), f"{own}/reports", "file-check"),
                (Action.INCOME_SEE, gettext("Income of the lab"), f"{own}/charges", "coins"),
                (
                    Action.CHARGE_PREPARE,
                    gettext("Not charged yet"),
                    f"{own}/charges/missing",
                    "triangle-alert",
                ),
                (Action.RESERVATION_SEE, gettext("In your calendar"), f"{own}/feeds", "calendar-plus"),
            ],
        ),
        (
            gettext("When it is open"),
            [
                (Action.HOURS_EDIT, gettext("Hours"), f"{own}/hours", "clock"),
                (Action.CLOSURE_EDIT, gettext("Closures"), f"{own}/closures", "wrench"),
                (Action.CALENDARS_EDIT, gettext("Outside calendars"), f"{own}/calendars", "calendar-sync"),
            ],
        ),
        (
            gettext("Under which rules"),
            [
                (Action.RULES_EDIT, gettext("Rules"), f"{own}/rules", "ruler-dimension-line"),
                (Action.RULES_EDIT, gettext("Checking in"), f"{own}/usage-settings", "log-in"),
                (Action.PRICES_SEE, gettext("Prices"), f"{own}/prices", "coins"),
                (Action.RULES_EDIT, gettext("Look as others"), f"{own}/as", "eye"),
            ],
        ),
        (
            gettext("The lab"),
            [
                (Action.LAB_EDIT, gettext("Edit"), f"{own}/edit", "pencil"),
                (
                    Action.INSTRUMENT_EDIT,
                    gettext("Add an instrument"),
                    f"/instruments/new?lab={row.id}",
                    "plus",
                ),
                (
                    Action.INSTRUMENT_EDIT,
                    gettext("Import instruments"),
                    f"/catalog/imports/new?lab={row.id}",
                    "file-up",
                ),
                (
                    Action.HOURS_EDIT,
                    gettext("Change many at once"),
                    f"/catalog/change?lab={row.id}",
                    "list-checks",
                ),
                (Action.LAB_ROLES, gettext("Roles"), f"{own}/roles", "users"),
            ],
        ),
    )
