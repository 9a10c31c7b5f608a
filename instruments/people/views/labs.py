"""Add and edit labs."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from instruments.database.transactions import deed, perform
from instruments.errors import N_, Refusal
from instruments.people import institutions, labs
from instruments.people.forms import ZONES, Form
from instruments.people.rights import Action
from instruments.people.scopes import of_institution, of_place
from instruments.people.signing import require
from instruments.people.views.answering import answer, done, for_form, pages, typed, version
from instruments.web import clock

FIELDS = (
    "name_en", "name_zh", "zone", "city_en", "city_zh", "address", "contact_name", "contact_phone", "contact_mail",
    "description_en", "description_zh",
)  # fmt: skip


@pages.route("/labs/new", methods=["GET", "POST"])
def add_lab() -> ResponseReturnValue:
    """Add a lab to the institution named in the address."""
    institution = institutions.get(request.args.get("institution", 0, type=int))
    actor = require(Action.LAB_ADD, of_institution(institution.id))
    refusal = None
    if request.method == "POST":
        try:
            form = Form(request.form)
            described = labs.read(form)
            with deed():
                lab = labs.add(institution, described, form.reasons, actor, clock.now())
            return done(f"/labs/{lab.id}/roles", N_("Added. Now say who runs this lab."))
        except Refusal as refused:
            refusal = for_form(refused)
    inherited = {name: getattr(institution, name) for name in ("zone", "city_en", "city_zh", "address")}
    fields = request.form.to_dict() if refusal else inherited
    return answer("people/lab.html", refusal, institution=institution, lab=None, typed=fields, zones=ZONES)


@pages.route("/labs/<int:lab_id>/edit", methods=["GET", "POST"])
def edit_lab(lab_id: int) -> ResponseReturnValue:
    """Edit a lab."""
    lab = labs.get(lab_id)
    actor = require(Action.LAB_EDIT, of_place(lab))
    refusal = None
    if request.method == "POST":
        try:
            form = Form(request.form)
            described = labs.read(form)
            now = clock.now()
            perform(lambda: labs.edit(lab_id, version(), described, form.reasons, actor, now))
            return done(f"/labs/{lab_id}", N_("The lab is saved."))
        except Refusal as refused:
            refusal = for_form(refused)
    return answer(
        "people/lab.html",
        refusal,
        institution=lab.institution,
        lab=lab,
        typed=typed(lab, FIELDS),
        version=version() if refusal else lab.version,
        zones=ZONES,
    )
