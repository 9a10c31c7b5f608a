"""What a program decided about the reservations in the way of a closure, as the act of making way wants it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from instruments.errors import N_, Reason, Refusal
from instruments.people.rights import Actor
from instruments.people.signing import actors_by_ids
from instruments.reservations.closing.schemas import ClosingDecisionIn, ReservationsIn
from instruments.reservations.one_way import KEEP, MOVE, Decided, Decision, every
from instruments.reservations.partly import Closing, met, placeless
from instruments.reservations.proposing import Offer, offers_for


@dataclass(frozen=True)
class InTheWay:
    """What a closing meets, where each of it could go, and which have no place left."""

    rows: Sequence[Row[Any]]
    offers: dict[int, Offer]
    placeless: Collection[int]


def met_by(closing: Closing, actor: Actor, now: datetime) -> InTheWay:
    """The reservations in the way, with an offer for each that can have one. A constant number of statements."""
    rows = met(closing, now)
    if not rows:
        return InTheWay(rows, {}, ())
    users = actors_by_ids({row.user_id for row in rows}, now)
    without = placeless(closing, now)
    return InTheWay(rows, offers_for(closing, rows, users, actor, now, without), without)


def decided(asked: ReservationsIn | None, found: InTheWay) -> Decided:
    """The decisions; raises Refusal when there is something to decide and nothing was said."""
    if asked is None:
        if found.rows:
            sentence = N_("Reservations lie in the way: %(count)s. Nothing is closed yet.")
            remedy = N_("Ask for the preview, then send what becomes of them as “reservations”.")
            raise Refusal(
                [Reason("in_the_way", "reservations", sentence, {"count": len(found.rows)}, remedy)]
            )
        return Decided()
    message = " ".join(asked.message.split())
    decisions = {each.reservation_id: _decision(each, found) for each in asked.each}
    if asked.all is not None:
        present = {
            row.id: Decision(KEEP, row.version, found.offers.get(row.id))
            for row in found.rows
            if row.id in found.placeless
        }
        decisions = every(asked.all, present, found.offers) | decisions
    return Decided(decisions, message)


def _decision(each: ClosingDecisionIn, found: InTheWay) -> Decision:
    offer = found.offers.get(each.reservation_id)
    if each.to is not None:
        offer = Offer(each.to.instrument_id, int(each.to.start.timestamp()), int(each.to.end.timestamp()))
    if each.choice == MOVE and offer is None:
        sentence = N_("Reservation %(number)s has nowhere to go by itself.")
        remedy = N_("Say where it moves to, or keep or cancel it.")
        raise Refusal(
            [Reason("no_offer", "reservations", sentence, {"number": str(each.reservation_id)}, remedy)]
        )
    return Decision(each.choice, each.version, offer)
