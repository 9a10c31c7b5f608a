"""What was counted of one use: the fields that ask for it by name, and what was said anew about it."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import gettext
from sqlalchemy import select

from instruments.database import db
from instruments.people.models import Person
from instruments.reservations.paying.words import add_on_price
from instruments.usage.amending import counts_of
from instruments.usage.countable import countable
from instruments.usage.models import UseAmendment
from instruments.usage.views.fields import COUNT
from instruments.usage.words import FACT_WORDS, value_words
from instruments.web import formats
from instruments.web.language import in_language


def counted_fields(use_id: int, *, with_prices: bool) -> dict[str, Any]:
    """Arguments of the page of a use. kinds: (field, its words, the price where it is told, what it holds) of what its prices
    name; codes: what is counted beside them; counts: all of it in words; priced: whether prices bind it."""
    found, standing = countable([use_id]), counts_of([use_id]).get(use_id, {})
    rates = found.get(use_id, ())
    names = {rate.code: formats.own_words(rate.name or rate.code) for rate in rates}
    return {
        "priced": use_id in found,
        "kinds": [
            (
                f"{COUNT}{rate.code}",
                names[rate.code],
                add_on_price(rate) if with_prices else "",
                _held(rate.code, standing),
            )
            for rate in rates
        ],
        "codes": [(code, number) for code, number in standing.items() if code not in names],
        "counts": [(names.get(code, code), number) for code, number in standing.items()],
    }


def _held(code: str, standing: dict[str, str]) -> str:
    return request.form.get(f"{COUNT}{code}", standing.get(code, ""))


def amendment_lines(use_id: int) -> list[dict[str, Any]]:
    """What was said anew of a use after it was confirmed, the last first: {at, who, reason, changes}."""
    one = UseAmendment
    rows = db.session.execute(
        select(one.reason, one.changes, one.amended_at, Person.name_en, Person.name_zh)
        .join(Person, Person.id == one.amended_by_id)
        .where(one.use_id == use_id)
        .order_by(one.id.desc())
    )
    return [
        {
            "at": row.amended_at,
            "who": in_language(row.name_en, row.name_zh),
            "reason": row.reason,
            "changes": [_change(name, *both) for name, both in sorted(row.changes.items())],
        }
        for row in rows
    ]


def _change(name: str, before: Any, after: Any) -> str:
    title = gettext(FACT_WORDS[name]) if name in FACT_WORDS else name.removeprefix("count.")
    return gettext(
        "%(what)s: %(before)s, now %(after)s",
        what=title,
        before=value_words(name, before),
        after=value_words(name, after),
    )
