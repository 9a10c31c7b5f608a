"""Which instruments a purchase is compared with: searched over all institutions, and put beside it one by one."""

from __future__ import annotations

from functools import partial

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.errors import N_, Reason, Refusal
from instruments.utilization import periods
from instruments.utilization.purchases import reviewing
from instruments.utilization.purchases.comparing import alternatives
from instruments.utilization.purchases.models import SIGNED
from instruments.utilization.purchases.rules import tells_elsewhere
from instruments.utilization.purchases.seeing import A_PAGE, candidates, class_choices, class_named, digits_of
from instruments.utilization.purchases.views.doors import ONE, done, pages, to_change
from instruments.utilization.views.words import period_words
from instruments.web import clock
from instruments.web.fields import number_typed, page_number, page_of
from instruments.web.language import in_language
from instruments.web.reasons import by_field

LONGEST_WORDS = 200


@pages.get(f"{ONE}/instruments")
def candidates_page(review_id: int) -> ResponseReturnValue:
    """What could be put beside the purchase, of its class unless one looks further."""
    return _page(review_id)


def _page(review_id: int, refusal: Refusal | None = None) -> ResponseReturnValue:
    _, review = to_change(review_id)
    if review.state == SIGNED:
        return redirect(url_for(".one", review_id=review_id), 303)
    asked = request.args
    words, page = asked.get("q", "")[:LONGEST_WORDS], page_number()
    everything = asked.get("class") == "all"
    code = "" if everything else digits_of(review.class_code)
    marked = [each.instrument_id for each in alternatives(review.id)]
    total, rows = candidates(review.institution_id, words, code, marked, page)
    page = page_of(total, A_PAGE)
    names = {number: in_language(en, zh) for number, en, zh, _ in class_choices()}
    chosen = class_named(review.class_code)
    period = periods.read(review.period)
    shown = render_template(
        "utilization/purchase_candidates.html",
        period=period_words(period), tells_elsewhere=tells_elsewhere(period),
        review=review, home=review.institution, rows=rows, total=total, page=page, size=A_PAGE, words=words,
        everything=everything, class_name=in_language(*chosen) if chosen else "", marked=len(marked), names=names,
        base=url_for(".candidates_page", review_id=review_id, q=words, **({"class": "all"} if everything else {})),
        refused=by_field(refusal), typed=request.form,
    )  # fmt: skip
    return shown, refusal.status if refusal else 200


@pages.post(f"{ONE}/instruments")
def add(review_id: int) -> ResponseReturnValue:
    """Put an instrument beside the purchase, as one that could serve instead, with the reason."""
    actor, _ = to_change(review_id)
    number = number_typed("instrument_id")
    if number is None:
        return _page(
            review_id,
            Refusal([Reason("not_found", "instrument_id", N_("There is no such instrument."))]),
        )
    act = partial(
        reviewing.mark, actor, review_id, None, number, clock.now(),
        substitutable=True, reason=request.form.get("reason", "").strip(),
    )  # fmt: skip
    told = {name: request.args[name] for name in ("q", "class", "page") if name in request.args}
    address = url_for(".candidates_page", review_id=review_id, **told)
    return done(
        act, gettext("It stands in the comparison now."), address, lambda refusal: _page(review_id, refusal)
    )
