"""The purchase reviews of an institution as a page, and the form of what is to be bought."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.database.transactions import perform
from instruments.errors import Reason, Refusal
from instruments.funds.views.doors import amount_typed
from instruments.people.models import Institution
from instruments.people.rights import Action, Scope, may
from instruments.people.signing import the_actor
from instruments.utilization import periods
from instruments.utilization.purchases import reviewing
from instruments.utilization.purchases.models import SIGNED, PurchaseReview
from instruments.utilization.purchases.reviewing import IS_SIGNED
from instruments.utilization.purchases.rules import Proposal, choices
from instruments.utilization.purchases.seeing import class_choices, class_named, reviews_of, the_institution
from instruments.utilization.purchases.views.doors import (
    ONE,
    SHOWN,
    done,
    pages,
    proposal_of,
    to_change,
    today_there,
)
from instruments.utilization.purchases.views.words import CONCLUSION_WORDS
from instruments.utilization.thresholds import thresholds
from instruments.utilization.views.words import period_words
from instruments.web import clock, versions
from instruments.web.language import in_language
from instruments.web.reasons import by_field
from instruments.web.refusals import show_or_raise

OF = "/institutions/<int:institution_id>/purchases"
FIELDS = ("name", "class", "amount", "need", "period")


@pages.get(OF)
def reviews(institution_id: int) -> ResponseReturnValue:
    """What an institution reviewed, the newest first."""
    actor = the_actor()
    home = the_institution(actor, institution_id)
    return render_template(
        "utilization/purchases.html",
        home=home, reviews=reviews_of(home.id), conclusions=CONCLUSION_WORDS, threshold=thresholds().amount,
        edits=may(actor, Action.PURCHASE_EDIT, Scope(home.id)),
    )  # fmt: skip


@pages.get(f"{OF}/new")
def new(institution_id: int) -> ResponseReturnValue:
    """The form of a new review."""
    home = the_institution(the_actor(), institution_id, Action.PURCHASE_EDIT)
    return _form(home, {}, None)


@pages.post(f"{OF}/new")
def begin(institution_id: int) -> ResponseReturnValue:
    """Begin it."""
    actor = the_actor()
    home = the_institution(actor, institution_id, Action.PURCHASE_EDIT)
    try:
        number = perform(partial(reviewing.begin, actor, home.id, _typed(home.id), clock.now()))
    except Refusal as refusal:
        show_or_raise(refusal, *SHOWN)
        return _form(the_institution(actor, institution_id), request.form, None, refusal)
    return redirect(url_for(".candidates_page", review_id=number), 303)


@pages.get(f"{ONE}/edit")
def edit(review_id: int) -> ResponseReturnValue:
    """The form of what a draft says; what is signed is told as it stays, with the sentence why."""
    _, review = to_change(review_id)
    if review.state == SIGNED:
        flash(gettext(IS_SIGNED), "warn")
        return redirect(url_for(".one", review_id=review_id), 303)
    told = {
        "name": review.name, "class": review.class_code or "", "need": review.need, "period": review.period,
        "amount": "" if review.amount is None else f"{review.amount:.2f}",
    }  # fmt: skip
    return _form(review.institution, told, review)


@pages.post(f"{ONE}/edit")
def save(review_id: int) -> ResponseReturnValue:
    """Change it."""
    actor, review = to_change(review_id)

    def again(refusal: Refusal) -> ResponseReturnValue:
        _, fresh = to_change(review_id)
        return _form(fresh.institution, request.form, fresh, refusal)

    try:
        wanted = _typed(review.institution_id)
    except Refusal as refusal:
        return again(refusal)
    act = partial(reviewing.change, actor, review_id, versions.typed(), wanted, clock.now())
    return done(act, gettext("Saved."), url_for(".one", review_id=review_id), again)


def _typed(institution_id: int) -> Proposal:
    """What was typed; raises Refusal with every reason why it cannot be read."""
    form, reasons = request.form, list[Reason]()
    amount = amount_typed("amount", "CNY", reasons)
    return proposal_of(
        today_there(institution_id), form.get("name", ""), form.get("class") or None, amount and amount.amount,
        form.get("need", ""), form.get("period", ""), reasons,
    )  # fmt: skip


def _form(
    home: Institution, typed: Any, review: PurchaseReview | None, refusal: Refusal | None = None
) -> ResponseReturnValue:
    rows = class_choices()
    groups = [
        (in_language(en, zh), [(code, in_language(en, zh)), *_below(rows, code)])
        for code, en, zh, above in rows
        if not above
    ]
    chosen = class_named(typed.get("class"))
    if chosen and typed["class"] not in {row[0] for row in rows}:
        groups.insert(0, (gettext("Chosen"), [(typed["class"], in_language(*chosen))]))
    offered = [(period.code, period_words(period)) for period in choices(today_there(home.id))]
    if review is not None and review.period not in dict(offered):
        offered.insert(0, (review.period, period_words(periods.read(review.period))))
    page = render_template(
        "utilization/purchase_form.html",
        home=home, typed=typed, review=review, classes=groups, periods=offered, refused=by_field(refusal),
    )  # fmt: skip
    return page, refusal.status if refusal else 200


def _below(rows: list[tuple[str, str, str, str]], code: str) -> list[tuple[str, str]]:
    return [(number, in_language(en, zh)) for number, en, zh, above in rows if above == code]
