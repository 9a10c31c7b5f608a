"""What the invented instruments are found by: the same text that the catalogue makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from instruments.catalog.search_text import search_text
from instruments.demo.generator.world import InventedWorld


def with_search_texts(
    world: InventedWorld, classes: Mapping[str, tuple[str | None, str, str]]
) -> list[dict[str, Any]]:
    """The rows of the instruments with their search text. classes: by code its parent, Chinese and English name."""
    institutions = {row["id"]: row for row in world.places.institutions}
    labs = {row["id"]: row for row in world.places.labs}
    techniques = {row["id"]: (row["name_en"], row["name_zh"]) for row in world.instruments.techniques}
    tagged: dict[int, list[str]] = {}
    for tag in world.instruments.tags:
        tagged.setdefault(tag["instrument_id"], []).extend(techniques[tag["technique_id"]])
    lines = {code: _line(code, classes) for code in classes}
    rows = []
    for row in world.instruments.rows:
        lab, owner = labs[row["lab_id"]], institutions[row["institution_id"]]
        found_by = search_text(
            names=(row["name_en"], row["name_zh"]),
            identifiers=(row["maker"], row["model"], row["asset_number"], row["serial_number"]),
            places=(
                lab["name_en"], lab["name_zh"], owner["name_en"], owner["name_zh"], row["city_en"], row["city_zh"],
            ),
            classes=lines[row["class_code"]],
            techniques=tagged[row["id"]],
            quantities=row["measured_quantities"],
        )  # fmt: skip
        rows.append(row | {"search_text": found_by})
    return rows


def _line(code: str, classes: Mapping[str, tuple[str | None, str, str]]) -> list[str]:
    """A class's code and its names, then those of the classes above it."""
    names = [code]
    above: str | None = code
    while above is not None:
        above, chinese, english = classes[above]
        names += [english, chinese]
    return names
