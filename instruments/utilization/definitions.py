"""What each figure means: its formula in words, what is divided by what, and why there may be none. Pure.

Pages, files, the API and docs/utilization.md all read it here, so no number is shown without its definition
(metrics.md). Whoever changes a formula raises its version: published reports keep the one they were made by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from instruments.errors import N_

SHARE, HOURS, COUNT, MONEY = "share", "hours", "count", "money"


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that is summed over instruments: what it is called, and what belongs to it."""

    name: str
    words: str
    unit: str = HOURS


@dataclass(frozen=True, slots=True)
class Definition:
    """A figure: the measure above the line, the one below it (none: it is the measure itself), and why there is none."""

    name: str
    words: str
    over: str
    under: str = ""
    unit: str = SHARE
    missing: str = ""
    version: int = 1


MEASURES: Mapping[str, Measure] = {
    "calendar": Measure(
        N_("Calendar hours"), N_("All hours while the instrument was in service, times the places it has.")
    ),
    "open": Measure(
        N_("Open hours"), N_("Published hours less closures and holidays, times the places it has.")
    ),
    "bookable": Measure(
        N_("Bookable hours"), N_("Open hours less downtime and maintenance, times the places it has.")
    ),
    "down": Measure(N_("Downtime"), N_("Open hours in which it was down or in maintenance.")),
    "reserved": Measure(
        N_("Reserved hours"),
        N_("Confirmed reservations as they stood at their start; at most as many at once as there are places."),
    ),
    "attended": Measure(
        N_("Attended hours"), N_("Checked in, logged or on a run sheet; overlapping time counts once a place.")
    ),
    "effective": Measure(
        N_("Effective hours"),
        N_(
            "Preparation, measurement and post-processing, less idling, debugging and downtime;"
            " overlapping time counts once a place."
        ),
    ),
    "inside": Measure(N_("Effective hours in bookable time"), N_("Effective hours that lie in bookable hours.")),
    "owned": Measure(N_("Effective hours in service"), N_("Effective hours while the instrument was in service.")),
    "outside": Measure(
        N_("Effective hours outside bookable time"),
        N_("Effective hours at times that nobody could book; they are in no share of bookable hours."),
    ),
    "external": Measure(
        N_("External hours"),
        N_("Effective hours for another legal person than the owner, partners included, whoever operates or pays."),
    ),
    "unused": Measure(
        N_("Reserved but unused hours"), N_("Reserved and not attended, within bookable time; never a difference of sums.")
    ),
    "uses": Measure(N_("Uses"), N_("Uses that began in the period."), COUNT),
    "samples": Measure(N_("Samples handled"), N_("Samples of uses that were confirmed in the period."), COUNT),
    "reservations": Measure(
        N_("Reservations"), N_("Reservations live at their start, which lies in the period."), COUNT
    ),
    "no_shows": Measure(N_("No-shows"), N_("Reservations live at their start to which nobody came."), COUNT),
    "late_cancelled": Measure(
        N_("Late cancellations"), N_("Reservations given up later than the lab’s rules allow without a fee."), COUNT
    ),
    "lead": Measure(N_("Time from booking to start"), N_("Summed over the reservations of the period.")),
    "lead_known": Measure(
        N_("Reservations with a known booking time"), N_("Those of which it is known when they were made."), COUNT
    ),
    "repairs": Measure(N_("Failures"), N_("Times it went down for a repair in the period."), COUNT),
    "serving": Measure(
        N_("Instruments that served outsiders"),
        N_("Instruments that gave external service, with machine time or with samples alone."),
        COUNT,
    ),
    "sharable": Measure(
        N_("Instruments fit for sharing"), N_("Instruments in service that their owner has opened to others."), COUNT
    ),
    "instruments": Measure(N_("Instruments"), N_("Instruments in service in the period."), COUNT),
    "rated": Measure(
        N_("Rated hours"), N_("A yardstick by asset class, times days in service ÷ days of that year; no layer of time.")
    ),
    "rated_used": Measure(
        N_("Effective hours of instruments with rated hours"),
        N_("Effective hours in service of those instruments that have rated hours by their asset class."),
    ),
    "survey": Measure(
        N_("Rated hours of the national survey"),
        N_("1,600 hours a year for each instrument, times days in service ÷ days of that year; no layer of time."),
    ),
}  # fmt: skip

# What effective hours can be measured by, and the numerator that is cut to it (metrics.md, rules 3 and 4).
DENOMINATORS: Mapping[str, tuple[str, str]] = {
    "bookable": ("inside", "bookable"),
    "open": ("inside", "open"),
    "calendar": ("owned", "calendar"),
    "rated": ("rated_used", "rated"),
    "survey": ("owned", "survey"),
}

# Measures that count instruments: what stands over one of them is over just these.
OF_INSTRUMENTS = ("instruments", "serving", "sharable")


def divides(definition: Definition) -> bool:
    """Whether what is below the line is time or the number of the same instruments, rather than one of events."""
    return MEASURES[definition.under].unit == HOURS or definition.under in OF_INSTRUMENTS


# Whose evidence is told under a figure, by its measure above the line: that of these very hours, or of all effective hours,
# where it is not kept apart; what is not here is not made of hours of use, and has none. With how its sums are called.
EVIDENCE: Mapping[str, str] = {
    "effective": "effective", "external": "external", "inside": "effective", "owned": "effective", "outside": "effective",
    "rated_used": "effective",
}  # fmt: skip
EVIDENCE_SUMS: Mapping[str, str] = {"effective": "by", "external": "external_by"}

