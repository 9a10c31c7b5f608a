"""Set limits for certain dates of a lab or an instrument; what is over is never rewritten."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, select

from instruments.availability.hours import date_reasons, today_at
from instruments.availability.owners import Owner, lab_of, note
from instruments.availability.season_setting import season_name, season_objections
from instruments.catalog.revision import raise_catalog
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal, together
from instruments.people.models import Lab
from instruments.people.rights import Actor
from instruments.reservations.limiting import always_rules, defaults_for
from instruments.reservations.limits import LIMITS, Limit, objections
from instruments.reservations.models import DatedRules

MOST_SETS = 50


def dated_of(owner: Owner, now: datetime) -> Sequence[DatedRules]:
    """The sets of the owner that hold or will hold, the one that begins first first."""
    rows = db.session.scalars(
        select(DatedRules).where(_own(owner)).order_by(DatedRules.valid_from, DatedRules.id)
    )
    today = today_at(owner, now)
    return [row for row in rows if row.valid_to is None or row.valid_to >= today]


def add_dated(
    actor: Actor,
    owner: Owner,
    own: dict[str, Limit],
    dates: tuple[date, date | None],
    now: datetime,
    more: Sequence[Reason] = (),
    season_id: int | None = None,
) -> DatedRules:
    """Add limits for reservations that start on these dates, inside a deed; with a season, in its dates only.

    more: why something could not be read. Raises Refusal with every reason.
    """
    since, until = dates
    if reasons := together(
        more, _objections(owner, own, dates, season_id, {each.field for each in more}, now)
    ):
        raise Refusal(reasons)
    raise_catalog()
    row = DatedRules(valid_from=since, valid_to=until, season_id=season_id)
    row.lab_id, row.instrument_id = (owner.id, None) if isinstance(owner, Lab) else (None, owner.id)
    for name in LIMITS:
        setattr(row, name, own[name])
    db.session.add(row)
    db.session.flush()
    said: dict[str, object] = {name: value for name, value in own.items() if value is not None}
    note(owner, "rules.dated", said | _dates(row), actor.person_id, now)
    return row


def _objections(
    owner: Owner,
    own: dict[str, Limit],
    dates: tuple[date, date | None],
    season_id: int | None,
    unread: Collection[str | None],
    now: datetime,
) -> Iterator[Reason]:
    """Why these limits cannot be added; unread: the fields that could not be read."""
    yield from date_reasons(owner, *dates, now)
    defaults = always_rules(owner) if isinstance(owner, Lab) else defaults_for(owner)
    yield from objections(own, defaults, [name for name in LIMITS if name in unread])
    if season_id is not None:
        yield from season_objections(lab_of(owner).institution_id, season_id)
    if all(value is None for value in own.values()) and not {"limits", *LIMITS} & {*unread}:
        yield Reason("nothing_set", None, N_("Nothing is set. Fill in at least one limit."))
    if len(dated_of(owner, now)) >= MOST_SETS:
        sentence = N_("There are %(most)s sets already. Remove one first.")
        yield Reason("too_many_sets", None, sentence, {"most": MOST_SETS})


def end_dated(actor: Actor, owner: Owner, number: int, now: datetime) -> bool:
    """Take a set back that has not begun, or let one that holds end with today; whether it was taken back."""
    raise_catalog()
    row = db.session.scalar(select(DatedRules).where(_own(owner), DatedRules.id == number))
    today = today_at(owner, now)
    if row is None or (row.valid_to is not None and row.valid_to < today):
        raise NotFound([Reason("no_rules", None, N_("There are no such rules."))])
    removed = row.valid_from > today
    deed, said = ("rules.taken_back" if removed else "rules.ended"), _dates(row)
    if removed:
        db.session.delete(row)
    else:
        row.valid_to = today
        said = _dates(row)
    db.session.flush()
    note(owner, deed, said, actor.person_id, now)
    return removed


def _own(owner: Owner) -> ColumnElement[bool]:
    column = DatedRules.lab_id if isinstance(owner, Lab) else DatedRules.instrument_id
    return column == owner.id


def _dates(row: DatedRules) -> dict[str, object]:
    season = {"season": season_name(row.season_id)} if row.season_id is not None else {}
    return {"from": row.valid_from.isoformat(), "to": row.valid_to and row.valid_to.isoformat(), **season}
