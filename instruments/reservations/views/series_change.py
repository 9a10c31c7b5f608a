"""Move or change some of a series; where single dates stand in the way, what becomes of each is asked, as when booking."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.people.signing import the_actor
from instruments.reservations import choices
from instruments.reservations.bookable import bookable
from instruments.reservations.choices import purposes
from instruments.reservations.form import prefilled, typed_span
from instruments.reservations.moving import Change, needs_reason
from instruments.reservations.series.changing import Done, Which, change_series
from instruments.reservations.series.form import TAKE, typed_settling
from instruments.reservations.series.settling import DROP, LEAVE, Decision, Stuck
from instruments.reservations.series.words import take_words
from instruments.reservations.users import second_named
from instruments.reservations.views.doors import pages
from instruments.reservations.views.overrides import typed_override
from instruments.reservations.views.series import (
    SHOWN_REFUSALS,
    anchor_of,
    changeable_series,
    head,
    nothing_to_come,
    refused_by,
    say,
    scopes_of,
    typed_version,
)
from instruments.timespan import Pair, Timespan
from instruments.web import clock, formats
from instruments.web.reasons import each_once
from instruments.web.refusals import show_or_raise

WHEN = ("day", "from", "until_day", "until")
WORDS = ("purpose", "title", "public_title", "reason", "scope", "hazardous", "second_person", "override")


@pages.get("/reservations/series/<int:series_id>/change")
def change_series_form(series_id: int) -> ResponseReturnValue:
    """The form that moves some of it, or changes what they say; `of`: the reservation that it starts from."""
    actor = the_actor()
    row, rows = changeable_series(series_id, actor)
    anchor = anchor_of(rows)
    if anchor is None:
        return nothing_to_come(series_id)
    typed = prefilled(Timespan(anchor.starts_at, anchor.ends_at), anchor.zone)
    scope = "following" if request.args.get("of") else "all"
    told = {
        "purpose": anchor.purpose,
        "title": anchor.title,
        "public_title": anchor.shows_name,
        "scope": scope,
        "hazardous": anchor.hazardous,
    }
    return _change_page(row, rows, anchor, {**typed, **told})


@pages.post("/reservations/series/<int:series_id>/change")
def change_several(series_id: int) -> ResponseReturnValue:
    """Change them, if nothing stands against any, or where that is wished those against which nothing does."""
    actor, now, form = the_actor(), clock.now(), request.form
    row, rows = changeable_series(series_id, actor)
    anchor = anchor_of(rows)
    if anchor is None:
        return nothing_to_come(series_id)
    asked, wanted, decisions = None, None, {}
    try:
        stands = Timespan(anchor.starts_at, anchor.ends_at)
        start, end = typed_span(form, bookable(row.instrument_id).calendar, stands)
        asked = Timespan(start, end).seconds if start < end else None
        wanted = _wanted(row, start, end, now)
        decisions = typed_settling(form, [each.position for each in rows]) if _is_same_question() else {}
        which = Which(form.get("scope", "all"), anchor.position, bool(form.get("leave")), decisions)
        done = perform(lambda: change_series(actor, series_id, which, wanted, typed_version(), now))
    except Refusal as refusal:
        show_or_raise(refusal, *SHOWN_REFUSALS)
        first: list[Stuck] = []
        if wanted is not None and decisions:
            undecided = Which(form.get("scope", "all"), anchor.position)
            first = _stuck_undecided(lambda: change_series(actor, series_id, undecided, wanted, None, now))
        row, rows = changeable_series(series_id, actor)
        return _change_page(row, rows, anchor, form.to_dict(), refusal, asked, first), refusal.status
    say(_said(done), done, row)
    return redirect(url_for(".series_page", series_id=series_id), 303)


def _wanted(row: Any, start: datetime, end: datetime, now: datetime) -> Change:
    form = request.form
    asks_two = choices.safety(bookable(row.instrument_id)) is not None
    return Change(
        start, end, form.get("purpose") or None, " ".join(form.get("title", "").split()),
        bool(form.get("public_title")), form.get("reason", "").strip(), typed_override(form),
        bool(form.get("hazardous")) if asks_two else None,
        second_named(form.get("second_person"), now) if asks_two else None,
    )  # fmt: skip


def _stuck_undecided(change: Callable[[], Done]) -> list[Stuck]:
    """The dates that would stand in the way had nothing been decided about any, with why and what each could have: the
    form is shown again with all of it. Nothing is changed."""

    def tried() -> None:
        change()
        raise Refusal([])

    try:
        perform(tried)
    except Refusal as refusal:
        dates = refusal.details.get("dates")
        return dates if isinstance(dates, list) else []
    return []


def _said(done: Done) -> str:
    changed = ngettext("%(num)s reservation is changed.", "%(num)s reservations are changed.", done.count)
    if not done.dropped:
        return changed
    dropped = ngettext(
        "%(num)s reservation is cancelled, and its time free for others.",
        "%(num)s reservations are cancelled, and their time free for others.",
        done.dropped,
    )
    return f"{changed} {dropped}" if done.count else dropped


def _question(typed: Mapping[str, Any]) -> str:
    """Stands for the times that were asked for: what was decided about single dates counts for these alone."""
    return "|".join(str(typed.get(name, "")) for name in (*WHEN, "scope"))


def _is_same_question() -> bool:
    return request.form.get("question") == _question(request.form)


def _change_page(
    row: Any,
    rows: Sequence[Any],
    anchor: Any,
    typed: dict[str, Any],
    refusal: Refusal | None = None,
    asked: Pair | None = None,
    first: Sequence[Stuck] = (),
) -> str:
    """The form as it was typed; asked: the time typed, if it could be read; first: the dates that were asked about, where
    some of it was decided."""
    thing = bookable(row.instrument_id)
    return render_template(
        "reservations/series_change.html",
        **head(row, rows),
        anchor=anchor,
        span=Timespan(anchor.starts_at, anchor.ends_at),
        typed={name: typed.get(name, "") for name in (*WHEN, *WORDS)},
        scopes=scopes_of(rows, anchor),
        purposes=purposes(),
        needs_reason=needs_reason(the_actor(), row),
        grid_minutes=thing.rules.grid_minutes,
        safety=choices.safety(thing),
        question=_question(typed),
        stuck=_stuck(rows, refusal, asked, thing.calendar.zone.key, first),
        general=list(each_once([each for each in refusal.reasons if each.field is None])) if refusal else [],
        **refused_by(refusal),
    )


def _stuck(
    rows: Sequence[Any], refusal: Refusal | None, asked: Pair | None, zone: str, first: Sequence[Stuck]
) -> list[dict[str, Any]]:
    """The dates that stand in the way, and those about which something was decided already, each with its choices."""
    if refusal is None:
        return []
    dates = refusal.details.get("dates")
    found = {each.position: each for each in dates} if isinstance(dates, list) else {}
    before = {each.position: each for each in first}
    decided = typed_settling(request.form, [each.position for each in rows]) if _is_same_question() else {}
    return [
        _date(
            row,
            found.get(row.position) or before.get(row.position),
            decided.get(row.position),
            asked,
            zone,
            refused=row.position in found,
        )
        for row in rows
        if row.position in found or row.position in decided
    ]


def _date(
    row: Any, stuck: Stuck | None, decided: Decision | None, asked: Pair | None, zone: str, *, refused: bool
) -> dict[str, Any]:
    """refused: what was decided about it cannot be had either, so that it is not chosen again."""
    taken = decided if isinstance(decided, tuple) else None
    offers = dict.fromkeys(each for each in (stuck.offer if stuck else None, taken) if each is not None)
    day = formats.local(row.starts_at, zone).date()
    # Each is as long as the one typed; where another time was given for it, that is what it could not have.
    wanted = stuck.wish if stuck else asked
    options = [
        (f"{TAKE}:{start}-{end}", take_words((start, end), day, zone, wanted)) for start, end in offers
    ]
    options += [(LEAVE, gettext("Leave it as it is")), (DROP, gettext("Cancel it"))]
    chosen = f"{TAKE}:{taken[0]}-{taken[1]}" if taken and not refused else decided
    return {
        "name": f"at-{row.position}",
        "when": formats.when(Timespan(row.starts_at, row.ends_at), zone),
        "reasons": list(each_once(stuck.reasons)) if stuck else [],
        "options": [(value, words, value == chosen) for value, words in options],
    }
