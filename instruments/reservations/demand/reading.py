"""Read the demand that was not met: by month and class, seen from one institution."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Row, case, extract, func, or_, select, type_coerce

from instruments.catalog.models import InstrumentClass
from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.people.companies import COMPANY
from instruments.people.models import Institution
from instruments.reservations.demand.models import UnmetDemand

MOST_ROWS = 1000


def planning(institution_id: int) -> Institution:
    """An institution that may plan instruments; NotFound for none, or a company: what one of these alone looked for is for
    nobody to read, since companies stand together."""
    home = db.session.get(Institution, institution_id)
    if home is None or home.kind == COMPANY:
        raise NotFound([Reason("no_institution", None, N_("There is no such institution."))])
    return home


def by_month_and_class(institution_id: int, first: date, last: date) -> Sequence[Row[Any]]:
    """What the institution's own people asked for anywhere, and what anybody asked of its instruments, in vain.

    first, last: days on which it was noted, both included. Rows (year, month, class_code, class_en, class_zh, searches,
    waits, own, universities, companies, seconds), the newest month first and in it what was asked for most. One statement.
    """
    one, kind = UnmetDemand, InstrumentClass
    year, month = extract("year", one.noted_on).label("year"), extract("month", one.noted_on).label("month")
    own = func.coalesce(one.asker_institution_id == institution_id, False)
    other = func.coalesce(one.asker_institution_id != institution_id, True)
    scholarly = one.asker_kind.in_(("university", "institute"))
    columns = (
        year, month, one.class_code, kind.name_en.label("class_en"), kind.name_zh.label("class_zh"),
        _count(one.source == "search").label("searches"), _count(one.source == "waitlist").label("waits"),
        _count(own).label("own"), _count(other & scholarly).label("universities"),
        _count(other & ~scholarly).label("companies"),
        func.sum(type_coerce(one.length_seconds, BigInteger)).label("seconds"),
    )  # fmt: skip
    return db.session.execute(
        select(*columns)
        .outerjoin(kind, kind.code == one.class_code)
        .where(
            or_(one.place_id == institution_id, one.asker_institution_id == institution_id),
            one.noted_on >= first,
            one.noted_on <= last,
        )
        .group_by(year, month, one.class_code, kind.name_en, kind.name_zh)
        .order_by(year.desc(), month.desc(), func.count().desc(), one.class_code)
        .limit(MOST_ROWS)
    ).all()


def _count(condition: Any) -> Any:
    return func.sum(case((condition, 1), else_=0))


def months(today: date, number: int = 12) -> tuple[date, date]:
    """The first day of the month so many months back, this one counted, and today."""
    back = today.year * 12 + today.month - number
    return date(back // 12, back % 12 + 1, 1), today
