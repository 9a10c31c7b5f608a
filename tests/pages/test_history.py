"""An instrument's history and what is on record of it: who sees it, and that every change is told."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from instruments.people.rights import Role
from tests.world import sign_in


@pytest.fixture
def thing(world):
    return world.instrument(
        class_code="010101", original_value=Decimal(1_200_000), book_value=Decimal(300_000), serial_number="S-77",
        national_record={"country": "德国", "source": "购置", "customs_declaration": "012345678901234567"},
        commissioned_on=date(2020, 1, 2),
    )  # fmt: skip


@pytest.fixture
def keeper(world, thing):
    person = world.person(thing.institution, name_en="Chen Moni")
    world.grant(person, Role.LAB_MANAGER, thing.lab)
    return person


def page(client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.get_data(as_text=True)


def test_who_is_refused(client, world, thing) -> None:
    address = f"/instruments/{thing.id}/history"
    assert client.get(address).status_code in (302, 401)
    sign_in(client, world.person(thing.institution))
    assert client.get(address).status_code == 403
    elsewhere = world.person(thing.institution)
    world.grant(elsewhere, Role.LAB_MANAGER, world.lab(thing.institution))
    sign_in(client, elsewhere)
    assert client.get(address).status_code == 403
    assert client.get("/instruments/987654/history").status_code == 404


def test_every_change_is_told_from_old_to_new(client, thing, keeper) -> None:
    sign_in(client, keeper)
    assert "Nothing was changed yet" in page(client, f"/instruments/{thing.id}/history")
    form = {
        "version": 1, "lab": thing.lab_id, "name_en": thing.name_en, "name_zh": thing.name_zh, "status": "limited",
        "audience": "partners", "mode": "self_operated", "capacity": "1", "maker": "Zeiss", "original_currency": "CNY",
        "book_currency": "CNY", "class_code": "010101",
    }  # fmt: skip
    assert client.post(f"/instruments/{thing.id}/edit", data=form).status_code == 303
    told = page(client, f"/instruments/{thing.id}/history")
    assert "Chen Moni" in told
    assert "Instrument edited" in told
    assert "– → Zeiss" in told
    assert "S-77 → –" in told


def test_a_long_history_goes_on_with_the_same_number_of_statements(client, thing, keeper, statements) -> None:
    sign_in(client, keeper)

    def change(version: int) -> None:
        sent = {
            "version": version,
            "retire_on": "2027-01-01",
            "retire_note": "",
            "back": str((version + 1) % 2),
        }
        assert client.post(f"/instruments/{thing.id}/retire", data=sent).status_code == 303

    def counted() -> int:
        statements.clear()
        page(client, f"/instruments/{thing.id}/history")
        return len(statements)

    change(1)
    few = counted()
    for version in range(2, 53):
        change(version)
    assert counted() == few
    first = page(client, f"/instruments/{thing.id}/history")
    after = first.split('rel="next" href="')[1].split('"')[0]
    assert page(client, after).count("<tr>") == 3


def test_auditors_and_keepers_see_all_that_is_on_record_and_others_what_helps_them(
    client, world, thing, keeper
) -> None:
    address = f"/instruments/{thing.id}"
    public = page(client, address)
    for shown in ("010101", "德国", "CNY 1,200,000.00", "2 Jan 2020"):
        assert shown in public
    for kept in ("S-77", "300,000.00", "012345678901234567", "Purchased"):
        assert kept not in public
    sign_in(client, world.person(thing.institution))
    assert "300,000.00" not in page(client, address)
    auditor = world.person(thing.institution)
    world.grant(auditor, Role.AUDITOR, thing.institution)
    for person in (keeper, auditor):
        sign_in(client, person)
        known = page(client, address)
        for shown in ("S-77", "CNY 300,000.00", "012345678901234567", "Purchased", f"{address}/history"):
            assert shown in known
