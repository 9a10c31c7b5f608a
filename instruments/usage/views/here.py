"""The page behind the code on an instrument: what can be done now; and the sheet with the code to print."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import segno
from flask import Response, current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import BigInteger, select, type_coerce

from instruments.availability.faults import told_of
from instruments.database import db
from instruments.people.models import Person, ResearchGroup
from instruments.people.rights import Action, Actor, may
from instruments.people.signing import require, the_actor
from instruments.reservations.bookable import bookable
from instruments.reservations.held import HELD_UNTIL, STARTS
from instruments.reservations.listing import whole
from instruments.reservations.models import Reservation
from instruments.timespan import instant
from instruments.usage.lookup import running_on, use_of
from instruments.usage.rules import EARLY
from instruments.usage.setting import rules_of
from instruments.usage.views.doors import pages, place, the_instrument
from instruments.usage.views.open_here import against_here, told_here
from instruments.usage.views.paying_here import price_here
from instruments.usage.views.using import LENGTHS, buttons_of
from instruments.web import clock
from instruments.web.language import in_language

_R: Any = Reservation.__table__
BORDER = 4
SCALE = 12


@pages.get("/instruments/<int:instrument_id>/here")
def here(instrument_id: int) -> ResponseReturnValue:
    """What whoever stands before the instrument can do now, one tap each."""
    actor, now = the_actor(), clock.now()
    thing = the_instrument(instrument_id)
    own = [_own(row, actor, now, thing.id) for row in _mine(instrument_id, actor, now)]
    running = running_on(instrument_id)
    free_for = _free_for(instrument_id, actor, now) if len(running) < thing.capacity else 0
    rules = rules_of(instrument_id)
    staff = may(actor, Action.USE_CONFIRM, place(thing.lab))
    lengths = _lengths(free_for) if rules.walk_up and not own else []
    against, lengths = against_here(actor, thing.id, lengths, now)
    free_for = 0 if against else free_for
    return render_template(
        "usage/here.html",
        thing=thing, name=in_language(thing.name_en, thing.name_zh), lab=thing.lab, zone=thing.lab.zone, own=own,
        others=_others(running, actor, staff, now, thing.id), faults=told_of(thing.id), now=now,
        price=price_here(thing.id, actor, lengths, now) if lengths else None, free_for=timedelta(seconds=free_for),
        following=_following(instrument_id, now), staff=staff, groups=_groups(actor), back=_here(thing.id),
        against=told_here(actor, thing.id, against),
    )  # fmt: skip


@pages.get("/instruments/<int:instrument_id>/code")
def code_sheet(instrument_id: int) -> ResponseReturnValue:
    """A sheet to print and put on the instrument."""
    thing = the_instrument(instrument_id)
    require(Action.USE_CONFIRM, place(thing.lab))
    return render_template(
        "usage/code.html", thing=thing, lab=thing.lab, name=in_language(thing.name_en, thing.name_zh),
        address=_address(instrument_id),
    )  # fmt: skip


@pages.get("/instruments/<int:instrument_id>/code.<any(svg, png):kind>")
def code_image(instrument_id: int, kind: str) -> ResponseReturnValue:
    """The code itself: the address of the page above, with a quarter of it redundant, so that a scratch does no harm."""
    thing = the_instrument(instrument_id)
    require(Action.USE_CONFIRM, place(thing.lab))
    made, out = segno.make_qr(_address(instrument_id), error="q"), io.BytesIO()
    if kind == "svg":
        made.save(out, kind="svg", border=BORDER, xmldecl=False, svgclass=None, lineclass=None, omitsize=True)
    else:
        made.save(out, kind="png", border=BORDER, scale=SCALE)
    mimetype = "image/svg+xml" if kind == "svg" else "image/png"
    name = f"instrument-{instrument_id}.{kind}"
    return Response(
        out.getvalue(), mimetype=mimetype, headers={"Content-Disposition": f'inline; filename="{name}"'}
    )


def _here(instrument_id: int) -> str:
    return url_for(".here", instrument_id=instrument_id)


def _address(instrument_id: int) -> str:
    return f"{current_app.config['BASE_URL']}{_here(instrument_id)}"


def _mine(instrument_id: int, actor: Actor, now: datetime) -> list[Any]:
    """One's own reservations of the instrument that are now, soon, or were just over; and running walk-ups."""
    one, soon = Reservation, now + timedelta(seconds=EARLY)
    rows = db.session.execute(
        whole()
        .where(
            one.instrument_id == instrument_id, (one.user_id == actor.person_id) | (one.booker_id == actor.person_id),
            one.starts_at <= soon, one.starts_at > now - timedelta(days=31), one.ends_at > now - timedelta(hours=2),
            one.state.in_(("confirmed", "done", "no_show", "released")),
        )
        .order_by(one.starts_at)
    )  # fmt: skip
    found = list(rows)
    live = [row for row in found if row.ends_at > now or _is_running(row)]
    return live or found[-1:]


