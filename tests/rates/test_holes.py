"""The dates without a price are exactly those of the next year that no version holds on, however versions lie together."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from instruments.rates.holes import A_YEAR, Dates, dates_without
from tests.rates.pricing_world import price, published
from tests.rates.test_api import SAID, Lab
from tests.world import World, sign_in

TODAY = date(2027, 3, 2)
A_DAY = timedelta(days=1)
JANUARY, APRIL, JULY, OCTOBER = date(2027, 1, 1), date(2027, 4, 1), date(2027, 7, 1), date(2027, 10, 1)


@pytest.mark.parametrize(
    ("covered", "holes"),
    [
        ([], [(TODAY, None)]),
        ([(JANUARY, None)], []),
        ([(APRIL, None)], [(TODAY, APRIL)]),
        ([(JANUARY, None), (JANUARY, JULY)], []),
        ([(JANUARY, JULY), (JANUARY, None)], []),
        ([(APRIL, JULY), (APRIL, None)], [(TODAY, APRIL)]),
        ([(APRIL, None), (APRIL, None)], [(TODAY, APRIL)]),
        ([(JANUARY, JULY), (JANUARY, APRIL)], [(JULY, None)]),
        ([(JANUARY, APRIL), (JANUARY, APRIL)], [(APRIL, None)]),
        ([(JANUARY, OCTOBER), (APRIL, JULY)], [(OCTOBER, None)]),
        ([(JANUARY, APRIL), (APRIL, JULY), (JULY, None)], []),
        ([(JULY, None), (JANUARY, APRIL)], [(APRIL, JULY)]),
        ([(JANUARY, TODAY)], [(TODAY, None)]),
        ([(TODAY + A_YEAR * A_DAY, None)], [(TODAY, TODAY + A_YEAR * A_DAY)]),
        ([(JANUARY, TODAY + A_YEAR * A_DAY)], []),
    ],
)
def test_dates_without_a_price(
    covered: list[tuple[date, date | None]], holes: list[tuple[date, date | None]]
) -> None:
    assert dates_without([Dates(*each) for each in covered], TODAY) == tuple(Dates(*each) for each in holes)


DATES = st.builds(
    lambda first, length: Dates(
        TODAY + first * A_DAY, None if length is None else TODAY + (first + length) * A_DAY
    ),
    st.integers(-30, A_YEAR + 30),
    st.none() | st.integers(1, 200),
)


@given(st.lists(DATES, max_size=6), st.lists(st.integers(0, 5), max_size=3))
def test_holes_are_exactly_the_days_that_nothing_covers(covered: list[Dates], again: list[int]) -> None:
    covered += [Dates(covered[number].since, None) for number in again if number < len(covered)]
    holes = dates_without(covered, TODAY)
    for number in range(A_YEAR):
        day = TODAY + number * A_DAY
        priced = any(_holds(each, day) for each in covered)
        assert any(_holds(each, day) for each in holes) != priced, day
    assert list(holes) == sorted(holes, key=lambda each: each.since)
    assert all(hole.until is not None and hole.until < after.since for hole, after in pairwise(holes))


def _holds(dates: Dates, day: date) -> bool:
    return dates.since <= day and (dates.until is None or day < dates.until)


def test_a_draft_from_the_first_day_of_a_list_without_an_end_can_be_looked_at(
    world: World, client: FlaskClient, now: object
) -> None:
    lab = Lab(world, client)
    said = SAID | {"valid_from": "2027-01-01", "valid_to": "2027-07-01"}
    sign_in(client, lab.manager)
    for owner, path in ((lab.lab, f"/labs/{lab.lab.id}"), (lab.thing, f"/instruments/{lab.thing.id}")):
        held = published(owner, JANUARY, prices=[price("partner", 100)])
        number = lab.ask(lab.manager, "POST", f"{path}/price-versions", said).json["id"]
        for told in ("", "/edit", f"/compare?with={held.id}"):
            assert client.get(f"/price-versions/{number}{told}").status_code == 200, (path, told)
        look = lab.ask(lab.approver, "GET", f"/price-versions/{number}/look")
        assert look.status_code == 200 and look.json["dates_without_price"] == []
