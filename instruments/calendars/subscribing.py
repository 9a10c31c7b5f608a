"""Subscribe a lab or an instrument to an outside calendar; pause, resume and remove it. Nothing is fetched here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select

from instruments.availability.busy import replace_busy
from instruments.availability.hours import Owner, lab_of
from instruments.calendars.fetching import PORTS, checked
from instruments.calendars.models import CalendarSubscription
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal, together
from instruments.journal.record import record
from instruments.people.models import Lab

LONGEST_NAME = 120
LONGEST_ADDRESS = 2000
MOST = 20
FEED_SCHEMES = {"webcal://": "https://", "webcals://": "https://", "feed://": "https://"}


def add_address(
    owner: Owner,
    name: str,
    address: str,
    *,
    actor_id: int | None,
    now: datetime,
    more: Sequence[Reason] = (),
) -> CalendarSubscription:
    """Subscribe to an address, to be fetched soon. more: what could not be read. Raises Refusal with every reason."""
    # Whoever adds the same at the same time waits here; SQLite has one writer, who holds the lock already.
    mine = select(Lab.id).where(Lab.id == lab_of(owner).id)
    db.session.execute(mine.with_for_update(key_share=True))
    against, found = _unsaid(owner, name), None
    try:
        found = _read_address(address)
        against += _again(owner, found)
    except Refusal as refusal:
        against += [
            Reason(reason.code, "address", reason.message, reason.values) for reason in refusal.reasons
        ]
    if (reasons := together(more, against)) or found is None:
        raise Refusal(reasons)
    host = str(checked(found).hostname)
    return _add(
        owner,
        CalendarSubscription(name=_tidy(name) or host[:LONGEST_NAME], address=found, host=host),
        actor_id,
        now,
    )


def add_file(
    owner: Owner, name: str, file_name: str, upload: str, *, actor_id: int | None, now: datetime
) -> CalendarSubscription:
    """Keep an uploaded file, to be read soon. upload: where it lies, below the folder for files."""
    if reasons := [*_unsaid(owner, name)]:
        raise Refusal(reasons)
    called = _tidy(name) or _tidy(file_name)[-LONGEST_NAME:] or "calendar.ics"
    return _add(owner, CalendarSubscription(name=called, upload=upload), actor_id, now)


def newer_file(row: CalendarSubscription, upload: str, *, actor_id: int | None, now: datetime) -> str:
    """Let a newer file take the place of the one that was uploaded; the path of one that now never will be read.

    Raises Refusal for a calendar that is read from its address.
    """
    if row.address:
        sentence = N_("This calendar is read from its address. Add the file as another calendar.")
        raise Refusal([Reason("has_address", "file", sentence)])
    left, row.upload = row.upload, upload
    row.due_at, row.failures, row.state = now, 0, "active"
    db.session.flush()
    _note(row, "calendar.resumed", actor_id, now)
    return left


def pause(row: CalendarSubscription, *, actor_id: int | None, now: datetime) -> None:
    """Ask it no more; what it closed stays closed."""
    if row.state == "active":
        row.state = "paused"
        db.session.flush()
        _note(row, "calendar.paused", actor_id, now)


def resume(row: CalendarSubscription, *, actor_id: int | None, now: datetime) -> None:
    """Ask it again, soon."""
    if row.state == "paused":
        row.state, row.due_at, row.failures = "active", now, 0
        db.session.flush()
        _note(row, "calendar.resumed", actor_id, now)


def ask_now(row: CalendarSubscription, now: datetime) -> None:
    """Let it be asked soon, whatever it has to wait for: somebody wants to know."""
    row.due_at = now
    db.session.flush()


def remove(row: CalendarSubscription, *, actor_id: int | None, now: datetime) -> list[str]:
    """End it: what it closed from now on is open again, what was stays on record. The paths of its files."""
    replace_busy(row.id, owner_of(row), [], now)
    _note(row, "calendar.removed", actor_id, now)
    files = [path for path in (row.body, row.upload) if path]
    db.session.delete(row)
    db.session.flush()
    return files


def the_subscription(number: int) -> CalendarSubscription:
    """The row with this id; raises NotFound."""
    row = db.session.get(CalendarSubscription, number)
    if row is None:
        raise NotFound([Reason("no_subscription", None, N_("This calendar is not subscribed any more."))])
    return row


def subscriptions_of(owner: Owner) -> Sequence[CalendarSubscription]:
    """Those of the owner, and for an instrument its lab's."""
    one = CalendarSubscription
    mine = one.lab_id == owner.id if isinstance(owner, Lab) else one.instrument_id == owner.id
    if isinstance(owner, Instrument):
        mine = or_(mine, one.lab_id == owner.lab_id)
    return db.session.scalars(select(one).where(mine).order_by(one.id)).all()


