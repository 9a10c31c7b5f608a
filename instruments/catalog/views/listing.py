"""The manager's list of instruments."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from instruments.catalog.listing import A_PAGE, STATUSES, Asked, listed
from instruments.catalog.views.doors import institutions_where, labs_to_edit, pages, scope_of
from instruments.database import db
from instruments.errors import N_, Forbidden, Reason
from instruments.people.models import Lab
from instruments.people.rights import Action, Actor, may, may_somewhere
from instruments.people.signing import the_actor
from instruments.web.fields import page_number, page_of


@pages.get("/catalog")
def listing() -> ResponseReturnValue:
    """The instruments of the labs and institutions that the asker looks after."""
    actor = the_actor()
    labs = _labs(actor)
    lab_id = request.args.get("lab", type=int)
    asked = Asked(
        lab_ids=[lab.id for lab in labs],
        words=request.args.get("q", ""),
        institution_id=request.args.get("institution", type=int),
        lab_id=lab_id,
        status=request.args.get("status", ""),
    )
    page = page_number()
    total, rows = listed(asked, page)
    page = page_of(total, A_PAGE)
    return render_template(
        "catalog/listing.html",
        asked=asked,
        rows=rows,
        total=total,
        page=page,
        last=min(page * A_PAGE, total),
        first=(page - 1) * A_PAGE + 1,
        labs=labs,
        statuses=STATUSES,
        editable={lab.id for lab in labs if may(actor, Action.INSTRUMENT_EDIT, scope_of(lab))},
        importable=may_somewhere(actor, Action.CATALOG_IMPORT),
        exportable=institutions_where(actor, Action.CATALOG_EXPORT),
        before=_page_address(page - 1) if page > 1 else None,
        after=_page_address(page + 1) if page * A_PAGE < total else None,
    )


def _labs(actor: Actor) -> list[Lab]:
    """The labs that the asker edits, and those of institutions whose catalogue they may take out."""
    found = {lab.id: lab for lab in labs_to_edit(actor)}
    whole = [each.id for each in institutions_where(actor, Action.CATALOG_EXPORT)]
    if whole:
        found |= {lab.id: lab for lab in db.session.scalars(select(Lab).where(Lab.institution_id.in_(whole)))}
    if not found and not may_somewhere(actor, Action.CATALOG_IMPORT):
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])
    return sorted(found.values(), key=lambda lab: (lab.institution_id, lab.name_en, lab.name_zh))


def _page_address(number: int) -> str:
    kept = {name: value for name, value in request.args.items() if name != "page"}
    return url_for("catalog.listing", **kept, page=number)
