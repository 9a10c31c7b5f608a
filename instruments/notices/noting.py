"""Write down who is told what: a notice for each person concerned, and a mail to be sent where they wish one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from instruments.database import db
from instruments.notices.happenings import happenings
from instruments.notices.kind import Kind, Told
from instruments.notices.kinds import hearing
from instruments.notices.models import Notice, NoticeDelivery, NoticePreference
from instruments.people.models import Person
from instruments.people.signing import today


class Occasion(NamedTuple):
    """That somebody is to be told: of which kind, why (unique with person and kind), since when."""

    kind: Kind
    key: str
    journal_id: int | None
    at: datetime
    told: Told


class Wish(NamedTuple):
    """How somebody wishes to be told, and of nothing in the journal that is older than when they switched it on."""

    in_app: bool
    by_mail: bool
    since: datetime | None = None

    def takes(self, occasion: Occasion) -> bool:
        """Whether they are told of it at all."""
        was_off = occasion.journal_id is not None and self.since is not None and occasion.at < self.since
        return (self.in_app or self.by_mail) and not was_off


def tell_of(entries: Sequence[Row[Any]], now: datetime) -> int:
    """Tell whom these entries of the journal concern, inside a deed; how many notices. Again adds nothing."""
    return tell(
        (
            Occasion(kind, f"journal/{what.entry_id}", what.entry_id, what.at, told)
            for what in happenings(entries, now)
            for kind in hearing(what.deed)
            for told in kind.who(what)
        ),
        now,
    )


def tell(occasions: Iterable[Occasion], now: datetime) -> int:
    """Tell these, inside a deed; how many notices are new. Four statements at most."""
    wanted = list(occasions)
    there = reachable({each.told.person_id for each in wanted}, now)
    wishes = wishes_of(there)
    rows, mailed = [], set()
    for each in wanted:
        if each.told.person_id not in there:
            continue
        wish = wishes.get((each.told.person_id, each.kind.code)) or Wish(each.kind.in_app, each.kind.by_mail)
        if not wish.takes(each):
            continue
        rows.append(row_of(each, wish))
        if wish.by_mail:
            mailed.add((each.key, each.told.person_id, each.kind.code))
    return _write(rows, mailed, now)


def reachable(person_ids: Collection[int], now: datetime) -> set[int]:
    """Those whose account is in use: nobody else is told anything."""
    if not person_ids:
        return set()
    return set(db.session.scalars(select(Person.id).where(Person.id.in_(person_ids), *in_use(now))))


def in_use(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """What holds of a person whose account is in use."""
    person = Person
    return (
        person.deactivated_at.is_(None),
        person.mail_confirmed_at.is_not(None),
        or_(person.ends_on.is_(None), person.ends_on >= today(now)),
    )


def wishes_of(person_ids: Collection[int]) -> dict[tuple[int, str], Wish]:
    """By person and kind, what was chosen; what was never touched is left out."""
    if not person_ids:
        return {}
    one = NoticePreference
    rows = db.session.execute(
        select(one.person_id, one.kind, one.in_app, one.by_mail, one.since).where(
            one.person_id.in_(person_ids)
        )
    )
    return {(row.person_id, row.kind): Wish(row.in_app, row.by_mail, row.since) for row in rows}


def row_of(each: Occasion, wish: Wish) -> dict[str, Any]:
    """The notice of an occasion, to be inserted."""
    told = each.told
    return {
        "person_id": told.person_id,
        "kind": each.kind.code,
        "said": told.said,
        "occasion": each.key,
        "journal_id": each.journal_id,
        "thing_kind": told.thing[0],
        "thing_id": told.thing[1],
        "at": each.at,
        "in_app": wish.in_app,
        "detail": dict(told.values),
    }


def _write(rows: list[dict[str, Any]], mailed: set[tuple[str, int, str]], now: datetime) -> int:
    if not rows:
        return 0
    table: Any = Notice.__table__
    insert = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}[db.session.get_bind().dialect.name]
    # Whoever else tells the same at the same moment: the constraint keeps one, and only that one is mailed.
    fresh = db.session.execute(
        insert(table)
        .on_conflict_do_nothing()
        .returning(table.c.id, table.c.occasion, table.c.person_id, table.c.kind),
        rows,
    ).all()
    due = [
        {"notice_id": row.id, "made_at": now, "next_at": now}
        for row in fresh
        if (row.occasion, row.person_id, row.kind) in mailed
    ]
    if due:
        db.session.execute(insert(NoticeDelivery.__table__), due)
    return len(fresh)
