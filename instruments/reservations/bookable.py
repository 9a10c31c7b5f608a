"""What the rules need to know of each instrument, kept in memory as long as the catalogue stays the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, tzinfo
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import Row, select
from sqlalchemy.orm import selectinload

from instruments.availability.calendar import Calendar, calendars
from instruments.availability.opening import midnight
from instruments.availability.season_models import Season
from instruments.availability.season_setting import dates_by_season
from instruments.availability.seasons import resolved
from instruments.catalog.kept import Kept
from instruments.catalog.models import Instrument
from instruments.catalog.revision import catalog_number
from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.people.audience import CIRCLES, admits, customer_class
from instruments.people.rights import Actor
from instruments.qualifications.known import needs_by_instrument
from instruments.qualifications.needs import Needs
from instruments.rates.finding import owners_of_cards
from instruments.reservations.approval_rules import ApprovalRule
from instruments.reservations.conduct.suspensions import Suspension, suspensions
from instruments.reservations.grid import Grid
from instruments.reservations.limits import LIMITS, BookingRules
from instruments.reservations.models import ApprovalRuleRow, DatedRules, RulesRow
from instruments.reservations.quota_models import QuotaRow
from instruments.reservations.quotas import Quota
from instruments.reservations.stages import DatedLimits, Own, Set, Stage, ends, stages
from instruments.timespan import Pair

Layers: TypeAlias = tuple[BookingRules, tuple[Stage, ...], bool]


@dataclass(frozen=True, slots=True)
class Bookable:
    """One instrument as reservations see it."""

    id: int
    institution_id: int
    lab_id: int
    class_code: str | None
    capacity: int
    status: str
    audience: str
    commissioned_on: date | None
    retired_on: date | None
    rules: BookingRules
    calendar: Calendar
    serves: Pair  # from the start of commissioned_on to the end of retired_on, in UTC seconds
    approval: ApprovalRule | None = None
    stages: tuple[Stage, ...] = ()
    quotas: tuple[Quota, ...] = ()
    # Whether any circle of the audience has a booking window of its own, at any time.
    has_windows: bool = False
    # What is asked of whoever uses it; None where nothing is, so that nothing is looked up.
    needs: Needs | None = None
    # Who is suspended at the lab, by the person's id; kept with the rest, so that booking asks nothing more.
    suspended: Mapping[int, Suspension] = field(default_factory=dict)
    # Whether it or its lab has a card of prices at all; where not, nothing is looked up.
    has_card: bool = False

    @property
    def grid(self) -> Grid:
        """The moments at which a reservation may start or end."""
        return Grid(self.calendar.zone, self.rules.grid_minutes)

    def admits(self, actor: Actor) -> bool:
        """Whether this person belongs to the instrument's audience."""
        return admits(self.audience, self.circle_of(actor))

    def circle_of(self, actor: Actor) -> str:
        """The circle of the audience that this person belongs to."""
        return customer_class(actor, self.institution_id, self.lab_id)

    def calendar_of(self, actor: Actor | None) -> Calendar:
        """When it is open to this person; without one, whenever it is open to anybody."""
        differs = actor is not None and self.calendar.by_circle
        return self.calendar.of(self.circle_of(actor)) if actor and differs else self.calendar

    def rules_at(self, moment: int) -> BookingRules:
        """The limits for a reservation that starts at this UTC second."""
        for stage in self.stages:
            if stage.first <= moment < stage.last:
                return stage.rules
        return self.rules

    def all_rules(self) -> tuple[BookingRules, ...]:
        """The limits that hold at any time."""
        return tuple(stage.rules for stage in self.stages) or (self.rules,)

    def rules_between(self, first: int, last: int) -> tuple[BookingRules, ...]:
        """The limits for reservations that start within [first, last), in UTC seconds."""
        found = (stage.rules for stage in self.stages if stage.first < last and first < stage.last)
        return tuple(found) or (self.rules,)

    @property
    def furthest_days(self) -> int:
        """How many days ahead anybody may book, at any time."""
        return max(
            rules.days_for(circle) for rules in (self.rules, *self.all_rules()) for circle in (None, *CIRCLES)
        )

    @property
    def widest_buffer(self) -> int:
        """The longest buffer at any time, in seconds."""
        return max(stage.rules.buffer for stage in self.stages) if self.stages else self.rules.buffer

    def window_of(self, actor: Actor | None) -> str | None:
        """The circle whose window counts for this person; None where all have the same."""
        return self.circle_of(actor) if actor is not None and self.has_windows else None

    def suspended_until(self, actor: Actor | None) -> int:
        """Until when this person gets no time here, in UTC seconds; 0 where they do."""
        held = self.suspended.get(actor.person_id) if actor is not None and self.suspended else None
        return held.until if held else 0


