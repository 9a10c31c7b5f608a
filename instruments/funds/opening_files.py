"""Bring in the opening balances of many funds from a file: what each row would do, and all of them in one deed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select

from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.funds import opening_reading
from instruments.funds.bringing_in import LONGEST_REASON, bring_in_for_fund
from instruments.funds.ledger_models import LedgerAccount, LedgerTransfer
from instruments.funds.models import Fund
from instruments.money import Money
from instruments.people.models import Institution
from instruments.people.rights import Actor
from instruments.rates.typed import Reading

NEW, SAME, REFUSED = "new", "same", "refused"
OUTCOMES = (NEW, SAME, REFUSED)


@dataclass(frozen=True, slots=True)
class Checked:
    """One row: what would become of it, and everything against it."""

    row: int
    written: Mapping[str, str]
    outcome: str
    reasons: tuple[Reason, ...] = ()
    fund_id: int | None = None
    amount: Money | None = None


def check_openings(institution_id: int, rows: Sequence[Mapping[str, Any]]) -> list[Checked]:
    """What each row would do to the books of an institution. Four statements."""
    funds = db.session.scalars(select(Fund).where(Fund.institution_id == institution_id)).all()
    owners = {row.id: row for row in db.session.scalars(select(Institution).where(
        Institution.id.in_({fund.owner_institution_id for fund in funds})))}  # fmt: skip
    opened, seen, found = _opened([fund.id for fund in funds]), set[int](), []
    for row in rows:
        written = {name: " ".join(str(row.get(name, "")).split()) for name in opening_reading.COLUMNS}
        fits = [fund for fund in funds if _is(fund, written, owners)]
        one = _one(int(row["row"]), written, fits, opened)
        if one.fund_id in seen:
            reason = Reason("twice", "fund", N_("This fund stands here twice; add its rows up."))
            one = Checked(one.row, written, REFUSED, (reason,))
        seen |= {one.fund_id} - {None}  # type: ignore[arg-type] # only numbers are left
        found.append(one)
    return found


def _is(fund: Fund, written: Mapping[str, str], owners: Mapping[int, Institution]) -> bool:
    owner = owners.get(fund.owner_institution_id)
    names = {owner.name_en.lower(), owner.name_zh.lower()} if owner else set()
    return fund.code == written["fund"] and (not written["owner"] or written["owner"].lower() in names)


def _one(
    number: int,
    written: Mapping[str, str],
    fits: Sequence[Fund],
    opened: Mapping[int, Sequence[tuple[int, str]]],
) -> Checked:
    reasons: list[Reason] = []
    if not fits:
        reasons.append(Reason("no_fund", "fund", N_("No fund in these books has this code and owner.")))
    elif len(fits) > 1:
        sentence = N_(
            "Several funds have this code: name the institution each belongs to in a column “owner”."
        )
        reasons.append(Reason("several", "owner", sentence))
    if not written["reason"] or len(written["reason"]) > LONGEST_REASON:
        sentence = N_("Say where the figure comes from, in at most %(most)s characters.")
        reasons.append(Reason("no_reason", "reason", sentence, {"most": LONGEST_REASON}))
    fund = fits[0] if len(fits) == 1 else None
    amount = _amount(written, fund.currency if fund else "CNY", reasons)
    if fund is None or amount is None or reasons:
        return Checked(number, written, REFUSED, tuple(reasons))
    units = -amount.units if fund.kind == "wallet" else amount.units
    if (units, written["reason"]) in opened.get(fund.id, ()):
        return Checked(number, written, SAME, (), fund.id, amount)
    if fund.id in opened:
        sentence = N_(
            "It has another opening balance already: reverse that first, or add to it on the fund’s page."
        )
        return Checked(number, written, REFUSED, (Reason("opened", "fund", sentence),), fund.id)
    return Checked(number, written, NEW, (), fund.id, amount)


def _amount(written: Mapping[str, str], currency: str, reasons: list[Reason]) -> Money | None:
    if written["currency"] and written["currency"].upper() != currency:
        sentence = N_("The fund is in %(currency)s.")
        reasons.append(Reason("other_currency", "currency", sentence, {"currency": currency}))
    reading = Reading()
    found = reading.money(written["amount"], currency, "amount")
    reasons += reading.reasons
    if found is not None and not found.units:
        reasons.append(Reason("no_amount", "amount", N_("Write an amount other than zero.")))
    return found


def _opened(fund_ids: Sequence[int]) -> dict[int, list[tuple[int, str]]]:
    """The opening balances of each fund that has any: what was debited, and the reason; those that were reversed not."""
    account, transfer = LedgerAccount, LedgerTransfer
    reversed_ = select(transfer.reverses_id).where(transfer.reverses_id.is_not(None))
    rows = db.session.execute(
        select(account.fund_id, transfer.debit_id == account.id, transfer.amount_units, transfer.reason)
        .join(transfer, (transfer.thing_kind == "account") & (transfer.thing_id == account.id))
        .where(transfer.kind == "opening", account.fund_id.in_(fund_ids), transfer.id.not_in(reversed_))
    )
    found: dict[int, list[tuple[int, str]]] = {}
    for fund_id, debited, units, reason in rows:
        found.setdefault(fund_id, []).append((units if debited else -units, reason))
    return found


def mark_of(rows: Sequence[Checked]) -> str:
    """What the rows would do, in a few letters: what is taken must be what was seen."""
    told = [[each.row, each.outcome, each.fund_id, each.amount and each.amount.units] for each in rows]
    return hashlib.blake2b(orjson.dumps(told), digest_size=12).hexdigest()


def bring_in_all(
    actor: Actor, institution_id: int, rows: Sequence[Mapping[str, Any]], seen: str | None, now: datetime
) -> int:
    """Bring in what is new of these rows, inside a deed: how many. Raises Refusal with every
    reason, also when it is no longer what was seen: nothing is brought in while anything is refused.
    """
    found = check_openings(institution_id, rows)
    if seen is not None and mark_of(found) != seen:
        raise Refusal(
            [Reason("stale", "seen", N_("The books were changed since you looked. Look at it again."))]
        )
    reasons = [reason for each in found for reason in each.reasons]
    new = [each for each in found if each.outcome == NEW]
    if not reasons and not new:
        reasons = [Reason("nothing_changes", None, N_("Every balance of the file is in the books already."))]
    if reasons:
        raise Refusal(reasons)
    for each in sorted(new, key=lambda one: one.fund_id or 0):
        assert each.fund_id is not None and each.amount is not None  # noqa: S101 - what is new has both
        bring_in_for_fund(actor, each.fund_id, each.amount, each.written["reason"], now)
    return len(new)
