"""Doors of notices in a browser: the list, one opened, all read, what one wishes to be told, and letters in doubt."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from instruments.database.transactions import deed
from instruments.errors import N_, Reason, Refusal
from instruments.mail import send
from instruments.notices import doubtful, listing, preferences
from instruments.notices.kinds import BY_CODE
from instruments.notices.letters import number_of
from instruments.notices.sentences import names_for, path_of, say
from instruments.people.rights import Action, Scope
from instruments.people.signing import require, the_actor
from instruments.web import clock, paging
from instruments.web.reasons import by_field, sentence

pages = Blueprint("notices", __name__)
A_PAGE = 25


@pages.get("/notices")
def mine() -> ResponseReturnValue:
    """My notices, the unread first."""
    actor, now = the_actor(), clock.now()
    after = paging.decode(request.args.get("after"), (int, int))
    rows = listing.page(actor.person_id, after, A_PAGE)
    shown, cursor = paging.page(rows, A_PAGE, lambda row: [row.unread, row.id])
    names = names_for([row.detail for row in shown])
    following = cursor and url_for("notices.mine", after=cursor)
    return render_template(
        "notices/mine.html",
        rows=[(row, say(row, names, actor.zone, now)) for row in shown],
        newest=max((row.id for row in shown), default=0),
        zone=actor.zone,
        first=url_for("notices.mine") if after else None,
        following=following,
    )


@pages.get("/notices/<int:notice_id>")
def open_notice(notice_id: int) -> ResponseReturnValue:
    """Mark one as read, and go to what it is about."""
    actor = the_actor()
    with deed():
        row = listing.read(actor.person_id, notice_id, clock.now())
    return redirect(path_of(row.thing_kind, row.thing_id), 303)


@pages.post("/notices/<int:notice_id>/read")
def mark_read(notice_id: int) -> ResponseReturnValue:
    """Mark one as read, and stay on the list."""
    with deed():
        listing.read(the_actor().person_id, notice_id, clock.now())
    return redirect(url_for("notices.mine"), 303)


@pages.post("/notices/read")
def mark_all_read() -> ResponseReturnValue:
    """Mark as read all that were there when the page was made."""
    with deed():
        listing.read_all(the_actor().person_id, request.form.get("up_to", 0, type=int), clock.now())
    return redirect(url_for("notices.mine"), 303)


@pages.route("/profile/notices", methods=["GET", "POST"])
def wishes() -> ResponseReturnValue:
    """What I wish to be told of: a line for each kind, in the app and by mail."""
    actor = the_actor()
    if request.method == "GET":
        return _wishes(preferences.choices(actor))
    in_app, by_mail = (set(request.form.getlist(name)) for name in ("in_app", "by_mail"))
    hours = {kind.code: request.form.get(f"hours.{kind.code}", "") for kind in preferences.kinds_for(actor)}
    try:
        with deed():
            preferences.choose(actor, in_app, by_mail, hours, clock.now())
    except Refusal as refusal:
        return _wishes(preferences.typed(actor, in_app, by_mail), refusal), refusal.status
    flash(gettext("What you are told is saved."), "free")
    return redirect(url_for("notices.wishes"), 303)


def _wishes(choices: list[preferences.Choice], refusal: Refusal | None = None) -> str:
    topics: dict[str, list[Any]] = {}
    for choice in choices:
        topics.setdefault(choice.kind.topic, []).append(choice)
    return render_template(
        "notices/wishes.html",
        topics=topics,
        hours=preferences.HOURS,
        reasons=by_field(refusal),
        mail=the_actor().mail,
        delivered=send.is_delivered(),
    )


@pages.get("/platform/letters")
def letters_in_doubt() -> ResponseReturnValue:
    """The letters of which nobody knows whether they arrived, the oldest first."""
    actor = require(Action.LETTERS_DECIDE, Scope())
    after = paging.decode(request.args.get("after"), (int, int))
    rows = doubtful.page(after, A_PAGE)
    shown, cursor = paging.page(rows, A_PAGE, lambda row: [row.since, row.id])
    count, _, newest = doubtful.how_many()
    return render_template(
        "notices/in_doubt.html",
        rows=[(row, BY_CODE[row.kind], send.message_id(number_of(row.notice_id, row.at))) for row in shown],
        count=count,
        up_to=int(newest.timestamp()) if newest else 0,
        zone=actor.zone,
        first=url_for("notices.letters_in_doubt") if after else None,
        following=cursor and url_for("notices.letters_in_doubt", after=cursor),
    )


@pages.post("/platform/letters/<int:letter_id>")
def decide_letter(letter_id: int) -> ResponseReturnValue:
    """Say of one letter that it arrived, or send it again."""
    actor = require(Action.LETTERS_DECIDE, Scope())
    try:
        with deed():
            doubtful.decide([letter_id], _decision(), actor.person_id, clock.now())
    except Refusal as refusal:
        flash(" ".join(sentence(reason) for reason in refusal.reasons), "bad")
    else:
        _flash_decided(1)
    return redirect(url_for("notices.letters_in_doubt"), 303)


@pages.post("/platform/letters")
def decide_letters() -> ResponseReturnValue:
    """Say it of all that were in doubt when the page was made."""
    actor = require(Action.LETTERS_DECIDE, Scope())
    up_to = request.form.get("up_to", 0, type=int)
    with deed():
        count = doubtful.decide_all(up_to, _decision(), actor.person_id, clock.now())
    _flash_decided(count)
    return redirect(url_for("notices.letters_in_doubt"), 303)


def _decision() -> str:
    decision = request.form.get("decision", "")
    if decision not in doubtful.DECISIONS:
        raise Refusal([Reason("decision", "decision", N_("Say whether it arrived, or is to be sent again."))])
    return decision


def _flash_decided(count: int) -> None:
    if request.form["decision"] == "arrived":
        words = ngettext(
            "%(num)s letter is noted as arrived.", "%(num)s letters are noted as arrived.", count
        )
    else:
        words = ngettext("%(num)s letter is sent again.", "%(num)s letters are sent again.", count)
    flash(words, "free")
