"""The names under which the details of journal entries are shown."""

from __future__ import annotations

from collections.abc import Mapping

from instruments.availability import day_words, kinds
from instruments.availability.announced import REGIONS
from instruments.catalog.columns import BY_KEY
from instruments.charges.states import NAMES as CHARGE_KINDS
from instruments.errors import N_
from instruments.people import words
from instruments.people.tokens import SCOPES
from instruments.qualifications.needs import LEVEL_WORDS
from instruments.reservations.limits import LIMITS
from instruments.web.language import LANGUAGES

# Details that only programs need: the entry names the thing itself, or links to it.
LEFT_OUT = frozenset(
    {"closure", "fault", "import_run", "before", "scope_id", "owner_ids", "dispute_id", "units", "currency"}
)

# Instants, kept as epoch seconds.
MOMENTS = frozenset({"due_at", "expires_at"})

# What names a thing by its number: {detail: kind of thing}.
REFERENCES: Mapping[str, str] = {
    "user_id": "person",
    "from_user_id": "person",
    "to_user_id": "person",
    "head_id": "person",
    "adviser_id": "person",
    "deputy_id": "person",
    "instrument_id": "instrument",
    "asker_id": "person",
    "asked_by_id": "person",
    "raised_by_id": "person",
    "fund_id": "fund",
    "reservation_id": "reservation",
    "lab_id": "lab",
    "group_id": "group",
    "second_id": "person",
    "institution_id": "institution",
    "technique_id": "technique",
}
MINUTES = frozenset(name for name in (*LIMITS, "above_minutes") if name.endswith("_minutes"))

LABELS: Mapping[str, str] = {
    "user_id": N_("User"),
    "from_user_id": N_("Former user"),
    "to_user_id": N_("New user"),
    "head_id": N_("Head"),
    "adviser_id": N_("Adviser"),
    "deputy_id": N_("Deputy"),
    "instrument_id": N_("Instrument"),
    "second_id": N_("Second person"),
    "institution_id": N_("Institution"),
    "technique_id": N_("Technique"),
    "level": N_("Level"),
    "night_level": N_("Level at night"),
    "night_from": N_("Night begins"),
    "night_until": N_("Night ends"),
    "days_off": N_("Days off are night"),
    "admission": N_("Safety admission needed"),
    "two_at_night": N_("Two people at night"),
    "two_if_hazardous": N_("Two people with hazardous samples"),
    "hazardous": N_("Hazardous samples"),
    "exam": N_("Exam"),
    "asker_id": N_("Asked by"),
    "reservation_id": N_("Reservation"),
    "class_code": N_("Class"),
    "lab_id": N_("Lab"),
    "group_id": N_("Group"),
    "scope": N_("On"),
    "role": N_("Role"),
    "when": N_("When"),
    "from": N_("From"),
    "to": N_("To"),
    "until": N_("Until"),
    "ends_on": N_("Last day"),
    "reason": N_("Reason"),
    "note": N_("Note"),
    "kind": N_("Kind"),
    "week": N_("Hours"),
    "times": N_("Hours"),
    "days": N_("Days"),
    "days_added": N_("Days added"),
    "days_changed": N_("Days changed"),
    "days_removed": N_("Days removed"),
    "year": N_("Year"),
    "region": N_("Follows"),
    "takes": N_("Hours"),
    "season": N_("Season"),
    "dates": N_("Dates"),
    "purpose": N_("Purpose"),
    "title": N_("Title"),
    "shows_name": N_("Name shown to others"),
    "name": N_("Name"),
    "name_en": N_("English name"),
    "name_zh": N_("Chinese name"),
    "number": N_("Number"),
    "mail": N_("E-mail"),
    "phone": N_("Phone"),
    "orcid": N_("ORCID iD"),
    "language": N_("Language"),
    "zone": N_("Time zone"),
    "ror": N_("ROR id"),
    "credit_code": N_("Credit code"),
    "province_en": N_("Province (English)"),
    "province_zh": N_("Province (Chinese)"),
    "address": N_("Address"),
    "website": N_("Website"),
    "domains": N_("Mail domains"),
    "scopes": N_("May"),
    "roles": N_("Roles that end"),
    "photo": N_("Photo"),
    "file": N_("File"),
    "new": N_("New"),
    "changed": N_("Changed"),
    "same": N_("Same"),
    "refused": N_("Refused"),
    "cells": N_("Cells changed"),
    "faults": N_("Faults"),
    "places_closed": N_("Places closed"),
    "opened": N_("Hours given to"),
    "grid_minutes": N_("Grid"),
    "shortest_minutes": N_("Shortest"),
    "longest_minutes": N_("Longest"),
    "lead_minutes": N_("Lead time"),
    "horizon_days": N_("Horizon, in days"),
    "suspended_days": N_("Suspended, in days"),
    "due_at": N_("Answer due"),
    "expires_at": N_("Offer stands until"),
    "proposed": N_("After a proposal"),
    "own_rule": N_("Own rule"),
    "for_lab": N_("Approval for the lab itself"),
    "for_institution": N_("Approval for its institution"),
    "for_partners": N_("Approval for partners"),
    "for_companies": N_("Approval for companies"),
    "above_minutes": N_("Longer than"),
    "managers_only": N_("Managers only"),
    "deadline_hours": N_("Deadline, in hours"),
    "own_together": N_("Several at once"),
    "buffer_minutes": N_("Buffer after"),
    "before_minutes": N_("Buffer before"),
    "cutoff_minutes": N_("Cut-off"),
    "consecutive_minutes": N_("In a row"),
    "lab_days": N_("Own lab, in days"),
    "institution_days": N_("Own institution, in days"),
    "partners_days": N_("Universities and institutes, in days"),
    "companies_days": N_("Companies, in days"),
    "names_seen": N_("Names seen"),
    "payer_named": N_("Who pays is named"),
    "amount": N_("At most"),
    "measured": N_("Measured in"),
    "per": N_("Period"),
    "holder": N_("Counted together for"),
    "over": N_("On"),
    "circles": N_("Applies to"),
    "peak": N_("Peak time"),
    "short_notice_hours": N_("Short notice, in hours"),
    "together": N_("Instruments changed together"),
    "money": N_("Amount"),
    "what": N_("Looked at"),
    "asked_by_id": N_("Asked by"),
    "raised_by_id": N_("Disputed by"),
    "fund_id": N_("Fund"),
    "reversal_id": N_("Reversal"),
}

