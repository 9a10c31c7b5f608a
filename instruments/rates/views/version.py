"""One version of a card: what it says, what it would leave without a price, what typical uses cost; and its steps."""

from __future__ import annotations

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments import typed
from instruments.database import db
from instruments.people.models import Person
from instruments.people.rights import Action, Scope, may
from instruments.rates import drafting
from instruments.rates.described import differences, lines_of, other_differences
from instruments.rates.drafting import described
from instruments.rates.looking import look
from instruments.rates.owners import card_of, versions_of
from instruments.rates.steps import STEPS, Told
from instruments.rates.terms import DRAFT, MODES, PROPOSED, PUBLISHED
from instruments.rates.views.doors import (
    card_address,
    class_names,
    name_of,
    pages,
    sent_version,
    step,
    trail_of,
    version_seen,
)
from instruments.web import clock
from instruments.web.reasons import sentence

ONE = "/price-versions/<int:number>"
_NAMES = ", ".join(f"'{name}'" for name in STEPS)


@pages.get(ONE)
def version(number: int) -> str:
    """What it says and what it would do."""
    row, owner, actor = version_seen(number)
    looked, lines = look(row, clock.now()), lines_of(described(row))
    asked = Scope(owner.scope.institution_id, owner.scope.lab_id, asked_by=row.proposed_by_id)
    approves = may(actor, Action.PRICES_APPROVE, owner.scope)
    edits = may(actor, Action.PRICES_EDIT, owner.scope)
    today = owner.today(clock.now())
    return render_template(
        "rates/version.html",
        row=row,
        owner=owner,
        name=name_of(owner),
        trail=trail_of(owner),
        said=looked.said,
        looked=looked,
        examples=[(each.mode, sentence(each.words), each.amounts) for each in looked.examples],
        problems=[sentence(each) for each in looked.reasons],
        lines_by_mode=[(mode, [each for each in lines.items() if each[0][0] == mode]) for mode in MODES],
        classes=class_names(owner.lab.id),
        proposer=db.session.get(Person, row.proposed_by_id) if row.proposed_by_id else None,
        approver=db.session.get(Person, row.approved_by_id) if row.approved_by_id else None,
        can={
            "edit": edits and row.state == DRAFT,
            "take_back": edits and row.state == PROPOSED,
            "approve": row.state == PROPOSED and may(actor, Action.PRICES_APPROVE, asked),
            "own": row.state == PROPOSED and approves and row.proposed_by_id == actor.person_id,
            "end": approves and row.state == PUBLISHED and (row.valid_to is None or row.valid_to > today),
            "withdraw": approves and row.state == PUBLISHED and row.valid_from > today,
        },
        today=today,
        others=[each for each in versions_of(card_of(owner)) if each.id != row.id],
    )


@pages.post(f"{ONE}/<any({_NAMES}):name>")
def take_step(number: int, name: str) -> ResponseReturnValue:
    """Propose it, take it back, approve it, send it back, end or withdraw it."""
    _, _, actor = version_seen(number)
    taken, seen, now = STEPS[name], sent_version(), clock.now()
    told = Told(request.form.get("reason", ""), typed.day(request.form.get("last_day", "")))
    address = f"/price-versions/{number}"
    return step(address, lambda: taken.act(actor, number, seen, told, now), gettext(taken.done))


@pages.post(f"{ONE}/discard")
def discard(number: int) -> ResponseReturnValue:
    """Throw a draft away."""
    _, owner, actor = version_seen(number)
    seen, now = sent_version(), clock.now()
    thrown_away = gettext("The draft is thrown away.")
    return step(card_address(owner), lambda: drafting.discard(actor, number, seen, now), thrown_away)


@pages.get(f"{ONE}/compare")
def compare(number: int) -> ResponseReturnValue:
    """What tells it apart from another version of any card that I may see."""
    row, owner, _ = version_seen(number)
    other = request.args.get("with", 0, type=int)
    if not other:
        return redirect(f"/price-versions/{number}", 303)
    before, whose, _ = version_seen(other)
    old, new = described(before), described(row)
    return render_template(
        "rates/compare.html",
        row=row,
        before=before,
        owner=owner,
        whose=name_of(whose),
        trail=trail_of(owner),
        prices=differences(old, new),
        other=[name for name, _, _ in other_differences(old, new)],
        classes=class_names(whose.lab.id) | class_names(owner.lab.id),
    )
