"""What instruments are found by: both languages, pinyin, initials, model numbers."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.catalog.search_text import escape_like, normalise, search_text, terms

CONFOCAL = search_text(
    names=["Laser scanning confocal microscope", "激光共聚焦显微镜"],
    identifiers=["Zeiss", "LSM-980", "QLU-2019_0033"],
    places=["Analysis Centre", "材料分析中心", "Qinling University", "秦岭大学", "Xi’an", "西安"],
    classes=["010802", "Confocal microscopes", "激光共聚焦显微镜", "Optical microscopes", "光学显微镜"],
    techniques=["CLSM", "荧光成像"],
    quantities=["Fluorescence intensity"],
)


@pytest.mark.parametrize(
    "query",
    [
        "confocal",
        "CONFOCAL microscope",
        "共聚焦",
        "显微",
        "ＬＳＭ",
        "lsm-980",
        "lsm980",
        "LSM 980",
        "jiguang",
        "gongjujiao xianweijing",
        "jggjj",
        "jggjjxwj",
        "秦岭大学 共聚焦",
        "qldx",
        "xian",
        "xi’an",
        "010802",
        "optical",
        "clsm",
        "yingguang",
        "fluorescence",
        "2019_0033",
    ],
)
def test_found_by(query: str) -> None:
    assert all(term.replace("\\", "") in CONFOCAL for term in terms(query)), CONFOCAL


@pytest.mark.parametrize("query", ["raman", "拉曼", "lmgp", "lsm990"])
def test_not_found_by(query: str) -> None:
    assert not all(term in CONFOCAL for term in terms(query))


def test_a_query_cannot_bring_wildcards() -> None:
    assert terms("100%_\\") == ["100\\%\\_\\\\"]


@pytest.mark.parametrize("empty", ["", "   ", "，、", "\u3000"])
def test_nothing_asked_is_no_terms(empty: str) -> None:
    assert terms(empty) == []


def test_a_query_is_bounded() -> None:
    assert len(terms("a b " * 1000)) <= 12
    assert len("".join(terms("x" * 100_000))) == 200


def test_a_text_twice_stands_once() -> None:
    assert search_text(names=["Balance", "balance"], classes=["BALANCE"]) == "balance"


def test_four_thousand_are_made_in_a_moment() -> None:
    started = time.process_time()
    for number in range(4200):
        search_text(
            names=[f"Balance {number}", f"电子天平（{number} 号）"],
            places=["材料分析中心"],
            classes=["天平"],
        )
    assert time.process_time() - started < 1.5


@given(st.text(max_size=60))
def test_every_name_is_found_by_itself(name: str) -> None:
    text = search_text(names=[name])
    assert all(normalise(term) == term for term in terms(name) if "\\" not in term)
    for word in normalise(name[:200]).split():
        assert word in text


@given(st.text(max_size=40))
def test_escaping_can_be_undone(text: str) -> None:
    assert re.sub(r"\\(.)", r"\1", escape_like(text), flags=re.DOTALL) == text
