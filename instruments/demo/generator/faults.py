"""Reported faults of the invented world: one that waits for its lab, one that is known, one that is settled."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from instruments.demo.generator.instruments import SHOWN_LAB, Instruments
from instruments.demo.generator.people import People
from instruments.demo.generator.places import ZONE, Row

FAULTS = (
    ("open", 1, "The chamber door closes only when it is pushed. / 样品室的门要用力推才能关上。", ""),
    ("known", 4, "The sample stage stops at 12 mm. / 样品台走到 12 mm 就停。",
     "Keep the stage below 12 mm; a new motor is ordered. / 样品台请勿超过 12 mm，新电机已订购。"),
    ("settled", 20, "The display stays dark. / 屏幕不亮。", ""),
)  # fmt: skip


def make_faults(people: People, made: Instruments, anchor: date) -> list[Row]:
    """Rows of reports on the first instruments of the shown lab that are in service, by the shown researcher."""
    numbers = [row["id"] for row in made.rows if row["lab_id"] == SHOWN_LAB and row["status"] == "in_service"]
    reporter, lab = people.shown["researcher"], people.shown["lab_manager"]
    return [
        {
            "instrument_id": number,
            "reporter_id": reporter,
            "words": words,
            "reported_at": datetime.combine(anchor - timedelta(days=days), time(16), ZONE).astimezone(UTC),
            "state": state,
            "note": told,
            "answered_by_id": None if state == "open" else lab,
        }
        for number, (state, days, words, told) in zip(numbers, FAULTS, strict=False)
    ]
