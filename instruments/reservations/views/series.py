"""One series: look at it, change or cancel one of it, that and those that follow, or all that is to come; the lab's answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.people.rights import Action, Actor
from instruments.people.signing import the_actor
from instruments.reservations.bookable import bookable
from instruments.reservations.lookup import allowed, require_change
from instruments.reservations.models import OPEN_STATES
from instruments.reservations.series.changing import (
    Done,
    Which,
    answer_series,
    cancel_series,
)
from instruments.reservations.series.finding import reservations_of, series_row, version_of, visible
from instruments.reservations.series.making import refusal_of
from instruments.reservations.series.words import dates_words, rule_of
from instruments.reservations.views.approvals import answered_words, series_without_reason
from instruments.reservations.views.doors import by_form_field, names_of, pages
from instruments.timespan import Timespan
from instruments.web import clock
from instruments.web.reasons import in_full
from instruments.web.refusals import flash_or_raise, show_or_raise

WHEN = ("day", "from", "until_day", "until")
SHOWN_REFUSALS = (409, 412, 422)


@pages.get("/reservations/series/<int:series_id>")
def series_page(series_id: int) -> ResponseReturnValue:
    """The rule, what is next, and every reservation that came of it."""
    actor, now = the_actor(), clock.now()
    row, rows = series_row(series_id, actor), reservations_of(series_id)
    seen = visible(rows, actor)
    coming = [each for each in seen if _is_to_come(each)]
    return render_template(
        "reservations/series.html",
        **head(row, rows),
        coming=len(coming),
        next=coming[0] if coming else None,
        lines=[(each, Timespan(each.starts_at, each.ends_at), _is_to_come(each)) for each in seen],
        can_change=bool(coming)
        and coming[-1].starts_at > now
        and allowed(actor, Action.RESERVATION_CHANGE, row),
        now=now,
    )


@pages.get("/reservations/series/<int:series_id>/cancel")
def cancel_series_form(series_id: int) -> ResponseReturnValue:
    """The form that cancels some of it."""
    row, rows = changeable_series(series_id, the_actor())
    anchor = anchor_of(rows)
    if anchor is None:
        return nothing_to_come(series_id)
    return _cancel_page(row, rows, anchor, "following" if request.args.get("of") else "all")


@pages.post("/reservations/series/<int:series_id>/cancel")
def cancel_several(series_id: int) -> ResponseReturnValue:
    """Cancel them, with a reason."""
    actor, now, form = the_actor(), clock.now(), request.form
    row, rows = changeable_series(series_id, actor)
    anchor = anchor_of(rows)
    if anchor is None:
        return nothing_to_come(series_id)
    which, reason = (
        Which(form.get("scope", "all"), anchor.position, bool(form.get("leave"))),
        form.get("reason", ""),
    )
    try:
        done = perform(lambda: cancel_series(actor, series_id, which, reason, typed_version(), now))
    except Refusal as refusal:
        show_or_raise(refusal, *SHOWN_REFUSALS)
        row, rows = changeable_series(series_id, actor)
        return _cancel_page(row, rows, anchor, which.scope, reason, refusal), refusal.status
    said = ngettext(
        "%(num)s reservation is cancelled, and its time free for others.",
        "%(num)s reservations are cancelled, and their time free for others.",
        done.count,
    )
    say(said, done, row)
    return redirect(url_for(".series_page", series_id=series_id), 303)


@pages.post("/reservations/series/<int:series_id>/answer")
def answer_whole_series(series_id: int) -> ResponseReturnValue:
    """Approve or decline for the lab all that the series asks for."""
    actor, now, form = the_actor(), clock.now(), request.form
    row = series_row(series_id, actor)
    approves, message = form.get("do") == "approve", form.get("message", "")
    if not approves and not message.strip():
        return series_without_reason(row.lab_id, form.get("request", 0, type=int)), 422
    try:
        done = perform(lambda: answer_series(actor, series_id, approves, message, typed_version(), now))
    except Refusal as refusal:
        flash_or_raise(refusal, 403, *SHOWN_REFUSALS)
    else:
        say(answered_words(done.count, approved=approves), done, row)
    return redirect(url_for(".approvals", lab_id=row.lab_id), 303)


def head(row: Any, rows: Sequence[Any]) -> dict[str, Any]:
    """What every page of a series shows above."""
    return {
        "row": row,
        "names": names_of(row.instrument_id),
        # Some or all may have moved since.
        "rule": dates_words(rule_of(row), [each for each in visible(rows, the_actor()) if _is_to_come(each)]),
        "version": version_of(row, rows),
        "zone": bookable(row.instrument_id).calendar.zone.key,
    }


def _is_to_come(row: Any) -> bool:
    return row.state in OPEN_STATES and row.ends_at > clock.now()


def changeable_series(series_id: int, actor: Actor) -> tuple[Any, Sequence[Any]]:
    """The series and its reservations, for who may change it; raises otherwise."""
    row = series_row(series_id, actor)
    require_change(actor, row)
    return row, reservations_of(series_id)


def anchor_of(rows: Sequence[Any]) -> Any:
    """The reservation that one starts from: the one named, else the next that has not begun; None where none is left."""
    now, named = clock.now(), request.values.get("of", 0, type=int)
    coming = [each for each in rows if each.state in OPEN_STATES and each.starts_at > now]
    return next((each for each in coming if each.id == named), coming[0] if coming else None)


def typed_version() -> int:
    """The version that the form was filled from."""
    return request.form.get("version", 0, type=int)


def nothing_to_come(series_id: int) -> ResponseReturnValue:
    """Back to the series, of which nothing is left to change."""
    flash(gettext("Nothing of this series is still to come."), "warn")
    return redirect(url_for(".series_page", series_id=series_id), 303)


def say(words: str, done: Done, row: Any) -> None:
    """Say what was done, and what stayed as it is."""
    flash(words, "free")
    if done.left:
        left = refusal_of(done.left, bookable(row.instrument_id))
        flash(gettext("Left as they are: %(why)s", why=" ".join(map(in_full, left.reasons))), "warn")


def scopes_of(rows: Sequence[Any], anchor: Any) -> list[tuple[str, str, str]]:
    """Which are meant, each with how many that is."""
    now = clock.now()
    coming = [each for each in rows if each.state in OPEN_STATES and each.starts_at > now]
    following = [each for each in coming if each.position >= anchor.position]
    return [
        ("this", gettext("This one"), ""),
        ("following", gettext("This and those that follow"), _count(following)),
        ("all", gettext("All that have not begun"), _count(coming)),
    ]


def _count(rows: Sequence[Any]) -> str:
    return ngettext("%(num)s reservation", "%(num)s reservations", len(rows))


def _cancel_page(
    row: Any, rows: Sequence[Any], anchor: Any, scope: str, reason: str = "", refusal: Refusal | None = None
) -> str:
    return render_template(
        "reservations/series_cancel.html",
        **head(row, rows),
        anchor=anchor,
        span=Timespan(anchor.starts_at, anchor.ends_at),
        scope=scope,
        scopes=scopes_of(rows, anchor),
        reason=reason,
        **refused_by(refusal),
    )


def refused_by(refusal: Refusal | None) -> dict[str, Any]:
    """What stands against single ones, for a list of its own, and the rest by the field of the form."""
    if refusal is None:
        return {"refused": [], "by_field": {}}
    dated = [in_full(reason) for reason in refusal.reasons if reason.field in ("occurrences", None)]
    by_field = by_form_field(refusal)
    return {
        "refused": dated,
        "by_field": {name: said for name, said in by_field.items() if name not in ("occurrences", "")},
    }
