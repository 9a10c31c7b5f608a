"""Programs that book for somebody of whom there is no account: staff read all reasons at once, others that one alone."""

from __future__ import annotations

import pytest

from tests.reservations.test_api import HOUR, NINE, URL, Program, codes


@pytest.fixture
def instrument(world, now):
    return world.instrument()


def wanted(instrument) -> dict[str, object]:
    """A body that is taken but for whom it is for."""
    start, end = NINE.isoformat(), (NINE + HOUR).isoformat()
    return {"instrument_id": instrument.id, "start": start, "end": end, "for": "nobody@home.example"}


def managing(client, world, instrument) -> Program:
    """A program of who runs the instrument's lab."""
    manager = world.person(instrument.institution)
    world.grant(manager, "lab_manager", instrument.lab)
    return Program(client, world, manager)


def test_whom_staff_name_wrongly_is_told_with_all_else_and_to_others_alone(client, world, instrument) -> None:
    manager = managing(client, world, instrument)
    late = wanted(instrument) | {"end": (NINE + 15 * HOUR).isoformat(), "purpose": "fun"}
    refused = manager.client.post(URL, json=late, headers=manager.headers)
    assert refused.status_code == 422
    assert set(codes(refused)) >= {"no_such_person", "purpose"}
    program = Program(client, world, world.person(instrument.institution))
    # Who may not book for everybody learns of nobody whether they have an account.
    alone = program.client.post(URL, json=late, headers=program.headers)
    assert (alone.status_code, codes(alone)) == (403, ["not_for_them"])


def test_a_time_that_is_taken_offers_nothing_in_the_stead_of_nobody(client, world, instrument) -> None:
    world.reservation(instrument, world.person(), NINE)
    manager = managing(client, world, instrument)
    refused = manager.client.post(URL, json=wanted(instrument), headers=manager.headers)
    assert (refused.status_code, codes(refused)) == (422, ["no_such_person", "taken"])
    assert len(refused.json["conflicts"]) == 1
    assert refused.json["alternatives"] == []
