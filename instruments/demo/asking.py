"""A request of the demonstration: the shown operator asks to charge a grant of the shown group, and its head has to answer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from instruments.database import db
from instruments.demo.generator.world import InventedWorld
from instruments.funds.asking.asking import ask
from instruments.funds.models import Fund
from instruments.people.models import RoleGrant
from instruments.people.rights import Role
from instruments.people.signing import actor_by_id

WORDS = "Reference films for the comparison of our microscopes / 显微镜比对用的参考薄膜"


def ask_the_group(world: InventedWorld, now: datetime) -> int:
    """Ask by the code of its first grant; how many requests. In the deed."""
    actor = actor_by_id(world.people.shown["operator"], now)
    code = db.session.scalar(
        select(Fund.code)
        .join(RoleGrant, RoleGrant.group_id == Fund.group_id)
        .where(RoleGrant.person_id == world.people.shown["group_head"], RoleGrant.role == Role.GROUP_HEAD)
        .order_by(Fund.id)
        .limit(1)
    )
    if actor is None or code is None:
        return 0
    ask(actor, code, WORDS, now)
    return 1
