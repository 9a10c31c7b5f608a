"""Who holds which role where: give one, end one, name a deputy."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from instruments.database.transactions import deed
from instruments.errors import N_, Refusal, Stale
from instruments.people import groups, institutions, labs, roles, words
from instruments.people.forms import Form
from instruments.people.models import Institution, Lab, Person, ResearchGroup, RoleGrant
from instruments.people.rights import GRANTS, Action, Actor, Role, may
from instruments.people.scopes import Place, of_place, place_of, use_seen_by
from instruments.people.signing import require, the_actor
from instruments.people.views.answering import answer, done, for_form, pages, today
from instruments.web import clock

TITLES = {Institution: "institutions", Lab: "labs", ResearchGroup: "groups"}
MOST = 300


@pages.route("/platform/roles", methods=["GET", "POST"])
def platform_roles() -> ResponseReturnValue:
    """The platform's administrators."""
    require(Action.PLATFORM_ROLES, of_place(None))
    return _grant(None)


@pages.route("/institutions/<int:institution_id>/roles", methods=["GET", "POST"])
def institution_roles(institution_id: int) -> ResponseReturnValue:
    """The roles on an institution."""
    place = institutions.get(institution_id)
    require(Action.ROLES_SEE, of_place(place))
    return _grant(place)


@pages.route("/labs/<int:lab_id>/roles", methods=["GET", "POST"])
def lab_roles(lab_id: int) -> ResponseReturnValue:
    """The roles on a lab."""
    place = labs.get(lab_id)
    require(Action.ROLES_SEE, of_place(place))
    return _grant(place)


@pages.post("/groups/<int:group_id>")
def group_roles(group_id: int) -> ResponseReturnValue:
    """Add a member, or another role on a group."""
    place = groups.get(group_id)
    require(Action.GROUP_ROLES, of_place(place))
    return _grant(place)


@pages.route("/roles/<int:grant_id>", methods=["GET", "POST"])
def role(grant_id: int) -> ResponseReturnValue:
    """One role of one person: its deputy, and its end. Posting names the deputy."""
    row, place, actor = _managed(grant_id)
    refusal = None
    if request.method == "POST":
        try:
            form = Form(request.form)
            until = form.day("deputy_until")
            deputy = roles.active_person(request.form.get("deputy", ""), today())
            if form.reasons:
                raise Refusal(form.reasons)
            with deed():
                roles.name_deputy(
                    place, grant_id, deputy, until, actor, clock.now(), today(), seen=request.form.get("seen")
                )
            return done(request.path, N_("The deputy is named."))
        except Refusal as refused:
            refusal = for_form(refused)
    return answer(
        "people/role.html",
        refusal,
        row=row,
        place=place,
        typed=request.form,
        seen=_seen(row, refusal),
        back=_back(place, actor),
        today=today(),
    )


@pages.post("/roles/<int:grant_id>/deputy/end")
def end_deputy(grant_id: int) -> ResponseReturnValue:
    """End a deputy's time now."""
    _, place, actor = _managed(grant_id)
    with deed():
        roles.end_deputy(place, grant_id, actor, clock.now(), request.form.get("seen"))
    return done(_back(place, actor), N_("The deputy’s time has ended."))


@pages.post("/roles/<int:grant_id>/end")
def end_role(grant_id: int) -> ResponseReturnValue:
    """Take a role away now."""
    row, place, actor = _managed(grant_id)
    try:
        with deed():
            roles.end(place, grant_id, actor, clock.now(), today())
    except Refusal as refusal:
        return answer(
            "people/role.html",
            for_form(refusal),
            row=row,
            place=place,
            typed={},
            seen=roles.state_of(row),
            back=_back(place, actor),
            today=today(),
        )
    return done(_back(place, actor), N_("The role has ended."))


def roles_page(place: Place, refusal: Refusal | None) -> ResponseReturnValue:
    """The page of the roles on a place, with the form to give one where the reader may."""
    actor = the_actor()
    possible = [role for role in roles.roles_on(place) if may(actor, GRANTS[role], of_place(place))]
    template = "people/group.html" if isinstance(place, ResearchGroup) else "people/roles.html"
    held = roles.held_on(place)
    manageable = {
        row.id
        for row in held
        if row.person_id == actor.person_id or may(actor, GRANTS[Role(row.role)], of_place(place))
    }
    return answer(
        template,
        refusal,
        place=place,
        kind=TITLES.get(type(place), "platform"),
        held=held[:MOST],
        manageable=manageable,
        possible=[(role.value, words.ROLES[role]) for role in possible],
        meanings=[(words.ROLES[role], words.ROLE_MEANINGS[role]) for role in roles.roles_on(place)],
        typed=request.form or {"role": "member"},
        today=today(),
        may_edit=may(actor, Action.GROUP_EDIT, of_place(place)),
        may_invite=may(actor, Action.PERSON_INVITE, of_place(place)),
        sees_costs=may(actor, Action.COSTS_SEE, of_place(place)),
        sees_use=_sees_use(actor, place),
    )


def _sees_use(actor: Actor | None, place: Place) -> bool:
    """Whether what a group used is told together; of a company's only to its own."""
    if not isinstance(place, ResearchGroup):
        return False
    return may(actor, use_seen_by(place.institution.kind), of_place(place))


def held_by(person: Person) -> list[dict[str, Any]]:
    """The roles of a person, own and deputised, with the places they are on."""
    return [
        {"row": row, "place": place_of(row), "is_own": row.person_id == person.id}
        for row in roles.of_person(person.id)
    ]


def _grant(place: Place) -> ResponseReturnValue:
    if request.method == "GET":
        return roles_page(place, None)
    actor = the_actor()
    try:
        form = Form(request.form)
        name = form.choice("role", [each.value for each in roles.roles_on(place)])
        ends_on = form.day("ends_on")
        mail = form.mail()
        form.check()
        with deed():
            person = roles.active_person(mail, today())
            roles.grant(place, Role(name), person, ends_on, actor, clock.now(), today())
    except Refusal as refusal:
        return roles_page(place, for_form(refusal))
    return done(request.path, N_("The role is given, and holds from now on."))


def _managed(grant_id: int) -> tuple[RoleGrant, Place, Actor]:
    """The grant, its place and who asks; a role that is neither one's own nor one's to give does not exist."""
    actor = the_actor()
    row = roles.managed(grant_id, actor)
    return row, place_of(row), actor


def _seen(row: RoleGrant, refusal: Refusal | None) -> str:
    """The role as the form was opened with it; who was told that it changed sees what it is now."""
    if refusal is None or refusal.status == Stale.status:
        return roles.state_of(row)
    return request.form.get("seen") or roles.state_of(row)


def _back(place: Place, actor: Actor) -> str:
    """Where the role is listed, if the actor may look there; else one's own profile."""
    if not may(actor, Action.ROLES_SEE, of_place(place)):
        return url_for("people.my_profile")
    match place:
        case Institution():
            return url_for("people.institution_roles", institution_id=place.id)
        case Lab():
            return url_for("people.lab_roles", lab_id=place.id)
        case ResearchGroup():
            return url_for("people.group", group_id=place.id)
        case _:
            return url_for("people.platform_roles")
