"""What a lab has to confirm: what needs a look each, and what can be confirmed together with what was counted of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal
from instruments.people.models import Lab
from instruments.people.rights import Action
from instruments.people.signing import require, the_actor
from instruments.rates.card import SAMPLE
from instruments.typed import wholes
from instruments.usage import listing, words
from instruments.usage.amending import counts_of, take_back_many
from instruments.usage.confirming import Said, against_many, confirm_many
from instruments.usage.countable import by_code, cards_of
from instruments.usage.customers_named import Names, customers_named
from instruments.usage.keeping import settled_many
from instruments.usage.rules import is_plain
from instruments.usage.views.doors import pages, place, the_lab, use_when
from instruments.usage.views.fields import COUNT, facts_of_row, of_fields
from instruments.web import clock, formats
from instruments.web.fields import page_number, page_of
from instruments.web.language import in_language, is_chinese
from instruments.web.refusals import flash_or_raise, show_or_raise

AT_ONCE = 50
FAULT_WORDS = {"fault_minutes": N_("Minutes"), "fault_reason": N_("Reason")}


@pages.get("/labs/<int:lab_id>/uses")
def worklist(lab_id: int) -> ResponseReturnValue:
    """The uses of a lab by what is to do with them."""
    lab = the_lab(lab_id)
    require(Action.USE_CONFIRM, place(lab))
    counts = listing.counts_of([lab.id])
    view = request.args.get("view", "")
    if view not in listing.VIEWS:
        view = next((each for each in ("nobody", "flagged") if counts[each]), "waiting")
    number = page_number()
    return _page(lab, view, number, done=_numbers(request.args.get("done", "").split("-")))


@pages.post("/labs/<int:lab_id>/uses/tick")
def tick_plain(lab_id: int) -> str:
    """The same list again, with all ticked that need nobody's eyes, and what was typed; nothing is confirmed by it."""
    lab = the_lab(lab_id)
    require(Action.USE_CONFIRM, place(lab))
    return _page(
        lab, "waiting", _page_sent(), chosen=_numbers(request.form.getlist("use")), shown=_shown(), plain=True
    )


@pages.post("/labs/<int:lab_id>/uses/confirm")
def confirm_chosen(lab_id: int) -> ResponseReturnValue:
    """Confirm those that are ticked, each with what was counted of it."""
    lab = the_lab(lab_id)
    actor, now = require(Action.USE_CONFIRM, place(lab)), clock.now()
    chosen, shown = _numbers(request.form.getlist("use")), _shown()
    said: dict[int, Said] = {}
    reasons: list[Reason] = []
    for number in chosen:
        said[number] = Said(facts_of_row(number, reasons), request.form.get(f"version-{number}", type=int))
        reasons += against_many({number: said[number]}, now)
    reasons += _typed_but_not_ticked(lab_id, [number for number in shown if number not in said])
    try:
        if reasons:
            raise Refusal(reasons)
        done, left = perform(lambda: confirm_many(actor, said, now)) if said else ([], [])
    except Refusal as refusal:
        show_or_raise(refusal, 422)
        return _page(the_lab(lab_id), "waiting", _page_sent(), refusal, chosen, shown=shown), refusal.status
    _tell(lab_id, chosen, done, left)
    address = url_for(".worklist", lab_id=lab_id, view="waiting", done="-".join(map(str, done)) or None)
    return redirect(address, 303)


def _shown() -> list[int]:
    """The uses that the form showed, whatever waits by now."""
    return _numbers([name.removeprefix("version-") for name in request.form if name.startswith("version-")])


def _page_sent() -> int:
    return max(1, request.form.get("page", 1, type=int) or 1)


def _typed_but_not_ticked(lab_id: int, numbers: Sequence[int]) -> Iterator[Reason]:
    """Of rows that are not ticked, those of which something was typed: it would be lost in silence."""
    for each in _lines(listing.of_lab(lab_id, "waiting", 2 * AT_ONCE, only=numbers), "waiting", ()):
        if each["differs"]:
            sentence = N_("Something was typed here, but it is not ticked. Tick it, or put back what stood.")
            yield Reason("not_ticked", f"use-{each['row'].id}", sentence)


def _tell(lab_id: int, chosen: Sequence[int], done: Sequence[int], left: Sequence[int]) -> None:
    if not chosen:
        flash(gettext("Nothing was ticked, so nothing was confirmed."), "warn")
    if done:
        flash(ngettext("%(num)s use confirmed.", "%(num)s uses confirmed.", len(done)), "free")
    if left:
        words_left = ngettext(
            "%(num)s was left, as it changed or needs a look: %(which)s.",
            "%(num)s were left, as they changed or need a look each: %(which)s.",
            len(left),
            which=formats.listing([_whose(row) for row in listing.these(lab_id, left)]),
        )
        flash(words_left, "warn")


