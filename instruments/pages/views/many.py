"""Change the hours or limits of many instruments: choose them, see what it would do and whom it touches, and do it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from instruments.availability.circles import WHOM
from instruments.availability.week import parse_week
from instruments.availability.week_changes import AsLab, NewWeek
from instruments.availability.words import hours_in_words
from instruments.catalog.listing import A_PAGE, STATUSES, listed
from instruments.catalog.views.doors import labs_to_edit
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, Forbidden, Reason, Refusal, gathered
from instruments.pages.falling_out import tell_outside_by_lab
from instruments.pages.picking import KINDS, Picked, change, picked, typed
from instruments.pages.views.doors import pages
from instruments.people.models import Lab
from instruments.people.signing import the_actor
from instruments.reservations.bulk.changing import Change, carry_out, named, preview, some_chosen
from instruments.reservations.bulk.limits import LimitsAsLab
from instruments.reservations.bulk.outcome import Outcome
from instruments.reservations.bulk.selection import Chosen
from instruments.reservations.limit_words import choices, labels, set_words
from instruments.reservations.limits import LIMITS
from instruments.reservations.views.limit_fields import in_form_order
from instruments.timespan import Timespan
from instruments.web import clock, formats
from instruments.web.language import in_language
from instruments.web.reasons import in_full

NAMES_SHOWN = 50
BEFORE_LIMITS = ("what", "week", "since", "until", "circles")
TOUCHED_PAGE = 25


@pages.get("/catalog/change")
def many() -> ResponseReturnValue:
    """The instruments of the asker's labs, to be chosen from; a week, its days and whom it is for may be given already."""
    labs = _labs()
    wall = ZoneInfo(
        next(lab.zone for lab in labs if lab.id in (request.args.get("lab", type=int), labs[0].id))
    )
    today = clock.now().astimezone(wall).date()
    given = typed()
    return _choosing(
        labs, picked(labs), given | {"what": "hours", "since": given["since"] or today.isoformat()}
    )


@pages.post("/catalog/change")
def change_many() -> ResponseReturnValue:
    """Go on choosing, look at what the change would do, or make it."""
    labs = _labs()
    chosen, do = picked(labs), request.form.get("do", "")
    if do not in ("preview", "carry-out") and not do.startswith("touched:"):
        return _choosing(labs, chosen, typed())
    try:
        return _carried_out(chosen) if do == "carry-out" else _previewed(chosen)
    except Refusal as refusal:
        db.session.rollback()
        if refusal.status == 412:
            return _previewed(chosen, refusal), 412
        if refusal.status != 422:
            raise
        return _choosing(_labs(), chosen, typed(), refusal), 422


def _labs() -> Sequence[Lab]:
    labs = labs_to_edit(the_actor())
    if not labs:
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])
    return labs


def _carried_out(chosen: Picked) -> ResponseReturnValue:
    actor, now, seen = the_actor(), clock.now(), request.form.get("seen", "")
    wanted, numbers = _wanted(chosen)
    done = perform(lambda: carry_out(actor, numbers, wanted, seen, now))
    count = len(done.changed)
    words = ngettext(
        "%(count)s instrument changed.", "%(count)s instruments changed.", count, count=formats.count(count)
    )
    flash(f"{words} {gettext('Bookings that are made stay as they are.')}" if count else words, "free")
    if isinstance(wanted, (NewWeek, AsLab)):
        tell_outside_by_lab(list(done.changed), now)
    asked = chosen.asked
    return redirect(
        url_for("pages.many", lab=asked.lab_id, institution=asked.institution_id, q=asked.words or None), 303
    )


def _wanted(chosen: Picked) -> tuple[Change, list[int]]:
    """What is to change, and on which; raises Refusal with all that is wrong or missing of both."""
    wanted, numbers, reasons = None, chosen.selection(), list[Reason]()
    with gathered(reasons):
        some_chosen(numbers)
    with gathered(reasons):
        wanted = change()
    if wanted is None or reasons:
        raise Refusal(reasons)
    return wanted, numbers


