"""Companies stand together in the rows behind a figure, but for the owner's own people: by role, in pages, files and the API."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from python_calamine import load_workbook

from instruments.people.rights import Role
from instruments.timespan import instant
from instruments.utilization import tasks
from tests.utilization import facts
from tests.utilization.golden import span
from tests.utilization.test_sums import NOW, Campus
from tests.world import World, bearer, sign_in

NAMES = ("Sample Optics Ltd", "样品光学公司", "Zou Yangban", "邹样板")
PARTNER = ("Second Institute", "Zhao Huoban")
OWN, TOGETHER, NOTHING = "named", "companies together", "nothing"
HERE, LAB, ELSEWHERE, PLATFORM = 0, 1, 2, 3
ROLES = [
    (Role.INSTITUTION_MANAGER, HERE, OWN), (Role.AUDITOR, HERE, OWN), (Role.FINANCE_OFFICER, HERE, OWN),
    (Role.LAB_MANAGER, LAB, OWN), (Role.LAB_OPERATOR, LAB, OWN),
    (Role.INSTITUTION_MANAGER, ELSEWHERE, NOTHING), (Role.AUDITOR, ELSEWHERE, NOTHING),
    (Role.FINANCE_OFFICER, ELSEWHERE, NOTHING), (Role.PLATFORM_ADMINISTRATOR, PLATFORM, TOGETHER),
    (Role.SAFETY_OFFICER, HERE, NOTHING),
]  # fmt: skip


class Served(Campus):
    """A campus on whose first instrument a company reserved and used something, and somebody of a partner."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.world, self.thing = world, self.things[0]
        company = world.institution(name_en=NAMES[0], name_zh=NAMES[1], kind="company")
        partner = world.institution(name_en=PARTNER[0], name_zh=PARTNER[0], kind="institute")
        buyer = world.person(company, name_en=NAMES[2], name_zh=NAMES[3])
        guest = world.person(partner, name_en=PARTNER[1], name_zh=PARTNER[1])
        self.company, self.buyer, self.held, self.used = company, buyer, [], []
        for person, day in ((buyer, "2026-06-10"), (guest, "2026-06-11")):
            when = span(day, "09:00-11:00")
            held = world.reservation(self.thing, person, instant(when[0]), instant(when[1]), state="done")
            self.held.append(held.id)
            self.used.append(facts.use(self.thing, person, when, held).id)
        self.guest = guest
        tasks.keep_up()

    def holder(self, role: Role, where: int):
        """Somebody with this role there, of the first institution."""
        person = self.world.person(self.homes[1] if where == ELSEWHERE else self.homes[0])
        self.world.grant(
            person, role, {HERE: self.homes[0], LAB: self.labs[0], ELSEWHERE: self.homes[1]}.get(where)
        )
        return person


@pytest.fixture
def served(app: Flask, world: World) -> Served:
    app.config["FROZEN_NOW"] = NOW
    return Served(world)


def texts(answer, ending: str) -> str:
    if ending != ".xlsx":
        return answer.data.decode("utf-8-sig")
    book = load_workbook(io.BytesIO(answer.data))
    rows = [row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]
    return " ".join(str(cell) for row in rows for cell in row)


@pytest.mark.parametrize(("role", "where", "sees"), ROLES)
def test_companies_by_role(client, served, role, where, sees) -> None:
    person = served.holder(role, where)
    sign_in(client, person)
    key = bearer(served.world.token(person, "usage:read"))
    of = f"of=instrument-{served.thing.id}&period=2026-06"
    lists = [(list_, f"{of}{figure}") for list_, figure in (
        ("uses", ""), ("reservations", "&figure=lead_time"), ("reservations", "&figure=unused"),
    )]  # fmt: skip
    for list_, query in lists:
        # Whoever answers for money alone sees no reservations one by one.
        hidden = sees == NOTHING or (list_ == "reservations" and role == Role.FINANCE_OFFICER)
        for language in ("en", "zh_Hans_CN"):
            client.get(f"/language/{language}?next=/")
            for ending in ("", ".csv", ".xlsx"):
                answer = client.get(f"/utilization/{list_}{ending}?{query}")
                assert answer.status_code == (404 if hidden else 200), (list_, ending)
                if hidden:
                    continue
                said = texts(answer, ending)
                wanted = NAMES[1::2] if language.startswith("zh") else NAMES[::2]
                assert [name in said for name in wanted] == [sees == OWN] * 2, (list_, ending, language)
                assert ("企业" if language.startswith("zh") else "Companies") in said or sees == OWN
                # People of other institutions are told to whoever may see the uses.
                assert all(name in said for name in PARTNER), (list_, ending)
        told = client.get(f"/api/v1/utilization/{list_}?{query}", headers=key)
        assert told.status_code == (404 if hidden else 200)
        assert not any(name in told.text for name in (*NAMES, *PARTNER))


@pytest.mark.parametrize(("role", "where", "sees"), ROLES)
def test_one_reservation_or_use_by_its_number_says_which_company_to_the_owners_people_alone(
    client, served, role, where, sees
) -> None:
    run = facts.use(served.thing, served.guest, span("2026-06-12", "09:00-11:00"))
    facts.customer(run, served.company.id, 0, 1)
    person = served.holder(role, where)
    sign_in(client, person)
    key = bearer(served.world.token(person, "usage:read reservations:read"))
    hidden = sees == NOTHING or role == Role.FINANCE_OFFICER
    page = client.get(f"/reservations/{served.held[0]}")
    assert page.status_code == (404 if hidden else 200)
    if not hidden:
        assert (NAMES[0] in page.text, "Companies" in page.text) == (sees == OWN, sees == TOGETHER)
        assert PARTNER[0] in client.get(f"/reservations/{served.held[1]}").text
        told = client.get(f"/api/v1/reservations/{served.held[0]}", headers=key).json
        assert told["institution_id"] == (served.company.id if sees == OWN else None)
    for number in (served.used[0], run.id):
        page = client.get(f"/uses/{number}")
        assert page.status_code == (404 if sees == NOTHING else 200)
        told = client.get(f"/api/v1/usage/{number}", headers=key)
        assert told.status_code == page.status_code
        if sees == NOTHING:
            continue
        units = {told.json["institution_id"], *(each["institution_id"] for each in told.json["customers"])}
        assert (served.company.id in units, NAMES[0] in page.text) == (
            sees == OWN, sees == OWN and number == run.id,
        )  # fmt: skip


def test_whoever_booked_it_is_told_their_own_company(client, served) -> None:
    sign_in(client, served.buyer)
    assert NAMES[0] in client.get(f"/reservations/{served.held[0]}").text


def test_rows_of_companies_lead_nowhere_where_they_stand_together(client, served) -> None:
    sign_in(client, served.holder(Role.PLATFORM_ADMINISTRATOR, PLATFORM))
    of = f"of=instrument-{served.thing.id}&period=2026-06"
    assert client.get(f"/utilization/uses?{of}").text.count('href="/uses/') == 1
    assert (
        client.get(f"/utilization/reservations?{of}&figure=lead_time").text.count('href="/reservations/') == 1
    )
