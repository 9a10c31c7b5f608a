"""Institutions, companies and labs of the invented world, and their mail domains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from instruments.demo.contents import Line, by_key, table

Row = dict[str, Any]
ZONE = ZoneInfo("Asia/Shanghai")
SELLS_TO_EVERY = 3


@dataclass
class Places:
    """Rows of the places, with what the rest of the world asks about them."""

    institutions: list[Row] = field(default_factory=list)
    mail_domains: list[Row] = field(default_factory=list)
    labs: list[Row] = field(default_factory=list)
    about: dict[int, Line] = field(default_factory=dict)
    """By institution id: its line in institutions.csv or companies.csv."""
    about_lab: dict[int, Line] = field(default_factory=dict)
    """By lab id: its line in labs.csv."""

    def owners(self) -> list[Row]:
        """The universities and institutes, which own instruments."""
        return [row for row in self.institutions if row["kind"] != "company"]

    def sellers_to(self, company_id: int, always: Sequence[int]) -> list[int]:
        """The owners of instruments from which a company buys hours: some always, and of the others one of three."""
        return [
            row["id"]
            for row in self.owners()
            if row["id"] in always or (company_id + row["id"]) % SELLS_TO_EVERY == 0
        ]

    def labs_of(self, institution_id: int) -> list[Row]:
        """The labs of one institution, in order."""
        return [lab for lab in self.labs if lab["institution_id"] == institution_id]


def make_places() -> Places:
    """The 14 universities, 7 institutes and 6 companies, and the labs; the first lab is the one that is shown."""
    places = Places()
    for line in table("institutions"):
        _add_institution(places, line, line["kind"])
    for line in table("companies"):
        _add_institution(places, line, "company")
    numbers = {line["key"]: number for number, line in places.about.items()}
    for line in table("labs"):
        _add_lab(places, line, numbers[line["institution"]])
    return places


@cache
def zone_of(lab_id: int) -> ZoneInfo:
    """The zone of a lab's wall: that of abroad.csv for a lab that is named there."""
    abroad = by_key("abroad").get(table("labs")[lab_id - 1]["name_en"])
    return ZoneInfo(abroad["zone"]) if abroad else ZONE


@cache
def zones() -> frozenset[ZoneInfo]:
    """The zones of all labs."""
    return frozenset({ZONE, *(ZoneInfo(line["zone"]) for line in table("abroad"))})


def _add_institution(places: Places, line: Line, kind: str) -> None:
    number = len(places.institutions) + 1
    city = by_key("cities")[line["city"]]
    places.about[number] = line
    places.institutions.append(
        {
            "id": number,
            "kind": kind,
            "name_en": line["name_en"],
            "name_zh": line["name_zh"],
            "zone": ZONE.key,
            "province_en": "Shaanxi",
            "province_zh": "陕西",
            "city_en": city["name_en"],
            "city_zh": city["name_zh"],
            "address": f"{line.get('address_en', '')} / {line.get('address_zh', '')}".strip(" /"),
            "website": f"https://www.{line['domain']}",
            "description_en": line.get("about_en", "An invented company of the demonstration."),
            "description_zh": line.get("about_zh", "演示用的虚构企业。"),
        }
    )
    places.mail_domains.append({"domain": line["domain"], "institution_id": number})


def _add_lab(places: Places, line: Line, institution_id: int) -> None:
    number = len(places.labs) + 1
    owner = places.about[institution_id]
    place = _place_of(line, owner)
    places.about_lab[number] = line
    places.labs.append(
        {
            "id": number,
            "institution_id": institution_id,
            "name_en": line["name_en"],
            "name_zh": line["name_zh"],
            "zone": zone_of(number).key,
            "city_en": place["city_en"],
            "city_zh": place["city_zh"],
            "address": f"{place['address_en']} / {place['address_zh']}",
            "contact_name": "",
            "contact_phone": f"{place['area_code']}-0000 {number:04d}",
            "contact_mail": f"lab{number}@{owner['domain']}",
            "description_en": f"{line['name_en']} of {owner['name_en']}. An invented lab of the demonstration.",
            "description_zh": f"{owner['name_zh']}{line['name_zh']}。演示用的虚构实验室。",
        }
    )


def _place_of(lab: Line, owner: Line) -> Line:
    """Where a lab is: its city and address, and the code of its telephone."""
    city = by_key("cities")[owner["city"]]
    at_home = {
        **owner,
        "city_en": city["name_en"],
        "city_zh": city["name_zh"],
        "area_code": city["area_code"],
    }
    return by_key("abroad").get(lab["name_en"], at_home)
