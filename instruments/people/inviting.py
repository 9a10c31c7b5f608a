"""Invite somebody by mail into an institution or a group, and accept an invitation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from instruments.database import db
from instruments.errors import N_, Forbidden, NotFound, Reason, Refusal
from instruments.journal.record import record
from instruments.people import links, roles, tokens
from instruments.people.models import Institution, MailedLink, Person, ResearchGroup
from instruments.people.registering import new_session_key, open_account
from instruments.people.rights import Action, Actor, Role, Scope, may

PERSON_KINDS = ("student", "staff", "external")


@dataclass(frozen=True)
class Accepted:
    """What an invited person without an account says of themselves."""

    name_en: str
    name_zh: str
    language: str
    password_hash: str


def invite(
    mail: str,
    kind: str,
    institution: Institution,
    group: ResearchGroup | None,
    actor: Actor,
    now: datetime,
    today: date,
) -> str:
    """Invite an address; the token of the link to send. Refuses whoever needs none, or belongs elsewhere."""
    scope = Scope(institution_id=institution.id, group_ids=frozenset({group.id} if group else ()))
    if not may(actor, Action.PERSON_INVITE, scope):
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])
    if group is not None and group.institution_id != institution.id:
        raise Refusal([Reason("group", "group_id", N_("This group belongs to another institution."))])
    if reasons := _against(mail, institution, group, today):
        raise Refusal(reasons)
    token = links.make(
        "invitation", mail, now, kind=kind, institution_id=institution.id,
        group_id=group.id if group else None, invited_by_id=actor.person_id,
    )  # fmt: skip
    record(
        now=now, actor_id=actor.person_id, deed="person.invited", thing=("institution", institution.id),
        institution_id=institution.id, detail={"mail": mail, "kind": kind, "group_id": group.id if group else None},
    )  # fmt: skip
    return token


def withdraw(invitation_id: int, institution_id: int, actor: Actor, now: datetime) -> None:
    """Take back an invitation of this institution that was not accepted yet."""
    link = db.session.get(MailedLink, invitation_id)
    if link is None or link.purpose != "invitation" or link.institution_id != institution_id:
        raise NotFound([Reason("no_invitation", None, N_("There is no such invitation."))])
    if link.used_at is None:
        link.used_at = now
        db.session.flush()
        record(
            now=now, actor_id=actor.person_id, deed="invitation.withdrawn", thing=("institution", institution_id),
            institution_id=institution_id, detail={"mail": link.mail},
        )  # fmt: skip


def open_invitations(institution_id: int, now: datetime) -> list[MailedLink]:
    """Invitations of an institution that can still be accepted, newest first."""
    link = MailedLink
    still_open = (link.used_at.is_(None), link.expires_at > now)
    return list(
        db.session.scalars(
            select(link)
            .where(link.purpose == "invitation", link.institution_id == institution_id, *still_open)
            .order_by(link.id.desc())
            .limit(100)
        )
    )


def accept_as_newcomer(token: str, said: Accepted, now: datetime, today: date) -> Person:
    """Open an account, or open an ended one again, for the invited address."""
    link = links.use("invitation", token, now)
    person = db.session.scalars(select(Person).where(Person.mail == link.mail).with_for_update()).first()
    if person is not None and roles.is_active(person, today):
        raise links.over()
    if person is None:
        person = Person(mail=link.mail)
    else:
        _close_old_life(person, now, today)
    person.name_en, person.name_zh, person.language = said.name_en, said.name_zh, said.language
    person.kind, person.institution_id = link.kind or "external", link.institution_id
    person.zone = db.session.get_one(Institution, link.institution_id).zone
    person.password_hash, person.session_key = said.password_hash, new_session_key()
    db.session.add(person)
    open_account(person, now, today)
    _enter(person, link, now)
    return person


def accept_as_member(token: str, actor: Actor, now: datetime) -> MailedLink:
    """Somebody with an account, signed in, joins the group they were invited to."""
    link = links.use("invitation", token, now)
    person = db.session.get_one(Person, actor.person_id)
    if person.mail != link.mail:
        raise Forbidden([Reason("not_invited", None, N_("This invitation was sent to another address."))])
    _enter(person, link, now)
    return link


def _against(mail: str, institution: Institution, group: ResearchGroup | None, today: date) -> list[Reason]:
    person = roles.active_person(mail, today)
    if person is None:
        return []
    if group is not None:
        held = {
            grant.person_id
            for grant in roles.held_on(group)
            if grant.ends_on is None or grant.ends_on >= today
        }
        sentence = N_("%(mail)s is in this group already.")
        return [Reason("is_member", "mail", sentence, {"mail": mail})] if person.id in held else []
    if person.institution_id == institution.id:
        return [Reason("is_here", "mail", N_("%(mail)s has an account here already."), {"mail": mail})]
    sentence = N_(
        "%(mail)s belongs to another institution here. When they have left it, invite them again;"
        " into a group they can be invited now."
    )
    return [Reason("is_elsewhere", "mail", sentence, {"mail": mail})]


def _close_old_life(person: Person, now: datetime, today: date) -> None:
    # An ended account keeps nothing of what it could do before.
    roles.end_all(person, today - timedelta(days=1))
    tokens.revoke_all(person.id, now)
    person.ends_on = person.deactivated_at = person.adviser_id = None
    person.number = ""


def _enter(person: Person, link: MailedLink, now: datetime) -> None:
    if link.group_id is not None:
        group = db.session.get_one(ResearchGroup, link.group_id)
        roles.give(group, Role.MEMBER, person, None, link.invited_by_id, now)
    record(
        now=now, actor_id=person.id, deed="invitation.accepted", thing=("person", person.id),
        institution_id=link.institution_id, detail={"group_id": link.group_id},
    )  # fmt: skip
