"""The instruments of a lab or an institution, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import gettext
from sqlalchemy import ColumnElement, func, select

from instruments.catalog.models import Instrument, InstrumentClass
from instruments.database import db
from instruments.pages.words import mode_words
from instruments.people.models import Lab
from instruments.search.question import MODES
from instruments.web import formats
from instruments.web.fields import page_of
from instruments.web.language import in_language

PAGE = 25


@dataclass(frozen=True)
class InstrumentsPage:
    """Rows {address, name, other_name, lab, subject, modes, status}, how many there are, and the neighbouring pages."""

    rows: list[dict[str, Any]]
    total: int
    words: str
    previous: str | None
    next: str | None


def instruments_page(where: ColumnElement[bool]) -> InstrumentsPage:
    """Those that fit the condition and are not retired, by name; ?page= in the address says which. Two statements."""
    thing, subject = Instrument, InstrumentClass
    kept = (where, thing.status != "retired")
    total = db.session.scalar(select(func.count()).select_from(thing).where(*kept)) or 0
    page, last = page_of(total, PAGE), max(1, -(-total // PAGE))
    rows = db.session.execute(
        select(
            thing.id, thing.name_en, thing.name_zh, thing.status, thing.self_operated, thing.guided, thing.delegated,
            thing.remote, Lab.name_en.label("lab_en"), Lab.name_zh.label("lab_zh"),
            subject.name_en.label("class_en"), subject.name_zh.label("class_zh"),
        )
        .join(Lab, Lab.id == thing.lab_id)
        .outerjoin(subject, subject.code == thing.class_code)
        .where(*kept)
        .order_by(thing.name_en, thing.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()  # fmt: skip
    words = gettext(
        "%(first)s–%(last)s of %(total)s",
        first=formats.count((page - 1) * PAGE + 1),
        last=formats.count((page - 1) * PAGE + len(rows)),
        total=formats.count(total),
    )
    return InstrumentsPage(
        [_row(row) for row in rows],
        total,
        words if last > 1 else "",
        _address(page - 1) if page > 1 else None,
        _address(page + 1) if page < last else None,
    )


def _address(page: int) -> str:
    return f"{request.path}?page={page}" if page > 1 else request.path


def _row(row: Any) -> dict[str, Any]:
    name, other = in_language(row.name_en, row.name_zh), in_language(row.name_zh, row.name_en)
    return {
        "address": f"/instruments/{row.id}",
        "name": name,
        "other_name": other if other != name else "",
        "lab": in_language(row.lab_en, row.lab_zh),
        "subject": in_language(row.class_en or "", row.class_zh or ""),
        "modes": [mode_words(mode) for mode in MODES if getattr(row, mode)],
        "status": row.status,
    }
