"""What a file of instrument logs would do, row by row: new, known already, or refused with every reason."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_, Reason
from instruments.people.models import Lab, Person
from instruments.usage.foreseeing import Lot, lots_of_new, lots_of_taken
from instruments.usage.metering import Metered, keys_known, objections
from instruments.usage.words_in_files import layer_written, no_layer

NEW, TAKEN, SAME, REFUSED = "new", "taken", "same", "refused"
OUTCOMES = (NEW, TAKEN, SAME, REFUSED)
_MOMENT = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?[T\s]+(\d{1,2})[:：](\d{2})(?:[:：](\d{2})(?:\.\d+)?)?\s*"
    r"(Z|[+-]\d{2}:?\d{2})?"
)


@dataclass(frozen=True, slots=True)
class CheckedLog:
    """One row: what would become of it, everything against it, and what it reports where it stands for a report. lots: whose
    it would be, or is."""

    row: int
    outcome: str
    written: Mapping[str, str]
    reasons: tuple[Reason, ...] = ()
    wanted: Metered | None = None
    lots: tuple[Lot, ...] = ()


def reporter_name(lab_id: int) -> str:
    """Under which name the files of a lab bear witness."""
    return f"file:{lab_id}"


def check_logs(lab: Lab, rows: Sequence[Mapping[str, Any]], now: datetime) -> list[CheckedLog]:
    """Every row as it would be done now, all of them together. A constant number of statements for each instrument."""
    things, people = instruments_by_name(lab), _people(rows)
    found = [_one(row, things, people, ZoneInfo(lab.zone), now) for row in rows]
    keys = [each.wanted.key for each in found if each.wanted]
    known, seen, checked = keys_known(keys, reporter_name(lab.id)), set(), []
    for each in found:
        if each.wanted and (each.wanted.key in known or each.wanted.key in seen):
            each = replace(each, outcome=SAME)
        elif each.wanted:
            seen.add(each.wanted.key)
        checked.append(each)
    return _with_lots(checked, known, reporter_name(lab.id), now)


def _with_lots(
    checked: Sequence[CheckedLog], known: set[str], reporter: str, now: datetime
) -> list[CheckedLog]:
    new = [each.wanted for each in checked if each.outcome == NEW and each.wanted]
    lots = lots_of_new(new, reporter, now) | lots_of_taken(sorted(known), reporter)
    return [replace(each, lots=lots.get(each.wanted.key, ())) if each.wanted else each for each in checked]


def _one(
    row: Mapping[str, Any],
    things: Mapping[str, int],
    people: Mapping[str, Any],
    zone: ZoneInfo,
    now: datetime,
) -> CheckedLog:
    written = {
        name: str(row[name]).strip() for name in ("instrument", "start", "end", "layer", "user", "key")
    }
    reasons = []
    thing = things.get(written["instrument"].lower())
    if thing is None:
        sentence = N_("The lab has no instrument of this name or number.")
        reasons.append(Reason("instrument", None, sentence))
    ends = [moments_written(written[name], zone) for name in ("start", "end")]
    if not all(ends):
        sentence = N_("The start or the end is no time; write it like 2027-03-01 09:00.")
        reasons.append(Reason("time", None, sentence))
    reasons += [_twice(each, zone) for each in ends if len(each) > 1]
    layer = layer_written(written["layer"])
    if layer is None:
        reasons.append(no_layer(written["layer"]))
    person = people.get(written["user"].lower())
    if written["user"] and person is None:
        reasons.append(Reason("no_person", None, N_("Nobody with an account has this address.")))
    if thing is None or layer is None or reasons:
        return CheckedLog(int(row["row"]), REFUSED, written, tuple(reasons))
    (start,), (end,) = ends
    wanted = Metered(
        thing, start, end, layer, written["key"] or _key(thing, start, end, layer),
        user_id=person.id if person else None, institution_id=person.institution_id if person else None,
    )  # fmt: skip
    if against := objections(wanted, now):
        return CheckedLog(int(row["row"]), REFUSED, written, tuple(against))
    return CheckedLog(int(row["row"]), NEW, written, (), wanted)


def _key(thing: int, start: int, end: int, layer: str) -> str:
    """The key of a row that has none: what it says, so that the same row is known again."""
    return hashlib.sha256(f"{thing}:{start}:{end}:{layer}".encode()).hexdigest()[:32]


def moments_written(text: str, zone: ZoneInfo) -> list[int]:
    """The moments that a cell may mean, in UTC seconds: with an offset one, on the lab's wall both of a time that comes twice
    as the clocks go back; none where it says no time, or one that the wall never shows."""
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        return []
    *parts, offset = match.groups()
    try:
        wall = datetime(*(int(part or 0) for part in parts))  # type: ignore[arg-type]  # noqa: DTZ001 - the zone follows
        if offset:
            return [
                int(datetime.fromisoformat(f"{wall.isoformat()}{offset.replace('Z', '+00:00')}").timestamp())
            ]
    except ValueError:
        return []
    seconds = sorted({int(wall.replace(tzinfo=zone, fold=fold).timestamp()) for fold in (0, 1)})
    return [each for each in seconds if datetime.fromtimestamp(each, zone).replace(tzinfo=None) == wall]


def _twice(moments: Sequence[int], zone: ZoneInfo) -> Reason:
    """Which of two moments a cell means, nobody knows but who wrote it."""
    first, second = (datetime.fromtimestamp(each, zone) for each in moments)
    values = {
        "time": f"{first:%H:%M}",
        "first": first.isoformat(" "),
        "second": second.isoformat(" "),
    }
    sentence = N_("The clocks go back over %(time)s, so that it comes twice; write %(first)s or %(second)s.")
    return Reason("twice", None, sentence, values)


def instruments_by_name(lab: Lab) -> dict[str, int]:
    """The lab's instruments by what a file may call them; what several are called names none."""
    thing, found = Instrument, {}
    rows = db.session.execute(
        select(thing.id, thing.name_en, thing.name_zh, thing.asset_number).where(thing.lab_id == lab.id)
    )
    double = set()
    for row in rows:
        for name in {str(row.id), row.name_en.lower(), row.name_zh.lower(), row.asset_number.lower()} - {""}:
            if name in found:
                double.add(name)
            found[name] = row.id
    return {name: number for name, number in found.items() if name not in double}


def _people(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    mails = sorted({str(row["user"]).strip().lower() for row in rows} - {""})
    asked = select(Person.id, Person.mail, Person.institution_id).where(or_(Person.mail.in_(mails)))
    return {row.mail: row for row in db.session.execute(asked)} if mails else {}
