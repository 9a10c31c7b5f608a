"""The pages of seasons, and their choice where hours, rules and quotas take dates."""

from datetime import date

import pytest
from sqlalchemy import select

from instruments.availability.models import OpeningHours
from instruments.availability.season_models import Season
from instruments.database import db
from instruments.people.rights import Role
from instruments.reservations.models import DatedRules
from instruments.reservations.quota_models import QuotaRow
from tests.world import sign_in

EXAMS = {
    "name_en": "Exam weeks",
    "name_zh": "考试周",
    "kind": "exams",
    "spans": "2027-06-21 – 2027-07-04\n2028-01-03 – 2028-01-16",
}


@pytest.fixture
def lab(world, client, now):
    lab = world.lab()
    person = world.person(lab.institution)
    world.grant(person, Role.INSTITUTION_MANAGER, lab.institution)
    sign_in(client, person)
    return lab


@pytest.fixture
def season(lab, client) -> Season:
    client.post(f"/institutions/{lab.institution_id}/seasons/new", data=EXAMS)
    return db.session.scalar(select(Season))


def test_strangers_see_nothing_and_members_cannot_change(world, client, now) -> None:
    institution = world.institution()
    address = f"/institutions/{institution.id}/seasons"
    assert client.get(address).status_code == 302
    sign_in(client, world.person(institution))
    assert "No season is named yet" in client.get(address).text
    assert client.get(f"{address}/new").status_code == 403
    assert client.post(f"{address}/new", data=EXAMS).status_code == 403
    assert client.get("/institutions/999999999/seasons").status_code == 404


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"spans": "someday\n2027-06-40"}, "Line 2"),
        ({"spans": "2027-07-04 – 2027-06-21"}, "the last day lies before the first"),
        ({"spans": ""}, "at least one span"),
        ({"spans": "2027-01-04 – 2027-06-21"}, "cannot begin on a day that is over"),
        ({"name_en": "", "name_zh": ""}, "at least one language"),
        ({"kind": "festival"}, "Choose one of these"),
    ],
)
def test_what_is_refused_stays_typed(lab, client, changed, said) -> None:
    answer = client.post(f"/institutions/{lab.institution_id}/seasons/new", data=EXAMS | changed)
    assert answer.status_code == 422
    assert said in answer.text
    assert changed.get("spans", "2027-06-21") in answer.text


def test_a_season_is_named_moved_and_removed(lab, season, client) -> None:
    address = f"/institutions/{lab.institution_id}/seasons"
    page = client.get(address).text
    assert "21 June – 4 July" in page.replace("Jun ", "June ").replace("Jul<", "July<").replace(
        "Jul ", "July "
    )
    address_of = f"{address}/{season.id}"
    form = client.get(address_of).text
    assert "2027-06-21 – 2027-07-04" in form
    moved = EXAMS | {"spans": "2027-06-28 – 2027-07-11", "version": 1}
    assert client.post(address_of, data=moved).status_code == 303
    stale = client.post(address_of, data=moved)
    assert stale.status_code == 412
    assert 'name="version" value="2"' in stale.text
    assert client.post(f"{address_of}/remove", data={"version": 1}).status_code == 412
    assert client.post(f"{address_of}/remove", data={"version": 2}).status_code == 303
    assert "No season is named yet" in client.get(address).text
    assert client.get(address_of).status_code == 404


def test_hours_rules_and_quotas_choose_it_by_name(lab, season, client) -> None:
    number = str(season.id)
    week = {"days-0": "Mon-Sun", "from-0": "08:00", "to-0": "22:00"}
    week |= {"since": "2027-03-02", "do": "publish", "seen": ""}
    page = client.get(f"/labs/{lab.id}/hours").text
    assert "Exam weeks (" in page
    assert client.post(f"/labs/{lab.id}/hours", data=week | {"season_id": "999999999"}).status_code == 422
    both = client.post(f"/labs/{lab.id}/hours", data=week | {"season_id": number, "until": "2027-06-30"})
    assert (both.status_code, "Choose either it, or a last day." in both.text) == (422, True)
    assert client.post(f"/labs/{lab.id}/hours", data=week | {"season_id": number}).status_code == 303
    rows = db.session.scalars(select(OpeningHours).order_by(OpeningHours.valid_from)).all()
    assert [row.valid_from for row in rows] == [date(2027, 6, 21), date(2028, 1, 3)]

    assert "In the season Exam weeks" in client.get(f"/labs/{lab.id}/hours").text

    rules = f"/labs/{lab.id}/rules"
    limits = {"since": "2027-03-02", "longest_minutes": "60", "season_id": number}
    assert "Exam weeks (" in client.get(f"{rules}/dates").text
    assert client.post(f"{rules}/dates", data=limits | {"season_id": "x"}).status_code == 422
    assert client.post(f"{rules}/dates", data=limits).status_code == 303
    assert db.session.scalar(select(DatedRules.season_id)) == season.id
    assert "Exam weeks" in client.get(rules).text

    quotas = f"/labs/{lab.id}/quotas"
    quota = {
        "amount": "5", "measured": "hours", "per": "week", "holder": "person", "over": "lab",
        "circles": ["lab", "institution"], "season_id": number, "since": "2027-03-02",
    }  # fmt: skip
    assert client.post(f"{quotas}/new", data=quota | {"season_id": "999999999"}).status_code == 422
    assert client.post(f"{quotas}/new", data=quota).status_code == 303
    row = db.session.scalar(select(QuotaRow))
    assert row.season_id == season.id
    assert "only in Exam weeks" in client.get(quotas).text
    assert f'<option value="{number}" selected>' in client.get(f"{quotas}/{row.id}").text

    address = f"/institutions/{lab.institution_id}/seasons/{number}/remove"
    refused = client.post(address, data={"version": season.version})
    assert refused.status_code == 422
    assert "refer to this season" in refused.text


def test_the_year_shows_the_seasons(lab, season, client) -> None:
    page = client.get(f"/institutions/{lab.institution_id}/holidays?year=2027").text
    assert page.count(" s-exams") == 14 + 1  # and once in the legend
    assert "Exam weeks</span>" in page
