"""Confirm a use, singly or many at once: the lab says what it counted, and from then on the hours stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from instruments.catalog.subjects import LIST as SUBJECT_LIST
from instruments.errors import N_, Reason, Refusal, together
from instruments.people.rights import Action, Actor
from instruments.timespan import merge
from instruments.usage.countable import keep_counts
from instruments.usage.facts import OF_USER, UseFacts, against_fault_length, objections
from instruments.usage.keeping import (
    change_use,
    correct_layer,
    note_use,
    outline,
    seconds_of,
    settled,
    settled_many,
)
from instruments.usage.kinds import CONFIRMED, FAULT, LATE, WAITING
from instruments.usage.lookup import is_staff, refuse, require, require_use_version, use_again, use_row
from instruments.usage.settling import last_minutes
from instruments.usage.settling_uses import without_flag
from instruments.web.versions import stale

SUBJECTS = frozenset(subject.code for subject in SUBJECT_LIST)
NOTHING = UseFacts()
MOST_AT_ONCE = 500


def confirm(
    actor: Actor,
    use_id: int,
    facts: UseFacts,
    version: int | None,
    now: datetime,
    already: Sequence[Reason] = (),
) -> int:
    """Confirm a finished use with what the lab says of it, inside a deed; its new version.

    already: what could not be read, told with what is found here. Raises NotFound, Forbidden, Stale, or Refusal with
    every reason.
    """
    row = use_row(use_id, actor)
    require(actor, Action.USE_CONFIRM, row)
    row = use_again(use_id)
    require_use_version(row, version)
    _require_confirmable(row)
    if reasons := together(already, [*objections(facts, SUBJECTS), *_too_much_fault(row.id, facts, now)]):
        raise Refusal(reasons)
    _confirm(row, facts, actor, now)
    return int(row.version) + 1


class Said(NamedTuple):
    """What the lab says of one use among many; version: that it saw, None for any."""

    facts: UseFacts = NOTHING
    version: int | None = None


def confirm_many(actor: Actor, wanted: Mapping[int, Said], now: datetime) -> tuple[list[int], list[int]]:
    """Confirm many, each with what is said of it, inside a deed: those done, and those left because they need a look each.

    Left is what is flagged, not finished, changed or confirmed meanwhile, or not the actor's to confirm. Raises NotFound,
    or Refusal with every reason against what is said (its field: "uses.<number>.<name>"): then nothing is done.
    """
    numbers = sorted(wanted)[:MOST_AT_ONCE]
    if wrong := against_many(wanted, now):
        raise Refusal(wrong)
    done, left = [], []
    for number in numbers:
        row, said = use_row(number, actor), wanted[number]
        same = said.version in (None, row.version)
        if row.state == WAITING and not row.flags and same and is_staff(actor, row):
            _confirm(row, said.facts, actor, now)
            done.append(number)
        else:
            left.append(number)
    return done, left


def against_many(wanted: Mapping[int, Said], now: datetime) -> list[Reason]:
    """Every reason against what is said of many uses, each at "uses.<number>.<name>"."""
    numbers = sorted(wanted)[:MOST_AT_ONCE]
    faulty = [number for number in numbers if wanted[number].facts.fault_minutes]
    lengths = {number: each.seconds for number, each in settled_many(faulty, now).items()} if faulty else {}
    return [
        replace(reason, field=f"uses.{number}.{reason.field}")
        for number in numbers
        for reason in (
            *objections(wanted[number].facts, SUBJECTS),
            *against_fault_length(wanted[number].facts, lengths.get(number, 0)),
        )
    ]


def _too_much_fault(use_id: int, facts: UseFacts, now: datetime) -> Iterator[Reason]:
    if facts.fault_minutes:
        yield from against_fault_length(facts, settled(use_id, now).seconds)


def describe(
    actor: Actor,
    use_id: int,
    facts: UseFacts,
    version: int | None,
    now: datetime,
    already: Sequence[Reason] = (),
) -> int:
    """Say of a use what it was for and how it was, before it is confirmed: its user, or the lab, which counts, too.

    Inside a deed. Raises NotFound, Forbidden, Stale, or Refusal with every reason.
    """
    row = use_row(use_id, actor)
    require(actor, Action.USE_RECORD, row)
    require_use_version(row, version)
    if row.state == CONFIRMED:
        raise refuse("confirmed", N_("This use is confirmed; the lab corrects it."))
    not_theirs = () if is_staff(actor, row) else _of_lab(facts)
    if reasons := together(already, [*objections(facts, SUBJECTS), *not_theirs]):
        raise Refusal(reasons)
    said = facts.columns
    if not change_use(row, now, **said):
        raise stale()
    keep_counts(use_id, facts.counts)
    note_use(row, "described", now, actor.person_id, fields=sorted(said))
    return int(row.version) + 1


def _of_lab(facts: UseFacts) -> Iterator[Reason]:
    """Against whatever is the lab's to say, at its field."""
    said = [*facts.columns, *(["counts"] if facts.counts is not None else [])]
    for name in said:
        if name not in OF_USER:
            remedy = N_("Tell the lab; it counts when it confirms the use.")
            yield Reason("of_lab", name, N_("This is the lab’s to say."), {}, remedy)


def _require_confirmable(row: Any) -> None:
    if row.state == CONFIRMED:
        raise refuse("confirmed", N_("This use is confirmed already."))
    if row.state != WAITING:
        raise refuse("not_finished", N_("Only a finished use can be confirmed."))
    if row.user_id is None:
        raise refuse("nobody", N_("Say first who used it."), field="user")


def _confirm(row: Any, facts: UseFacts, actor: Actor, now: datetime) -> None:
    """Write it down, if nobody else did meanwhile."""
    values = {
        "confirmed_at": now,
        "confirmed_by_id": actor.person_id,
        "confirmed_by_rule": False,
    } | _settled_anew(row, now)
    if not change_use(row, now, state=CONFIRMED, **values, **facts.columns):
        raise stale()
    keep_counts(row.id, facts.counts)
    keep_fault(row.id, facts, actor, now)
    flags = {"flags": row.flags.split()} if row.flags else {}
    note_use(row, "confirmed", now, actor.person_id, by="person", said=sorted(facts.columns), **flags)


def _settled_anew(row: Any, now: datetime) -> dict[str, Any]:
    """Of a use that was confirmed before: what came after that is counted by now, and waits for nobody any more."""
    if LATE not in row.flags.split():
        return {}
    span = outline(settled(row.id, now), seconds_of(row.started_at, row.ended_at))
    return {**span, "flags": without_flag(row.flags, LATE)}


def keep_fault(use_id: int, facts: UseFacts, actor: Actor, now: datetime) -> None:
    """Minutes that the lab owes, taken from the end of the use beside what was reported so: a correction, with its reason."""
    if not facts.fault_minutes:
        return
    found = settled(use_id, now)
    spans = merge([*found.layers.get(FAULT, ()), *last_minutes(found.used, facts.fault_minutes)])
    correct_layer(use_id, FAULT, spans, " ".join((facts.fault_reason or "").split()), actor.person_id, now)
