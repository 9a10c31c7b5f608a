"""The names of fields that a deed says it changed: of a use, of what statements say, and of columns of files."""

from __future__ import annotations

from collections.abc import Mapping

from instruments.charges.closing.exporting import COLUMNS as OF_JOURNAL
from instruments.charges.closing.invoicing.file import COLUMNS as OF_INVOICES
from instruments.errors import N_
from instruments.usage.words import FACT_WORDS

OF_USE: Mapping[str, str] = {
    **FACT_WORDS,
    "rating": N_("Rating"),
    "rating_words": N_("What the lab should know"),
    "counts": N_("Counted"),
    "fault_minutes": N_("Minutes of the lab’s fault"),
    "fault_reason": N_("Why it is the lab’s fault"),
}
OF_BILLING: Mapping[str, str] = {
    "title_zh": N_("Name on statements, Chinese"),
    "title_en": N_("Name on statements, English"),
    "address_zh": N_("Address, Chinese"),
    "address_en": N_("Address, English"),
    "contact": N_("Whom to ask"),
    "tax_number": N_("Tax number"),
    "bank": N_("Bank"),
    "bank_account": N_("Account"),
    "exemption": N_("Tax exemption"),
    "note_zh": N_("Note at the end, Chinese"),
    "note_en": N_("Note at the end, English"),
    "reminder_days": N_("Days after which payers are reminded"),
    "due_days": N_("Days to pay"),
    "objection_days": N_("Days to object"),
}
FIELDS: Mapping[str, str] = {**OF_USE, **OF_BILLING}
COLUMNS: Mapping[str, str] = {
    code: words for known in (OF_INVOICES, OF_JOURNAL) for code, (words, _) in known.items()
}
