"""Roles and research groups of the invented people: officers, lab staff, heads and members."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random

from instruments.demo.contents import table
from instruments.demo.generator.places import Places, Row
from instruments.demo.generator.shown import SHOWN, Shown
from instruments.people.rights import SCOPE_OF_ROLE, Role

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


@dataclass
class Rights:
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
            topic = (
                {"name_en": "Thin films", "name_zh": "薄膜材料"}
                if (place == 0 and self.shown(Role.GROUP_HEAD))
                else topics[place % len(topics)]
            )
            head = (self.shown(Role.GROUP_HEAD) if place == 0 else None) or self.officer(free)
            number = len(self.people.groups) + 1
            again = f" {place // len(topics) + 1}" if place >= len(topics) else ""
            self.people.groups.append({
                "id": number,
                "institution_id": self.institution["id"],
                "lab_id": labs[(place + 1) % len(labs)]["id"],
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


def grant_platform(people: People) -> None:
    """The one role that has no scope."""
    number = people.shown["administrator"]
    people.grants.append({
        "person_id": number, "role": Role.PLATFORM_ADMINISTRATOR.value, "institution_id": None, "lab_id": None,
        "group_id": None, "ends_on": None, "deputy_id": None, "deputy_until": None, "granted_at": BEGAN,
    })  # fmt: skip