CODES: Mapping[str, Mapping[str, str]] = {
    "level": LEVEL_WORDS,
    "night_level": LEVEL_WORDS,
    "role": words.ROLES,
    "kind": {
        **words.PERSON_KINDS,
        **words.INSTITUTION_KINDS,
        **kinds.WORDS,
        **CHARGE_KINDS,
    },
    "scope": {**words.THINGS, "platform": N_("Platform")},
    "scopes": SCOPES,
    "measured": {"hours": N_("Hours"), "count": N_("Reservations")},
    "per": {
        "day": N_("a day"),
        "week": N_("a week"),
        "month": N_("a month"),
        "year": N_("a year"),
        "future": N_("held in future"),
    },
    "holder": {"person": N_("Person"), "group": N_("Group"), "institution": N_("Institution")},
    "over": {
        "instrument": N_("Instrument"),
        "class": N_("Class"),
        "lab": N_("Lab"),
        "catalogue": N_("All labs of the institution together"),
    },
    "names_seen": {
        "nobody": N_("Nobody but the lab"),
        "group": N_("Members of the same group"),
        "institution": N_("Members of the same institution"),
        "everybody": N_("Everybody who is signed in"),
    },
    "payer_named": {
        "after_use": N_("After the use at the latest"),
        "when_booked": N_("When it is booked"),
    },
    "what": {
        "trial_balance": N_("Trial balance"),
        "funds": N_("Funds"),
        "list": N_("Funds"),
        "proof": N_("Proof of an admission"),
    },
    "language": LANGUAGES,
    "region": REGIONS,
    "takes": day_words.TAKES,
}


def label(name: str) -> str:
    """The English name of a detail, to be translated."""
    if name in LABELS:
        return LABELS[name]
    return BY_KEY[name].en if name in BY_KEY else name.replace("_", " ")
