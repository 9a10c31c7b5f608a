"""What the pages of lists that were brought have in common: the rows by what becomes of them, and the taking over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from flask import flash, request
from flask_babel import gettext

from instruments.catalog.listed_files import DAYS_UNREAD
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.qualifications.list_checking import CHANGED, NEW, OUTCOMES
from instruments.qualifications.list_reading import heads_unread
from instruments.qualifications.models import BroughtList
from instruments.web import formats
from instruments.web.reasons import sentence
from instruments.web.refusals import flash_or_raise

MOST_SHOWN = 200


def columns_to_leave(refusal: Refusal | None) -> list[tuple[str, bool]]:
    """The columns that a form offers to leave out, and whether that was ticked: those that were refused, and those that a
    file which was refused for another reason may have, too."""
    ticked = [head for head in request.form.getlist("leave_out") if head]
    refused = (
        [str(each.values["column"]) for each in refusal.reasons if each.code == DAYS_UNREAD]
        if refusal
        else []
    )
    return [(head, head in ticked) for head in dict.fromkeys([*ticked, *refused])]


def report_of(kept: BroughtList, rows: Sequence[Any]) -> dict[str, Any]:
    """What the template of a list shows of its rows: those that need somebody first, or those that were asked for."""
    counts = Counter(row.outcome for row in rows)
    shown = request.args.get("show", "")
    chosen = [row for row in rows if row.outcome == shown] if shown in OUTCOMES else rows
    order = {outcome: place for place, outcome in enumerate(reversed(OUTCOMES))}
    return {
        "counts": {outcome: counts.get(outcome, 0) for outcome in OUTCOMES},
        "shown": shown if shown in OUTCOMES else "",
        "rows": [
            (row, [sentence(reason) for reason in row.reasons])
            for row in sorted(chosen, key=lambda row: (order[row.outcome], row.row))[:MOST_SHOWN]
        ],
        "more": max(len(chosen) - MOST_SHOWN, 0),
        "unread": heads_unread(kept.rows),
        "takes": counts.get(NEW, 0) + counts.get(CHANGED, 0),
    }


def taken_over(act: Callable[[], tuple[int, int]]) -> None:
    """Do it, and say on the next page how much it was, or why it was not."""
    try:
        added, changed = perform(act)
    except Refusal as refusal:
        flash_or_raise(refusal, 422)
        return
    words = gettext(
        "Taken over: %(added)s new, %(changed)s changed.",
        added=formats.count(added),
        changed=formats.count(changed),
    )
    flash(words, "free")
