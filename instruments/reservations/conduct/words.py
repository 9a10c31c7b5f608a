"""What a violation and the lab's rule on its kind are called, in the reader's language."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext, ngettext

from instruments.reservations.conduct.recording import last_day
from instruments.reservations.conduct.rules import IN_FORCE, LIFTED, UPHELD, WITHDRAWN, Consequence
from instruments.web import formats
from instruments.web.language import in_language


def kind_name(row: Any) -> str:
    """The name of a kind, or of the kind as a violation keeps it."""
    if hasattr(row, "kind_en"):
        return in_language(row.kind_en, row.kind_zh)
    return in_language(row.name_en, row.name_zh)


def rule_words(rule: Consequence) -> str:
    """What it leads to: suspended for how long from the how-manieth, and when it expires."""
    expires = ngettext("expires after %(num)s day", "expires after %(num)s days", rule.expires_days)
    if not rule.suspended_days:
        return gettext("No suspension; %(expires)s", expires=expires)
    days = ngettext(
        "Suspended for %(num)s day", "Suspended for %(num)s days", rule.suspended_days
    )  # fmt: skip
    if rule.after > 1:
        return gettext(
            "%(days)s once %(count)s of them stand; %(expires)s",
            days=days, count=formats.count(rule.after), expires=expires,
        )  # fmt: skip
    return gettext("%(days)s; %(expires)s", days=days, expires=expires)


def state_mark(row: Any, now: datetime) -> tuple[str, str, str]:
    """How it stands now: words, tone and picture of the mark."""
    if row.state == WITHDRAWN:
        return gettext("Withdrawn"), "", "undo-2"
    if row.state == LIFTED:
        return gettext("Lifted on appeal"), "free", "circle-check"
    if row.expires_at <= now:
        return gettext("Expired"), "", "check"
    if row.state == UPHELD:
        return gettext("Upheld on appeal"), "warn", "triangle-alert"
    if row.appealed_at is not None:
        return gettext("Appeal waits for an answer"), "accent", "hourglass"
    return gettext("Stands"), "warn", "triangle-alert"


def stands(row: Any, now: datetime) -> bool:
    """Whether it still counts."""
    return row.state in IN_FORCE and row.expires_at > now


def suspension_words(row: Any, now: datetime) -> str:
    """Until when it suspends; empty where it does not, or not any more."""
    if row.suspended_until is None or row.suspended_until <= now or not stands(row, now):
        return ""
    day = last_day(row.suspended_until, ZoneInfo(row.zone))
    return gettext("Suspended until the end of %(day)s", day=formats.day(day))
