"""Name seasons of an institution and move their dates; hours that refer to them move along, in future only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from instruments.availability.institution_days import today_of
from instruments.availability.keeping_past import keeping_what_is_past
from instruments.availability.models import OpeningHours
from instruments.availability.owners import instruments_at
from instruments.availability.season_models import Season, SeasonSpan
from instruments.availability.seasons import KINDS, Dates, Moves, change_objections, moves, span_objections
from instruments.catalog.revision import raise_catalog
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal, Stale, together
from instruments.journal.record import record
from instruments.people.models import Institution

LONGEST_NAME = 120
MOST_SEASONS = 60


@dataclass(frozen=True)
class SeasonWish:
    """What a season shall be called and mean; where one of the names is empty, it is the other."""

    kind: str
    name_en: str
    name_zh: str
    spans: Sequence[Dates]

    @property
    def names(self) -> tuple[str, str]:
        """Both names, none of them empty unless both are."""
        return self.name_en or self.name_zh, self.name_zh or self.name_en


def seasons_of(institution_id: int) -> Sequence[Season]:
    """The seasons of an institution, by name, each with its dates."""
    return db.session.scalars(
        select(Season)
        .where(Season.institution_id == institution_id)
        .options(selectinload(Season.spans))
        .order_by(Season.name_en, Season.id)
    ).all()


def season_in(institution_id: int, season_id: int) -> Season:
    """One season of the institution; raises NotFound."""
    season = db.session.get(Season, season_id)
    if season is None or season.institution_id != institution_id:
        raise NotFound([Reason("no_season", None, N_("There is no such season."))])
    return season


def season_objections(institution_id: int, season_id: int, field: str = "season_id") -> list[Reason]:
    """Why something of this institution cannot take its dates from a season."""
    found = db.session.get(Season, season_id)
    if found is None or found.institution_id != institution_id:
        return [Reason("choice", field, N_("Choose one of these."))]
    return []


def season_name(season_id: int | None) -> str:
    """The name of a season in both languages, as the journal keeps it; empty without one."""
    season = db.session.get(Season, season_id) if season_id is not None else None
    return f"{season.name_en} / {season.name_zh}" if season is not None else ""


def dates_by_season() -> dict[int, list[Dates]]:
    """The dates of every season, in one statement."""
    rows = db.session.execute(
        select(SeasonSpan.season_id, SeasonSpan.first_day, SeasonSpan.last_day).order_by(SeasonSpan.first_day)
    )
    found: dict[int, list[Dates]] = {}
    for season_id, first, last in rows:
        found.setdefault(season_id, []).append((first, last))
    return found


def add_season(
    institution: Institution, wish: SeasonWish, *, actor_id: int | None, now: datetime,
    more: Sequence[Reason] = (),
) -> Season:  # fmt: skip
    """Name a season, inside a deed. more: what of it could not be read. Raises Refusal with every reason."""
    raise_catalog()
    change = moves((), wish.spans)
    found = [
        *_objections(institution.id, None, wish),
        *_date_objections(wish, change, today_of(institution, now)),
    ]
    reasons = together(more, found)
    there = seasons_of(institution.id)
    if len(there) >= MOST_SEASONS:
        sentence = N_("There are %(most)s seasons already. Remove one first.")
        reasons.append(Reason("too_many_seasons", None, sentence, {"most": MOST_SEASONS}))
    if reasons:
        raise Refusal(reasons)
    name_en, name_zh = wish.names
    season = Season(
        institution_id=institution.id, kind=wish.kind, name_en=name_en, name_zh=name_zh, version=1
    )
    season.spans = [SeasonSpan(first_day=first, last_day=last) for first, last in change.added]
    db.session.add(season)
    db.session.flush()
    _note(season, "season.added", {"name": f"{name_en} / {name_zh}", **_told(wish.spans)}, actor_id, now)
    return season


def change_season(
    season: Season, wish: SeasonWish, *, version: int, actor_id: int | None, now: datetime,
    more: Sequence[Reason] = (),
) -> None:  # fmt: skip
    """Rename a season or move its dates, inside a deed. What is over stays. Raises Refusal, Stale."""
    raise_catalog()
    db.session.expire_all()
    if season.version != version:
        sentence = N_("This season was changed since you opened it.")
        raise Stale([Reason("stale", None, sentence, {}, N_("Look at it again, then decide."))])
    today = today_of(season.institution, now)
    change = moves([span.as_known() for span in season.spans], wish.spans)
    found = [*_objections(season.institution_id, season.id, wish), *_date_objections(wish, change, today)]
    if reasons := together(more, found):
        raise Refusal(reasons)
    before = [(span.first_day, span.last_day) for span in season.spans]
    season.kind, (season.name_en, season.name_zh) = wish.kind, wish.names
    with keeping_what_is_past(instruments_at(season.institution_id), now):
        _move(season, change, today)
        season.version += 1
    detail = {
        "name": f"{season.name_en} / {season.name_zh}",
        "changes": {"dates": [_line(before), _line(wish.spans)]},
    }
    _note(season, "season.changed", detail, actor_id, now)


def remove_season(season: Season, *, version: int, actor_id: int | None, now: datetime) -> None:
    """Forget a season that nothing refers to, inside a deed. Raises Refusal, Stale."""
    raise_catalog()
    db.session.expire_all()
    if season.version != version:
        sentence = N_("This season was changed since you opened it.")
        raise Stale([Reason("stale", None, sentence, {}, N_("Look at it again, then decide."))])
    _note(season, "season.removed", {"name": f"{season.name_en} / {season.name_zh}"}, actor_id, now)
    try:
        with db.session.begin_nested():
            db.session.delete(season)
            db.session.flush()
    except IntegrityError as error:
        sentence = N_("Hours, rules or quotas refer to this season, or did.")
        remedy = N_("It can be renamed, and its coming dates changed.")
        raise Refusal([Reason("season_used", None, sentence, {}, remedy)]) from error


def _objections(institution_id: int, season_id: int | None, wish: SeasonWish) -> list[Reason]:
    reasons = []
    if wish.kind not in KINDS:
        reasons.append(Reason("choice", "kind", N_("Choose one of these.")))
    if not wish.names[0]:
        reasons.append(Reason("name_missing", "name_en", N_("Write a name in at least one language.")))
    for field, name in (("name_en", wish.name_en), ("name_zh", wish.name_zh)):
        if len(name) > LONGEST_NAME:
            sentence = N_("A name has at most %(most)s characters.")
            reasons.append(Reason("name_long", field, sentence, {"most": LONGEST_NAME}))
    same = db.session.scalar(
        select(Season.id).where(
            Season.institution_id == institution_id,
            Season.name_en == wish.names[0],
            Season.name_zh == wish.names[1],
        )
    )
    if same is not None and same != season_id:
        reasons.append(Reason("season_there", "name_en", N_("There is a season of this name already.")))
    return reasons


def _date_objections(wish: SeasonWish, change: Moves, today: date) -> list[Reason]:
    return [*span_objections(wish.spans), *change_objections(change, today)]


def _move(season: Season, change: Moves, today: date) -> None:
    """Removed first, and moved the one that makes room before the one that takes it, so that no two ever overlap."""
    by_id = {span.id: span for span in season.spans}
    for gone in change.removed:
        for row in _hours_in([gone.id]):
            db.session.delete(row)
        db.session.flush()
        season.spans.remove(by_id[gone.id])
    db.session.flush()
    waiting = list(change.moved)
    while waiting:
        ready = next(
            (pair for pair in waiting if not _meets_another(pair[0].id, pair[1], season)), waiting[0]
        )
        waiting.remove(ready)
        span, (first, last) = ready
        by_id[span.id].first_day, by_id[span.id].last_day = first, last
        for row in _hours_in([span.id]):
            _follow(row, first, last, today)
        db.session.flush()
    for first, last in change.added:
        added = SeasonSpan(first_day=first, last_day=last)
        season.spans.append(added)
        db.session.flush()
        _copy_hours(season, added)


def _meets_another(span_id: int, dates: Dates, season: Season) -> bool:
    others = (each for each in season.spans if each.id != span_id)
    return any(each.first_day <= dates[1] and dates[0] <= each.last_day for each in others)


def _follow(row: OpeningHours, first: date, last: date, today: date) -> None:
    """Let hours move with their season; those that have begun keep the day they began."""
    if row.valid_from is None or row.valid_from > today:
        row.valid_from = first
    row.valid_to = max(last, row.valid_from)
    row.version += 1


def _copy_hours(season: Season, added: SeasonSpan) -> None:
    """Let whoever published hours for this season have them in its new dates, too: of each owner the last ones."""
    newest: dict[tuple[int | None, int | None, str], OpeningHours] = {}
    for row in _hours_in([span.id for span in season.spans if span is not added]):
        newest[row.lab_id, row.instrument_id, row.circles] = row
    for (lab_id, instrument_id, circles), row in newest.items():
        db.session.add(
            OpeningHours(
                lab_id=lab_id, instrument_id=instrument_id, circles=circles, week=row.week,
                valid_from=added.first_day, valid_to=added.last_day, season_span_id=added.id, version=1,
            )
        )  # fmt: skip


def _hours_in(span_ids: Sequence[int]) -> Sequence[OpeningHours]:
    return db.session.scalars(
        select(OpeningHours).where(OpeningHours.season_span_id.in_(span_ids)).order_by(OpeningHours.id)
    ).all()


def _told(spans: Sequence[Dates]) -> dict[str, object]:
    return {"dates": _line(spans)}


def _line(spans: Sequence[Dates]) -> str:
    return ", ".join(f"{first.isoformat()} – {last.isoformat()}" for first, last in sorted(spans))


def _note(season: Season, deed: str, detail: dict[str, object], actor_id: int | None, now: datetime) -> None:
    record(
        now=now,
        actor_id=actor_id,
        deed=deed,
        thing=("institution", season.institution_id),
        institution_id=season.institution_id,
        detail=detail,
    )
