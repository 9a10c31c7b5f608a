"""The account of whoever asks, with every role held at this moment: one statement, by number or by a token."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, or_, select

from instruments.database import db
from instruments.people.models import Institution, Person, PersonalToken, ResearchGroup, RoleGrant
from instruments.people.rights import Actor, Grant, Role

# Asked with every request of somebody who is known, so plain columns in statements that are made once.
_PERSON: Any = Person.__table__
_HOME: Any = Institution.__table__
_GRANT: Any = RoleGrant.__table__
_GROUP: Any = ResearchGroup.__table__
_TOKEN: Any = PersonalToken.__table__


def _accounts() -> Select[Any]:
    """A row for each role that an account holds or deputises on the day; one row, without a role, for none."""
    person, home, grant, group, day = _PERSON.c, _HOME.c, _GRANT.c, _GROUP.c, bindparam("day")
    theirs = or_(grant.person_id == person.id, and_(grant.deputy_id == person.id, grant.deputy_until >= day))
    lasts = or_(grant.ends_on.is_(None), grant.ends_on >= day)
    return (
        select(
            person.id, person.institution_id, home.kind.label("institution_kind"),
            home.country.label("institution_country"), person.name_en, person.name_zh,
            person.mail, person.language, person.zone, person.session_key, person.ends_on, grant.role,
            grant.institution_id.label("on_institution"), grant.lab_id, grant.group_id,
            group.lab_id.label("group_lab_id"),
        )
        .select_from(_PERSON)
        .outerjoin(_HOME, home.id == person.institution_id)
        .outerjoin(_GRANT, and_(theirs, lasts))
        .outerjoin(_GROUP, group.id == grant.group_id)
        .where(person.deactivated_at.is_(None), person.mail_confirmed_at.is_not(None))
        .order_by(grant.id)
    )  # fmt: skip


_BY_NUMBER = _accounts().where(_PERSON.c.id == bindparam("person"))
_BY_TOKEN = (
    _accounts()
    .add_columns(_TOKEN.c.id.label("token_id"), _TOKEN.c.scopes, _TOKEN.c.last_used_on)
    .join(_TOKEN, _TOKEN.c.person_id == _PERSON.c.id)
    .where(
        _TOKEN.c.token_hash == bindparam("hash"),
        _TOKEN.c.revoked_at.is_(None),
        _TOKEN.c.expires_at > bindparam("now"),
    )
)


def by_number(person_id: int, day: date) -> Sequence[Row[Any]]:
    """The rows of an account, for `actor_of`; none when there is no such account, or it has ended."""
    return _lasting(db.session.execute(_BY_NUMBER, {"person": person_id, "day": day}).all(), day)


def by_numbers(person_ids: Collection[int], day: date) -> list[Sequence[Row[Any]]]:
    """The same for many accounts in one statement; those that have ended are left out."""
    rows = db.session.execute(_accounts().where(_PERSON.c.id.in_(person_ids)), {"day": day}).all()
    found: dict[int, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.id, []).append(row)
    return [lasting for lasting in (_lasting(each, day) for each in found.values()) if lasting]


def by_token(token_hash: str, now: datetime, day: date) -> Sequence[Row[Any]]:
    """The same for the person of a token that holds now, with its token_id, scopes and last_used_on."""
    return _lasting(db.session.execute(_BY_TOKEN, {"hash": token_hash, "now": now, "day": day}).all(), day)


def _lasting(rows: Sequence[Row[Any]], day: date) -> Sequence[Row[Any]]:
    if rows and rows[0].ends_on is not None and rows[0].ends_on < day:
        return []
    return rows


def actor_of(rows: Sequence[Row[Any]]) -> Actor:
    """The actor of an account, with the roles held and deputised."""
    account = rows[0]
    grants = [row for row in rows if row.role is not None]
    lab_ids = {lab_id for row in grants for lab_id in (row.lab_id, row.group_lab_id) if lab_id is not None}
    return Actor(
        person_id=account.id,
        institution_id=account.institution_id,
        institution_kind=account.institution_kind,
        lab_ids=frozenset(lab_ids),
        group_ids=frozenset(row.group_id for row in grants if row.group_id is not None),
        grants=tuple(
            Grant(Role(row.role), row.on_institution or row.lab_id or row.group_id) for row in grants
        ),
        name_en=account.name_en,
        name_zh=account.name_zh,
        mail=account.mail,
        language=account.language,
        zone=account.zone,
        ends_on=account.ends_on,
        institution_country=account.institution_country,
    )
