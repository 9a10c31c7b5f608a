"""Doors for programs: invitations into an institution or a group, and taking them back."""

from __future__ import annotations

import logging
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response

from instruments.database.transactions import perform
from instruments.errors import Refusal, together
from instruments.people import groups, institutions, inviting, links
from instruments.people.api.telling import api, filled, today
from instruments.people.bearer import token_required
from instruments.people.models import MailedLink, ResearchGroup
from instruments.people.person_schemas import InvitationIn, InvitationMadeOut, InvitationsOut
from instruments.people.rights import Action, Actor
from instruments.people.scopes import of_institution, of_place
from instruments.people.signing import require
from instruments.people.views import letters
from instruments.web import clock
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, takes
from instruments.web.limits import limiter

log = logging.getLogger(__name__)
OF_INSTITUTION = "/institutions/<int:institution_id>/invitations"
OF_GROUP = "/groups/<int:group_id>/invitations"


@api.get(OF_INSTITUTION, endpoint="invitations_of_institution")
@api.get(OF_GROUP, endpoint="invitations_of_group")
@token_required("people:read")
@api.output(InvitationsOut)
def invitations(institution_id: int = 0, group_id: int = 0) -> Response:
    """The invitations that can still be accepted."""
    actor, institution_id, _ = _entered(institution_id, group_id)
    found = inviting.open_invitations(institution_id, clock.now())
    wanted = [link for link in found if not group_id or link.group_id == group_id]
    return answer({"items": [_told(link, actor) for link in wanted]})


@api.post(OF_INSTITUTION, endpoint="invite_into_institution")
@api.post(OF_GROUP, endpoint="invite_into_group")
@limiter.limit("200 per hour")
@token_required("people:write")
@takes(api, InvitationIn)
@api.output(InvitationMadeOut)
def invite(wanted: Incoming[InvitationIn], institution_id: int = 0, group_id: int = 0) -> Response:
    """Invite somebody by mail; the link in the letter works for 14 days."""
    actor, institution_id, _ = _entered(institution_id, group_id)
    form, unread = filled(wanted, InvitationIn(mail="").model_dump())
    mail, kind, now = form.mail(), form.given["kind"], clock.now()
    if reasons := together(unread, form.reasons):
        raise Refusal(reasons)
    token = perform(
        lambda: inviting.invite(
            mail, kind, institutions.get(institution_id), _group(group_id), actor, now, today()
        )
    )
    is_sent = _send(mail, form.given["language"], institution_id, group_id, actor, token)
    if (link := links.find("invitation", token, now)) is None:
        raise links.over()
    return answer(_told(link, actor) | {"is_sent": is_sent})


@api.delete(f"{OF_INSTITUTION}/<int:number>")
@token_required("people:write")
@api.output({}, 204)
def withdraw_invitation(institution_id: int, number: int) -> Response:
    """Take an invitation back."""
    actor, now = _entered(institution_id, 0)[0], clock.now()
    perform(lambda: inviting.withdraw(number, institution_id, actor, now))
    return Response(status=204)


def _entered(institution_id: int, group_id: int) -> tuple[Actor, int, ResearchGroup | None]:
    """Who asks and may invite there, into which institution, and into which group if one."""
    group = _group(group_id)
    if group is not None:
        return require(Action.PERSON_INVITE, of_place(group)), group.institution_id, group
    institutions.get(institution_id)
    return require(Action.PERSON_INVITE, of_institution(institution_id)), institution_id, None


def _group(group_id: int) -> ResearchGroup | None:
    return groups.get(group_id) if group_id else None


def _send(mail: str, tongue: str, institution_id: int, group_id: int, actor: Actor, token: str) -> bool:
    institution, names = institutions.get(institution_id), (actor.name_en, actor.name_zh)
    try:
        letters.invite(mail, tongue, institution, _group(group_id), names, token)
    except OSError:
        log.warning("the mail server did not take an invitation")
        return False
    return True


def _told(link: MailedLink, actor: Actor) -> dict[str, Any]:
    told = {name: getattr(link, name) for name in ("id", "mail", "kind", "group_id")}
    return told | {"expires_at": link.expires_at.astimezone(ZoneInfo(actor.zone))}
