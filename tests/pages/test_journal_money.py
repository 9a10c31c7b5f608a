"""What each role reads of money in the journals of an institution, of a company and of an instrument: the deed always, sums,
funds and payers only who may know them.

In the table "." stands for nobody let in, "d" for the deed alone, "n" for names of funds and payers without the sums of a fund,
"+" for all of it.
"""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from instruments.database import db
from instruments.journal.record import record
from instruments.pages.detail_words import AMOUNTS
from instruments.pages.journal_money import BILLED, OWNED, PAYERS, SUMS
from instruments.people.rights import Role
from instruments.people.words import THINGS
from tests.charges.scene import Scene
from tests.conftest import NOW
from tests.world import World, sign_in

READERS = {
    "pa": Role.PLATFORM_ADMINISTRATOR, "im": Role.INSTITUTION_MANAGER, "fo": Role.FINANCE_OFFICER, "au": Role.AUDITOR,
    "lm": Role.LAB_MANAGER, "op": Role.LAB_OPERATOR, "hd": Role.GROUP_HEAD, "fd": Role.FUND_DELEGATE, "me": Role.MEMBER,
    "cm": Role.COMPANY_MANAGER,
}  # fmt: skip
TABLE = """
                      pa im fo au lm op hd fd me cm
the fund’s entry      d  n  .  +  .  .  .  .  .  .
a charge              d  +  .  +  .  .  .  .  .  .
a statement           d  +  .  +  .  .  .  .  .  .
a payment             d  +  .  +  .  .  .  .  .  .
a programme           d  n  .  +  .  .  .  .  .  .
a look                d  n  .  +  .  .  .  .  .  .
who pays              d  +  .  +  .  .  .  .  .  .
the limit             d  +  .  +  .  .  .  .  .  .
the company’s fund    d  .  .  .  .  .  .  .  .  +
the instrument        d  +  +  +  +  .  .  .  .  .
"""
# Of each: the deed as it is called, what names money, and what sums it up.
NAMES, SUM = "Films", "7,654.32"
UNITS = {"units": 765432, "currency": "CNY"}


@pytest.fixture
def scene(world: World, now: object) -> Scene:
    found = Scene(world)
    found.grant.name_en, found.grant.code = NAMES, "Films-1"
    db.session.commit()
    return found


def entries(scene: Scene, firm: int) -> dict[str, dict[str, object]]:
    """The entries of the table, as they are recorded."""
    fund, house = scene.grant.id, scene.house.id
    paid = {"funds": [fund], "payer_institution_id": house}
    return {
        "the fund’s entry": {
            "deed": "fund.opened", "thing": ("fund", fund), "detail": {"limit_units": 765432, "currency": "CNY"},
        },
        "a charge": {"deed": "charge.posted", "thing": ("charge", 7), "detail": {**UNITS, **paid, "reason": f"{NAMES} {SUM}"}},
        "a statement": {"deed": "statement.issued", "thing": ("statement", 7), "detail": {**UNITS, **paid, "month": "2027-02"}},
        "a payment": {"deed": "payment.recorded", "thing": ("payment", 7), "detail": {**UNITS, **paid}},
        "a programme": {"deed": "programme.opened", "thing": ("programme", 7), "detail": {**UNITS, "funds": [fund]}},
        "a look": {"deed": "money.looked_at", "thing": ("fund", fund), "detail": {"what": "price", **UNITS}},
        "who pays": {
            "deed": "reservation.payers_named", "thing": ("reservation", 7),
            "detail": {"from": [], "to": [[fund, "100"]], **UNITS},
        },
        "the limit": {
            "deed": "charging.set", "thing": ("institution", house),
            "detail": {"second_above_units": 765432, "fund_id": fund, "answer_days": 14},
        },
        "the company’s fund": {
            "deed": "fund.edited", "thing": ("fund", fund), "institution_id": firm,
            "detail": {"changes": {"budget_units": [1, 765432]}, "currency": "CNY"},
        },
        "the instrument": {
            "deed": "instrument.changed", "thing": ("instrument", scene.instrument.id), "lab_id": scene.lab.id,
            "detail": {**UNITS, "funds": [fund]},
        },
    }  # fmt: skip


def rows() -> list[tuple[str, dict[str, str]]]:
    head, *lines = TABLE.strip("\n").splitlines()
    assert head.split() == list(READERS)
    return [(line[:22].strip(), dict(zip(READERS, line[22:].split(), strict=True))) for line in lines]


@pytest.mark.parametrize(("what", "cells"), rows(), ids=[what for what, _ in rows()])
def test_every_role_reads_of_money_what_it_may_know(
    client: FlaskClient, world: World, scene: Scene, what: str, cells: dict[str, str]
) -> None:
    firm = world.institution(kind="company")
    told = {"institution_id": scene.house.id} | entries(scene, firm.id)[what]
    record(now=NOW, actor_id=None, **told)  # type: ignore[arg-type] # written out in the table above
    db.session.commit()
    places = {"lab": scene.lab, "group": scene.group, "institution": scene.house, "platform": None}
    address = (
        f"/instruments/{scene.instrument.id}/history"
        if what == "the instrument"
        else f"/institutions/{told['institution_id']}/journal"
    )
    read = {}
    for name, role in READERS.items():
        home = firm if role is Role.COMPANY_MANAGER else scene.house
        person = world.person(home)
        kind = {Role.LAB_MANAGER: "lab", Role.LAB_OPERATOR: "lab", Role.GROUP_HEAD: "group", Role.FUND_DELEGATE: "group",
                Role.MEMBER: "group", Role.PLATFORM_ADMINISTRATOR: "platform"}.get(role, "institution")  # fmt: skip
        world.grant(person, role, home if role is Role.COMPANY_MANAGER else places[kind])
        answer = sign_in(client, person).get(address)
        read[name] = seen(answer.text) if answer.status_code == 200 else "."
    assert read == cells


def seen(page: str) -> str:
    """What the newest entry of a page tells."""
    body = page.split("<tbody")[1].split("</tr>")[0]
    names, sums = (
        NAMES in body or "Films-1" in body or "Programme 7" in body and "/programmes/7" in body,
        SUM in body,
    )
    named = names or "/charges/7" in body or "/statements/7" in body or "/payments/7" in body
    return "+" if named and sums or sums else "n" if named else "d"


def test_the_deed_stays_with_its_number_and_without_a_way_to_what_is_closed(
    client: FlaskClient, world: World, scene: Scene
) -> None:
    entry = entries(scene, 0)["the fund’s entry"]
    record(now=NOW, actor_id=None, institution_id=scene.house.id, **entry)  # type: ignore[arg-type] # as above
    db.session.commit()
    platform = world.person(scene.house)
    world.grant(platform, Role.PLATFORM_ADMINISTRATOR)
    page = sign_in(client, platform).get(f"/institutions/{scene.house.id}/journal").text
    assert "Fund opened" in page and f"Fund {scene.grant.id}" in page
    assert f'"/funds/{scene.grant.id}"' not in page
    client.set_cookie("language", "zh_Hans_CN")
    page = client.get(f"/institutions/{scene.house.id}/journal").text
    assert f"经费 {scene.grant.id}" in page and "薄膜" not in page


def test_what_tells_of_money_is_known_by_name() -> None:
    assert {*OWNED, *BILLED} <= set(THINGS)
    assert AMOUNTS <= SUMS
    assert {"fund_id", "funds", "programme_id", "statement_id", "payment_id"} <= PAYERS
