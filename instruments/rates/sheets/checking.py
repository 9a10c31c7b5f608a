"""What a sheet of prices would do, list by list: what it is held against, what it would draft, what stands in its way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select

from instruments.database import db
from instruments.errors import N_, Reason
from instruments.people.models import Lab
from instruments.rates.changing import holding
from instruments.rates.described import Described, objections
from instruments.rates.drafting import described as described_row
from instruments.rates.models import RateCard, RateVersion
from instruments.rates.owners import CardOwner, card_of, splits_of
from instruments.rates.publishing import against_dates
from instruments.rates.sheets.columns import USUAL, Class, header_of
from instruments.rates.sheets.onto import onto
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
from instruments.rates.sheets.whose import by_owner
from instruments.rates.terms import DRAFT, PROPOSED

NEW, CHANGED, SAME, LEFT_OUT, REFUSED = "new", "changed", "same", "left_out", "refused"
OUTCOMES = (NEW, CHANGED, SAME, LEFT_OUT, REFUSED)


@dataclass(frozen=True)
class CheckedList:
    """One price list of the file. said: what would be drafted, over the draft `into` if that is one; before: what is there
    on its first day, None where nothing is. against: why what is published by now leaves no room for it; others go on.
    """

    owner: CardOwner
    one: OneList
    outcome: str
    said: Described
    before: RateVersion | None
    into: RateVersion | None
    changes: tuple[Change, ...]
    against: tuple[Reason, ...] = ()
    over_newer: bool = False
    """Whether `before` was published after what the file was exported from, and keeps what the file does not change."""


class Checked(NamedTuple):
    """Every list of a file, every fault, and the headers that were not understood."""

    lists: list[CheckedList]
    faults: list[Fault]
    unknown: tuple[str, ...]

    @property
    def takes(self) -> list[CheckedList]:
        """The lists that would be drafted; none while anything is wrong."""
        return [] if self.faults else [each for each in self.lists if each.outcome in (NEW, CHANGED)]

    @property
    def left_out(self) -> list[CheckedList]:
        """The lists for which what is published by now leaves no room."""
        return [each for each in self.lists if each.outcome == LEFT_OUT]


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
    cells = _cells(found.columns, rows)
    lists = [_one(owner, each, customers, since, now, faults) for owner, each in by_owner(lab, cells, faults)]
    return Checked(lists, sorted(faults.found, key=lambda each: each.row), found.unknown)


def _cells(columns: Mapping[int, str], rows: Sequence[Sequence[object]]) -> list[Row]:
    found: list[Row] = []
    for number, cells in rows:
        texts = list(cells) if isinstance(cells, list) else []
        named = {column: str(texts[place]) for place, column in columns.items() if place < len(texts)}
        if any(text.strip() for text in named.values()):
            found.append((int(str(number)), named))
    return found


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
        probe, until = Faults(), own.valid_to if _ended_since(card, own, dates) else dates.until
        there = described(one, own, own.valid_from, until, customers, probe)
        if not changes(own, there) and not probe.found and len(faults.found) == before_this:
            return CheckedList(owner, one, SAME, own, origin, None, ())
    if into is None:
        dates = _moved(one, dates, own, since, faults)
    before = into or (holding([card.id], dates.since).get(card.id) if card and dates.since else None)
    first = dates.since or owner.today(now) + A_DAY
    newer = own is not None and before is not None and before.valid_from > own.valid_from
    base = own if newer else described_row(before) if before else own
    said = described(one, base or Described(first), first, dates.until, customers, faults)
    if len(faults.found) > before_this:
        return CheckedList(owner, one, REFUSED, said, before, into, ())
    found = CheckedList(owner, one, SAME, said, before, into, (), (), newer)
    return _held_against(_put_over(found, own), card, owner.today(now), faults)


def _put_over(found: CheckedList, own: Described | None) -> CheckedList:
    """The same, with what changes; over what was published since the export, only what the file changes."""
    old = described_row(found.before) if found.before else None
    said = onto(own, found.said, old) if found.over_newer and own and old else found.said
    return replace(found, said=said, changes=changes(old, said, first_day=found.into is not None))


def _held_against(found: CheckedList, card: RateCard | None, today: date, faults: Faults) -> CheckedList:
    """The same, with what becomes of it beside what is published, and beside what waits to be."""
    said, before_this = found.said, len(faults.found)
    if not found.changes or not (said.prices or found.before):
        return found
    if card is not None and found.into is None and _waits(card, said):
        return replace(found, changes=())
    against = _against(found, card, today, faults)
    if len(faults.found) > before_this:
        return replace(found, outcome=REFUSED)
    outcome = LEFT_OUT if against else CHANGED if found.before else NEW
    return replace(found, outcome=outcome, against=against)


def _waits(card: RateCard, said: Described) -> bool:
    """Whether a draft, or what is asked for, says the same already, as after a sheet that is brought again."""
    row = RateVersion
    waiting = select(row).where(
        row.card_id == card.id, row.state.in_((DRAFT, PROPOSED)), row.valid_from == said.valid_from
    )
    return any(not changes(described_row(each), said) for each in db.session.scalars(waiting))


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


def _ended_since(card: RateCard | None, own: Described, dates: _Dates) -> bool:
    """Whether the end that the file does not know yet was set by a version that was published after the export."""
    if card is None or own.valid_to is None or (dates.until and dates.until <= own.valid_to):
        return False
    after = holding([card.id], own.valid_to).get(card.id)
    return after is not None and after.valid_from == own.valid_to


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


def _against(found: CheckedList, card: RateCard | None, today: date, faults: Faults) -> tuple[Reason, ...]:
    """Why what is published leaves no room for it. What the file itself could say otherwise is told beside its row."""
    one, said = found.one, found.said
    if not said.prices:
        faults.say(one.first, "", "no_price", N_("There is no price in it yet."))
    dates = RateVersion(card_id=card.id, valid_from=said.valid_from, valid_to=said.valid_to) if card else None
    against = against_dates(dates, today) if dates else []
    for reason in against:
        if reason.code == "past":
            faults.add(one.at("valid_from"), "value" if "valid_from" in one.settings else "", reason)
    if found.over_newer:
        against += objections(said, {price.customer for price in said.prices})
    return tuple(reason for reason in against if reason.code != "past")
