"""From a draft to prices that hold: proposed by the lab, approved by its institution, ended or withdrawn."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import select

from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.people.rights import Action, Actor
from instruments.people.versions import locked
from instruments.rates.drafting import described, only_a, refuse
from instruments.rates.models import RateCard, RateVersion
from instruments.rates.owners import CardOwner, note, owner_of_card, require_on, version_at
from instruments.rates.terms import DRAFT, PROPOSED, PUBLISHED, WITHDRAWN

LONGEST_REASON = 500
A_DAY = timedelta(days=1)


def propose(actor: Actor, number: int, seen: int | None, now: datetime) -> RateVersion:
    """Ask the institution for approval."""
    row, owner = _held(number, seen)
    require_on(actor, Action.PRICES_EDIT, owner)
    only_a(row, DRAFT)
    without = [] if row.prices else [Reason("no_price", "prices", N_("There is no price in it yet."))]
    refuse(owner, described(row), [*against_dates(row, owner.today(now)), *without])
    row.state, row.proposed_by_id, row.proposed_at = PROPOSED, actor.person_id, now
    _note(owner, "prices.proposed", actor, now, row)
    return row


def take_back(actor: Actor, number: int, seen: int | None, now: datetime) -> RateVersion:
    """Make what was proposed a draft again."""
    row, owner = _held(number, seen)
    require_on(actor, Action.PRICES_EDIT, owner)
    only_a(row, PROPOSED)
    row.state = DRAFT
    _note(owner, "prices.taken_back", actor, now, row)
    return row


def decline(actor: Actor, number: int, seen: int | None, reason: str, now: datetime) -> RateVersion:
    """Send it back to the lab, with the reason; it is a draft again."""
    row, owner = _held(number, seen)
    require_on(actor, Action.PRICES_APPROVE, owner, row.proposed_by_id)
    only_a(row, PROPOSED)
    if reasons := list(against_reason(reason)):
        raise Refusal(reasons)
    row.state = DRAFT
    _note(owner, "prices.declined", actor, now, row, reason=reason.strip(), proposed_by_id=row.proposed_by_id)
    return row


def against_reason(reason: str) -> Iterator[Reason]:
    """Why nothing is sent back with such a reason."""
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        sentence = N_("Say why, in at most %(most)s characters.")
        yield Reason("reason", "reason", sentence, {"most": LONGEST_REASON})


def publish(actor: Actor, number: int, seen: int | None, now: datetime) -> RateVersion:
    """Approve what was proposed: it holds from its first day on, and what held until then ends with the day before."""
    row, owner = _held(number, seen)
    require_on(actor, Action.PRICES_APPROVE, owner, row.proposed_by_id)
    only_a(row, PROPOSED)
    refuse(owner, described(row), against_dates(row, owner.today(now)))
    before = _before(row)
    if before is not None:
        before.valid_to = row.valid_from
        before.version += 1
        db.session.flush()
    row.state, row.approved_by_id, row.approved_at = PUBLISHED, actor.person_id, now
    db.session.flush()
    _note(owner, "prices.published", actor, now, row, proposed_by_id=row.proposed_by_id)
    return row


def end(actor: Actor, number: int, seen: int | None, until: date, now: datetime) -> RateVersion:
    """Let published prices end before a date: from today's end on, and never later than they end already."""
    row, owner = _held(number, seen)
    require_on(actor, Action.PRICES_APPROVE, owner)
    only_a(row, PUBLISHED)
    today = owner.today(now)
    if until <= today or until <= row.valid_from:
        sentence = N_(
            "Prices that held cannot change: choose a last day from today on, and not before the first."
        )
        raise Refusal([Reason("past", "last_day", sentence)])
    if row.valid_to is not None and until > row.valid_to:
        sentence = N_("They end earlier already. Publish a new version for the days after.")
        raise Refusal([Reason("later", "last_day", sentence)])
    row.valid_to = until
    _note(owner, "prices.ended", actor, now, row)
    return row


def withdraw(actor: Actor, number: int, seen: int | None, now: datetime) -> RateVersion:
    """Take back published prices that have not begun. Reservations that are bound to them stay so."""
    row, owner = _held(number, seen)
    require_on(actor, Action.PRICES_APPROVE, owner)
    only_a(row, PUBLISHED)
    if row.valid_from <= owner.today(now):
        sentence = N_("These prices hold already. Set their last day instead.")
        raise Refusal([Reason("begun", None, sentence)])
    row.state = WITHDRAWN
    _note(owner, "prices.withdrawn", actor, now, row)
    return row


def against_dates(row: RateVersion, today: date) -> list[Reason]:
    """Why it cannot hold on its dates beside what is published, if it cannot."""
    reasons = []
    for other in _overlapping(row):
        if other.valid_from > row.valid_from or other.valid_from == row.valid_from > today:
            sentence = N_(
                "Another version is published from %(day)s on: let this one end before it, or withdraw that one."
            )
            reasons.append(Reason("overlap", "valid_to", sentence, {"day": other.valid_from}))
        elif row.valid_from <= today:
            sentence = N_("Prices that hold today cannot change: begin on %(day)s at the earliest.")
            day = today + A_DAY
            reasons.append(Reason("past", "valid_from", sentence, {"day": day}, fix={"valid_from": day}))
    return reasons


def ends_by_it(row: RateVersion) -> RateVersion | None:
    """The published version that this one would end, if it is the next one of its card."""
    return _before(row)


def _before(row: RateVersion) -> RateVersion | None:
    return next((other for other in _overlapping(row) if other.valid_from < row.valid_from), None)


def _overlapping(row: RateVersion) -> list[RateVersion]:
    other = RateVersion
    later = other.valid_to.is_(None) | (other.valid_to > row.valid_from)
    found = select(other).where(
        other.card_id == row.card_id, other.state == PUBLISHED, other.id != row.id, later
    )
    if row.valid_to is not None:
        found = found.where(other.valid_from < row.valid_to)
    return list(db.session.scalars(found.order_by(other.valid_from)))


def _held(number: int, seen: int | None) -> tuple[RateVersion, CardOwner]:
    """The version, locked after its card: of two who publish on one card, the second sees what the first did."""
    card_id = version_at(number).card_id
    db.session.get(RateCard, card_id, with_for_update=True, populate_existing=True)
    row = locked(RateVersion, number, seen)
    return row, owner_of_card(row.card)


def _note(
    owner: CardOwner, deed: str, actor: Actor, now: datetime, row: RateVersion, **detail: object
) -> None:
    db.session.flush()
    dates = {"since": str(row.valid_from), "until": row.valid_to and str(row.valid_to)}
    note(owner, deed, actor.person_id, now, ("rate_version", row.id), **dates, **detail)
