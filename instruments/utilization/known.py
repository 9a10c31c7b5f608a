"""Whether a period stands beside another: not while it runs, nor beside one of which not all is known. Pure."""

from __future__ import annotations

from datetime import date

from instruments.errors import N_, Reason
from instruments.utilization.periods import Period

RUNS, NO_RECORDS, RECORDS_BEGIN, COUNTING = "runs", "no_records", "records_begin", "counting"


def is_running(period: Period, today: date) -> bool:
    """Whether a period is not over yet."""
    return period.end > today


def is_known(period: Period, begun: date | None) -> bool:
    """Whether all that was reserved and used in a period is known: records begin on its first day or before."""
    return begun is not None and begun <= period.first


def is_unknown(period: Period, begun: date | None) -> bool:
    """Whether nothing that was used in a period is known: records begin after it."""
    return begun is not None and period.end <= begun


def why_not_compared(
    period: Period, other: Period, today: date, begun: date | None, *, is_counted: bool
) -> Reason | None:
    """Why no use of a period stands beside that of another; None where it does. begun: the day on which records begin."""
    if is_running(period, today):
        return Reason(RUNS, None, N_("A period that still runs is not compared."))
    if begun is None:
        return Reason(
            NO_RECORDS,
            None,
            N_("Nothing was reserved or used yet, so that there is nothing to compare with."),
        )
    if not is_known(other, begun):
        sentence = N_(
            "Records begin on %(day)s: the period to compare with begins before that, so that use is not compared."
        )
        return Reason(RECORDS_BEGIN, None, sentence, {"day": begun})
    if not is_counted:
        return Reason(COUNTING, None, N_("Not compared: the period to compare with is not all counted yet."))
    return None
