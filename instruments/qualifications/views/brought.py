"""What the pages of lists that were brought have in common: the rows by what becomes of them, and the taking over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from flask import flash, request
from flask_babel import gettext

from instruments.catalog.listed_files import DAYS_UNREAD
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal, Stale
from instruments.qualifications.list_checking import CHANGED, NEW, OUTCOMES
from instruments.qualifications.list_reading import heads_unread
from instruments.qualifications.list_versions import different, seen_of
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


def report_of(kept: BroughtList, rows: Sequence[Any], before: str | None = None) -> dict[str, Any]:
    """What the template of a list shows of its rows: those that need somebody first, or those that were asked for.

    before: what a page before said that the list does, where that is not true any more: what is different comes first.
    """
    others = different(rows, before) if before is not None else set()
    counts = Counter(row.outcome for row in rows)
    shown = request.args.get("show", "")
    chosen = [row for row in rows if row.outcome == shown] if shown in OUTCOMES else rows
    order = {outcome: place for place, outcome in enumerate(reversed(OUTCOMES))}
    return {
        "counts": {outcome: counts.get(outcome, 0) for outcome in OUTCOMES},
        "shown": shown if shown in OUTCOMES else "",
        "rows": [
            (row, [sentence(reason) for reason in row.reasons])
            for row in sorted(chosen, key=lambda row: (row.row not in others, order[row.outcome], row.row))[
                :MOST_SHOWN
            ]
        ],
        "more": max(len(chosen) - MOST_SHOWN, 0),
        "unread": heads_unread(kept.rows),
        "seen": seen_of(kept, rows),
        "different": others,
        "takes": counts.get(NEW, 0) + counts.get(CHANGED, 0),
    }


def taken_over(act: Callable[[str], tuple[int, int]]) -> Stale | None:
    """Do it where the list does what the form was shown with, and say on the next page how much it was, or why it was not.

    Answers the refusal where the list would do something else now: the page shows it anew. A form that does not say what was
    shown is as one of another list.
    """
    try:
        added, changed = perform(lambda: act(request.form.get("seen", "")))
    except Stale as stale:
        db.session.rollback()
        return stale
    except Refusal as refusal:
        flash_or_raise(refusal, 422)
        return None
    words = gettext(
        "Taken over: %(added)s new, %(changed)s changed.",
        added=formats.count(added),
        changed=formats.count(changed),
    )
    flash(words, "free")
    return None
