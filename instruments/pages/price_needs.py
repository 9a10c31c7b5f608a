"""What of prices waits for somebody at home: what the labs of their institution propose."""

from __future__ import annotations

from flask_babel import gettext, ngettext

from instruments.people.rights import Actor
from instruments.rates.proposals import counts_for


def price_needs(actor: Actor) -> list[dict[str, str]]:
    """The lines of "Needs you". Nothing is asked of who approves no prices; else one statement."""
    return [
        {
            "icon": "coins",
            "words": ngettext(
                "%(num)s price list waits for your approval",
                "%(num)s price lists wait for your approval",
                count,
            ),
            "address": f"/institutions/{home}/price-proposals",
            "act": gettext("Look at it"),
        }
        for home, count in counts_for(actor).items()
    ]
