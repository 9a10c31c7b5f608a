"""Choose what an institution tells everybody, or nothing any more; inside a deed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.journal.record import record
from instruments.people.models import Institution
from instruments.people.rights import Actor
from instruments.utilization import periods
from instruments.utilization.marking import lock_state
from instruments.utilization.periods import ACADEMIC, YEAR, Period
from instruments.utilization.public.models import PublicFigures
from instruments.utilization.told_models import ToldYear
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
    code = choice.period
    if row is not None and not (choice.hours or choice.served):
        db.session.delete(row)
    elif choice.hours or choice.served:
        code = _told_from_now_on(home.id, _period(choice.period, today))
        if row is None:
            row = PublicFigures(institution_id=home.id, version=0)
            db.session.add(row)
        row.period, row.hours, row.served = code, choice.hours, choice.served
        row.chosen_by_id, row.chosen_at = actor.person_id, now
        row.version += 1
    # What dashboards tell of classes elsewhere depends on it, and is kept for a state of the summaries.
    lock_state()
    db.session.flush()
    record(
        now=now, actor_id=actor.person_id, deed="public_figures.chosen", thing=("institution", home.id),
        institution_id=home.id,
        detail={"period": code, "hours": choice.hours, "served": choice.served},
    )  # fmt: skip


def _period(words: str, today: date) -> Period:
    found = periods.read(words)
    if found.kind not in (YEAR, ACADEMIC) or found.end > today:
        raise Refusal([Reason("a_year", "period", N_("Choose a calendar or academic year that is over."))])
    return found


def overlapping(institution_id: int, period: Period) -> list[Period]:
    """The years told before that share days with this one and are not it: from both, what is withheld of a part of either
    could be worked out by subtraction."""
    asked = (
        select(ToldYear.first_on, ToldYear.end_on)
        .where(
            ToldYear.institution_id == institution_id,
            ToldYear.first_on < period.end, ToldYear.end_on > period.first, ToldYear.first_on != period.first,
        )
        .order_by(ToldYear.first_on)
    )  # fmt: skip
    return [
        periods.academic_year(first) if first.month == periods.ACADEMIC_MONTH else periods.year(first)
        for first, _ in db.session.execute(asked)
    ]


def _told_from_now_on(institution_id: int, period: Period) -> str:
    """Keep that this year is told; refused where one that overlaps it ever was."""
    if others := overlapping(institution_id, period):
        sentence = N_(
            "%(told)s was told before and shares months with it: whoever saw both could work out what is withheld."
            " Choose a year that overlaps none of those told before."
        )
        raise Refusal(
            [Reason("overlaps", "period", sentence, {"told": ", ".join(each.code for each in others)})]
        )
    if db.session.get(ToldYear, (institution_id, period.first)) is None:
        db.session.add(ToldYear(institution_id=institution_id, first_on=period.first, end_on=period.end))
    return period.code