def _is_running(row: Any) -> bool:
    use = use_of(row.id)
    return use is not None and use.state == "running"


def _own(row: Any, actor: Actor, now: datetime, instrument_id: int) -> dict[str, Any]:
    use = use_of(row.id)
    return {"row": row, "use": use, "taps": buttons_of(row, use, actor, now, _here(instrument_id))}


def _others(
    running: list[Any], actor: Actor, staff: bool, now: datetime, instrument_id: int
) -> list[dict[str, Any]]:
    """What others do with it; their names, and what can be done about it, for the lab alone."""
    found = []
    for use in running:
        if actor.person_id in (use.user_id, use.booker_id):
            continue
        person = db.session.get_one(Person, use.user_id)
        taps = buttons_of(None, use, actor, now, _here(instrument_id)) if staff else []
        name = in_language(person.name_en, person.name_zh) if staff else ""
        found.append({"use": use, "name": name, "taps": taps})
    return found


def _free_for(instrument_id: int, actor: Actor, now: datetime) -> int:
    """For how many seconds a place is free and open to this person from now on, at most a day."""
    thing, moment = bookable(instrument_id), int(now.timestamp())
    held = db.session.execute(
        select(STARTS, HELD_UNTIL)
        .where(_R.c.instrument_id == instrument_id, _R.c.live, moment < HELD_UNTIL, moment + 86_400 > STARTS)
        .order_by(STARTS)
    ).all()
    if sum(start <= moment for start, _ in held) >= thing.capacity:
        return 0
    coming = [start for start, _ in held if start > moment]
    until = coming[0] if coming and thing.capacity == 1 else moment + 86_400
    opened = next(
        (
            end
            for start, end in thing.calendar_of(actor).opened(moment - 1, moment + 86_400)
            if start <= moment < end
        ),
        moment,
    )
    return max(0, min(until, opened) - moment)


def _lengths(free_for: int) -> list[int]:
    """The lengths that fit, in minutes; the whole free time where none of the usual does."""
    fitting = [minutes for minutes in LENGTHS if minutes * 60 <= free_for]
    return fitting or ([free_for // 60] if free_for >= 300 else [])


def _following(instrument_id: int, now: datetime) -> datetime | None:
    starts = type_coerce(_R.c.starts_at, BigInteger)
    coming = (_R.c.instrument_id == instrument_id) & _R.c.live & (starts > int(now.timestamp()))
    found = db.session.scalar(select(starts).where(coming).order_by(starts).limit(1))
    return None if found is None else instant(found)


def _groups(actor: Actor) -> list[tuple[int, str]]:
    """The groups among which one has to choose."""
    if len(actor.group_ids) < 2:
        return []
    rows = db.session.scalars(select(ResearchGroup).where(ResearchGroup.id.in_(actor.group_ids)))
    return sorted((row.id, in_language(row.name_en, row.name_zh)) for row in rows)
