"""One purchase review: the comparison, the opinion, and its signature."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.errors import Refusal
from instruments.people.signing import the_actor
from instruments.utilization import periods
from instruments.utilization.begun import begun
from instruments.utilization.places import known_beside
from instruments.utilization.purchases import reviewing
from instruments.utilization.purchases.comparing import compared, digest_of, is_old
from instruments.utilization.purchases.models import SIGNED
from instruments.utilization.purchases.rules import whole
from instruments.utilization.purchases.seeing import the_review
from instruments.utilization.purchases.views.doors import (
    ONE,
    bring_up_to_date,
    done,
    pages,
    to_change,
)
from instruments.utilization.purchases.views.words import AUDIENCE_WORDS, CONCLUSION_WORDS, WITHHELD_WORDS
from instruments.utilization.thresholds import thresholds
from instruments.utilization.views.words import GRADE_WORDS, period_words
from instruments.web import clock, versions
from instruments.web.reasons import by_field


@pages.get(ONE)
def one(review_id: int) -> ResponseReturnValue:
    """A review as somebody sees it."""
    review, _ = the_review(the_actor(), review_id)
    bring_up_to_date(review, clock.now())
    return _page(review_id)


def _page(review_id: int, refusal: Refusal | None = None, marked: int | None = None) -> ResponseReturnValue:
    """marked: the instrument of which something was refused."""
    review, edits = the_review(the_actor(), review_id)
    rows = compared(review, clock.now(), known_beside(the_actor(), review.institution_id))
    page = render_template(
        "utilization/purchase.html",
        review=review, home=review.institution, rows=rows, whole=whole(rows), period=periods.read(review.period),
        digest=review.digest if review.state == SIGNED else digest_of(review, rows), old=is_old(rows),
        edits=edits and review.state != SIGNED, conclusions=CONCLUSION_WORDS, audiences=AUDIENCE_WORDS,
        grade_words=GRADE_WORDS, withheld_words=WITHHELD_WORDS, full=thresholds().full_hours, threshold=thresholds().amount,
        period_words=period_words, typed=request.form,
        refused=by_field(refusal), amount_of=Decimal, marked=marked, begun=begun(),
        conclusion_choices=[(code, gettext(words), "") for code, words in CONCLUSION_WORDS.items()],
    )  # fmt: skip
    return page, refusal.status if refusal else 200


@pages.post(f"{ONE}/opinion")
def opinion(review_id: int) -> ResponseReturnValue:
    """Keep what somebody thinks of it; it is signed apart."""
    actor, _ = to_change(review_id)
    form = request.form
    act = partial(
        reviewing.write_opinion, actor, review_id, versions.typed(),
        form.get("conclusion", ""), form.get("opinion", "").strip(), clock.now(),
    )  # fmt: skip
    return _done(review_id, act, gettext("Saved. It is not signed yet."))


@pages.post(f"{ONE}/sign")
def sign(review_id: int) -> ResponseReturnValue:
    """Sign it; from then on it never changes."""
    actor, review = to_change(review_id)
    digest, known = request.form.get("digest", ""), known_beside(actor, review.institution_id)
    act = partial(reviewing.sign, actor, review_id, versions.typed(), digest, clock.now(), known)
    return _done(review_id, act, gettext("Signed. It does not change any more."))


@pages.post(f"{ONE}/instruments/<int:instrument_id>")
def mark(review_id: int, instrument_id: int) -> ResponseReturnValue:
    """Say whether an instrument could serve instead, or take it out."""
    actor, _ = to_change(review_id)
    form, now = request.form, clock.now()
    if form.get("do") == "take_out":
        act = partial(reviewing.unmark, actor, review_id, versions.typed(), instrument_id, now)
        return _done(review_id, act, gettext("Taken out of the comparison."))
    act = partial(
        reviewing.mark, actor, review_id, versions.typed(), instrument_id, now,
        substitutable=form.get("substitutable") == "1", reason=form.get("reason", "").strip(),
    )  # fmt: skip
    return _done(review_id, act, gettext("Saved."), instrument_id)


@pages.post(f"{ONE}/give-up")
def give_up(review_id: int) -> ResponseReturnValue:
    """Take the draft away."""
    actor, review = to_change(review_id)
    back = url_for(".reviews", institution_id=review.institution_id)
    act = partial(reviewing.give_up, actor, review_id, versions.typed(), clock.now())
    return done(act, gettext("The draft is taken away."), back, lambda refusal: _page(review_id, refusal))


def _done(
    review_id: int, act: partial[None], words: str, instrument_id: int | None = None
) -> ResponseReturnValue:
    address = url_for(".one", review_id=review_id)
    return done(act, words, address, lambda refusal: _page(review_id, refusal, instrument_id))
