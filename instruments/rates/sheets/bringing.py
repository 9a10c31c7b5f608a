"""Bring a sheet of prices: read it, keep it with what it would do, and draft what it says in one deed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson

from instruments.catalog.refused_files import read_apart
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal, Stale
from instruments.people.models import Lab
from instruments.people.rights import Action, Actor
from instruments.rates import drafting, publishing
from instruments.rates.changing import lock_cards
from instruments.rates.models import PriceSheet, RateVersion
from instruments.rates.owners import CardOwner, note, owner_of, require_on
from instruments.rates.sheets import reading
from instruments.rates.sheets.checking import Checked, CheckedList, check
from instruments.rates.sheets.whose import code_of

OWN_SENTENCES = {
    "file_empty": (
        N_("The file is empty."),
        N_("Export the prices of the lab, or take the template, and fill it in."),
    ),
    "no_columns": (
        N_("No row of the file names the columns of a price sheet. It begins with: %(header)s."),
        N_("Begin with the header row of the export or of the template."),
    ),
    "no_rows": (N_("Below the header the file has no row."), N_("Add a row for each price.")),
}


def read_sheet(path: Path) -> Mapping[str, Any]:
    """The header and the rows of a sheet, read in a process of its own. Raises Refusal for a file that is none."""
    return read_apart(reading.answer, path, sentences=OWN_SENTENCES)


def keep_sheet(
    actor: Actor, lab: Lab, file_name: str, read: Mapping[str, Any], since: date | None, now: datetime
) -> PriceSheet:
    """Keep what was read until it is taken over, inside a deed."""
    require_on(actor, Action.PRICES_EDIT, CardOwner("lab", lab, lab))
    kept = PriceSheet(
        lab_id=lab.id, person_id=actor.person_id, file_name=file_name[:200], valid_from=since,
        header=list(read["header"]), rows=list(read["rows"]), brought_at=now,
    )  # fmt: skip
    db.session.add(kept)
    db.session.flush()
    return kept


def the_sheet(number: int) -> PriceSheet:
    """One sheet; raises NotFound."""
    found = db.session.get(PriceSheet, number)
    if found is None:
        raise _no_sheet()
    return found


def _no_sheet() -> NotFound:
    return NotFound([Reason("no_sheet", None, N_("There is no such price sheet."))])


def checked(kept: PriceSheet, now: datetime) -> Checked:
    """What the sheet would do now."""
    return check(kept.lab, kept.header, kept.rows, kept.valid_from, now)


def mark_of(kept: PriceSheet, found: Checked) -> str:
    """What the sheet would do, in a few letters: what is taken over must be what was seen."""
    told = [
        str(kept.taken_at),
        [[each.row, each.column, each.reason.code] for each in found.faults],
        [
            [each.owner.kind, each.owner.id, each.outcome, str(each.said.valid_from), str(each.said.valid_to),
             each.before and [each.before.id, each.before.version], each.into and each.into.id,
             [[change.line.what, change.line.key, change.outcome, change.cells] for change in each.changes],
             [[reason.code, str(reason.values)] for reason in each.against]]
            for each in found.lists
        ],
    ]  # fmt: skip
    return hashlib.blake2b(orjson.dumps(told), digest_size=12).hexdigest()


def take_over(
    actor: Actor, number: int, seen: str | None, now: datetime, *, propose: bool
) -> list[RateVersion]:
    """Draft what the sheet says, inside a deed, and with `propose` ask the institution at once; the drafts.

    seen: the mark of what was looked at; None: whatever it would do now. Raises NotFound, Stale, Forbidden, or Refusal
    with every reason: nothing is taken while anything in the file is wrong. A list for which what is published leaves no
    room is left out, and the others go on.
    """
    kept = db.session.get(PriceSheet, number, with_for_update=True, populate_existing=True)
    if kept is None:
        raise _no_sheet()
    if kept.taken_at is not None:
        raise Refusal([Reason("taken_over", None, N_("This sheet was taken over already."))])
    lock_cards(kept.lab_id)
    found = checked(kept, now)
    if seen is not None and mark_of(kept, found) != seen:
        sentence = N_("The prices were changed since you looked at this sheet. Look at it again.")
        raise Stale([Reason("stale", None, sentence)])
    if found.faults:
        raise Refusal([replace(each.reason, field=f"row {each.row}") for each in found.faults])
    if not found.takes:
        nothing = Reason("nothing_changes", None, N_("The sheet changes nothing."))
        raise Refusal([_beside(each, why) for each in found.left_out for why in each.against] or [nothing])
    made = [_drafted(actor, each, now) for each in found.takes]
    if propose:
        made = [publishing.propose(actor, row.id, row.version, now) for row in made]
    kept.taken_at = now
    db.session.flush()
    owner = owner_of("lab", kept.lab_id)
    detail: dict[str, Any] = {"file": kept.file_name, "versions": [row.id for row in made]}
    if found.left_out:
        detail["left_out"] = [code_of(each.owner) for each in found.left_out]
    note(owner, "prices.imported", actor.person_id, now, ("lab", kept.lab_id), **detail)
    return made


def _beside(each: CheckedList, why: Reason) -> Reason:
    """Why a list is left out, at the row where it begins in the file."""
    return replace(why, field=f"row {each.one.first[0]}")


def _drafted(actor: Actor, each: CheckedList, now: datetime) -> RateVersion:
    if each.into is not None:
        return drafting.save(actor, each.into.id, each.into.version, each.said, now)
    return drafting.draft(actor, each.owner, each.said, now)
