"""What of idle instruments waits for somebody at home: questions to a lab that nobody has answered."""

from __future__ import annotations

from flask_babel import gettext, ngettext

from instruments.people.rights import ALLOWED, Action, Actor
from instruments.utilization.idle_answers import waiting_at


def idle_needs(actor: Actor) -> list[dict[str, str]]:
    """The lines of "Needs you". Nothing is asked of who works at no lab; else one statement."""
    labs = {grant.scope_id for grant in actor.grants if grant.role in ALLOWED[Action.IDLE_ANSWER]} - {None}
    return [
        {
            "icon": "circle-help",
            "words": ngettext(
                "Your lab is asked why %(num)s instrument stood idle",
                "Your lab is asked why %(num)s instruments stood idle",
                count,
            ),
            "address": f"/idle/{number}",
            "act": gettext("Answer"),
        }
        for number, count in waiting_at({lab for lab in labs if lab})
    ]
