"""What of charges waits for somebody at home: disputes to answer, uses that lack something, what needs a second person."""

from __future__ import annotations

from flask_babel import gettext, ngettext

from instruments.charges.waiting_for import waiting_for
from instruments.people.rights import Actor


def charge_needs(actor: Actor) -> list[dict[str, str]]:
    """The lines of "Needs you". Nothing is asked of who decides on no money; else four statements."""
    found = waiting_for(actor)
    lines = []
    for lab_id, count in sorted(found.unpriced.items()):
        words = ngettext(
            "%(num)s use lacks something to be charged", "%(num)s uses lack something to be charged", count
        )
        lines.append(_line("triangle-alert", words, f"/labs/{lab_id}/charges/missing"))
    for charge_id in found.disputes:
        words = gettext("A dispute waits for your answer")
        lines.append(_line("scale", words, f"/charges/{charge_id}"))
    for charge_id in found.seconds:
        words = gettext("A second person is needed")
        lines.append(_line("users", words, f"/charges/{charge_id}"))
    for charge_id in found.funds:
        words = gettext("A fund of yours is asked to bear a charge")
        lines.append(_line("wallet", words, f"/charges/{charge_id}"))
    return lines


def _line(icon: str, words: str, address: str) -> dict[str, str]:
    return {"icon": icon, "words": words, "address": address, "act": gettext("Look at it")}
