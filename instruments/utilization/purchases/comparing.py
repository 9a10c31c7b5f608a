"""The instruments of a purchase review beside each other: hours, openness, downtime, evidence and what is still free."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Institution, Lab
from instruments.rounding import half_up
from instruments.usage.kinds import GRADES
from instruments.utilization import periods
from instruments.utilization.edges import months_until, whole_months
from instruments.utilization.listing import tenths
from instruments.utilization.periods import Period
from instruments.utilization.purchases.models import SIGNED, PurchaseAlternative, PurchaseReview
from instruments.utilization.purchases.rules import (
    COUNTING,
    EARLY,
    FEW,
    OVERLAPS,
    full_hours,
    tells_elsewhere,
)
from instruments.utilization.purchases.telling import (
    TOLD,
    grades_told,
    is_counted,
    is_early,
    is_kept,
    tellable,
)
from instruments.utilization.sums import Selection, totals_by
from instruments.utilization.totals import Totals
from instruments.utilization.withholding import NOTHING, Known
from instruments.utilization.years import SUMMED

Row = Mapping[str, Any]


def alternatives(review_id: int) -> list[PurchaseAlternative]:
    """What a review compares with, in the order of the instruments."""
    asked = select(PurchaseAlternative).where(PurchaseAlternative.review_id == review_id)
    return list(db.session.scalars(asked.order_by(PurchaseAlternative.instrument_id)))


def compared(review: PurchaseReview, now: datetime, known: Known = NOTHING) -> list[Row]:
    """The rows of a review, those that could serve instead first: as they were signed, or as the facts now say; known: what
    else whoever looks sees by other roles, so that they are told less of what is left."""
    marked = alternatives(review.id)
    numbers = [each.instrument_id for each in marked]
    if review.state == SIGNED:
        told = None if known == NOTHING else _told(review, numbers, now, known) or {}
        rows = [_as_signed(json.loads(each.kept), review, told) for each in marked]
    else:
        facts = _facts(review, numbers, now, known)
        rows = [
            facts[each.instrument_id] | {"substitutable": each.substitutable, "reason": each.reason}
            for each in marked
        ]
    return sorted(rows, key=lambda row: (not row["substitutable"], -float(row["effective"] or 0), row["id"]))


def digest_of(review: PurchaseReview, rows: Sequence[Row]) -> str:
    """Of everything that somebody signs."""
    told = [
        review.name,
        review.class_code,
        str(review.amount),
        review.need,
        review.period,
        review.conclusion,
        review.opinion,
    ]
    return hashlib.sha256(as_kept([told, list(rows)]).encode()).hexdigest()  # fmt: skip


def as_kept(value: Any) -> str:
    """JSON that is the same to the byte every time."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def is_old(rows: Sequence[Row]) -> bool:
    """Whether any row rests on summaries that are being worked out anew."""
    return any(not row["fresh"] for row in rows)


def _as_signed(
    kept: dict[str, Any], review: PurchaseReview, told: Mapping[int, frozenset[str]] | None
) -> dict[str, Any]:
    """What was signed, less what is not told of others: external hours to nobody, though older reviews hold them, and to
    whoever knows more by other roles (told) what would leave few. Before it was said why, it was for its few persons; before
    asset numbers were told, it has none; before the grade of most hours was told instead, their evidence stays as it was."""
    older = {"withheld_why": FEW if kept["withheld"] else None, "asset_number": "", "evidence_most": None}
    row = older | kept
    if kept["institution_id"] == review.institution_id:
        return row
    row["external"] = None
    if told is None or kept["withheld"]:
        return row
    names = told.get(kept["id"], frozenset())
    if "evidence_most" in names:
        names |= {"evidence"}
    return row | _withheld(None if "effective" in names else FEW, names)


def _told(
    review: PurchaseReview, numbers: Sequence[int], now: datetime, known: Known
) -> dict[int, frozenset[str]] | None:
    """By instrument, which figures of it are told; none of others of long ago, and None as long as not everything elsewhere is
    counted."""
    months = whole_months(periods.read(review.period))
    if not numbers or months is None or not is_kept(months, now):
        return {}
    told = tellable(review.institution_id, numbers, months, known)
    alone = all(names == frozenset(TOLD) for names in told.values())
    return told if alone or is_counted(review.institution_id, months, now) else None


