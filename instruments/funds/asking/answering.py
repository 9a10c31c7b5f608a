"""Answer who asks to charge a fund: give the right, up to a sum and a day, or decline with a reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from sqlalchemy import and_, func, or_, select

from instruments.database import db
from instruments.errors import N_, Forbidden, Reason, Refusal
from instruments.funds.asking.asking import LONGEST_WORDS, end, note, require_open
from instruments.funds.asking.finding import funds_for, may_answer, the_request
from instruments.funds.asking.models import FundRequest
from instruments.funds.giving import Right, give
from instruments.funds.models import Fund, FundUser
from instruments.money import Money
from instruments.people.rights import Actor


def grant(
    actor: Actor,
    number: int,
    fund_id: int | None,
    limit: Callable[[str, list[Reason]], Money | None],
    ends_on: date | None,
    version: int | None,
    now: datetime,
    already: Sequence[Reason] = (),
    *,
    cut: bool = False,
) -> FundRequest:
    """Give the right that is asked for, inside a deed. fund_id: None where only one is meant.

    limit: reads the sum in the currency of the fund. cut: it is meant, too, where who asks took more before, under a right
    that they have or had. Raises NotFound, Forbidden, Stale, or Refusal with every reason.
    """
    row = _answerable(actor, number, version, now)
    meant = {fund.id: fund for fund in funds_for(actor, row, now)}
    chosen = next(iter(meant)) if fund_id is None and len(meant) == 1 else fund_id
    reasons = list(already)
    if chosen is None or chosen not in meant:
        raise Refusal([*reasons, Reason("no_fund", "fund_id", N_("Choose one of your funds."))])
    right = Right(row.asker_id, limit(meant[chosen].currency, reasons), ends_on, meant=cut)
    give(actor, chosen, [right], now, reasons)
    end(row, "granted", actor.person_id, now, fund_id=chosen)
    note(row, "granted", actor.person_id, now, fund_id=chosen)
    return row


def decline(actor: Actor, number: int, reason: str, version: int | None, now: datetime) -> FundRequest:
    """Decline, with a reason that who asked reads, inside a deed. Raises as `grant` does."""
    row = _answerable(actor, number, version, now)
    said = " ".join(reason.split())
    if not said:
        remedy = N_("A few words are enough; who asked reads them.")
        raise Refusal([Reason("no_reason", "reason", N_("Say why you decline."), {}, remedy)])
    if len(said) > LONGEST_WORDS:
        raise Refusal(
            [Reason("too_long", "reason", N_("At most %(most)s characters."), {"most": LONGEST_WORDS})]
        )
    end(row, "declined", actor.person_id, now, message=said)
    note(row, "declined", actor.person_id, now, reason=said)
    return row


def give_and_settle(
    actor: Actor, number: int, rights: Sequence[Right], now: datetime, already: Sequence[Reason] = ()
) -> list[FundUser]:
    """Give these rights, as `giving.give`, and close what these people had asked for by that."""
    given = give(actor, number, rights, now, already)
    fund, one = db.session.get_one(Fund, number), FundRequest
    people = [right.person_id for right in rights if right.person_id is not None]
    meant = or_(
        and_(one.by_mail.is_(True), one.holder_id == actor.person_id),
        and_(
            one.by_mail.is_(False),
            one.home_id == fund.owner_institution_id,
            func.lower(one.said) == func.lower(fund.code),
        ),
    )
    rows = db.session.scalars(
        select(one).where(one.state == "open", one.asker_id.in_(people), meant).with_for_update()
    )
    for row in rows.all():
        end(row, "granted", actor.person_id, now, fund_id=number)
        note(row, "granted", actor.person_id, now, fund_id=number)
    return given


def _answerable(actor: Actor, number: int, version: int | None, now: datetime) -> FundRequest:
    row = the_request(actor, number, now)
    if not may_answer(actor, row, now):
        raise Forbidden([Reason("own_request", None, N_("Nobody answers their own request."))])
    require_open(row, version)
    return row
