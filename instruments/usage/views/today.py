"""A lab's list of today: what needs somebody first, then who is on what, what comes, and the board of the day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from instruments.availability.faults import open_in
from instruments.availability.kinds import ICONS
from instruments.errors import N_, NotFound, Reason
from instruments.people.models import Lab
from instruments.people.rights import Action, Actor, Role
from instruments.people.signing import require, the_actor
from instruments.reservations.parts_closed import closed_in_words
from instruments.reservations.waiting import labs_of, waiting
from instruments.timespan import Timespan, instant
from instruments.usage import listing
from instruments.usage.day import Day, Stay, day_of
from instruments.usage.views.board import address_of, board_of, is_company, user_of
from instruments.usage.views.doors import pages, place, the_lab
from instruments.usage.views.using import buttons_of, undoing
from instruments.web import clock, formats
from instruments.web.language import in_language, is_chinese

STATES = ("in_use", "late", "booked", "asked", "done", "gone")
MOST_REQUESTS = 10
MOST_LATE = 20
# Rows of a list; those of one that is asked for by its name ("show") are nearly all shown.
MOST_LISTED, ALL_LISTED = 100, 1000
# Of what is over today; who runs the day looks ahead.
MOST_OVER = 10
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
    found = day_of(lab, shown, actor, now)
    back = _address_here()
    needs = _needs(lab, found, actor, now, back) if shown == here else []
    return render_template(
        "usage/today.html",
        lab=lab, name=in_language(lab.name_en, lab.name_zh), zone=lab.zone, day=shown, is_today=shown == here, now=now,
        before=shown - timedelta(days=1), after=shown + timedelta(days=1), needs=needs,
        needed=len(needs) + max(0, len(found.stays("late")) - MOST_LATE - 1), board=board_of(found, now, lab.zone),
        closures=_closures(lab, found), labs=labs_of(actor),
        lists=_lists(found, actor, now, back, is_today=shown == here), counts=_counts(found), instruments=found.instruments,
        undo=_undo(found, actor, now, back),
    )  # fmt: skip


def _address_here() -> str:
    """This page as it was asked for, without what was tapped last."""
    asked = [pair for pair in request.args.items(multi=True) if pair[0] != "tapped"]
    return f"{request.path}?{urlencode(asked)}" if asked else request.path


def _undo(found: Day, actor: Actor, now: datetime, back: str) -> dict[str, Any] | None:
    """How what was tapped last is taken back, as long as it can be; None where nothing was, or it is too long ago."""
    kind, _, number = request.args.get("tapped", "").partition("-")
    for stay in found.stays(*STATES):
        thing = {"use": stay.use, "reservation": stay.row}.get(kind)
        if thing is not None and str(thing.id) == number:
            taps = undoing(buttons_of(stay.row, stay.use, actor, now, back))
            return {"who": user_of(stay), "thing": _thing(found, stay), "taps": taps} if taps else None
    return None


def _day_asked(today: date) -> date:
    try:
        wanted = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return today
    return wanted if abs(wanted - today) <= FURTHEST else today


def _counts(found: Day) -> dict[str, int]:
    return {state: len(found.stays(state)) for state in STATES} | {"down": found.down}


# --- Needs you


def _needs(lab: Lab, found: Day, actor: Actor, now: datetime, back: str) -> list[dict[str, Any]]:
    late = found.stays("late")
    return [
        *(_late(stay, found, actor, now, back, lab.zone) for stay in late[:MOST_LATE]),
        *_more_late(len(late) - MOST_LATE),
        *_requests(lab),
        *_faults(lab),
        *_uses(lab),
    ]


def _late(stay: Stay, found: Day, actor: Actor, now: datetime, back: str, zone: str) -> dict[str, Any]:
    rules = found.rules[stay.instrument_id]
    who, there = user_of(stay), formats.local(instant(stay.start), zone)
    is_today = there.date() == formats.local(now, zone).date()
    since = f"{there:%H:%M}" if is_today else formats.moment(there, zone)
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


def _more_late(number: int) -> list[dict[str, Any]]:
    if number <= 0:
        return []
    title = ngettext("%(num)s more has not come", "%(num)s more have not come", number)
    return [{
        "icon": "clock-alert", "tone": "bad", "title": title, "words": gettext("They are in the list “In use”."), "taps": [],
        "whose": title, "links": [(gettext("Look at them"), "?show=in_use#list-in_use", "soft")],
    }]  # fmt: skip


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
    if counts["nobody"]:
        title = ngettext("%(num)s use of nobody known", "%(num)s uses of nobody known", counts["nobody"])
        words = gettext("A device saw it while nobody had reserved. It waits for you to say who it was.")
        found.append(_to_confirm(lab, "nobody", title, words, gettext("Say who it was")))
    if counts["flagged"]:
        title = ngettext("%(num)s use needs a look", "%(num)s uses need a look", counts["flagged"])
        words = gettext("Something speaks against each, so they wait for you.")
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
        "icon": "list-checks", "tone": "" if view == "waiting" else "warn", "title": title, "words": words, "taps": [],
        "whose": title, "links": [(act, address, "soft")],
    }  # fmt: skip


# --- Lists


def _thing(found: Day, stay: Stay) -> str:
    one = found.things[stay.instrument_id]
    return in_language(one.name_en, one.name_zh)


def _lists(found: Day, actor: Actor, now: datetime, back: str, *, is_today: bool) -> list[dict[str, Any]]:
    """What runs, what comes and what is over, a row each with its taps; today what was over last comes first."""
    wanted = request.args.get("show", "")
    groups = (("in_use", gettext("Now"), ("in_use", "late")), ("coming", gettext("Still to come"), ("booked", "asked")),
              ("over", gettext("Over"), ("done", "gone")))  # fmt: skip
    lists = []
    for key, title, states in groups:
        stays, most = found.stays(*states), MOST_LISTED
        if key == "over" and is_today:
            stays, most = sorted(stays, key=lambda stay: stay.end, reverse=True), MOST_OVER
        rows = [
            _listed(stay, found, actor, now, back) for stay in stays[: ALL_LISTED if key == wanted else most]
        ]
        lists.append({"key": key, "title": title, "count": len(stays), "rows": rows})
    return lists


def _listed(stay: Stay, found: Day, actor: Actor, now: datetime, back: str) -> dict[str, Any]:
    return {
        "state": stay.state, "span": Timespan.from_seconds(stay.start, max(stay.end, stay.start + 60)),
        "user": user_of(stay), "thing": _thing(found, stay), "address": address_of(stay), "company": is_company(stay),
        "taps": _calm(buttons_of(stay.row, stay.use, actor, now, back))
        if stay.state in ("in_use", "late", "gone", "done")
        else [],
        "reservation_state": stay.row.state if stay.row is not None else "",
    }  # fmt: skip


def _closures(lab: Lab, found: Day) -> list[dict[str, Any]]:
    """What closes the lab, an instrument or some of its places that day, by start."""
    rows = [
        (told, found.things[owner] if owner is not None else lab, owner)
        for owner, each in found.closures.items()
        for told in each
    ]
    rows.sort(key=lambda row: (row[0][0], row[2] or 0))
    return [
        {
            "span": Timespan.from_seconds(max(start, found.within[0]), min(end, found.within[1])),
            "name": in_language(thing.name_en, thing.name_zh),
            "address": f"/labs/{lab.id}" if owner is None else f"/instruments/{owner}",
            "icon": ICONS[kind],
            "words": closed_in_words(kind, reason, units, 1 if owner is None else thing.capacity),
        }
        for (start, end, kind, reason, units), thing, owner in rows[:MOST_LISTED]
    ]
