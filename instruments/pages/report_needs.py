"""What of statutory forms waits for somebody at home: what is to be filed, and what a lab's rows lack."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext, ngettext

from instruments.people.rights import Actor
from instruments.reports.waiting import waiting_for


def report_needs(actor: Actor, now: datetime) -> list[dict[str, str]]:
    """The lines of "Needs you". Nothing is asked of who files nothing and manages no lab; else a few statements."""
    found = waiting_for(actor, now)
    lines = []
    for institution_id, late, open_ in found.institutions:
        if late:
            words = ngettext("%(num)s form is overdue", "%(num)s forms are overdue", late)
            lines.append(_line("clock-alert", words, f"/institutions/{institution_id}/reports"))
        elif open_:
            words = ngettext("%(num)s form is to be filed", "%(num)s forms are to be filed", open_)
            lines.append(_line("file-check", words, f"/institutions/{institution_id}/reports"))
    for institution_id, count in found.not_on_record:
        words = ngettext(
            "%(num)s new instrument is to be put on the national record",
            "%(num)s new instruments are to be put on the national record",
            count,
        )
        lines.append(_line("file-plus", words, f"/institutions/{institution_id}/reports"))
    for lab_id, count in found.labs:
        words = ngettext(
            "%(num)s row of a form lacks something of your lab",
            "%(num)s rows of forms lack something of your lab",
            count,
        )
        lines.append(_line("triangle-alert", words, f"/labs/{lab_id}/reports"))
    return lines


def _line(icon: str, words: str, address: str) -> dict[str, str]:
    return {"icon": icon, "words": words, "address": address, "act": gettext("Look at it")}
