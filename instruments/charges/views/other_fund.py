"""Another fund for a charge, on its page: which can be asked for, what that would change, what was asked, and who answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import request
from flask_babel import gettext

from instruments.charges.other_funds import (
    ASKED,
    changes_of,
    fund_of_change,
    funds_to_ask,
    known_to_us,
    may_ask,
    would_bear,
)
from instruments.errors import N_, Reason, Refusal
from instruments.funds.knowing import known
from instruments.funds.models import Fund
from instruments.funds.naming import with_code
from instruments.funds.whose import may_manage
from instruments.money import Money
from instruments.people.rights import Actor
from instruments.reservations.paying.words import class_words
from instruments.typed import whole
from instruments.web import formats
from instruments.web.reasons import sentence


def fund_typed(given: Mapping[str, str], reasons: list[Reason]) -> tuple[int | None, str]:
    """The fund that was chosen, or the code that was written; a reason where both were."""
    chosen, code = given.get("fund_id", ""), " ".join(given.get("code", "").split())
    number = whole(chosen)
    if number is not None and code:
        sentence = N_("Choose a fund, or write the code of another: not both.")
        reasons.append(Reason("two_funds", "code", sentence))
        return None, ""
    return number, code


def funds_of_page(actor: Actor, row: Any, now: datetime) -> dict[str, Any]:
    """What the page shows of other funds."""
    changes = changes_of(row.id)
    open_ = next((each for each in changes if each.state == ASKED), None)
    asks = may_ask(actor, row)
    funds = known(funds_to_ask(actor, row, now)) if asks else {}
    asked_of = fund_of_change(actor, open_) if open_ is not None else None
    decides = asked_of is not None and may_manage(actor, asked_of)
    return {
        "changes": changes,
        "asks_fund": asks,
        "fund_choices": [(str(number), with_code(fund)) for number, fund in funds.items()],
        "other_fund": what_changes(actor, row, request.values, now) if asks else [],
        "open_change": open_,
        "decides_fund": with_code(asked_of) if asked_of is not None and decides else "",
        "takes_back": open_ is not None and not decides and open_.asked_by_id == actor.person_id,
        "would_cost": _would_cost(actor, row, asked_of, now) if asked_of is not None and decides else None,
    }


def what_changes(actor: Actor, row: Any, given: Mapping[str, str], now: datetime) -> list[str]:
    """What would change if it were the fund that is chosen, or whose code is written; nothing where none is."""
    reasons: list[Reason] = []
    number, code = fund_typed(given, reasons)
    if reasons:
        return [sentence(reason) for reason in reasons]
    fund = known_to_us(actor, row, number, code, now)
    if fund is not None:
        return _of_known(actor, row, fund, now)
    if not code:
        return []
    return [
        gettext(
            "Nothing changes yet. Whoever manages a fund of the code %(code)s is asked, if there is one.",
            code=code,
        ),
        gettext("What it is called, and whether it is there, is told only when it agrees."),
    ]


def _of_known(actor: Actor, row: Any, fund: Fund, now: datetime) -> list[str]:
    """What it costs instead, and when."""
    try:
        found = would_bear(actor, row, fund, now)
    except Refusal as refusal:
        return [sentence(reason) for reason in refusal.reasons]
    then = gettext(
        "%(fund)s would bear %(after)s instead of %(before)s, as %(class)s.",
        fund=with_code(fund), after=_money(found.amount), before=_money(Money.from_units(row.total_units, row.currency)),
        **{"class": class_words(found.customer_class)},
    )  # fmt: skip
    if found.at_once:
        when = gettext("It changes at once.")
    else:
        when = gettext("Nothing changes before whoever manages it agrees.")
    more = [gettext("What is posted is reversed, and entered again.")] if row.posted_at is not None else []
    return [then, when, *more]


def _money(amount: Money) -> str:
    return formats.money(amount.amount, amount.currency)


def _would_cost(actor: Actor, row: Any, fund: Fund, now: datetime) -> Money | str:
    """What the fund would bear, at its own class; a sentence where that is not known."""
    try:
        return would_bear(actor, row, fund, now).amount
    except Refusal as refusal:
        return " ".join(sentence(reason) for reason in refusal.reasons)
