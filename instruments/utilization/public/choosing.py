"""Choose what an institution tells everybody, or nothing any more; inside a deed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.journal.record import record
from instruments.people.models import Institution
from instruments.people.rights import Actor
from instruments.utilization import periods
from instruments.utilization.periods import ACADEMIC, YEAR, Period
from instruments.utilization.public.models import PublicFigures
from instruments.web.versions import stale

YEARS = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """Of which year; hours shared; institutions and companies served."""

    period: str
    hours: bool
    served: bool


def years(today: date) -> list[Period]:
    """The years that can be told: the last calendar and academic years that are over, the latest first."""
    found: list[Period] = []
    for running in (periods.year(today), periods.academic_year(today)):
        for _ in range(YEARS):
            running = running.before
            found.append(running)
    return found


def choose(
    actor: Actor, home: Institution, choice: Choice, version: int | None, today: date, now: datetime
) -> None:
    """Tell this from now on; without anything chosen, nothing. Raises Refusal, Stale where another chose meanwhile."""
    row = db.session.get(PublicFigures, home.id, with_for_update=True)
    if version is not None and version != (row.version if row else 0):
        raise stale()
    if row is not None and not (choice.hours or choice.served):
        db.session.delete(row)
    elif choice.hours or choice.served:
        code = _period(choice.period, today)
        if row is None:
            row = PublicFigures(institution_id=home.id, version=0)
            db.session.add(row)
        row.period, row.hours, row.served = code, choice.hours, choice.served
        row.chosen_by_id, row.chosen_at = actor.person_id, now
        row.version += 1
    db.session.flush()
    record(
        now=now, actor_id=actor.person_id, deed="public_figures.chosen", thing=("institution", home.id),
        institution_id=home.id,
        detail={"period": choice.period, "hours": choice.hours, "served": choice.served},
    )  # fmt: skip


def _period(words: str, today: date) -> str:
    found = periods.read(words)
    if found.kind not in (YEAR, ACADEMIC) or found.end > today:
        raise Refusal([Reason("a_year", "period", N_("Choose a calendar or academic year that is over."))])
    return found.code
