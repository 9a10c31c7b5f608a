"""A lab with hours, and who decides for its institution."""

from __future__ import annotations

import pytest

from instruments.people.rights import Role
from tests.world import sign_in


@pytest.fixture
def lab(world, client, now):
    lab = world.lab(name_en="Optics")
    world.hours(lab, "Mon-Fri 08:00-18:00")
    person = world.person(lab.institution)
    world.grant(person, Role.INSTITUTION_MANAGER, lab.institution)
    sign_in(client, person)
    return lab
