"""What is counted in a period, each thing once (metrics.md, rules 2, 5 and 8): uses, reservations, samples, evidence. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from instruments.timespan import Pair
from instruments.utilization.records import Record


@dataclass(slots=True)
class Counts:
    """Numbers of one instrument in one period; reservations and uses belong to the period in which they start.

    reservations: those live at their start; lead_seconds: of the lead_known of them whose making is known;
    served: external service was given, with or without machine time; evidence: seconds of used time by grade.
    """

    uses: int = 0
    external_uses: int = 0
    samples: int = 0
    external_samples: int = 0
    reservations: int = 0
    no_shows: int = 0
    late_cancelled: int = 0
    lead_seconds: int = 0
    lead_known: int = 0
    repairs: int = 0
    served: bool = False
    evidence: Counter[str] = field(default_factory=Counter)
    persons: set[int] = field(default_factory=set)
    groups: set[int] = field(default_factory=set)
    customers: set[int] = field(default_factory=set)


def counts_of(record: Record, period: Pair) -> Counts:
    """What is counted of an instrument within a period of UTC seconds."""
    found = Counts()
    _count_reservations(found, record, period)
    _count_sessions(found, record, period)
    found.repairs = sum(each.repair and _in(each.start, period) for each in record.outages)
    return found


def _in(moment: int | None, period: Pair) -> bool:
    return moment is not None and period[0] <= moment < period[1]


def _count_reservations(found: Counts, record: Record, period: Pair) -> None:
    for each in record.reserved:
        if not _in(each.start, period):
            continue
        found.late_cancelled += each.late_cancelled
        if not each.live:
            continue
        found.reservations += 1
        found.no_shows += each.no_show
        if each.lead_seconds is not None:
            found.lead_known += 1
            found.lead_seconds += each.lead_seconds


def _count_sessions(found: Counts, record: Record, period: Pair) -> None:
    for session in record.sessions:
        for (start, end), grade in session.evidence:
            if (seconds := min(end, period[1]) - max(start, period[0])) > 0:
                found.evidence[grade] += seconds
        outside = any(share.external for share in session.shares)
        if _in(session.started, period):
            found.uses += 1
            found.external_uses += outside
            found.served = found.served or outside
            found.persons.update(session.persons)
            found.groups.update(share.group for share in session.shares if share.group)
            found.customers.update(share.customer for share in session.shares if share.customer)
        if _in(session.confirmed, period):
            found.samples += sum(share.samples for share in session.shares)
            theirs = sum(share.samples for share in session.shares if share.external)
            found.external_samples += theirs
            found.served = found.served or theirs > 0