def _choosing(
    labs: Sequence[Lab], chosen: Picked, fields: Mapping[str, Any], refusal: Refusal | None = None
) -> str:
    total, rows = listed(chosen.asked, chosen.page)
    if not rows and total:
        total, rows = listed(chosen.asked, -(-total // A_PAGE))
    page = min(chosen.page, max(1, -(-total // A_PAGE)))
    return render_template(
        "pages/many.html",
        chosen=chosen,
        labs=[(lab.id, in_language(lab.name_en, lab.name_zh)) for lab in labs],
        statuses=STATUSES[:-1],
        rows=rows,
        total=total,
        page=page,
        pages=max(1, -(-total // A_PAGE)),
        first=(page - 1) * A_PAGE + 1,
        last=min(page * A_PAGE, total),
        elsewhere=sorted(chosen.ticked),
        typed=fields,
        reasons=in_form_order(refusal, BEFORE_LIMITS),
        circles=[(circle, gettext(words)) for circle, words in WHOM.items()],
        labels=labels()
        | {"week": gettext("Hours"), "since": gettext("Valid from"), "until": gettext("Until and with")},
        choices=choices(),
        instead=dict.fromkeys(LIMITS, gettext("stays as it is with each")),
        kinds=KINDS,
    )


def _previewed(chosen: Picked, stale: Refusal | None = None) -> str:
    wanted, numbers = _wanted(chosen)
    found, things = preview(the_actor(), numbers, wanted, clock.now())
    do = request.form.get("do", "")
    page = int(do[8:]) if do.startswith("touched:") and do[8:].isdecimal() and len(do) < 16 else 1
    pages_of = max(1, -(-len(found.touched) // TOUCHED_PAGE))
    page = min(max(page, 1), pages_of)
    return render_template(
        "pages/many_preview.html",
        chosen=chosen,
        typed=typed(),
        limits=LIMITS,
        words=_said(wanted),
        found=found,
        groups=[_group(step, numbers, things, wanted) for step, numbers in found.groups().items()],
        refused=_refused(found, things),
        same=_names(found.same, things),
        touched=_touched(found, things, page),
        page=page,
        pages=pages_of,
        first=(page - 1) * TOUCHED_PAGE + 1,
        stale=[in_full(reason) for reason in stale.reasons] if stale else [],
    )


def _said(wanted: Change) -> str:
    """The change in one sentence."""
    if isinstance(wanted, NewWeek):
        return _said_of_week(wanted)
    if isinstance(wanted, AsLab):
        return gettext("From %(since)s: the hours of the lab", since=formats.day(wanted.since))
    if isinstance(wanted, LimitsAsLab):
        return gettext("The limits of the lab")
    return formats.listing([set_words(name, value) for name, value in wanted.limits])


def _said_of_week(wanted: NewWeek) -> str:
    week, since = hours_in_words(parse_week(wanted.week), formats.language()), formats.day(wanted.since)
    said = gettext("From %(since)s: %(week)s", since=since, week=week)
    if wanted.until:
        until = formats.day(wanted.until)
        said = gettext("From %(since)s to %(until)s: %(week)s", since=since, until=until, week=week)
    if not wanted.circles:
        return said
    who = formats.listing([gettext(WHOM[each]) for each in wanted.circles.split()])
    return gettext("%(said)s, only for %(who)s", said=said, who=who)


def _group(
    step: tuple[str, str], numbers: Sequence[int], things: Mapping[int, Chosen], wanted: Change
) -> dict[str, Any]:
    word = _hours if isinstance(wanted, (NewWeek, AsLab)) else _limits
    return {"before": word(step[0]), "after": word(step[1]), "count": len(numbers), **_names(numbers, things)}


def _names(numbers: Sequence[int], things: Mapping[int, Chosen]) -> dict[str, Any]:
    rows = [things[number] for number in numbers[:NAMES_SHOWN]]
    names = [
        (row.id, in_language(row.name_en, row.name_zh), in_language(row.lab_en, row.lab_zh)) for row in rows
    ]
    return {"names": names, "more": len(numbers) - len(rows), "count": len(numbers)}


def _refused(found: Outcome, things: Mapping[int, Chosen]) -> list[dict[str, Any]]:
    """Those that are refused, by the reason."""
    by_reason: dict[str, list[int]] = {}
    for number, reason in found.refused.items():
        by_reason.setdefault(in_full(reason), []).append(number)
    return [{"words": words, **_names(numbers, things)} for words, numbers in by_reason.items()]


def _touched(found: Outcome, things: Mapping[int, Chosen], page: int) -> list[dict[str, Any]]:
    shown = found.touched[(page - 1) * TOUCHED_PAGE : page * TOUCHED_PAGE]
    return [
        {
            "id": row.id,
            "when": formats.when(Timespan(row.starts_at, row.ends_at), things[row.instrument_id].zone),
            "thing": in_language(row.name_en, row.name_zh),
            "user": in_language(row.user_en, row.user_zh),
        }
        for row in named(shown)
    ]


def _hours(text: str) -> str:
    return hours_in_words(parse_week(text), formats.language()) if text else gettext("No hours published")


def _limits(text: str) -> str:
    pairs = (each.partition("=") for each in text.split())
    return formats.listing([set_words(name, _limit(value)) for name, _, value in pairs])


def _limit(text: str) -> int | str | None:
    return int(text) if text.isdecimal() else (text or None)
