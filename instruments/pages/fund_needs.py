"""What of funds waits for somebody at home: who asks for the right to charge one."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext, ngettext

from instruments.funds.asking.finding import to_answer
from instruments.people.rights import Actor


def fund_needs(actor: Actor, now: datetime) -> list[dict[str, str]]:
    """The line of "Needs you". Nothing is asked of who manages no money; else one statement."""
    count = len(to_answer(actor, now))
    if not count:
        return []
    words = ngettext(
        "%(num)s person asks to charge a fund of yours", "%(num)s people ask to charge a fund of yours", count
    )
    return [{"icon": "wallet", "words": words, "address": "/funds/requests", "act": gettext("Answer")}]
