"""Accept a formal quote, which books the time and holds its price; decline it, withdraw it, let it expire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update

from instruments.catalog import revision
from instruments.database import db
from instruments.errors import N_, Forbidden, Reason, Refusal, Stale
from instruments.journal.record import record
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.signing import actor_by_id
from instruments.reservations.booking import Booked, BookingRequest, book
from instruments.reservations.formal_quotes.agreements import acceptance_of, agreement_of, is_company
from instruments.reservations.formal_quotes.finding import is_payers, quote_row
from instruments.reservations.formal_quotes.models import FormalQuote
from instruments.reservations.payment import Bound, Part, Payment
from instruments.reservations.texts import reason_objections

AT_ONCE = 200
_QUOTE: Any = FormalQuote.__table__


def accept(
    actor: Actor,
    quote_id: int,
    parts: Sequence[Part],
    version: int | None,
    now: datetime,
    *,
    programmes: Sequence[int] | None = None,
) -> Booked:
    """Book what was quoted, at that price and no more, inside a deed. parts: the funds that pay; none: named later.

    programmes: those that bear a part, which is reserved now; None: those of the quote.

    Raises NotFound, Forbidden, Stale, Refusal where it no longer stands or the agreement is not accepted, and whatever a
    booking raises: the quote stays then.
    """
    row = quote_row(quote_id, actor)
    _require_payers(actor, row)
    revision.lock([row.instrument_id])
    row = _require_open(quote_row(quote_id, actor), version, now)
    agreement = agreement_of(row.institution_id)
    if agreement and acceptance_of(agreement.id, row.payer_institution_id, row.payer_person_id or 0) is None:
        remedy = N_("Who manages your institution accepts it once, for all orders.")
        if is_company(row.payer_institution_id):
            remedy = N_("Who manages your company accepts it once, for all orders.")
        sentence = N_("The framework agreement of the institution is not accepted yet.")
        raise Refusal([Reason("agreement_needed", "agreement", sentence, {}, remedy)])
    user = actor if actor.person_id == row.asked_by_id else actor_by_id(row.asked_by_id, now)
    if user is None:
        sentence = N_("The account of who asked for it has ended.")
        raise Refusal([Reason("no_user", None, sentence, {}, N_("Ask for another."))])
    wanted = BookingRequest(
        row.instrument_id, row.starts_at, row.ends_at, row.purpose, row.title, row.group_id,
        hazardous=row.hazardous, second_id=row.second_id, payment=quoted_payment(row, parts, programmes),
    )  # fmt: skip
    made = book(actor, user, wanted, now)
    agreed = agreement.id if agreement else None
    changes = {"reservation_id": made.id, "accepted_by_id": actor.person_id, "agreement_id": agreed}
    _end(row, "accepted", changes, actor, now)
    return made


def quoted_payment(row: Any, parts: Sequence[Part], programmes: Sequence[int] | None = None) -> Payment:
    """How what was quoted is paid: by its prices, from these funds, with these programmes or (None) those of the quote."""
    chosen = [each["programme_id"] for each in row.borne] if programmes is None else programmes
    return Payment(
        tuple(parts),
        tuple(chosen),
        row.mode,
        {code: Decimal(number) for code, number in row.counts.items()},
        Bound(row.version_id, row.customer_class, row.total_units),
    )


def decline(actor: Actor, quote_id: int, version: int | None, now: datetime) -> None:
    """Say that it is not wanted, inside a deed. Raises as `accept` does."""
    row = quote_row(quote_id, actor)
    _require_payers(actor, row)
    _end(_require_open(row, version, now), "declined", {}, actor, now)


def withdraw(actor: Actor, quote_id: int, reason: str, version: int | None, now: datetime) -> None:
    """Take back for the lab what was offered, with a reason, inside a deed. Raises as `accept` does."""
    row = quote_row(quote_id, actor)
    if not may(actor, Action.FORMAL_QUOTE_WITHDRAW, Scope(row.institution_id, row.lab_id)):
        raise Forbidden([Reason("forbidden", None, N_("Only the lab withdraws what it offered."))])
    row = _require_open(row, version, now)
    said = " ".join(reason.split())
    if not said:
        remedy = N_("A few words are enough; who asked reads them.")
        raise Refusal([Reason("no_reason", "reason", N_("Say why you withdraw it."), {}, remedy)])
    if wrong := list(reason_objections(said)):
        raise Refusal(wrong)
    _end(row, "withdrawn", {"reason": said}, actor, now)


def expire_quotes(now: datetime) -> int:
    """Note that quotes have run out, a page of them, inside a deed; how many. Again changes nothing."""
    rows = db.session.execute(
        select(_QUOTE)
        .where(_QUOTE.c.state == "offered", _QUOTE.c.valid_until <= now)
        .order_by(_QUOTE.c.id)
        .limit(AT_ONCE)
    ).all()
    for row in rows:
        _end(row, "expired", {}, None, now)
    return len(rows)


def _require_payers(actor: Actor, row: Any) -> None:
    if not is_payers(actor, row):
        sentence = N_("Only who asked for it, or manages the company, answers it.")
        raise Forbidden([Reason("not_payer", None, sentence)])


def _require_open(row: Any, version: int | None, now: datetime) -> Any:
    if version is not None and row.version != version:
        sentence = N_("This quote was changed since you opened it.")
        raise Stale([Reason("stale", None, sentence, {}, N_("Look at it again, then decide."))])
    if row.state != "offered" or row.valid_until <= now:
        sentence, remedy = N_("This quote no longer stands."), N_("Ask for another; it takes a minute.")
        raise Refusal([Reason("not_open", None, sentence, {}, remedy)])
    return row


def _end(row: Any, state: str, changes: dict[str, Any], actor: Actor | None, now: datetime) -> None:
    ended = db.session.execute(
        update(_QUOTE)
        .where(_QUOTE.c.id == row.id, _QUOTE.c.state == "offered")
        .values(state=state, ended_at=now, version=row.version + 1, **changes)
    )
    if not ended.rowcount:
        raise Stale([Reason("stale", None, N_("This quote was changed since you opened it."))])
    record(
        now=now, actor_id=actor.person_id if actor else None, deed=f"formal_quote.{state}",
        thing=("formal_quote", row.id), institution_id=row.institution_id, lab_id=row.lab_id,
        detail={"instrument_id": row.instrument_id, "asked_by_id": row.asked_by_id, **changes},
    )  # fmt: skip
