"""Uses with flags and of whole days put an instrument on the list of what is hard to believe, with how many they are."""

from __future__ import annotations

import csv
import io

import pytest

from instruments.utilization import periods, tasks
from instruments.utilization.sums import Selection
from instruments.utilization.use_doubts import UseDoubts, use_doubts
from tests.utilization import facts
from tests.utilization.golden import span
from tests.utilization.test_sums import NOW
from tests.world import bearer, sign_in

JUNE = periods.read("2026-06")
# state, flags, hours on the wall, what it counts as
USES = [
    ("waiting", "crowded", "09:00-12:00", UseDoubts(1, 0)),
    ("confirmed", "crowded", "09:00-12:00", None),  # somebody looked at it
    ("confirmed", "late", "09:00-12:00", UseDoubts(1, 0)),
    ("void", "crowded", "09:00-12:00", None),
    ("confirmed", "", "09:00-09:00", UseDoubts(0, 1)),
    ("confirmed", "", "09:00-08:00", None),
]


@pytest.mark.parametrize(("state", "flags", "hours", "expected"), USES)
def test_which_uses_count(world, campus, state, flags, hours, expected) -> None:
    thing, person = campus.things[0], world.person(campus.homes[0])
    start, end = span("2026-06-10", "09:00-12:00")
    end = start + {"09:00-12:00": 3, "09:00-09:00": 24, "09:00-08:00": 23}[hours] * 3600
    told = {"state": state, "flags": flags}
    if state != "confirmed":
        told |= {"confirmed_at": None, "confirmed_by_id": None}
    facts.use(thing, person, (start, end), **told)
    chosen = Selection(lab_id=thing.lab_id)
    assert use_doubts(chosen, JUNE, NOW).get(thing.id) == expected
    assert use_doubts(chosen, JUNE.before, NOW) == {}
    assert use_doubts(Selection(lab_id=campus.labs[2].id), JUNE, NOW) == {}


def test_page_file_and_api_say_how_many(client, world, campus, people) -> None:
    thing, person = campus.things[0], world.person(campus.homes[0])
    waiting = {"state": "waiting", "flags": "crowded", "confirmed_at": None, "confirmed_by_id": None}
    facts.use(thing, person, span("2026-06-10", "09:00-12:00"), **waiting)
    tasks.keep_up()
    sign_in(client, people.keeper)
    fields = f"of=lab-{campus.labs[0].id}&period=2026-06"
    page = client.get(f"/utilization/lists/doubtful?{fields}").text
    assert "Uses of it carry flags that nobody has settled." in page
    assert "1 use with flags" in page
    body = client.get(f"/utilization/lists/doubtful.csv?{fields}").data.decode("utf-8-sig")
    head, row = csv.reader(io.StringIO(body))
    assert (head[-2:], row[-2:]) == (["Uses with flags", "Uses of 24 hours and more"], ["1", "0"])
    key = bearer(world.token(people.keeper, "usage:read"))
    [told] = client.get(f"/api/v1/utilization/lists/doubtful?{fields}", headers=key).json["items"]
    assert (told["flagged_uses"], told["long_uses"]) == (1, 0)
