"""What entries of a journal tell of money, and which of it a reader sees: the deed always, what it came to only who may."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from instruments.pages.detail_words import AMOUNTS, REFERENCES
from instruments.people.rights import Action, Actor, Scope, may

# What exists because of money. Of those that somebody owns beside the institution, who may see what is in them.
OWNED: Mapping[str, tuple[Action, ...]] = {
    "fund": (Action.FUND_SEE,),
    "fund_request": (Action.FUND_SEE,),
    "account": (Action.FUND_SEE, Action.LEDGER_SEE),
    "programme": (Action.PROGRAMME_SEE,),
}
BILLED = frozenset({
    "charge", "statement", "draft", "closing", "payment", "payment_match", "invoice", "settlement", "formal_quote",
})  # fmt: skip
# Whoever sees what an institution is owed or bears knows the names of funds and payers.
MONEY = (Action.INCOME_SEE, Action.COSTS_SEE)
# Of a thing of money nothing is told to others but when and where it was.
WITHOUT_MONEY = frozenset({
    "month", "until", "due_on", "early", "start", "end", "instrument_id", "reservation_id", "use_id",
})  # fmt: skip
SUMS = frozenset({
    *AMOUNTS, "units", "currency", "over", "percent", "share_rate", "tax_rate", "rate", "changes", "before", "warn_percents",
})  # fmt: skip
# Who pays, out of what and as which class.
PAYERS = frozenset({
    *(name for name, kind in REFERENCES.items() if kind in {*OWNED, *BILLED}), "payer", "payers", "payer_id",
    "payer_group_id", "payer_institution_id", "payer_person_id", "payer_home_id", "fund", "customer_class",
})  # fmt: skip


class Reader(NamedTuple):
    """Whoever reads a journal, and of which place."""

    actor: Actor
    scope: Scope

    def detail(self, kind: str, detail: Mapping[str, Any]) -> Mapping[str, Any]:
        """What of the detail of an entry about a thing of this kind is told."""
        if not self._any(MONEY):
            return _kept(detail, WITHOUT_MONEY) if _is_money(kind) else _without_payers(detail)
        if kind in OWNED and not self._any(OWNED[kind]):
            return {name: value for name, value in detail.items() if name not in SUMS}
        return detail

    def knows(self, kind: str) -> bool:
        """Whether what a thing is called, and where its page is, are told."""
        return not _is_money(kind) or self._any(MONEY)

    def _any(self, actions: Iterable[Action]) -> bool:
        return any(may(self.actor, action, self.scope) for action in actions)


def _is_money(kind: str) -> bool:
    return kind in OWNED or kind in BILLED


def _kept(detail: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in detail.items() if name in names}


def _without_payers(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Of anything else: without amounts, without who pays. Parts of funds are told as what they were and are."""
    parts = [
        name for name in ("from", "to") if isinstance(detail.get(name), list) and _are_parts(detail[name])
    ]
    gone = {*AMOUNTS, "units", "currency", "over", "share_rate", "tax_rate", *PAYERS, *parts}
    return {name: value for name, value in detail.items() if name not in gone}


def _are_parts(value: list[Any]) -> bool:
    return all(isinstance(each, list) for each in value)
