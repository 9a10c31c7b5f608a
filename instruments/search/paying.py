"""Of whose prices a search tells: of the fund that is chosen, else of the one that is usually charged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from instruments.funds.knowing import chargeable_on
from instruments.funds.payers import payers_of
from instruments.people.customer import Payer, payer_of
from instruments.people.rights import Actor
from instruments.reservations.paying.usual import usual_fund


@dataclass(frozen=True, slots=True)
class Paying:
    """Who would pay: a fund, or (None) whoever is named after the use, at the price of the person's own class.

    funds: those to choose from, each with id, code, name_en, name_zh.
    """

    payer: Payer
    fund_id: int | None = None
    funds: Sequence[Any] = ()

    @property
    def fund(self) -> Any:
        """The fund, with its names; None where nobody is named."""
        return next((row for row in self.funds if row.id == self.fund_id), None)


def paying(actor: Actor, asked: str | None, day: date) -> Paying:
    """Who pays, as asked: the number of a fund, "" for nobody yet, None as usual. Three statements at most.

    A fund that the person may not charge counts as left out, as if it were not there.
    """
    funds = chargeable_on(actor, day)
    able = [row.id for row in funds]
    if asked == "" or not able:
        return Paying(payer_of(actor), funds=funds)
    chosen = int(asked) if asked is not None and int(asked) in able else usual_fund(actor.person_id, able)
    payer = payer_of(actor) if chosen is None else payers_of([chosen])[chosen]
    return Paying(payer, chosen, funds)
