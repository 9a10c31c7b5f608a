"""Invite by mail, and accept an invitation."""

from __future__ import annotations

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.database import db
from instruments.database.transactions import deed
from instruments.errors import N_, Refusal
from instruments.mail import send
from instruments.people import groups, institutions, inviting, links, passwords, roles
from instruments.people.forms import Form
from instruments.people.models import Institution, MailedLink, ResearchGroup
from instruments.people.profile import LANGUAGES
from instruments.people.rights import Action
from instruments.people.scopes import of_institution, of_place
from instruments.people.signing import current_actor, require, the_actor
from instruments.people.views import letters
from instruments.people.views.answering import answer, cost, done, for_form, pages, today
from instruments.people.views.entrance import let_in
from instruments.web import clock
from instruments.web.access import public
from instruments.web.limits import limiter


@pages.route("/institutions/<int:institution_id>/invitations", methods=["GET", "POST"])
@limiter.limit("200 per hour", methods=["POST"])
def institution_invitations(institution_id: int) -> ResponseReturnValue:
    """Invite into an institution; the invitations not accepted yet."""
    institution = institutions.get(institution_id)
    require(Action.PERSON_INVITE, of_institution(institution_id))
    return _invitations(institution, None)


@pages.route("/groups/<int:group_id>/invitations", methods=["GET", "POST"])
@limiter.limit("200 per hour", methods=["POST"])
def group_invitations(group_id: int) -> ResponseReturnValue:
    """Invite into a group."""
    group = groups.get(group_id)
    require(Action.PERSON_INVITE, of_place(group))
    return _invitations(group.institution, group)


def _invitations(institution: Institution, group: ResearchGroup | None) -> ResponseReturnValue:
    refusal = None
    if request.method == "POST":
        try:
            return _invite(institution, group)
        except Refusal as refused:
            refusal = for_form(refused)
    still_open = inviting.open_invitations(institution.id, clock.now())
    return answer(
        "people/invitations.html",
        refusal,
        institution=institution,
        group=group,
        open_invitations=[link for link in still_open if group is None or link.group_id == group.id],
        typed=request.form or {"kind": "student" if group else "staff", "language": "zh_Hans_CN"},
        languages=LANGUAGES,
        is_delivered=send.is_delivered(),
    )


def _invite(institution: Institution, group: ResearchGroup | None) -> ResponseReturnValue:
    actor = the_actor()
    form = Form(request.form)
    mail, kind = form.mail(), form.choice("kind", inviting.PERSON_KINDS)
    tongue = form.choice("language", LANGUAGES, "en")
    form.check()
    with deed():
        token = inviting.invite(mail, kind, institution, group, actor, clock.now(), today())
    try:
        letters.invite(mail, tongue, institution, group, (actor.name_en, actor.name_zh), token)
    except OSError:
        flash(
            gettext("The mail server did not take the letter to %(mail)s. Invite again later.", mail=mail),
            "bad",
        )
        return redirect(request.path)
    return done(request.path, N_("%(mail)s is invited. The link works for 14 days."), mail=mail)


@pages.post("/institutions/<int:institution_id>/invitations/<int:invitation_id>/withdraw")
def withdraw_invitation(institution_id: int, invitation_id: int) -> ResponseReturnValue:
    """Take an invitation back."""
    institution = institutions.get(institution_id)
    actor = require(Action.PERSON_INVITE, of_institution(institution.id))
    with deed():
        inviting.withdraw(invitation_id, institution_id, actor, clock.now())
    return done(f"/institutions/{institution_id}/invitations", N_("The invitation is withdrawn."))


@pages.route("/invitation/<token>", methods=["GET", "POST"])
@public
@limiter.limit("30 per hour", methods=["POST"])
def invitation(token: str) -> ResponseReturnValue:
    """Accept: with a name and a password, or, having an account, by joining the group."""
    link = links.find("invitation", token, clock.now())
    if link is None:
        return answer("people/link_over.html", links.over(), about="invitation")
    if roles.active_person(link.mail, today()) is not None:
        return _join(link, token)
    if request.method == "GET":
        return _welcome(link, token, None, {})
    try:
        said = _said(link)
        with deed():
            person = inviting.accept_as_newcomer(token, said, clock.now(), today())
    except Refusal as refusal:
        return _welcome(link, token, for_form(refusal), request.form)
    let_in(person, stay=False)
    return done("/home", N_("Welcome. Your account is open."))


def _said(link: MailedLink) -> inviting.Accepted:
    form = Form(request.form)
    password = request.form.get("password", "")
    names = form.names(120)
    tongue = form.choice("language", LANGUAGES, "en")
    form.reasons += passwords.reasons_against(password, link.mail)
    form.check()
    return inviting.Accepted(*names, tongue, passwords.hashed(password, cost()))


def _welcome(link: MailedLink, token: str, refusal: Refusal | None, typed: object) -> ResponseReturnValue:
    return answer(
        "people/invitation.html",
        refusal,
        link=link,
        token=token,
        typed=typed,
        languages=LANGUAGES,
        **_places(link),
    )


def _join(link: MailedLink, token: str) -> ResponseReturnValue:
    actor = current_actor()
    if request.method == "POST" and actor is not None:
        with deed():
            inviting.accept_as_member(token, actor, clock.now())
        return done("/home", N_("You have accepted the invitation."))
    is_theirs = actor is not None and actor.mail == link.mail
    return answer("people/joining.html", link=link, token=token, is_theirs=is_theirs, **_places(link))


def _places(link: MailedLink) -> dict[str, object]:
    group = db.session.get(ResearchGroup, link.group_id) if link.group_id else None
    return {"institution": db.session.get(Institution, link.institution_id), "group": group}
