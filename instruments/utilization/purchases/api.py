"""Doors for programs: purchase reviews, what they compare with, the opinion, and signing."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from apiflask import APIBlueprint
from flask import Response

from instruments.database import db
from instruments.database.transactions import perform
from instruments.people.bearer import token_required
from instruments.people.rights import Action, Actor
from instruments.people.signing import the_actor
from instruments.rounding import half_up
from instruments.utilization.begun import begun
from instruments.utilization.places import known_beside
from instruments.utilization.purchases import reviewing, rules
from instruments.utilization.purchases.comparing import Row, compared, digest_of
from instruments.utilization.purchases.models import SIGNED, PurchaseReview
from instruments.utilization.purchases.schemas import (
    PurchaseAlternativeIn,
    PurchaseOpinionIn,
    PurchaseReviewChange,
    PurchaseReviewIn,
    PurchaseReviewOut,
    PurchaseReviewsOut,
    PurchaseReviewsQuery,
    PurchaseSignatureIn,
)
from instruments.utilization.purchases.seeing import reviews_of, the_institution, the_review
from instruments.utilization.purchases.views.doors import (
    bring_up_to_date,
    proposal_of,
    to_change,
    today_there,
)
from instruments.web import clock, paging, versions
from instruments.web.answers import Made, answer, made_once
from instruments.web.incoming import Incoming, asks, takes, whole

api = APIBlueprint("purchases_api", __name__, url_prefix="/api/v1", tag="Purchase reviews")
OF = "/institutions/<int:institution_id>/purchases"
ONE = "/purchases/<int:review_id>"
ALTERNATIVE = f"{ONE}/instruments/<int:instrument_id>"


@api.get(OF)
@token_required("reports:read")
@asks(api, PurchaseReviewsQuery)
@api.output(PurchaseReviewsOut)
@api.doc(responses=[404])
def purchase_reviews(institution_id: int, query: PurchaseReviewsQuery) -> Response:
    """The purchase reviews of an institution."""
    home = the_institution(the_actor(), institution_id)
    before = (paging.decode(query.cursor, (int,)) or [None])[0]
    found = reviews_of(home.id, before, query.limit + 1)
    shown = found[: query.limit]
    following = paging.encode([shown[-1].id]) if len(found) > query.limit else None
    return answer({"items": [_told(each) for each in shown], "next": following})


@api.post(OF)
@token_required("reports:write")
@takes(api, PurchaseReviewIn)
@api.output(PurchaseReviewOut, 201)
@api.doc(responses=[404])
def begin_review(institution_id: int, wanted: Incoming[PurchaseReviewIn]) -> Response:
    """Begin the review of a proposed purchase."""
    actor = the_actor()
    home = the_institution(actor, institution_id, Action.PURCHASE_EDIT)
    body = whole(wanted)
    amount = None if body.amount is None else Decimal(body.amount)
    today = today_there(home.id)
    proposal = proposal_of(today, body.name, body.class_code, amount, body.need, body.period)
    act = partial(reviewing.begin, actor, home.id, proposal, clock.now())
    return made_once(actor.person_id, clock.now(), lambda: _made(act()))


@api.get(ONE)
@token_required("reports:read")
@api.output(PurchaseReviewOut)
@api.doc(responses=[404])
def purchase_review(review_id: int) -> Response:
    """A review with what it compares with; its ETag is what a change must name."""
    review, _ = the_review(the_actor(), review_id)
    if bring_up_to_date(review, clock.now()):
        review, _ = the_review(the_actor(), review_id)
    return answer(_whole(review), version=review.version)


@api.patch(ONE)
@token_required("reports:write")
@takes(api, PurchaseReviewChange)
@api.output(PurchaseReviewOut)
@api.doc(responses=[403, 404, 412, 428])
def change_review(review_id: int, wanted: Incoming[PurchaseReviewChange]) -> Response:
    """Say otherwise what is to be bought. Needs If-Match."""
    actor, review, version = _to_change(review_id)
    body = whole(wanted)
    said = body.model_fields_set
    amount = None if body.amount is None else Decimal(body.amount)
    proposal = proposal_of(
        today_there(review.institution_id),
        review.name if body.name is None else body.name,
        body.class_code if "class_code" in said else review.class_code,
        amount if "amount" in said else review.amount,
        review.need if body.need is None else body.need,
        review.period if body.period is None else body.period,
    )
    perform(partial(reviewing.change, actor, review_id, version, proposal, clock.now()))
    return _now(review_id)


@api.delete(ONE)
@token_required("reports:write")
@api.output(PurchaseReviewOut)
@api.doc(responses=[403, 404, 412, 422, 428])
def give_review_up(review_id: int) -> Response:
    """Take a draft away; what is signed stays. Needs If-Match."""
    actor, review, version = _to_change(review_id)
    body = _told(review)
    perform(partial(reviewing.give_up, actor, review_id, version, clock.now()))
    return answer(body, version=body["version"])


@api.put(ALTERNATIVE)
@token_required("reports:write")
@takes(api, PurchaseAlternativeIn)
@api.output(PurchaseReviewOut)
@api.doc(responses=[403, 404, 412, 428])
def mark_instrument(review_id: int, instrument_id: int, wanted: Incoming[PurchaseAlternativeIn]) -> Response:
    """Say that an instrument could serve instead, or could not, and why. Needs If-Match."""
    actor, _, version = _to_change(review_id)
    body = whole(wanted)
    perform(
        partial(
            reviewing.mark, actor, review_id, version, instrument_id, clock.now(),
            substitutable=body.substitutable, reason=body.reason.strip(),
        )
    )  # fmt: skip
    return _now(review_id)


@api.delete(ALTERNATIVE)
@token_required("reports:write")
@api.output(PurchaseReviewOut)
@api.doc(responses=[403, 404, 412, 422, 428])
def unmark_instrument(review_id: int, instrument_id: int) -> Response:
    """Take an instrument out of the comparison. Needs If-Match."""
    actor, _, version = _to_change(review_id)
    perform(partial(reviewing.unmark, actor, review_id, version, instrument_id, clock.now()))
    return _now(review_id)


@api.put(f"{ONE}/opinion")
@token_required("reports:write")
@takes(api, PurchaseOpinionIn)
@api.output(PurchaseReviewOut)
@api.doc(responses=[403, 404, 412, 428])
def write_opinion(review_id: int, wanted: Incoming[PurchaseOpinionIn]) -> Response:
    """Write what you conclude and why; it is signed apart. Needs If-Match."""
    actor, _, version = _to_change(review_id)
    body = whole(wanted)
    act = partial(
        reviewing.write_opinion, actor, review_id, version, body.conclusion, body.opinion.strip(), clock.now()
    )
    perform(act)
    return _now(review_id)


@api.post(f"{ONE}/sign")
@token_required("reports:write")
@takes(api, PurchaseSignatureIn)
@api.output(PurchaseReviewOut)
@api.doc(responses=[403, 404, 412, 428])
def sign_review(review_id: int, wanted: Incoming[PurchaseSignatureIn]) -> Response:
    """Sign it; from then on it never changes. 412 `changed` where the figures are others than you read. Needs If-Match."""
    actor, review, version = _to_change(review_id)
    body, known = whole(wanted), known_beside(actor, review.institution_id)
    perform(partial(reviewing.sign, actor, review_id, version, body.digest, clock.now(), known))
    return _now(review_id)


def _to_change(review_id: int) -> tuple[Actor, PurchaseReview, int | None]:
    """Who asks, the review, and the version that If-Match names."""
    actor, review = to_change(review_id)
    return actor, review, versions.matched(review.version)


def _made(review_id: int) -> Made:
    review = db.session.get_one(PurchaseReview, review_id)
    return Made(_whole(review), review.version, f"/api/v1/purchases/{review_id}")


def _now(review_id: int) -> Response:
    db.session.rollback()
    review = db.session.get_one(PurchaseReview, review_id, populate_existing=True)
    return answer(_whole(review), version=review.version)


def _whole(review: PurchaseReview) -> dict[str, Any]:
    rows = compared(review, clock.now(), known_beside(the_actor(), review.institution_id))
    digest = review.digest if review.state == SIGNED else digest_of(review, rows)
    return _told(review) | {"alternatives": list(rows), "whole": _whole_of(rows), "digest": digest}


def _whole_of(rows: Sequence[Row]) -> dict[str, Any]:
    """What those that could serve instead come to, in tenths of hours."""
    found = rules.whole(rows)
    hours = {
        name: None if value is None else str(half_up(value, 1))
        for name, value in (("effective", found.effective), ("full", found.full), ("free", found.free))
    }
    share = None if found.share is None else float(half_up(found.share, 3))
    counts = {"instruments": found.instruments, "n": found.n, "free_n": found.free_n}
    return {**counts, **hours, "share": share, "withheld": found.withheld}


def _told(review: PurchaseReview) -> dict[str, Any]:
    """A review, with its moments on the institution's wall."""
    zone = ZoneInfo(review.institution.zone)
    beside = {"alternatives", "whole", "records_begin"}
    plain = {name: getattr(review, name) for name in set(PurchaseReviewOut.model_fields) - beside}
    return plain | {
        "amount": None if review.amount is None else str(review.amount),
        "made_at": review.made_at.astimezone(zone),
        "signed_at": review.signed_at and review.signed_at.astimezone(zone),
        "records_begin": begun(),
        "alternatives": None,
        "whole": None,
    }
