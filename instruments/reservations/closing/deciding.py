"""What a program decided about the reservations in the way of a closure, as the act of making way wants it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from instruments.availability import closures
from instruments.availability.owners import Owner
from instruments.errors import N_, Reason, Refusal
from instruments.people.rights import Actor
from instruments.people.signing import actors_by_ids
from instruments.reservations.closing.schemas import DecisionIn, ReservationsIn
from instruments.reservations.displacing import in_the_way
from instruments.reservations.making_way import KEEP, MOVE, Decided, Decision, every
from instruments.reservations.proposing import Offer, proposals
from instruments.timespan import Pair


@dataclass(frozen=True)
class InTheWay:
    """What closing these spans of the owner meets, and where each of it could go."""

    rows: Sequence[Row[Any]]
    offers: dict[int, Offer]


def met_by(
    owner: Owner, closing: Sequence[Pair], actor: Actor, now: datetime, before: Sequence[Pair] = ()
) -> InTheWay:
    """The reservations in the way, with an offer for each that can have one. A constant number of statements."""
    instruments = closures.instruments_of(owner)
    rows = in_the_way(instruments, closing, now, before)
    users = actors_by_ids({row.user_id for row in rows}, now)
    closed = dict.fromkeys(instruments, closing)
    return InTheWay(rows, proposals(rows, closed, users, actor, now) if rows else {})


def decided(asked: ReservationsIn | None, met: InTheWay) -> Decided:
    """The decisions; raises Refusal when there is something to decide and nothing was said."""
    if asked is None:
        if met.rows:
            sentence = N_("Reservations lie in the way: %(count)s. Nothing is closed yet.")
            remedy = N_("Ask for the preview, then send what becomes of them as “reservations”.")
            raise Refusal([Reason("in_the_way", "reservations", sentence, {"count": len(met.rows)}, remedy)])
        return Decided()
    message = " ".join(asked.message.split())
    decisions = {each.reservation_id: _decision(each, met) for each in asked.each}
    if asked.all is not None:
        present = {row.id: Decision(KEEP, row.version, met.offers.get(row.id)) for row in met.rows}
        decisions = every(asked.all, present, met.offers) | decisions
    return Decided(decisions, message)


def _decision(each: DecisionIn, met: InTheWay) -> Decision:
    offer = met.offers.get(each.reservation_id)
    if each.to is not None:
        offer = Offer(each.to.instrument_id, int(each.to.start.timestamp()), int(each.to.end.timestamp()))
    if each.choice == MOVE and offer is None:
        sentence = N_("Reservation %(number)s has nowhere to go by itself.")
        remedy = N_("Say where it moves to, or keep or cancel it.")
        raise Refusal(
            [Reason("no_offer", "reservations", sentence, {"number": str(each.reservation_id)}, remedy)]
        )
    return Decision(each.choice, each.version, offer)
