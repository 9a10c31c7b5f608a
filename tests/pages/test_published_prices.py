"""Published prices for everybody: of an instrument, a lab and a service, as of a day; finer classes only for whom they are."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from instruments.people.rights import Role
from instruments.rates.models import CustomerSplit, CustomerSplitMember, Service
from tests.live import on_a_phone, violations
from tests.rates.pricing_world import JANUARY, JUNE, keep, price, published
from tests.world import bearer, sign_in


@pytest.fixture
def scene(world, client, now) -> Any:
    """A lab whose prices change in June, with a finer class, an instrument of its own prices and a service."""
    thing = world.instrument(audience="companies", name_en="Raman", name_zh="拉曼")
    ally = world.institution()
    split = keep(CustomerSplit(lab_id=thing.lab_id, base="partner", name_en="Allies", name_zh="联盟"))
    keep(CustomerSplitMember(lab_id=thing.lab_id, institution_id=ally.id, split_id=split.id))
    published(
        thing.lab,
        JANUARY,
        JUNE,
        prices=[price("own_lab", 4000), price("company", 20000), price(split.key, 7000)],
    )
    published(thing.lab, JUNE, prices=[price("own_lab", 4400)])
    service = keep(
        Service(
            lab_id=thing.lab_id, name_en="Thin sections", name_zh="切片", description_en="Ground by hand."
        )
    )
    published(service, JANUARY, prices=[price("company", 30000, "sample", "service", code="S")])
    return thing, service, ally


def test_a_stranger_sees_what_each_class_pays_and_until_when(scene, client) -> None:
    thing, service, _ = scene
    for path in (f"/instruments/{thing.id}", f"/labs/{thing.lab_id}/published-prices"):
        page = client.get(path).text
        for words in ("as of", "40.00", "200.00", "Other prices hold from", "44.00"):
            assert words in page, (path, words)
        assert "Allies" not in page
    page = client.get(f"/labs/{thing.lab_id}/published-prices?on=2027-06-01").text
    assert "44.00" in page
    assert "200.00" not in page
    page = client.get(f"/services/{service.id}").text
    assert "Ground by hand." in page
    assert "300.00" in page
    page = client.get(f"/labs/{thing.lab_id}").text
    assert "One list for all of its instruments holds since" in page
    assert "Thin sections" in page


def test_a_day_that_is_none_is_today_and_before_the_first_there_is_no_price(scene, client) -> None:
    thing, service, _ = scene
    for text in ("soon", "0001-01-01", "9999-12-31", "2027-13-01"):
        assert "40.00" in client.get(f"/labs/{thing.lab_id}/published-prices?on={text}").text, text
    assert "No price set" in client.get(f"/labs/{thing.lab_id}/published-prices?on=2026-12-31").text
    assert client.get("/labs/999999999/published-prices").status_code == 404
    assert client.get("/services/999999999").status_code == 404
    service.archived = True
    keep(service)
    assert client.get(f"/services/{service.id}").status_code == 404


def test_a_finer_class_is_shown_to_whom_it_is_and_to_the_lab(scene, client, world) -> None:
    thing, _, ally = scene
    manager = world.person(thing.institution)
    world.grant(manager, Role.LAB_MANAGER, thing.lab)
    path = f"/instruments/{thing.id}"
    for person, seen in (
        (world.person(thing.institution), False),
        (world.person(ally), True),
        (manager, True),
    ):
        assert ("Allies" in sign_in(client, person).get(path).text) == seen


def test_programs_read_any_list_as_of_a_day(scene, client, world) -> None:
    thing, service, ally = scene
    token = bearer(world.token(world.person(ally)))
    told = client.get(f"/api/v1/labs/{thing.lab_id}/prices", headers=token).json
    assert (told["as_of"], told["changes_on"]) == ("2027-03-01", "2027-06-01")
    assert next(iter(told["lines"][0]["prices"].values())) == "70.00"
    told = client.get(f"/api/v1/instruments/{thing.id}/prices?on=2027-07-01", headers=token).json
    assert told["lines"][0]["prices"]["own_lab"] == "44.00"
    assert client.get(f"/api/v1/services/{service.id}/prices", headers=token).json["lines"][0]["code"] == "S"
    assert client.get(f"/api/v1/instruments/{thing.id}/prices?on=soon", headers=token).status_code == 422


@on_a_phone
def test_several_services_can_be_told_apart_with_a_finger(server, view, scene) -> None:
    thing, _, _ = scene
    for name in ("Polishing", "Etching"):
        keep(Service(lab_id=thing.lab_id, name_en=name, name_zh=name))
    page = view()
    page.goto(f"{server}/labs/{thing.lab_id}")
    expect(page.get_by_role("link", name="Polishing")).to_be_visible()
    assert violations(page) == []