def _facts(
    review: PurchaseReview, numbers: Sequence[int], now: datetime, known: Known
) -> dict[int, dict[str, Any]]:
    """What is told of each instrument. Seven statements, and two more for what is known and counted."""
    period = periods.read(review.period)
    months = whole_months(period)
    if not numbers or months is None:
        return {}
    found = totals_by("instrument", Selection(instrument_ids=tuple(numbers)), months, now, SUMMED)
    told, elsewhere = _told(review, numbers, now, known), _why_none(period, months, now)
    grades = grades_told(numbers, period)
    expected = len(months_until(period, now.date()))
    asked = (
        select(Instrument, Lab, Institution)
        .join(Lab, Lab.id == Instrument.lab_id)
        .join(Institution, Institution.id == Instrument.institution_id)
        .where(Instrument.id.in_(numbers))
    )
    rows: dict[int, dict[str, Any]] = {}
    for thing, lab, home in db.session.execute(asked):
        totals, is_own = found.get(thing.id, Totals()), home.id == review.institution_id
        names = frozenset(TOLD) if is_own else (told or {}).get(thing.id, frozenset())
        rows[thing.id] = {
            **_names(thing, lab, home), **_figures(totals, thing, period),
            "evidence_most": _most(totals, set(GRADES) if is_own else grades.get(thing.id, set())),
            **_withheld(None if is_own else _why(elsewhere, told, names), names),
            "fresh": totals.fresh >= expected and (is_own or told is not None),
        }  # fmt: skip
    return rows


def _why_none(period: Period, months: tuple[int, int], now: datetime) -> str | None:
    """Why the use of no instrument elsewhere is told by this period; of what is not kept no other period would tell more."""
    if is_early(months, now):
        return EARLY
    return None if tells_elsewhere(period) else OVERLAPS


def _why(elsewhere: str | None, told: Mapping[int, Any] | None, names: Collection[str]) -> str | None:
    """Why the use of an instrument elsewhere is not told; None where it is."""
    if elsewhere or told is None:
        return elsewhere or COUNTING
    return None if "effective" in names else FEW


def _withheld(why: str | None, told: Collection[str]) -> dict[str, Any]:
    """What takes the place of figures that are not told; why: of the whole use."""
    untold = [name for name in TOLD if why or name not in told]
    return {"withheld": why is not None, "withheld_why": why, **dict.fromkeys(untold)}


def _names(thing: Instrument, lab: Lab, home: Institution) -> dict[str, Any]:
    return {
        "id": thing.id, "name_en": thing.name_en, "name_zh": thing.name_zh, "lab_en": lab.name_en, "lab_zh": lab.name_zh,
        "asset_number": thing.asset_number,
        "institution_id": home.id, "institution_en": home.name_en, "institution_zh": home.name_zh,
        "city_en": thing.city_en, "city_zh": thing.city_zh, "maker": thing.maker, "model": thing.model,
        "class_code": thing.class_code, "audience": thing.audience, "status": thing.status,
        "value": None if thing.original_value is None else str(thing.original_value),
        "currency": thing.original_currency,
    }  # fmt: skip


def _most(totals: Totals, told: Collection[str]) -> str | None:
    """The grade of evidence that more than half of the used hours have; None for none, or where it is not told."""
    by_grade = {grade: totals.sums.get(f"by_{grade}", 0) for grade in GRADES}
    used = sum(by_grade.values())
    return next((grade for grade in told if 2 * by_grade[grade] > used), None)


def _figures(totals: Totals, thing: Instrument, period: Period) -> dict[str, Any]:
    def hours(name: str) -> str:
        return str(tenths(totals.measure(name)))

    used = sum(totals.sums.get(f"by_{grade}", 0) for grade in GRADES)
    return {
        "effective": hours("effective"), "external": hours("external"), "open": hours("open"),
        "bookable": hours("bookable"), "down": hours("down"),
        "free": str(tenths(totals.measure("bookable") - totals.measure("inside"))),
        "full": str(tenths(full_hours(period, thing.commissioned_on, thing.retired_on))),
        "evidence": {
            grade: float(half_up(totals.sums[f"by_{grade}"] / used, 3))
            for grade in GRADES
            if used and totals.sums.get(f"by_{grade}")
        },
    }  # fmt: skip
