"""People of the invented world, their research groups and roles; the names are those of samples and examples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from instruments.demo.contents import table
from instruments.demo.generator.chance import apportion, stream
from instruments.demo.generator.places import Places, Row
from instruments.demo.generator.shown import SHOWN, Shown
from instruments.people.rights import SCOPE_OF_ROLE, Role

FEWEST_EACH = 14
COMPANY_WEIGHT = 0.25
GROUP_SIZE = 14
BEGAN = datetime(2025, 9, 1, tzinfo=UTC)


@dataclass
class People:
    """Rows of the people, with what the rest of the world asks about them."""

    persons: list[Row] = field(default_factory=list)
    groups: list[Row] = field(default_factory=list)
    grants: list[Row] = field(default_factory=list)
    shown: dict[str, int] = field(default_factory=dict)
    """By key of the shown persons: their ids."""
    staff_of_lab: dict[int, list[int]] = field(default_factory=dict)
    """By lab id: its manager, then its operators."""
    group_of: dict[int, int] = field(default_factory=dict)
    """By person id: the group."""
    members: dict[int, list[int]] = field(default_factory=dict)
    """By institution id: who uses instruments."""

    def person(self, number: int) -> Row:
        """The row of a person's id."""
        return self.persons[number - 1]


def make_people(places: Places, count: int, anchor: date) -> People:
    """`count` people (at least 14 for each of the 27 institutions) around the day `anchor`."""
    people = People()
    names = _names()
    count = max(count, FEWEST_EACH * len(places.institutions))
    weights = [float(places.about[row["id"]].get("weight", COMPANY_WEIGHT)) for row in places.institutions]
    for institution, share in zip(
        places.institutions, apportion(count, weights, FEWEST_EACH), strict=True
    ):
        _fill(people, places, institution, share, names, anchor)
    _grant_platform(people, anchor)
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
    rights = _Rights(people, places, institution, anchor)
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


def _add(
    people: People, institution: Row, name: Any, chance: Random, anchor: date, taken: set[str]
) -> int:
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


def _row(number: int, institution_id: int, english: str, chinese: str, mail: str, kind: str, anchor: date) -> Row:
    return {
        "id": number,
        "institution_id": institution_id,
        "name_en": english,
        "name_zh": chinese,
        "mail": mail,
        "kind": kind,
        "number": f"{ {'student': 'S', 'staff': 'T', 'external': 'E'}[kind]}{number:06d}",
        "adviser_id": None,
        "phone": f"000-0000 {number:04d}",
        "language": "en",
        "shows_name": False,
        "ends_on": None,
        "membership_confirmed_on": anchor - timedelta(days=30),
        "mail_confirmed_at": BEGAN,
        "deactivated_at": None,
    }


@dataclass
class _Rights:
    """Hands out the roles of one institution."""

    people: People
    places: Places
    institution: Row
    anchor: date

    def grant(self, role: Role, number: int, scope_id: int, deputy: int | None = None) -> None:
        row: Row = {
            "person_id": number,
            "role": role.value,
            "institution_id": None,
            "lab_id": None,
            "group_id": None,
            "ends_on": None,
            "deputy_id": deputy,
            "deputy_until": None if deputy is None else self.anchor + timedelta(days=45),
            "granted_at": BEGAN,
        }
        row[f"{SCOPE_OF_ROLE[role]}_id"] = scope_id
        self.people.grants.append(row)

    def shown(self, role: Role) -> int | None:
        """The shown person with this role here, if there is one."""
        return next((self.people.shown[one.key] for one in self.shown_here() if one.role == role.value), None)

    def shown_here(self) -> list[Shown]:
        """The shown persons of this institution."""
        key = self.places.about[self.institution["id"]]["key"]
        return [one for one in SHOWN if one.institution == key]

    def officers(self, free: list[int]) -> None:
        """Managers, a finance officer and an auditor; a company has its manager."""
        here = self.institution["id"]
        roles = (Role.INSTITUTION_MANAGER, Role.FINANCE_OFFICER, Role.AUDITOR)
        if self.institution["kind"] == "company":
            roles = (Role.COMPANY_MANAGER,)
        for role in roles:
            number = self.shown(role) or self.officer(free)
            deputy = free[-1] if role is Role.INSTITUTION_MANAGER else None
            self.grant(role, number, here, deputy)

    def officer(self, free: list[int]) -> int:
        number = free.pop(0)
        person = self.people.person(number)
        if self.institution["kind"] != "company":
            person |= {"kind": "staff", "ends_on": None, "number": f"T{number:06d}"}
        return number

    def lab_staff(self, free: list[int]) -> None:
        """A manager and two operators for each lab; the small institutions let theirs serve several labs."""
        labs = self.places.labs_of(self.institution["id"])
        pool = [self.officer(free) for _ in range(min(len(labs) * 3, max(3, len(free) // 4)))]
        for place, lab in enumerate(labs):
            staff = [pool[(place * 3 + offset) % len(pool)] for offset in range(3)]
            if place == 0:
                staff[0] = self.shown(Role.LAB_MANAGER) or staff[0]
                staff[1] = self.shown(Role.LAB_OPERATOR) or staff[1]
            self.people.staff_of_lab[lab["id"]] = staff
            self.grant(Role.LAB_MANAGER, staff[0], lab["id"], deputy=staff[1] if place % 5 == 0 else None)
            for operator in dict.fromkeys(staff[1:]):
                self.grant(Role.LAB_OPERATOR, operator, lab["id"])
            manager = self.people.person(staff[0])
            lab["contact_name"] = f"{manager['name_en']} {manager['name_zh']}"

    def groups(self, free: list[int], chance: Random) -> None:
        """Everybody else belongs to a group of about fourteen under a member of staff."""
        labs = self.places.labs_of(self.institution["id"])
        topics = list(table("topics"))
        chance.shuffle(topics)
        count = max(1, len(free) // (GROUP_SIZE + 1))
        for place in range(count):
            topic = {"name_en": "Thin films", "name_zh": "薄膜材料"} if (
                place == 0 and self.shown(Role.GROUP_HEAD)
            ) else topics[place % len(topics)]
            head = (self.shown(Role.GROUP_HEAD) if place == 0 else None) or self.officer(free)
            number = len(self.people.groups) + 1
            again = f" {place // len(topics) + 1}" if place >= len(topics) else ""
            self.people.groups.append({
                "id": number,
                "institution_id": self.institution["id"],
                "lab_id": labs[place % len(labs)]["id"],
                "name_en": f"{topic['name_en']} group{again}",
                "name_zh": f"{topic['name_zh']}课题组{again}",
                "principal_investigator_id": head,
            })  # fmt: skip
            self.join(head, number, Role.GROUP_HEAD)
            members = free[:GROUP_SIZE] if place < count - 1 else free[:]
            del free[: len(members)]
            if place == 0:
                members += [self.people.shown[one.key] for one in self.shown_here() if one.grouped]
            for member in members:
                self.join(member, number, Role.MEMBER)
                if self.people.person(member)["kind"] == "student":
                    self.people.person(member)["adviser_id"] = head

    def join(self, number: int, group_id: int, role: Role) -> None:
        self.people.group_of[number] = group_id
        self.grant(role, number, group_id)


def _grant_platform(people: People, anchor: date) -> None:
    number = people.shown["administrator"]
    people.grants.append({
        "person_id": number, "role": Role.PLATFORM_ADMINISTRATOR.value, "institution_id": None, "lab_id": None,
        "group_id": None, "ends_on": None, "deputy_id": None, "deputy_until": None, "granted_at": BEGAN,
    })  # fmt: skip
