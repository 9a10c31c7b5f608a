"""The purchase reviews of the demonstration: one that the shown institution signed, and the draft of another.

They are made by the acts themselves. The signed one compares the institution's own, whose summaries alone are worked out for
it: what others' instruments do is told once everything elsewhere is counted, which is the worker's; these stand in the draft.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.demo.generator.world import InventedWorld
from instruments.people.rights import Actor
from instruments.people.signing import actor_by_id
from instruments.usage.models import InstrumentUse
from instruments.utilization.edges import months_until
from instruments.utilization.marking import lock_state
from instruments.utilization.periods import Period
from instruments.utilization.purchases.comparing import compared, digest_of
from instruments.utilization.purchases.models import SHARE, PurchaseReview
from instruments.utilization.purchases.reviewing import begin, mark, sign, write_opinion
from instruments.utilization.purchases.rules import Proposal, last_academic
from instruments.utilization.purchases.seeing import class_named
from instruments.utilization.recounting import keep, recount

NAME = "{zh}，增购一台 {en}, one more"
DRAFTED = "{zh}，共享平台 {en}, for the shared platform"
NEED = "课题组排队时间较长。 Groups wait for long."
OPINION = (
    "现有同类仪器合计尚有大量空余机时，建议共享使用，暂不购置。\n"
    "What is there has many hours free together: share it, and do not buy for now."
)
FITS = "可完成相同的测试，精度满足要求。 Does the same measurements, exactly enough."
TOO_FAR = "距离太远，样品不能运输。 Too far for samples that cannot travel."
PRICE = Decimal(2_600_000)


def review_purchases(world: InventedWorld, now: datetime) -> int:
    """Sign one review and leave another as a draft; how many instruments they compare. Inside the deed."""
    actor = actor_by_id(world.people.shown["institution_manager"], now)
    if actor is None or actor.institution_id is None:
        return 0
    code, own, others = _of_one_kind(actor.institution_id)
    period = last_academic(world.anchor)
    _sum_up(own, period, now)
    names = class_named(code)
    if names is None:
        return 0
    en, zh = names
    _signed(actor, Proposal(NAME.format(en=en, zh=zh), code, PRICE, NEED, period), own, now)
    draft = begin(
        actor, actor.institution_id, Proposal(DRAFTED.format(en=en, zh=zh), code, PRICE * 2, "", period), now
    )
    for number in (*own[:2], *others):
        mark(actor, draft, None, number, now, substitutable=True, reason=FITS)
    return len(own) + len(others)


def _of_one_kind(institution_id: int) -> tuple[str | None, Sequence[int], Sequence[int]]:
    """The class of which the institution has most, three of its instruments and two of others."""
    c = Instrument
    second = func.substr(c.class_code, 1, 4)
    most = (
        select(second)
        .where(c.institution_id == institution_id, c.class_code.is_not(None), c.status == "in_service")
        .group_by(second)
        .order_by(func.count().desc(), second)
        .limit(1)
    )
    digits = db.session.scalar(most) or ""
    uses = select(func.count()).where(InstrumentUse.instrument_id == c.id).scalar_subquery()
    alike = (
        select(c.id)
        .where(c.class_code.startswith(digits), c.status == "in_service", c.original_value.is_not(None))
        .order_by(uses.desc(), c.id)
    )
    own = db.session.scalars(alike.where(c.institution_id == institution_id).limit(3)).all()
    others = db.session.scalars(alike.where(c.institution_id != institution_id).limit(2)).all()
    return digits.ljust(6, "0"), own, others


def _sum_up(numbers: Sequence[int], period: Period, now: datetime) -> None:
    """Work out the months of these instruments; those of all others are the worker's."""
    lock_state()
    keep(recount([(number, month) for number in numbers for month in months_until(period, now.date())], now))


def _signed(actor: Actor, wanted: Proposal, numbers: Sequence[int], now: datetime) -> None:
    review_id = begin(actor, actor.institution_id or 0, wanted, now)
    for number in numbers:
        fits = number != numbers[-1]
        mark(actor, review_id, None, number, now, substitutable=fits, reason=FITS if fits else TOO_FAR)
    write_opinion(actor, review_id, None, SHARE, OPINION, now)
    review = db.session.get_one(PurchaseReview, review_id)
    sign(actor, review_id, None, digest_of(review, compared(review, now)), now)
