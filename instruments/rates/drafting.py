"""Draft prices: begin a version, change what it says, throw it away. Only drafts change; what is asked for waits as it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.money import Money
from instruments.people.rights import Action, Actor
from instruments.people.versions import locked
from instruments.rates.card import Window
from instruments.rates.described import Described, Price, halves, objections
from instruments.rates.fees import FeeRules
from instruments.rates.models import RatePrice, RateVersion, RateWindow
from instruments.rates.owners import CardOwner, card_made, note, owner_of_card, require_on, splits_of
from instruments.rates.remembered import window_of
from instruments.rates.terms import DRAFT


def draft(
    actor: Actor, owner: CardOwner, said: Described, now: datetime, already: Sequence[Reason] = ()
) -> RateVersion:
    """Begin a version that says this. already: reasons found while reading, told together with those found here."""
    require_on(actor, Action.PRICES_EDIT, owner)
    refuse(owner, said, already)
    row = RateVersion(card_id=card_made(owner).id, made_by_id=actor.person_id, made_at=now)
    _say(row, said)
    db.session.add(row)
    db.session.flush()
    note(owner, "prices.drafted", actor.person_id, now, ("rate_version", row.id), since=str(said.valid_from))
    return row


def save(
    actor: Actor,
    number: int,
    seen: int | None,
    said: Described,
    now: datetime,
    already: Sequence[Reason] = (),
) -> RateVersion:
    """Let a draft say this instead; seen: the version of the row that the change was made on."""
    row = locked(RateVersion, number, seen)
    owner = owner_of_card(row.card)
    require_on(actor, Action.PRICES_EDIT, owner)
    only_a(row, DRAFT)
    refuse(owner, said, already)
    row.windows, row.prices = [], []
    db.session.flush()
    _say(row, said)
    db.session.flush()
    note(owner, "prices.edited", actor.person_id, now, ("rate_version", row.id), since=str(said.valid_from))
    return row


def discard(actor: Actor, number: int, seen: int | None, now: datetime) -> CardOwner:
    """Throw a draft away; whose it was."""
    row = locked(RateVersion, number, seen)
    owner = owner_of_card(row.card)
    require_on(actor, Action.PRICES_EDIT, owner)
    only_a(row, DRAFT)
    db.session.delete(row)
    db.session.flush()
    note(owner, "prices.discarded", actor.person_id, now, ("rate_version", number))
    return owner


def only_a(row: RateVersion, *states: str) -> None:
    """Refuse what cannot be done to it in its state."""
    if row.state not in states:
        sentence = N_("This version is no longer what it was when you opened it. Look at it again.")
        raise Refusal([Reason("state", None, sentence)])


def refuse(owner: CardOwner, said: Described, already: Iterable[Reason] = ()) -> None:
    """Raise Refusal with every reason against what is said, if there are any."""
    splits = {split.key for split in splits_of(owner.lab.id)}
    reasons = [*already, *objections(said, splits)]
    if reasons:
        raise Refusal(reasons)


def described(row: RateVersion) -> Described:
    """What a version says."""
    return Described(
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        currency=row.currency,
        basis=row.basis,
        increment=row.increment,
        operator_increment=row.operator_increment,
        operator_windows=row.operator_windows,
        overrun=row.overrun,
        fees=FeeRules(row.late_percent, row.free_hours, row.no_show_percent),
        note=row.note,
        windows=tuple(window_of(window) for window in row.windows),
        prices=tuple(
            Price(
                price.customer_class, price.mode, price.unit, Money.from_units(price.price_units, row.currency),
                price.code, price.name_en, price.name_zh,
            )
            for price in row.prices
        ),
    )  # fmt: skip


def _say(row: RateVersion, said: Described) -> None:
    row.valid_from, row.valid_to, row.currency = said.valid_from, said.valid_to, said.currency
    row.basis, row.increment, row.operator_increment = said.basis, said.increment, said.operator_increment
    row.operator_windows, row.overrun, row.note = said.operator_windows, said.overrun, said.note
    row.late_percent, row.free_hours = said.fees.late_percent, said.fees.free_hours
    row.no_show_percent = said.fees.no_show_percent
    row.windows = [_window(place, window) for place, window in enumerate(said.windows)]
    row.prices = [_price(place, price) for place, price in enumerate(said.prices)]


def _window(place: int, window: Window) -> RateWindow:
    english, chinese = halves(window.name)
    return RateWindow(
        position=place, name_en=english, name_zh=chinese, since=window.since, until=window.until,
        factor=window.factor, days=" ".join(sorted(window.days)),
    )  # fmt: skip


def _price(place: int, price: Price) -> RatePrice:
    return RatePrice(
        customer_class=price.customer, mode=price.mode, unit=price.unit, price_units=price.amount.units,
        code=price.code, name_en=price.name_en, name_zh=price.name_zh, position=place,
    )  # fmt: skip
