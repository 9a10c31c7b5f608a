"""The people of an institution, and one person."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from instruments.database.transactions import deed
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.journal.record import history
from instruments.people import directory, institutions, membership
from instruments.people.forms import Form
from instruments.people.models import Person
from instruments.people.rights import Action, may
from instruments.people.roles import is_active
from instruments.people.scopes import of_institution, of_person
from instruments.people.signing import require, the_actor
from instruments.people.views.answering import answer, done, for_form, pages, today, typed, version
from instruments.people.views.roles import held_by
from instruments.web import clock
from instruments.web.fields import numbers_ticked
from instruments.web.paging import decode, encode

PAGE = 50


@pages.get("/institutions/<int:institution_id>/people")
def people_of(institution_id: int) -> ResponseReturnValue:
    """The people of an institution: a search, four views, page by page."""
    institution = institutions.get(institution_id)
    actor = require(Action.PERSON_SEE, of_institution(institution_id))
    view, sought = request.args.get("view", "all"), request.args.get("q", "").strip()[:100]
    if view not in directory.VIEWS:
        raise NotFound([Reason("not_found", None, N_("There is no such list."))])
    after = decode(request.args.get("cursor"), (str, int))
    rows = directory.page(institution_id, view, sought, today(), after, PAGE + 1)
    more = None
    if len(rows) > PAGE:
        last = rows[PAGE - 1]
        more = url_for(
            "people.people_of", institution_id=institution_id, view=view, q=sought or None,
            cursor=encode([last.sort_name, last.id]),
        )  # fmt: skip
    return answer(
        "people/people.html",
        institution=institution,
        people=rows[:PAGE],
        next=more,
        is_first=after is None,
        view=view,
        q=sought,
        counts=directory.count(institution_id, today()),
        due=membership.overdue_before(today()),
        today=today(),
        me=actor.person_id,
        may_confirm=may(actor, Action.PERSON_CONFIRM, of_institution(institution_id)),
        may_invite=may(actor, Action.PERSON_INVITE, of_institution(institution_id)),
    )


@pages.post("/institutions/<int:institution_id>/people/confirm")
def confirm_memberships(institution_id: int) -> ResponseReturnValue:
    """Confirm the ticked memberships for another year."""
    actor = require(Action.PERSON_CONFIRM, of_institution(institution_id))
    chosen = numbers_ticked("person")
    back = url_for("people.people_of", institution_id=institution_id, view="overdue")
    if not chosen:
        return done(back, N_("Nobody was ticked; nothing was confirmed."))
    with deed():
        count = membership.confirm_many(chosen[: PAGE * 2], actor, clock.now(), today())
    return done(back, N_("Confirmed for another year: %(count)s."), count=count)


@pages.get("/people/<int:person_id>")
def person(person_id: int) -> ResponseReturnValue:
    """One person, for those who may know of them."""
    return _page(seen_person(person_id), None)


@pages.route("/people/<int:person_id>/membership", methods=["GET", "POST"])
def edit_membership(person_id: int) -> ResponseReturnValue:
    """Change kind, number, adviser and end date."""
    found = seen_person(person_id)
    actor = require(Action.MEMBERSHIP_EDIT, of_person(found))
    refusal = None
    if request.method == "POST":
        try:
            form = Form(request.form)
            described = membership.read(form, found, today())
            with deed():
                membership.edit(person_id, version(), described, form.reasons, actor, clock.now(), today())
            return done(f"/people/{person_id}", N_("The membership is saved."))
        except Refusal as refused:
            refusal = for_form(refused)
    fields = typed(found, ("kind", "number", "ends_on"))
    if refusal is None:
        fields["adviser"] = found.adviser.mail if found.adviser else ""
    stated = version() if refusal else found.version
    return answer(
        "people/membership.html", refusal, person=found, typed=fields, version=stated, kinds=membership.KINDS
    )


@pages.post("/people/<int:person_id>/confirm")
def confirm_membership(person_id: int) -> ResponseReturnValue:
    """Confirm one membership for another year."""
    found = seen_person(person_id)
    actor = require(Action.PERSON_CONFIRM, of_person(found))
    with deed():
        membership.confirm(person_id, actor, clock.now(), today())
    return done(f"/people/{person_id}", N_("The membership is confirmed for another year."))


def seen_person(person_id: int) -> Person:
    """The person, if the reader may know of them; else there is nobody: ids tell nothing."""
    found = membership.get(person_id)
    if not may(the_actor(), Action.PERSON_SEE, of_person(found)):
        raise NotFound([Reason("not_found", None, N_("There is no such person."))])
    return found


def _page(found: Person, refusal: Refusal | None) -> ResponseReturnValue:
    actor, scope = the_actor(), of_person(found)
    entries = history("person", found.id, 20) if may(actor, Action.JOURNAL_READ, scope) else []
    context: dict[str, Any] = {
        "may_edit": may(actor, Action.MEMBERSHIP_EDIT, scope),
        "may_confirm": may(actor, Action.PERSON_CONFIRM, scope),
        "may_leave": may(actor, Action.PERSON_LEAVE, scope),
    }
    return answer(
        "people/person.html",
        refusal,
        person=found,
        held=held_by(found),
        entries=entries,
        names=directory.names(entry.actor_id for entry in entries),
        is_active=is_active(found, today()),
        is_overdue=membership.is_overdue(found, today()),
        today=today(),
        zone=actor.zone,
        **context,
    )
