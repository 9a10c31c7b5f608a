"""What instruments ask of their users, as a form: a lab's rule, and what one instrument has instead."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from instruments.catalog.models import Instrument
from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal
from instruments.people.models import Lab
from instruments.people.rights import Action, Scope
from instruments.people.signing import require
from instruments.qualifications.models import QualificationRule
from instruments.qualifications.rule_setting import (
    FIELDS,
    NOT_ITS_OWN,
    WantedRule,
    clock_words,
    rule_objections,
    rule_row,
    set_rule,
)
from instruments.qualifications.rule_words import rule_in_words, saved_words
from instruments.qualifications.subjects import Owner
from instruments.qualifications.views.doors import pages, the
from instruments.typed import whole
from instruments.web import clock
from instruments.web.reasons import by_field
from instruments.web.refusals import show_or_raise

ADDRESS = "/<any(labs, instruments):kind>/<int:owner_id>/qualification-rule"
TICKS = ("days_off", "admission", "two_at_night", "two_if_hazardous")


@pages.get(ADDRESS)
def rule(kind: str, owner_id: int) -> ResponseReturnValue:
    """What is set."""
    owner = _owner(kind, owner_id)
    require(Action.RULES_EDIT, scope_of(owner))
    row = rule_row(owner)
    return _page(kind, owner, _typed(row, owner), row.version if row else 0)


@pages.post(ADDRESS)
def save_rule(kind: str, owner_id: int) -> ResponseReturnValue:
    """Set all of it at once."""
    owner = _owner(kind, owner_id)
    actor, now = require(Action.RULES_EDIT, scope_of(owner)), clock.now()
    version = request.form.get("version", 0, type=int)
    try:
        wanted = _wanted(owner)
        # The deed ended the transaction that the owner was read in.
        perform(lambda: set_rule(actor, _owner(kind, owner_id), wanted, version, now))
    except Refusal as refusal:
        show_or_raise(refusal)
        owner = _owner(kind, owner_id)
        row = rule_row(owner)
        seen = (row.version if row else 0) if refusal.status == 412 else version
        return _page(kind, owner, _sent(), seen, refusal), refusal.status
    flash(saved_words(in_force=wanted.in_force), "free")
    return redirect(url_for(".rule", kind=kind, owner_id=owner_id), 303)


def scope_of(owner: Owner) -> Scope:
    """Where the owner stands."""
    return Scope(owner.institution_id, owner.id if isinstance(owner, Lab) else owner.lab_id)


def _owner(kind: str, owner_id: int) -> Owner:
    return the(Lab, owner_id) if kind == "labs" else the(Instrument, owner_id)


def _typed(row: QualificationRule | None, owner: Owner) -> dict[str, Any]:
    if row is None:
        own = "1" if isinstance(owner, Lab) else ""
        return {"own": own, "level": "", "night_level": "", "night_from": "", "night_until": ""}
    return {
        "own": "1" if row.in_force else "",
        "level": row.level,
        "night_level": row.night_level,
        "night_from": clock_words(row.night_from),
        "night_until": clock_words(row.night_until),
        **{name: getattr(row, name) for name in TICKS},
    }


def _sent() -> dict[str, Any]:
    names = ("own", "level", "night_level", "night_from", "night_until", *TICKS)
    return {name: request.form.get(name, "") for name in names}


def _wanted(owner: Owner) -> WantedRule:
    """What was typed; raises Refusal with every reason why it cannot be read or cannot stand."""
    sent, unread = _sent(), list[Reason]()
    times = {name: _minute(name, unread) for name in ("night_from", "night_until")}
    wanted = WantedRule(
        sent["level"], sent["night_level"], times["night_from"], times["night_until"],
        *(bool(sent[name]) for name in TICKS), in_force=isinstance(owner, Lab) or bool(sent["own"]),
    )  # fmt: skip
    if unread:
        more = [each for each in rule_objections(wanted) if not (each.field or "").startswith("night_")]
        raise Refusal([*unread, *more])
    if not wanted.in_force and wanted != _set(owner):
        raise Refusal([NOT_ITS_OWN, *rule_objections(wanted)])
    return wanted


def _set(owner: Owner) -> WantedRule:
    """What the fields below said before, without being in force."""
    row = rule_row(owner)
    before = {name: getattr(row, name) for name in FIELDS} if row else {}
    return WantedRule(**before, in_force=False)


def _minute(name: str, unread: list[Reason]) -> int | None:
    text = request.form.get(name, "").strip()
    if not text:
        return None
    hours, _, minutes = text.partition(":")
    hour, minute = whole(hours, 2), whole(minutes, 2)
    if hour is None or minute is None or hour > 23 or minute > 59:
        unread.append(Reason("time", name, N_("Write a time, like 20:00.")))
        return None
    return hour * 60 + minute


def _page(
    kind: str, owner: Owner, typed: dict[str, Any], version: int, refusal: Refusal | None = None
) -> str:
    lab = owner if isinstance(owner, Lab) else owner.lab
    of_lab = None if isinstance(owner, Lab) else rule_row(lab)
    return render_template(
        "qualifications/rule.html",
        kind=kind,
        owner=owner,
        lab=lab,
        typed=typed,
        version=version,
        reasons=by_field(refusal),
        lab_rule=" ".join(rule_in_words(of_lab)) if of_lab else "",
    )
