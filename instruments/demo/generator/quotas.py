"""Quotas and dated limits of the invented world: some labs share their time out, some institutions too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from instruments.demo.generator.chance import stream
from instruments.demo.generator.instruments import SHOWN_LAB
from instruments.demo.generator.openings import DAYS_AHEAD
from instruments.demo.generator.places import Places, Row
from instruments.reservations.limits import LIMITS

SINCE_DAYS = 60
USUAL: Mapping[str, object] = {"circles": "", "peak": "", "short_notice_hours": 0}
# What labs set: generous enough that nobody who books now and then meets it.
SHOWN: tuple[Mapping[str, object], ...] = (
    {"measured": "hours", "amount": 20, "per": "week", "holder": "person", "over": "lab",
     "peak": "Mon-Fri 08:00-18:00", "short_notice_hours": 24},
    {"measured": "hours", "amount": 60, "per": "month", "holder": "group", "over": "class",
     "circles": "partners companies"},
)  # fmt: skip
LABS: tuple[Mapping[str, object], ...] = (
    {"measured": "hours", "amount": 40, "per": "week", "holder": "group", "over": "lab"},
    {"measured": "count", "amount": 30, "per": "future", "holder": "person", "over": "lab", "short_notice_hours": 12},
    {"measured": "hours", "amount": 80, "per": "month", "holder": "person", "over": "class"},
    {"measured": "hours", "amount": 30, "per": "week", "holder": "institution", "over": "instrument",
     "circles": "companies"},
)  # fmt: skip
INSTITUTION: Mapping[str, object] = {
    "measured": "hours", "amount": 3000, "per": "year", "holder": "institution", "over": "catalogue",
    "circles": "partners companies",
}  # fmt: skip
SHARE_OF_LABS = 0.2
SHARE_OF_INSTITUTIONS = 0.25
EXAM_WEEKS: Mapping[str, object] = {"longest_minutes": 120, "cutoff_minutes": 1440}


@dataclass
class Quotas:
    """Rows of quotas, and of limits for certain dates."""

    quotas: list[Row] = field(default_factory=list)
    dated: list[Row] = field(default_factory=list)


def make_quotas(places: Places, anchor: date) -> Quotas:
    """What labs and institutions set around the day `anchor`. The dated limits lie behind all reservations."""
    made = Quotas()
    since = anchor - timedelta(days=SINCE_DAYS)
    for institution in places.owners():
        if stream("institution quotas", institution["id"]).random() < SHARE_OF_INSTITUTIONS:
            made.quotas.append(_row(INSTITUTION, institution["id"], None, since))
    for lab in places.labs:
        chance = stream("quotas", lab["id"])
        if lab["id"] == SHOWN_LAB:
            chosen = SHOWN
        else:
            chosen = (chance.choice(LABS),) if chance.random() < SHARE_OF_LABS else ()
        made.quotas += [_row(each, lab["institution_id"], lab["id"], since) for each in chosen]
        if chosen and chance.random() < 0.5:
            first = anchor + timedelta(days=DAYS_AHEAD + 14)
            made.dated.append(
                dict.fromkeys(LIMITS)
                | {"lab_id": lab["id"], "instrument_id": None}
                | {"valid_from": first, "valid_to": first + timedelta(days=13)}
                | EXAM_WEEKS
            )
    return made


def _row(quota: Mapping[str, object], institution_id: int, lab_id: int | None, since: date) -> Row:
    return {
        **USUAL, **quota, "institution_id": institution_id, "lab_id": lab_id, "instrument_id": None,
        "valid_from": since, "valid_to": None,
    }  # fmt: skip
