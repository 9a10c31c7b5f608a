"""The lines of a lab's worklist in words: what each lacks, who could pay, and where it is mended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext

from instruments.charges import naming
from instruments.charges.naming_many import PAYER_CODES, PRICE_CODES
from instruments.charges.sight import is_own
from instruments.charges.states import NAMES
from instruments.database import db
from instruments.funds.knowing import known
from instruments.funds.naming import with_code
from instruments.money import Money
from instruments.people.models import Institution, Lab
from instruments.people.rights import Action, Actor, Scope, may
from instruments.rates.kept import reasons_from_json
from instruments.timespan import Timespan
from instruments.usage.kinds import CONFIRMED
from instruments.web import clock, formats
from instruments.web.language import in_language
from instruments.web.reasons import in_full


def use_lines(rows: Sequence[Any], lab: Lab, actor: Actor) -> list[dict[str, Any]]:
    """Uses that lack something; is_own: those of whoever reads, which somebody else has to fill."""
    payers = _payers(rows, lab)
    return [_of_use(row, payers[_whose(row)], lab, actor) | {"is_own": is_own(actor, row)} for row in rows]


def fee_lines(rows: Sequence[Any], lab: Lab, actor: Actor) -> list[dict[str, Any]]:
    """Fees of which it is not known who pays."""
    payers = _payers(rows, lab)
    return [
        {
            "charge_id": row.id,
            "kind": gettext(NAMES[row.kind]),
            "instrument": in_language(row.instrument_en, row.instrument_zh),
            "user": in_language(row.user_en, row.user_zh),
            "when": formats.day(row.service_on),
            "amount": Money.from_units(row.total_units, row.currency),
            "payers": payers[_whose(row)],
            "is_own": is_own(actor, row),
            "no_payer": True,
            "no_price": False,
        }
        for row in rows
    ]


def _of_use(row: Any, payers: list[tuple[str, str]], lab: Lab, actor: Actor) -> dict[str, Any]:
    span = Timespan(row.started_at, row.ended_at) if row.started_at < row.ended_at else None
    codes = set(row.codes.split())
    links = [(gettext("See this use"), url_for("usage.use", use_id=row.use_id))]
    if codes & PRICE_CODES:
        links.append((gettext("Prices"), f"/labs/{lab.id}/prices"))
    groups = Scope(row.home_id, group_ids=frozenset({row.group_id}))
    if codes & PAYER_CODES and row.group_id is not None and may(actor, Action.GROUP_SEE, groups):
        links.append((gettext("Group"), f"/groups/{row.group_id}"))
    return {
        "use_id": row.use_id,
        "customer": row.customer,
        "instrument": in_language(row.instrument_en, row.instrument_zh),
        "user": in_language(row.user_en or "", row.user_zh or ""),
        "when": formats.when(span, row.zone) if span else formats.moment(row.started_at, row.zone),
        "why": [in_full(reason) for reason in reasons_from_json(row.reasons)],
        "is_confirmed": row.state == CONFIRMED,
        "no_payer": bool(codes & PAYER_CODES),
        "no_price": bool(codes & PRICE_CODES),
        "payers": payers,
        "links": links,
    }


def _payers(rows: Sequence[Any], lab: Lab) -> dict[tuple[Any, Any, Any], list[tuple[str, str]]]:
    """Who could pay for each line: the funds that whoever it was for may charge, their institution, they themselves."""
    now = clock.now()
    people = {_whose(row): row for row in rows}
    own = {key: naming.funds_of(row, now) for key, row in people.items()}
    funds = known({number for numbers in own.values() for number in numbers})
    homes = {key[0]: db.session.get(Institution, key[0]) for key in own if key[0]}
    found = {}
    for row in rows:
        options = [
            (f"fund:{number}", with_code(funds[number])) for number in own[_whose(row)] if number in funds
        ]
        home = homes.get(row.home_id)
        if home is not None and home.id != lab.institution_id:
            name = in_language(home.name_en, home.name_zh)
            options.append((f"institution:{home.id}", gettext("Bill %(name)s", name=name)))
        if home is None and row.user_id is not None:
            options.append((f"person:{row.user_id}", gettext("Bill the person")))
        found[_whose(row)] = options
    return found


def _whose(row: Any) -> tuple[int | None, int | None, int | None]:
    return row.home_id, row.group_id, row.user_id
