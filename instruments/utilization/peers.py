"""The same class elsewhere: what the instruments of other institutions do, to compare one's own with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_
from instruments.people.models import Lab
from instruments.timespan import instant
from instruments.utilization.adding import totals_in
from instruments.utilization.begun import begun_at
from instruments.utilization.definitions import DEFINITIONS
from instruments.utilization.edges import months_until, whole_months
from instruments.utilization.elsewhere import figures_told, may_tell
from instruments.utilization.figures import Figure
from instruments.utilization.kept_months import months_kept
from instruments.utilization.periods import Period
from instruments.utilization.recounting import month_of
from instruments.utilization.sums import Selection, expected_rows
from instruments.utilization.totals import Totals
from instruments.utilization.withholding import NOTHING, Known, tells_n

FEW, PARTS, COUNTING, RUNNING, EARLY = "few", "parts", "counting", "running", "early"
HALF_A_DAY = timedelta(hours=12)
WHY: Mapping[str, str] = {
    FEW: N_(
        "Elsewhere is withheld: fewer than five persons stand behind it, or behind what it would give away."
    ),
    PARTS: N_("Elsewhere is told of whole months."),
    RUNNING: N_(
        "Elsewhere is told once the period is over: of two days the one less the other would tell what few used."
    ),
    EARLY: N_("Elsewhere is not told: the period begins before the months that are kept."),
    COUNTING: N_("Elsewhere is still being counted; look again in a minute."),
}


@dataclass(frozen=True, slots=True)
class Peers:
    """The figures of a class in all other institutions; totals: None where `why` says why they are not told; withheld: the
    figures that are not told though others are, since fewer than five persons stand behind them by themselves or behind what they
    would give away; without_n: those of which it is not told how many instruments stand behind them."""

    class_code: str
    totals: Totals | None
    why: str = ""
    withheld: frozenset[str] = frozenset()
    without_n: frozenset[str] = frozenset()

    @property
    def figures(self) -> dict[str, Figure]:
        """Those that are told, by their code."""
        if self.totals is None:
            return {}
        return {code: self.totals.figure(code) for code in DEFINITIONS if code not in self.withheld}


def class_of(chosen: Selection) -> str:
    """The class to compare with: the one that was chosen, or that of the only instrument; empty: all instruments."""
    if chosen.instrument_id is None:
        return chosen.class_code
    return db.session.scalar(select(Instrument.class_code).where(Instrument.id == chosen.instrument_id)) or ""


def peers(
    chosen: Selection, institution_id: int, period: Period, now: datetime, known: Known = NOTHING
) -> Peers:
    """What the same class does in institutions other than this one. Withheld where fewer than five persons used it, or
    where it would give away what is left of a wider class beside all that is told of that, or without what one knows; and
    each figure by itself by those who stand behind it."""
    others = Selection(class_code=class_of(chosen), not_institution_id=institution_id)
    months = whole_months(period)
    if months is None or not period.is_of_months:
        return Peers(others.class_code, None, PARTS)
    # Over on the wall of every lab.
    if period.end > (now - HALF_A_DAY).date():
        return Peers(others.class_code, None, RUNNING)
    found = totals_in(others, period, now)
    if found.fresh < expected_rows(others, months_until(period, now.date())):
        return Peers(others.class_code, None, COUNTING if _is_kept(months, now) else EARLY)
    # Told last: who stands behind months that are not counted is not known either.
    within = _used_within(months, now)
    if within is not None and may_tell(others, within, known):
        untold = frozenset(DEFINITIONS) - figures_told(others, within, known)
        several = within[0] != within[1]
        without_n = frozenset(code for code in DEFINITIONS if not tells_n(code, several=several))
        return Peers(others.class_code, found, withheld=untold, without_n=without_n)
    return Peers(others.class_code, None, FEW)


def _is_kept(months: tuple[int, int], now: datetime) -> bool:
    """Whether somebody counts all of these months; of what is before the years of the records, or long ago, nobody does."""
    kept = months_kept(now)
    return bool(kept) and kept[0] <= months[0]


def _used_within(months: tuple[int, int], now: datetime) -> tuple[int, int] | None:
    """Those of the months in which anybody can have used anything, on any lab's wall: to find nobody in a month, a database
    goes through everybody. Two statements."""
    first = begun_at()
    zones = [ZoneInfo(name) for name in db.session.scalars(select(Lab.zone).distinct())]
    if first is None or not zones:
        return None
    begins = min(month_of(instant(first).astimezone(zone).date()) for zone in zones)
    ends = max(month_of(now.astimezone(zone).date()) for zone in zones)
    within = max(months[0], begins), min(months[1], ends)
    return within if within[0] <= within[1] else None
