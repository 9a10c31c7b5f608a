"""A lab's list of today: what needs somebody first, then who is on what, what comes, and the board of the day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from sqlalchemy import select

from instruments.availability.faults import open_in
from instruments.catalog.models import InstrumentClass
from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.people.models import Lab
from instruments.people.rights import Action, Actor, Role
from instruments.people.signing import require, the_actor
from instruments.reservations.waiting import waiting
from instruments.timespan import Pair, Timespan, instant
from instruments.usage import listing
from instruments.usage.day import Day, Line, Stay, day_of
from instruments.usage.views.doors import pages, place, the_lab
from instruments.usage.views.using import buttons_of
from instruments.web import clock, formats
from instruments.web.language import in_language, is_chinese

HOUR = 3600
STATES = ("in_use", "late", "booked", "asked", "done", "gone")
MOST_REQUESTS = 10
# A picture of more lines than these shows only those on which something happens.
MOST_LINES = 120
MOST_LISTED = 200
FURTHEST = timedelta(days=400)


@pages.get("/today")
def today() -> ResponseReturnValue:
    """The list of the lab that one works at; of several the first."""
    actor = the_actor()
    labs = [grant.scope_id for grant in actor.grants if grant.role in (Role.LAB_MANAGER, Role.LAB_OPERATOR)]
    if not labs:
        sentence = N_("You work at no lab, so there is no list of its day for you.")
        raise NotFound([Reason("no_lab", None, sentence)])
    return redirect(url_for(".day", lab_id=min(number for number in labs if number is not None)))


@pages.get("/labs/<int:lab_id>/today")
def day(lab_id: int) -> ResponseReturnValue:
    """A day of a lab."""
    lab, now = the_lab(lab_id), clock.now()
    actor = require(Action.USE_CONFIRM, place(lab))
    here = now.astimezone(ZoneInfo(lab.zone)).date()
    shown = _day_asked(here)
    found = day_of(lab, shown, now)
    back = request.full_path.rstrip("?")
    needs = _needs(lab, found, actor, now, back) if shown == here else []
    return render_template(
        "usage/today.html",
        lab=lab, name=in_language(lab.name_en, lab.name_zh), zone=lab.zone, day=shown, is_today=shown == here, now=now,
        before=shown - timedelta(days=1), after=shown + timedelta(days=1), needs=needs, board=_board(found, now, lab.zone),
        lists=_lists(found, actor, now, back), counts=_counts(found), instruments=len(found.lines),
    )  # fmt: skip


def _day_asked(today: date) -> date:
    try:
        wanted = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return today
    return wanted if abs(wanted - today) <= FURTHEST else today


def _counts(found: Day) -> dict[str, int]:
    return {state: len(found.stays(state)) for state in STATES} | {
        "down": sum(line.instrument.status == "down" or bool(line.down) for line in found.lines)
    }


# --- Needs you


def _needs(lab: Lab, found: Day, actor: Actor, now: datetime, back: str) -> list[dict[str, Any]]:
    return [
        *(_late(stay, found, actor, now, back, lab.zone) for stay in found.stays("late")),
        *_requests(lab),
        *_faults(lab),
        *_uses(lab),
    ]


def _late(stay: Stay, found: Day, actor: Actor, now: datetime, back: str, zone: str) -> dict[str, Any]:
    rules = found.rules[stay.instrument_id]
    who, since = _user(stay), f"{formats.local(instant(stay.start), zone):%H:%M}"
    due = instant(rules.released_at(stay.start))
    words = gettext("%(instrument)s, since %(time)s.", instrument=_thing(found, stay), time=since)
    if rules.is_required and due > now:
        left = max(1, round((due - now).total_seconds() / 60))
        soon = ngettext(
            "Released to others in %(num)s minute.", "Released to others in %(num)s minutes.", left
        )
        words = f"{words}{'' if is_chinese() else ' '}{soon}"
    return {
        "icon": "clock-alert", "tone": "bad", "title": gettext("%(who)s has not come", who=who), "words": words,
        "taps": _calm(buttons_of(stay.row, stay.use, actor, now, back)), "whose": who, "links": [],
    }  # fmt: skip


def _calm(taps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same for a list of many, in which no row is louder than the others."""
    kinds = {"primary": "soft", "plain": "quiet"}
    return [tap | {"kind": kinds.get(tap["kind"], tap["kind"])} for tap in taps]