_kept: Kept[Mapping[int, Bookable]] = Kept()


def bookables(number: int | None = None) -> Mapping[int, Bookable]:
    """Every instrument by its id, as of this revision of the catalogue (the present one without)."""
    if number is None:
        number = catalog_number()
    return _kept.at(number, lambda: _load(number))


def bookable(instrument_id: int, number: int | None = None) -> Bookable:
    """One instrument; raises NotFound."""
    found = bookables(number).get(instrument_id)
    if found is None:
        raise NotFound([Reason("no_instrument", "instrument_id", N_("There is no such instrument."))])
    return found


def remembered(instrument_id: int) -> Bookable:
    """The instrument as last read, perhaps before the newest revision: good enough to ask the next question."""
    return (_kept.last() or {}).get(instrument_id) or bookable(instrument_id)


def default_rules(lab_id: int) -> BookingRules:
    """The limits of a lab: its own, and the common ones where it sets none."""
    row = db.session.execute(select(*_LIMIT_COLUMNS).where(RulesRow.lab_id == lab_id)).first()
    return BookingRules() if row is None else BookingRules().replaced_by(dict(zip(LIMITS, row, strict=True)))


_LIMIT_COLUMNS = [getattr(RulesRow, name) for name in LIMITS]


def _load(number: int) -> dict[int, Bookable]:
    opening, sets, quotas, suspended = calendars(number), limits_set(), _quotas(), suspensions()
    asked, nothing, needs = approval_rules(), Set(), needs_by_instrument()
    carded = owners_of_cards()
    laid, found = _layers(), {}
    nobody: Mapping[int, Suspension] = {}
    thing = Instrument
    rows = db.session.execute(
        select(
            thing.id, thing.institution_id, thing.lab_id, thing.class_code, thing.capacity,
            thing.status, thing.audience, thing.commissioned_on, thing.retired_on,
        )
    )  # fmt: skip
    for row in rows:
        # An instrument committed after the calendars were read is not seen before the next revision.
        if row.id in opening:
            calendar = opening[row.id]
            both = (sets.get(("lab", row.lab_id), nothing), sets.get(("instrument", row.id), nothing))
            limits, turns, has_windows = laid(*both, calendar.zone)
            serves = _service(row.commissioned_on, row.retired_on, calendar.zone)
            found[row.id] = Bookable(
                *row,
                limits,
                calendar,
                serves,
                asked.get(("instrument", row.id), asked.get(("lab", row.lab_id))),
                turns,
                (
                    *quotas.get(("instrument", row.id), ()),
                    *quotas.get(("lab", row.lab_id), ()),
                    *quotas.get(("institution", row.institution_id), ()),
                ),
                has_windows,
                needs(row.id, row.institution_id, row.lab_id),
                suspended.get(row.lab_id, nobody),
                not carded.isdisjoint((("instrument", row.id), ("lab", row.lab_id))),
            )
    return found


