"""Seasons moved or shortened over reservations: how many that leaves outside the hours is said, by lab, with the way."""

from __future__ import annotations

from datetime import date

from instruments.database import db
from tests.pages.test_holidays_hit import OUTSIDE, SATURDAY

FIRST, LAST = date(2027, 10, 4), date(2027, 10, 10)


def published(world, lab):
    """A season in which the lab is open on Saturdays, too, and a reservation on one."""
    season = world.season(lab.institution, FIRST, LAST)
    world.hours(
        lab, "Mon-Sun 08:00-18:00", season_span_id=season.spans[0].id, valid_from=FIRST, valid_to=LAST
    )
    world.reservation(world.instrument(lab, week=None), world.person(lab.institution), SATURDAY)
    return season, f"/institutions/{lab.institution.id}/seasons"


def typed(season, spans: str, **values: str) -> dict[str, str]:
    return {
        "kind": "exams",
        "name_en": "Exam weeks",
        "name_zh": "考试周",
        "spans": spans,
        "version": str(season.version),
    } | values


def test_a_season_shortened_over_a_reservation_says_so_and_leads_to_deciding(world, client, lab) -> None:
    season, address = published(world, lab)
    one = f"{address}/{season.id}"
    refused = client.post(one, data=typed(season, "someday"))
    assert refused.status_code == 422 and OUTSIDE not in refused.text
    assert client.post(one, data=typed(season, "2027-10-04 – 2027-10-08", version="7")).status_code == 412
    page = client.post(one, data=typed(season, "2027-10-04 – 2027-10-08"), follow_redirects=True)
    assert "Season saved." in page.text and f"Optics: {OUTSIDE}" in page.text
    assert f'href="/labs/{lab.id}/hours/outside"' in page.text
    # Outside before: not told again. Back inside: nothing to tell.
    for spans in ("2027-10-04 – 2027-10-07", "2027-10-04 – 2027-10-10"):
        db.session.rollback()  # the version as it is now
        page = client.post(one, data=typed(season, spans), follow_redirects=True)
        assert "Season saved." in page.text and OUTSIDE not in page.text


def test_a_season_moved_away_says_so_and_one_that_hits_nobody_does_not(world, client, lab) -> None:
    season, address = published(world, lab)
    new = typed(season, "2027-12-01 – 2027-12-10", name_en="Winter", name_zh="冬季")
    page = client.post(f"{address}/new", data=new, follow_redirects=True)
    assert "Season saved." in page.text and OUTSIDE not in page.text
    page = client.post(
        f"{address}/{season.id}", data=typed(season, "2027-11-01 – 2027-11-10"), follow_redirects=True
    )
    assert f"Optics: {OUTSIDE}" in page.text
