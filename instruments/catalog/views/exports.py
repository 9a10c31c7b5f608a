"""The template to fill in, and the catalogue of an institution as a file."""

from __future__ import annotations

import re

from flask import Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.catalog.columns import COLUMNS, bilingual
from instruments.catalog.exporting import export_rows, workbook
from instruments.catalog.template_notes import notes
from instruments.catalog.views.doors import pages
from instruments.database import db
from instruments.documents.sheets import as_csv
from instruments.errors import N_, NotFound, Reason
from instruments.people.models import Institution
from instruments.people.rights import Action, Scope
from instruments.people.signing import require, the_actor
from instruments.web.access import public
from instruments.web.downloads import download


@pages.get("/catalog/template.<any(csv, xlsx):kind>")
@public
def template_file(kind: str) -> ResponseReturnValue:
    """The empty template; the workbook explains every column on its second sheet."""
    rows = [[bilingual(column) for column in COLUMNS]]
    return download(
        as_csv(rows) if kind == "csv" else workbook(rows, notes(gettext)), kind, "instruments-template"
    )


@pages.get("/catalog/export.<any(csv, xlsx):kind>")
def export_file(kind: str) -> ResponseReturnValue:
    """Every instrument of an institution in the template's columns; imported again it changes nothing."""
    institution_id = request.args.get("institution", the_actor().institution_id, type=int)
    require(Action.CATALOG_EXPORT, Scope(institution_id=institution_id))
    institution = db.session.get(Institution, institution_id)
    if institution is None:
        raise NotFound([Reason("no_institution", None, N_("There is no such institution."))])
    return exported(institution, kind)


def exported(institution: Institution, kind: str) -> Response:
    """The instruments of an institution as a file of this kind."""
    rows = export_rows(institution)
    name = re.sub(r"[^a-z0-9]+", "-", institution.name_en.lower()).strip("-") or "catalogue"
    return download(as_csv(rows) if kind == "csv" else workbook(rows), kind, f"instruments-{name}")
