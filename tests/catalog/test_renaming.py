"""A lab or an institution that is renamed: its instruments are found by the new name at once, and no longer by the old."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from instruments.catalog.models import Instrument
from instruments.catalog.revision import catalog_number
from instruments.catalog.searchable import refresh_search_text
from instruments.database import db
from instruments.people.rights import Role
from tests.world import sign_in

LAB = {"name_en": "Balance room", "name_zh": "天平室", "zone": "Asia/Shanghai"}


@pytest.fixture
def lab(client, world):
    institution = world.institution(name_en="Qinling University", name_zh="秦岭大学")
    lab = world.lab(institution, **LAB)
    world.instrument(lab, name_en="Balance", name_zh="电子天平")
    world.instrument(world.lab(institution), name_en="Furnace", name_zh="电炉")
    world.instrument(name_en="Somebody else's balance", name_zh="他校天平")
    refresh_search_text()
    db.session.commit()
    person = world.person(institution)
    world.grant(person, Role.INSTITUTION_MANAGER, institution)
    sign_in(client, person)
    return lab


@pytest.fixture
def found(client) -> Callable[[str], list[str]]:
    """The English names of what the API finds by these words."""
    return lambda words: [
        each["name_en"] for each in client.get("/api/v1/instruments", query_string={"q": words}).json["items"]
    ]


def saved(client: Any, address: str, row: Any, **changed: str) -> None:
    answer = client.post(address, data={**LAB, "version": str(row.version)} | changed)
    assert answer.status_code == 302, answer.get_data(as_text=True)


def test_a_lab_that_is_renamed(client, lab, found) -> None:
    assert found("天平室 天平") == ["Balance"] and found("weighing hall") == []
    saved(
        client,
        f"/labs/{lab.id}/edit",
        lab,
        name_en="Weighing hall",
        name_zh="称量中心",
        city_zh="咸阳",
        city_en="Xianyang",
    )
    for words in ("weighing hall", "称量中心", "chengliang", "clzx", "xianyang", "咸阳 秦岭大学"):
        assert found(words) == ["Balance"], words
    assert found("天平室") == [] and found("balance room") == []


def test_an_institution_that_is_renamed(client, world, lab, found) -> None:
    institution = lab.institution
    saved(
        client, f"/institutions/{institution.id}/edit", institution,
        kind="university", name_en="Weibei University", name_zh="渭北大学",
    )  # fmt: skip
    for words in ("weibei", "渭北大学", "wbdx"):
        assert found(words) == ["Balance", "Furnace"], words
    assert found("秦岭大学") == [] and found("他校") == ["Somebody else's balance"]


def test_a_zone_that_changes_is_noticed_by_whoever_keeps_the_hours(client, lab) -> None:
    before = catalog_number()
    saved(client, f"/labs/{lab.id}/edit", lab, zone="Asia/Urumqi")
    db.session.rollback()
    assert catalog_number() > before


def test_what_instruments_are_not_found_by_leaves_the_catalogue_alone(client, lab) -> None:
    before, texts = catalog_number(), select(Instrument.search_text).order_by(Instrument.id)
    kept = db.session.scalars(texts).all()
    saved(client, f"/labs/{lab.id}/edit", lab, contact_phone="029-0000 0001", description_en="Quiet.")
    db.session.rollback()
    assert (catalog_number(), db.session.scalars(texts).all()) == (before, kept)


def test_the_statements_do_not_grow_with_the_instruments(client, world, lab, statements) -> None:
    def counted(**changed: str) -> int:
        db.session.refresh(lab)
        statements.clear()
        saved(client, f"/labs/{lab.id}/edit", lab, **changed)
        return len(statements)

    few = counted(name_en="Weighing hall")
    for _ in range(30):
        world.instrument(lab)
    assert counted(name_en="Weighing rooms") == few
