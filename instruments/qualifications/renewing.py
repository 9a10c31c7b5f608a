"""Renew the qualification that a request names: that very row, at its level or above, to a later day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.people.rights import Actor
from instruments.qualifications.granting import day_objections, is_later, note, the_qualification
from instruments.qualifications.models import LEVEL_CODES, Qualification, QualificationRequest
from instruments.qualifications.needs import rank
from instruments.qualifications.subjects import Subject, place_of, require_granter

ANEW = N_("Decline the request, or grant it anew from the list.")


def renew_asked(
    actor: Actor,
    request: QualificationRequest,
    level: str,
    until: date | None,
    evidence: tuple[str, str],
    now: datetime,
) -> Qualification:
    """Let what the request names last to a later day (None: for good), inside the deed that answers it.

    Raises NotFound, Forbidden, or Refusal with every reason: where it was taken back since, too.
    """
    row = the_qualification(request.renews_id or 0)
    place = place_of(Subject(row.instrument_id, row.technique_id))
    require_granter(actor, place, row.person_id)
    db.session.refresh(row, with_for_update=True)
    if reasons := list(_objections(row, level, until, now)):
        raise Refusal(reasons)
    row.level, row.expires_on = level, until
    row.granted_by_id, row.granted_at = actor.person_id, now
    if evidence[0]:
        row.evidence, row.evidence_name = evidence
    row.version += 1
    db.session.flush()
    note(row, "qualification.renewed", place, actor.person_id, now)
    return row


def _objections(row: Qualification, level: str, until: date | None, now: datetime) -> Iterator[Reason]:
    if row.revoked_at is not None:
        yield Reason(
            "revoked", None, N_("This qualification was taken back since it was asked for."), {}, ANEW
        )
        return
    if level not in LEVEL_CODES:
        yield Reason("level", "level", N_("Choose one of these."))
    elif rank(level) < rank(row.level):
        remedy = N_("Whoever lowers it changes the qualification itself, and says why.")
        yield Reason("level_lower", "level", N_("A renewal keeps the level, or raises it."), {}, remedy)
    objections = list(day_objections(until, now, "expires_on"))
    yield from objections
    if not objections and not is_later(until, row.expires_on):
        yield Reason("day_not_later", "expires_on", N_("It lasts so long already: name a later day."))
