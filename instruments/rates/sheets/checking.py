"""What a sheet of prices would do, list by list: which version it is held against, what it would draft, what is wrong in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select

from instruments.catalog.columns import plain_header
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_, Reason
from instruments.people.models import Lab
from instruments.rates.changing import holding
from instruments.rates.described import Described
from instruments.rates.drafting import described as described_row
from instruments.rates.models import RateCard, RateVersion
from instruments.rates.owners import CardOwner, card_of, splits_of
from instruments.rates.publishing import against_dates
from instruments.rates.serving import services_of
from instruments.rates.sheets.columns import USUAL, Class, header_of
from instruments.rates.sheets.rows import A_DAY, Change, changes
from instruments.rates.sheets.understanding import (
    Fault,
    Faults,
    OneList,
    Row,
    day_in,
    described,
    number_in,
    sorted_out,
)
from instruments.rates.terms import DRAFT

NEW, CHANGED, SAME, REFUSED = "new", "changed", "same", "refused"
OUTCOMES = (NEW, CHANGED, SAME, REFUSED)
_CODE = re.compile(r"(instrument|service)[-#]?(\d{1,15})")


@dataclass(frozen=True)
class CheckedList:
    """One price list of the file. said: what would be drafted, over the draft `into` if that is one; before: what is there
    on its first day, None where nothing is.
    """

    owner: CardOwner
    one: OneList
    outcome: str
    said: Described
    before: RateVersion | None
    into: RateVersion | None
    changes: tuple[Change, ...]


class Checked(NamedTuple):
    """Every list of a file, every fault, and the headers that were not understood."""

    lists: list[CheckedList]
    faults: list[Fault]
    unknown: tuple[str, ...]

    @property
    def takes(self) -> list[CheckedList]:
        """The lists that would be drafted; none while anything is wrong."""
        return [] if self.faults else [each for each in self.lists if each.outcome in (NEW, CHANGED)]


def classes_of(lab_id: int) -> list[Class]:
    """The classes of a lab's customers, its own finer ones last."""
    return [*USUAL, *(Class(split.key, split.name_zh, split.name_en) for split in splits_of(lab_id))]


def check(
    lab: Lab, header: Sequence[str], rows: Sequence[Sequence[object]], since: date | None, now: datetime
) -> Checked:
    """What the rows of a file would do now. since: the first day of what changes, where the file leaves it as it was."""
    faults, found = Faults(), header_of(header, classes_of(lab.id))
    for name in found.twice:
        sentence = N_("The column %(column)s stands in the file twice.")
        faults.add((1, {}), "", Reason("column_twice", None, sentence, {"column": name}))
    customers = [
        column for column in found.columns.values() if column in {each.key for each in classes_of(lab.id)}
    ]
    by_owner = _by_owner(lab, _cells(found.columns, rows), faults)
    lists = [_one(owner, each, customers, since, now, faults) for owner, each in by_owner]
    return Checked(lists, sorted(faults.found, key=lambda each: each.row), found.unknown)


def _cells(columns: Mapping[int, str], rows: Sequence[Sequence[object]]) -> list[Row]:
    found: list[Row] = []
    for number, cells in rows:
        texts = list(cells) if isinstance(cells, list) else []
        named = {column: str(texts[place]) for place, column in columns.items() if place < len(texts)}
        if any(text.strip() for text in named.values()):
            found.append((int(str(number)), named))
    return found


# --- Whose


def _by_owner(lab: Lab, rows: Sequence[Row], faults: Faults) -> list[tuple[CardOwner, list[Row]]]:
    names = _owners(lab)
    found: dict[tuple[str, int], tuple[CardOwner, list[Row]]] = {}
    for row in rows:
        code, name = (plain_header(row[1].get(column, "")) for column in ("list", "name"))
        owner = _owner(names, code) if code else _owner(names, name)
        if owner is None:
            column = "list" if code else "name"
            sentence = N_(
                "The lab has no such price list: write “lab”, or the name of one of its instruments or services."
            )
            if (code or name) in names:
                sentence = N_(
                    "Several have this name: write the number that the export writes, such as instrument-12."
                )
            faults.say(row, column, "no_list", sentence)
            continue
        found.setdefault((owner.kind, owner.id), (owner, []))[1].append(row)
    return list(found.values())


def _owner(names: Mapping[str, CardOwner | None], text: str) -> CardOwner | None:
    match = _CODE.fullmatch(text)
    return names.get(f"{match[1]}-{match[2]}" if match else text)


