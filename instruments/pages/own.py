"""What a signed-in person finds at home: reservations, instruments used lately, and what waits for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext, ngettext
from sqlalchemy import BigInteger, func, or_, select, type_coerce

from instruments.availability.faults import open_in
from instruments.availability.opening import midnight
from instruments.catalog.models import ImportRun, Instrument
from instruments.database import db
from instruments.pages.approval_needs import approval_needs
from instruments.pages.calendar_needs import calendar_needs
from instruments.pages.charge_needs import charge_needs
from instruments.pages.conduct_needs import conduct_needs
from instruments.pages.fund_needs import fund_needs
from instruments.pages.idle_needs import idle_needs
from instruments.pages.mail_needs import mail_needs
from instruments.pages.price_needs import price_needs
from instruments.pages.qualification_needs import qualification_needs
from instruments.pages.report_needs import report_needs
from instruments.pages.wait_needs import wait_needs
from instruments.people.membership import overdue_before
from instruments.people.models import Institution, Lab, Person
from instruments.people.rights import ALLOWED, Action, Actor, Role
from instruments.people.signing import PLATFORM_ZONE
from instruments.reservations.asking import is_decided_by_lab
from instruments.reservations.bookable import bookable
from instruments.reservations.booked_again import next_time
from instruments.reservations.displaced import displaced_of
from instruments.reservations.form import prefilled
from instruments.reservations.models import Reservation
from instruments.web import formats
from instruments.web.language import in_language

RECENT = 4
LOOK_BACK = 200
MOST_TODAY = 30
GONE = ("cancelled", "declined", "expired")
LAB_ROLES = (Role.LAB_MANAGER, Role.LAB_OPERATOR)


def recent_instruments(actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """The instruments used last, each with the next free span as long as the last time: book again."""
    last = _last_used(actor)
    things = {
        row.id: row
        for row in db.session.execute(
            select(Instrument.id, Instrument.name_en, Instrument.name_zh, Instrument.photo, Instrument.class_code,
                   Lab.name_en.label("lab_en"), Lab.name_zh.label("lab_zh"), Lab.zone)
            .join(Lab, Lab.id == Instrument.lab_id)
            .where(Instrument.id.in_(list(last)), Instrument.status != "retired")
        )
    }  # fmt: skip
    found = []
    for number, length in last.items():
        row = things.get(number)
        if row is not None:
            found.append(_again(row, length, actor, now))
    return found


def _last_used(actor: Actor) -> dict[int, int]:
    """The last instruments by id, newest first, each with the length of its last reservation in seconds."""
    one = Reservation
    starts, ends = type_coerce(one.starts_at, BigInteger), type_coerce(one.ends_at, BigInteger)
    rows = db.session.execute(
        select(one.instrument_id, ends - starts)
        .where(one.user_id == actor.person_id, one.state.not_in(GONE))
        .order_by(one.ends_at.desc())
        .limit(LOOK_BACK)
    )
    last: dict[int, int] = {}
    for number, length in rows:
        last.setdefault(number, length)
        if len(last) == RECENT:
            break
    return last


def _again(row: Any, length: int, actor: Actor, now: datetime) -> dict[str, Any]:
    span = next_time(row.id, timedelta(seconds=length), now, actor, now)
    shown = {
        "address": f"/instruments/{row.id}",
        "name": in_language(row.name_en, row.name_zh),
        "lab": in_language(row.lab_en, row.lab_zh),
        "photo": f"/instruments/{row.id}/photo" if row.photo else None,
        "class_code": row.class_code,
        "act": None,
        "own_time": "",
        "free": gettext("Not free in the next two weeks"),
    }
    if span is None:
        return shown if bookable(row.id).admits(actor) else shown | {"free": gettext("Not open to you")}
    words = formats.when(span, row.zone, relative=True)
    address = f"/instruments/{row.id}?{urlencode(prefilled(span, row.zone))}#booking"
    own_time = formats.own_time(span, row.zone)
    asks = is_decided_by_lab(bookable(row.id), actor, span.seconds)
    return shown | {
        "free": words,
        "own_time": own_time,
        "act": {
            "words": gettext("Ask the lab") if asks else gettext("Book again"),
            "address": address,
        },
    }


def today_in_labs(actor: Actor, now: datetime) -> Sequence[Any]:
    """The reservations of today in the labs that this person runs, in order. One statement."""
    labs = [grant.scope_id for grant in actor.grants if grant.role in LAB_ROLES]
    if not labs:
        return []
    day = now.astimezone(PLATFORM_ZONE).date()
    end = midnight(day + timedelta(days=1), PLATFORM_ZONE)
    one = Reservation
    return db.session.execute(
        select(one.id, one.starts_at, one.ends_at, one.title, one.state, Lab.zone, Instrument.id.label("instrument_id"),
               Instrument.name_en, Instrument.name_zh, Person.name_en.label("user_en"), Person.name_zh.label("user_zh"))
        .join(Instrument, Instrument.id == one.instrument_id)
        .join(Lab, Lab.id == Instrument.lab_id)
        .join(Person, Person.id == one.user_id)
        .where(Instrument.lab_id.in_(labs), one.live, one.held_until > now,
               one.starts_at > now - timedelta(days=31), type_coerce(one.starts_at, BigInteger) < end)
        .order_by(one.starts_at, one.id)
        .limit(MOST_TODAY)
    ).all()  # fmt: skip


def needs_you(actor: Actor, now: datetime) -> list[dict[str, str]]:
    """What waits for this person by role, each with where to deal with it."""
    return [
        *conduct_needs(actor, now),
        *charge_needs(actor),
        *fund_needs(actor, now),
        *price_needs(actor),
        *report_needs(actor, now),
        *idle_needs(actor),
        *wait_needs(actor, now),
        *mail_needs(actor),
        *_faults(actor),
        *_displaced(actor, now),
        *approval_needs(actor),
        *qualification_needs(actor),
        *calendar_needs(actor, now),
        *_confirmations(actor, now),
        *_imports(actor),
    ]


def _faults(actor: Actor) -> list[dict[str, str]]:
    labs = [
        grant.scope_id for grant in actor.grants if grant.role in LAB_ROLES and grant.scope_id is not None
    ]
    return [
        {
            "icon": "message-square-warning",
            "words": ngettext("%(name)s: %(num)s fault reported", "%(name)s: %(num)s faults reported", row.number,
                              name=in_language(row.name_en, row.name_zh)),
            "address": f"/instruments/{row.id}/faults",
            "act": gettext("Look at it"),
        }
        for row in (open_in(labs) if labs else ())
    ]  # fmt: skip


def _displaced(actor: Actor, now: datetime) -> list[dict[str, str]]:
    return [
        {
            "icon": "calendar-clock",
            "words": f"{name}{gettext(': ')}{told.words}",
            "address": told.address,
            "act": told.act,
        }
        for name, told in displaced_of(actor, now)
    ]


def _institutions(actor: Actor, action: Action) -> list[int]:
    """The institutions on which the person holds a role that allows this."""
    roles = (Role.INSTITUTION_MANAGER, Role.COMPANY_MANAGER)
    return [
        grant.scope_id for grant in actor.grants
        if grant.role in roles and grant.role in ALLOWED[action] and grant.scope_id is not None
    ]  # fmt: skip


def _confirmations(actor: Actor, now: datetime) -> list[dict[str, str]]:
    managed = _institutions(actor, Action.PERSON_CONFIRM)
    if not managed:
        return []
    today = now.astimezone(PLATFORM_ZONE).date()
    due = overdue_before(today)
    rows = db.session.execute(
        select(Institution.id, func.count())
        .join(Person, Person.institution_id == Institution.id)
        .where(
            Institution.id.in_(managed), Person.deactivated_at.is_(None), Person.mail_confirmed_at.is_not(None),
            or_(Person.ends_on.is_(None), Person.ends_on >= today), Person.id != actor.person_id,
            or_(Person.membership_confirmed_on.is_(None), Person.membership_confirmed_on < due),
        )
        .group_by(Institution.id)
    )  # fmt: skip
    return [
        {
            "icon": "users",
            "words": ngettext(
                "%(count)s membership is due to be confirmed", "%(count)s memberships are due to be confirmed", count,
                count=formats.count(count),
            ),
            "address": f"/institutions/{number}/people?view=overdue",
            "act": gettext("Look through them"),
        }
        for number, count in rows
    ]  # fmt: skip


def _imports(actor: Actor) -> list[dict[str, str]]:
    managed = _institutions(actor, Action.CATALOG_IMPORT)
    if not managed:
        return []
    run = ImportRun
    rows = db.session.execute(
        select(run.id, run.file_name, run.state)
        .where(run.institution_id.in_(managed), run.state.in_(("checking", "checked", "importing", "failed")))
        .order_by(run.id.desc())
        .limit(3)
    )
    return [
        {
            "icon": "file-up",
            "words": gettext("%(file)s: %(state)s", file=row.file_name, state=_state_words(row.state)),
            "address": f"/catalog/imports/{row.id}",
            "act": gettext("Look at it"),
        }
        for row in rows
    ]


def _state_words(state: str) -> str:
    match state:
        case "checking":
            return gettext("being checked")
        case "checked":
            return gettext("checked, waiting for you")
        case "importing":
            return gettext("being imported")
        case _:
            return gettext("could not be read")
