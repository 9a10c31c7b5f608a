"""Prices as a spreadsheet for programs: export, bring a file, see what it would do, take over what was seen."""

from __future__ import annotations

from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, url_for

from instruments.catalog.views.uploads import a_table
from instruments.database.transactions import perform
from instruments.errors import Refusal, gathered
from instruments.people.bearer import token_required
from instruments.people.rights import Action
from instruments.people.signing import require
from instruments.rates.api.doors import ONE, api, owner_at
from instruments.rates.models import PriceSheet
from instruments.rates.owners import CardOwner
from instruments.rates.sheet_schemas import PriceSheetIn, PriceSheetOut, SheetAsk, TakenPricesOut, TakeSheetIn
from instruments.rates.sheets.bringing import checked, keep_sheet, mark_of, take_over, the_sheet
from instruments.rates.sheets.checking import OUTCOMES, CheckedList
from instruments.rates.sheets.exporting import exported
from instruments.rates.telling import owner_told, version_told
from instruments.rates.views.doors import version_seen
from instruments.rates.views.sheets import rows_of, sheet_answer, sheet_seen
from instruments.web import clock, versions
from instruments.web.answers import Made, answer, made_once
from instruments.web.downloads import KINDS
from instruments.web.incoming import Incoming, asks, takes, whole
from instruments.web.limits import limiter
from instruments.web.multipart import Arriving, downloads, takes_files
from instruments.web.reasons import as_listed

SHEET = "/price-sheets/<int:number>"
THE_FILE = a_table("CSV or XLSX as the export writes it; price lists that it does not name stay as they are.")
A_SHEET = downloads("The sheet", "text/csv", KINDS["xlsx"])


@api.get("/labs/<int:lab_id>/prices.<any(csv, xlsx):kind>")
@token_required("labs:read")
@asks(api, SheetAsk)
@api.doc(responses={200: A_SHEET, 404: ""})
def export(lab_id: int, kind: str, query: SheetAsk) -> Response:
    """Every price list of a lab as it holds on a day, or one of them; brought back unchanged it changes nothing."""
    owner = owner_at({"lab_id": lab_id})
    require(Action.PRICES_SEE, owner.scope)
    day = query.day or owner.today(clock.now())
    return sheet_answer(owner, exported(owner.lab, day, query.card_id), kind)


@api.get(f"{ONE}/prices.<any(csv, xlsx):kind>")
@token_required("labs:read")
@api.doc(responses={200: A_SHEET, 404: ""})
def export_version(number: int, kind: str) -> Response:
    """One version as a sheet; a draft that is brought back is changed itself."""
    row, owner, _ = version_seen(number)
    return sheet_answer(owner, [(owner, row)], kind)


@api.post("/labs/<int:lab_id>/price-sheets")
@limiter.limit("30 per hour")
@token_required("labs:write")
@takes_files(api, PriceSheetIn, file=THE_FILE)
@api.output(PriceSheetOut, 201)
@api.doc(responses=[404])
def bring(lab_id: int, arriving: Arriving[PriceSheetIn]) -> Response:
    """Bring a sheet of prices. Nothing is changed: the answer says, row by row, what it would do, and all that is wrong."""
    actor = require(Action.PRICES_EDIT, owner_at({"lab_id": lab_id}).scope)
    now, arrived = clock.now(), arriving.read()
    reasons, read, file = list(arrived.reasons), None, arrived.files.get("file")
    name = (file.filename or "") if file else ""
    with gathered(reasons):
        read = rows_of(file) if file else None
    if reasons or arrived.value is None or read is None:
        raise Refusal(reasons)
    since, said = arrived.value.valid_from, read

    def act() -> Made:
        kept = keep_sheet(actor, owner_at({"lab_id": lab_id}).lab, name, said, since, now)
        told = _told(kept)
        return Made(told, told["seen"], url_for("rates_api.brought", number=kept.id))

    return made_once(actor.person_id, now, act)


@api.get(SHEET)
@token_required("labs:read")
@api.output(PriceSheetOut)
@api.doc(responses=[404])
def brought(number: int) -> Response:
    """What a sheet would do now; its ETag is what taking it over must name."""
    return _one(sheet_seen(number)[0])


@api.post(f"{SHEET}/take")
@token_required("labs:write")
@takes(api, TakeSheetIn)
@api.output(TakenPricesOut)
@api.doc(responses=[404, 412, 422, 428])
def take(number: int, wanted: Incoming[TakeSheetIn]) -> Response:
    """Make a draft of each list that changes, or with `propose` ask the institution at once. Needs If-Match."""
    kept, _, actor = sheet_seen(number)
    now = clock.now()
    seen = versions.matched(mark_of(kept, checked(kept, now)))
    propose = whole(wanted).propose
    made = perform(lambda: [row.id for row in take_over(actor, number, seen, now, propose=propose)])
    told = [version_told(version_seen(each)[0]) for each in made]
    after = the_sheet(number)
    found = checked(after, now)
    left_out = [_list(each) for each in found.left_out]
    return answer({"items": told, "left_out": left_out}, version=mark_of(after, found))


def _one(kept: PriceSheet) -> Response:
    told = _told(kept)
    return answer(told, version=told["seen"])


def _told(kept: PriceSheet) -> dict[str, Any]:
    found, zone = checked(kept, clock.now()), ZoneInfo(kept.lab.zone)
    counts = Counter(each.outcome for each in found.lists)
    return {
        "id": kept.id,
        "lab_id": kept.lab_id,
        "file_name": kept.file_name,
        "valid_from": kept.valid_from,
        "brought_at": kept.brought_at.astimezone(zone),
        "taken_at": kept.taken_at and kept.taken_at.astimezone(zone),
        "seen": mark_of(kept, found),
        "unknown_columns": list(found.unknown),
        "counts": {outcome: counts.get(outcome, 0) for outcome in OUTCOMES},
        "faults": [
            {"row": each.row, "column": each.column, "cell": each.cell, "reason": as_listed([each.reason])[0]}
            for each in found.faults
        ],
        "lists": [_list(each) for each in found.lists],
    }


def _list(each: CheckedList) -> dict[str, Any]:
    owner: CardOwner = each.owner
    return {
        "owner": owner_told(owner),
        "outcome": each.outcome,
        "reasons": as_listed(each.against),
        "over_newer": each.over_newer,
        "valid_from": each.said.valid_from,
        "valid_to": each.said.valid_to,
        "before_version_id": each.before and each.before.id,
        "changes_draft": each.into is not None,
        "rows": [
            {
                "row": each.one.row_of(change.line.what, change.line.key),
                "what": change.line.what,
                "key": list(change.line.key),
                "outcome": change.outcome,
                "cells": [
                    {"column": column, "before": before, "after": after}
                    for column, before, after in change.cells
                ],
            }
            for change in each.changes
        ],
    }
