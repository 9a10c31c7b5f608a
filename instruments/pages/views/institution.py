"""An institution's public page, and the list of all of them."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import func, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.pages import structured
from instruments.pages.desk import Group, desk
from instruments.pages.listing import instruments_page
from instruments.pages.views.doors import pages
from instruments.pages.words import institution_kind
from instruments.people.companies import COMPANY
from instruments.people.models import Institution, Lab
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.scopes import use_seen_by
from instruments.people.signing import current_actor
from instruments.utilization.public.telling import public_figures
from instruments.web.access import public
from instruments.web.language import in_language


@pages.get("/institutions")
@public
def institutions() -> ResponseReturnValue:
    """All institutions, with how much each of them opens. Three statements."""
    one = Institution
    rows = db.session.execute(
        select(one.id, one.kind, one.name_en, one.name_zh, one.city_en, one.city_zh).order_by(
            one.kind.desc(), one.id
        )
    ).all()
    labs = _counts(select(Lab.institution_id, func.count()).group_by(Lab.institution_id))
    things = _counts(
        select(Instrument.institution_id, func.count())
        .where(Instrument.status != "retired")
        .group_by(Instrument.institution_id)
    )
    actor = current_actor()
    return render_template(
        "pages/institutions.html",
        rows=[
            {
                "id": row.id,
                "name": in_language(row.name_en, row.name_zh),
                "kind": institution_kind(row.kind),
                "city": in_language(row.city_en, row.city_zh),
                "labs": labs.get(row.id, 0),
                "instruments": things.get(row.id, 0),
            }
            for row in rows
        ],
        may_add=may(actor, Action.INSTITUTION_ADD, Scope()),
        may_appoint=may(actor, Action.PLATFORM_ROLES, Scope()),
        may_see_letters=may(actor, Action.LETTERS_DECIDE, Scope()),
    )


@pages.get("/institutions/<int:institution_id>")
@public
def institution(institution_id: int) -> ResponseReturnValue:
    """One institution, with its labs and instruments."""
    row = db.session.get(Institution, institution_id)
    if row is None:
        raise NotFound([Reason("no_institution", None, N_("There is no such institution."))])
    actor = current_actor()
    return render_template(
        "pages/institution.html",
        institution=row,
        name=in_language(row.name_en, row.name_zh),
        kind=institution_kind(row.kind),
        labs=_labs(institution_id),
        tells_sharing=public_figures(institution_id) is not None,
        instruments=instruments_page(Instrument.institution_id == institution_id),
        desk=_desk(row, actor),
        structured=structured.of_institution(row),
    )


def _counts(statement: Any) -> dict[int, int]:
    return dict(db.session.execute(statement).all())


def _labs(institution_id: int) -> list[dict[str, Any]]:
    counts = _counts(
        select(Instrument.lab_id, func.count())
        .where(Instrument.institution_id == institution_id, Instrument.status != "retired")
        .group_by(Instrument.lab_id)
    )
    rows = db.session.execute(
        select(Lab.id, Lab.name_en, Lab.name_zh)
        .where(Lab.institution_id == institution_id)
        .order_by(Lab.name_en, Lab.id)
    )
    return [
        {"id": row.id, "name": in_language(row.name_en, row.name_zh), "instruments": counts.get(row.id, 0)}
        for row in rows
    ]


def _desk(row: Institution, actor: Actor | None) -> list[Group]:
    """What this person may do here, by what it is about."""
    scope, own = Scope(institution_id=row.id), f"/institutions/{row.id}"
    demand = (Action.DEMAND_SEE, gettext("Asked for and not found"), f"{own}/demand", "search")
    many, file = f"/catalog/change?institution={row.id}", f"/catalog/imports/new?institution={row.id}"
    return desk(
        actor,
        scope,
        (
            gettext("When it is open, under which rules"),
            [
                (Action.HOLIDAYS_EDIT, gettext("Holidays"), f"{own}/holidays", "calendar-x"),
                (Action.ADMISSION_GRANT, gettext("Safety admissions"), f"{own}/admissions", "shield-check"),
                (Action.RULES_EDIT, gettext("Techniques"), f"{own}/techniques", "list-checks"),
                (Action.RULES_EDIT, gettext("Quotas"), f"{own}/quotas", "gauge"),
                (Action.RULES_EDIT, gettext("Look as others"), f"{own}/as", "eye"),
            ],
        ),
        (
            gettext("Labs and instruments"),
            [
                (Action.LAB_ADD, gettext("Add a lab"), f"/labs/new?institution={row.id}", "plus"),
                (Action.CATALOG_EXPORT, gettext("Catalogue"), f"/catalog?institution={row.id}", "table-2"),
                (Action.CATALOG_IMPORT, gettext("Import a catalogue"), file, "file-up"),
                (Action.HOURS_EDIT, gettext("Change many at once"), many, "list-checks"),
                (Action.UTILIZATION_SEE, gettext("Utilization"), _figures(row.id), "chart-column"),
                (Action.REPORT_SEE, gettext("Forms to file"), f"{own}/reports", "file-check"),
                (use_seen_by(row.kind), gettext("What our people used"), f"{own}/used", "chart-column"),
                *(() if row.kind == COMPANY else (demand,)),
                (Action.PRICES_APPROVE, gettext("Proposed prices"), f"{own}/price-proposals", "coins"),
            ],
        ),
        (
            gettext("The institution"),
            [
                (Action.INSTITUTION_EDIT, gettext("Edit"), f"{own}/edit", "pencil"),
                (Action.PERSON_SEE, gettext("People"), f"{own}/people", "users"),
                (Action.GROUP_SEE, gettext("Groups"), f"/groups?institution={row.id}", "users-round"),
                (Action.AGREEMENT_PUBLISH, gettext("Framework agreement"), f"{own}/agreement", "file-text"),
                (Action.ROLES_SEE, gettext("Roles"), f"{own}/roles", "shield"),
                (Action.JOURNAL_READ, gettext("Journal"), f"{own}/journal", "history"),
                (Action.INCOME_SEE, gettext("Owed to us"), f"{own}/charges", "coins"),
                (Action.MONTH_CLOSE, gettext("Month end"), f"{own}/months", "calendar-check"),
                (Action.MONTH_CLOSE, gettext("Letterhead and terms"), f"{own}/billing", "stamp"),
                (Action.COSTS_SEE, gettext("What we bear"), f"{own}/costs", "receipt"),
                (
                    Action.INVOICE_DETAILS_SET,
                    gettext("Our invoice details"),
                    f"{own}/invoice-details",
                    "receipt",
                ),
            ],
        ),
    )


def _figures(institution_id: int) -> str:
    """Where the figures of an institution stand."""
    return f"/utilization?of=institution-{institution_id}"
