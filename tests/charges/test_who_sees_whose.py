"""Every address of money, opened by every kind of reader: who is let in, and that a look at others' money is noted.

In the table "o" is let in without a note, to what is their own or tells no money; "+" is let in and noted; "." finds nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from instruments.catalog.models import Instrument
from instruments.charges.closing_models import Statement
from instruments.charges.models import Charge
from instruments.database import db
from instruments.funds.ledger_models import LedgerAccount
from instruments.journal.models import JournalEntry
from instruments.people.models import Person
from instruments.people.rights import Role
from instruments.rates.models import RateVersion
from instruments.reservations.models import Approval, Reservation
from instruments.reservations.price_models import ReservationPrice
from instruments.usage.models import InstrumentUse
from tests.charges.scene import MORNING, Scene
from tests.charges.test_closing import MONTH, close
from tests.conftest import NOW
from tests.world import World, bearer, sign_in

# In the order of the columns; "their" is of a partner that pays one charge, the firm pays another.
READERS = {
    "us": "user", "mt": "mate", "hd": "head", "lm": "manager", "op": "operator", "im": "director", "fo": "finance",
    "au": "auditor", "pa": "platform", "ph": "their_head", "pf": "their_finance", "bu": "buyer", "cm": "company",
    "rv": "rival",
}  # fmt: skip
PAGES = """
                                                  us mt hd lm op im fo au pa ph pf bu cm rv
/charges/{own}                                    o  .  +  +  .  +  +  +  .  .  .  .  .  .
/charges/{theirs}                                 .  .  .  +  .  +  +  +  .  o  +  .  .  .
/charges/{bought}                                 .  .  .  +  .  +  +  +  .  .  .  o  +  .
/groups/{group}/charges                           .  .  +  .  .  +  +  +  .  .  .  .  .  .
/labs/{lab}/charges                               .  .  .  +  .  +  +  +  .  .  .  .  .  .
/labs/{lab}/charges/missing                       .  .  .  +  .  +  +  .  .  .  .  .  .  .
/institutions/{house}/charges                     .  .  .  .  .  +  +  +  .  .  .  .  .  .
/institutions/{house}/costs                       .  .  .  .  .  +  +  +  .  .  .  .  .  .
/institutions/{firm}/costs                        .  .  .  .  .  .  .  .  .  .  .  .  +  .
/institutions/{house}/charging                    .  .  .  .  .  .  o  .  .  .  .  .  .  .
/statements/{st_own}                              .  .  o  .  .  +  +  +  .  .  .  .  .  .
/statements/{st_bought}                           .  .  .  .  .  +  +  +  .  .  .  .  o  .
/statements/{st_bought}.csv                       .  .  .  .  .  +  +  +  .  .  .  .  o  .
/statements/{st_bought}.xlsx                      .  .  .  .  .  +  +  +  .  .  .  .  o  .
/institutions/{house}/months                      .  .  .  .  .  .  +  +  .  .  .  .  .  .
/institutions/{house}/months/{month}              .  .  .  .  .  .  +  +  .  .  .  .  .  .
/institutions/{house}/months/{month}/income       .  .  .  .  .  .  +  +  .  .  .  .  .  .
/institutions/{house}/months/{month}/income.csv   .  .  .  .  .  .  +  +  .  .  .  .  .  .
/institutions/{house}/months/{month}/journal.csv  .  .  .  .  .  .  +  +  .  .  .  .  .  .
/institutions/{house}/ledger                      .  .  .  .  .  .  +  +  .  .  .  .  .  .
/funds/{grant}                                    o  o  o  .  .  .  +  +  .  .  .  .  .  .
/ledger/accounts/{of_grant}                       .  .  o  .  .  .  +  +  .  .  .  .  .  .
/ledger/accounts/{of_lab}                         .  .  .  .  .  .  +  +  .  .  .  .  .  .
/reservations/{res_own}                           o  .  +  +  +  +  .  +  o  .  .  .  .  .
/reservations/{res_theirs}                        .  .  .  +  +  +  .  +  o  o  .  .  .  .
/reservations/{res_bought}                        .  .  .  +  +  +  .  +  o  .  .  o  +  .
"""
# Hours are no money: who may see a use sees it on its page and by programs alike, and no look is noted.
USES = """
             us mt hd lm op im fo au pa ph pf bu cm rv
{use_own}    o  .  o  o  o  o  o  o  o  .  .  .  .  .
{use_theirs} .  .  .  o  o  o  o  o  o  o  o  .  .  .
{use_bought} .  .  .  o  o  o  o  o  o  .  .  o  o  .
"""
PROGRAMS = """
                                              us mt hd lm op im fo au pa ph pf bu cm rv
