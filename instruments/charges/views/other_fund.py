"""Another fund for a charge, on its page: which can be asked for, what was asked, and who answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request
from sqlalchemy import select

from instruments.charges.fund_changing import ASKED, changes_of, funds_to_ask, may_ask
from instruments.charges.naming import FUND
from instruments.charges.repaying import comes_to, payer_for
from instruments.charges.sight import visible_charge
from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.funds.knowing import known
from instruments.funds.models import Fund
from instruments.funds.whose import may_manage
from instruments.money import Money
from instruments.people.models import Person
from instruments.people.rights import Actor
from instruments.web.language import in_language
from instruments.web.reasons import sentence


def fund_typed(actor: Actor, charge_id: int, reasons: list[Reason]) -> int | None:
    """The fund that was chosen, or whose code was written; None and a reason where there is none."""
    row, chosen = visible_charge(actor, charge_id), request.form.get("fund_id", "")
    code = request.form.get("code", "").strip()
    if chosen.isascii() and chosen.isdigit() and len(chosen) < 12:
        return int(chosen)
    home = None if row.user_id is None else db.session.get_one(Person, row.user_id).institution_id
    asked = select(Fund.id).where(Fund.code == code, Fund.owner_institution_id == home).limit(2)
    found = list(db.session.scalars(asked))
    if len(found) != 1:
        missing = (
            N_("There is no fund of this code in the user’s institution.") if code else N_("Choose a fund.")
        )
        reasons.append(Reason("no_fund", "code" if code else "fund_id", missing))
        return None
    return found[0]


def funds_of_page(actor: Actor, row: Any, now: datetime) -> dict[str, Any]:
    """What the page shows of other funds."""
    changes = changes_of(row.id)
    open_ = next((each for each in changes if each.state == ASKED), None)
    asks = may_ask(actor, row)
    funds = known(funds_to_ask(actor, row, now)) if asks else {}
    decides = open_ is not None and may_manage(actor, db.session.get_one(Fund, open_.fund_id))
    return {
        "changes": changes,
        "asks_fund": asks,
        "fund_choices": [
            (str(number), in_language(fund.name_en, fund.name_zh)) for number, fund in funds.items()
        ],
        "open_change": open_,
        "decides_fund": decides,
        "takes_back": open_ is not None and not decides and open_.asked_by_id == actor.person_id,
        "would_cost": _would_cost(row, open_.fund_id, now) if open_ is not None and decides else None,
    }


def _would_cost(row: Any, fund_id: int, now: datetime) -> Money | str:
    """What the fund would bear, at its own class; a sentence where that is not known."""
    try:
        made = comes_to(row, payer_for(row, FUND, fund_id), now)
    except Refusal as refusal:
        return " ".join(sentence(reason) for reason in refusal.reasons)
    return Money.from_units(int(made.values["total_units"]), row.currency)
