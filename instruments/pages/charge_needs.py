"""What of charges waits for somebody at home: disputes to answer, uses that lack something, what needs a second person."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask_babel import gettext, ngettext
from sqlalchemy import select

from instruments.catalog.models import Instrument
from instruments.charges.models import Charge
from instruments.charges.states import NAMES
from instruments.charges.waiting_for import waiting_for
from instruments.database import db
from instruments.money import Money
from instruments.people.models import Lab
from instruments.people.rights import Actor
from instruments.web import formats
from instruments.web.language import in_language

_CHARGE: Any = Charge.__table__


def charge_needs(actor: Actor) -> list[dict[str, str]]:
    """The lines of "Needs you". Nothing is asked of who decides on no money; else six statements."""
    found = waiting_for(actor)
    labs = _labs(found.unpriced)
    about = _about({*found.disputes, *found.seconds, *found.funds})
    lines = []
    for lab_id, count in sorted(found.unpriced.items()):
        words = ngettext(
            "%(num)s use lacks something to be charged", "%(num)s uses lack something to be charged", count
        )
        lines.append(_line("triangle-alert", words, f"/labs/{lab_id}/charges/missing", labs.get(lab_id, "")))
    for numbers, icon, words in (
        (found.disputes, "scale", gettext("A dispute waits for your answer")),
        (found.seconds, "users", gettext("A second person is needed")),
        (found.funds, "wallet", gettext("A fund of yours is asked to bear a charge")),
    ):
        lines += [_line(icon, words, f"/charges/{number}", about.get(number, "")) for number in numbers]
    return lines


def _line(icon: str, words: str, address: str, more: str) -> dict[str, str]:
    return {"icon": icon, "words": words, "address": address, "act": gettext("Look at it"), "more": more}


def _labs(numbers: Collection[int]) -> dict[int, str]:
    """The names of labs. One statement, none for no lab."""
    if not numbers:
        return {}
    rows = db.session.execute(select(Lab.id, Lab.name_en, Lab.name_zh).where(Lab.id.in_(numbers)))
    return {row.id: in_language(row.name_en, row.name_zh) for row in rows}


def _about(numbers: Collection[int]) -> dict[int, str]:
    """Of charges what each is, for which instrument, and what it comes to. One statement, none for no charge."""
    if not numbers:
        return {}
    charge = _CHARGE.c
    rows = db.session.execute(
        select(
            charge.id, charge.kind, charge.total_units, charge.currency, charge.service_on, Instrument.name_en,
            Instrument.name_zh,
        )
        .outerjoin(Instrument, Instrument.id == charge.instrument_id)
        .where(charge.id.in_(numbers))
    )  # fmt: skip
    found = {}
    for row in rows:
        amount = Money.from_units(row.total_units, row.currency)
        parts = (
            gettext(NAMES[row.kind]),
            in_language(row.name_en, row.name_zh) if row.name_en or row.name_zh else "",
            formats.money(amount.amount, amount.currency),
            formats.day(row.service_on),
        )
        found[row.id] = " · ".join(part for part in parts if part)
    return found
