"""What the doors of purchase reviews share: the blueprint, who may change one, figures that are up to date, a form refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal

from flask import Blueprint, flash, redirect
from flask.typing import ResponseReturnValue

from instruments.availability.institution_days import today_of
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Reason, Refusal
from instruments.people.models import Institution
from instruments.people.rights import Action, Actor, Scope
from instruments.people.signing import require, the_actor
from instruments.utilization import periods
from instruments.utilization.edges import months_until
from instruments.utilization.purchases.comparing import alternatives
from instruments.utilization.purchases.models import SIGNED, PurchaseReview
from instruments.utilization.purchases.reviewing import refused
from instruments.utilization.purchases.rules import Proposal, period_of
from instruments.utilization.purchases.seeing import the_review
from instruments.utilization.tasks import freshen
from instruments.web import clock
from instruments.web.refusals import show_or_raise

pages = Blueprint("purchases", __name__)
ONE = "/purchases/<int:review_id>"
SHOWN = (412, 422)
# So many months of instruments are worked out while somebody waits.
AT_ONCE = 500


def to_change(review_id: int) -> tuple[Actor, PurchaseReview]:
    """Who asks and the review that they may write; NotFound or Forbidden where they may not."""
    review, _ = the_review(the_actor(), review_id)
    return require(Action.PURCHASE_EDIT, Scope(review.institution_id)), review


def bring_up_to_date(review: PurchaseReview, now: datetime) -> int:
    """Work out what is missing or old of its instruments; how many months. Ends what was read before."""
    if review.state == SIGNED:
        return 0
    numbers = [each.instrument_id for each in alternatives(review.id)]
    months = months_until(periods.read(review.period), now.date())
    return freshen(months, now, numbers, AT_ONCE) if numbers else 0


def today_there(institution_id: int) -> date:
    """The date on the institution's wall."""
    return today_of(db.session.get_one(Institution, institution_id), clock.now())


def proposal_of(
    today: date, name: str, class_code: str | None, amount: Decimal | None, need: str, period: str,
    already: Sequence[Reason] = (),
) -> Proposal:  # fmt: skip
    """What is to be bought, as somebody sent it; already: what could not be read. Raises Refusal with every reason."""
    reasons = list(already)
    try:
        months = period_of(period, today)
    except Refusal as refusal:
        reasons += refusal.reasons
        months = period_of("", today)
    wanted = Proposal(name.strip(), class_code, amount, need.strip(), months)
    if reasons:
        raise Refusal([*reasons, *refused(wanted)])
    return wanted


def done(
    act: Callable[[], object], words: str, address: str, again: Callable[[Refusal], ResponseReturnValue]
) -> ResponseReturnValue:
    """Do it and go on, or show the page again with every reason."""
    try:
        perform(act)
    except Refusal as refusal:
        show_or_raise(refusal, *SHOWN)
        return again(refusal)
    flash(words, "free")
    return redirect(address, 303)
