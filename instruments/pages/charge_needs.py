"""What of charges waits for somebody at home: disputes, uses that lack something, what needs a second person, nettings."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask_babel import gettext, ngettext
from sqlalchemy import select

from instruments.catalog.models import Instrument
from instruments.charges.models import Charge
from instruments.charges.settlement_models import SettlementProposal
from instruments.charges.states import NAMES
from instruments.charges.waiting_for import waiting_for
from instruments.database import db
from instruments.money import Money
from instruments.people.models import Institution, Lab
from instruments.people.rights import Actor
from instruments.web import formats
from instruments.web.language import in_language

_CHARGE: Any = Charge.__table__


def charge_needs(actor: Actor) -> list[dict[str, str]]:
    """The lines of "Needs you". Nothing is asked of who decides on no money; else nine statements."""
    found = waiting_for(actor)
    labs = _labs(found.unpriced)
    # What others' charges come to stands on their page, and a look at it in the journal; what a fund is to bear is its own.
    about = _about({*found.disputes, *found.seconds}) | _about(found.funds, amounts=True)
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
    for number, more in _proposals(found.nettings, actor.institution_id).items():
        words = gettext("A netting waits for your finance office")
        lines.append(_line("handshake", words, f"/settlements/{number}", more))
    return lines


def _proposals(numbers: Collection[int], own_id: int | None) -> dict[int, str]:
    """Of proposals to net with whom, and how much. Two statements, none for no proposal."""
    if not numbers:
        return {}
    one = SettlementProposal
    rows = db.session.scalars(select(one).where(one.id.in_(numbers)).order_by(one.id)).all()
    homes = {home for row in rows for home in (row.one_id, row.two_id)}
    names = {
        home.id: home for home in db.session.scalars(select(Institution).where(Institution.id.in_(homes)))
    }
    found = {}
    for row in rows:
        other = names[row.two_id if row.one_id == own_id else row.one_id]
        amount = Money.from_units(row.netted_units, row.currency)
        money = formats.money(amount.amount, amount.currency)
        found[row.id] = f"{in_language(other.name_en, other.name_zh)} · {money}"
    return found


def _line(icon: str, words: str, address: str, more: str) -> dict[str, str]:
    return {"icon": icon, "words": words, "address": address, "act": gettext("Look at it"), "more": more}


def _labs(numbers: Collection[int]) -> dict[int, str]:
    """The names of labs. One statement, none for no lab."""
    if not numbers:
        return {}
    rows = db.session.execute(select(Lab.id, Lab.name_en, Lab.name_zh).where(Lab.id.in_(numbers)))
    return {row.id: in_language(row.name_en, row.name_zh) for row in rows}


def _about(numbers: Collection[int], amounts: bool = False) -> dict[int, str]:
    """Of charges what each is, for which instrument, when, and what it comes to. One statement, none for no charge."""
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
            formats.money(amount.amount, amount.currency) if amounts else "",
            formats.day(row.service_on),
        )
        found[row.id] = " · ".join(part for part in parts if part)
    return found
