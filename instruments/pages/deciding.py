"""The page between closing and closed: whose reservations lie in the way, and what shall become of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import render_template, request
from flask_babel import gettext, ngettext
from sqlalchemy import Row, func, select

from instruments.availability.kinds import END_NOT_KNOWN
from instruments.availability.models import Closure
from instruments.availability.owners import Owner, lab_of
from instruments.availability.views.doors import kind_of
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import Refusal
from instruments.pages.closed_days import closure_span_words
from instruments.pages.refused_moves import Refused, refused_of
from instruments.people.models import Lab
from instruments.people.rights import Actor
from instruments.people.signing import actors_by_ids
from instruments.reservations.bookable import bookables
from instruments.reservations.models import Displacement
from instruments.reservations.one_way import CANCEL, KEEP, MOVE, Decided, Decision, every
from instruments.reservations.partly import Closing, placeless
from instruments.reservations.proposing import Offer, offers_for, proposals
from instruments.timespan import Pair, Timespan
from instruments.web import formats
from instruments.web.language import in_language
from instruments.web.reasons import by_field

EACH = "each"
A_PAGE = 50


@dataclass(frozen=True)
class InTheWay:
    """What the page asks about: what closes the owner (none: its published hours), and whom that meets.

    total: how many there are, where `rows` is only this page of them. stands: the closure that is in force already.
    """

    owner: Owner
    closing: Closing | None
    rows: Sequence[Row[Any]]
    total: int = 0
    page: int = 1
    stands: Closure | None = None


def is_decided() -> bool:
    """Whether the page was sent, so that there is nothing left to ask."""
    return "decided" in request.form


def decided() -> Decided:
    """What was decided. What cannot be read counts as keeping."""
    numbers = [
        int(name.removeprefix("version-"))
        for name in request.form
        if name.startswith("version-") and name.removeprefix("version-").isdecimal()
    ]
    decisions = {number: _decision(number) for number in numbers}
    choice = request.form.get("all", EACH)
    if choice in (KEEP, MOVE, CANCEL):
        movable = [number for number, each in decisions.items() if each.offer is not None]
        # Of a part that closes: all that have no place left.
        some = {number: each for number, each in decisions.items() if f"placed-{number}" not in request.form}
        decisions = every(choice, some, movable)
    return Decided(decisions, " ".join(request.form.get("message", "").split()))


def page(
    asked: InTheWay,
    actor: Actor,
    now: datetime,
    *,
    action: str,
    hidden: Mapping[str, str],
    back: str,
    refusal: Refusal | None = None,
) -> str:
    """The question; hidden: the closure as it was typed, sent again with the answer."""
    users = actors_by_ids({row.user_id for row in asked.rows}, now)
    closing = asked.closing
    without = placeless(closing, now) if closing else set()
    offers = (
        offers_for(closing, asked.rows, users, actor, now, without)
        if closing
        else proposals(asked.rows, {}, users, actor, now)
    )
    if refusal is not None:
        # Shown again, it proposes what it proposed: whoever chose that must not get another time unseen.
        offers = _offers_shown(asked.rows)
    refused = refused_of(asked.rows, now)
    for number, (offer, _, by_time) in refused.items():
        if not by_time or offers.get(number) == offer:
            offers.pop(number, None)
    lab, names = lab_of(asked.owner), _names({offer.instrument_id for offer in offers.values()})
    return render_template(
        "pages/deciding.html",
        owner=asked.owner,
        kind=kind_of(asked.owner),
        lab=lab,
        action=action,
        hidden=hidden,
        back=back,
        closes=closes(closing) if closing else "",
        stands=asked.stands is not None,
        went=_went(asked.stands) if asked.stands else 0,
        partly=bool(closing and closing.units),
        without=sum(row.id in without for row in asked.rows),
        rows=[
            _shown(row, offers.get(row.id), lab.zone, names)
            | {"placed": row.id not in without, "refused": _refused(refused.get(row.id), lab.zone)}
            for row in asked.rows
        ],
        total=asked.total or len(asked.rows),
        page=asked.page,
        a_page=A_PAGE,
        chosen=request.form.get("all", EACH),
        message=request.form.get("message", ""),
        reasons=by_field(refusal),
    )


def _offers_shown(rows: Sequence[Row[Any]]) -> dict[int, Offer]:
    """What the page that was sent proposed, for those that are as they were then."""
    sent = {row.id: _offer(row.id) for row in rows if _decision(row.id).version == row.version}
    return {number: offer for number, offer in sent.items() if offer is not None}


def closes(closing: Closing) -> str:
    """What is closed, in words: when, and how many places where it is not the whole."""
    when = _when(closing.spans, lab_of(closing.owner).zone)
    if closing.units is None or isinstance(closing.owner, Lab):
        return when
    return gettext(
        "%(units)s of %(capacity)s places, %(when)s",
        units=formats.count(closing.units), capacity=formats.count(closing.owner.capacity), when=when,
    )  # fmt: skip


def _when(closing: Sequence[Pair], zone: str) -> str:
    first = closure_span_words(Timespan.from_seconds(*closing[0]), zone)
    more = len(closing) - 1
    if not more:
        return first
    return ngettext("%(first)s and %(num)s more time", "%(first)s and %(num)s more times", more, first=first)


def _went(closure: Closure) -> int:
    """How many were moved or cancelled already for a closure that stands."""
    one = Displacement
    of_it = (one.closure_id == closure.id, one.outcome != "kept")
    return db.session.scalar(select(func.count(one.reservation_id.distinct())).where(*of_it)) or 0


def _refused(refused: Refused | None, zone: str) -> str:
    """What could not be done with it just now, in words."""
    if refused is None:
        return ""
    offer, why, _ = refused
    when = formats.when(Timespan.from_seconds(offer.start, offer.end), zone)
    return gettext("Moving it to %(when)s was refused. %(why)s", when=when, why=why)


def _names(instrument_ids: Collection[int]) -> dict[int, str]:
    thing = Instrument
    statement = select(thing.id, thing.name_en, thing.name_zh).where(thing.id.in_(instrument_ids))
    return {row.id: in_language(row.name_en, row.name_zh) for row in db.session.execute(statement)}


def _shown(row: Row[Any], offer: Offer | None, zone: str, names: Mapping[int, str]) -> dict[str, Any]:
    options = [(KEEP, gettext("Keep it"))]
    if offer is not None:
        when = formats.when(Timespan.from_seconds(offer.start, offer.end), zone)
        words = gettext("Move to %(when)s", when=when)
        if offer.instrument_id != row.instrument_id:
            words = gettext("Move to another of its kind, %(when)s", when=when)
        options.append((MOVE, words))
    return {
        "row": row,
        "when": formats.when(Timespan.from_seconds(row.start, row.end), zone),
        "options": [*options, (CANCEL, gettext("Cancel it"))],
        "other_name": names.get(offer.instrument_id, "") if offer else "",
        "other": None if offer is None or offer.instrument_id == row.instrument_id else offer.instrument_id,
        "offer": "" if offer is None else f"{offer.instrument_id}.{offer.start}.{offer.end}",
        "choice": request.form.get(f"choice-{row.id}", KEEP),
    }


def _decision(number: int) -> Decision:
    version = request.form.get(f"version-{number}", 0, type=int)
    return Decision(request.form.get(f"choice-{number}", KEEP), version, _offer(number))


def _offer(number: int) -> Offer | None:
    parts = request.form.get(f"offer-{number}", "").split(".")
    if len(parts) != 3 or not all(part.isdecimal() and len(part) < 12 for part in parts):
        return None
    instrument_id, start, end = (int(part) for part in parts)
    known = instrument_id in bookables() and start < end < END_NOT_KNOWN
    return Offer(instrument_id, start, end) if known else None


def outcome_words(outcomes: Mapping[str, int]) -> list[str]:
    """How many were moved, cancelled and kept, a sentence each."""
    found = []
    if moved := outcomes.get("moved", 0):
        found.append(ngettext("%(num)s booking is moved.", "%(num)s bookings are moved.", moved))
    if cancelled := outcomes.get("cancelled", 0):
        found.append(ngettext("%(num)s booking is cancelled.", "%(num)s bookings are cancelled.", cancelled))
    if kept := outcomes.get("kept", 0):
        found.append(
            ngettext(
                "%(num)s booking lies within it and stays.", "%(num)s bookings lie within it and stay.", kept
            )
        )
    return found
