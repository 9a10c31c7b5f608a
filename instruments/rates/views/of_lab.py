"""The prices of a lab: each card with what holds, what waits and what is missing; and the versions of one card."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.people.rights import Action, may
from instruments.people.signing import require
from instruments.rates import changing, drafting
from instruments.rates.described import Described
from instruments.rates.models import RateVersion
from instruments.rates.owners import CardOwner, card_of, owner_of_card, versions_of
from instruments.rates.serving import services_of
from instruments.rates.terms import DRAFT, PROPOSED, PUBLISHED
from instruments.rates.typed import Reading
from instruments.rates.views.doors import (
    ADDRESS,
    card_address,
    lab_at,
    list_name,
    name_of,
    owner_at,
    pages,
    trail_of,
)
from instruments.typed import whole
from instruments.web import clock, formats
from instruments.web.reasons import by_field
from instruments.web.refusals import show_or_raise

BLANK = "blank"


@pages.get("/labs/<int:lab_id>/prices")
def of_lab(lab_id: int) -> str:
    """Every card of the lab."""
    owner, actor = lab_at(lab_id, Action.PRICES_SEE)
    today = owner.today(clock.now())
    cards = {card.id: owner_of_card(card) for card in changing.cards_of_lab(lab_id)}
    rows = db.session.scalars(select(RateVersion).where(RateVersion.card_id.in_(cards))).all()
    of_card: dict[int, list[RateVersion]] = {}
    for row in rows:
        of_card.setdefault(row.card_id, []).append(row)
    lines = [_line(of, of_card.get(card_id, []), today) for card_id, of in cards.items()]
    if not any(of.kind == "lab" for of in cards.values()):
        lines.insert(0, _line(owner, [], today))
    return render_template(
        "rates/of_lab.html",
        lab=owner.lab,
        name=name_of(owner),
        lines=lines,
        waiting=[row for row in rows if row.state == PROPOSED],
        may_edit=may(actor, Action.PRICES_EDIT, owner.scope),
        others=_without_cards(lab_id, cards.values()),
        services=[each for each in services_of(lab_id) if ("service", each.id) not in _keys(cards.values())],
    )


@pages.get(ADDRESS)
def card(kinds: str, owner_id: int) -> str:
    """The versions of a card."""
    return _card(owner_at(kinds, owner_id), {"from": BLANK})


@pages.post(ADDRESS)
def begin(kinds: str, owner_id: int) -> ResponseReturnValue:
    """Begin a draft: blank, or with what another version says."""
    owner, now = owner_at(kinds, owner_id), clock.now()
    actor, form = require(Action.PRICES_EDIT, owner.scope), request.form
    reading = Reading()
    since = reading.day(form.get("since", ""), "since")
    source = form.get("from", BLANK)
    number = whole(source) or 0

    def act() -> int:
        to = owner_at(kinds, owner_id)
        if since is None:
            raise Refusal(reading.reasons)
        if number:
            return changing.copy(actor, number, to, since, now).id
        return drafting.draft(actor, to, Described(since), now).id

    try:
        made = perform(act)
    except Refusal as refusal:
        show_or_raise(refusal, 422)
        return _card(owner_at(kinds, owner_id), form, refusal), refusal.status
    return redirect(f"/price-versions/{made}/edit", 303)


def _card(owner: CardOwner, typed: Any, refusal: Refusal | None = None) -> str:
    actor = require(Action.PRICES_SEE, owner.scope)
    today, versions = owner.today(clock.now()), versions_of(card_of(owner))
    return render_template(
        "rates/card.html",
        owner=owner,
        name=name_of(owner),
        trail=trail_of(owner),
        versions=versions,
        today=today,
        may_edit=may(actor, Action.PRICES_EDIT, owner.scope),
        sources=_sources(owner, versions),
        typed=typed,
        reasons=by_field(refusal),
        address=card_address(owner),
    )


def _sources(owner: CardOwner, versions: list[RateVersion]) -> list[tuple[str, Any]]:
    """What a draft can begin with: nothing, a version of this card, what holds on another card of the lab."""
    from_here = [(row.id, _dates(row)) for row in versions]
    others = [
        card for card in changing.cards_of_lab(owner.lab.id) if owner_of_card(card).row is not owner.row
    ]
    held = changing.holding([card.id for card in others], owner.today(clock.now()))
    from_there = [(row.id, f"{list_name(owner_of_card(row.card))}, {_dates(row)}") for row in held.values()]
    found: list[tuple[str, Any]] = [(BLANK, gettext("Nothing: an empty price list"))]
    if from_here:
        found.append((gettext("Versions of this card"), from_here))
    if from_there:
        found.append((gettext("What holds today elsewhere in the lab"), from_there))
    return found


def _dates(row: RateVersion) -> str:
    return gettext("from %(day)s", day=formats.day(row.valid_from, weekday=False))


def _line(owner: CardOwner, rows: list[RateVersion], today: date) -> dict[str, Any]:
    holds = next(
        (
            row
            for row in rows
            if row.state == PUBLISHED and row.valid_from <= today and (row.valid_to or date.max) > today
        ),
        None,
    )
    coming = sorted(
        (row for row in rows if row.state == PUBLISHED and row.valid_from > today),
        key=lambda row: row.valid_from,
    )
    return {
        "owner": owner,
        "name": list_name(owner),
        "address": card_address(owner),
        "holds": holds,
        "coming": coming[0] if coming else None,
        "drafts": [row for row in rows if row.state in (DRAFT, PROPOSED)],
    }


def _keys(owners: Any) -> set[tuple[str, int]]:
    return {(each.kind, each.id) for each in owners}


def _without_cards(lab_id: int, owners: Any) -> list[Instrument]:
    """Instruments that have no card of their own, so that what the lab sets for all holds."""
    there = {number for kind, number in _keys(owners) if kind == "instrument"}
    rows = db.session.scalars(
        select(Instrument)
        .where(Instrument.lab_id == lab_id, Instrument.status != "retired")
        .order_by(Instrument.id)
    )
    return [row for row in rows if row.id not in there]
