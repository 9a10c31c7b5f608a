"""Add many labs at once, by name alone: a catalogue that comes in names the labs it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert

from instruments.database import db
from instruments.journal.record import entry, record_many
from instruments.people.models import Institution, Lab


def add_labs(institution: Institution, names: Sequence[str], *, actor_id: int | None, now: datetime) -> list[int]:
    """Add labs of these names in the institution's zone, and return their ids in the same order.

    A name in Han characters is taken for the Chinese one, any other for the English one; the other stays empty.
    """
    if not names:
        return []
    rows = [
        {"institution_id": institution.id, "zone": institution.zone, "name_en": "", "name_zh": ""}
        | {"name_zh" if _is_chinese(name) else "name_en": name}
        for name in names
    ]
    ids = list(db.session.scalars(insert(Lab).returning(Lab.id, sort_by_parameter_order=True), rows))
    record_many(
        entry(now, actor_id, "lab.added", ("lab", lab_id), institution.id, lab_id, {"name": name})
        for lab_id, name in zip(ids, names, strict=True)
    )
    return ids


def _is_chinese(name: str) -> bool:
    return any("\u3400" <= letter <= "\u9fff" for letter in name)
