"""A question of the demonstration: why instruments of the shown lab were not used in the last month, one of them answered."""

from __future__ import annotations

from datetime import datetime

from instruments.database import db
from instruments.demo.generator.world import InventedWorld
from instruments.people.models import Lab
from instruments.people.rights import Role
from instruments.people.signing import actor_by_id
from instruments.utilization import periods
from instruments.utilization.edges import months_until
from instruments.utilization.idle.asking import answer, ask
from instruments.utilization.marking import lock_state
from instruments.utilization.recounting import keep, recount
from instruments.utilization.sums import Selection, numbers_of
from instruments.utilization.watch_lists import LISTS
from instruments.utilization.watching import watched

ANSWER = "等待配件，预计下月恢复。 It waits for a part and is back next month."


def ask_about_idle(world: InventedWorld, now: datetime) -> int:
    """Ask the shown lab, which answers for one instrument; how many it is asked about. Inside the deed."""
    manager = actor_by_id(world.people.shown["institution_manager"], now)
    keeper = actor_by_id(world.people.shown["lab_manager"], now)
    labs = (
        [] if keeper is None else [each.scope_id for each in keeper.grants if each.role is Role.LAB_MANAGER]
    )
    if manager is None or keeper is None or not labs:
        return 0
    lab, period = db.session.get_one(Lab, labs[0]), periods.month(world.anchor).before
    chosen = Selection(lab_id=lab.id)
    lock_state()
    months = months_until(period, now.date())
    keep(recount([(number, month) for number in numbers_of(chosen) for month in months], now))
    idle = watched(LISTS["idle"], chosen, period, now)
    if not idle:
        return 0
    question = ask(manager, lab, period, idle, now)
    answer(keeper, question, None, {idle[0].instrument_id: ANSWER}, now)
    return len(idle)
