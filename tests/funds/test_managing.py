"""Funds opened, changed, blocked and closed; rights given and taken; wallets, opening balances; whose they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Forbidden, NotFound, Refusal, Stale
from instruments.funds import books
from instruments.funds.bringing_in import bring_in, bring_in_for_fund
from instruments.funds.consenting import afterwards_objections
from instruments.funds.giving import Allowed, Right, allow, give, take
from instruments.funds.knowing import standings
from instruments.funds.ledger import AccountKey
from instruments.funds.models import Fund, FundHold, FundPermit, FundUser
from instruments.funds.objecting import Place, Wish, is_within
from instruments.funds.opening import Opened, Terms, edit_fund, open_fund, set_state
from instruments.funds.paying_in import Paid, deposit, payments, refund
from instruments.funds.whose import is_own, may_see, the_fund
from instruments.journal.models import JournalEntry
from instruments.money import Money
from instruments.people.models import Person
from instruments.people.rights import Actor, Role
from instruments.people.signing import actor_by_id
from tests.world import World

NOW = datetime(2027, 3, 1, tzinfo=UTC)
TODAY = date(2027, 3, 1)


def cny(amount: str) -> Money:
    return Money(Decimal(amount), "CNY")


class House:
    """A university with a group and its finance; a company beside it, and another."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lab = world.lab()
        self.house = self.lab.institution
        self.head, self.delegate, self.member = (world.person(self.house) for _ in range(3))
        self.group = world.group(self.house, self.head)
        world.grant(self.delegate, Role.FUND_DELEGATE, self.group)
        world.grant(self.member, Role.MEMBER, self.group)
        self.finance = world.person(self.house)
        world.grant(self.finance, Role.FINANCE_OFFICER, self.house)
        self.company = world.institution(kind="company")
        self.manager = world.person(self.company)
        world.grant(self.manager, Role.COMPANY_MANAGER, self.company)
        other = world.institution(kind="company")
        self.rival = world.person(other)
        world.grant(self.rival, Role.COMPANY_MANAGER, other)

    def opened(self, **values: Any) -> Opened:
        """A grant of the group."""
        terms = {
            "code": "G1",
            "name_en": "Grant",
            "name_zh": "基金",
            "valid_from": TODAY,
            "budget": cny("100.00"),
        }
        terms |= {name: values.pop(name) for name in list(values) if name in Terms.__dataclass_fields__}
        rest = {
            "kind": "grant", "institution_id": self.house.id, "owner_institution_id": self.house.id,
            "group_id": self.group.id, "currency": "CNY",
        } | values  # fmt: skip
        return Opened(terms=Terms(**terms), **rest)

    def wallet(self) -> Fund:
        """The company's wallet with the university."""
        opened = self.opened(
            kind="wallet", owner_institution_id=self.company.id, group_id=None, budget=None, code="W1"
        )
        return perform(lambda: open_fund(who(self.finance), opened, NOW))

    def grant(self, **values: Any) -> Fund:
        """The group's grant, opened by its head."""
        return perform(lambda: open_fund(who(self.head), self.opened(**values), NOW))


@pytest.fixture
def house(world: World) -> House:
    """A university and companies."""
    return House(world)


def who(person: Person) -> Actor:
    found = actor_by_id(person.id, NOW)
    assert found is not None
    return found


def codes(act: Callable[[], object], kind: type[Refusal] = Refusal) -> list[str]:
    with pytest.raises(kind) as refused:
        perform(act)
    return [reason.code for reason in refused.value.reasons]


