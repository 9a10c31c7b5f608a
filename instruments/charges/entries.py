"""From a charge to the entries of the books: whole minor units from one account to another, so that every entry balances. Pure.

In the creditor's books each share is owed by its payer's account to the lab's income, less the tax that its amount
includes; of the net of the whole the institution's share, rounded down once, goes on from the lab's income. What a fund
of another institution pays is noted in that institution's books too: there it leaves the fund.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

# How a share is paid: within the institution, on account, from what was paid ahead, or by a programme.
INTERNAL, RECEIVABLE, PREPAID, CLAIM = "internal", "receivable", "prepaid", "claim"
ROUTES = (INTERNAL, RECEIVABLE, PREPAID, CLAIM)
# Rates are hundredths of a percent: 6 % is 600.
WHOLE = 10_000


class Account(NamedTuple):
    """Which account of the ledger: its kind, in whose books, in which currency, and whose it is."""

    kind: str
    institution_id: int
    currency: str
    fund_id: int | None = None
    lab_id: int | None = None
    payer_institution_id: int | None = None
    payer_person_id: int | None = None
    programme_id: int | None = None


class Entry(NamedTuple):
    """So many minor units (never none, never below) from one account to another; part: what it is of its charge."""

    debit: Account
    credit: Account
    units: int
    part: str


class Owed(NamedTuple):
    """One payer's share in minor units; below zero where it lessens a charge. taxed: the payer is another legal person.

    fund_books: the institution whose books the fund is kept in, if one pays.
    """

    units: int
    route: str
    taxed: bool
    fund_id: int | None = None
    fund_books: int | None = None
    payer_institution_id: int | None = None
    payer_person_id: int | None = None
    programme_id: int | None = None


class Terms(NamedTuple):
    """Where a charge is posted: the creditor and its lab, and by which rates in hundredths of a percent.

    against: the kind of account that bears it; lab_income, or waiver and write_off for what is given up.
    """

    institution_id: int
    lab_id: int
    currency: str
    share_rate: int = 0
    tax_rate: int = 0
    against: str = "lab_income"


def entries(owed: Sequence[Owed], terms: Terms) -> list[Entry]:
    """All entries of a charge with these shares; none for a share of nothing."""
    income = _income(terms)
    made = [entry for number, share in enumerate(owed) for entry in _of_share(number, share, terms, income)]
    if terms.against == "lab_income" and terms.share_rate:
        net = sum(share.units - tax_of(share, terms) for share in owed)
        part = abs(net) * terms.share_rate // WHOLE
        to = Account("institution_share", terms.institution_id, terms.currency)
        made += _between(income, to, part if net > 0 else -part, "institution")
    return made


def tax_of(share: Owed, terms: Terms) -> int:
    """The tax that a share includes: the rest of its net, which is rounded half up. Nothing is taxed within an institution."""
    if not share.taxed or not terms.tax_rate or terms.against == "write_off":
        return 0
    above, below = abs(share.units) * WHOLE, WHOLE + terms.tax_rate
    tax = abs(share.units) - (2 * above + below) // (2 * below)
    return tax if share.units > 0 else -tax


def reversed_entries(stored: Iterable[Entry]) -> list[Entry]:
    """What takes entries back: each the other way round, never computed anew."""
    return [Entry(entry.credit, entry.debit, entry.units, entry.part) for entry in stored]


def balances(made: Iterable[Entry]) -> dict[Account, int]:
    """What each account has more on its debit side; over all of a book they add up to nothing."""
    found: dict[Account, int] = {}
    for entry in made:
        found[entry.debit] = found.get(entry.debit, 0) + entry.units
        found[entry.credit] = found.get(entry.credit, 0) - entry.units
    return found


def _income(terms: Terms) -> Account:
    lab_id = terms.lab_id if terms.against == "lab_income" else None
    return Account(terms.against, terms.institution_id, terms.currency, lab_id=lab_id)


def _of_share(number: int, share: Owed, terms: Terms, income: Account) -> Iterator[Entry]:
    payer = _payer(share, terms)
    tax = tax_of(share, terms)
    yield from _between(payer, income, share.units - tax, f"{number}:net")
    if tax:
        to = Account("output_tax", terms.institution_id, terms.currency)
        yield from _between(payer, to, tax, f"{number}:tax")
    elsewhere = share.fund_books is not None and share.fund_books != terms.institution_id
    if share.fund_id is not None and elsewhere:
        yield from _in_its_own_books(number, share, terms)


def _payer(share: Owed, terms: Terms) -> Account:
    """The account that owes a share in the creditor's books."""
    place = (terms.institution_id, terms.currency)
    if share.route == CLAIM:
        return Account("programme_claim", *place, programme_id=share.programme_id)
    if share.route == INTERNAL:
        return Account("fund", *place, fund_id=share.fund_id)
    kind = "prepaid" if share.route == PREPAID else "receivable"
    # A fund of another's books is no account of these: here its owner owes.
    fund_id = share.fund_id if share.fund_books == terms.institution_id else None
    return Account(
        kind,
        *place,
        fund_id=fund_id,
        payer_institution_id=share.payer_institution_id,
        payer_person_id=share.payer_person_id,
    )


def _in_its_own_books(number: int, share: Owed, terms: Terms) -> Iterator[Entry]:
    """What leaves a fund, and is owed to the creditor until it is paid, in the books of the fund."""
    assert share.fund_books is not None  # noqa: S101 - asked before
    fund = Account("fund", share.fund_books, terms.currency, fund_id=share.fund_id)
    to = Account("payable", share.fund_books, terms.currency, payer_institution_id=terms.institution_id)
    yield from _between(fund, to, share.units, f"{number}:fund")


def _between(debit: Account, credit: Account, units: int, part: str) -> Iterator[Entry]:
    """So much from one to the other; below zero the other way round."""
    if units > 0:
        yield Entry(debit, credit, units, part)
    elif units < 0:
        yield Entry(credit, debit, -units, part)
