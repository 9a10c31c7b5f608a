"""Set what an institution's statements say of itself: the deed of its finance office."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from instruments.charges.closing.letterheads import details
from instruments.charges.closing.reminder_steps import wrong_steps
from instruments.charges.settings import lock_books
from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.journal.record import record
from instruments.web.versions import stale

TEXTS: Mapping[str, int] = {
    "title_en": 200, "title_zh": 200, "address_en": 300, "address_zh": 300, "contact": 200, "tax_number": 30,
    "bank": 200, "bank_account": 80, "exemption": 300, "note_en": 1000, "note_zh": 1000, "reminder_days": 60,
}  # fmt: skip
DAYS: Mapping[str, tuple[int, int]] = {"due_days": (1, 180), "objection_days": (0, 60)}


def set_details(
    institution_id: int, wanted: Mapping[str, Any], version: int | None, now: datetime, actor_id: int
) -> None:
    """Change the billing details by name, inside a deed; what is not named stays. Raises Refusal with every reason, Stale."""
    lock_books([institution_id])
    row = details(institution_id)
    if version is not None and version != row.version:
        raise stale()
    if reasons := list(_wrong(wanted)):
        raise Refusal(reasons)
    for name, value in wanted.items():
        setattr(row, name, value)
    row.version += 1
    db.session.add(row)
    db.session.flush()
    record(
        now=now, actor_id=actor_id, deed="billing.set", thing=("institution", institution_id),
        institution_id=institution_id, detail={"changed": sorted(wanted)},
    )  # fmt: skip


def _wrong(wanted: Mapping[str, Any]) -> Iterator[Reason]:
    for name, most in TEXTS.items():
        if len(wanted.get(name, "")) > most:
            yield Reason("too_long", name, N_("At most %(most)s characters."), {"most": most})
    yield from wrong_steps(wanted.get("reminder_days", ""))
    for name, (least, most) in DAYS.items():
        value = wanted.get(name, least)
        if value is None or not least <= value <= most:
            yield Reason("days", name, N_("From %(least)s to %(most)s days."), {"least": least, "most": most})
