"""What the rules need to know of each instrument, kept in memory as long as the catalogue stays the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from sqlalchemy import select

from instruments.availability.calendar import Calendar, calendars
from instruments.availability.opening import midnight
from instruments.catalog.kept import Kept
from instruments.catalog.models import Instrument
from instruments.catalog.revision import catalog_number
from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.people.audience import CIRCLES, admits, customer_class
from instruments.people.rights import Actor
from instruments.reservations.approval_rules import ApprovalRule
from instruments.reservations.grid import Grid
from instruments.reservations.limits import LIMITS, BookingRules
from instruments.reservations.models import ApprovalRuleRow, RulesRow
from instruments.timespan import Pair

FOR_EVER = 1 << 60


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

    @property
    def grid(self) -> Grid:
        """The moments at which a reservation may start or end."""
        return Grid(self.calendar.zone, self.rules.grid_minutes)

    def admits(self, actor: Actor) -> bool:
        """Whether this person belongs to the instrument's audience."""
        return admits(self.audience, self.circle_of(actor))

    def circle_of(self, actor: Actor) -> str:
        """The circle of this person towards the instrument."""
        return customer_class(actor, self.institution_id, self.lab_id)


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
    opening = calendars(number)
    own: dict[tuple[str, int | None], dict[str, int | None]] = {}
    for lab_id, instrument_id, *limits in db.session.execute(
        select(RulesRow.lab_id, RulesRow.instrument_id, *_LIMIT_COLUMNS)
    ):
        owner = ("lab", lab_id) if instrument_id is None else ("instrument", instrument_id)
        own[owner] = dict(zip(LIMITS, limits, strict=True))
    asked = approval_rules()
    labs: dict[int, BookingRules] = {}
    shared: dict[BookingRules, BookingRules] = {}
    found = {}
    thing = Instrument
    rows = db.session.execute(
        select(
            thing.id, thing.institution_id, thing.lab_id, thing.class_code, thing.capacity,
            thing.status, thing.audience, thing.commissioned_on, thing.retired_on,
        )
    )  # fmt: skip
    for row in rows:
        rules = labs.get(row.lab_id)
        if rules is None:
            rules = labs[row.lab_id] = BookingRules().replaced_by(own.get(("lab", row.lab_id), {}))
        mine = own.get(("instrument", row.id))
        # An instrument committed after the calendars were read is not seen before the next revision.
        if row.id in opening:
            limits = rules.replaced_by(mine) if mine else rules
            calendar = opening[row.id]
            serves = _service(row.commissioned_on, row.retired_on, calendar.zone)
            approval = asked.get(("instrument", row.id), asked.get(("lab", row.lab_id)))
            found[row.id] = Bookable(*row, shared.setdefault(limits, limits), calendar, serves, approval)
    return found


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


def _service(first: date | None, last: date | None, zone: tzinfo) -> Pair:
    since = 0 if first is None else midnight(first, zone)
    return since, FOR_EVER if last is None else midnight(last + timedelta(days=1), zone)