def _owners(lab: Lab) -> dict[str, CardOwner | None]:
    """By what a row may call it: our own codes, names in either language, asset numbers; None where several share it."""
    found: dict[str, CardOwner | None] = {}
    whole = CardOwner("lab", lab, lab)
    instruments = db.session.scalars(select(Instrument).where(Instrument.lab_id == lab.id)).all()
    owners = [CardOwner("instrument", row, lab) for row in instruments]
    owners += [CardOwner("service", row, lab) for row in services_of(lab.id, archived=True)]
    for owner in owners:
        texts = {owner.row.name_en, owner.row.name_zh, getattr(owner.row, "asset_number", "") or ""}
        for text in {plain_header(each) for each in texts} - {""}:
            found[text] = None if text in found else owner
    found |= {code_of(owner): owner for owner in owners}
    return found | dict.fromkeys(("lab", plain_header("For all instruments"), "适用于所有仪器"), whole)


def code_of(owner: CardOwner) -> str:
    """How a sheet calls a list for certain."""
    return "lab" if owner.kind == "lab" else f"{owner.kind}-{owner.id}"


# --- One list


class _Dates(NamedTuple):
    """From when until when it would hold; left: the first day is as it was exported."""

    since: date | None
    until: date | None
    left: bool


def _one(
    owner: CardOwner,
    rows: Sequence[Row],
    customers: Sequence[str],
    since: date | None,
    now: datetime,
    faults: Faults,
) -> CheckedList:
    before_this = len(faults.found)
    one, card = sorted_out(rows, faults), card_of(owner)
    origin = _origin(one, card, faults)
    own = described_row(origin) if origin else None
    into = origin if origin is not None and origin.state == DRAFT else None
    dates = _dates(one, own, faults)
    if own is not None and dates.left:
        probe = Faults()
        there = described(one, own, own.valid_from, dates.until, customers, probe)
        if not changes(own, there) and not probe.found and len(faults.found) == before_this:
            return CheckedList(owner, one, SAME, own, origin, None, ())
    if into is None:
        dates = _moved(one, dates, own, since, faults)
    before = into or (holding([card.id], dates.since).get(card.id) if card and dates.since else None)
    old = described_row(before) if before else None
    first = dates.since or owner.today(now) + A_DAY
    said = described(one, old or own or Described(first), first, dates.until, customers, faults)
    found = changes(old, said, first_day=into is not None)
    outcome = SAME if not found or not (said.prices or before) else CHANGED if before else NEW
    if outcome != SAME and len(faults.found) == before_this:
        _against(one, card, said, owner.today(now), faults)
    if len(faults.found) > before_this:
        outcome = REFUSED
    return CheckedList(owner, one, outcome, said, before, into, found)


def _origin(one: OneList, card: RateCard | None, faults: Faults) -> RateVersion | None:
    """The version that was exported; None where the file names none."""
    if not one.text("version"):
        return None
    number = number_in(one, "version")
    row = db.session.get(RateVersion, number) if number else None
    if row is None or card is None or row.card_id != card.id:
        sentence = N_("This price list has no such version. Empty the cell to bring in a new one.")
        faults.say(one.at("version"), "value", "no_version", sentence)
        return None
    return row


def _dates(one: OneList, own: Described | None, faults: Faults) -> _Dates:
    """The dates as the file says them, of what was exported where it does not."""
    since, until = day_in(one, "valid_from", faults), day_in(one, "valid_to", faults)
    if one.text("valid_to") is None and own is not None:
        return _Dates(since or own.valid_from, own.valid_to, left=since in (None, own.valid_from))
    left = since is None or (own is not None and since == own.valid_from)
    return _Dates(since or (own.valid_from if own else None), until and until + A_DAY, left)


def _moved(one: OneList, dates: _Dates, own: Described | None, since: date | None, faults: Faults) -> _Dates:
    """The dates of a new version: one that is left as it was exported begins on the day that was asked for, and an end
    that was exported with another first day says nothing of it.
    """
    first = since or dates.since if dates.left else dates.since
    if first is None and not one.text("valid_from"):
        faults.say(
            one.at("valid_from"), "", "no_first_day", N_("Say from which day on these prices are to hold.")
        )
    until = None if own is not None and dates.until == own.valid_to else dates.until
    return _Dates(first, until, dates.left)


def _against(one: OneList, card: RateCard | None, said: Described, today: date, faults: Faults) -> None:
    """Why it could not be published, beside the row that says its dates."""
    if not said.prices:
        faults.say(one.first, "", "no_price", N_("There is no price in it yet."))
    if card is None:
        return
    row = RateVersion(card_id=card.id, valid_from=said.valid_from, valid_to=said.valid_to)
    for reason in against_dates(row, today):
        setting = reason.field or "valid_from"
        faults.add(one.at(setting), "value" if setting in one.settings else "", reason)
