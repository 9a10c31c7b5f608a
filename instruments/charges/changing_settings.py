"""Set how an institution charges: for its finance office; what is posted stays as it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import update

from instruments.charges.dispute_models import ChargingSettings
from instruments.charges.settings import Settings, lock_books, settings_of
from instruments.database import db
from instruments.errors import N_, Forbidden, Reason, Refusal, together
from instruments.journal.record import record
from instruments.people.rights import Action, Actor, Scope, may
from instruments.web.versions import stale

_SETTINGS: Any = ChargingSettings.__table__
MOST_RATE, MOST_UNITS, MOST_DAYS = 10_000, 10**12, 90


def change_settings(
    actor: Actor,
    institution_id: int,
    wanted: Settings,
    version: int,
    now: datetime,
    already: Sequence[Reason] = (),
) -> int:
    """Set it anew, inside a deed; the new version. version: what the actor saw, 0 where nothing was set.

    Raises Forbidden, Stale, or Refusal with every reason.
    """
    if not may(actor, Action.CHARGING_SET, Scope(institution_id=institution_id)):
        raise Forbidden([Reason("not_yours", None, N_("Only the finance office sets this."))])
    if reasons := together(already, _objections(wanted)):
        raise Refusal(reasons)
    seen = settings_of([institution_id])[institution_id]
    lock_books([institution_id])
    before = settings_of([institution_id])[institution_id]
    if version not in (seen.version, before.version):
        raise stale()
    values = {
        "share_rate": wanted.share_rate, "tax_rate": wanted.tax_rate,
        "second_above_units": wanted.second_above_units, "answer_days": wanted.answer_days,
    }  # fmt: skip
    db.session.execute(
        update(_SETTINGS)
        .where(_SETTINGS.c.institution_id == institution_id)
        .values(**values, version=_SETTINGS.c.version + 1)
    )
    record(
        now=now, actor_id=actor.person_id, deed="charging.set", thing=("institution", institution_id),
        institution_id=institution_id, detail=values,
    )  # fmt: skip
    return before.version + 1


def _objections(wanted: Settings) -> Iterator[Reason]:
    sentence = N_("From %(least)s to %(most)s.")
    for field, value, most, unit in (
        ("share", wanted.share_rate, MOST_RATE, 100),
        ("tax", wanted.tax_rate, MOST_RATE, 100),
        ("above", wanted.second_above_units, MOST_UNITS, 100),
    ):
        if not 0 <= value <= most:
            yield Reason("out_of_range", field, sentence, {"least": 0, "most": most // unit})
    if not 1 <= wanted.answer_days <= MOST_DAYS:
        yield Reason("out_of_range", "days", sentence, {"least": 1, "most": MOST_DAYS})
