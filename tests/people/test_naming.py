"""People are named in forms by their mail addresses: who is nobody is said, and nobody is left out without a word."""

from __future__ import annotations

import pytest

from instruments.errors import Reason
from instruments.people.views.naming import MOST_PEOPLE, people_typed


@pytest.fixture
def read(app, world, now):
    def act(text: str) -> tuple[list[str], list[tuple[str, str | None]]]:
        reasons: list[Reason] = []
        with app.test_request_context(method="POST", data={"people": text}):
            found = people_typed(reasons)
        return [each.mail for each in found], [(each.code, each.values.get("mail")) for each in reasons]

    return act


def test_each_address_that_nobody_has_is_named(read, world) -> None:
    lin = world.person(mail="lin@qinling.example")
    assert read("lin@qinling.example, x@qinling.example；y@qinling.example") == (
        [lin.mail],
        [("no_person", "x@qinling.example"), ("no_person", "y@qinling.example")],
    )


def test_more_than_may_be_named_at_once_are_refused_not_cut(read) -> None:
    many = "\n".join(f"n{number}@qinling.example" for number in range(MOST_PEOPLE + 1))
    assert read(many) == ([], [("too_many_people", None)])


@pytest.mark.parametrize("apart", [" ", "\n", ",", "，", ";", "；", "、", "\0"])
def test_addresses_stand_apart_by_what_people_write(read, world, apart) -> None:
    lin, wang = world.person(mail="lin@qinling.example"), world.person(mail="wang@qinling.example")
    assert read(f"WANG@qinling.example{apart}lin@qinling.example{apart}lin@qinling.example") == (
        [wang.mail, lin.mail],
        [],
    )
