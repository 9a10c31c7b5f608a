"""Another fund afterwards: whether it may bear what was used already, with the consent of whoever manages it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from instruments.database import db
from instruments.errors import N_, Reason
from instruments.funds.knowing import charger, known, taken_by
from instruments.funds.models import Fund as FundRow
from instruments.funds.objecting import Wish, objections
from instruments.funds.whose import may_manage
from instruments.people.rights import Actor


def afterwards_objections(
    consenting: Actor | None, fund_id: int, user: Actor, wish: Wish
) -> Iterator[Reason]:
    """Every reason why a fund cannot bear afterwards what a user used; consenting: who agrees, None for nobody yet.

    It is weighed as a new booking would be, under its lock; then the charge is reversed and entered anew at that
    payer's class, by charges. The user's own right to charge it is not asked for: its manager consents.
    """
    row = db.session.get(FundRow, fund_id)
    if row is None:
        yield Reason("no_fund", "fund_id", N_("There is no such fund."))
        return
    if consenting is None or not may_manage(consenting, row):
        remedy = N_("Ask them for it.")
        yield Reason("no_consent", "fund_id", N_("Whoever manages the fund has to agree."), {}, remedy)
    fund = known([fund_id])[fund_id]
    taken = taken_by([fund_id], user.person_id)[fund_id]
    for reason in objections(fund, charger(user, taken), replace(wish, is_new=True), consented=True):
        if reason.code not in ("fund_right_over", "fund_limit"):
            yield reason
