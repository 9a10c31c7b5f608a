"""What the catalogue says of instruments, as values by source: the columns of its own template, read as it reads them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from instruments.catalog.cells import Unreadable, plain, read, write
from instruments.catalog.columns import BY_KEY, Column
from instruments.catalog.known import Known
from instruments.catalog.present import known_of
from instruments.catalog.subjects import SUBJECTS
from instruments.database import db
from instruments.errors import N_
from instruments.people.models import Institution
from instruments.reports.checking import Lack
from instruments.reports.gathering import in_chinese
from instruments.reports.gathering.asked import Asked, in_yuan
from instruments.reports.gathering.whereabouts import misplaced, zones_of
from instruments.reports.gathering.which import CNY

PREFIX = "catalog."
NAMES = ("contact_name",)
TO_COME = N_("This day has not come yet.")
Told = tuple[dict[str, Any], tuple[Lack, ...]]
_BETWEEN = re.compile(r"[;；、,，\n]")


def told_of(asked: Asked, numbers: Collection[int]) -> dict[int, Told]:
    """By instrument, what the catalogue says for the sources that are asked for, and amounts that are not in yuan.

    A constant number of statements.
    """
    keys = [each.removeprefix(PREFIX) for each in asked.wanted if each.startswith(PREFIX)]
    columns = [BY_KEY[key] for key in sorted(keys)]
    home = db.session.get_one(Institution, asked.institution_id)
    known, zones = known_of(home), zones_of(asked)
    today = asked.now.astimezone(ZoneInfo(home.zone)).date()
    found = {number: _told(asked, columns, known.instruments[number], known, zones) for number in numbers}
    return {
        number: (values, (*lacks, *_to_come(asked, values, today)))
        for number, (values, lacks) in found.items()
    }


def _to_come(asked: Asked, values: Mapping[str, Any], today: date) -> Iterator[Lack]:
    """Days of what happened, such as an entry in the accounts, that have not come yet."""
    for column in asked.sheet.columns:
        day = values.get(column.source)
        if isinstance(day, date) and day > today:
            yield Lack("to_come", column.key, TO_COME)


def _told(
    asked: Asked, columns: Collection[Column], row: Mapping[str, Any], known: Known, zones: Mapping[int, str]
) -> Told:
    values = {f"{PREFIX}{column.key}": _value(column, row, known) for column in columns}
    money = {f"{PREFIX}{column.key}" for column in columns if column.place == "original_value"}
    if "instrument.value" in asked.wanted:
        values["instrument.value"] = row["original_value"]
        money.add("instrument.value")
    if "instrument.booking_address" in asked.wanted:
        written = row.get("record.booking_address")
        values["instrument.booking_address"] = written or f"{asked.base_url}/instruments/{row['id']}"
    lacks = tuple(misplaced(asked, row, zones[row["lab_id"]])) if row["lab_id"] in zones else ()
    if row["original_value"] is not None and row["original_currency"] != CNY:
        values |= dict.fromkeys(money)
        keys = [column.key for column in asked.sheet.columns if column.source in money]
        lacks = (*lacks, *(in_yuan(key, row["original_currency"]) for key in keys))
    return values, lacks


def _value(column: Column, row: Mapping[str, Any], known: Known) -> Any:
    value = row.get(column.place)
    if value is None or value == "":
        return None
    match column.kind:
        case "lab":
            return known.lab_names.get(value)
        case "subjects":
            return tuple(_subject(part) for part in _BETWEEN.split(value) if part.strip())
        case "specifications":
            return in_chinese.specifications(value)
        case "items":
            return write(column, value)
        case "choice" | "some_choices" | "date" if column.in_record:
            return _read(column, str(value))
    return in_chinese.name(value) if column.key in NAMES else value


def _subject(text: str) -> str:
    """Its code; what is none stays as it is written, and does not fit."""
    found = SUBJECTS.get(plain(text))
    return found.code if found else text.strip()


def _read(column: Column, text: str) -> Any:
    """What it means; a choice that cannot be read stays as it is written, and has no code."""
    try:
        return read(column, text)
    except Unreadable:
        return {"choice": text, "some_choices": (text,)}.get(column.kind)
