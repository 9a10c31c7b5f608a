"""Whose reservations a lab decides on, as a form: a lab's rule, and what one instrument has instead."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from instruments.availability.owners import Owner, lab_of
from instruments.availability.views.doors import scope_of, the_owner
from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal
from instruments.people.audience import CIRCLES
from instruments.people.models import Lab
from instruments.people.rights import Action
from instruments.people.signing import require
from instruments.qualifications.rule_setting import NOT_ITS_OWN
from instruments.qualifications.rule_words import saved_words
from instruments.reservations.approval_rules import objections
from instruments.reservations.approval_setting import (
    Wanted,
    approval_rule_row,
    rule_of_lab,
    set_approval_rule,
)
from instruments.reservations.approval_words import circle_words, rule_in_words
from instruments.reservations.models import ApprovalRuleRow
from instruments.reservations.views.doors import pages, version_again
from instruments.typed import signed
from instruments.web import clock
from instruments.web.reasons import by_field

ADDRESS = "/<any(labs, instruments):kind>/<int:owner_id>/approval"


@pages.get(ADDRESS)
def approval_rule(kind: str, owner_id: int) -> ResponseReturnValue:
    """What is set."""
    owner = the_owner(kind, owner_id)
    require(Action.RULES_EDIT, scope_of(owner))
    return _page(kind, owner, _typed(approval_rule_row(owner), owner), _version(owner))


@pages.post(ADDRESS)
def save_approval_rule(kind: str, owner_id: int) -> ResponseReturnValue:
    """Set all of it at once."""
    owner = the_owner(kind, owner_id)
    actor, now = require(Action.RULES_EDIT, scope_of(owner)), clock.now()
    version = request.form.get("version", 0, type=int)
    try:
        wanted = _wanted(owner)

        def act() -> None:
            # The deed ended the transaction that the owner was read in.
            set_approval_rule(actor, the_owner(kind, owner_id), wanted, version, now)

        perform(act)
    except Refusal as refusal:
        seen = version_again(refusal, version, lambda: _version(the_owner(kind, owner_id)))
        return _page(kind, the_owner(kind, owner_id), _sent(), seen, refusal), refusal.status
    flash(saved_words(in_force=wanted.own), "free")
    return redirect(url_for(".approval_rule", kind=kind, owner_id=owner_id), 303)


def _version(owner: Owner) -> int:
    row = approval_rule_row(owner)
    return row.version if row else 0


def _typed(row: ApprovalRuleRow | None, owner: Owner) -> dict[str, Any]:
    """The fields as they are set; a new rule begins with the partners and companies, who are strangers to the lab."""
    if row is None:
        return {
            "own": "" if not isinstance(owner, Lab) else "1",
            "circles": [], "above_minutes": "", "decided_by": "staff", "deadline_hours": 24, "own_together": "",
        }  # fmt: skip
    return {
        "own": "1" if row.in_force else "",
        "circles": [circle for circle in CIRCLES if getattr(row, f"for_{circle}")],
        "above_minutes": "" if row.above_minutes is None else row.above_minutes,
        "decided_by": "managers" if row.managers_only else "staff",
        "deadline_hours": row.deadline_hours,
        "own_together": row.own_together,
    }


def _sent() -> dict[str, Any]:
    form = request.form
    return {
        "own": form.get("own", ""),
        "circles": form.getlist("circles"),
        "above_minutes": form.get("above_minutes", ""),
        "decided_by": form.get("decided_by", "staff"),
        "deadline_hours": form.get("deadline_hours", ""),
        "own_together": form.get("own_together", ""),
    }


def _wanted(owner: Owner) -> Wanted:
    """What was typed; raises Refusal with every reason why it cannot be read or cannot stand."""
    sent = _sent()
    numbers: dict[str, int | None] = {}
    unread = []
    for name in ("above_minutes", "deadline_hours"):
        text = str(sent[name]).strip()
        numbers[name] = signed(text)
        if text and numbers[name] is None:
            unread.append(Reason("number", name, N_("Enter a whole number.")))
    circles = frozenset(sent["circles"])
    if unread:
        named = {reason.field for reason in unread}
        more = objections(circles, numbers["above_minutes"], numbers["deadline_hours"])
        raise Refusal([*unread, *(reason for reason in more if reason.field not in named)])
    wanted = Wanted(
        circles,
        numbers["above_minutes"],
        sent["decided_by"] == "managers",
        numbers["deadline_hours"],
        bool(sent["own_together"]),
        isinstance(owner, Lab) or bool(sent["own"]),
    )
    if not wanted.own and wanted != _set(owner):
        raise Refusal([NOT_ITS_OWN, *objections(circles, wanted.above_minutes, wanted.deadline_hours)])
    return wanted


def _set(owner: Owner) -> Wanted:
    """What the fields below said before, without being in force."""
    before = _typed(approval_rule_row(owner), owner)
    return Wanted(
        frozenset(before["circles"]), before["above_minutes"] or None, before["decided_by"] == "managers",
        before["deadline_hours"], bool(before["own_together"]), own=False,
    )  # fmt: skip


def _page(
    kind: str, owner: Owner, typed: dict[str, Any], version: int, refusal: Refusal | None = None
) -> str:
    lab = lab_of(owner)
    of_lab = None if isinstance(owner, Lab) else rule_of_lab(lab.id)
    return render_template(
        "reservations/approval_rule.html",
        kind=kind,
        owner=owner,
        lab=lab,
        typed=typed,
        version=version,
        reasons=by_field(refusal),
        circles=[(circle, words[:1].upper() + words[1:]) for circle, words in _circles()],
        lab_rule=rule_in_words(of_lab) if of_lab else "",
    )


def _circles() -> list[tuple[str, str]]:
    return [(circle, circle_words(circle)) for circle in CIRCLES]
