"""What approval asks of a person at home: requests to answer in their labs, and times that a lab proposed to them."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import gettext, ngettext
from sqlalchemy import select

from instruments.database import db
from instruments.people.models import Lab
from instruments.people.rights import Actor
from instruments.reservations.waiting import proposals_to, waiting_for
from instruments.timespan import Timespan
from instruments.web import formats
from instruments.web.language import in_language

MOST_PROPOSALS = 5


def approval_needs(actor: Actor) -> list[dict[str, str]]:
    """Lines of "Needs you"."""
    return [*_requests(actor), *_proposals(actor)]


def _requests(actor: Actor) -> Iterator[dict[str, str]]:
    found = waiting_for(actor)
    if not found:
        return
    labs = {
        row.id: row
        for row in db.session.execute(
            select(Lab.id, Lab.name_en, Lab.name_zh, Lab.zone).where(
                Lab.id.in_([row.lab_id for row in found])
            )
        )
    }
    for row in sorted(found, key=lambda row: row.due):
        lab = labs[row.lab_id]
        yield {
            "icon": "user-check",
            "words": ngettext(
                "%(lab)s: %(count)s request waits, until %(moment)s",
                "%(lab)s: %(count)s requests wait, the first until %(moment)s",
                row.count,
                lab=in_language(lab.name_en, lab.name_zh),
                count=formats.count(row.count),
                moment=formats.moment(row.due, lab.zone),
            ),
            "address": f"/labs/{lab.id}/approvals",
            "act": gettext("Answer"),
        }


def _proposals(actor: Actor) -> Iterator[dict[str, str]]:
    for row in proposals_to(actor, MOST_PROPOSALS):
        yield {
            "icon": "calendar-clock",
            "words": gettext(
                "%(lab)s proposes %(time)s on the %(name)s",
                lab=in_language(row.lab_en, row.lab_zh),
                time=formats.when(Timespan(row.starts_at, row.ends_at), row.zone),
                name=in_language(row.instrument_en, row.instrument_zh),
            ),
            "address": f"/reservations/{row.id}",
            "act": gettext("Answer"),
        }
