"""A lab that records violations, its people, and somebody who has used it."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from instruments.people.rights import Role


@pytest.fixture
def scene(world, now):
    """A lab with two managers and an operator, its institution's manager, and somebody who has used it."""
    lab = world.lab()
    home = lab.institution
    made = SimpleNamespace(lab=lab, thing=world.instrument(lab), kind=world.violation_kind(lab))
    for name, role, place in (
        ("manager", Role.LAB_MANAGER, lab), ("other", Role.LAB_MANAGER, lab), ("operator", Role.LAB_OPERATOR, lab),
        ("above", Role.INSTITUTION_MANAGER, home), ("auditor", Role.AUDITOR, home),
    ):  # fmt: skip
        person = world.person(home, name_en=name.title())
        world.grant(person, role, place)
        setattr(made, name, person)
    made.user = world.person(home, name_en="Shen Yong", mail="shen@example.org")
    made.head = world.person(home)
    made.group = world.group(home, made.head)
    world.grant(made.user, Role.MEMBER, made.group)
    made.used = world.reservation(made.thing, made.user, now - timedelta(days=1))
    return made
