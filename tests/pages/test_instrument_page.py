"""An instrument's page: what strangers and members see, the week, the form, and what stands in its way."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient

from instruments.people.rights import Role
from tests.world import World, sign_in

CHINESE = {"Accept-Language": "zh-CN"}
CONTACT = {"contact_name": "Zhao Ning", "contact_phone": "029-0000 0112", "contact_mail": "zhao@example.org"}


def page(client: FlaskClient, address: str, headers: dict[str, str] | None = None) -> str:
    answer = client.get(address, headers=headers or {"Accept-Language": "en"})
    assert answer.status_code == 200
    return unescape(answer.get_data(as_text=True))


def test_it_says_what_it_is_in_the_language_of_the_reader(
    world: World, client: FlaskClient, now: datetime
) -> None:
    thing = world.instrument(
        name_en="Raman microscope", name_zh="拉曼显微镜", maker="Acme", model="R-1", location="Building 4, 112",
        class_code="010410", description_en="For thin films.", description_zh="用于薄膜。",
        measured_quantities=["Raman shift"], sample_requirements="Dry and flat.", asset_number="A-7",
        specifications=[{"name": "Resolution", "value": "0.35", "unit": "cm⁻¹"}], commissioned_on=date(2021, 3, 4),
    )  # fmt: skip
    found = page(client, f"/instruments/{thing.id}")
    for words in ("Raman microscope", "拉曼显微镜", "Acme R-1", "Building 4, 112", "Raman spectrometers (1)", "For thin films.",
                  "Raman shift", "Dry and flat.", "A-7", "0.35 cm⁻¹", "March 2021"):  # fmt: skip
        assert words in found
    chinese = page(client, f"/instruments/{thing.id}", CHINESE)
    for words in ("拉曼显微镜", "拉曼光谱仪（1）", "用于薄膜。", "2021年3月", "规则", "全天 24 小时开放"):
        assert words in chinese
    assert "For thin films." not in chinese


def test_strangers_see_free_times_but_no_people(world: World, client: FlaskClient, now: datetime) -> None:
    thing = world.instrument(world.lab(**CONTACT), **CONTACT)
    user = world.person(name_en="Secret Person", shows_name=True)
    world.reservation(thing, user, now + timedelta(hours=2), title="Secret title", shows_name=True)
    for address in (f"/instruments/{thing.id}", f"/instruments/{thing.id}?view=list", f"/labs/{thing.lab_id}",
                    f"/instruments/{thing.id}/week.json?from=2027-03-01", "/"):  # fmt: skip
        for headers in ({}, CHINESE):
            found = client.get(address, headers=headers).get_data(as_text=True)
            for secret in (*CONTACT.values(), "Secret", "example.org"):
                assert secret not in found, (address, secret)
    found = page(client, f"/instruments/{thing.id}")
    assert "Sign in to book" in found
    assert 'id="f-day"' not in found
    member = page(sign_in(client, world.person(thing.institution)), f"/instruments/{thing.id}")
    assert "029-0000 0112" in member
    assert 'id="f-day"' in member


def test_a_closure_of_a_minute_is_drawn(world: World, client: FlaskClient, now: datetime) -> None:
    thing = world.instrument()
    world.closure(thing, now + timedelta(hours=2), now + timedelta(hours=2, minutes=1))
    found = page(client, f"/instruments/{thing.id}")
    assert "b-maintenance" in found and not re.search(r'(width|height)="-', found)


def test_the_form_is_filled_from_the_address(world: World, client: FlaskClient, now: datetime) -> None:
    thing = world.instrument()
    address = f"/instruments/{thing.id}?day=2027-03-10&from=09:00&until=11:30"
    found = page(sign_in(client, world.person(thing.institution)), address)
    assert f'action="/instruments/{thing.id}/reservations"' in found
    for name, value in (("day", "2027-03-10"), ("from", "09:00"), ("until", "11:30")):
        assert re.search(rf'name="{name}" value="{value}"', found), name
    assert "8 – 14 March 2027" in found  # the week of that day
    assert "Wed 10 Mar, 09:00–11:30" in found


@pytest.mark.parametrize(
    "query",
    ["week=2027-W99", "week=x", "day=2027-02-30", "day=9999-12-31", "day=0001-01-01", "from=25:00&until=x&day=2027-03-10",
     "day=2027-03-10&from=09:00&until=09:00", "day=2027-03-10&until_day=2027-03-01&from=10:00&until=09:00", "view=dance",
     "day=2027-03-10&from=%00%00%00%00%00&until=10:00"],
)  # fmt: skip
def test_an_address_that_makes_no_sense_shows_the_page_all_the_same(
    world: World, client: FlaskClient, now: datetime, query: str
) -> None:
    thing = world.instrument()
    assert client.get(f"/instruments/{thing.id}?{query}").status_code == 200


def test_the_list_says_what_is_free_and_what_comes_then(
    world: World, client: FlaskClient, now: datetime
) -> None:
    thing = world.instrument(week="mon-sun 08:00-18:00")
    user = world.person(thing.institution)
    world.reservation(thing, user, now + timedelta(hours=4), now + timedelta(hours=6))
    world.closure(thing, now + timedelta(hours=27), now + timedelta(hours=28), reason="Laser change")
    found = page(sign_in(client, user), f"/instruments/{thing.id}?view=list")
    assert "08:00–12:00" in found
    assert "yours until 14:00" in found
    assert "maintenance until 12:00" in found
    assert "closed" in found
    other = page(sign_in(client, world.person()), f"/instruments/{thing.id}?view=list")
    assert "booked until 14:00" in other
    assert "Free now until 12:00" in other
    assert "Laser change" in other


def test_the_week_is_there_for_the_calendar_to_drag_in(
    world: World, client: FlaskClient, now: datetime
) -> None:
    thing = world.instrument(week="mon-fri 08:00-18:00")
    user = world.person(thing.institution)
    mine = world.reservation(thing, user, now + timedelta(hours=1))
    world.closure(thing, now + timedelta(hours=25), now + timedelta(hours=26), reason="Laser change")
    week = sign_in(client, user).get(f"/instruments/{thing.id}/week.json?from=2027-03-01").get_json()
    assert (week["zone"], week["grid_minutes"]) == ("Asia/Shanghai", 15)
    assert week["days"] == [f"2027-03-0{number}" for number in range(1, 8)]
    states = [span["state"] for span in week["spans"]]
    # a closure cuts the opening hours of its day in two
    assert (states.count("open"), states.count("yours"), states.count("maintenance")) == (6, 1, 1)
    own = next(span for span in week["spans"] if span["state"] == "yours")
    assert own["move"] == f"/reservations/{mine.id}/move"
    assert datetime.fromisoformat(own["start"]) == now + timedelta(hours=1)
    assert client.get("/instruments/999999/week.json").status_code == 404


class TestWhatStandsInTheWay:
    def test_without_hours_it_cannot_be_booked_yet(
        self, world: World, client: FlaskClient, now: datetime
    ) -> None:
        thing = world.instrument(week=None)
        found = page(sign_in(client, world.person(thing.institution)), f"/instruments/{thing.id}")
        assert "This instrument cannot be booked yet" in found
        assert 'id="f-day"' not in found

    @pytest.mark.parametrize(
        ("status", "words"),
        [("down", "is out of service"), ("retired", "is retired and can no longer be booked")],
    )
    def test_out_of_service(
        self, world: World, client: FlaskClient, now: datetime, status: str, words: str
    ) -> None:
        thing = world.instrument(status=status, status_note="The pump leaks.")
        found = page(sign_in(client, world.person(thing.institution)), f"/instruments/{thing.id}")
        assert words in found
        assert "The pump leaks." in found
        assert 'id="f-day"' not in found

    def test_outside_the_audience(self, world: World, client: FlaskClient, now: datetime) -> None:
        thing = world.instrument(audience="institution")
        found = page(sign_in(client, world.person(world.institution())), f"/instruments/{thing.id}")
        assert "Not open to you" in found
        assert 'id="f-day"' not in found
        assert 'id="f-day"' in page(
            sign_in(client, world.person(thing.institution)), f"/instruments/{thing.id}"
        )

    def test_an_unknown_one_is_not_found_and_the_page_searches(
        self, world: World, client: FlaskClient
    ) -> None:
        for number in ("1", "999999999999999999", "99999999999999999999999"):
            answer = client.get(f"/instruments/{number}")
            assert answer.status_code == 404
            assert b'name="q"' in answer.data


def test_only_those_who_may_change_it_are_offered_to(
    world: World, client: FlaskClient, now: datetime
) -> None:
    thing = world.instrument()
    manager, operator = world.person(thing.institution), world.person(thing.institution)
    world.grant(manager, Role.LAB_MANAGER, thing.lab)
    world.grant(operator, Role.LAB_OPERATOR, thing.lab)
    address = f"/instruments/{thing.id}"
    links = [f"{address}/edit", f"{address}/hours", f"{address}/closures", f"{address}/rules"]

    def offered() -> list[str]:
        found = page(client, address)
        return [link for link in links if f'href="{link}"' in found]

    assert offered() == []
    sign_in(client, world.person(thing.institution))
    assert offered() == []
    sign_in(client, operator)
    assert offered() == [f"{address}/closures"]
    sign_in(client, manager)
    assert offered() == links


def test_structured_data_is_json_that_names_no_person(
    world: World, client: FlaskClient, now: datetime
) -> None:
    thing = world.instrument(
        world.lab(**CONTACT), name_en="</script><b>Raman", maker="Acme", model="R-1", **CONTACT,
        specifications=[{"name": "Resolution", "value": "0.35", "unit": "cm⁻¹"}],
    )  # fmt: skip
    found = client.get(f"/instruments/{thing.id}").get_data(as_text=True)
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', found)
    assert block is not None
    data = json.loads(block[1])
    assert data["@type"] == "IndividualProduct"
    assert data["name"] == "</script><b>Raman"
    assert data["offers"]["offeredBy"]["parentOrganization"]["@type"] == "CollegeOrUniversity"
    assert data["additionalProperty"][0]["value"] == "0.35"
    assert not any(secret in block[1] for secret in CONTACT.values())


def test_the_times_are_those_on_the_wall_of_the_lab(world: World, client: FlaskClient, now: datetime) -> None:
    thing = world.instrument(world.lab(zone="Europe/Berlin", city_en="Berlin"), week="mon-fri 09:00-17:00")
    found = page(client, f"/instruments/{thing.id}?view=list")
    assert "Berlin time, UTC+1" in found
    assert "09:00–17:00" in found
    over_the_change = page(client, f"/instruments/{thing.id}?view=list&week=2027-W13")
    assert "29 March – 4 April 2027" in over_the_change or "29 Mar – 4 Apr 2027" in over_the_change
    assert "09:00–17:00" in over_the_change


def test_the_statements_of_the_page_do_not_grow(
    world: World, client: FlaskClient, now: datetime, statements: list[str]
) -> None:
    thing = world.instrument()
    user = world.person(thing.institution)
    sign_in(client, user)

    def counted(reservations: int) -> int:
        start = datetime(2027, 3, 1 + reservations // 10, 2, tzinfo=UTC)
        for number in range(reservations):
            world.reservation(thing, user, start + timedelta(hours=2 * number))
            world.instrument(thing.lab)
        client.get(f"/instruments/{thing.id}")
        statements.clear()
        assert client.get(f"/instruments/{thing.id}").status_code == 200
        return len(statements)

    assert counted(2) == counted(30)


def test_the_lab_sees_whom_an_instrument_will_not_serve_any_more(
    world: World, client: FlaskClient, now: datetime
) -> None:
    thing = world.instrument(retired_on=date(2027, 3, 9), name_en="Old scope")
    user = world.person(thing.institution, name_en="Lin Shili")
    world.reservation(thing, user, now + timedelta(days=3))
    late = world.reservation(thing, user, now + timedelta(days=9))
    operator = world.person(thing.institution)
    world.grant(operator, Role.LAB_OPERATOR, thing.lab)
    address = f"/instruments/{thing.id}"
    assert "will not serve them" not in page(sign_in(client, user), address)
    found = page(sign_in(client, operator), address)
    assert "1 reservation after its last day in service" in found
    assert re.findall(r'href="/reservations/([0-9]+)"', found) == [str(late.id)]
    broken, sound = (world.instrument(thing.lab, status=status) for status in ("down", "in_service"))
    for each in (broken, sound):
        world.reservation(each, user, now - timedelta(days=1))
        world.reservation(each, user, now + timedelta(days=3))
    assert "1 coming reservation<" in page(client, f"/instruments/{broken.id}")
    assert "will not serve them" not in page(client, f"/instruments/{sound.id}")
