"""The words for the codes that stand in details of journal entries, and which details hold what people wrote themselves."""

from __future__ import annotations

from collections.abc import Mapping

from instruments.availability import day_words, kinds
from instruments.availability.announced import REGIONS
from instruments.charges.closing.invoicing.wanted import TYPES
from instruments.charges.states import NAMES as CHARGE_KINDS
from instruments.errors import N_
from instruments.funds import words as fund_words
from instruments.pages.field_words import COLUMNS
from instruments.people import words
from instruments.people.tokens import SCOPES
from instruments.qualifications.needs import LEVEL_WORDS
from instruments.rates.words import CLASS_WORDS
from instruments.usage.funding import FUNDING_SOURCES
from instruments.usage.kinds import FLAGS, LAYER_WORDS, MODE_WORDS
from instruments.usage.outputs import WORDS as OUTPUT_WORDS
from instruments.usage.words import KIND_WORDS as USE_KINDS
from instruments.utilization.definitions import DEFINITIONS
from instruments.utilization.purchases.views.words import CONCLUSION_WORDS
from instruments.web.language import LANGUAGES

CODES: Mapping[str, Mapping[str, str]] = {
    "level": LEVEL_WORDS,
    "night_level": LEVEL_WORDS,
    "role": words.ROLES,
    "kind": {
        **words.PERSON_KINDS,
        **words.INSTITUTION_KINDS,
        **kinds.WORDS,
        **fund_words.ACCOUNTS,
        **fund_words.KINDS,
        **OUTPUT_WORDS,
        **USE_KINDS,
        **CHARGE_KINDS,
        "hours": N_("Opening hours"),
        "logs": N_("Instrument logs"),
        "outputs": N_("Outputs and awards"),
    },
    "scope": {**words.THINGS, "platform": N_("Platform")},
    "scopes": SCOPES,
    "measured": {"hours": N_("Reserved hours"), "count": N_("Reservations")},
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
        "income": N_("Income"),
        "journal": N_("Journal"),
        "month": N_("Month end"),
        "invoices": N_("Invoices"),
        "blue invoices": N_("Invoices"),
        "red invoices": N_("Red letters"),
        "payments": N_("Payments"),
        "overdue": N_("Overdue"),
        "settlements": N_("Settlements"),
        "settlement with": N_("Settlements"),
        "statements": N_("Statements"),
        "formal quotes": N_("Formal quotes"),
        "claims": N_("Claims"),
        "burn-down": N_("Burn-down"),
        "months": N_("Month end"),
        "price": N_("Price"),
        "group costs": N_("Costs of the group"),
        "lab income": N_("Income of the lab"),
        "not charged": N_("Not charged yet"),
        "owed": N_("What is owed to it"),
        "borne": N_("What it bears"),
        "to come": N_("Statements to come"),
        "payment": N_("Payment"),
    },
    # Why the ledger took something back, where nobody wrote a reason.
    "reason": {"unmatched": N_("Payment taken off a statement")},
    "layer": LAYER_WORDS,
    "flags": FLAGS,
    "language": LANGUAGES,
    "region": REGIONS,
    "takes": day_words.TAKES,
    "check_in": {"off": N_("Off"), "optional": N_("Optional"), "required": N_("Required")},
    "class": CLASS_WORDS,
    "base": CLASS_WORDS,
    "columns": COLUMNS,
    "mode": MODE_WORDS,
    "funding_source": FUNDING_SOURCES,
    "colour": {"blue": N_("Invoice"), "red": N_("Red letter")},
    "conclusion": CONCLUSION_WORDS,
    "file": {"usual": N_("Journal"), "invoices": N_("Invoices"), "red_invoices": N_("Red letters")},
    "figure": {code: each.name for code, each in DEFINITIONS.items()},
    "payer": words.THINGS,
    "reporter": {
        "lab": N_("Lab"),
        "rule": N_("The lab’s rule"),
        "person": N_("Person"),
        "file": N_("Instrument logs"),
    },
    "source": fund_words.SOURCES,
    "payer_kinds": fund_words.PAYERS,
    "line_kind": fund_words.LINES,
    "line_kinds": fund_words.LINES,
    "lines": fund_words.LINES,
    "type": TYPES,
}

# What people wrote, or what is called so: shown as it stands.
OWN_WORDS = frozenset({
    "sheet", "personal", "left_out",
    "reason", "note", "name", "name_en", "name_zh", "title", "file", "number", "reference",
    "said", "code", "class_code", "class_codes", "address", "domains", "mail", "phone", "contact_phone",
    "city_en", "city_zh", "host", "season", "period", "value", "why",
})  # fmt: skip
# Several codes in one text, or what has its own way to be told (detail_texts.IN_WORDS).
PUT_TOGETHER = frozenset({
    "days_added", "days_changed", "days_removed",
    "purpose", "week", "peak", "times", "what", "form", "reporter", "circles", "rules", "scopes", "days", "before", "owner",
    "changed", "fields",
})  # fmt: skip
