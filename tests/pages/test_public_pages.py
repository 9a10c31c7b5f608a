"""Labs, institutions, and what search engines read."""

from __future__ import annotations

from datetime import datetime
from html import unescape
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from instruments.people.rights import Role
from tests.world import World, sign_in


def page(client: FlaskClient, address: str, language: str = "en") -> str:
    answer = client.get(address, headers={"Accept-Language": language})
    assert answer.status_code == 200
    return unescape(answer.get_data(as_text=True))


def test_a_lab_shows_its_instruments_hours_and_place(
    world: World, client: FlaskClient, now: datetime
) -> None:
    lab = world.lab(
        name_en="Testing Centre",
        name_zh="测试中心",
        city_en="Xi’an",
        address="Road 1",
        description_en="We test.",
    )
    world.hours(lab, "mon-fri 08:00-18:00")
    thing = world.instrument(lab, week=None, name_en="Raman microscope")
    world.instrument(lab, status="retired", name_en="Gone thing")
    found = page(client, f"/labs/{lab.id}")
    for words in ("Testing Centre", "Raman microscope", f'href="/instruments/{thing.id}"', "Mon–Fri 08:00–18:00", "Road 1",
                  "We test.", "1 instrument", "Xi’an time, UTC+8"):  # fmt: skip
        assert words in found
    assert "Gone thing" not in found
    assert "周一至周五 08:00–18:00" in page(client, f"/labs/{lab.id}", "zh-CN")


def test_an_institution_shows_its_labs_and_instruments_page_by_page(
    world: World, client: FlaskClient, now: datetime
) -> None:
    institution = world.institution(
        name_en="Qinling University", name_zh="秦岭大学", website="https://qlu.example"
    )
    lab = world.lab(institution, name_en="Testing Centre")
    for number in range(27):
        world.instrument(lab, name_en=f"Thing {number:02}")
    found = page(client, f"/institutions/{institution.id}")
    for words in (
        "Qinling University",
        "University",
        "Testing Centre",
        "27 instruments",
        "1–25 of 27",
        "Thing 24",
    ):
        assert words in found
    assert "Thing 25" not in found
    assert "Thing 25" in page(client, f"/institutions/{institution.id}?page=2")
    beyond = client.get(f"/institutions/{institution.id}?page=99")
    assert (beyond.status_code, beyond.location) == (302, f"/institutions/{institution.id}?page=2")
    assert "Thing 00" in page(client, f"/institutions/{institution.id}?page=²")
    assert "秦岭大学" in page(client, f"/institutions/{institution.id}", "zh-CN")


def test_all_institutions_are_listed_with_what_they_open(
    world: World, client: FlaskClient, now: datetime
) -> None:
    assert "No institution is here yet" in page(client, "/institutions")
    world.instrument(world.lab(world.institution(name_en="Qinling University")))
    world.institution(name_en="Company X", kind="company")
    found = page(client, "/institutions")
    assert "Qinling University" in found
    assert "Company X" in found
    assert "/institutions/new" not in found
    admin = world.person()
    world.grant(admin, Role.PLATFORM_ADMINISTRATOR)
    assert "/institutions/new" in page(sign_in(client, admin), "/institutions")


@pytest.mark.parametrize(
    "address", ["/labs/999999999", "/institutions/999999999", "/sitemap-9.xml", "/nothing-here"]
)
def test_what_is_not_there_is_not_found_and_offers_a_search(
    world: World, client: FlaskClient, address: str
) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    assert b'role="search"' in answer.data


def test_lab_and_institution_offer_changes_only_to_those_who_may(
    world: World, client: FlaskClient, now: datetime
) -> None:
    lab = world.lab()
    manager = world.person(lab.institution)
    assert "/edit" not in page(client, f"/labs/{lab.id}")
    world.grant(manager, Role.LAB_MANAGER, lab)
    sign_in(client, manager)
    assert f'href="/labs/{lab.id}/hours"' in page(client, f"/labs/{lab.id}")
    assert "/edit" not in page(client, f"/institutions/{lab.institution_id}")
    world.grant(manager, Role.INSTITUTION_MANAGER, lab.institution)
    assert f'href="/institutions/{lab.institution_id}/edit"' in page(
        client, f"/institutions/{lab.institution_id}"
    )


def test_the_sitemap_names_every_public_page_and_nothing_else(
    world: World, client: FlaskClient, now: datetime
) -> None:
    thing = world.instrument()
    gone = world.instrument(thing.lab, status="retired")
    assert _addresses(client.get("/sitemap.xml").data) == ["http://localhost:5000/sitemap-0.xml"]
    answer = client.get("/sitemap-0.xml")
    pages, base = _addresses(answer.data), "http://localhost:5000"
    assert {
        f"{base}/",
        f"{base}/institutions",
        f"{base}/labs/{thing.lab_id}",
        f"{base}/instruments/{thing.id}",
    } <= set(pages)
    assert f"{base}/instruments/{gone.id}" not in pages
    for address in pages:
        assert client.get(address.removeprefix(base)).status_code == 200
    again = client.get("/sitemap-0.xml", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_robots_are_told_where_the_sitemap_is_and_what_is_private(client: FlaskClient, world: World) -> None:
    found = page(client, "/robots.txt")
    assert "Sitemap: http://localhost:5000/sitemap.xml" in found
    assert "Disallow: /api/" in found
    assert "Disallow: /instruments" not in found


def _addresses(document: bytes) -> list[str]:
    tree = ElementTree.fromstring(document)  # noqa: S314 - our own
    return [each.text or "" for each in tree.iter() if each.tag.endswith("loc")]
