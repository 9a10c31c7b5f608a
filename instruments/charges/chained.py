"""Which charge takes back or replaces which, by whom and when, of many at once; and in words."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from flask_babel import gettext
from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from instruments.charges.gathering_rows import rows_among
from instruments.charges.models import Charge
from instruments.errors import N_
from instruments.people.models import Lab, Person
from instruments.web import formats
from instruments.web.language import in_language

ORIGINAL = N_(
    "Charge %(own)s is the original: charge %(reversal)s takes it back, charge %(replacement)s replaces it (%(who)s, %(when)s)."
)
TAKEN_BACK = N_("Charge %(own)s is the original: charge %(reversal)s takes it back (%(who)s, %(when)s).")
REVERSAL = N_("Charge %(own)s takes back charge %(number)s (%(who)s, %(when)s).")
REPLACEMENT = N_("Charge %(own)s replaces charge %(number)s (%(who)s, %(when)s).")


class Chained(NamedTuple):
    """A charge in its chain: which it takes back or replaces, and which takes it back or replaces it, each with who made it
    (no name: a rule) and when."""

    id: int
    reverses_id: int | None
    corrects_id: int | None
    reversed_by: int | None
    replaced_by: int | None
    made_at: datetime
    made_en: str | None
    made_zh: str | None
    reversed_at: datetime | None
    reversed_en: str | None
    reversed_zh: str | None
    zone: str


def chained(charge_ids: Collection[int]) -> dict[int, Chained]:
    """Those of these charges that belong to a chain. One statement."""
    one, maker = Charge.__table__, aliased(Person)
    back, who, new = aliased(Charge), aliased(Person), aliased(Charge)
    asked: Any = (
        select(
            one.c.id, one.c.reverses_id, one.c.corrects_id, back.id, new.id, one.c.made_at, maker.name_en, maker.name_zh,
            back.made_at, who.name_en, who.name_zh, Lab.zone,
        )
        .outerjoin(maker, maker.id == one.c.made_by_id)
        .outerjoin(back, back.reverses_id == one.c.id)
        .outerjoin(who, who.id == back.made_by_id)
        .outerjoin(new, new.corrects_id == one.c.id)
        .join(Lab, Lab.id == one.c.lab_id)
        .where(or_(one.c.reverses_id.is_not(None), one.c.corrects_id.is_not(None), back.id.is_not(None)))
    )  # fmt: skip
    return {row[0]: Chained(*row) for row in rows_among(asked, one.c.id, charge_ids)}


def chain_words(each: Chained | None, among: Collection[int] | None = None) -> list[str]:
    """A charge in its chain, a sentence for each link. among: only of these is said that they take it back: what was issued
    says nothing of what came later."""
    if each is None:
        return []
    found = []
    made = {
        "own": each.id,
        "who": _who(each.made_en, each.made_zh),
        "when": formats.moment(each.made_at, each.zone),
    }
    if each.reverses_id is not None:
        found.append(gettext(REVERSAL, number=each.reverses_id, **made))
    if each.corrects_id is not None:
        found.append(gettext(REPLACEMENT, number=each.corrects_id, **made))
    if (
        each.reversed_by is not None
        and each.reversed_at is not None
        and (among is None or each.reversed_by in among)
    ):
        values = {
            "own": each.id, "reversal": each.reversed_by, "who": _who(each.reversed_en, each.reversed_zh),
            "when": formats.moment(each.reversed_at, each.zone),
        }  # fmt: skip
        replaced = each.replaced_by is not None and (among is None or each.replaced_by in among)
        found.append(
            gettext(ORIGINAL, replacement=each.replaced_by, **values)
            if replaced
            else gettext(TAKEN_BACK, **values)
        )
    return found


def _who(name_en: str | None, name_zh: str | None) -> str:
    return in_language(name_en or "", name_zh or "") or gettext("by itself")
