"""Research groups: the list, one group with its members, add and edit."""

from __future__ import annotations

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from instruments.database import db
from instruments.database.transactions import deed
from instruments.errors import N_, Refusal
from instruments.people import groups, institutions
from instruments.people.forms import Form
from instruments.people.models import Institution, Lab
from instruments.people.rights import Action, may
from instruments.people.scopes import of_institution, of_place
from instruments.people.signing import require, the_actor
from instruments.people.views.answering import answer, done, for_form, pages, today, typed, version
from instruments.people.views.roles import roles_page
from instruments.web import clock
from instruments.web.paging import decode, encode

PAGE = 50


@pages.get("/groups")
def all_groups() -> ResponseReturnValue:
    """The groups that one may see."""
    actor = the_actor()
    wanted = request.args.get("institution", type=int)
    cursor = decode(request.args.get("cursor"), (int,))
    rows = groups.seen_by(actor, wanted, cursor[0] if cursor else 0, PAGE + 1)
    more = (
        url_for("people.all_groups", institution=wanted, cursor=encode([rows[PAGE - 1].id]))
        if len(rows) > PAGE
        else None
    )
    home = wanted or actor.institution_id
    may_add = home is not None and may(actor, Action.GROUP_ADD, of_institution(home))
    return answer(
        "people/groups.html",
        groups=rows[:PAGE],
        next=more,
        is_first=cursor is None,
        institution_id=home,
        may_add=may_add,
    )


@pages.get("/groups/<int:group_id>")
def group(group_id: int) -> ResponseReturnValue:
    """One group: who leads it, who is in it, and, for those who may, the form for one more."""
    found = groups.get(group_id)
    require(Action.GROUP_SEE, of_place(found))
    return roles_page(found, None)


@pages.route("/groups/new", methods=["GET", "POST"])
def add_group() -> ResponseReturnValue:
    """Add a group to an institution: the one in the address, else one's own."""
    actor = the_actor()
    institution = institutions.get(request.args.get("institution", actor.institution_id or 0, type=int))
    require(Action.GROUP_ADD, of_institution(institution.id))
    refusal = None
    if request.method == "POST":
        try:
            form = Form(request.form)
            described = groups.read(form, institution.id, today())
            with deed():
                added = groups.add(institution, described, form.reasons, actor, clock.now())
            return done(f"/groups/{added.id}", N_("The group is added. Now its members."))
        except Refusal as refused:
            refusal = for_form(refused)
    fields = request.form.to_dict() if refusal else {}
    return answer(
        "people/group_form.html",
        refusal,
        institution=institution,
        group=None,
        typed=fields,
        labs=_labs(institution),
    )


@pages.route("/groups/<int:group_id>/edit", methods=["GET", "POST"])
def edit_group(group_id: int) -> ResponseReturnValue:
    """Edit a group."""
    found = groups.get(group_id)
    actor = require(Action.GROUP_EDIT, of_place(found))
    refusal = None
    if request.method == "POST":
        try:
            form = Form(request.form)
            described = groups.read(form, found.institution_id, today())
            with deed():
                groups.edit(group_id, version(), described, form.reasons, actor, clock.now())
            return done(f"/groups/{group_id}", N_("The group is saved."))
        except Refusal as refused:
            refusal = for_form(refused)
    fields = typed(found, ("name_en", "name_zh", "lab_id"))
    if refusal is None:
        fields["head"] = found.principal_investigator.mail if found.principal_investigator else ""
    return answer(
        "people/group_form.html",
        refusal,
        institution=found.institution,
        group=found,
        typed=fields,
        labs=_labs(found.institution),
        version=version() if refusal else found.version,
    )


def _labs(institution: Institution) -> list[Lab]:
    found = select(Lab).where(Lab.institution_id == institution.id).order_by(Lab.name_en).limit(500)
    return list(db.session.scalars(found))
