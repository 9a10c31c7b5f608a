"""The pages of money: who sees what, opening a fund, rights to charge, wallets, the ledger, programmes; refusals first."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.database import db
from instruments.funds import subsidizing
from instruments.funds.models import Fund, FundHold, FundPermit, FundUser
from instruments.funds.programme_models import ProgrammePayer, ProgrammeRow
from instruments.funds.views.doors import PROOFS
from instruments.journal.models import JournalEntry
from instruments.money import Money as Amount
from instruments.people.rights import Role
from tests.conftest import NOW
from tests.world import World, refused_at, sign_in

PDF = b"%PDF-1.7\nhello\n%%EOF\n"


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


class Money:
    """People of a university and of two companies, signed in by name."""

    def __init__(self, world: World, client: FlaskClient) -> None:
        self.world, self._client = world, client
        self.lab = world.lab()
        house = self.lab.institution
        self.house_id = house.id
        company, other = (
            world.institution(kind="company", name_en="Optics Ltd"),
            world.institution(kind="company"),
        )
        self.company_id = company.id
        names = (
            "head",
            "delegate",
            "member",
            "stranger",
            "finance",
            "auditor",
            "manager",
            "rival",
            "admin",
            "second",
        )
        self.people = {name: world.person(house) for name in names}
        for name, home in (("manager", company), ("rival", other)):
            self.people[name] = world.person(home)
            world.grant(self.people[name], Role.COMPANY_MANAGER, home)
        group = world.group(house, self.people["head"], name_en="Thin films")
        self.group_id = group.id
        world.grant(self.people["delegate"], Role.FUND_DELEGATE, group)
        world.grant(self.people["member"], Role.MEMBER, group)
        world.grant(self.people["finance"], Role.FINANCE_OFFICER, house)
        world.grant(self.people["auditor"], Role.AUDITOR, house)
        world.grant(self.people["admin"], Role.PLATFORM_ADMINISTRATOR)
        world.grant(self.people["second"], Role.PLATFORM_ADMINISTRATOR)
        self.grant = world.fund(group, budget_units=100_000, warn_percents=[80], name_en="Key project")
        self.fund_id = self.grant.id
        self.mails = {name: person.mail for name, person in self.people.items()}
        self._folder = Path(client.application.config["FILES_DIR"]) / PROOFS.folder
        self._kept_before = set(self._folder.glob("*"))

    def proofs(self) -> int:
        """How many proofs were kept since."""
        return len(set(self._folder.glob("*")) - self._kept_before)

    def get(self, who: str, path: str) -> Any:
        """A page as somebody sees it."""
        return sign_in(self._client, self.people[who]).get(path)

    def post(self, who: str, path: str, **fields: Any) -> Any:
        """A form as somebody sends it."""
        return sign_in(self._client, self.people[who]).post(path, data=fields)

    def wallet(self) -> int:
        """A wallet of the company with the university, with 80.00 in it."""
        fields = {"kind": "wallet", "owner_institution_id": self.company_id, "code": "W1", "name_en": "Prepaid hours",
                  "name_zh": "", "valid_from": "2027-01-01", "currency": "CNY"}  # fmt: skip
        assert self.post("finance", "/funds/new", **fields).status_code == 303
        number = db.session.scalars(select(Fund.id).where(Fund.kind == "wallet")).one()
        paid = {"amount": "80.00", "bank_account": "6222 0000", "reference": "B-1", "day": "2027-02-28"}
        assert self.post("finance", f"/funds/{number}/deposit", **paid).status_code == 303
        return number


@pytest.fixture
def money(world: World, client: FlaskClient, now: Any) -> Money:
    """People and their money."""
    return Money(world, client)


def deeds() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(JournalEntry.deed).order_by(JournalEntry.id)))


@pytest.mark.parametrize(
    ("who", "status"),
    [("head", 200), ("delegate", 200), ("finance", 200), ("auditor", 200), ("member", 404), ("stranger", 404),
     ("manager", 404), ("rival", 404), ("admin", 404)],
)  # fmt: skip
def test_a_fund_is_seen_by_its_owners_and_the_finance_of_its_books(
    money: Money, who: str, status: int
) -> None:
    assert money.get(who, f"/funds/{money.fund_id}").status_code == status


@pytest.mark.parametrize("who", ["member", "auditor", "manager", "stranger"])
@pytest.mark.parametrize("path", ["edit", "rights", "allowed"])
def test_a_fund_is_changed_by_its_owners_alone(money: Money, who: str, path: str) -> None:
    assert money.get(who, f"/funds/{money.fund_id}/{path}").status_code in (403, 404)
    assert money.post(who, f"/funds/{money.fund_id}/{path}", code="x").status_code in (403, 404)


def test_a_company_never_sees_anothers_wallet(money: Money) -> None:
    number = money.wallet()
    assert money.get("manager", f"/funds/{number}").status_code == 200
    assert money.get("rival", f"/funds/{number}").status_code == 404
    assert "Prepaid hours" not in words(money.get("rival", "/funds"))
    assert money.get("manager", f"/funds/{number}/deposit").status_code == 403


def test_every_look_at_others_money_is_in_the_journal_and_ones_own_is_not(money: Money) -> None:
    money.get("head", f"/funds/{money.fund_id}")
    assert deeds() == []
    money.get("finance", f"/funds/{money.fund_id}")
    money.get("auditor", "/funds")
    assert deeds() == ["money.looked_at"] * 2


def test_a_head_opens_a_fund_and_is_told_every_reason_at_once(money: Money) -> None:
    wrong = {"kind": "grant", "code": "", "name_en": "", "valid_from": "soon", "budget": "a lot", "currency": "CNY",
             "warn_percents": "many", "group_id": money.group_id}  # fmt: skip
    answer = money.post("head", "/funds/new", **wrong)
    said = words(answer)
    assert answer.status_code == 422
    for sentence in ("Write a date", "Write an amount", "whole percents", "Give the code", "Give a name"):
        assert sentence in said
    right = wrong | {"code": "N1", "name_en": "New grant", "valid_from": "2027-01-01", "budget": "5,000",
                     "warn_percents": "80, 100", "for_all": "1"}  # fmt: skip
    assert money.post("head", "/funds/new", **right).status_code == 303
    fund = db.session.scalars(select(Fund).where(Fund.code == "N1")).one()
    assert (fund.budget_units, fund.group_id, fund.warn_percents) == (500_000, money.group_id, [80, 100])


def test_only_who_may_open_a_fund_without_a_group_is_offered_that(money: Money) -> None:
    assert "No group: everybody" not in words(money.get("head", "/funds/new?kind=grant"))
    assert "No group: everybody" in words(money.get("finance", "/funds/new?kind=grant"))


def test_a_member_gets_the_right_to_charge_and_sees_their_own_part(money: Money) -> None:
    assert "You may charge no fund yet" in words(money.get("member", "/funds"))
    address = f"/funds/{money.fund_id}/rights"
    answer = money.post("head", address, whom="people", people="nobody@nowhere.example", limit="x")
    assert answer.status_code == 422
    assert "Nobody with an account" in words(answer)
    given = {"whom": "people", "people": money.mails["member"], "limit": "100.00", "ends_on": "2027-06-30"}
    assert money.post("head", address, **given).status_code == 303
    assert "100.00" in words(money.get("member", f"/funds/{money.fund_id}"))
    assert "Key project" in words(money.get("member", "/funds"))
    assert money.mails["member"] in words(money.get("head", f"/funds/{money.fund_id}"))
    user_id = db.session.scalars(select(FundUser.id)).one()
    assert money.post("head", f"{address}/{user_id}/take").status_code == 303
    assert money.get("member", f"/funds/{money.fund_id}").status_code == 404


def test_a_budget_cut_below_what_is_taken_asks_with_the_numbers(money: Money) -> None:
    address = f"/funds/{money.fund_id}/edit"
    hold = FundHold(fund_id=money.fund_id, thing_kind="test", thing_id=1, amount_units=60_000, made_at=NOW)
    db.session.add(hold)
    db.session.commit()
    terms = {"version": 1, "code": "F1", "name_en": "Key project", "valid_from": "2026-01-01", "budget": "500.00",
             "warn_percents": "80"}  # fmt: skip
    refused = money.post("head", address, **terms)
    assert refused.status_code == 422
    said = words(refused)
    assert (
        "CNY 0.00 is spent and CNY 600.00 held: with this budget it would be overdrawn by CNY 100.00" in said
    )
    assert "Enter at least CNY 600.00" in said and "Cut it all the same" in said
    assert money.post("head", address, **terms | {"overdraws": "1"}).status_code == 303
    assert "Overdrawn by CNY 100.00" in words(money.get("head", f"/funds/{money.fund_id}"))
    # Seen again with nothing cut, nothing is asked.
    assert "Cut it all the same" not in words(money.get("head", address))


def test_terms_are_edited_and_stale_ones_refused(money: Money) -> None:
    address = f"/funds/{money.fund_id}/edit"
    assert 'value="1000.00"' in money.get("delegate", address).get_data(as_text=True)
    terms = {
        "code": "K",
        "name_en": "Key project",
        "valid_from": "2027-01-01",
        "budget": "2000",
        "version": "1",
    }
    assert money.post("delegate", address, **terms).status_code == 303
    assert money.post("delegate", address, **terms).status_code == 412


def test_a_fund_is_blocked_with_a_reason_that_its_users_read(money: Money) -> None:
    address = f"/funds/{money.fund_id}/state"
    money.post("head", address, state="blocked", reason="", version="1")
    assert "Say why" in words(money.get("head", f"/funds/{money.fund_id}"))
    money.post("head", address, state="blocked", reason="Audit", version="1")
    assert "Blocked for new bookings: Audit" in words(money.get("head", f"/funds/{money.fund_id}"))
    money.post("head", address, state="closed", reason="Spent", version="2")
    assert "Closed" in words(money.get("head", f"/funds/{money.fund_id}"))


def test_what_it_may_pay_for_is_said_in_a_form(money: Money) -> None:
    address = f"/funds/{money.fund_id}/allowed"
    answer = money.post("head", address, class_codes="999999", version="1")
    assert (answer.status_code, "no such class" in words(answer)) == (422, True)
    sent = {"lab_ids": [money.lab.id], "line_kinds": ["time", "operator"], "class_codes": "", "version": "1"}
    assert money.post("head", address, **sent).status_code == 303
    assert len(db.session.scalars(select(FundPermit.id)).all()) == 3
    assert "Instrument time" in words(money.get("head", f"/funds/{money.fund_id}"))


def test_money_is_paid_into_a_wallet_and_back(money: Money) -> None:
    number = money.wallet()
    again = {"amount": "80.00", "bank_account": "6222 0000", "reference": "B-1", "day": "2027-02-28"}
    answer = money.post("finance", f"/funds/{number}/deposit", **again)
    assert (answer.status_code, "recorded already" in words(answer)) == (422, True)
    payment = re.search(
        r"/funds/payments/(\d+)/refund", money.get("finance", f"/funds/{number}").get_data(as_text=True)
    )
    assert payment is not None
    assert "6222 0000" in words(money.get("finance", payment[0]))
    assert money.post("finance", payment[0], amount="80.01", day="2027-03-01").status_code == 422
    assert money.post("finance", payment[0], amount="30.00", day="2027-03-01").status_code == 303
    assert "50.00" in words(money.get("manager", f"/funds/{number}"))


def test_the_books_are_read_by_finance_and_each_amount_leads_to_its_thing(money: Money) -> None:
    number = money.wallet()
    assert money.get("head", f"/institutions/{money.house_id}/ledger").status_code == 403
    page = money.get("auditor", f"/institutions/{money.house_id}/ledger")
    assert "Bank clearing" in words(page)
    assert "80.00" in words(page)
    addresses = re.findall(r"/ledger/accounts/\d+", page.get_data(as_text=True))
    for address in set(addresses):
        account = money.get("finance", address)
        assert f"/funds/{number}" in account.get_data(as_text=True)
        assert money.get("rival", address).status_code == 404
    wrong = money.get("auditor", f"/institutions/{money.house_id}/ledger?month=2027-13")
    assert wrong.status_code == 200


def test_an_opening_balance_is_brought_in_by_finance(money: Money) -> None:
    address = f"/funds/{money.fund_id}/opening"
    assert money.get("head", address).status_code == 403
    assert money.post("finance", address, amount="10.00", reason="").status_code == 422
    assert money.post("finance", address, amount="10.00", reason="Old books").status_code == 303
    assert "Old books" in words(money.get("head", f"/funds/{money.fund_id}"))


def test_everything_wrong_with_money_that_moves_is_told_at_once(money: Money) -> None:
    number = money.wallet()
    page = money.get("finance", f"/funds/{number}").text
    refund = re.search(r"/funds/payments/\d+/refund", page)[0]
    wrong = money.post("finance", refund, amount="much", day="2999-12-31")
    assert set(refused_at(wrong)) == {"amount", "day"}
    wrong = money.post("finance", f"/funds/{number}/deposit", amount="much", day="")
    assert set(refused_at(wrong)) == {"amount", "day", "bank_account", "reference"}
    wrong = money.post("finance", f"/funds/{money.fund_id}/opening", amount="much", reason="")
    assert set(refused_at(wrong)) == {"amount", "reason"}
    terms = {
        "code": "",
        "name_en": "",
        "name_zh": "",
        "valid_from": "soon",
        "budget": "much",
        "warn_percents": "x",
    }
    wrong = money.post("head", f"/funds/{money.fund_id}/edit", **terms)
    assert {"code", "name_en", "valid_from", "warn_percents"} <= set(refused_at(wrong))
    gone = money.post("admin", "/programmes/new", currency="DEM", code="V9", name_en="Vouchers", rate="50",
                      valid_from="2027-01-01", valid_to="2027-12-31")  # fmt: skip
    assert "There is no such currency." in gone.text
    wrong = money.post("admin", "/programmes/new", currency="CNY", rate="half", valid_from="soon", lines=[])
    assert {"code", "name_en", "rate", "valid_from", "valid_to"} <= set(refused_at(wrong))


def programme(money: Money) -> int:
    """A voucher programme of the platform."""
    fields = {"institution_id": "", "currency": "CNY", "code": "V1", "name_en": "Vouchers", "name_zh": "创新券",
              "rate": "50", "valid_from": "2027-01-01", "valid_to": "2027-12-31", "payer_kinds": ["company"],
              "lines": ["time"], "small_firms_only": "1", "needs_proof": "1", "settled": "directly",
              "budget": "1000"}  # fmt: skip
    assert (
        money.post("admin", "/programmes/new", **(fields | {"rate": "101", "lines": []})).status_code == 422
    )
    assert money.post("admin", "/programmes/new", **fields).status_code == 303
    return db.session.scalars(select(ProgrammeRow.id)).one()


def test_a_company_asks_a_programme_and_is_admitted_by_somebody_else(money: Money) -> None:
    assert money.get("head", "/programmes/new").status_code == 403
    number = programme(money)
    assert "Vouchers" in words(money.get("manager", "/programmes"))
    address = f"/programmes/{number}/apply"
    for call in (money.get, money.post):
        answer = call("member", address)
        assert answer.status_code == 403
        assert "The managers of a company" in words(answer)
    answer = money.post("manager", address, institution_id=money.company_id)
    assert answer.status_code == 422
    assert "Add the proof" in words(answer)
    unfit = (io.BytesIO(b"<html>"), "proof.pdf")
    answer = money.post("manager", address, institution_id=money.company_id, document=unfit)
    assert set(refused_at(answer)) == {"small_firm", "document"}
    assert "neither a PDF nor a picture" in words(answer) and "Add the proof" not in words(answer)
    assert money.proofs() == 0
    assert address in money.get("manager", f"/programmes/{number}").get_data(as_text=True)
    proof = (io.BytesIO(PDF), "proof.pdf")
    sent = {
        "institution_id": money.company_id,
        "small_firm": "1",
        "document": proof,
        "declaration": "58 people",
    }
    asks = "1 payer asks for admission to a programme"
    assert asks not in words(money.get("admin", "/home"))
    assert money.post("manager", address, **sent).status_code == 303
    assert asks in words(money.get("admin", "/home")) and asks not in words(money.get("manager", "/home"))
    assert address not in money.get("manager", f"/programmes/{number}").get_data(as_text=True)
    again = sent | {"document": (io.BytesIO(PDF), "proof.pdf")}
    assert money.post("manager", address, **again).status_code == 422
    assert money.proofs() == 1
    admission = db.session.scalars(select(ProgrammePayer)).one().id
    assert "58 people" not in words(money.get("rival", f"/programmes/{number}"))
    assert money.get("rival", f"/programmes/admissions/{admission}/proof").status_code == 404
    assert money.get("admin", f"/programmes/admissions/{admission}/proof").get_data() == PDF
    decide = f"/programmes/admissions/{admission}/decide"
    assert money.post("rival", decide, do="admit", version="1").status_code == 404
    assert money.post("admin", decide, do="refuse", version="1").status_code == 422
    assert money.post("admin", decide, do="admit", version="1", expires_on="2027-06-30").status_code == 303
    assert "Admitted" in words(money.get("manager", f"/programmes/{number}"))
    assert db.session.get(ProgrammePayer, admission).expires_on == date(2027, 6, 30)
    at, payer = datetime(2027, 2, 1, tzinfo=UTC), subsidizing.Payer(money.company_id, None, "company")
    for thing, month in ((1, 2), (2, 3)):
        sums, moment = {number: Amount.from_units(12_500, "CNY")}, at.replace(month=month)
        subsidizing.reserve(("reservation", thing), payer, sums, at.date(), moment)
    db.session.commit()
    burning = words(money.get("admin", f"/programmes/{number}"))
    for said in ("Burn-down by month", "February 2027", "March 2027", "250.00"):
        assert said in burning
    own = words(money.get("manager", f"/programmes/{number}"))
    assert "Reserved and paid for you this year" in own
    assert "250.00" in own
    assert "Burn-down by month" not in own
    for name in ("rival", "head"):
        assert "for you this year" not in words(money.get(name, f"/programmes/{number}"))
    money.post("second", f"/programmes/admissions/{admission}/end", reason="Grown", version="2")
    assert "Grown" in words(money.get("manager", f"/programmes/{number}"))


def test_a_programme_is_changed_and_closed_by_who_runs_it(money: Money) -> None:
    number = programme(money)
    assert money.get("finance", f"/programmes/{number}/edit").status_code == 403
    page = money.get("admin", f"/programmes/{number}/edit")
    assert 'value="1000.00"' in page.get_data(as_text=True)
    fields = {"code": "V1", "name_en": "Vouchers", "rate": "40", "valid_from": "2027-01-01", "valid_to": "2027-12-31",
              "lines": ["time"], "settled": "afterwards", "version": "1"}  # fmt: skip
    assert money.post("admin", f"/programmes/{number}/edit", **fields).status_code == 303
    assert "claims this part back" in words(money.get("head", f"/programmes/{number}"))
    money.post("admin", f"/programmes/{number}/close", version="2")
    assert "Takes no new orders" in words(money.get("head", f"/programmes/{number}"))


NOWHERE = 999_999_999
PAGES = "funds/{0} funds/{0}/edit funds/payments/{0}/refund programmes/{0} programmes/admissions/{0}/proof ledger/accounts/{0}"


@pytest.mark.parametrize("path", PAGES.format(NOWHERE).split())
def test_what_is_not_there_is_not_found(money: Money, path: str) -> None:
    assert money.get("finance", f"/{path}").status_code == 404


def test_the_lists_are_filtered_and_say_when_nothing_fits(money: Money) -> None:
    assert "Key project" in words(money.get("head", "/funds?q=key&kind=grant&state=open"))
    assert "No fund fits this" in words(money.get("head", "/funds?q=%25"))
    assert "Key project" in words(money.get("head", "/funds?kind=nonsense&state=nonsense&page=0"))
