"""Statements to come as pages for those who pay: look at each line, and object to it in two clicks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.charges.closing.letterheads import payers, sender
from instruments.charges.closing.objections_over import is_over
from instruments.charges.closing.papers import payer_lines, payer_names, what
from instruments.charges.closing.seeing import A_PAGE
from instruments.charges.closing.to_come import heads_for, lines_for, open_months, the_month
from instruments.charges.closing.views.doors import note_look, nothing_here, of_units, pages
from instruments.charges.closing.views.explaining import NOTHING, Explained, explained
from instruments.charges.disputing import dispute
from instruments.charges.sight import OF_GROUP, scopes
from instruments.charges.states import DISPUTED
from instruments.database.transactions import perform
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.people.models import Institution
from instruments.people.rights import Action, Actor, Role, Scope, may
from instruments.people.signing import the_actor
from instruments.web import clock
from instruments.web.language import in_language
from instruments.web.reasons import by_field

ONE = "/statements/to-come/<int:closing_id>"
# What is said with one click, in both languages, because the lab may read the other one.
USUAL: Mapping[str, tuple[str, str]] = {
    "not_ours": (N_("Not our use"), "This was not our use / 不是我方的使用"),
    "too_long": (N_("Too long"), "The time is too long / 计时过长"),
    "fault": (N_("The instrument failed"), "The instrument did not work / 仪器当时有故障"),
    "fund": (N_("Wrong fund"), "It is on the wrong fund / 经费记错"),
}


def drafts_of(actor: Actor) -> list[dict[str, Any]]:
    """The months that lie open for somebody's objections, and what they would pay."""
    found = []
    for closing in open_months():
        heads = heads_for(actor, closing)
        if heads:
            home: Institution = closing.institution
            found.append({
                "id": closing.id, "month": closing.month, "until": closing.objections_until,
                "is_over": is_over(closing, clock.now()),
                "name": in_language(home.name_en, home.name_zh),
                "sums": [
                    (payer_names(named)[0], of_units(int(row.total), row.currency), row.currency)
                    for row, named in zip(heads, payers(heads), strict=True)
                ],
            })  # fmt: skip
    return found


@pages.get(ONE)
def to_come(closing_id: int) -> ResponseReturnValue:
    """What I would pay, line by line."""
    return _page(the_actor(), closing_id)


def _page(actor: Actor, closing_id: int, refusal: Refusal | None = None, at: int = 0) -> ResponseReturnValue:
    closing = the_month(closing_id)
    before = max(request.args.get("before", 0, type=int), 0)
    heads = heads_for(actor, closing)
    if not heads:
        raise nothing_here()
    lines = lines_for(actor, closing, before, A_PAGE + 1)
    why = explained([line.charge_id for line in lines[:A_PAGE]])
    house = sender(closing.institution_id)
    address = partial(url_for, ".to_come", closing_id=closing_id)
    page = render_template(
        "charges/to_come.html",
        closing=closing,
        is_over=is_over(closing, clock.now()),
        house=in_language(house["name_en"], house["name_zh"]),
        parts=_parts(actor, closing, heads, lines[:A_PAGE], why),
        following=address(before=before + A_PAGE) if len(lines) > A_PAGE else None,
        first=address() if before else None,
        usual=[(code, gettext(words)) for code, (words, _) in USUAL.items()],
        reasons=by_field(refusal), refused_at=at, typed=request.form,
    )  # fmt: skip
    if any(row.person != actor.person_id and not _own(actor, row) for row in heads):
        note_look(
            actor, ("institution", closing.institution_id), closing.institution_id, f"to come {closing.month}"
        )
    return page, refusal.status if refusal else 200


def _own(actor: Actor, row: Any) -> bool:
    """Whether it is the actor's own group's or company's money: such a look is not noted."""
    return row.research_group in scopes(actor, *OF_GROUP) or row.institution in scopes(
        actor, Role.COMPANY_MANAGER
    )


def _parts(
    actor: Actor, closing: Any, heads: Any, lines: Any, why: Mapping[int, Explained]
) -> list[dict[str, Any]]:
    """Payer by payer what it comes to, with those of its lines that stand on this page."""
    found = []
    for row, named in zip(heads, payers(heads), strict=True):
        key = (row.institution, row.person, row.research_group, row.currency)
        own = [
            line
            for line in lines
            if (line.institution, line.person, line.research_group, line.currency) == key
        ]
        if own:
            objects = _may_object(actor, row)
            found.append({
                "payer": payer_lines(named), "currency": row.currency, "total": of_units(int(row.total), row.currency),
                "due": of_units(int(row.total) - int(row.internal) - int(row.prepaid), row.currency),
                "disputed": of_units(int(row.disputed), row.currency), "count": int(row.lines),
                "waiting": int(row.waiting),
                "lines": [_line(line, closing.month, why.get(line.charge_id, NOTHING), objects) for line in own],
            })  # fmt: skip
    return found


def _may_object(actor: Actor, row: Any) -> bool:
    group = frozenset({row.research_group}) if row.research_group else frozenset[int]()
    person = frozenset({row.person}) if row.person else frozenset[int]()
    return may(actor, Action.CHARGE_DISPUTE, Scope(row.institution or None, None, group, person))


def _line(line: Any, month: str, why: Explained, objects: bool) -> dict[str, Any]:
    """A line in words, with its chain."""
    day = date.fromisoformat(line.service_on) if isinstance(line.service_on, str) else line.service_on
    return {
        "charge_id": line.charge_id, "day": day, "what": what(line), "lab": in_language(line.lab_en, line.lab_zh),
        "person": in_language(line.person_en, line.person_zh), "fund": line.fund_code, "reason": line.reason,
        "earlier": f"{day:%Y-%m}" < month, "pays": of_units(line.amount_units, line.currency),
        "charge": of_units(line.charge_units, line.currency), "disputed": line.state == DISPUTED,
        "objects": objects and line.state == "posted" and line.kind != "reversal",
        "why": why,
    }  # fmt: skip


@pages.post(f"{ONE}/object")
def object_to(closing_id: int) -> ResponseReturnValue:
    """Object to a line: the lab answers, and it is not on this statement."""
    actor, charge_id = the_actor(), request.form.get("charge_id", 0, type=int)
    the_month(closing_id)
    chosen = USUAL.get(request.form.get("usual", ""))
    reason = chosen[1] if chosen else request.form.get("reason", "")
    try:
        perform(partial(dispute, actor, charge_id, reason, None, clock.now()))
    except NotFound:
        raise
    except Refusal as refusal:
        own = Refusal([_beside(each, charge_id) for each in refusal.reasons])
        return _page(actor, closing_id, own, charge_id)
    flash(gettext("The lab reads your objection and answers. The line waits for a later statement."), "free")
    before = request.args.get("before", type=int)
    return redirect(url_for(".to_come", closing_id=closing_id, before=before), 303)


def _beside(reason: Reason, charge_id: int) -> Reason:
    """The reason at the field of its line: the page has one for each."""
    field = f"reason-{charge_id}" if reason.field == "reason" else reason.field
    return replace(reason, field=field)
