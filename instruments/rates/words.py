"""The names under which prices are shown: classes, modes, units, what counts, states; pure but for the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from instruments.errors import N_
from instruments.people.customer import (
    ABROAD,
    COMPANY,
    INDIVIDUAL,
    OWN_INSTITUTION,
    OWN_LAB,
    PARTNER,
    PUBLIC,
)
from instruments.rates.card import (
    DAY,
    HOUR,
    ITEM,
    LONGER,
    OPERATOR_HOUR,
    RESERVED,
    SAMPLE,
    STARTED_DAY,
    USE,
    USED,
)
from instruments.rates.terms import (
    ASSISTED,
    DRAFT,
    MINIMUM_OF_TIME,
    PROPOSED,
    PUBLISHED,
    SELF,
    SERVICE,
    WITHDRAWN,
)

CLASS_WORDS: Mapping[str, str] = {
    OWN_LAB: N_("Own lab"),
    OWN_INSTITUTION: N_("Own institution"),
    PARTNER: N_("Partner institutions"),
    PUBLIC: N_("Other public bodies"),
    COMPANY: N_("Companies"),
    INDIVIDUAL: N_("Individuals"),
    ABROAD: N_("From abroad"),
}
MODE_WORDS: Mapping[str, str] = {
    SELF: N_("Operated by the user"),
    ASSISTED: N_("With an operator beside the user"),
    SERVICE: N_("Operated by the lab"),
}
UNIT_WORDS: Mapping[str, str] = {
    HOUR: N_("per hour"),
    DAY: N_("per day touched"),
    STARTED_DAY: N_("per 24 hours begun"),
    USE: N_("per use"),
    SAMPLE: N_("per sample"),
    ITEM: N_("per item"),
    OPERATOR_HOUR: N_("operator, per hour"),
    MINIMUM_OF_TIME: N_("at least for the time"),
}
BASIS_WORDS: Mapping[str, str] = {
    USED: N_("The time that was used"),
    RESERVED: N_("The time that was reserved"),
    LONGER: N_("Reserved and used time together"),
}
STATE_WORDS: Mapping[str, str] = {
    DRAFT: N_("Draft"),
    PROPOSED: N_("Waits for approval"),
    PUBLISHED: N_("Published"),
    WITHDRAWN: N_("Withdrawn"),
}
DAY_WORDS: Mapping[str, str] = {
    "workday": N_("Workdays"),
    "rest": N_("Rest days"),
    "holiday": N_("Statutory holidays"),
}
FIELD_WORDS: Mapping[str, str] = {
    "currency": N_("Currency"),
    "basis": N_("What counts"),
    "increment": N_("Counted in steps of"),
    "operator_increment": N_("Operator counted in steps of"),
    "operator_windows": N_("Windows hold for the operator, too"),
    "overrun": N_("After the reserved end"),
    "note": N_("Remark"),
    "late_percent": N_("Late cancellation"),
    "free_hours": N_("Free until so many hours before"),
    "no_show_percent": N_("No-show"),
    "windows": N_("Windows"),
}
