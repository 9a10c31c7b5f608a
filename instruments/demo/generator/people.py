"""People of the invented world, their research groups and roles; the names are those of samples and examples."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from instruments.demo.contents import table
from instruments.demo.generator.chance import apportion, stream
from instruments.demo.generator.places import Places, Row
from instruments.demo.generator.roles import BEGAN, People, Rights, grant_platform
from instruments.demo.generator.shown import SHOWN, Shown

FEWEST_EACH = 14
COMPANY_WEIGHT = 0.25


def make_people(places: Places, count: int, anchor: date) -> People:
    """`count` people (at least 14 for each of the 27 institutions) around the day `anchor`."""
    people = People()
    names = _names()
    count = max(count, FEWEST_EACH * len(places.institutions))
    weights = [float(places.about[row["id"]].get("weight", COMPANY_WEIGHT)) for row in places.institutions]
    for institution, share in zip(places.institutions, apportion(count, weights, FEWEST_EACH), strict=True):
        _fill(people, places, institution, share, names, anchor)
    grant_platform(people)
    return people


def _names() -> Iterator[tuple[str, str, str]]:
    """Names (English, Chinese, mail) that nobody bears, in a shuffled order; those of the shown persons are kept."""
    pairs = [(surname, given) for surname in table("surnames") for given in table("given_names")]
    stream("names").shuffle(pairs)
    kept = {shown.name_zh for shown in SHOWN}
    for surname, given in pairs:
        if surname["name_zh"] + given["name_zh"] not in kept:
            mail = f"{surname['name_en']}.{given['name_en']}".lower()
            yield f"{surname['name_en']} {given['name_en']}", surname["name_zh"] + given["name_zh"], mail


def _fill(
    people: People, places: Places, institution: Row, count: int, names: Iterator[Any], anchor: date
) -> None:
    """The people of one institution: officers first, then lab staff, then groups."""
    chance = stream("people", institution["id"])
    shown = [one for one in SHOWN if one.institution == places.about[institution["id"]]["key"]]
    added = [_add_shown(people, one, institution, anchor) for one in shown]
    taken = {people.persons[number - 1]["mail"] for number in added}
    for _ in range(count - len(added)):
        added.append(_add(people, institution, next(names), chance, anchor, taken))
    free = [number for number in added if number not in set(people.shown.values())]
    rights = Rights(people, places, institution, anchor)
    rights.officers(free)
    if institution["kind"] != "company":
        rights.lab_staff(free)
        rights.groups(free, chance)
    people.members[institution["id"]] = [
        number for number in added if people.person(number)["deactivated_at"] is None
    ]


def _add_shown(people: People, one: Shown, institution: Row, anchor: date) -> int:
    number = len(people.persons) + 1
    people.shown[one.key] = number
    people.persons.append(
        _row(number, institution["id"], one.name_en, one.name_zh, one.mail, one.kind, anchor)
        | {"language": one.language, "shows_name": one.key == "researcher"}
    )
    return number


def _add(people: People, institution: Row, name: Any, chance: Random, anchor: date, taken: set[str]) -> int:
    number = len(people.persons) + 1
    english, chinese, mail = name
    domain = institution["website"].removeprefix("https://www.")
    mail = next(
        address
        for address in (f"{mail}{again or ''}@{domain}" for again in (0, *range(2, 99)))
        if address not in taken
    )
    taken.add(mail)
    company = institution["kind"] == "company"
    kind = "external" if company else chance.choices(("student", "staff"), (68, 32))[0]
    row = _row(number, institution["id"], english, chinese, mail, kind, anchor)
    row["language"] = chance.choices(("zh_Hans_CN", "en"), (85, 15))[0]
    row["shows_name"] = chance.random() < 0.3
    row["membership_confirmed_on"] = anchor - timedelta(days=int(chance.random() ** 1.4 * 372))
    if kind == "student":
        row["ends_on"] = date(anchor.year + 1 + int(chance.random() * 3), 6, 30)
    if chance.random() < 0.01:
        row["ends_on"] = anchor + timedelta(days=int(chance.random() * 60) + 1)
    people.persons.append(row)
    return number


def _row(
    number: int, institution_id: int, english: str, chinese: str, mail: str, kind: str, anchor: date
) -> Row:
    return {
        "id": number,
        "institution_id": institution_id,
        "name_en": english,
        "name_zh": chinese,
        "mail": mail,
        "kind": kind,
        "number": f"{ {'student': 'S', 'staff': 'T', 'external': 'E'}[kind] }{number:06d}",
        "adviser_id": None,
        "phone": f"000-0000 {number:04d}",
        "language": "en",
        "shows_name": False,
        "ends_on": None,
        "membership_confirmed_on": anchor - timedelta(days=30),
        "mail_confirmed_at": BEGAN,
        "deactivated_at": None,
    }
