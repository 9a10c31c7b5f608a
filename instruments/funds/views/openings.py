"""Opening balances of many funds from a file: see what each row would do, then bring all of them in."""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson
from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import ngettext
from werkzeug.datastructures import FileStorage

from instruments.catalog.views.uploads import chosen_file, to_read
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.funds.opening_files import (
    NEW,
    OUTCOMES,
    bring_in_all,
    check_openings,
    mark_of,
)
from instruments.funds.opening_reading import COLUMNS, MOST_ROWS, read_openings
from instruments.funds.views.doors import pages
from instruments.people.models import Institution
from instruments.people.rights import Action, Actor, Scope
from instruments.people.signing import require
from instruments.web import clock
from instruments.web.language import in_language
from instruments.web.limits import limiter
from instruments.web.reasons import by_field, in_full
from instruments.web.refusals import show_or_raise

ADDRESS = "/institutions/<int:institution_id>/ledger/openings"


@pages.get(ADDRESS)
def openings(institution_id: int) -> str:
    """Choose a file."""
    return _page(books_of(institution_id)[0], {})


@pages.post(ADDRESS)
@limiter.limit("30 per hour")
def bring_openings(institution_id: int) -> ResponseReturnValue:
    """Read the file and show what it would do; or, with its rows sent back as they were seen, bring them in."""
    home, actor = books_of(institution_id)
    now, form, seen = clock.now(), request.form, request.form.get("seen", "")
    try:
        if not seen:
            file = chosen_file()
            return _page(home, {}, rows=rows_of(file), name=file.filename or "")
        rows = _sent_back(form.get("rows", ""))
        made = perform(lambda: bring_in_all(actor, institution_id, rows, seen, now))
    except Refusal as refusal:
        show_or_raise(refusal, 412, 422)
        return _page(books_of(institution_id)[0], by_field(refusal)), refusal.status
    words = ngettext(
        "%(num)s opening balance is in the books.", "%(num)s opening balances are in the books.", made
    )
    flash(words, "free")
    return redirect(f"/institutions/{institution_id}/ledger", 303)


def books_of(institution_id: int) -> tuple[Institution, Actor]:
    """The institution, for who posts in its books."""
    home = db.session.get(Institution, institution_id)
    if home is None:
        raise NotFound([Reason("no_institution", None, N_("There is no such institution."))])
    return home, require(Action.LEDGER_POST, Scope(institution_id))


def rows_of(file: FileStorage) -> list[dict[str, Any]]:
    """The rows of a file that was sent, read in a process of its own. Raises Refusal."""
    with to_read(file) as path:
        return read_openings(path)


def _sent_back(text: str) -> list[dict[str, Any]]:
    """The rows as the page gave them; whatever else was sent is a file that cannot be read."""
    try:
        rows = orjson.loads(text)
        return [
            {"row": int(row["row"]), **{name: str(row.get(name, "")) for name in COLUMNS}}
            for row in rows[:MOST_ROWS]
        ]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Refusal([Reason("no_file", "file", N_("Choose a file."))]) from error


def _page(
    home: Institution, reasons: dict[str, list[str]], rows: list[dict[str, Any]] | None = None, name: str = ""
) -> str:
    found = check_openings(home.id, rows) if rows else []
    counts = Counter(each.outcome for each in found)
    return render_template(
        "funds/openings.html",
        home=home,
        house=in_language(home.name_en, home.name_zh),
        reasons=reasons,
        name=name,
        rows=[(each, [in_full(reason) for reason in each.reasons]) for each in found],
        counts={outcome: counts.get(outcome, 0) for outcome in OUTCOMES},
        takes=counts.get(NEW, 0) if not counts.get("refused") else 0,
        sent=orjson.dumps(rows or []).decode(),
        seen=mark_of(found),
    )
