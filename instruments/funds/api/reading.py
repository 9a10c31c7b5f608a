"""Doors for programs: the funds that one sees or may charge, and what is held of them and was spent."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Response

from instruments.database import db
from instruments.database.transactions import perform
from instruments.funds import listing
from instruments.funds.api.telling import (
    amount_read,
    api,
    fund_told,
    maybe,
    named,
    part_told,
    text,
    whole_told,
)
from instruments.funds.choosing import funds_for, place_of
from instruments.funds.knowing import chargeable, standings
from instruments.funds.listing import A_PAGE, Filter
from instruments.funds.models import Fund
from instruments.funds.objecting import Wish
from instruments.funds.schemas import (
    ChoicesIn,
    FundSeenOut,
    FundsIn,
    FundsOut,
    HoldsOut,
    OwnFundsOut,
    PageIn,
    SpendingOut,
)
from instruments.funds.whose import is_own, may_see, no_fund, note_look, note_looks, the_fund
from instruments.people.bearer import token_required
from instruments.people.rights import Actor
from instruments.people.signing import the_actor
from instruments.web import clock, paging
from instruments.web.answers import answer
from instruments.web.incoming import asks
from instruments.web.reasons import in_full


@api.get("/funds")
@token_required("money:read")
@asks(api, FundsIn)
@api.output(FundsOut)
def funds(query: FundsIn) -> Response:
    """The funds that your roles show you, the open ones first."""
    actor, cursor = the_actor(), paging.decode(query.cursor, (int,))
    number = max(1, min(cursor[0], 100_000)) if cursor else 1
    if query.mine:
        rows = [listing.one(fund_id) for fund_id in chargeable(actor) if may_see_whole(actor, fund_id)]
        total = len(rows) if number == 1 else 0
    else:
        which = Filter(query.q or "", query.kind or "", query.state or "")
        found, total = listing.page(actor, which, number)
        rows = list(found)
    standing = standings([row.id for row in rows])
    note_others(actor, rows)
    items = [fund_told(row, standing[row.id]) for row in rows]
    following = paging.encode([number + 1]) if number * A_PAGE < total else None
    return answer({"items": items, "next": following})


def may_see_whole(actor: Actor, number: int) -> bool:
    """Whether somebody may see all of a fund."""
    fund = db.session.get(Fund, number)
    return fund is not None and may_see(actor, fund)


def note_others(actor: Actor, rows: list[Any]) -> None:
    """Note the look at funds that are not the actor's own."""
    seen = [(("fund", row.id), row.owner_institution_id) for row in rows if not is_own(actor, row)]
    if seen:
        perform(partial(note_looks, actor, seen, clock.now(), "list"))


@api.get("/funds/mine")
@token_required("money:read")
@api.output(OwnFundsOut)
def own_funds() -> Response:
    """The funds that you may charge, with what is left for you and what you have spent and hold."""
    actor = the_actor()
    items = [_own_told(each.choice.fund, each.choice.left, each.taken, ()) for each in listing.own(actor)]
    return answer({"items": items})


@api.get("/funds/choices")
@token_required("money:read")
@asks(api, ChoicesIn)
@api.output(OwnFundsOut)
@api.doc(responses=[404])
def choices(query: ChoicesIn) -> Response:
    """Which of your funds can pay for an instrument on a date, those that can first, and why the others cannot."""
    actor, reasons = the_actor(), []
    amount = amount_read(query.amount, query.currency, "amount", reasons)
    wish = Wish(place_of(query.instrument_id), query.day, query.currency, amount)
    items = [_own_told(each.fund, each.left, None, each.why_not) for each in funds_for(actor, wish)]
    return answer({"items": items})


def _own_told(fund: Any, left: Any, taken: int | None, why_not: Any) -> dict[str, Any]:
    names = ("id", "kind", "name_en", "name_zh", "currency", "valid_from", "valid_to")
    return {
        **{name: getattr(fund, name) for name in names},
        "left": None if left is None else str(left.amount),
        "taken": maybe(taken, fund.currency),
        "why_not": [in_full(reason) for reason in why_not],
    }


@api.get("/funds/<int:number>")
@token_required("money:read")
@api.output(FundSeenOut)
@api.doc(responses=[404])
def fund(number: int) -> Response:
    """One fund, with who may charge it and for what; of one that you may only charge, your own part."""
    actor, row = the_actor(), db.session.get(Fund, number)
    mine = next((each for each in listing.own(actor) if each.choice.fund.id == number), None)
    if row is not None and may_see(actor, row):
        seen(number)
        told = whole_told(number)
    elif mine is not None:
        told = part_told(number)
    else:
        raise no_fund()
    return answer(told | {"mine": mine and _mine_told(mine)}, version=told["version"])


def _mine_told(mine: listing.Own) -> dict[str, Any]:
    currency, left = mine.choice.fund.currency, mine.choice.left
    return {
        "left": None if left is None else str(left.amount),
        "taken": text(mine.taken, currency),
        "limit": maybe(mine.limit, currency),
    }


def seen(number: int) -> Fund:
    """A fund that who asks may see; a look at others' money is noted."""
    actor = the_actor()
    found = the_fund(actor, number)
    if not is_own(actor, found):
        house, now = found.owner_institution_id, clock.now()
        perform(lambda: note_look(actor, ("fund", number), house, now))
        found = the_fund(actor, number)
    return found


@api.get("/funds/<int:number>/holds")
@token_required("money:read")
@api.output(HoldsOut)
@api.doc(responses=[404])
def held(number: int) -> Response:
    """What is held of a fund now; of one that you may only charge, for you."""
    currency, person_id = _part(number)
    items = [
        {
            "id": row.id,
            "thing_kind": row.thing_kind,
            "thing_id": row.thing_id,
            "person": named(row),
            "amount": text(row.amount_units, currency),
            "made_at": row.made_at,
            "expires_at": row.expires_at,
        }
        for row in listing.holds(number, person_id)
    ]
    return answer({"items": items})


@api.get("/funds/<int:number>/spending")
@token_required("money:read")
@asks(api, PageIn)
@api.output(SpendingOut)
@api.doc(responses=[404])
def spent(number: int, query: PageIn) -> Response:
    """What was posted on a fund, entry by entry; of one that you may only charge, for you."""
    currency, person_id = _part(number)
    rows = listing.postings(number, person_id, query.before, A_PAGE + 1)
    items = [
        {
            **{
                name: getattr(row, name)
                for name in ("id", "posted_at", "month", "kind", "thing_kind", "thing_id")
            },
            "person_id": row.person_id,
            "reason": row.reason,
            "reverses_id": row.reverses_id,
            "other_account_id": None,
            "is_tax": row.is_tax,
            "amount": text(row.units, currency),
        }
        for row in rows[:A_PAGE]
    ]
    following = items[-1]["id"] if len(rows) > A_PAGE else None
    taken = (
        listing.taken_by_each(number).get(person_id, 0) if person_id else standings([number])[number].spent
    )
    return answer({"currency": currency, "balance": text(taken, currency), "items": items, "next": following})


def _part(number: int) -> tuple[str, int | None]:
    """The currency of a fund, and whose part of it who asks may see: None for all of it."""
    actor, row = the_actor(), db.session.get(Fund, number)
    if row is not None and may_see(actor, row):
        return seen(number).currency, None
    if row is None or number not in chargeable(actor):
        raise no_fund()
    return row.currency, actor.person_id
