"""What the doors of idle instruments share: the blueprint, and which instruments of a lab stood idle."""

from __future__ import annotations

from flask import Blueprint

from instruments.database import db
from instruments.people.models import Lab
from instruments.utilization.edges import months_until
from instruments.utilization.periods import Period
from instruments.utilization.sums import Selection, numbers_of
from instruments.utilization.tasks import freshen
from instruments.utilization.watch_lists import LISTS
from instruments.utilization.watching import Watched, watched
from instruments.web import clock

pages = Blueprint("idle", __name__)
AT_ONCE = 500


def idle_of(lab: Lab, period: Period) -> list[Watched]:
    """The idle instruments of a lab in a period, with its summaries up to date. Ends what was read before."""
    chosen, now = Selection(lab_id=lab.id), clock.now()
    freshen(months_until(period, now.date()), now, numbers_of(chosen), AT_ONCE)
    found = watched(LISTS["idle"], chosen, period, now)
    db.session.rollback()
    return found