def test_the_head_opens_a_grant_for_everybody_of_the_group(house: House) -> None:
    fund = house.grant(for_all=True)
    assert (fund.budget_units, fund.warn_percents, fund.owner_institution_id) == (
        10_000,
        [80, 100],
        house.house.id,
    )
    assert db.session.scalars(select(FundUser.person_id)).all() == [None]
    assert db.session.scalars(select(JournalEntry.deed)).all() == ["fund.opened"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"kind": "purse"}, ["kind"]),
        ({"currency": "XYW"}, ["currency"]),
        ({"currency": "DEM"}, ["currency"]),
        ({"kind": "wallet"}, ["own_books", "wallet_budget"]),
        ({"kind": "credit", "budget": None}, ["own_books", "missing"]),
        ({"code": "", "name_en": "", "name_zh": ""}, ["missing", "missing"]),
        ({"valid_to": date(2027, 2, 1), "budget": Money(Decimal(1), "EUR"), "source": "luck", "warn_percents": [0]},
         ["ends_before", "source", "warnings", "other_currency"]),
        ({"budget": cny("-1.00"), "code": "x" * 61}, ["too_long", "negative_limit"]),
    ],
)  # fmt: skip
def test_every_reason_against_a_new_fund(house: House, values: dict[str, Any], expected: list[str]) -> None:
    assert codes(lambda: open_fund(who(house.head), house.opened(**values), NOW)) == expected


def test_a_code_is_there_once_and_a_group_is_of_the_owner(house: House) -> None:
    house.grant()
    elsewhere = house.world.group(house.world.institution())
    wanted = house.opened(group_id=elsewhere.id)
    assert codes(lambda: open_fund(who(house.head), wanted, NOW)) == ["no_group", "code_taken"]


@pytest.mark.parametrize("name", ["member", "manager", "rival"])
def test_who_manages_nothing_opens_nothing(house: House, name: str) -> None:
    person = getattr(house, name)
    assert codes(lambda: open_fund(who(person), house.opened(), NOW), Forbidden) == ["forbidden"]


def test_a_wallet_is_opened_by_the_finance_it_is_with_and_seen_by_its_company_alone(house: House) -> None:
    opened = house.opened(kind="wallet", owner_institution_id=house.company.id, group_id=None, budget=None)
    assert codes(lambda: open_fund(who(house.manager), opened, NOW), Forbidden) == ["forbidden"]
    wallet = house.wallet()
    seen = {
        name: may_see(who(getattr(house, name)), wallet) for name in ("manager", "finance", "rival", "head")
    }
    assert seen == {"manager": True, "finance": True, "rival": False, "head": False}
    with pytest.raises(NotFound):
        the_fund(who(house.rival), wallet.id)
    assert (is_own(who(house.manager), wallet), is_own(who(house.finance), wallet)) == (True, False)


def test_terms_are_changed_as_they_were_seen(house: House) -> None:
    number = house.grant().id
    terms = house.opened(budget=cny("50.00")).terms
    assert codes(lambda: edit_fund(who(house.head), number, 7, terms, NOW), Stale) == ["stale"]
    fund = perform(lambda: edit_fund(who(house.delegate), number, 1, terms, NOW))
    assert (fund.budget_units, fund.version) == (5_000, 2)
    assert codes(lambda: edit_fund(who(house.rival), number, 2, terms, NOW), NotFound) == ["no_fund"]


def test_a_budget_is_cut_below_what_is_taken_only_where_that_is_meant(house: House) -> None:
    number = house.grant().id
    perform(lambda: bring_in_for_fund(who(house.finance), number, cny("80.00"), "Old books", NOW))
    hold = FundHold(fund_id=number, thing_kind="test", thing_id=1, amount_units=1_000, made_at=NOW)
    db.session.add(hold)
    db.session.commit()

    def cut(amount: str, *, overdraws: bool = False) -> bool:
        terms = replace(house.opened(budget=cny(amount)).terms, overdraws=overdraws)
        return bool(perform(lambda: edit_fund(who(house.head), number, None, terms, NOW)).overdrawn)

    with pytest.raises(Refusal) as refused:
        cut("79.99")
    [reason] = refused.value.reasons
    assert (reason.code, reason.field) == ("below_taken", "budget")
    assert {name: str(value) for name, value in reason.values.items()} == {
        "spent": "CNY 80.00", "held": "CNY 10.00", "missing": "CNY 10.01", "least": "CNY 90.00",
    }  # fmt: skip
    db.session.rollback()
    assert not cut("90.00")
    assert cut("79.99", overdraws=True)
    # Raised a little, it is no cut; and what stays as it is may be saved.
    assert cut("80.00")
    assert cut("80.00")
    assert not cut("90.00")


