"""Open a month for objections, and have it issued: the deeds of finance that begin a closing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from instruments.charges.closing.issuing import begun
from instruments.charges.closing.letterheads import details
from instruments.charges.closing.months import not_closable
from instruments.charges.closing.owed import heads, last_closed
from instruments.charges.closing_models import ISSUING, OBJECTING, PREVIEW, Closing
from instruments.charges.settings import lock_books
from instruments.charges.states import DISPUTED
from instruments.charges.wall import today_at
from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.journal.record import entry, record, record_many
from instruments.timespan import Month
from instruments.web.versions import stale

_CLOSING: Any = Closing.__table__


def the_closing(institution_id: int, month: str) -> Closing:
    """The closing of a month; one that is not begun is not kept, and has no number."""
    found = db.session.execute(
        select(Closing).where(Closing.institution_id == institution_id, Closing.month == month)
    ).scalar()
    return found or Closing(
        id=0, institution_id=institution_id, month=month, state=PREVIEW, statements_done=0, version=0
    )


def open_for_objections(
    institution_id: int, month: str, version: int | None, now: datetime, actor_id: int | None
) -> date:
    """Let payers look and object before a month is issued, inside a deed; until which day. Raises Refusal, Stale."""
    closing = _begin(institution_id, month, version, now, actor_id)
    if closing.state == OBJECTING:
        raise Refusal([Reason("objecting", None, N_("The month lies open for objections already."))])
    until = today_at(institution_id, now) + timedelta(days=details(institution_id).objection_days)
    _set(closing, state=OBJECTING, objections_until=until)
    record(
        now=now, actor_id=actor_id, deed="closing.opened", thing=("closing", closing.id),
        institution_id=institution_id, detail={"month": month, "until": until.isoformat()},
    )  # fmt: skip
    record_many(_shown(closing, row, until, now, actor_id) for row in heads(closing, without=DISPUTED))
    return until


def _shown(closing: Closing, row: Any, until: date, now: datetime, actor_id: int | None) -> dict[str, Any]:
    """That a payer may look at a statement to come: who pays is told of it."""
    return entry(
        now=now, actor_id=actor_id, deed="statement.drafted", thing=("draft", closing.id),
        institution_id=closing.institution_id,
        detail={
            "month": closing.month, "until": until.isoformat(), "units": int(row.total), "currency": row.currency,
            "payer_institution_id": row.institution or None, "payer_person_id": row.person or None,
            "payer_group_id": row.research_group or None, "programme_id": row.programme or None,
        },
    )  # fmt: skip


def start(
    institution_id: int,
    month: str,
    version: int | None,
    now: datetime,
    actor_id: int | None,
    early: bool = False,
) -> int:
    """Have the statements of a month issued, inside a deed; the number of the closing, which the worker takes from there.

    early: without waiting for objections. Raises Refusal with every reason, Stale.
    """
    closing = _begin(institution_id, month, version, now, actor_id)
    today = today_at(institution_id, now)
    if not early and (reasons := list(_must_wait(closing, today))):
        raise Refusal(reasons)
    due_on = today + timedelta(days=details(institution_id).due_days)
    _set(
        closing,
        state=ISSUING,
        started_at=now,
        moved_at=now,
        started_by_id=actor_id,
        issued_on=today,
        due_on=due_on,
    )
    record(
        now=now, actor_id=actor_id, deed="closing.started", thing=("closing", closing.id),
        institution_id=institution_id, detail={"month": month, "early": early},
    )  # fmt: skip
    return closing.id


def _begin(
    institution_id: int, month: str, version: int | None, now: datetime, actor_id: int | None
) -> Closing:
    lock_books([institution_id])
    reasons = list(not_closable(month, today_at(institution_id, now), last_closed(institution_id)))
    reasons += [] if reasons else _under_way(institution_id, month)
    if reasons:
        raise Refusal(reasons)
    if version is not None and version != the_closing(institution_id, month).version:
        raise stale()
    number = begun(institution_id, month, now, actor_id)
    return db.session.execute(
        select(Closing).where(Closing.id == number).execution_options(populate_existing=True)
    ).scalar_one()


def _under_way(institution_id: int, month: str) -> list[Reason]:
    """One closing at a time: that of another month, or this one already."""
    found = db.session.execute(
        select(_CLOSING.c.month).where(
            _CLOSING.c.institution_id == institution_id, _CLOSING.c.state == ISSUING
        )
    ).scalar()
    if found is None:
        return []
    sentence = N_("The statements of %(month)s are being issued.")
    return [Reason("issuing", None, sentence, {"month": Month(found)}, N_("Wait until they are all issued."))]


def _must_wait(closing: Closing, today: date) -> Iterator[Reason]:
    if closing.state == PREVIEW and details(closing.institution_id).objection_days:
        remedy = N_("Open it for objections, or issue it without waiting.")
        yield Reason("not_opened", None, N_("The month did not lie open for objections."), {}, remedy)
    if (
        closing.state == OBJECTING
        and closing.objections_until is not None
        and today <= closing.objections_until
    ):
        sentence = N_("Payers may object until %(until)s.")
        remedy = N_("Wait, or issue it without waiting.")
        yield Reason("objecting", None, sentence, {"until": closing.objections_until}, remedy)


def _set(closing: Closing, **values: Any) -> None:
    db.session.execute(
        update(_CLOSING).where(_CLOSING.c.id == closing.id).values(**values, version=_CLOSING.c.version + 1)
    )


def unfinished() -> list[int]:
    """Closings that are being issued, in order."""
    asked = select(_CLOSING.c.id).where(_CLOSING.c.state == ISSUING).order_by(_CLOSING.c.id)
    return list(db.session.scalars(asked))
