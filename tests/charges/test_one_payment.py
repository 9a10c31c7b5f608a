"""From each row of the history of an account to what it is of: charge, payment, statement, and no further than one sees."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.charges.closing.giving_back import unmatch
from instruments.charges.closing_models import Statement
from instruments.charges.payment_models import PaymentMatch
from instruments.database import db
from instruments.database.transactions import perform
from instruments.funds.ledger_models import LedgerAccount, LedgerTransfer
from instruments.people.models import Institution, Person
from instruments.people.rights import Role
from tests.charges.scene import Scene
from tests.charges.test_both_books import billed
from tests.charges.test_month_end_api import Program
from tests.charges.test_paying import back, bill, paid
from tests.charges.test_refunds import credited
from tests.conftest import NOW
from tests.world import World, sign_in


@pytest.fixture
def scene(world: World, now: Any) -> Scene:
    return Scene(world)


def links_of(page: str) -> list[str]:
    """Where the rows of the table of postings lead for what they are of."""
    return re.findall(r'<td data-label="What for">[^<]*<a href="([^"]+)"', page)


def finance_of(world: World, institution_id: int | None) -> Person:
    home = db.session.get_one(Institution, institution_id)
    person = world.person(home)
    world.grant(person, Role.FINANCE_OFFICER, home)
    return person


def test_every_row_of_every_account_leads_somewhere(client: FlaskClient, world: World, scene: Scene) -> None:
    row = billed(scene)
    number = paid(scene, row, 18_000)
    later = credited(scene, row, 5_000)
    perform(back(scene, number, 2_000, settles=later))
    perform(partial(unmatch, db.session.scalars(select(PaymentMatch.id)).first(), NOW, scene.finance.id))
    kinds = set()
    for reader in (scene.finance, finance_of(world, row.payer_institution_id)):
        sign_in(client, reader)
        db.session.rollback()
        for account in db.session.scalars(
            select(LedgerAccount.id).filter_by(institution_id=reader.institution_id)
        ):
            side = (LedgerTransfer.debit_id == account) | (LedgerTransfer.credit_id == account)
            rows = db.session.execute(select(LedgerTransfer.thing_kind).where(side)).all()
            found = links_of(client.get(f"/ledger/accounts/{account}").text)
            assert len(found) == len(rows) > 0
            assert {client.get(each, follow_redirects=True).status_code for each in found} == {200}
            kinds |= {each.thing_kind for each in rows}
    assert kinds == {"charge", "payment", "payment_match"}


def test_from_the_bank_over_the_payment_and_the_statement_to_the_charge(
    client: FlaskClient, world: World, scene: Scene
) -> None:
    row = bill(scene)
    number = paid(scene, row, 15_000)
    bank = db.session.scalars(
        select(LedgerAccount.id).filter_by(kind="bank_clearing", institution_id=scene.house.id)
    ).one()
    sign_in(client, scene.finance)
    (payment,) = links_of(client.get(f"/ledger/accounts/{bank}").text)
    assert payment == f"/payments/{number}"
    page = client.get(payment).text
    assert f'href="/statements/{row.id}"' in page and "6222 1" in page and "B1" in page
    assert f'href="/ledger/accounts/{bank}?entry=' in page
    statement = client.get(f"/statements/{row.id}").text
    assert f'href="/payments/{number}"' in statement and re.search(r'href="/charges/\d+"', statement)
    db.session.rollback()
    match = db.session.scalars(select(PaymentMatch.id)).one()
    assert client.get(f"/payments/matches/{match}").location == f"/payments/{number}"


def test_a_reversal_leads_to_what_it_takes_back(client: FlaskClient, world: World, scene: Scene) -> None:
    row = billed(scene)
    paid(scene, row, 18_000)
    perform(partial(unmatch, db.session.scalars(select(PaymentMatch.id)).one(), NOW, scene.finance.id))
    reversal = db.session.scalars(
        select(LedgerTransfer).where(
            LedgerTransfer.reverses_id.is_not(None), LedgerTransfer.institution_id == row.payer_institution_id
        )
    ).one()
    account, first = reversal.debit_id, reversal.reverses_id
    sign_in(client, finance_of(world, row.payer_institution_id))
    page = client.get(f"/ledger/accounts/{account}").text
    assert first is not None
    assert f'href="/ledger/accounts/{account}?entry={first}#L-{first}"' in page
    there = client.get(f"/ledger/accounts/{account}?entry={first}").text
    assert (
        f'<tr id="L-{first}" class="chosen" aria-current="true">' in there and there.count("This entry") == 1
    )


def test_who_sees_a_payment(client: FlaskClient, world: World, scene: Scene) -> None:
    row = billed(scene)
    number = paid(scene, row, 18_000)
    match = db.session.scalars(select(PaymentMatch.id)).one()
    head = db.session.scalars(select(Person).filter_by(institution_id=row.payer_institution_id)).first()
    assert head is not None
    theirs, rival = finance_of(world, row.payer_institution_id), world.person(world.institution())
    addresses = (f"/payments/{number}", f"/payments/matches/{match}")
    wanted = {scene.student: [404, 404], scene.manager: [404, 404], rival: [404, 404], scene.finance: [200, 302],
              theirs: [200, 302], head: [302, 302]}  # fmt: skip
    for person, statuses in wanted.items():
        sign_in(client, person)
        assert [client.get(each).status_code for each in addresses] == statuses
        api = Program(client, world, person)("GET", f"/payments/{number}").status_code
        assert api == (200 if statuses[0] == 200 else 404)
    sign_in(client, head)
    assert {client.get(each).location for each in addresses} == {f"/statements/{row.id}"}
    sign_in(client, theirs)
    page = client.get(f"/payments/{number}").text
    # The entries of the one who received it are none of theirs.
    ours = db.session.scalars(select(LedgerAccount.id).filter_by(institution_id=scene.house.id)).all()
    assert not [each for each in ours if f'href="/ledger/accounts/{each}?' in page]
    assert sign_in(client, theirs).get("/payments/999999999").status_code == 404
    assert client.get("/payments/matches/999999999").status_code == 404


def test_programs_read_what_it_pays(client: FlaskClient, world: World, scene: Scene) -> None:
    row = bill(scene)
    number = paid(scene, row, 45_000)
    found = Program(client, world, scene.finance)("GET", f"/payments/{number}").json
    assert (found["amount"], found["over"], found["kind"]) == ("450.00", "50.00", "payment")
    assert [(each["statement_id"], each["amount"], each["taken_back"]) for each in found["pays"]] == [
        (row.id, "400.00", False)
    ]
    assert db.session.get_one(Statement, row.id).due_units == 40_000