def of_instruments_in(lab: Lab) -> Sequence[CalendarSubscription]:
    """Those of the single instruments of a lab."""
    one = CalendarSubscription
    return db.session.scalars(
        select(one)
        .join(Instrument, Instrument.id == one.instrument_id)
        .where(Instrument.lab_id == lab.id)
        .order_by(one.id)
        .limit(MOST * 10)
    ).all()


def owner_of(row: CalendarSubscription) -> Owner:
    """The lab or instrument that it closes."""
    owner = row.lab if row.lab_id is not None else row.instrument
    assert owner is not None  # noqa: S101 - the constraint one_owner
    return owner


def _read_address(text: str) -> str:
    """The address as it is fetched: calendar programs write webcal:// for https://."""
    text = text.strip()
    for scheme, real in FEED_SCHEMES.items():
        if text.lower().startswith(scheme):
            text = real + text[len(scheme) :]
    if len(text) > LONGEST_ADDRESS:
        values = {"most": LONGEST_ADDRESS}
        raise Refusal([Reason("too_long", "address", N_("At most %(most)s characters."), values)])
    checked(text)
    return text


def _again(owner: Owner, address: str) -> Iterator[Reason]:
    """Against an address that closes this lab or instrument already."""
    wanted = _compared(address)
    for row in subscriptions_of(owner):
        if not row.address or _compared(row.address) != wanted:
            continue
        sentence = N_("This address is subscribed here already, as “%(name)s”.")
        if isinstance(owner, Instrument) and row.lab_id is not None:
            sentence = N_(
                "The lab is subscribed to this address already, as “%(name)s”, for all its instruments."
            )
        remedy = N_("See how that calendar stands, or remove it first.")
        yield Reason("subscribed_already", "address", sentence, {"name": row.name}, remedy)
        return


def _compared(address: str) -> tuple[str | int | None, ...]:
    """What two writings of one address have in common: letters of the host, the usual port and a fragment say nothing."""
    parts = checked(address)
    port = parts.port or PORTS[parts.scheme]
    return parts.scheme, parts.hostname, port, parts.path or "/", parts.query


def _unsaid(owner: Owner, name: str) -> list[Reason]:
    reasons = []
    if len(_tidy(name)) > LONGEST_NAME:
        values = {"most": LONGEST_NAME}
        reasons.append(Reason("too_long", "name", N_("At most %(most)s characters."), values))
    one = CalendarSubscription
    mine = one.lab_id == owner.id if isinstance(owner, Lab) else one.instrument_id == owner.id
    if (db.session.scalar(select(func.count()).where(mine)) or 0) >= MOST:
        sentence = N_("%(most)s calendars are subscribed here. Remove one first.")
        reasons.append(Reason("too_many_calendars", None, sentence, {"most": MOST}))
    return reasons


def _tidy(name: str) -> str:
    return " ".join(name.split())


def _add(
    owner: Owner, row: CalendarSubscription, actor_id: int | None, now: datetime
) -> CalendarSubscription:
    row.lab_id = owner.id if isinstance(owner, Lab) else None
    row.instrument_id = None if isinstance(owner, Lab) else owner.id
    row.created_by_id, row.created_at, row.due_at = actor_id, now, now
    db.session.add(row)
    db.session.flush()
    _note(row, "calendar.subscribed", actor_id, now)
    return row


def _note(row: CalendarSubscription, deed: str, actor_id: int | None, now: datetime) -> None:
    """In the journal stands the host alone: the address is often a secret."""
    owner = owner_of(row)
    lab = lab_of(owner)
    record(
        now=now,
        actor_id=actor_id,
        deed=deed,
        thing=("lab" if isinstance(owner, Lab) else "instrument", owner.id),
        institution_id=lab.institution_id,
        lab_id=lab.id,
        detail={"calendar": row.id, "name": row.name, "host": row.host},
    )
