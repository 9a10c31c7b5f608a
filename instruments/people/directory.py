"""Look through the people of an institution, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, false, func, or_, select
from sqlalchemy.orm import aliased

from instruments.database import db
from instruments.people.membership import overdue_before
from instruments.people.models import Institution, Person

VIEWS = ("all", "overdue", "leaving", "ended")
# No name, mail or number is longer than this; a database refuses to look for words that are very much longer.
LONGEST_WORDS = 200


def page(
    institution_id: int, view: str, words: str, today: date, after: Sequence[Any] | None, most: int
) -> Sequence[Row[Any]]:
    """One page of people, by name; `after`: (sort name, id) of the row before. Rows carry adviser's names and `sort_name`."""
    adviser = aliased(Person)
    person = Person
    name = _sort_name()
    found = (
        select(
            person.id, person.name_en, person.name_zh, person.mail, person.kind, person.number, person.ends_on,
            person.membership_confirmed_on, person.deactivated_at, person.mail_confirmed_at, name.label("sort_name"),
            adviser.id.label("adviser_id"), adviser.name_en.label("adviser_en"), adviser.name_zh.label("adviser_zh"),
        )
        .outerjoin(adviser, adviser.id == person.adviser_id)
        .where(person.institution_id == institution_id, *_in_view(view, today), *_matching(words))
        .order_by(name, person.id)
        .limit(most)
    )  # fmt: skip
    if after is not None:
        found = found.where(or_(name > after[0], and_(name == after[0], person.id > after[1])))
    return db.session.execute(found).all()


def count(institution_id: int, today: date) -> dict[str, int]:
    """How many people each view holds."""
    parts = [func.count().filter(and_(*_in_view(view, today))).label(view) for view in VIEWS]
    row = db.session.execute(
        select(*parts).select_from(Person).where(Person.institution_id == institution_id)
    ).one()
    return dict(row._mapping)


def reachable(where: ColumnElement[bool], words: str, today: date, most: int) -> Sequence[Row[Any]]:
    """People with an account who fit a condition and the words, those whose name begins with them first.

    Rows with mail and the names of the institution.
    """
    person, home = Person, Institution
    words = words.strip()
    return db.session.execute(
        select(
            person.id, person.name_en, person.name_zh, person.mail,
            home.name_en.label("institution_en"), home.name_zh.label("institution_zh"),
        )
        .outerjoin(home, home.id == person.institution_id)
        .where(where, *_in_view("all", today), *_matching(words))
        .order_by(_begins(words), _sort_name(), person.id)
        .limit(most)
    ).all()  # fmt: skip


def names(person_ids: Iterable[int | None]) -> dict[int, tuple[str, str]]:
    """The names (English, Chinese) of these persons, by id."""
    wanted = {each for each in person_ids if each is not None}
    if not wanted:
        return {}
    rows = db.session.execute(select(Person.id, Person.name_en, Person.name_zh).where(Person.id.in_(wanted)))
    return {row.id: (row.name_en, row.name_zh) for row in rows}


def _sort_name() -> ColumnElement[str]:
    return func.lower(func.coalesce(func.nullif(Person.name_en, ""), Person.name_zh))


def _in_view(view: str, today: date) -> list[ColumnElement[bool]]:
    person = Person
    ended = or_(person.deactivated_at.is_not(None), and_(person.ends_on.is_not(None), person.ends_on < today))
    if view == "ended":
        return [ended]
    here = [~ended, person.mail_confirmed_at.is_not(None)]
    if view == "overdue":
        due = person.membership_confirmed_on
        return [*here, or_(due.is_(None), due < overdue_before(today))]
    if view == "leaving":
        return [*here, person.ends_on.is_not(None)]
    return here


def _begins(words: str) -> ColumnElement[int]:
    columns = (Person.name_en, Person.name_zh, Person.mail)
    begins = or_(*(column.istartswith(words[:LONGEST_WORDS], autoescape=True) for column in columns))
    return case((begins, 0), else_=1)


def _matching(words: str) -> list[ColumnElement[bool]]:
    if len(words) > LONGEST_WORDS:
        return [false()]
    columns = (Person.name_en, Person.name_zh, Person.mail, Person.number)
    return [
        or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in words.split()[:6]
    ]
