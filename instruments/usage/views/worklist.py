"""What a lab has to confirm: what needs a look each, and what can be confirmed together."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from instruments.database.transactions import perform
from instruments.people.rights import Action
from instruments.people.signing import require
from instruments.usage import listing, words
from instruments.usage.confirming import confirm_many
from instruments.usage.keeping import settled_many
from instruments.usage.views.doors import pages, place, the_lab
from instruments.web import clock, formats
from instruments.web.language import in_language

AT_ONCE = 50


@pages.get("/labs/<int:lab_id>/uses")
def worklist(lab_id: int) -> ResponseReturnValue:
    """The uses of a lab by what is to do with them."""
    lab = the_lab(lab_id)
    require(Action.USE_CONFIRM, place(lab))
    counts = listing.counts_of([lab.id])
    view = request.args.get("view", "")
    if view not in listing.VIEWS:
        view = "flagged" if counts["flagged"] else "waiting"
    number = max(1, min(request.args.get("page", 1, type=int) or 1, 1000))
    rows = list(listing.of_lab(lab.id, view, AT_ONCE + 1, (number - 1) * AT_ONCE))
    return render_template(
        "usage/worklist.html",
        lab=lab, name=in_language(lab.name_en, lab.name_zh), view=view, counts=counts,
        rows=_lines(rows[:AT_ONCE]), number=number, more=len(rows) > AT_ONCE, at_once=AT_ONCE,
    )  # fmt: skip


@pages.post("/labs/<int:lab_id>/uses/confirm")
def confirm_chosen(lab_id: int) -> ResponseReturnValue:
    """Confirm those that are ticked, as they stand."""
    lab = the_lab(lab_id)
    actor, now = require(Action.USE_CONFIRM, place(lab)), clock.now()
    chosen = [
        int(text)
        for text in request.form.getlist("use")
        if text.isascii() and text.isdigit() and len(text) < 18
    ]
    done, left = perform(lambda: confirm_many(actor, chosen, now)) if chosen else ([], [])
    if not chosen:
        flash(gettext("Nothing was ticked, so nothing was confirmed."), "warn")
    elif done:
        flash(ngettext("%(num)s use confirmed.", "%(num)s uses confirmed.", len(done)), "free")
    if left:
        flash(
            ngettext(
                "%(num)s was left: look at it by itself.",
                "%(num)s were left: look at each by itself.",
                len(left),
            ),
            "warn",
        )
    return redirect(url_for(".worklist", lab_id=lab_id, view="waiting"), 303)


def _lines(rows: list[Any]) -> list[dict[str, Any]]:
    found = settled_many([row.id for row in rows], clock.now()) if rows else {}
    return [
        {
            "row": row,
            "name": in_language(row.instrument_en, row.instrument_zh),
            "user": in_language(row.user_en, row.user_zh),
            "kind": gettext(words.KIND_WORDS[row.kind]),
            "length": words.length_words(found[row.id].used),
            "mix": words.mix_words(found[row.id]),
            "flags": words.flag_words(row.flags),
            "due": formats.moment(row.confirm_by, row.zone) if row.confirm_by else "",
        }
        for row in rows
    ]
