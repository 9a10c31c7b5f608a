"""Days off set and make-up workdays taken back over reservations: how many that leaves outside is said, by lab, with the way."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

# Friday, 1 October 2027, and Saturday, 9 October 2027, 10:00 in Shanghai.
FRIDAY, SATURDAY = datetime(2027, 10, 1, 2, tzinfo=UTC), datetime(2027, 10, 9, 2, tzinfo=UTC)
OUTSIDE = "1 reservation lies outside the opening hours, and stays valid."


@pytest.fixture
def address(lab) -> str:
    return f"/institutions/{lab.institution.id}/holidays"


def test_a_holiday_over_a_reservation_says_so_and_leads_to_deciding(world, client, lab, address) -> None:
    instrument = world.instrument(lab, week=None)
    world.reservation(instrument, world.person(lab.institution), FRIDAY)
    # Outside before: not told again, as it was not this that left it there.
    world.reservation(instrument, world.person(lab.institution), SATURDAY)
    page = client.post(address, data={"lines": "2027-10-01 National Day, 国庆节"}, follow_redirects=True)
    assert "1 day set." in page.text and f"Optics: {OUTSIDE}" in page.text
    assert f'href="/labs/{lab.id}/hours/outside"' in page.text
    page = client.post(f"{address}/2027-10-01/remove", follow_redirects=True)
    assert "is taken back" in page.text and OUTSIDE not in page.text


def test_a_make_up_day_taken_back_over_a_reservation_says_so(world, client, lab, address) -> None:
    world.reservation(world.instrument(lab, week=None), world.person(lab.institution), SATURDAY)
    typed = {"lines": "2027-10-09 Make-up day, 调休", "kind": "make_up"}
    assert OUTSIDE not in client.post(address, data=typed, follow_redirects=True).text
    page = client.post(f"{address}/2027-10-09/remove", follow_redirects=True)
    assert f"Optics: {OUTSIDE}" in page.text


def test_where_nobody_is_hit_or_nothing_is_done_nothing_is_said(world, client, lab, address) -> None:
    elsewhere = world.lab()
    world.hours(elsewhere, "Mon-Fri 08:00-18:00")
    world.reservation(world.instrument(elsewhere, week=None), world.person(elsewhere.institution), FRIDAY)
    page = client.post(address, data={"lines": "2027-10-01 National Day, 国庆节"}, follow_redirects=True)
    assert "1 day set." in page.text and "outside the opening hours" not in page.text
    world.reservation(world.instrument(lab, week=None), world.person(lab.institution), FRIDAY)
    refused = client.post(address, data={"lines": "someday"})
    assert refused.status_code == 422 and OUTSIDE not in refused.text