@pytest.mark.parametrize("everybody", [False, True])
def test_a_limit_is_cut_below_what_is_taken_only_where_that_is_meant(house: House, everybody: bool) -> None:
    number, member, head = house.grant().id, house.member.id, who(house.head)
    hold = {"fund_id": number, "thing_kind": "test", "thing_id": 1, "amount_units": 3_000, "made_at": NOW}
    db.session.add(FundHold(person_id=member, **hold))
    db.session.commit()

    def given(amount: str, **more: Any) -> int | None:
        right = Right(None if everybody else member, cny(amount), **more)
        return perform(lambda: give(head, number, [right], NOW))[0].limit_units

    given("50.00")
    with pytest.raises(Refusal) as refused:
        given("29.99")
    db.session.rollback()
    [reason] = refused.value.reasons
    assert (reason.code, reason.field) == ("limit_below_taken", "limit")
    told = {name: str(value) for name, value in reason.values.items() if name != "name"}
    assert told == {"taken": "CNY 30.00", "missing": "CNY 0.01", "least": "CNY 30.00"}
    assert given("30.00") == 3_000
    assert given("20.00", meant=True) == 2_000
    # Raised a little, it is no cut; and what stays as it is may be saved.
    assert [given("20.00"), given("25.00")] == [2_000, 2_500]


def test_a_limit_for_everybody_says_nothing_of_who_has_their_own(house: House) -> None:
    number, member, head = house.grant().id, house.member.id, who(house.head)
    perform(lambda: give(head, number, [Right(member, cny("50.00"))], NOW))
    hold = {"fund_id": number, "thing_kind": "test", "thing_id": 1, "amount_units": 3_000, "made_at": NOW}
    db.session.add(FundHold(person_id=member, **hold))
    db.session.commit()
    assert perform(lambda: give(head, number, [Right(None, cny("1.00"))], NOW))[0].limit_units == 100


def test_a_fund_is_blocked_with_a_reason_opened_again_and_closed_for_good(house: House) -> None:
    number, head = house.grant().id, who(house.head)
    assert codes(lambda: set_state(head, number, None, "blocked", " ", NOW)) == ["no_reason"]
    assert perform(lambda: set_state(head, number, None, "blocked", "Audit", NOW)).blocked_why == "Audit"
    assert perform(lambda: set_state(head, number, None, "open", "", NOW)).state == "open"
    perform(lambda: set_state(head, number, None, "closed", "Spent", NOW))
    assert codes(lambda: set_state(head, number, None, "open", "", NOW)) == ["fund_closed"]
    assert codes(lambda: give(head, number, [Right(house.member.id)], NOW)) == ["fund_closed"]


def test_a_right_is_given_changed_and_taken_back(house: House) -> None:
    number, head = house.grant().id, who(house.head)
    perform(lambda: give(head, number, [Right(house.member.id, cny("10.00"))], NOW))
    perform(lambda: give(head, number, [Right(house.member.id, cny("20.00"), date(2027, 5, 1))], NOW))
    row = db.session.scalars(select(FundUser)).one()
    assert (row.limit_units, row.ends_on) == (2_000, date(2027, 5, 1))
    wrong = [Right(999999999), Right(house.member.id, cny("-1.00"), date(2027, 2, 1))]
    assert codes(lambda: give(head, number, wrong, NOW)) == ["no_person", "negative_limit", "day_over"]
    assert codes(lambda: give(who(house.member), number, wrong, NOW), NotFound) == ["no_fund"]
    perform(lambda: take(head, number, row.id, NOW))
    assert codes(lambda: take(head, number, 1, NOW), NotFound) == ["no_right"]