def _requests(lab: Lab) -> list[dict[str, Any]]:
    """What was asked of the lab and is not answered."""
    found = []
    for row in waiting(lab.id, None, MOST_REQUESTS)[:MOST_REQUESTS]:
        if row.is_proposed:
            continue
        when = formats.when(Timespan(row.starts_at, row.ends_at), lab.zone)
        who, thing = in_language(row.user_en, row.user_zh), in_language(row.instrument_en, row.instrument_zh)
        due = formats.moment(row.due_at, lab.zone)
        found.append({
            "icon": "hourglass", "tone": "accent", "title": gettext("%(who)s asks for %(when)s", who=who, when=when),
            "words": gettext("%(instrument)s. Answer due %(moment)s.", instrument=thing, moment=due), "taps": [],
            "whose": who,
            "links": [(gettext("Answer"), f"/labs/{lab.id}/approvals?request={row.id}", "soft")],
        })  # fmt: skip
    return found


def _faults(lab: Lab) -> list[dict[str, Any]]:
    return [
        {
            "icon": "triangle-alert", "tone": "warn", "title": in_language(row.name_en, row.name_zh),
            "words": _unanswered(row.number),
            "taps": [], "whose": in_language(row.name_en, row.name_zh),
            "links": [
                (gettext("Look at it"), f"/instruments/{row.id}/faults", "soft"),
                (gettext("Out of order now"), f"/instruments/{row.id}/closures?broken=1#form-title", "quiet"),
            ],
        }
        for row in open_in([lab.id])
    ]  # fmt: skip


def _unanswered(number: int) -> str:
    return ngettext(
        "%(num)s reported fault is not answered yet.", "%(num)s reported faults are not answered yet.", number
    )


def _uses(lab: Lab) -> list[dict[str, Any]]:
    counts, found = listing.counts_of([lab.id]), []
    if counts["flagged"]:
        title = ngettext("%(num)s use needs a look", "%(num)s uses need a look", counts["flagged"])
        words = gettext("Something speaks against each, so none confirms itself.")
        found.append(_to_confirm(lab, "flagged", title, words, gettext("Look at them")))
    if counts["waiting"]:
        first = listing.of_lab(lab.id, "waiting", 1)
        title = ngettext("%(num)s use to confirm", "%(num)s uses to confirm", counts["waiting"])
        due = formats.moment(first[0].confirm_by, lab.zone) if first and first[0].confirm_by else ""
        words = gettext("The first confirms itself %(moment)s.", moment=due)
        found.append(_to_confirm(lab, "waiting", title, words, gettext("Confirm")))
    return found


def _to_confirm(lab: Lab, view: str, title: str, words: str, act: str) -> dict[str, Any]:
    address = url_for(".worklist", lab_id=lab.id, view=view)
    return {
        "icon": "list-checks", "tone": "warn" if view == "flagged" else "", "title": title, "words": words, "taps": [],
        "whose": title, "links": [(act, address, "soft")],
    }  # fmt: skip


# --- Lists and board


def _user(stay: Stay) -> str:
    row = stay.row if stay.row is not None else stay.use
    return in_language(row.user_en, row.user_zh)


def _thing(found: Day, stay: Stay) -> str:
    one = found.things[stay.instrument_id]
    return in_language(one.name_en, one.name_zh)


def _is_company(stay: Stay) -> bool:
    return stay.row is not None and stay.row.unit_kind == "company"


