"""What of funds waits for somebody at home: who asks for the right to charge one, and for admission to a programme."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext, ngettext

from instruments.funds.asking.finding import to_answer
from instruments.funds.programme_admitting import waiting_for
from instruments.people.rights import Actor
from instruments.web.language import in_language


def fund_needs(actor: Actor, now: datetime) -> list[dict[str, str]]:
    """The lines of "Needs you". Nothing is asked of who manages no money; else two statements."""
    lines, count = [], len(to_answer(actor, now))
    if count:
        words = ngettext(
            "%(num)s person asks to charge a fund of yours",
            "%(num)s people ask to charge a fund of yours",
            count,
        )
        lines.append(
            {"icon": "wallet", "words": words, "address": "/funds/requests", "act": gettext("Answer")}
        )
    for row in waiting_for(actor):
        words = ngettext(
            "%(num)s payer asks for admission to a programme",
            "%(num)s payers ask for admission to a programme",
            row.count,
        )
        lines.append({
            "icon": "ticket-percent", "words": words, "address": f"/programmes/{row.id}", "act": gettext("Decide"),
            "more": in_language(row.name_en, row.name_zh),
        })  # fmt: skip
    return lines