def _layers() -> Callable[[Set, Set, tzinfo], Layers]:
    """Lays what an instrument sets over what its lab sets: the limits, their stages, and whether there are windows.

    Worked out once for all that set the same, and what comes out equal is one object.
    """
    shared: dict[Layers, Layers] = {}
    seen: dict[tuple[int, int, tzinfo], Layers] = {}

    def laid(lab: Set, own: Set, zone: tzinfo) -> Layers:
        key = (id(lab), id(own), zone)
        found = seen.get(key)
        if found is None:
            limits, turns = own.over(lab.over(BookingRules(), None), None), stages((lab, own), zone)
            has_windows = any(rules.has_windows() for rules in (limits, *(turn.rules for turn in turns)))
            made = (limits, turns, has_windows)
            found = seen[key] = shared.setdefault(made, made)
        return found

    return laid


def approval_rules() -> dict[tuple[str, int], ApprovalRule]:
    """The rules of approval that hold, by ("lab" or "instrument", number)."""
    one = ApprovalRuleRow
    found = {}
    for row in db.session.execute(
        select(
            one.id, one.lab_id, one.instrument_id, one.for_lab, one.for_institution, one.for_partners,
            one.for_companies, one.above_minutes, one.managers_only, one.deadline_hours, one.own_together,
        ).where(one.in_force)
    ):  # fmt: skip
        circles = frozenset(circle for circle in CIRCLES if getattr(row, f"for_{circle}"))
        owner = ("lab", row.lab_id) if row.instrument_id is None else ("instrument", row.instrument_id)
        found[owner] = ApprovalRule(row.id, circles, *row[7:])
    return found


def limits_set() -> dict[tuple[str, int], Set]:
    """What each lab and instrument sets, in three statements."""
    seasons = dates_by_season()
    own: dict[tuple[str, int], Own] = {}
    dated: dict[tuple[str, int], list[DatedLimits]] = {}
    for row in db.session.execute(select(RulesRow.lab_id, RulesRow.instrument_id, *_LIMIT_COLUMNS)):
        own[_owner(row)] = dict(zip(LIMITS, row[2:], strict=True))
    columns = [getattr(DatedRules, name) for name in LIMITS]
    for row in db.session.execute(
        select(
            DatedRules.lab_id, DatedRules.instrument_id, *columns,
            DatedRules.valid_from, DatedRules.valid_to, DatedRules.season_id,
        ).order_by(DatedRules.id.desc())
    ):  # fmt: skip
        limits = dict(zip(LIMITS, row[2:-3], strict=True))
        validity: list[tuple[date | None, date | None]] = [(row.valid_from, row.valid_to)]
        if row.season_id is not None:
            validity = [*resolved(row.valid_from, row.valid_to, seasons.get(row.season_id, ()))]
        dated.setdefault(_owner(row), []).extend(DatedLimits(limits, *dates) for dates in validity)
    return {key: Set(own.get(key, {}), dated.get(key, ())) for key in {*own, *dated}}


_QUOTAS = (
    select(QuotaRow).options(selectinload(QuotaRow.season).selectinload(Season.spans)).order_by(QuotaRow.id)
)


def _quotas() -> dict[tuple[str, int], list[Quota]]:
    """The quotas of each owner, in one statement."""
    found: dict[tuple[str, int], list[Quota]] = {}
    for row in db.session.scalars(_QUOTAS):
        quota = row.as_quota()
        owner_id = {"instrument": row.instrument_id, "lab": row.lab_id}.get(quota.owner, row.institution_id)
        found.setdefault((quota.owner, owner_id or 0), []).append(quota)
    return found


def _owner(row: Row[Any]) -> tuple[str, int]:
    return ("lab", row.lab_id) if row.instrument_id is None else ("instrument", row.instrument_id)


@lru_cache(maxsize=20_000)
def _service(first: date | None, last: date | None, zone: tzinfo) -> Pair:
    since = 0 if first is None else midnight(first, zone)
    return since, ends(last, zone)
