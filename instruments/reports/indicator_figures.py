"""The figures that a workbook of indicators can hold, with their definitions: figures and gaps, and no score. Pure.

The weights of the assessment are not published, so nothing here is weighed. Hours are those of statutory forms: by the
clock, any session running.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from instruments.errors import N_
from instruments.reports.form import COUNT, HOURS, MONEY, SHARE

# What the n of a figure counts: mostly the instruments that it is of, also where the figure itself counts something else.
OF_INSTRUMENTS, OF_RATINGS = "instruments", "ratings"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a figure means, in which unit it is, and by which version of its definition; decimals: where not as usual.

    counts: what its n counts.
    """

    unit: str
    words: str
    version: int = 1
    decimals: int | None = None
    counts: str = OF_INSTRUMENTS


FIGURES: Mapping[str, Meaning] = {
    "instruments": Meaning(COUNT, N_("Instruments in service on the last day, from the threshold on."), 2),
    "in_network": Meaning(
        SHARE, N_("Instruments with a national number, or filed here, ÷ instruments from the threshold on."), 2
    ),
    "opened": Meaning(
        SHARE, N_("Instruments open to partners or companies ÷ instruments from the threshold on."), 2
    ),
    "bookable": Meaning(SHARE, N_("Instruments with open hours in the period ÷ instruments from the threshold on.")),
    "operators": Meaning(COUNT, N_("Managers and operators of labs on the day the report is worked out.")),
    "instruments_per_operator": Meaning(
        COUNT, N_("Instruments from the threshold on ÷ managers and operators."), 2, decimals=1
    ),
    "booked_online": Meaning(SHARE, N_("Uses with a reservation or a check-in here ÷ uses that began in the period.")),
    "effective_a_year": Meaning(HOURS, N_("Effective hours by the clock ÷ instruments ÷ years of the period.")),
    "external_a_year": Meaning(HOURS, N_("External hours by the clock ÷ instruments ÷ years of the period.")),
    "shared_by_hours": Meaning(SHARE, N_("External hours ÷ effective hours, both by the clock.")),
    "shared_by_count": Meaning(SHARE, N_("Instruments that gave external service ÷ instruments fit for sharing.")),
    "idle": Meaning(SHARE, N_("Instruments without any effective hour in the period ÷ instruments.")),
    "down": Meaning(SHARE, N_("Downtime ÷ open hours.")),
    "papers": Meaning(COUNT, N_("Indexed papers and papers in core journals of the calendar years.")),
    "patents": Meaning(COUNT, N_("Invention patents of the calendar years.")),
    "awards": Meaning(COUNT, N_("National and provincial awards of the calendar years.")),
    "projects": Meaning(COUNT, N_("Different projects named with uses that began in the period.")),
    "national_projects": Meaning(COUNT, N_("Of them, projects paid by the central government.")),
    "institutions_served": Meaning(COUNT, N_("Other institutions whose uses began in the period.")),
    "companies_served": Meaning(COUNT, N_("Companies whose uses began in the period.")),
    "external_income": Meaning(
        MONEY,
        N_(
            "Charged in the period by the day of the service, before tax, borne by others than the owner, of instruments from "
            "the threshold on. The annual summary counts by the day on which statements were issued, with tax, of all "
            "instruments."
        ),
    ),
    "rating": Meaning(
        COUNT, N_("Mean of the ratings from 1 to 5 that users of other institutions gave."), decimals=2, counts=OF_RATINGS
    ),
    "domestic_by_count": Meaning(SHARE, N_("Instruments made in China ÷ instruments whose country is known."), 2),
    "domestic_by_value": Meaning(SHARE, N_("Value of instruments made in China ÷ value of those whose country is known."), 2),
}  # fmt: skip