@pages.post("/labs/<int:lab_id>/uses/take-back")
def take_back_chosen(lab_id: int) -> ResponseReturnValue:
    """Let those wait again that were just confirmed together: all, or none where one cannot."""
    actor, now = require(Action.USE_CONFIRM, place(the_lab(lab_id))), clock.now()
    chosen = _numbers(request.form.getlist("use"))

    try:
        number = perform(lambda: take_back_many(actor, chosen, now))
    except Refusal as refusal:
        flash_or_raise(refusal, 409, 412, 422)
    else:
        taken = ngettext("%(num)s confirmation taken back.", "%(num)s confirmations taken back.", number)
        flash(taken, "free")
    return redirect(url_for(".worklist", lab_id=lab_id, view="waiting"), 303)


def _numbers(texts: Sequence[str]) -> list[int]:
    """The numbers of uses that a form or an address names, each once."""
    return wholes(texts)[: 2 * AT_ONCE]


def _page(
    lab: Lab, view: str, number: int, refusal: Refusal | None = None, chosen: Sequence[int] = (), *,
    done: Sequence[int] = (), shown: Sequence[int] | None = None, plain: bool = False,
) -> str:  # fmt: skip
    """The page of a view. shown: these uses alone, as a form had them; chosen: those that are ticked; plain: and these."""
    counts, offset = listing.counts_of([lab.id]), (number - 1) * AT_ONCE
    rows = listing.of_lab(lab.id, view, AT_ONCE, 0 if shown else offset, only=shown or None)
    if not rows and not shown:
        page_of(listing.count_in(lab.id, view), AT_ONCE)
    lines = _lines(rows, view, chosen)
    for each in lines:
        each["ticked"] = each["ticked"] or (plain and each["plain"])
    return render_template(
        "usage/worklist.html",
        lab=lab, name=in_language(lab.name_en, lab.name_zh), view=view, counts=counts, rows=lines, number=number,
        more=listing.of_lab(lab.id, view, 1, offset + AT_ONCE), at_once=AT_ONCE, done=done,
        plain=sum(each["plain"] for each in lines), reasons=of_fields(refusal),
        labels={name: f"{each['whose']} · {title}" if title else each["whose"]
                for each in lines for name, title in _titles(each)},
    )  # fmt: skip


def _titles(line: dict[str, Any]) -> list[tuple[str, str]]:
    """The fields of a row with their words, as a summary of what is wrong names them after whose they are."""
    number = line["row"].id
    found = [(name, title) for name, title, _ in line["fields"]]
    found += [(f"{name}-{number}", gettext(title)) for name, title in FAULT_WORDS.items()]
    return [(f"use-{number}", ""), *found]


def _whose(row: Any, customers: Names = ()) -> str:
    """By which a row is known: who, on what, when."""
    parts = [words.used_by(row, customers), in_language(row.instrument_en, row.instrument_zh)]
    if row.ended_at and row.ended_at > row.started_at:
        parts.append(use_when(row, row.zone))
    else:
        parts.append(gettext("since %(moment)s", moment=formats.moment(row.started_at, row.zone)))
    return ("，" if is_chinese() else ", ").join(parts)


def _lines(rows: Sequence[Any], view: str, chosen: Sequence[int]) -> list[dict[str, Any]]:
    numbers = [row.id for row in rows]
    # As the page of each use says it: what came after the confirmation does not count.
    found = settled_many(numbers, clock.now(), listing.confirmed_until(rows)) if rows else {}
    asked = view == "waiting" and bool(rows)
    customers = customers_named(the_actor(), rows)
    cards, counted = (cards_of(numbers), counts_of(numbers)) if asked else ({}, {})
    lines = []
    for row in rows:
        card = cards.get(row.id)
        fields = _fields(row, by_code(card) if card else (), counted.get(row.id, {})) if asked else []
        lines.append({
            "row": row,
            "whose": _whose(row, customers.get(row.id, ())),
            "name": in_language(row.instrument_en, row.instrument_zh),
            "user": words.used_by(row, customers.get(row.id, ())),
            "kind": gettext(words.KIND_WORDS[row.kind]),
            "length": words.length_words(found[row.id].used),
            "mix": words.mix_words(found[row.id]),
            "flags": words.flag_words(row.flags),
            "due": formats.moment(row.confirm_by, row.zone) if row.confirm_by else "",
            "ticked": row.id in chosen,
            "plain": asked and is_plain(found[row.id], row.mode, row.operator_minutes, row.samples,
                                        by_sample=bool(card and card.of(SAMPLE))),
            "fields": [(name, title, request.form.get(name, stands)) for name, title, stands in fields],
            "differs": any(request.form.get(name, stands).strip() != stands for name, _, stands in fields)
                       or any(request.form.get(f"{name}-{row.id}", "").strip() for name in FAULT_WORDS),
            "fault": {name: request.form.get(f"{name}-{row.id}", "") for name in FAULT_WORDS},
        })  # fmt: skip
    return lines


def _fields(row: Any, kinds: Sequence[Any], counted: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """What is asked of a use in the list: (name of the field, its words, what stands)."""
    return [
        (f"samples-{row.id}", gettext("Number of samples"), "" if row.samples is None else str(row.samples)),
        (f"operator_minutes-{row.id}", gettext("Operator, min"), str(row.operator_minutes or "")),
        *(
            (
                f"{COUNT}{row.id}-{rate.code}",
                formats.own_words(rate.name or rate.code),
                counted.get(rate.code, ""),
            )
            for rate in kinds
        ),
    ]
