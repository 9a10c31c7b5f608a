"""Who makes the journeys: people at the keyboard, in English and Chinese, at a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale, gettext
from playwright.sync_api import Page

from instruments.catalog.models import Instrument
from instruments.catalog.search_text import search_text
from instruments.people import passwords
from instruments.people.models import Institution, Lab, Person
from tests.journeys.reader import Reader, day_after
from tests.live import DESKTOP, PHONE
from tests.world import World

LANGUAGES = {"english": ("en", "en-GB"), "chinese": ("zh_Hans_CN", "zh-CN")}
PASSWORD = "quiet river stone"


# All journeys at one seat run in one process, where axe knows a page that it has seen there in either language.
# This one walks on PostgreSQL as well.
ON_BOTH = {"chinese-phone"}
READERS = [
    pytest.param(
        name,
        marks=[
            pytest.mark.xdist_group(name.partition("-")[2]),
            *([pytest.mark.on_both] if name in ON_BOTH else []),
        ],
    )
    for name in ("english-desktop", "english-phone", "chinese-desktop", "chinese-phone")
]


@pytest.fixture(params=READERS)
def new_reader(
    request: pytest.FixtureRequest, app: Flask, new_page: Callable[..., Page]
) -> Callable[[], Reader]:
    """Another reader of the same kind, with a browser of their own."""
    spoken, seat = request.param.split("-")
    language, locale = LANGUAGES[spoken]
    with force_locale("zh_Hans_CN"):
        assert gettext("Sign in") != "Sign in", "the texts are not compiled: run `make messages`"

    def make() -> Reader:
        page = new_page(viewport=PHONE if seat == "phone" else DESKTOP, locale=locale)
        return Reader(page, language, phone=seat == "phone")

    return make


@pytest.fixture
def reader(new_reader: Callable[[], Reader]) -> Reader:
    """Who reads and types in this journey."""
    return new_reader()


@dataclass(frozen=True)
class Campus:
    """Two universities, the Raman microscopes of both, open every day from eight to eight, and one other instrument."""

    university: Institution
    lab: Lab
    raman: Instrument
    ramans_elsewhere: list[Instrument]


@pytest.fixture
def campus(world: World) -> Campus:
    """The world of the journeys."""
    qinling = world.institution(name_en="Qinling University", name_zh="秦岭大学")
    weishui = world.institution(name_en="Weishui University", name_zh="渭水大学")
    lab = world.lab(
        qinling,
        name_en="Analysis and Testing Centre",
        name_zh="分析测试中心",
        city_zh="西安",
        city_en="Xi’an",
    )
    other_lab = world.lab(
        weishui, name_en="Materials Laboratory", name_zh="材料实验室", city_zh="咸阳", city_en="Xianyang"
    )

    def instrument(where: Lab, english: str, chinese: str, class_code: str) -> Instrument:
        return world.instrument(
            where, week="Mon-Sun 08:00-20:00", name_en=english, name_zh=chinese, class_code=class_code,
            search_text=search_text(names=[english, chinese]),
        )  # fmt: skip

    instrument(lab, "Field emission scanning electron microscope", "场发射扫描电子显微镜", "010101")
    return Campus(
        qinling,
        lab,
        instrument(lab, "Confocal Raman microscope", "共聚焦拉曼显微镜", "010410"),
        [
            instrument(other_lab, f"Raman spectrometer {number}", f"拉曼光谱仪 {number}", "010410")
            for number in (1, 2, 3)
        ],
    )


@pytest.fixture
def member(world: World, reader: Reader) -> Callable[..., Person]:
    """Makes a person with a password who reads the language of this journey: member(institution, mail=…)."""

    def make(institution: Institution, **values: Any) -> Person:
        return world.person(
            institution,
            language=reader.language,
            password_hash=passwords.hashed(PASSWORD, "low"),
            membership_confirmed_on=day_after(0),
            **values,
        )

    return make