_NO_HOURS = N_("none of these instruments had such hours in this period")

DEFINITIONS: Mapping[str, Definition] = {
    "utilization": Definition(
        N_("Utilization of bookable hours"),
        N_("Effective hours in bookable time ÷ bookable hours."), "inside", "bookable", missing=_NO_HOURS,
    ),
    "utilization_open": Definition(
        N_("Utilization of open hours"),
        N_("Effective hours in open time ÷ open hours."), "inside", "open", missing=_NO_HOURS,
    ),
    "utilization_calendar": Definition(
        N_("Utilization of calendar hours"),
        N_("Effective hours in service ÷ calendar hours."), "owned", "calendar", missing=_NO_HOURS,
    ),
    "utilization_rated": Definition(
        N_("Effective hours against rated hours"),
        N_("Effective hours in service ÷ rated hours, of instruments that have any; may exceed one."),
        "rated_used", "rated", missing=N_("no rated hours are set for these instruments"), version=2,
    ),
    "utilization_survey": Definition(
        N_("Effective hours against 1,600 hours a year"),
        N_("Effective hours in service ÷ rated hours of the national survey; may exceed one."),
        "owned", "survey", missing=_NO_HOURS,
    ),
    "open_share": Definition(
        N_("Open share"),
        N_("Open hours ÷ calendar hours. It stands beside utilization, because closing hours raises that."),
        "open", "calendar", missing=_NO_HOURS,
    ),
    "effective": Definition(N_("Effective hours"), MEASURES["effective"].words, "effective", unit=HOURS),
    "external": Definition(N_("External hours"), MEASURES["external"].words, "external", unit=HOURS),
    "outside": Definition(
        N_("Effective hours outside bookable time"), MEASURES["outside"].words, "outside", unit=HOURS
    ),
    "shared_by_hours": Definition(
        N_("Sharing rate by hours"),
        N_("External hours ÷ effective hours."), "external", "effective",
        missing=N_("nothing was used in this period"),
    ),
    "shared_by_count": Definition(
        N_("Sharing rate by count"),
        N_("Instruments that gave external service ÷ instruments fit for sharing."), "serving", "sharable",
        missing=N_("none of these instruments is fit for sharing"),
    ),
    "unused": Definition(N_("Reserved but unused hours"), MEASURES["unused"].words, "unused", unit=HOURS),
    "no_show_rate": Definition(
        N_("No-show rate"), N_("No-shows ÷ reservations live at their start."), "no_shows", "reservations",
        missing=N_("there were no reservations in this period"),
    ),
    "late_cancelled": Definition(
        N_("Late cancellations"), MEASURES["late_cancelled"].words, "late_cancelled", unit=COUNT
    ),
    "lead_time": Definition(
        N_("Booking lead time"), N_("Mean time from booking to start."), "lead", "lead_known", HOURS,
        N_("there were no reservations in this period"),
    ),
    "downtime_share": Definition(
        N_("Downtime share"), N_("Downtime ÷ open hours."), "down", "open", missing=_NO_HOURS
    ),
    "between_failures": Definition(
        N_("Mean time between failures"), N_("Bookable hours ÷ failures."), "bookable", "repairs", HOURS,
        N_("nothing failed in this period"),
    ),
    "uses": Definition(N_("Uses"), MEASURES["uses"].words, "uses", unit=COUNT),
    "samples": Definition(N_("Samples handled"), MEASURES["samples"].words, "samples", unit=COUNT),
    "per_instrument": Definition(
        N_("Effective hours per instrument"), N_("Effective hours ÷ instruments in service."),
        "effective", "instruments", HOURS, N_("no instrument was in service in this period"),
    ),
    "external_per_instrument": Definition(
        N_("External hours per instrument"), N_("External hours ÷ instruments in service."),
        "external", "instruments", HOURS, N_("no instrument was in service in this period"),
    ),
}  # fmt: skip

# What stands on a dashboard beside these: different ones, counted once over all instruments together, and amounts of charges.
# None is a sum of measures, so none has anything below the line.
SERVED: Mapping[str, Definition] = {
    "users": Definition(
        N_("Users served"),
        N_("Different persons who began a use in the period; who used several instruments counts once."),
        "users", unit=COUNT,
    ),
    "groups": Definition(
        N_("Groups served"),
        N_("Different groups with effective hours, uses or samples in the period, of whichever institution or company."),
        "groups", unit=COUNT,
    ),
    "institutions": Definition(
        N_("Institutions served"),
        N_(
            "Different institutions whose people had effective hours, uses or samples in the period, the owner among them;"
            " companies are counted apart."
        ),
        "institutions", unit=COUNT,
    ),
    "companies": Definition(
        N_("Companies served"),
        N_("Different companies with effective hours, uses or samples in the period; what they had stands together."),
        "companies", unit=COUNT,
    ),
}  # fmt: skip
EARNED: Mapping[str, Definition] = {
    "charged": Definition(
        N_("Charged, before tax"),
        N_(
            "Posted charges for services of the period, before tax, by the day of the service, less what took them back; what"
            " was waived or written off is no less."
        ),
        "charged", unit=MONEY,
    ),
    "charged_outside": Definition(
        N_("Charged to others, before tax"),
        N_("Of what was charged, what another than the owner of the instrument bears."),
        "charged_outside", unit=MONEY,
    ),
}  # fmt: skip
BESIDE: Mapping[str, Definition] = {**SERVED, **EARNED}
