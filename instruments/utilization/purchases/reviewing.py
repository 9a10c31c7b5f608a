"""Begin a purchase review, say what it compares with and what one thinks of it, sign it or give it up; inside a deed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from instruments.catalog.models import Instrument, InstrumentClass
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal, Stale
from instruments.journal.record import record
from instruments.people.rights import Actor
from instruments.utilization.purchases.comparing import alternatives, as_kept, compared, digest_of, is_old
from instruments.utilization.purchases.models import (
    CONCLUSIONS,
    DRAFT,
    SIGNED,
    PurchaseAlternative,
    PurchaseReview,
)
from instruments.utilization.purchases.rules import (
    LONGEST_REASON,
    LONGEST_TEXT,
    MOST_ALTERNATIVES,
    Proposal,
    not_signable,
    objections,
    unfit,
)
from instruments.utilization.withholding import NOTHING, Known
from instruments.web.versions import stale

IS_SIGNED = N_("This is signed and stays as it is. Begin another review.")


def begin(actor: Actor, institution_id: int, wanted: Proposal, now: datetime) -> int:
    """Begin a review; its number. Raises Refusal with every reason."""
    _refuse(wanted)
    review = PurchaseReview(institution_id=institution_id, made_by_id=actor.person_id, made_at=now)
    _put(review, wanted)
    db.session.add(review)
    db.session.flush()
    _note("purchase.begun", review, actor, now)
    return review.id


def change(actor: Actor, review_id: int, version: int | None, wanted: Proposal, now: datetime) -> None:
    """Say otherwise what is to be bought."""
    review = the_draft(review_id, version)
    _refuse(wanted)
    _put(review, wanted)
    _done("purchase.changed", review, actor, now)


def refused(wanted: Proposal) -> list[Reason]:
    """Every reason why this cannot be reviewed as it is."""
    reasons = list(objections(wanted))
    if wanted.class_code and db.session.get(InstrumentClass, wanted.class_code) is None:
        reasons.append(Reason("class", "class", N_("There is no such class of instruments.")))
    return reasons


def _refuse(wanted: Proposal) -> None:
    if reasons := refused(wanted):
        raise Refusal(reasons)


def _put(review: PurchaseReview, wanted: Proposal) -> None:
    review.name, review.class_code, review.amount = wanted.name, wanted.class_code, wanted.amount
    review.need, review.period = wanted.need, wanted.period.code


def mark(
    actor: Actor, review_id: int, version: int | None, instrument_id: int, now: datetime,
    *, substitutable: bool, reason: str,
) -> None:  # fmt: skip
    """Say that an instrument could serve instead, or could not; either way, why."""
    review = the_draft(review_id, version)
    reasons = list(unfit("reason", reason, LONGEST_REASON))
    if not reason:
        sentence = (
            N_("Say why it could serve instead.") if substitutable else N_("Say why it cannot serve instead.")
        )
        reasons.append(Reason("missing", "reason", sentence))
    row = db.session.get(PurchaseAlternative, (review_id, instrument_id))
    if row is None:
        reasons += _not_addable(review_id, instrument_id)
    if reasons:
        raise Refusal(reasons)
    if row is None:
        row = PurchaseAlternative(review_id=review_id, instrument_id=instrument_id)
        db.session.add(row)
    row.substitutable, row.reason = substitutable, reason
    _done("purchase.marked", review, actor, now, instrument=instrument_id, substitutable=substitutable)


def _not_addable(review_id: int, instrument_id: int) -> list[Reason]:
    if db.session.get(Instrument, instrument_id) is None:
        return [Reason("not_found", "instrument_id", N_("There is no such instrument."))]
    count = select(func.count()).where(PurchaseAlternative.review_id == review_id)
    if (db.session.scalar(count) or 0) >= MOST_ALTERNATIVES:
        sentence = N_("At most %(most)s instruments stand beside each other; take one away first.")
        return [Reason("too_many", "instrument_id", sentence, {"most": MOST_ALTERNATIVES})]
    return []


def unmark(actor: Actor, review_id: int, version: int | None, instrument_id: int, now: datetime) -> None:
    """Take an instrument out of the comparison."""
    review = the_draft(review_id, version)
    row = db.session.get(PurchaseAlternative, (review_id, instrument_id))
    if row is None:
        raise NotFound([Reason("not_found", None, N_("This instrument is not in the comparison."))])
    db.session.delete(row)
    _done("purchase.unmarked", review, actor, now, instrument=instrument_id)


def write_opinion(
    actor: Actor, review_id: int, version: int | None, conclusion: str, opinion: str, now: datetime
) -> None:
    """Write what one thinks of it; it is signed apart."""
    review = the_draft(review_id, version)
    reasons = list(unfit("opinion", opinion, LONGEST_TEXT))
    if conclusion not in ("", *CONCLUSIONS):
        sentence = N_("This is none of the choices: %(choices)s.")
        reasons.append(Reason("choice", "conclusion", sentence, {"choices": ", ".join(CONCLUSIONS)}))
    if reasons:
        raise Refusal(reasons)
    review.conclusion, review.opinion = conclusion, opinion
    _done("purchase.opinion", review, actor, now)


def sign(
    actor: Actor, review_id: int, version: int | None, digest: str, now: datetime, known: Known = NOTHING
) -> None:
    """Sign the review as it was seen: from then on it never changes. Raises Stale where its figures are others by now."""
    review = the_draft(review_id, version)
    rows = compared(review, now, known)
    if reasons := list(not_signable(review.conclusion, review.opinion, rows, old=is_old(rows))):
        raise Refusal(reasons)
    if digest != digest_of(review, rows):
        sentence = N_("The figures changed since you looked at them. Look at them again, then sign.")
        raise Stale([Reason("changed", None, sentence)])
    by_number = {row["id"]: row for row in rows}
    for each in alternatives(review_id):
        each.kept = as_kept(by_number[each.instrument_id])
    db.session.flush()
    review.digest, review.signed_by_id, review.signed_at = digest, actor.person_id, now
    review.signer_en, review.signer_zh, review.state = actor.name_en, actor.name_zh, SIGNED
    _done("purchase.signed", review, actor, now, conclusion=review.conclusion, digest=digest)


def give_up(actor: Actor, review_id: int, version: int | None, now: datetime) -> None:
    """Take a draft away; what is signed stays."""
    review = the_draft(review_id, version)
    _note("purchase.given_up", review, actor, now)
    db.session.delete(review)
    db.session.flush()


def the_draft(review_id: int, version: int | None) -> PurchaseReview:
    """A draft, locked, as it now stands. Raises NotFound, Refusal where it is signed, Stale where it was changed since."""
    asked = select(PurchaseReview).where(PurchaseReview.id == review_id).with_for_update()
    found = db.session.execute(asked.execution_options(populate_existing=True)).scalar()
    if found is None:
        raise NotFound([Reason("not_found", None, N_("There is no such review."))])
    if found.state != DRAFT:
        raise Refusal([Reason("signed", None, IS_SIGNED)])
    if version is not None and found.version != version:
        raise stale()
    return found


def _done(deed: str, review: PurchaseReview, actor: Actor, now: datetime, **detail: Any) -> None:
    review.version += 1
    db.session.flush()
    _note(deed, review, actor, now, **detail)


def _note(deed: str, review: PurchaseReview, actor: Actor, now: datetime, **detail: Any) -> None:
    record(
        now=now, actor_id=actor.person_id, deed=deed, thing=("purchase_review", review.id),
        institution_id=review.institution_id, detail={"name": review.name, **detail},
    )  # fmt: skip