def _lists(found: Day, actor: Actor, now: datetime, back: str) -> list[dict[str, Any]]:
    """What runs, what comes and what is over, a row each with its taps."""
    groups = (("in_use", gettext("In use"), ("in_use", "late")), ("coming", gettext("Still to come"), ("booked", "asked")),
              ("over", gettext("Over"), ("done", "gone")))  # fmt: skip
    return [
        {
            "key": key,
            "title": title,
            "count": len(stays := found.stays(*states)),
            "rows": [_listed(stay, found, actor, now, back) for stay in stays[:MOST_LISTED]],
        }
        for key, title, states in groups
    ]


def _listed(stay: Stay, found: Day, actor: Actor, now: datetime, back: str) -> dict[str, Any]:
    address = f"/reservations/{stay.row.id}" if stay.row is not None else url_for(".use", use_id=stay.use.id)
    return {
        "state": stay.state, "span": Timespan.from_seconds(stay.start, max(stay.end, stay.start + 60)),
        "user": _user(stay), "thing": _thing(found, stay), "address": address, "company": _is_company(stay),
        "taps": _calm(buttons_of(stay.row, stay.use, actor, now, back))
        if stay.state in ("in_use", "late", "gone")
        else [],
        "reservation_state": stay.row.state if stay.row is not None else "",
    }  # fmt: skip


def _board(found: Day, now: datetime, zone: str) -> dict[str, Any]:
    """The day as a picture: places in percent of its width."""
    whole = found.last - found.first

    def share(moment: float) -> float:
        return round(100 * (min(max(moment, found.first), found.last) - found.first) / whole, 3)

    def piece(span: Pair) -> dict[str, float]:
        return {"x": share(span[0]), "width": round(share(span[1]) - share(span[0]), 3)}

    shown = _shown(found)
    names = _class_names({_group(line) for line in shown})
    lines = [
        {
            "group": names.get(_group(line), gettext("Others")),
            "name": in_language(line.instrument.name_en, line.instrument.name_zh),
            "address": f"/instruments/{line.instrument.id}",
            "down": line.instrument.status == "down" or bool(line.down),
            "closed": [piece(span) for span in line.closed],
            "shut": [piece(span) | {"words": reason} for span, reason in line.down],
            "blocks": [_block(stay) | piece((stay.start, stay.end)) for stay in line.stays],
        }
        for line in shown
    ]
    groups = [(name, list(each)) for name, each in groupby(lines, key=lambda line: line["group"])]
    is_now = found.first < now.timestamp() < found.last
    return {
        "groups": groups,
        "left_out": len(found.lines) - len(shown),
        "hours": _hours(found, zone),
        "now": share(now.timestamp()) if is_now else None,
    }


def _shown(found: Day) -> list[Line]:
    """The instruments of the picture: all of them, or of a large lab those of which the day knows something."""
    if len(found.lines) <= MOST_LINES:
        return list(found.lines)
    return [line for line in found.lines if line.stays or line.down or line.instrument.status == "down"][
        :MOST_LINES
    ]


def _group(line: Line) -> str:
    """The middle level of the national classification: "010400" of "010410"."""
    code: str | None = line.instrument.class_code
    return f"{code[:4]}00" if code else ""


def _class_names(codes: set[str]) -> dict[str, str]:
    one = InstrumentClass
    rows = db.session.execute(select(one.code, one.name_en, one.name_zh).where(one.code.in_(codes)))
    return {row.code: in_language(row.name_en, row.name_zh) for row in rows}


def _block(stay: Stay) -> dict[str, Any]:
    address = f"/reservations/{stay.row.id}" if stay.row is not None else url_for(".use", use_id=stay.use.id)
    return {"state": stay.state, "user": _user(stay), "company": _is_company(stay), "address": address}


def _hours(found: Day, zone: str) -> list[dict[str, Any]]:
    whole = found.last - found.first
    step = 1 if whole <= 16 * HOUR else 2
    return [
        {
            "x": round(100 * (moment - found.first) / whole, 3),
            "words": f"{formats.local(instant(moment), zone):%H}",
        }
        for moment in range(found.first, found.last, step * HOUR)
    ]
