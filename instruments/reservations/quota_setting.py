"""Set quotas: those of an institution, of a lab, or of one instrument; what is over is never rewritten."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, or_, select

from instruments.availability.season_setting import season_name, season_objections
from instruments.availability.week import parse_week
from instruments.catalog.models import Instrument
from instruments.catalog.revision import raise_catalog
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal, Stale, together
from instruments.journal.record import record
from instruments.people.audience import CIRCLES
from instruments.people.models import Institution, Lab
from instruments.people.rights import Actor
from instruments.reservations.quota_models import QuotaRow
from instruments.reservations.quota_owners import Owner, institution_of, kind_of, today_there
from instruments.reservations.quotas import HOLDERS, MEASURES, PERIODS
from instruments.reservations.stages import LATEST_YEAR

MOST_QUOTAS = 20
MOST_AMOUNT = 100_000
MOST_NOTICE = 720
# Over what each owner may count: nobody sets a quota over what is not theirs.
OVER = {
    "instrument": ("instrument",),
    "lab": ("lab", "class", "instrument"),
    "institution": ("catalogue", "lab", "class", "instrument"),
}


@dataclass(frozen=True)
class QuotaWish:
    """What a quota shall say; None where nothing that can be read was said. Texts as typed."""

    amount: int | None
    measured: str
    per: str
    holder: str
    over: str
    circles: tuple[str, ...] = ()
    peak: str = ""
    short_notice_hours: int | None = 0
    since: date | None = None
    until: date | None = None
    season_id: int | None = None


def the_quota(number: int) -> QuotaRow:
    """A quota, whoever set it; raises NotFound."""
    row = db.session.get(QuotaRow, number)
    if row is None:
        raise _no_quota()
    return row


def _no_quota() -> NotFound:
    return NotFound([Reason("no_quota", None, N_("There is no such quota."))])


def quotas_of(owner: Owner, now: datetime) -> Sequence[QuotaRow]:
    """The quotas that the owner has set itself and that hold or will hold."""
    today = today_there(owner, now)
    return db.session.scalars(
        select(QuotaRow).where(_own(owner), _not_over(today)).order_by(QuotaRow.valid_from, QuotaRow.id)
    ).all()


def inherited_quotas(owner: Owner, now: datetime) -> Sequence[QuotaRow]:
    """Those of the lab and the institution above it, which hold as well."""
    above = []
    if isinstance(owner, Instrument):
        above.append(QuotaRow.lab_id == owner.lab_id)
    if not isinstance(owner, Institution):
        above.append(_of_institution(owner.institution_id))
    if not above:
        return []
    today = today_there(owner, now)
    return db.session.scalars(
        select(QuotaRow).where(or_(*above), _not_over(today)).order_by(QuotaRow.valid_from, QuotaRow.id)
    ).all()


def quota_row(owner: Owner, number: int, now: datetime) -> QuotaRow:
    """One quota of the owner that is not over; raises NotFound."""
    row = db.session.scalar(select(QuotaRow).where(_own(owner), QuotaRow.id == number))
    if row is None or (row.valid_to is not None and row.valid_to < today_there(owner, now)):
        raise _no_quota()
    return row


def add_quota(
    actor: Actor, owner: Owner, wanted: QuotaWish, now: datetime, more: Sequence[Reason] = ()
) -> QuotaRow:
    """Add a quota, inside a deed. Raises Refusal with every reason."""
    reasons = together(more, objections(owner, wanted, now))
    if wanted.since is not None and wanted.since < today_there(owner, now):
        sentence = N_("It cannot begin on a day that is over.")
        reasons.append(Reason("begins_over", "since", sentence, {}, N_("Choose today or later.")))
    if len(quotas_of(owner, now)) >= MOST_QUOTAS:
        sentence = N_("There are %(most)s quotas already. Remove one first.")
        reasons.append(Reason("too_many_quotas", None, sentence, {"most": MOST_QUOTAS}))
    if reasons:
        raise Refusal(reasons)
    raise_catalog()
    row = QuotaRow(valid_from=wanted.since or today_there(owner, now), version=1)
    row.institution_id = institution_of(owner)
    row.lab_id = owner.id if isinstance(owner, Lab) else None
    row.instrument_id = owner.id if isinstance(owner, Instrument) else None
    _write(row, wanted)
    db.session.add(row)
    db.session.flush()
    _note(actor, owner, "quota.added", _told(wanted), now)
    return row


def change_quota(
    actor: Actor, owner: Owner, number: int, version: int, wanted: QuotaWish, now: datetime,
    more: Sequence[Reason] = (),
) -> None:  # fmt: skip
    """Change a quota, inside a deed; one that has begun keeps the day it began. Raises Refusal, NotFound, Stale."""
    raise_catalog()
    row, today = quota_row(owner, number, now), today_there(owner, now)
    if row.version != version:
        sentence = N_("This quota was changed since you opened it.")
        raise Stale([Reason("stale", None, sentence, {}, N_("Look at it again, then decide."))])
    reasons = together(more, objections(owner, wanted, now, row.valid_from))
    begun = row.valid_from <= today
    if not begun and wanted.since is not None and wanted.since < today:
        sentence = N_("It cannot begin on a day that is over.")
        reasons.append(Reason("begins_over", "since", sentence, {}, N_("Choose today or later.")))
    if wanted.until is not None and wanted.until < today:
        sentence = N_("It cannot end on a day that is over.")
        reasons.append(Reason("ends_over", "until", sentence, {}, N_("Choose today or later.")))
    if reasons:
        raise Refusal(reasons)
    if not begun and wanted.since is not None:
        row.valid_from = wanted.since
    _write(row, wanted)
    row.version += 1
    db.session.flush()
    _note(actor, owner, "quota.changed", _told(wanted), now)


def end_quota(actor: Actor, owner: Owner, number: int, now: datetime) -> bool:
    """Take a quota back that has not begun, or let one that holds end with today; whether it was taken back."""
    raise_catalog()
    row, today = quota_row(owner, number, now), today_there(owner, now)
    removed = row.valid_from > today
    said = {
        "amount": row.amount,
        "measured": row.measured,
        "per": row.per,
        "from": row.valid_from.isoformat(),
    }
    if removed:
        db.session.delete(row)
    else:
        row.valid_to = today
        row.version += 1
    db.session.flush()
    deed = "quota.taken_back" if removed else "quota.ended"
    _note(actor, owner, deed, said, now)
    return removed


def objections(owner: Owner, wanted: QuotaWish, now: datetime, begins: date | None = None) -> list[Reason]:
    """Why a quota cannot stand."""
    reasons = []
    if wanted.amount is None or not 0 < wanted.amount <= MOST_AMOUNT:
        values = {"least": 1, "most": MOST_AMOUNT}
        reasons.append(Reason("amount", "amount", N_("Enter a number from %(least)s to %(most)s."), values))
    notice = wanted.short_notice_hours
    if notice is not None and not 0 <= notice <= MOST_NOTICE:
        values = {"least": 0, "most": MOST_NOTICE}
        sentence = N_("Enter a number from %(least)s to %(most)s.")
        reasons.append(Reason("short_notice", "short_notice_hours", sentence, values))
    chosen = (
        ("measured", MEASURES), ("per", PERIODS), ("holder", HOLDERS), ("over", OVER[kind_of(owner)]),
    )  # fmt: skip
    for name, known in chosen:
        if getattr(wanted, name) not in known:
            reasons.append(Reason("choice", name, N_("Choose one of these.")))
    if not set(wanted.circles) <= set(CIRCLES):
        reasons.append(Reason("choice", "circles", N_("Choose among these.")))
    if wanted.season_id is not None:
        reasons += season_objections(institution_of(owner), wanted.season_id)
    since = wanted.since or begins or today_there(owner, now)
    return [*reasons, *_last_day_reasons(wanted.until, since), *_peak_reasons(wanted.peak)]


def _last_day_reasons(until: date | None, since: date) -> Iterator[Reason]:
    if until is not None and until < since:
        yield Reason("dates_order", "until", N_("The last day lies before the first."))
    if until is not None and until.year > LATEST_YEAR:
        yield Reason("date", "until", N_("Choose a date between 2000 and 2999."))


def _peak_reasons(text: str) -> Sequence[Reason]:
    if not text.strip():
        return ()
    try:
        week = parse_week(text, "peak")
    except Refusal as refusal:
        return refusal.reasons
    if not week.spans:
        sentence = N_("Nothing lies within these times.")
        return [Reason("no_peak", "peak", sentence, {}, N_("Leave it empty where all time counts."))]
    return ()


def _write(row: QuotaRow, wanted: QuotaWish) -> None:
    row.amount, row.measured, row.per = wanted.amount or 0, wanted.measured, wanted.per
    row.holder, row.over = wanted.holder, wanted.over
    every = set(wanted.circles) == set(CIRCLES)
    row.circles = "" if every else " ".join(circle for circle in CIRCLES if circle in wanted.circles)
    row.peak = str(parse_week(wanted.peak)) if wanted.peak.strip() else ""
    row.short_notice_hours, row.valid_to = wanted.short_notice_hours or 0, wanted.until
    row.season_id = wanted.season_id


def _told(wanted: QuotaWish) -> dict[str, object]:
    said = {name: value for name, value in asdict(wanted).items() if value not in (None, "", (), 0)}
    for name, told in (("since", "from"), ("until", "to")):
        day = said.pop(name, None)
        if day is not None:
            said[told] = day.isoformat()
    season = said.pop("season_id", None)
    if season:
        said["season"] = season_name(wanted.season_id)
    if wanted.circles:
        said["circles"] = " ".join(wanted.circles)
    if wanted.peak.strip():
        said["peak"] = str(parse_week(wanted.peak))
    return said


def _note(actor: Actor, owner: Owner, deed: str, detail: dict[str, object], now: datetime) -> None:
    institution_id = institution_of(owner)
    lab_id = owner.id if isinstance(owner, Lab) else getattr(owner, "lab_id", None)
    record(
        now=now, actor_id=actor.person_id, deed=deed, thing=(kind_of(owner), owner.id),
        institution_id=institution_id, lab_id=lab_id, detail=detail,
    )  # fmt: skip


def _own(owner: Owner) -> ColumnElement[bool]:
    if isinstance(owner, Institution):
        return _of_institution(owner.id)
    column = QuotaRow.lab_id if isinstance(owner, Lab) else QuotaRow.instrument_id
    return column == owner.id


def _of_institution(institution_id: int) -> ColumnElement[bool]:
    return and_(
        QuotaRow.institution_id == institution_id,
        QuotaRow.lab_id.is_(None),
        QuotaRow.instrument_id.is_(None),
    )


def _not_over(today: date) -> ColumnElement[bool]:
    return or_(QuotaRow.valid_to.is_(None), QuotaRow.valid_to >= today)
