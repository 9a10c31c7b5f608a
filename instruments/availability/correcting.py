"""Say by hand what days of an institution are, and take that back; what is over stays on record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import delete, insert, select

from instruments.availability.day_lines import NamedDay
from instruments.availability.day_models import CalendarDay
from instruments.availability.days import ANNOUNCED, HAND, HOLIDAY, KINDS, MAKE_UP, SATURDAY, WORKDAY, Day
from instruments.availability.keeping_past import keeping_what_is_past
from instruments.availability.owners import instruments_at
from instruments.catalog.revision import raise_catalog
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal, together
from instruments.journal.record import record
from instruments.people.models import Institution


def correct(
    institution: Institution,
    days: Sequence[NamedDay],
    kind: str,
    *,
    replaces: date | None = None,
    today: date,
    actor_id: int | None,
    now: datetime,
    more: Sequence[Reason] = (),
) -> None:
    """Say what these days are, inside a deed; this counts before what was announced.

    replaces: the day off that a make-up workday makes up for; more: what of it could not be read; the days that could
    are judged beside it. Raises Refusal with every reason.
    """
    of_days, others = _against_days(days, kind, today), _against_kind(days, kind, replaces)
    reasons = [*together(more, others), *of_days]
    raise_catalog()
    there = {
        (row.day, row.source): row
        for row in db.session.scalars(
            select(CalendarDay).where(
                CalendarDay.institution_id == institution.id,
                CalendarDay.day.in_([each.day for each in days]),
            )
        )
    }
    for each in days:
        row = there.get((each.day, HAND)) or there.get((each.day, ANNOUNCED))
        if row is not None and (row.source == HAND or row.kind == kind):
            reasons.append(_there(row))
    if reasons:
        raise Refusal(reasons)
    said = [Day(each.day, kind, each.name_en, each.name_zh, replaces) for each in days]
    with keeping_what_is_past(instruments_at(institution.id), now):
        db.session.execute(
            insert(CalendarDay),
            [row_of(institution.id, day, HAND, actor_id, now) for day in said],
        )
    deed = "holiday.added" if kind == HOLIDAY else "calendar.day_set"
    _note(institution, deed, said, actor_id, now)


def take_back(
    institution: Institution,
    first: date,
    last: date | None = None,
    *,
    today: date,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Take back what was said by hand of a day, or of those up to another: the announcement holds again, or the
    weekday.

    Taken back already, it stays so; raises Refusal for a day that is over or that nobody set by hand.
    """
    if first < today:
        sentence = N_("%(day)s is over: what was closed then stays on record.")
        raise Refusal([Reason("holiday_over", None, sentence, {"day": first})])
    raise_catalog()
    rows = db.session.scalars(
        select(CalendarDay)
        .where(
            CalendarDay.institution_id == institution.id,
            CalendarDay.day >= first,
            CalendarDay.day <= (last or first),
        )
        .order_by(CalendarDay.day)
    ).all()
    gone = [row for row in rows if row.source == HAND]
    if rows and not gone:
        sentence = N_("%(day)s was announced; nothing was set by hand that could be taken back.")
        remedy = N_("Set what it is with you instead.")
        raise Refusal([Reason("announced", None, sentence, {"day": first}, remedy)])
    if not gone:
        return
    days = [row.as_day() for row in gone]
    with keeping_what_is_past(instruments_at(institution.id), now):
        db.session.execute(delete(CalendarDay).where(CalendarDay.id.in_([row.id for row in gone])))
    off = all(day.kind == HOLIDAY for day in days)
    _note(institution, "holiday.removed" if off else "calendar.day_taken_back", days, actor_id, now)


def day_from(text: str) -> date:
    """The date in an address; raises NotFound."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotFound([Reason("not_found", None, N_("There is nothing at this address."))]) from None


def row_of(
    institution_id: int, day: Day, source: str, actor_id: int | None, now: datetime
) -> dict[str, object]:
    """A day as it is written."""
    return {
        "institution_id": institution_id, "day": day.day, "kind": day.kind, "source": source,
        "name_en": day.name_en, "name_zh": day.name_zh, "replaces": day.replaces,
        "set_by_id": actor_id, "set_at": now,
    }  # fmt: skip


def told(days: Iterable[Day]) -> list[list[str]]:
    """Days as the journal keeps them."""
    return [[day.day.isoformat(), day.name_en, day.name_zh, day.kind] for day in days]


def _against_kind(days: Sequence[NamedDay], kind: str, replaces: date | None) -> list[Reason]:
    if kind not in KINDS:
        return [Reason("choice", "kind", N_("Choose one of these."))]
    return _replaces_reasons(days, kind, replaces)


def _against_days(days: Sequence[NamedDay], kind: str, today: date) -> list[Reason]:
    over = N_("%(day)s is over: days can only be set for the time to come.")
    reasons = [Reason("holiday_over", "lines", over, {"day": each.day}) for each in days if each.day < today]
    for each in days:
        weekend = each.day.weekday() >= SATURDAY
        if kind == MAKE_UP and not weekend:
            sentence = N_("%(day)s is worked anyway: a make-up workday lies at the weekend.")
            reasons.append(Reason("make_up_weekday", "lines", sentence, {"day": each.day}))
        if kind == WORKDAY and weekend:
            sentence = N_("%(day)s lies at the weekend: a day worked there is a make-up workday.")
            reasons.append(Reason("workday_weekend", "lines", sentence, {"day": each.day}))
    return reasons


def _replaces_reasons(days: Sequence[NamedDay], kind: str, replaces: date | None) -> list[Reason]:
    if replaces is None:
        return []
    if kind != MAKE_UP:
        return [Reason("replaces_kind", "replaces", N_("Only a make-up workday makes up for a day."))]
    if len(days) > 1:
        sentence = N_("Several days cannot make up for the same day.")
        return [Reason("replaces_many", "replaces", sentence, {}, N_("Set them one by one."))]
    if replaces.weekday() >= SATURDAY:
        return [
            Reason("replaces_weekend", "replaces", N_("That day lies at the weekend, which is off anyway."))
        ]
    return []


def _there(row: CalendarDay) -> Reason:
    values = {"day": row.day, "name": row.name_en}
    if row.source == ANNOUNCED:
        return Reason("holiday_there", "lines", N_("%(day)s is so already (%(name)s)."), values)
    sentence = N_("%(day)s is set already (%(name)s).")
    return Reason("holiday_there", "lines", sentence, values, N_("Take that back first."))


def _note(
    institution: Institution, deed: str, days: Sequence[Day], actor_id: int | None, now: datetime
) -> None:
    record(
        now=now,
        actor_id=actor_id,
        deed=deed,
        thing=("institution", institution.id),
        institution_id=institution.id,
        detail={"days": told(days)},
    )
