"""Who sees which reports, and which of their rows: the institution all, a lab its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, select, true

from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.people.models import Institution, Lab
from instruments.people.rights import Action, Actor, Role, Scope, may
from instruments.reports.models import Report, ReportRow

_ROW: Any = ReportRow.__table__
_NOTHING = N_("There is no such report, or none that you may see.")


@dataclass(frozen=True, slots=True)
class Sight:
    """A report as somebody sees it. labs: whose rows alone, None for all of them; files: may complete and file it."""

    report: Report
    labs: frozenset[int] | None
    files: bool

    @property
    def rows(self) -> ColumnElement[bool]:
        """The condition on the rows that are seen."""
        mine = _ROW.c.report_id == self.report.id
        return mine if self.labs is None else mine & _ROW.c.lab_id.in_(self.labs)


def the_report(actor: Actor, report_id: int) -> Sight:
    """A report, if the actor may see it or some of its rows; NotFound as for none where they may not."""
    report = db.session.get(Report, report_id)
    if report is None:
        raise not_found()
    place = scope_of(report)
    if may(actor, Action.REPORT_SEE, place):
        return Sight(report, None, may(actor, Action.REPORT_FILE, place))
    labs = labs_kept(actor, report.institution_id)
    if not labs or report.lab_id is not None:
        raise not_found()
    return Sight(report, labs, False)


def scope_of(report: Report) -> Scope:
    """Where a report stands."""
    return Scope(institution_id=report.institution_id, lab_id=report.lab_id)


def labs_kept(actor: Actor, institution_id: int) -> frozenset[int]:
    """The labs of an institution whose rows somebody sees as the manager of the lab."""
    mine = [grant.scope_id for grant in actor.grants if grant.role is Role.LAB_MANAGER and grant.scope_id]
    if not mine:
        return frozenset()
    asked = select(Lab.id).where(Lab.institution_id == institution_id, Lab.id.in_(mine))
    return frozenset(db.session.scalars(asked))


def not_found() -> NotFound:
    """The refusal of a report that is not there for whoever asks."""
    return NotFound([Reason("not_found", None, _NOTHING)])


def the_institution(actor: Actor, institution_id: int, action: Action = Action.REPORT_SEE) -> Institution:
    """An institution whose reports the actor may see, or file; as if it were not there where they may not."""
    home = db.session.get(Institution, institution_id)
    if home is None or home.kind == "company" or not may(actor, action, Scope(institution_id)):
        raise not_found()
    return home


def the_lab(actor: Actor, lab_id: int, action: Action = Action.REPORT_SEE) -> Lab:
    """A lab whose part of the reports the actor may see."""
    lab = db.session.get(Lab, lab_id)
    if lab is None or not may(actor, action, Scope(lab.institution_id, lab.id)):
        raise not_found()
    return lab


def visible(actor: Actor, institution_id: int) -> ColumnElement[bool]:
    """The condition on reports of an institution that somebody sees at all, of those that hold rows of their labs."""
    here = Report.institution_id == institution_id
    if may(actor, Action.REPORT_SEE, Scope(institution_id)):
        return here & true()
    labs = labs_kept(actor, institution_id)
    theirs = select(_ROW.c.report_id).where(_ROW.c.lab_id.in_(labs))
    return here & or_(Report.lab_id.in_(labs), Report.lab_id.is_(None) & Report.id.in_(theirs))
