"""A framework agreement on paper: its text as it was published, and when a payer accepted it."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext

from instruments.documents.paper import Paper, Paragraphs
from instruments.people.models import Institution
from instruments.reservations.formal_quotes.printing import letterhead, page_of, paper_language
from instruments.reservations.formal_quotes.words import in_years
from instruments.web.language import in_language


def agreement_paper(
    row: Any, institution: Institution, payer: str, accepted: Any, *, holds: bool, zone: str
) -> Paper:
    """The agreement in the reader's language. row, accepted: of `agreements`, accepted None for nobody; payer: for whom."""
    title = gettext("Framework agreement No. %(number)s", number=row.number)
    name = in_language(institution.name_en, institution.name_zh)
    facts = [(gettext("Published"), in_years(row.published_at, zone))]
    if accepted is not None:
        facts += [(gettext("Accepted"), in_years(accepted.accepted_at, zone)), (gettext("For"), payer)]
    text = in_language(row.text_en, row.text_zh)
    return Paper(
        paper_language(),
        title,
        letterhead(institution, (payer,) if payer else ()),
        tuple(facts),
        (Paragraphs(tuple(line for line in text.splitlines() if line.strip())),),
        "" if holds else gettext("Replaced"),
        f"{title} · {name}",
        page_of(),
    )
