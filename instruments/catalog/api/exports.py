"""Doors for programs: all instruments of an institution as a file that can be brought back."""

from __future__ import annotations

from flask import Response

from instruments.catalog.api.telling import api
from instruments.catalog.views.exports import exported
from instruments.people import institutions
from instruments.people.bearer import token_required
from instruments.people.rights import Action
from instruments.people.scopes import of_institution
from instruments.people.signing import require
from instruments.web.downloads import KINDS
from instruments.web.multipart import downloads

A_FILE = downloads("The instruments", "text/csv", KINDS["xlsx"])


@api.get("/institutions/<int:institution_id>/instruments.<any(csv, xlsx):kind>")
@token_required("labs:read")
@api.doc(responses={200: A_FILE, 404: ""})
def export(institution_id: int, kind: str) -> Response:
    """Every instrument of an institution in the columns of the template; brought back unchanged it changes nothing."""
    institution = institutions.get(institution_id)
    require(Action.CATALOG_EXPORT, of_institution(institution_id))
    return exported(institution, kind)
