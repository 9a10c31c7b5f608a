"""What a page does with a refusal: nothing half done is kept, and its reasons are shown where the page can show them."""

from __future__ import annotations

from flask import flash

from instruments.database import db
from instruments.errors import Refusal
from instruments.web.reasons import in_full

# Not allowed, in the way of something, changed meanwhile, wrongly filled in. What is not there has a page of its own.
SHOWN = (403, 409, 412, 422)


def show_or_raise(refusal: Refusal, *statuses: int) -> Refusal:
    """Take back what was half done; the refusal, for a page that shows these statuses (SHOWN). Others are raised again."""
    db.session.rollback()
    if refusal.status not in (statuses or SHOWN):
        raise refusal
    return refusal


def flash_reasons(refusal: Refusal, tone: str = "bad") -> None:
    """Say every reason, each once, at the head of the page that is shown next."""
    flash(" ".join(dict.fromkeys(map(in_full, refusal.reasons))), tone)


def flash_or_raise(refusal: Refusal, *statuses: int) -> None:
    """Take back what was half done and say every reason on the next page, where that is of these statuses."""
    flash_reasons(show_or_raise(refusal, *statuses))
