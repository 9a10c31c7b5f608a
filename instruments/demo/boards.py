"""Targets, a saved view and the public page of the demonstration, as the shown manager of an institution set them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from instruments.database import db
from instruments.demo.generator.world import InventedWorld
from instruments.people.models import Institution
from instruments.people.signing import actor_by_id
from instruments.utilization.asking import INSTITUTION, View
from instruments.utilization.boards.saving import save
from instruments.utilization.boards.subjects import of_place
from instruments.utilization.boards.targets import set_target
from instruments.utilization.periods import academic_year
from instruments.utilization.places import the_place
from instruments.utilization.public.choosing import Choice, choose, years

NAME = "本学年 This academic year"
TARGETS = {"utilization": Decimal("0.05"), "per_instrument": Decimal(100)}


def keep_a_board(world: InventedWorld, now: datetime) -> int:
    """Set targets and save a view; how many. Inside the deed."""
    actor = actor_by_id(world.people.shown["institution_manager"], now)
    if actor is None or actor.institution_id is None:
        return 0
    view = View(INSTITUTION, actor.institution_id, academic_year(world.anchor))
    place = the_place(view, actor)
    for figure, value in TARGETS.items():
        set_target(actor, of_place(place), figure, value, now)
    save(actor, NAME, view, now, shared=True)
    home = db.session.get_one(Institution, actor.institution_id)
    told = Choice(years(world.anchor)[0].code, hours=True, served=True)
    choose(actor, home, told, None, world.anchor, now)
    return len(TARGETS) + 2
