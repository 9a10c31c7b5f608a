"""Add many labs at once, by name alone: a catalogue that comes in names the labs it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from instruments.database import db
from instruments.journal.record import entry, record_many
from instruments.people.models import Institution, Lab


def add_labs(
    institution: Institution, names: Sequence[str], *, actor_id: int | None, now: datetime
) -> list[int]:
    """Add labs of these names in the institution's zone, and return their ids in the same order.

    A name in Han characters is taken for the Chinese one, any other for the English one; the other stays empty.
    """
    if not names:
        return []
    rows: list[dict[str, Any]] = [
        {"institution_id": institution.id, "zone": institution.zone, "name_en": "", "name_zh": ""}
        | {"name_zh" if _is_chinese(name) else "name_en": name}
        for name in names
    ]
    db.session.execute(insert(Lab), rows)
    numbers = {
        (row["name_zh"], row["name_en"]): row["id"]
        for row in db.session.execute(
            select(Lab.id, Lab.name_zh, Lab.name_en).where(Lab.institution_id == institution.id)
        ).mappings()
    }
    ids = [numbers[row["name_zh"], row["name_en"]] for row in rows]
    record_many(
        entry(
            now=now,
            actor_id=actor_id,
            deed="lab.added",
            thing=("lab", lab_id),
            institution_id=institution.id,
            lab_id=lab_id,
            detail={"name": name},
        )
        for lab_id, name in zip(ids, names, strict=True)
    )
    return ids


def _is_chinese(name: str) -> bool:
    return any("\u3400" <= letter <= "\u9fff" for letter in name)
