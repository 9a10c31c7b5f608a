"""Outside calendars of a lab or an instrument as pages: add, upload, refresh, pause, remove, and what became of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import FileStorage

from instruments.availability.hours import Owner, lab_of
from instruments.availability.views.doors import kind_of, scope_of, the_owner
from instruments.calendars import conflicts, subscribing, tasks
from instruments.calendars.models import CalendarSubscription
from instruments.calendars.subscribing import owner_of, the_subscription
from instruments.calendars.views.doors import pages
from instruments.calendars.words import state_of, unread_of
from instruments.catalog.views.uploads import chosen_file
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.jobs import alarm
from instruments.people.models import Lab
from instruments.people.rights import Action, Actor, may
from instruments.people.signing import require
from instruments.timespan import Timespan
from instruments.web import clock
from instruments.web.limits import limiter
from instruments.web.multipart import kept_for_a_deed
from instruments.web.reasons import by_field

OWNED = "/<any(labs, instruments):kind>/<int:owner_id>/calendars"
ONE = "/calendars/subscriptions/<int:number>"


@pages.get(OWNED)
def calendars_page(kind: str, owner_id: int) -> ResponseReturnValue:
    """The outside calendars of a lab or an instrument, and the forms that add one."""
    owner = the_owner(kind, owner_id)
    _allowed(owner)
    return _list_page(owner)


@pages.post(OWNED)
@limiter.limit("60 per hour")
def add_calendar(kind: str, owner_id: int) -> ResponseReturnValue:
    """Subscribe to an address, or keep an uploaded file; the worker fetches and reads it."""
    actor = _allowed(the_owner(kind, owner_id))
    given = {"name": request.form.get("name", ""), "actor_id": actor.person_id, "now": clock.now()}
    try:
        if request.form.get("do") == "file":
            file = chosen_file()
            with kept_for_a_deed(file, keep_sent, drop_kept) as kept:
                called = file.filename or ""
                number = perform(
                    lambda: (
                        subscribing.add_file(
                            the_owner(kind, owner_id), **given, file_name=called, upload=kept.take()
                        ).id
                    )
                )
        else:
            address = request.form.get("address", "")
            number = perform(
                lambda: subscribing.add_address(the_owner(kind, owner_id), **given, address=address).id
            )
    except Refusal as refusal:
        return _list_page(the_owner(kind, owner_id), refusal), refusal.status
    alarm.wake("calendars.refresh", number)
    return redirect(url_for(".calendar_page", number=number), 303)


@pages.get(ONE)
def calendar_page(number: int) -> ResponseReturnValue:
    """One outside calendar: how it stands, what could not be read, and whose reservations it hits."""
    row, actor = _mine(number)
    return _one_page(row, actor)


@pages.get(f"{ONE}/state")
def calendar_state(number: int) -> ResponseReturnValue:
    """How it stands, asked again while it is being read; then the whole page is asked for, as its lists have changed."""
    row, _ = _mine(number)
    shown = _shown(row)
    response = make_response(render_template("calendars/state.html", **shown))
    if shown["state"].code != "waiting":
        response.headers["HX-Refresh"] = "true"
    return response


@pages.post(f"{ONE}/refresh")
@limiter.limit("60 per hour")
def refresh_calendar(number: int) -> ResponseReturnValue:
    """Ask it again now."""
    _mine(number)
    perform(lambda: subscribing.ask_now(the_subscription(number), clock.now()))
    alarm.wake("calendars.refresh", number)
    if state_of(the_subscription(number), clock.now()).code == "waiting":
        flash(gettext("It is being read. How it went is shown here as soon as it is known."), "free")
    return redirect(url_for(".calendar_page", number=number), 303)


@pages.post(f"{ONE}/pause")
def pause_calendar(number: int) -> ResponseReturnValue:
    """Ask it no more until it is resumed."""
    _do(number, subscribing.pause)
    flash(gettext("Paused. What it closed stays closed."), "free")
    return redirect(url_for(".calendar_page", number=number), 303)


@pages.post(f"{ONE}/resume")
def resume_calendar(number: int) -> ResponseReturnValue:
    """Ask it again."""
    _do(number, subscribing.resume)
    alarm.wake("calendars.refresh", number)
    return redirect(url_for(".calendar_page", number=number), 303)


@pages.post(f"{ONE}/file")
@limiter.limit("60 per hour")
def newer_file(number: int) -> ResponseReturnValue:
    """Upload a newer file in the place of the last."""
    _mine(number)
    try:
        with kept_for_a_deed(chosen_file(), keep_sent, drop_kept) as kept:
            left = _do(number, lambda row, **by: subscribing.newer_file(row, kept.take(), **by))
    except Refusal as refusal:
        if refusal.status != Refusal.status:
            raise
        return _one_page(*_mine(number), refusal), refusal.status
    drop_kept(left)
    alarm.wake("calendars.refresh", number)
    return redirect(url_for(".calendar_page", number=number), 303)


@pages.post(f"{ONE}/remove")
def remove_calendar(number: int) -> ResponseReturnValue:
    """End it; what it closed from now on is open again."""
    row, _ = _mine(number)
    owner = owner_of(row)
    back = url_for(".calendars_page", kind=kind_of(owner), owner_id=owner.id)
    tasks.files().forget(_do(number, subscribing.remove))
    flash(gettext("Removed. What it closed from now on is open again."), "free")
    return redirect(back, 303)


def _mine(number: int) -> tuple[CalendarSubscription, Actor]:
    row = the_subscription(number)
    return row, _allowed(owner_of(row))


def _allowed(owner: Owner) -> Actor:
    return require(Action.CALENDARS_EDIT, scope_of(owner))


def _do(number: int, act: Callable[..., Any]) -> Any:
    _, actor = _mine(number)
    person_id, now = actor.person_id, clock.now()
    return perform(lambda: act(the_subscription(number), actor_id=person_id, now=now))


def keep_sent(file: FileStorage) -> str:
    """Keep a file that was sent, unread; its name below the folder for files."""
    name = tasks.files().new()
    file.save(tasks.files().path(name))
    file.close()
    return name


def drop_kept(name: str) -> None:
    """Remove a file that was kept and will not be read."""
    tasks.files().forget([name])


def _list_page(owner: Owner, refusal: Refusal | None = None) -> str:
    rows = subscribing.subscriptions_of(owner)
    single = subscribing.of_instruments_in(owner) if isinstance(owner, Lab) else ()
    found = conflicts.counts([row.id for row in (*rows, *single)], clock.now())
    return render_template(
        "calendars/subscriptions.html",
        owner=owner,
        kind=kind_of(owner),
        lab=lab_of(owner),
        rows=[(row, state_of(row, clock.now()), found.get(row.id, 0)) for row in (*rows, *single)],
        minutes=current_app.config["CALENDAR_REFRESH_MINUTES"],
        typed=request.form,
        reasons=by_field(refusal),
    )


def _one_page(row: CalendarSubscription, actor: Actor, refusal: Refusal | None = None) -> str:
    owner, now = owner_of(row), clock.now()
    hit = conflicts.within(row.id, now)
    return render_template(
        "calendars/subscription.html",
        owner=owner,
        kind=kind_of(owner),
        hit=[(each, Timespan(each.starts_at, each.ends_at)) for each in hit],
        most=conflicts.MOST_SHOWN,
        sees=may(actor, Action.RESERVATION_SEE, scope_of(owner)),
        unread=unread_of(row),
        reasons=by_field(refusal),
        **_shown(row),
    )


def _shown(row: CalendarSubscription) -> dict[str, Any]:
    return {
        "row": row,
        "lab": lab_of(owner_of(row)),
        "state": state_of(row, clock.now()),
        "report": row.report or {},
    }
