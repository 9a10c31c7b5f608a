"""What of the platform's mail waits for somebody at home: letters in doubt."""

from __future__ import annotations

from flask_babel import gettext, ngettext

from instruments.notices import doubtful
from instruments.people.rights import Action, Actor, Scope, may


def mail_needs(actor: Actor) -> list[dict[str, str]]:
    """The line of "Needs you". Nothing is asked of who does not run the platform; else one statement."""
    if not may(actor, Action.LETTERS_DECIDE, Scope()):
        return []
    count, _, _ = doubtful.how_many()
    if not count:
        return []
    words = ngettext("%(num)s letter may not have arrived", "%(num)s letters may not have arrived", count)
    act = gettext("Look at it")
    return [{"icon": "mail-question-mark", "words": words, "address": "/platform/letters", "act": act}]
