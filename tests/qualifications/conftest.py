"""A lab that grants qualifications, the people around it, and a form for each deed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world import sign_in


class Place:
    """An institution with a lab, its staff, a safety officer, a member and a visitor; one instrument."""

    def __init__(self, client, world, now) -> None:
        self.client, self.world, self.now = client, world, now
        self.home, self.elsewhere = world.institution(), world.institution()
        self.lab = world.lab(self.home)
        self.people = {
            "member": world.person(self.home),
            "other": world.person(self.home),
            "operator": world.person(self.home),
            "manager": world.person(self.home),
            "officer": world.person(self.home),
            "visitor": world.person(self.elsewhere),
        }
        world.grant(self.people["operator"], "lab_operator", self.lab)
        world.grant(self.people["manager"], "lab_manager", self.lab)
        world.grant(self.people["officer"], "safety_officer", self.home)
        self.instrument = world.instrument(self.lab)
        self.numbers = {name: person.id for name, person in self.people.items()}
        self.mails = {name: person.mail for name, person in self.people.items()}
        self.lab_id, self.home_id, self.instrument_id = self.lab.id, self.home.id, self.instrument.id

    def get(self, who: str, address: str) -> Any:
        """A page as somebody sees it."""
        return sign_in(self.client, self.people[who]).get(address)

    def post(self, who: str, address: str, **fields: Any) -> Any:
        """A form that somebody sends."""
        return sign_in(self.client, self.people[who]).post(address, data=fields)


@pytest.fixture
def lab(client, world, now) -> Place:
    """The lab of these tests."""
    return Place(client, world, now)