/charges/{own}                                o  .  +  +  .  +  +  +  .  .  .  .  .  .
/charges/{bought}                             .  .  .  +  .  +  +  +  .  .  .  o  +  .
/charges?group_id={group}                     .  .  +  .  .  +  +  +  .  .  .  .  .  .
/charges?lab_id={lab}                         .  .  .  +  .  +  +  +  .  .  .  .  .  .
/charges?institution_id={house}               .  .  .  .  .  +  +  +  .  .  .  .  .  .
/charges?institution_id={house}&side=costs    .  .  .  .  .  +  +  +  .  .  .  .  .  .
/charges/missing?lab_id={lab}                 .  .  .  +  .  +  +  .  .  .  .  .  .  .
/institutions/{house}/charging                .  .  .  .  .  .  o  .  .  .  .  .  .  .
/ledger/trial-balance?institution_id={house}  .  .  .  .  .  .  +  +  .  .  .  .  .  .
/ledger/accounts/{of_lab}                     .  .  .  .  .  .  +  +  .  .  .  .  .  .
/reservations/{res_own}                       o  .  +  +  +  +  .  +  o  .  .  .  .  .
"""


@dataclass
class Readers:
    """Everybody of the table, and the numbers of what they look at."""

    people: Mapping[str, Person]
    numbers: Mapping[str, object]


@pytest.fixture
def readers(world: World, now: object) -> Readers:
    scene = Scene(world)
    people = {
        "user": scene.student, "head": scene.head, "manager": scene.manager, "finance": scene.finance,
        "mate": world.person(scene.house), "operator": world.person(scene.house), "director": world.person(scene.house),
        "auditor": world.person(scene.house), "platform": world.person(scene.house),
    }  # fmt: skip
    world.grant(people["mate"], Role.MEMBER, scene.group)
    world.grant(people["operator"], Role.LAB_OPERATOR, scene.lab)
    world.grant(people["director"], Role.INSTITUTION_MANAGER, scene.house)
    world.grant(people["auditor"], Role.AUDITOR, scene.house)
    world.grant(people["platform"], Role.PLATFORM_ADMINISTRATOR)
    people["their_head"], theirs = scene.partner()
    partner = people["their_head"].institution
    people["their_finance"] = world.person(partner)
    world.grant(people["their_finance"], Role.FINANCE_OFFICER, partner)
    firm, other = world.institution(kind="company"), world.institution(kind="company")
    people |= {"buyer": world.person(firm), "company": world.person(firm), "rival": world.person(other)}
    world.grant(people["company"], Role.COMPANY_MANAGER, firm)
    world.grant(people["rival"], Role.COMPANY_MANAGER, other)
    credit = scene.fund(firm, kind="credit", creditor=scene.house, budget_units=10_000_000)
    uses = [(scene.student, scene.grant, "own_institution"), (people["their_head"], theirs, "partner"),
            (people["buyer"], credit, "company")]  # fmt: skip
    for number, (user, fund, each) in enumerate(uses):
        start = MORNING.replace(day=1 + number)
        scene.use(scene.reservation(start, payers=[(fund, "100", each)], user=user))
    scene.charge()
    close(scene)
    charges = db.session.scalars(select(Charge.id).order_by(Charge.id)).all()
    rows = db.session.scalars(select(Statement)).all()
    by_payer = {row.payer_institution_id: row.id for row in rows}
    booked = db.session.scalars(select(Reservation.id).order_by(Reservation.id)).all()
    uses_made = db.session.scalars(select(InstrumentUse.id).order_by(InstrumentUse.id)).all()
    numbers = dict(zip(("own", "theirs", "bought"), charges, strict=True)) | {
        **dict(zip(("res_own", "res_theirs", "res_bought"), booked, strict=True)),
        "of_grant": account(fund_id=scene.grant.id), "of_lab": account(kind="lab_income"),
        **dict(zip(("use_own", "use_theirs", "use_bought"), uses_made, strict=True)),
        "st_own": by_payer[scene.house.id], "st_bought": by_payer[firm.id], "group": scene.group.id,
        "lab": scene.lab.id, "house": scene.house.id, "firm": firm.id, "month": MONTH, "grant": scene.grant.id,
    }  # fmt: skip
    return Readers(people, numbers)


def account(**values: object) -> int:
    return db.session.scalars(select(LedgerAccount.id).filter_by(**values).limit(1)).one()


def rows_of(table: str) -> list[tuple[str, list[str]]]:
    first, *rows = table.strip().splitlines()
    assert first.split() == list(READERS)
    return [(row.split()[0], row.split()[1:]) for row in rows]


def looks() -> int:
    db.session.rollback()
    asked = select(func.count()).select_from(JournalEntry).where(JournalEntry.deed == "money.looked_at")
    return int(db.session.scalar(asked) or 0)


def seen(client: FlaskClient, address: str, headers: Mapping[str, str] | None = None) -> str:
    before = looks()
    status = client.get(address, headers=dict(headers or {})).status_code
    noted = looks() - before
    if status in (403, 404):
        return "." if not noted else f"{status} noted"
    return {0: "o", 1: "+"}.get(noted, f"{noted} times") if status == 200 else str(status)


def test_every_page_of_money_by_every_reader(readers: Readers, client: FlaskClient) -> None:
    found = {}
    for address, _ in rows_of(PAGES):
        path = address.format(**readers.numbers)
        found[address] = [seen(sign_in(client, readers.people[name]), path) for name in READERS.values()]
    assert found == dict(rows_of(PAGES))


def test_a_use_is_seen_on_its_page_by_whoever_programs_tell_it(
    readers: Readers, client: FlaskClient, world: World
) -> None:
    tokens = {name: bearer(world.token(readers.people[name], "usage:read")) for name in READERS.values()}
    pages, programs = {}, {}
    for name, _ in rows_of(USES):
        number = name.format(**readers.numbers)
        pages[name] = [
            seen(sign_in(client, readers.people[each]), f"/uses/{number}") for each in READERS.values()
        ]
        programs[name] = [seen(client, f"/api/v1/usage/{number}", tokens[each]) for each in READERS.values()]
    assert pages == programs == dict(rows_of(USES))


def test_every_answer_to_programs_by_every_reader(
    readers: Readers, client: FlaskClient, world: World
) -> None:
    tokens = {
        name: bearer(world.token(readers.people[name], "money:read reservations:read"))
        for name in READERS.values()
    }
    found = {}
    for address, _ in rows_of(PROGRAMS):
        path = "/api/v1" + address.format(**readers.numbers)
        found[address] = [seen(client, path, tokens[name]) for name in READERS.values()]
    assert found == dict(rows_of(PROGRAMS))


def test_who_answers_a_request_is_noted_where_it_says_who_pays(
    readers: Readers, client: FlaskClient, world: World
) -> None:
    lab = readers.numbers["lab"]
    manager, student = readers.people["manager"], readers.people["user"]
    assert seen(sign_in(client, manager), f"/labs/{lab}/approvals") == "o"
    instrument = db.session.scalars(select(Instrument).where(Instrument.lab_id == lab)).one()
    start = NOW + timedelta(days=9)
    end = start + timedelta(hours=1)
    asked = world.reservation(instrument, student, start, end, state="requested")
    times = {"asked_at": NOW, "due_at": start, "asked_starts_at": start, "asked_ends_at": end}
    db.session.add(Approval(reservation_id=asked.id, circle="institution", **times))
    version = db.session.scalars(select(RateVersion.id)).one()
    bound = {"mode": "self", "currency": "CNY", "quoted_units": 6_000, "priced_at": NOW}
    db.session.add(
        ReservationPrice(
            reservation_id=asked.id, version_id=version, customer_class="own_institution", **bound
        )
    )
    db.session.commit()
    assert seen(client, f"/labs/{lab}/approvals") == "+"
