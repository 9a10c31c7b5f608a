"""Amend what was said and counted of a confirmed use, with a reason that stays visible; and take a fresh confirmation back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from instruments.catalog import revision
from instruments.catalog.subjects import LIST as SUBJECT_LIST
from instruments.database import db
from instruments.errors import N_, Reason, Refusal, together
from instruments.people.rights import Action, Actor
from instruments.reservations.texts import reason_objections
from instruments.usage.checking_in import require_fresh
from instruments.usage.countable import keep_counts
from instruments.usage.facts import UseFacts, objections
from instruments.usage.keeping import change_use, note_use, recorded_by, seconds_of
from instruments.usage.kinds import CONFIRMED, LATE, WAITING
from instruments.usage.lookup import refuse, require, require_use_version, use_again, use_row
from instruments.usage.models import UseAmendment, UseCount
from instruments.usage.settling_uses import flag_crowded, settle_use, without_flag, would_change
from instruments.web.versions import stale

_AMENDMENT: Any = UseAmendment.__table__
_COUNT: Any = UseCount.__table__
_SUBJECTS = frozenset(subject.code for subject in SUBJECT_LIST)


def amend(
    actor: Actor,
    use_id: int,
    facts: UseFacts,
    reason: str,
    version: int | None,
    now: datetime,
    already: Sequence[Reason] = (),
) -> int:
    """Say anew what was counted of a confirmed use, and what it was for, inside a deed; its new version.

    What was said before stays on record. It is charged anew. Raises NotFound, Forbidden, Stale, or Refusal with every reason.
    """
    row = use_row(use_id, actor)
    require(actor, Action.USE_CONFIRM, row)
    row = use_again(use_id)
    require_use_version(row, version)
    said, changes = " ".join(reason.split()), changes_of(row, facts)
    if reasons := together(already, _objections(row, facts, changes, said)):
        raise Refusal(reasons)
    # Reports that came after the confirmation do not count by this, be they still to be looked at or left out.
    anew = {} if would_change(row, now) else {"confirmed_at": max(now, row.confirmed_at)}
    told = {"confirmed_by_id": actor.person_id, "confirmed_by_rule": False, **anew}
    if not change_use(row, now, **facts.columns, **told):
        raise stale()
    keep_counts(use_id, facts.counts)
    made = {"use_id": use_id, "reason": said, "changes": changes}
    db.session.execute(insert(_AMENDMENT).values(**made, amended_by_id=actor.person_id, amended_at=now))
    note_use(row, "amended", now, actor.person_id, reason=said, changes=changes)
    return int(row.version) + 1


def changes_of(row: Any, facts: UseFacts) -> dict[str, list[Any]]:
    """What of the facts differs from what stands: [before, after] by name, counts by "count." and their code."""
    found: dict[str, list[Any]] = {
        name: [getattr(row, name), value]
        for name, value in facts.columns.items()
        if getattr(row, name) != value
    }
    if facts.counts is not None:
        before = counts_of([row.id]).get(row.id, {})
        after = {code: f"{number.normalize():f}" for code, number in facts.counts.items() if number}
        for code in sorted({*before, *after}):
            if before.get(code) != after.get(code):
                found[f"count.{code}"] = [before.get(code), after.get(code)]
    return found


def counts_of(use_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """What stands counted of uses, by code, numbers as they are written without zeros at the end."""
    found: dict[int, dict[str, str]] = {}
    asked = select(_COUNT.c.use_id, _COUNT.c.code, _COUNT.c.number).where(_COUNT.c.use_id.in_(use_ids))
    for number, code, counted in db.session.execute(asked):
        found.setdefault(number, {})[code] = f"{counted.normalize():f}"
    return found


def _objections(row: Any, facts: UseFacts, changes: dict[str, Any], reason: str) -> list[Reason]:
    found = []
    if row.state != CONFIRMED:
        sentence = N_("Only a confirmed use is amended; say it when you confirm it.")
        found.append(Reason("not_confirmed", None, sentence))
    if not reason:
        found.append(
            Reason("no_reason", "reason", N_("Say why it is amended; it stays visible beside what was said."))
        )
    found += [*reason_objections(reason), *objections(facts, _SUBJECTS)]
    if not found and not changes:
        found.append(Reason("nothing", None, N_("Nothing differs from what stands.")))
    return found


def take_back_confirmation(actor: Actor, use_id: int, version: int | None, now: datetime) -> int:
    """Let a use wait again that somebody just confirmed, inside a deed; its new version. What was posted is reversed, and what
    was reported since counts as what came before.

    Raises NotFound, Forbidden, Stale, or Refusal.
    """
    row = use_row(use_id, actor)
    require(actor, Action.USE_CONFIRM, row)
    revision.hold(row.instrument_id)
    row = use_again(use_id)
    require_use_version(row, version)
    if row.state != CONFIRMED or row.confirmed_by_rule:
        raise refuse(
            "not_confirmed", N_("Only what somebody just confirmed can be taken back."),
            N_("Correct it instead, with a reason."),
        )  # fmt: skip
    require_fresh(row.confirmed_at, now)
    flags = without_flag(row.flags, LATE)
    if not change_use(row, now, state=WAITING, confirmed_at=None, confirmed_by_id=None, flags=flags):
        raise stale()
    recorded_by(use_id, now)
    settle_use(use_id, now)
    row = use_again(use_id)
    flag_crowded(row.instrument_id, seconds_of(row.started_at, row.ended_at), now)
    note_use(row, "unconfirmed", now, actor.person_id)
    return int(use_again(use_id).version)


def take_back_many(actor: Actor, use_ids: Collection[int], now: datetime) -> int:
    """The same of several, all or none, with the locks of their instruments in order; how many."""
    for row in sorted(
        (use_row(number, actor) for number in use_ids), key=lambda row: (row.instrument_id, row.id)
    ):
        take_back_confirmation(actor, row.id, None, now)
    return len(use_ids)
