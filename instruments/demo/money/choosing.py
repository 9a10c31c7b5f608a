"""Who pays for which reservation of the invented world: a group's grant, an allowance, a company's wallet or credit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from instruments.demo.generator.funds import OVERDRAWN, Money
from instruments.demo.generator.places import Row

# Every so many reservations of a group with a grant and a cost code, both pay.
SPLIT_EVERY = 9
MOST, REST = 70, 30
# With less than this left, another fund pays.
LEAST = 1_000_000


class Share(NamedTuple):
    """A fund that pays so many percent."""

    fund_id: int
    percent: int


@dataclass
class Purse:
    """The funds of the world by who may charge them, and what is left of those that come to an end, in minor units."""

    made: Money
    by_group: dict[int, list[Row]] = field(default_factory=dict)
    allowances: dict[int, list[Row]] = field(default_factory=dict)
    of_company: dict[tuple[int, int, str], Row] = field(default_factory=dict)
    left: dict[int, int] = field(default_factory=dict)
    _sold: set[tuple[int, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        for fund in self.made.funds:
            if fund["budget_units"] is not None:
                self.left[fund["id"]] = fund["budget_units"] - self.made.taken.get(fund["id"], 0)
            if fund["code"] == OVERDRAWN:
                continue
            if fund["group_id"] is not None:
                self.by_group.setdefault(fund["group_id"], []).append(fund)
            elif fund["kind"] == "allowance":
                self.allowances.setdefault(fund["institution_id"], []).append(fund)
            else:
                self.of_company[fund["institution_id"], fund["owner_institution_id"], fund["kind"]] = fund
                self._sold.add((fund["owner_institution_id"], fund["institution_id"]))
        for number, units, *_ in self.made.paid_in:
            self.left[number] = self.left.get(number, 0) + units

    def payers(
        self, number: int, group_id: int | None, institution_id: int, creditor_id: int, day: date
    ) -> Sequence[Share]:
        """Who pays for the reservation of a number on a day; nobody where no fund is for it."""
        if (institution_id, creditor_id) in self._sold:
            return self._company(institution_id, creditor_id)
        allowances = self.allowances.get(institution_id, [])
        valid = self._able(self.by_group.get(group_id or 0, []), day) or self._able(allowances, day)
        if not valid:
            return ()
        if len(valid) == 2 and number % SPLIT_EVERY == 0:
            return Share(valid[0]["id"], MOST), Share(valid[1]["id"], REST)
        return (Share(valid[number % len(valid)]["id"], 100),)

    def _able(self, funds: Sequence[Row], day: date) -> list[Row]:
        """Those that are valid on a day and not used up."""
        return [
            one
            for one in funds
            if one["valid_from"] <= day <= (one["valid_to"] or day)
            and self.left.get(one["id"], LEAST) >= LEAST
        ]

    def _company(self, company_id: int, creditor_id: int) -> Sequence[Share]:
        """From the wallet as long as something is left in it, else on credit."""
        wallet = self.of_company.get((creditor_id, company_id, "wallet"))
        if wallet is not None and self.left.get(wallet["id"], 0) > 0:
            return (Share(wallet["id"], 100),)
        credit = self.of_company.get((creditor_id, company_id, "credit"))
        return () if credit is None else (Share(credit["id"], 100),)

    def spend(self, shares: Sequence[Share], units: int) -> None:
        """Note what funds are going to pay, with a margin for what is used beyond the reserved time."""
        for share in shares:
            if share.fund_id in self.left:
                self.left[share.fund_id] -= units * 5 // 4
