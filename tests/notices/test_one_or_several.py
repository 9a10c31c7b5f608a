"""A notice that counts says of one thing what it says of several."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask_babel import force_locale, gettext

from instruments.notices.kind import Happening
from instruments.notices.kinds import BY_CODE

NOW = datetime(2027, 3, 1, tzinfo=UTC)
DETAILS = {
    "lab.idle": {"period": "2026", "why": "Broken", "question": 7},
    "use.due": {"expires_at": 1_800_000_000},
}


@pytest.mark.parametrize(
    ("kind", "count", "subject"),
    [
        ("lab.idle", 1, "Not used: 1 instrument of the lab, 2026"),
        ("lab.idle", 2, "Not used: 2 instruments of the lab, 2026"),
        ("use.due", 1, "Please confirm: the lab, 1 use"),
        ("use.due", 21, "Please confirm: the lab, 21 uses"),
    ],
)
def test_of_one_and_of_several(application: Flask, kind: str, count: int, subject: str) -> None:
    found = BY_CODE[kind]
    detail = {**DETAILS[kind], "count": count}
    what = Happening(1, NOW, 9, found.deeds[0], ("lab", 3), detail, lab_id=3, staff=frozenset({1}))
    [told] = found.who(what)
    with application.test_request_context(), force_locale("en"):
        said = gettext(found.words[told.said].subject, place="the lab", period="2026", count=count)
    assert said == subject
