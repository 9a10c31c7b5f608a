"""Correct the hours of a use, with a reason: what was reported stays visible beside what counts now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from instruments.catalog import revision
from instruments.errors import N_, Reason, Refusal, together
from instruments.people.rights import Action, Actor
from instruments.rates.counting import Use
from instruments.reservations.texts import reason_objections
from instruments.timespan import Pair, instant, intersect, merge, subtract
from instruments.usage.allotting import allot_again
from instruments.usage.customers import against_funds, served
from instruments.usage.facts import Customer, span_objections
from instruments.usage.keeping import (
    change_use,
    correct_layer,
    decide,
    note_use,
    outline,
    seconds_of,
    settled,
)
from instruments.usage.kinds import (
    AFTER_CORRECTION,
    ATTENDED,
    BY_PERSON,
    CONFIRMED,
    DEBUGGING,
    FAULT,
    LATE,
    LAYERS,
    NEARBY,
    NOBODY,
    RUNNING,
    VOID,
    WAITING,
)
from instruments.usage.lookup import refuse, require, require_use_version, use_again, use_row
from instruments.usage.rules import doubts
from instruments.usage.settling import Settled
from instruments.usage.settling_uses import would_change
from instruments.web.versions import stale

LONGEST_REASON = 500


def correct(
    actor: Actor,
    use_id: int,
    layer: str,
    spans: Sequence[Pair],
    reason: str,
    version: int | None,
    now: datetime,
    already: Sequence[Reason] = (),
) -> int:
    """Set the time of one layer of a finished use anew (no spans: there was none), inside a deed; its new version.

    A confirmed use is confirmed anew by whoever corrects it, so that it can be charged anew. Raises NotFound, Forbidden,
    Stale, or Refusal with every reason.
    """
    row = use_row(use_id, actor)
    require(actor, Action.USE_CONFIRM, row)
    revision.hold(row.instrument_id)
    row = use_again(use_id)
    require_use_version(row, version)
    said = " ".join(reason.split())
    if reasons := together(already, _objections(row, layer, spans, said, now)):
        raise Refusal(reasons)
    recorded = _after(row, now)
    decide(row.id)
    _keep_left_out(row, layer, said, actor, now, recorded)
    before = settled(row.id, now, row.confirmed_at)
    correct_layer(row.id, layer, spans, said, actor.person_id, recorded)
    if lost := list(_faults_lost(layer, spans, before, settled(row.id, recorded))):
        raise Refusal(lost)
    _settle_anew(row, layer, actor, recorded)
    told = {"layer": layer, "reason": said, "spans": [list(span) for span in merge(spans)]}
    note_use(row, "corrected", now, actor.person_id, **told, was_confirmed=row.state == CONFIRMED)
    return int(row.version) + 1


def _keep_left_out(
    row: Any, layer: str, reason: str, actor: Actor, now: datetime, recorded: datetime
) -> None:
    """Let what came after the confirmation, and was left out with a reason, not count by a correction of another layer."""
    if row.state != CONFIRMED or LATE in row.flags.split() or not would_change(row, now):
        return
    stands, known = settled(row.id, now, row.confirmed_at).layers, settled(row.id, now).layers
    for each in LAYERS:
        if each != layer and stands.get(each, ()) != known.get(each, ()):
            correct_layer(row.id, each, stands.get(each, ()), reason, actor.person_id, recorded)


def _after(row: Any, now: datetime) -> datetime:
    """The moment of the correction: after the confirmation, even within the same second."""
    return max(now, instant(int(row.confirmed_at.timestamp()) + 1)) if row.state == CONFIRMED else now


def _objections(row: Any, layer: str, spans: Sequence[Pair], reason: str, now: datetime) -> list[Reason]:
    found = []
    if row.state in (RUNNING, VOID):
        found.append(Reason("not_finished", None, N_("Only a finished use can be corrected.")))
    if layer not in LAYERS:
        found.append(Reason("layer", "layer", N_("This is none of the layers of a use.")))
    if not reason:
        found.append(Reason("no_reason", "reason", N_("Say why the hours are corrected; it stays visible.")))
    found += reason_objections(reason)
    for span in spans:
        found += span_objections(span, int(now.timestamp()))
    return found


# What the lab marks as not to be charged, and what is said where that would fall out of the hours.
OUTSIDE_HOURS: Mapping[str, str] = {
    FAULT: N_(
        "%(minutes)s min of fault of the lab lie outside these hours, where they would be deducted nowhere."
    ),
    DEBUGGING: N_(
        "%(minutes)s min of debugging lie outside these hours, where they would be deducted nowhere."
    ),
}


def _faults_lost(layer: str, spans: Sequence[Pair], before: Settled, after: Settled) -> Iterator[Reason]:
    """Against a correction by which minutes that the lab does not charge are no longer taken off anything.

    Faults are kept at the time at which they were. Corrected hours leave them where they are, so that they would count
    for nothing; only who corrects knows whether they move or were none.
    """
    for each, words in OUTSIDE_HOURS.items():
        said = spans if each == layer else intersect(before.used, before.layers.get(each, ()))
        seconds = sum(end - start for start, end in subtract(merge(said), after.used))
        if seconds:
            remedy = N_(
                "Say them anew first: correct this kind of time to when it was within the use, or to none."
            )
            if each == layer:
                remedy = N_("Correct the hours of the use first, or enter a time within them.")
            yield Reason("fault_outside", "end", words, {"minutes": -(-seconds // 60)}, remedy)


def _settle_anew(row: Any, layer: str, actor: Actor, now: datetime) -> None:
    found = settled(row.id, now)
    before = (int(row.started_at.timestamp()), int(row.ended_at.timestamp()))
    values: dict[str, Any] = outline(found, before)
    if layer == ATTENDED:
        values["ended_by"] = BY_PERSON
    keeps = [flag for flag in row.flags.split() if flag not in (AFTER_CORRECTION, LATE, NEARBY)]
    reserved = None if row.reserved_from is None else (
        int(row.reserved_from.timestamp()), int(row.reserved_until.timestamp()),
    )  # fmt: skip
    values["flags"] = " ".join(dict.fromkeys([*keeps, *doubts(found, reserved)]))
    if row.state == CONFIRMED:
        values |= {"confirmed_at": now, "confirmed_by_id": actor.person_id, "confirmed_by_rule": False}
    if not change_use(row, now, **values):
        raise stale()


def say_who(
    actor: Actor,
    use_id: int,
    user: Actor | None,
    group_id: int | None,
    version: int | None,
    now: datetime,
    fund_id: int | None = None,
    already: Sequence[Reason] = (),
) -> int:
    """Say for the lab who used what only a device reported, and with which fund they pay, inside a deed; its new version.

    The prices stay those of its start, the class becomes that of who pays. user: None where `already` says why nobody is
    named. Raises NotFound, Forbidden, Stale, or Refusal with every reason.
    """
    row = use_row(use_id, actor)
    require(actor, Action.USE_CONFIRM, row)
    revision.hold(row.instrument_id)
    row = use_again(use_id)
    require_use_version(row, version)
    if row.user_id is not None or row.state != WAITING:
        raise refuse("known", N_("It is known who used it."))
    if user is None:
        raise Refusal(already)
    reasons = []
    if group_id is not None and group_id not in user.group_ids:
        sentence = N_("The person who will use the instrument is not a member of this group.")
        reasons.append(Reason("not_in_group", "group", sentence))
    customer = Customer(user.institution_id, group_id or user.only_group, user.person_id, fund_id)
    start, mode = int(row.started_at.timestamp()), row.mode
    named = served([customer], row.instrument_id, start, mode, now)
    use = Use(tuple(settled(use_id, now).used), samples=row.samples or 0)
    against = against_funds(actor, named, [use], row.instrument_id, start)
    if reasons := together(already, [*reasons, *(replace(reason, field="fund_id") for reason in against)]):
        raise Refusal(reasons)
    told = {
        "user_id": user.person_id,
        "institution_id": user.institution_id,
        "group_id": customer.group_id,
        "fund_id": fund_id,
        "version_id": row.version_id or named[0].offer.version_id,
        "customer_class": named[0].offer.customer.key,
        "flags": " ".join(flag for flag in row.flags.split() if flag != NOBODY),
    }
    if not change_use(row, now, **told):
        raise stale()
    decide(use_id)
    note_use(use_again(use_id), "user_named", now, actor.person_id)
    allot_again(row.instrument_id, [seconds_of(row.started_at, row.ended_at)], now)
    return int(use_again(use_id).version)
