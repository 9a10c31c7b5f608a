"""A lab that grants qualifications, the people around it, and a form for each deed."""

from __future__ import annotations

import io
from typing import Any

import pytest

from instruments.web.multipart import FORM
from tests.world import bearer, sign_in

SCOPES = "reservations:read reservations:write labs:read labs:write"


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


@pytest.fixture
def send(lab, world):
    tokens = {name: world.token(person, SCOPES) for name, person in lab.people.items()}

    def call(who: str, path: str, match: str = "", key: str = "", **form):
        headers = bearer(tokens[who])
        headers |= {"If-Match": match} if match else {}
        headers |= {"Idempotency-Key": key} if key else {}
        form = {
            name: (io.BytesIO(value[0]), value[1]) if isinstance(value, tuple) else value
            for name, value in form.items()
        }
        answer = lab.client.post(f"/api/v1{path}", headers=headers, data=form, content_type=FORM)
        answer.request.environ["wsgi.input"].close()  # the client keeps what it sent in a file
        return answer

    def get(who: str, path: str):
        return lab.client.get(f"/api/v1{path}", headers=bearer(tokens[who]))

    call.get = get
    return call
