"""Rows that were left out of what was filed: the institution is told of all, a lab of its own."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from tests.reports.scene import House
from tests.reports.test_filing import file_it
from tests.reports.test_pages import People, house, people, quarter
from tests.world import sign_in

__all__ = ["house", "people"]


def test_a_lab_is_told_of_its_own_rows_that_left_and_were_left_out(
    client: FlaskClient, house: House, people: People
) -> None:
    house.use("2026-11-28", "09:00-10:00", subject="", thing=house.instrument(house.second))
    filed = file_it(house, quarter(house), leave_out=True, reason="等待补填")
    assert (filed.rows_total, filed.rows_left_out) == (4, 2)
    for person, count, left_out in ((people.manager, 2, 2), (people.keeper, 1, 1)):
        sign_in(client, person)
        facts = re.sub(
            r"<[^>]+>", " ", client.get(f"/reports/{filed.id}").text.partition('class="facts figures"')[2]
        )
        told = facts.split()
        assert told[told.index("Rows") + 1] == str(count)
        assert told[told.index("out") + 1] == str(left_out)
    rows = client.get(f"/labs/{house.thing.lab_id}/reports").text.partition('id="mine-title"')[2]
    assert 'data-label="Rows of this lab">1<' in rows
