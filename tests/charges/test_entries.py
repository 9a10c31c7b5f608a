"""Entries of the books: every charge balances, goes to the right accounts, and comes back to nothing when reversed."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.charges.entries import (
    CLAIM,
    INTERNAL,
    PREPAID,
    RECEIVABLE,
    ROUTES,
    Account,
    Entry,
    Owed,
    Terms,
    balances,
    entries,
    reversed_entries,
    tax_of,
)
from instruments.money import Money

LAB, OURS, THEIRS, COMPANY = 7, 1, 2, 3
TERMS = Terms(OURS, LAB, "CNY", share_rate=2000, tax_rate=600)
INCOME = Account("lab_income", OURS, "CNY", lab_id=LAB)
SHARE = Account("institution_share", OURS, "CNY")
TAX = Account("output_tax", OURS, "CNY")
FUND = Account("fund", OURS, "CNY", fund_id=11)
internal = Owed(10_000, INTERNAL, taxed=False, fund_id=11, fund_books=OURS, payer_institution_id=OURS)


def sums(made: list[Entry]) -> dict[Account, int]:
    return {account: units for account, units in balances(made).items() if units}


def test_within_the_institution_nothing_is_taxed() -> None:
    assert sums(entries([internal], TERMS)) == {FUND: 10_000, INCOME: -8_000, SHARE: -2_000}


def test_a_partner_owes_and_its_fund_is_charged_in_its_own_books() -> None:
    partner = Owed(16_000, RECEIVABLE, True, fund_id=21, fund_books=THEIRS, payer_institution_id=THEIRS)
    assert sums(entries([partner], TERMS)) == {
        Account("receivable", OURS, "CNY", payer_institution_id=THEIRS): 16_000,
        TAX: -906,
        INCOME: -12_076,
        SHARE: -3_018,  # a fifth of 150.94, rounded down
        Account("fund", THEIRS, "CNY", fund_id=21): 16_000,
        Account("payable", THEIRS, "CNY", payer_institution_id=OURS): -16_000,
    }


def test_a_wallet_pays_from_what_it_was_given_and_a_credit_owes() -> None:
    wallet = Owed(10_600, PREPAID, True, fund_id=31, fund_books=OURS, payer_institution_id=COMPANY)
    credit = Owed(10_600, RECEIVABLE, True, fund_id=32, fund_books=OURS, payer_institution_id=COMPANY)
    plain = TERMS._replace(share_rate=0)
    for owed, kind, fund_id in ((wallet, "prepaid", 31), (credit, "receivable", 32)):
        account = Account(kind, OURS, "CNY", fund_id=fund_id, payer_institution_id=COMPANY)
        assert sums(entries([owed], plain)) == {account: 10_600, TAX: -600, INCOME: -10_000}


def test_a_programme_is_claimed_from() -> None:
    company = Owed(50_000, RECEIVABLE, True, payer_institution_id=COMPANY)
    voucher = Owed(50_000, CLAIM, True, programme_id=5)
    found = sums(entries([company, voucher], TERMS._replace(share_rate=0, tax_rate=0)))
    assert found == {
        Account("receivable", OURS, "CNY", payer_institution_id=COMPANY): 50_000,
        Account("programme_claim", OURS, "CNY", programme_id=5): 50_000,
        INCOME: -100_000,
    }


def test_what_is_waived_is_not_taken_from_income() -> None:
    waived = [Owed(-16_000, RECEIVABLE, True, payer_institution_id=THEIRS)]
    owed = Account("receivable", OURS, "CNY", payer_institution_id=THEIRS)
    assert sums(entries(waived, TERMS._replace(against="waiver"))) == {
        owed: -16_000,
        TAX: 906,
        Account("waiver", OURS, "CNY"): 15_094,
    }
    assert sums(entries(waived, TERMS._replace(against="write_off"))) == {
        owed: -16_000,
        Account("write_off", OURS, "CNY"): 16_000,
    }


def test_a_share_of_nothing_makes_no_entry() -> None:
    assert entries([internal._replace(units=0)], TERMS) == []


@pytest.mark.parametrize(
    ("gross", "net", "tax"), [(16_000, 15_094, 906), (1, 1, 0), (-16_000, -15_094, -906)]
)
def test_tax_is_the_rest_of_the_rounded_net(gross: int, net: int, tax: int) -> None:
    assert tax_of(Owed(gross, RECEIVABLE, True, payer_institution_id=2), TERMS) == tax
    assert net + tax == gross


UNITS = st.integers(-(10**12), 10**12)
OWED = st.builds(
    Owed,
    UNITS,
    st.sampled_from(ROUTES),
    st.booleans(),
    fund_id=st.none() | st.integers(1, 3),
    fund_books=st.sampled_from([OURS, THEIRS]),
    payer_institution_id=st.integers(1, 3),
    programme_id=st.just(5),
).map(lambda one: one._replace(fund_id=1) if one.route == INTERNAL else one)
ALL_TERMS = st.builds(
    Terms, st.just(OURS), st.just(LAB), st.just("CNY"), st.integers(0, 10_000), st.integers(0, 10_000),
    st.sampled_from(["lab_income", "waiver", "write_off"]),
)  # fmt: skip


@given(st.lists(OWED, max_size=6), ALL_TERMS)
def test_every_book_balances_and_every_entry_moves_something(owed: list[Owed], terms: Terms) -> None:
    made = entries(owed, terms)
    assert all(entry.units > 0 and entry.debit != entry.credit for entry in made)
    assert all(entry.debit.institution_id == entry.credit.institution_id for entry in made)
    for books in (OURS, THEIRS):
        assert sum(units for account, units in balances(made).items() if account.institution_id == books) == 0


@given(st.lists(OWED, max_size=6), ALL_TERMS)
def test_what_payers_owe_is_what_was_charged(owed: list[Owed], terms: Terms) -> None:
    found = balances(entries(owed, terms))
    payers = ("fund", "receivable", "prepaid", "programme_claim")
    ours = sum(
        units for account, units in found.items() if account.institution_id == OURS and account.kind in payers
    )
    assert ours == sum(one.units for one in owed)


@given(st.lists(OWED, max_size=6), ALL_TERMS)
def test_a_reversal_restores_every_account(owed: list[Owed], terms: Terms) -> None:
    made = entries(owed, terms)
    assert sums([*made, *reversed_entries(made)]) == {}
    # Charged below zero it is the same the other way round: nothing depends on the sign.
    lessened = entries([one._replace(units=-one.units) for one in owed], terms)
    assert sums([*made, *lessened]) == {}


@given(UNITS.filter(bool), st.integers(0, 10_000))
def test_tax_agrees_with_the_money_of_the_house(units: int, rate: int) -> None:
    owed = Owed(units, RECEIVABLE, True, payer_institution_id=2)
    money = Money.from_units(abs(units), "CNY")
    _, tax = money.net_and_tax(Fraction(rate, 100))
    assert abs(tax_of(owed, TERMS._replace(tax_rate=rate))) == tax.units
