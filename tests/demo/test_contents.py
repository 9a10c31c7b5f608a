"""The tables that the invented world is made of agree with each other and with the national lists."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from instruments.availability.week import parse_week
from instruments.demo.contents import by_key, by_prefix, table

CATALOG = Path(__file__).parents[2] / "instruments" / "catalog" / "data"


def national(name: str) -> list[dict[str, str]]:
    """A code list of the catalogue."""
    with (CATALOG / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_classification_is_a_tree_with_unambiguous_english_names() -> None:
    classes = {row["code"]: row for row in national("classification.csv")}
    assert len(classes) == 739
    for code, row in classes.items():
        parent = row["parent"]
        assert re.fullmatch(r"\d{6}", code)
        assert row["name_en"].isascii() or not re.search(r"[\u3400-\u9fff]", row["name_en"])
        assert (parent == "") == (row["level"] == "1")
        if parent:
            assert int(classes[parent]["level"]) == int(row["level"]) - 1
    assert [
        name for name, count in Counter(row["name_en"] for row in classes.values()).items() if count > 1
    ] == []


def test_the_remaining_leaves_say_what_they_are_the_rest_of() -> None:
    rest = [row for row in national("classification.csv") if row["name_zh"] == "其他"]
    vague = [
        row["code"] for row in rest if not re.match(r"(Other |Radio-frequency and other )", row["name_en"])
    ]
    assert len(rest) == 89
    assert vague == []


def test_the_subjects_are_the_62_of_the_standard() -> None:
    subjects = national("subjects.csv")
    assert len(subjects) == 62 and all(row["name_en"] and row["name_zh"] for row in subjects)


def test_every_model_uses_controlled_words_and_a_known_class() -> None:
    codes = {row["code"] for row in national("classification.csv")}
    for model in table("models"):
        assert model["class_code"] in codes
        assert model["maker"] in by_key("makers")
        assert model["sample"] in by_key("samples")
        assert set(model["techniques"].split()) <= by_key("techniques").keys()
        assert set(model["quantities"].split()) <= by_key("quantities").keys()
        assert {one.partition("=")[0] for one in model["specifications"].split(";")} <= by_key(
            "specifications"
        ).keys()
        assert set(model["modes"].split()) <= {"self", "guided", "delegated", "remote"}
        assert int(model["price_cny"]) > 0 and int(model["weight"]) > 0
        assert by_prefix("asset_codes", model["class_code"])["university_asset_class"] in {"03", "04"}


def test_the_models_are_many_and_of_all_major_classes() -> None:
    models = table("models")
    assert len(models) >= 220
    assert {model["class_code"][:2] for model in models} >= {f"{number:02d}" for number in range(1, 15)}
    assert len({(model["maker"], model["model"]) for model in models}) == len(models)
    assert any(len(model["name_en"]) >= 90 for model in models)


def test_the_places_are_14_universities_7_institutes_and_6_companies() -> None:
    assert Counter(line["kind"] for line in table("institutions")) == {"university": 14, "institute": 7}
    assert len(table("companies")) == 6
    labs = Counter(line["institution"] for line in table("labs"))
    assert labs.keys() == by_key("institutions").keys()
    assert all(8 <= count <= 16 for count in labs.values())


@pytest.mark.parametrize("name", ["institutions", "companies"])
def test_the_domains_can_belong_to_nobody(name: str) -> None:
    assert all(line["domain"].endswith(".example") for line in table(name))


def test_every_lab_has_models_to_choose_from_and_hours_that_can_be_read() -> None:
    shapes = {line["shape"] for line in table("hours")} | {"on-request"}
    for line in table("labs"):
        assert line["hours"] in shapes
        for prefix in line["classes"].split():
            assert any(model["class_code"].startswith(prefix) for model in table("models")), prefix
    for line in table("hours"):
        assert parse_week(line["week"]).spans or line["week"] == "closed"
