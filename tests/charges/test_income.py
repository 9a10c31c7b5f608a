"""What the labs earned in a month adds up to the ledger to the cent, and to a sum made by hand beside both."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.charges.closing.income import PARTS, earned, proofs
from instruments.charges.models import Charge
from instruments.charges.reversing import take_back
from instruments.charges.settings import lock_books
from instruments.database import db
from instruments.database.transactions import perform
from instruments.funds.books import trial_balance
from instruments.funds.ledger import AccountKey, Transfer, accounts, post
from tests.charges.scene import MORNING, Scene
from tests.charges.test_by_hand import enter
from tests.charges.test_closing import DAY, MONTH, mixed
from tests.charges.test_month_end_api import Program
from tests.charges.test_subsidies import charged_with_voucher
from tests.conftest import NOW
from tests.rates.pricing_world import published
from tests.world import World, sign_in

CENT = Decimal("0.01")


@pytest.fixture
def scene(world: World, now: Any) -> Scene:
    return Scene(world)


def busy(scene: Scene) -> None:
    """Two uses of each payer, one with a voucher, one reversed along with its waiver, and everything entered by hand."""
    mixed(scene, 6)
    own, partner, company = db.session.scalars(select(Charge).order_by(Charge.id).limit(3)).all()
    enter(scene, own, "adjustment", "7.77")
    enter(scene, partner, "credit", "33.33")
    enter(scene, company, "waiver", "53.01")
    enter(scene, company, "write_off", "10.10", by=scene.finance)
    scene.instrument = scene.world.instrument(scene.lab)
    number, _, _ = charged_with_voucher(scene)
    enter(scene, db.session.get_one(Charge, number), "waiver", "99.99")
    gone = scene.charged(start=MORNING + 20 * DAY)
    enter(scene, gone, "waiver", "5.00")
    wrong, house = gone.id, scene.house.id

    def act() -> None:
        lock_books([house])
        take_back(wrong, "wrong", NOW, None)

    perform(act)


def by_hand() -> dict[str, Decimal]:
    """The same month on paper: 6 % are in what others pay, a fifth of each charge's net is the institution's."""

    def net(gross: str) -> Decimal:
        return (Decimal(gross) / Decimal("1.06")).quantize(CENT, ROUND_HALF_UP)

    def tax(gross: str) -> Decimal:
        return Decimal(gross) - net(gross)

    def fifth(amount: Decimal) -> Decimal:
        return Decimal(int(amount * 20)) / 100

    bought = net("700.00") + net("300.00")
    found = {
        "within": Decimal("247.77"),
        "outside": Decimal(2 * 180 + 2 * 400 + 700) - Decimal("33.33") - Decimal("53.01") - Decimal("10.10")
        - Decimal("99.99"),
        "programmes": Decimal("300.00"),
        "tax": 2 * tax("180") + 2 * tax("400") + tax("700") + tax("300") - tax("33.33") - tax("53.01") - tax("99.99"),
        "shared": 2 * fifth(Decimal(120)) + 2 * fifth(net("180")) + 2 * fifth(net("400")) + fifth(bought)
        + fifth(Decimal("7.77")) - fifth(net("33.33")),
        "waived": -net("53.01") - net("99.99"),
        "written_off": -Decimal("10.10"),
    }  # fmt: skip
    found["total"] = found["within"] + found["outside"] + found["programmes"]
    gone = sum(found[name] for name in ("tax", "shared", "waived", "written_off"))
    return found | {"kept": found["total"] - gone}


def balances_of(institution_id: int) -> dict[str, int]:
    """What was posted in the month on each kind of account, its debits less its credits: from the trial balance alone."""
    found: dict[str, int] = {}
    for line in trial_balance(institution_id, MONTH):
        found[line.kind] = found.get(line.kind, 0) + line.debits - line.credits
    return found


def test_the_table_is_the_ledger_and_the_sum_on_paper(scene: Scene) -> None:
    busy(scene)
    (row,) = earned(scene.house.id, MONTH)
    expected = by_hand()
    assert {name: Decimal(getattr(row.split, name)) / 100 for name in PARTS} == expected
    (proof,) = proofs(scene.house.id, MONTH, [row])
    assert proof.agrees and proof.ledger == row.split and not any(proof.difference)
    balance = balances_of(scene.house.id)
    kinds = {
        "lab_income": "kept", "institution_share": "shared", "output_tax": "tax", "waiver": "waived",
        "write_off": "written_off",
    }  # fmt: skip
    assert {name: -balance[kind] for kind, name in kinds.items()} == {
        name: getattr(row.split, name) for name in kinds.values()
    }
    assert (balance["fund"], balance["programme_claim"]) == (row.split.within, row.split.programmes)
    assert balance["receivable"] + balance["prepaid"] == row.split.outside


def test_two_labs_add_up(scene: Scene) -> None:
    busy(scene)
    other = scene.world.instrument(scene.world.lab(scene.house))
    prices = published(other, date(2027, 1, 1))
    scene.use(scene.reservation(MORNING + 25 * DAY, instrument=other, version_id=prices.id))
    # The one that was taken back is charged anew, too.
    assert len(scene.charge()) == 2
    rows = earned(scene.house.id, MONTH)
    assert len(rows) == 2 and rows[0].split.total > rows[1].split.total == 12_000
    (proof,) = proofs(scene.house.id, MONTH, rows)
    assert proof.agrees
    assert proof.table.kept == sum(row.split.kept for row in rows)


def test_a_difference_is_said(client: FlaskClient, scene: Scene) -> None:
    busy(scene)
    # Income that no charge is the ground of, which no page can post.
    house, lab_id = scene.house.id, scene.lab.id

    def act() -> None:
        bank = AccountKey("bank_clearing", house, "CNY")
        lab = AccountKey("lab_income", house, "CNY", lab_id=lab_id)
        known = accounts({bank, lab})
        post([Transfer(known[bank], known[lab], 155, "payment", ("charge", 1), "test")], NOW, MONTH)

    perform(act)
    (proof,) = proofs(scene.house.id, MONTH, earned(scene.house.id, MONTH))
    assert not proof.agrees
    apart = {name: units for name, units in zip(PARTS, proof.difference, strict=True) if units}
    assert apart == {"total": 155, "outside": 155, "kept": 155}
    sign_in(client, scene.finance)
    page = client.get(f"/institutions/{scene.house.id}/months/{MONTH}/income").text
    assert "note-bad" in page and "note-free" not in page and "1.55" in page


def test_nothing_posted(client: FlaskClient, scene: Scene) -> None:
    assert proofs(scene.house.id, MONTH, earned(scene.house.id, MONTH)) == []
    sign_in(client, scene.finance)
    month = f"/institutions/{scene.house.id}/months/{MONTH}"
    assert "Nothing was posted this month" in client.get(f"{month}/income").text
    assert len(client.get(f"{month}/income.csv").data.decode("utf-8-sig").splitlines()) == 1


def test_page_files_and_programs_say_the_same(client: FlaskClient, world: World, scene: Scene) -> None:
    busy(scene)
    expected = by_hand()
    month = f"/institutions/{scene.house.id}/months/{MONTH}"
    for person in (scene.student, scene.head, scene.manager):
        sign_in(client, person)
        assert [client.get(f"{month}/income{end}").status_code for end in ("", ".csv", ".xlsx")] == [404] * 3
    sign_in(client, scene.finance)
    page = client.get(f"{month}/income").text
    assert "note-free" in page and "note-bad" not in page
    for amount in expected.values():
        assert f"{amount:,.2f}".replace("-", "−") in page or f"{amount:,.2f}" in page
    rows = list(csv.reader(io.StringIO(client.get(f"{month}/income.csv").data.decode("utf-8-sig"))))
    assert [row[0] for row in rows[2:]] == ["Total", "In the ledger", "Difference"]
    for row in rows[1:4]:
        assert dict(zip(PARTS, map(Decimal, row[3:]), strict=True)) == expected
    assert {Decimal(each) for each in rows[4][3:]} == {Decimal(0)}
    assert client.get(f"{month}/income.xlsx").data == client.get(f"{month}/income.xlsx").data
    ask = Program(client, world, scene.finance)
    said = ask("GET", f"{month}/income").json
    for each in (*said["items"], *said["ledger"]):
        assert {name: Decimal(each[name]) for name in PARTS} == expected
    assert said["ledger"][0]["agrees"] is True
    assert ask("GET", f"{month}/income.csv").data == client.get(f"{month}/income.csv").data
