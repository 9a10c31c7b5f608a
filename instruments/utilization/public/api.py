"""Doors for programs: what an institution tells everybody, and choosing it."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import Response

from instruments.availability.institution_days import today_of
from instruments.database import db
from instruments.database.transactions import perform
from instruments.people.bearer import token_required, token_welcome
from instruments.people.rights import Action, Scope
from instruments.people.signing import require
from instruments.utilization.listing import tenths
from instruments.utilization.public.choosing import Choice, choose
from instruments.utilization.public.schemas import PublicChoiceIn, PublicChoiceOut, PublicFiguresOut
from instruments.utilization.public.telling import public_figures
from instruments.utilization.public.views.doors import the_home, what_is_told
from instruments.web import clock, versions
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, takes, whole

api = APIBlueprint("public_figures_api", __name__, url_prefix="/api/v1", tag="Public figures")
WITHHELD_NAMES = {
    "hours": "hours_shared", "instruments": "instruments_that_served", "institutions": "institutions_served",
    "companies": "companies_served",
}  # fmt: skip
OF = "/institutions/<int:institution_id>/sharing"


@api.get(OF)
@token_welcome()
@api.output(PublicFiguresOut)
@api.doc(responses=[404])
def sharing(institution_id: int) -> Response:
    """What an institution tells everybody of its sharing; 404 where it tells nothing."""
    _, found = what_is_told(the_home(institution_id).id)
    period = found.period
    return answer(
        {
            "institution_id": institution_id, "period": period.code, "first": period.first, "last": period.last,
            "hours_shared": None if found.hours is None else str(tenths(found.hours)),
            "instruments_that_served": found.instruments, "institutions_served": found.institutions,
            "companies_served": found.companies, "withheld": bool(found.withheld),
            "withheld_figures": [WITHHELD_NAMES[name] for name in found.withheld], "old": found.old,
            "records_begin": found.records_begin,
        }
    )  # fmt: skip


@api.get(f"{OF}/choice")
@token_required("usage:read")
@api.output(PublicChoiceOut)
@api.doc(responses=[403, 404])
def sharing_choice(institution_id: int) -> Response:
    """What is chosen to be told; its ETag is what a change must name."""
    require(Action.UTILIZATION_PUBLISH, Scope(institution_id=institution_id))
    return _chosen(the_home(institution_id).id)


@api.put(f"{OF}/choice")
@token_required("usage:write")
@takes(api, PublicChoiceIn)
@api.output(PublicChoiceOut)
@api.doc(responses=[403, 404, 412, 428])
def choose_sharing(institution_id: int, wanted: Incoming[PublicChoiceIn]) -> Response:
    """Choose what everybody is told. Needs If-Match."""
    actor = require(Action.UTILIZATION_PUBLISH, Scope(institution_id=institution_id))
    home, body, now = the_home(institution_id), whole(wanted), clock.now()
    there = public_figures(institution_id)
    version = versions.matched(there.version if there else 0)
    choice, today = Choice(body.period, body.hours, body.served), today_of(home, now)
    perform(lambda: choose(actor, the_home(institution_id), choice, version, today, now))
    db.session.rollback()
    return _chosen(institution_id)


def _chosen(institution_id: int) -> Response:
    there = public_figures(institution_id)
    body = {
        "institution_id": institution_id, "period": there.period if there else None,
        "hours": bool(there and there.hours), "served": bool(there and there.served),
    }  # fmt: skip
    return answer(body, version=there.version if there else 0)