def test_what_a_fund_may_pay_for_is_replaced_as_a_whole(house: House) -> None:
    number, head = house.grant().id, who(house.head)
    perform(
        lambda: allow(
            head, number, None, Allowed(frozenset({house.lab.id}), class_codes=frozenset({"030000"})), NOW
        )
    )
    perform(lambda: allow(head, number, None, Allowed(line_kinds=frozenset({"time"})), NOW))
    assert [(row.lab_id, row.line_kind) for row in db.session.scalars(select(FundPermit))] == [(None, "time")]
    wrong = Allowed(frozenset({999}), frozenset({999}), frozenset({"999999"}), frozenset({"luck"}))
    assert codes(lambda: allow(head, number, None, wrong, NOW)) == [
        "no_lab",
        "no_institution",
        "no_class",
        "no_line",
    ]


def test_a_class_contains_those_below_it() -> None:
    assert is_within("030201", "030000")
    assert is_within("030201", "030200")
    assert is_within("030201", "030201")
    assert not is_within("030201", "030100")


def test_money_comes_into_a_wallet_once_and_goes_back_to_the_account_that_paid(house: House) -> None:
    number, finance = house.wallet().id, who(house.finance)
    paid = Paid(cny("80.00"), "6222 0000", "BANK-1", TODAY)
    assert codes(lambda: deposit(who(house.manager), number, paid, NOW), Forbidden) == ["not_terms"]
    first = perform(lambda: deposit(finance, number, paid, NOW)).id
    assert codes(lambda: deposit(finance, number, paid, NOW)) == ["recorded"]
    assert codes(lambda: deposit(finance, number, Paid(cny("0.00"), "", "", date(2027, 3, 2)), NOW)) == [
        "missing", "missing", "no_amount", "day_to_come",
    ]  # fmt: skip
    back = perform(lambda: refund(finance, first, cny("30.00"), "BANK-2", TODAY, NOW))
    assert (back.bank_account, back.refunds_id) == ("6222 0000", first)
    assert codes(lambda: refund(finance, first, cny("50.01"), "", TODAY, NOW)) == [
        "refund_too_much",
        "wallet_short",
    ]
    assert codes(lambda: refund(finance, back.id, cny("1.00"), "", TODAY, NOW)) == ["is_refund"]
    standing = standings([number])[number]
    assert (standing.budget, standing.spent, standing.left) == (5_000, 0, 5_000)
    assert [row.refunded for row in payments(number)] == [0, 3_000]
    assert sum(line.after for line in books.trial_balance(house.house.id, "2027-03")) == 0


def test_opening_balances_are_brought_in_by_finance_with_a_reason(house: House) -> None:
    grant, wallet, finance = house.grant().id, house.wallet().id, who(house.finance)
    assert codes(lambda: bring_in_for_fund(who(house.head), grant, cny("10.00"), "Old", NOW), Forbidden) == [
        "forbidden"
    ]
    assert codes(lambda: bring_in_for_fund(finance, grant, cny("0.00"), " ", NOW)) == [
        "no_amount",
        "no_reason",
    ]
    perform(lambda: bring_in_for_fund(finance, grant, cny("10.00"), "Old books", NOW))
    perform(lambda: bring_in_for_fund(finance, wallet, cny("70.00"), "Old books", NOW))
    perform(lambda: bring_in_for_fund(finance, wallet, cny("5.00"), "Found later", NOW))
    key = AccountKey("receivable", house.house.id, "CNY", payer_institution_id=house.company.id)
    perform(lambda: bring_in(finance, key, cny("12.00"), "Unpaid bills", NOW))
    found = standings([grant, wallet])
    assert (found[grant].left, found[wallet].left) == (9_000, 7_500)
    after = {line.kind: line.after for line in books.trial_balance(house.house.id, "2027-03")}
    assert after == {"fund": 1_000, "prepaid": -7_500, "receivable": 1_200, "opening": 5_300}


def test_another_fund_afterwards_needs_the_consent_of_who_manages_it(house: House) -> None:
    fund = house.grant()
    wish = Wish(Place(house.house.id, house.lab.id), TODAY, "CNY", cny("100.01"))
    user = who(house.member)
    found = [reason.code for reason in afterwards_objections(user, fund.id, user, wish)]
    assert found == ["no_consent", "fund_short"]
    assert [each.code for each in afterwards_objections(who(house.head), fund.id, user, wish)] == [
        "fund_short"
    ]
