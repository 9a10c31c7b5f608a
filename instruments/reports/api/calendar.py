"""Doors for programs: which forms there are, what is due, and drafts of it."""

from __future__ import annotations

from typing import Any

from flask import Response
from sqlalchemy import select

from instruments.database import db
from instruments.people.bearer import token_required
from instruments.people.models import Institution
from instruments.people.rights import Action
from instruments.people.signing import the_actor
from instruments.reports.api.telling import accepted_told, api, due_told, made, told
from instruments.reports.drafting import Wish
from instruments.reports.due import calendar_of, not_on_record
from instruments.reports.forms import codes, form_at, versions_of
from instruments.reports.models import Report
from instruments.reports.schemas import FormCalendarOut, FormDraftIn, FormOut, FormReportOut, FormsOut
from instruments.reports.seeing import the_institution, the_lab, visible
from instruments.reports.spans import read
from instruments.reports.views.doors import to_draft, today_at
from instruments.reports.writing import layout_of
from instruments.web import clock
from instruments.web.answers import answer, made_once
from instruments.web.incoming import Incoming, takes, whole

OF_INSTITUTION = "/institutions/<int:institution_id>/reports"
OF_LAB = "/labs/<int:lab_id>/reports"
MOST = 200


@api.get("/forms")
@token_required("reports:read")
@api.output(FormsOut)
def forms() -> Response:
    """The statutory forms, each in its newest format: columns, units, and whose personal data they carry."""
    return answer({"items": [_form(code) for code in codes()]})


def _form(code: str) -> dict[str, Any]:
    form = versions_of(code)[-1]
    plain = {name: getattr(form, name) for name in FormOut.model_fields if name != "sheets"}
    sheets = [
        sheet | {"columns": [{name: column[name] for name in column if name != "source"} for column in sheet["columns"]]}
        for sheet in layout_of(form)
    ]  # fmt: skip
    return plain | {"sheets": sheets}


@api.get(OF_INSTITUTION)
@token_required("reports:read")
@api.output(FormCalendarOut)
@api.doc(responses=[404])
def institution_calendar(institution_id: int) -> Response:
    """What an institution has to file by when, the instruments that are not on the national record, and its reports."""
    actor = the_actor()
    home = the_institution(actor, institution_id)
    asked = select(Report).where(visible(actor, home.id)).order_by(Report.id.desc()).limit(MOST)
    return answer(
        {
            "due": [due_told(each) for each in calendar_of(home, clock.now())],
            "not_on_record": [accepted_told(each) for each in not_on_record(home, clock.now())],
            "reports": [told(report) for report in db.session.scalars(asked)],
        }
    )


@api.get(OF_LAB)
@token_required("reports:read")
@api.output(FormCalendarOut)
@api.doc(responses=[404])
def lab_calendar(lab_id: int) -> Response:
    """The forms of a lab, and the reports of its institution that hold rows of it."""
    actor = the_actor()
    lab = the_lab(actor, lab_id)
    asked = select(Report).where(visible(actor, lab.institution_id)).order_by(Report.id.desc()).limit(MOST)
    return answer(
        {
            "due": [due_told(each) for each in calendar_of(lab.institution, clock.now(), lab.id)],
            "not_on_record": [],
            "reports": [told(report) for report in db.session.scalars(asked)],
        }
    )


@api.post(OF_INSTITUTION)
@token_required("reports:write")
@takes(api, FormDraftIn)
@api.output(FormReportOut, 201)
@api.doc(responses=[404])
def draft_of_institution(institution_id: int, wanted: Incoming[FormDraftIn]) -> Response:
    """Draft a form of an institution; its rows are worked out at once."""
    home = the_institution(the_actor(), institution_id, Action.REPORT_FILE)
    return _draft(home, None, whole(wanted))


@api.post(OF_LAB)
@token_required("reports:write")
@takes(api, FormDraftIn)
@api.output(FormReportOut, 201)
@api.doc(responses=[404])
def draft_of_lab(lab_id: int, wanted: Incoming[FormDraftIn]) -> Response:
    """Draft a form of a lab."""
    lab = the_lab(the_actor(), lab_id, Action.REPORT_FILE)
    return _draft(lab.institution, lab.id, whole(wanted))


def _draft(home: Institution, lab_id: int | None, body: FormDraftIn) -> Response:
    actor = the_actor()
    period = read(versions_of(body.form)[-1].period, body.period, today_at(home))
    wish = Wish(form_at(body.form, period.first), home.id, lab_id, period, body.which == "new")
    act = to_draft(actor, wish)
    return made_once(actor.person_id, clock.now(), lambda: made(act()))
