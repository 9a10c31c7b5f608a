"""Conduct in the invented world: the kinds that the shown lab knows, and what it recorded of three people."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from instruments.demo.generator.instruments import SHOWN_LAB
from instruments.demo.generator.people import People
from instruments.demo.generator.places import ZONE, Row

KINDS = (
    ("Left uncleaned", "用后未清理", 0, 1, 180),
    ("Did not come, did not cancel", "未取消也未到场", 7, 2, 180),
    ("Operated against the safety rules", "违反安全操作规程", 30, 1, 365),
)  # fmt: skip
WORDS = (
    "The sample stage was left covered with powder. / 样品台上留有粉末，未清理。",
    "Booked for the whole morning and did not come. / 预约了整个上午却没有来。",
    "Opened the chamber while the beam was on. / 束流开启时打开了样品室。",
)
APPEAL = "I cancelled by phone that morning; the operator wrote it down. / 当天早上我打电话取消过，值班人员有记录。"


def make_kinds() -> list[Row]:
    """Rows of the kinds of the shown lab."""
    names = ("name_en", "name_zh", "suspended_days", "after", "expires_days")
    return [
        {"id": number, "lab_id": SHOWN_LAB, **dict(zip(names, kind, strict=True))}
        for number, kind in enumerate(KINDS, 1)
    ]


def make_violations(people: People, anchor: date) -> list[Row]:
    """Rows of violations: one of the shown researcher that has expired, one of the student who appeals, and one by which
    somebody without a password is suspended; nobody who is shown meets a closed door."""
    shown = people.shown
    other = next(each["id"] for each in people.persons if each["id"] not in shown.values())
    operator = shown["operator"]
    expired = _row(shown["researcher"], 1, 200, anchor, operator)
    appealed = _row(shown["student"], 2, 3, anchor, operator)
    appealed |= {"appealed_at": _at(anchor - timedelta(days=2)), "appeal": APPEAL}
    suspended = _row(other, 3, 2, anchor, operator)
    suspended |= {"suspended_until": _at(anchor + timedelta(days=29), time(0))}
    return [expired, appealed, suspended]


def _row(person_id: int, kind: int, days: int, anchor: date, recorder: int) -> Row:
    happened = anchor - timedelta(days=days)
    expires = happened + timedelta(days=KINDS[kind - 1][4] + 1)
    return {
        "lab_id": SHOWN_LAB, "person_id": person_id, "kind_id": kind, "kind_en": KINDS[kind - 1][0],
        "kind_zh": KINDS[kind - 1][1], "happened_on": happened, "reason": WORDS[kind - 1],
        "recorded_by_id": recorder, "recorded_at": _at(happened), "expires_at": _at(expires, time(0)),
        "suspended_until": None, "appealed_at": None, "appeal": "",
    }  # fmt: skip


def _at(day: date, hour: time = time(17)) -> datetime:
    return datetime.combine(day, hour, ZONE).astimezone(UTC)
