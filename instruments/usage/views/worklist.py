"""What a lab has to confirm: what needs a look each, and what can be confirmed together with what was counted of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Reason, Refusal
from instruments.people.models import Lab
from instruments.people.rights import Action
from instruments.people.signing import require
from instruments.usage import listing, words
from instruments.usage.amending import counts_of, take_back_confirmation
from instruments.usage.confirming import Said, confirm_many
from instruments.usage.countable import countable
from instruments.usage.keeping import settled_many
from instruments.usage.views.doors import pages, place, the_lab
from instruments.usage.views.fields import COUNT, facts_of_row
from instruments.web import clock, formats
from instruments.web.language import in_language
from instruments.web.reasons import by_field

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
    return _page(lab, view, number, done=_numbers(request.args.get("done", "").split("-")))


@pages.post("/labs/<int:lab_id>/uses/confirm")
def confirm_chosen(lab_id: int) -> ResponseReturnValue:
    """Confirm those that are ticked, each with what was counted of it."""
    lab = the_lab(lab_id)
    actor, now = require(Action.USE_CONFIRM, place(lab)), clock.now()
    chosen = _numbers(request.form.getlist("use"))
    reasons: list[Reason] = []
    said = {
        number: Said(facts_of_row(number, reasons), request.form.get(f"version-{number}", type=int))
        for number in chosen
    }
    try:
        if reasons:
            raise Refusal(reasons)
        done, left = perform(lambda: confirm_many(actor, said, now)) if said else ([], [])
    except Refusal as refusal:
        db.session.rollback()
        if refusal.status != 422:
            raise
        number = request.form.get("page", 1, type=int) or 1
        return _page(the_lab(lab_id), "waiting", max(1, number), refusal, chosen), refusal.status
    _tell(chosen, done, left)
    address = url_for(".worklist", lab_id=lab_id, view="waiting", done="-".join(map(str, done)) or None)
    return redirect(address, 303)


def _tell(chosen: Sequence[int], done: Sequence[int], left: Sequence[int]) -> None:
    if not chosen:
        flash(gettext("Nothing was ticked, so nothing was confirmed."), "warn")
    if done:
        flash(ngettext("%(num)s use confirmed.", "%(num)s uses confirmed.", len(done)), "free")
    if left:
        words_left = ngettext(
            "%(num)s was left: look at it by itself.", "%(num)s were left: look at each by itself.", len(left)
        )
        flash(words_left, "warn")


@pages.post("/labs/<int:lab_id>/uses/take-back")
def take_back_chosen(lab_id: int) -> ResponseReturnValue:
    """Let those wait again that were just confirmed together: all, or none where one cannot."""
    actor, now = require(Action.USE_CONFIRM, place(the_lab(lab_id))), clock.now()
    chosen = _numbers(request.form.getlist("use"))

    def act() -> int:
        for number in chosen:
            take_back_confirmation(actor, number, None, now)
        return len(chosen)

    try:
        number = perform(act)
    except Refusal as refusal:
        db.session.rollback()
        if refusal.status not in (409, 412, 422):
            raise
        flash(" ".join(sentence for each in by_field(refusal).values() for sentence in each), "bad")
    else:
        taken = ngettext("%(num)s confirmation taken back.", "%(num)s confirmations taken back.", number)
        flash(taken, "free")
    return redirect(url_for(".worklist", lab_id=lab_id, view="waiting"), 303)


def _numbers(texts: Sequence[str]) -> list[int]:
    """The numbers of uses that a form or an address names, each once."""
    found = [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 18]
    return list(dict.fromkeys(found))[: 2 * AT_ONCE]


def _page(
    lab: Lab, view: str, number: int, refusal: Refusal | None = None, chosen: Sequence[int] | None = None,
    done: Sequence[int] = (),
) -> str:  # fmt: skip
    rows = list(listing.of_lab(lab.id, view, AT_ONCE + 1, (number - 1) * AT_ONCE))
    return render_template(
        "usage/worklist.html",
        lab=lab, name=in_language(lab.name_en, lab.name_zh), view=view, counts=listing.counts_of([lab.id]),
        rows=_lines(rows[:AT_ONCE], view, chosen), number=number, more=len(rows) > AT_ONCE, at_once=AT_ONCE,
        reasons=_of_rows(refusal), done=done,
    )  # fmt: skip


def _of_rows(refusal: Refusal | None) -> dict[str, list[str]]:
    """The sentences by the field of the row that they belong to: "uses.12.samples" is the field samples-12."""
    found: dict[str, list[str]] = {}
    for field, sentences in by_field(refusal).items():
        parts = (field or "").split(".", 2)
        name = f"{parts[2]}-{parts[1]}" if len(parts) == 3 and parts[0] == "uses" else field
        found.setdefault(name, []).extend(sentences)
    return found


def _lines(rows: Sequence[Any], view: str, chosen: Sequence[int] | None) -> list[dict[str, Any]]:
    numbers = [row.id for row in rows]
    found = settled_many(numbers, clock.now()) if rows else {}
    asked = view == "waiting" and bool(rows)
    kinds, counted = (countable(numbers), counts_of(numbers)) if asked else ({}, {})
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
            "ticked": chosen is None or row.id in chosen,
            "fields": _fields(row, kinds.get(row.id, ()), counted.get(row.id, {})) if asked else [],
            "fault": {
                name: request.form.get(f"{name}-{row.id}", "") for name in ("fault_minutes", "fault_reason")
            },
        }
        for row in rows
    ]


def _fields(row: Any, kinds: Sequence[Any], counted: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """What is asked of a use in the list: (name of the field, its words, what it holds)."""
    found = [
        (f"samples-{row.id}", gettext("Number of samples"), row.samples),
        (f"operator_minutes-{row.id}", gettext("Operator, min"), row.operator_minutes or ""),
    ]
    found += [
        (
            f"{COUNT}{row.id}-{rate.code}",
            formats.own_words(rate.name or rate.code),
            counted.get(rate.code, ""),
        )
        for rate in kinds
    ]
    return [(name, title, _held(name, value)) for name, title, value in found]


def _held(name: str, standing: Any) -> str:
    """What was typed into a field, or what stands."""
    return request.form.get(name, "" if standing is None else str(standing))
