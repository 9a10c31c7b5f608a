"""The preview "as a researcher of …": for whose instruments, as whom, and that nothing can be done in it."""

from datetime import date

import pytest
from sqlalchemy import func, select

from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.people.rights import Role
from instruments.reservations.models import Reservation
from tests.rates.pricing_world import HOURLY, price, published
from tests.world import sign_in

# Monday evening and noon on the wall of the lab.
NIGHT = "&day=2027-03-01&from=20:00&until=21:00"
NOON = "&day=2027-03-01&from=12:00&until=13:00"


@pytest.fixture
def thing(world, now):
    lab = world.lab()
    row = world.instrument(lab, week=None, audience="partners")
    world.hours(lab, "daily 08:00-18:00")
    world.hours(lab, "daily 18:00-24:00", circles="lab")
    return row


@pytest.fixture
def manager(world, client, thing):
    person = world.person(thing.lab.institution)
    world.grant(person, Role.LAB_MANAGER, thing.lab)
    sign_in(client, person)
    return person


@pytest.mark.parametrize("address", ["/instruments/{thing}/as", "/labs/{lab}/as", "/institutions/{home}/as"])
def test_only_who_manages_them_looks_at_instruments_as_others(world, client, thing, address) -> None:
    address = address.format(thing=thing.id, lab=thing.lab_id, home=thing.institution_id)
    assert "/sign-in" in client.get(address).location
    person = world.person(thing.lab.institution)
    world.grant(person, Role.LAB_OPERATOR, thing.lab)
    world.grant(person, Role.LAB_MANAGER, world.lab())
    sign_in(client, person)
    assert client.get(address).status_code == 403


def test_a_lab_manager_does_not_look_at_the_whole_institution(client, manager, thing) -> None:
    assert client.get(f"/institutions/{thing.institution_id}/as").status_code == 403
    assert client.get("/instruments/999999/as").status_code == 404
    assert client.get("/labs/999999/as").status_code == 404


@pytest.mark.parametrize(
    ("who", "time", "told"),
    [
        ("lab", NIGHT, "They could book it."),
        ("lab", NOON, "only to its own institution, other universities and institutes"),
        ("institution", NOON, "They could book it."),
        ("partners", NIGHT, "only to its own lab"),
        ("partners", NOON, "They could book it."),
        ("companies", NOON, "Only universities and institutes may book this instrument."),
    ],
)
def test_each_circle_is_told_what_its_members_are_told(client, manager, thing, who, time, told) -> None:
    page = client.get(f"/instruments/{thing.id}/as?who={who}{time}").text
    assert told in page
    assert ("They would be refused:" in page) == (told != "They could book it.")


def test_prices_are_those_of_whom_one_looks_as(world, client, manager, thing) -> None:
    thing.audience = "companies"
    db.session.commit()
    partner, company = world.institution(), world.institution(kind="company")
    address = f"/instruments/{thing.id}/as?who="
    assert "No price set: it is not free" in client.get(f"{address}partners{NOON}").text
    published(thing.lab, prices=[price(customer, units) for customer, units in HOURLY.items()])
    for who, amount, customer in (
        ("lab", "40.00", "Own lab"),
        ("institution", "60.00", "Own institution"),
        ("partners", "90.00", "Partner institutions"),
        (partner.id, "90.00", "Partner institutions"),
        ("companies", "200.00", "Companies"),
        (company.id, "200.00", "Companies"),
    ):
        page = client.get(f"{address}{who}{NIGHT if who == 'lab' else NOON}").text
        assert f"Operated by the user: CNY {amount} ({customer})" in page
        assert f"<b>{customer}</b>" in page.split('id="prices"')[1]


def test_who_pays_is_no_reason_against_whom_one_looks_as(world, client, manager, thing) -> None:
    world.rules(thing.lab, payer_named="when_booked")
    published(thing.lab)
    page = client.get(f"/instruments/{thing.id}/as?who=institution{NOON}").text
    assert "They could book it." in page
    assert "Who pays is named when it is booked" in page


def test_an_institution_can_be_named(world, client, manager, thing) -> None:
    company = world.institution(kind="company", name_en="Sample Optics", name_zh="示例光学")
    page = client.get(f"/instruments/{thing.id}/as?who={company.id}{NOON}").text
    assert "You are looking as a researcher of Sample Optics" in page
    assert "The instrument is not open to them" in page
    page = client.get(f"/instruments/{thing.id}/as?who={thing.institution_id}{NOON}").text
    assert "They could book it." in page


@pytest.mark.parametrize("who", ["friends", "999999", "0", "9" * 30, "１"])
def test_whoever_is_not_there_cannot_be_looked_as(client, manager, thing, who) -> None:
    answer = client.get(f"/instruments/{thing.id}/as", query_string={"who": who})
    assert answer.status_code == 422
    assert "There is no such circle or institution." in answer.text


def test_a_time_that_cannot_be_read_says_so_and_stays(client, manager, thing) -> None:
    page = client.get(f"/instruments/{thing.id}/as?who=lab&day=2027-03-01&from=25:00&until=").text
    assert "Choose a time." in page
    assert 'value="25:00"' in page


def test_what_they_would_have_to_ask_for_is_said(world, client, manager, thing) -> None:
    world.approval_rule(thing, "partners")
    page = client.get(f"/instruments/{thing.id}/as?who=partners{NOON}").text
    assert "They would have to ask the lab." in page


def test_the_week_is_theirs_and_stays_in_the_preview(client, manager, thing) -> None:
    page = client.get(f"/instruments/{thing.id}/as?who=partners&view=list").text
    assert "08:00–18:00" in page
    assert "18:00–24:00</td>" not in page
    assert f"/instruments/{thing.id}/as?who=partners&amp;view=list&amp;week=2027-W10" in page
    assert f'href="/instruments/{thing.id}"' in page  # the way out


def test_the_preview_tells_the_ways_of_use_the_days_that_differ_and_the_state(
    world, client, manager, thing
) -> None:
    thing.self_operated, thing.status_note = True, "The left port leaks"
    world.holiday(thing.lab.institution, date(2027, 3, 8), name_en="Spring Day")
    world.holiday(thing.lab.institution, date(2027, 3, 9), name_en="Bridge Day", kind="rest")
    for address in (f"/instruments/{thing.id}", f"/instruments/{thing.id}/as?who=partners"):
        page = client.get(address).text
        assert "Days that differ" in page
        assert "Spring Day" in page
        assert "Rest day, hours as on Sundays: Bridge Day" in page
        assert "The left port leaks" in page
        assert "I operate it" in page.split('id="rules-title"')[1].split("</section>")[0]
    broken = world.instrument(thing.lab, status="down")
    page = client.get(f"/instruments/{broken.id}/as?who=partners").text
    assert "This instrument is out of service and cannot be booked now." in page


def test_nothing_can_be_booked_and_nothing_is_written(client, manager, thing) -> None:
    before = [
        db.session.scalar(select(func.count()).select_from(table)) for table in (Reservation, JournalEntry)
    ]
    for address in (f"/instruments/{thing.id}/as?who=lab{NIGHT}", f"/labs/{thing.lab_id}/as?who=lab"):
        page = client.get(address).text
        content = page[page.index("<main") : page.index("</main>")]
        assert 'method="post"' not in content
        assert "/reservations" not in content
        assert client.post(address).status_code == 405
    after = [
        db.session.scalar(select(func.count()).select_from(table)) for table in (Reservation, JournalEntry)
    ]
    assert after == before


def test_the_search_of_a_lab_finds_its_own_as_they_would(world, client, manager, thing) -> None:
    world.instrument(name_en="Of another lab")
    world.instrument(thing.lab, week="24/7", audience="lab", name_en="For the lab alone")
    theirs = client.get(f"/labs/{thing.lab_id}/as?who=partners&hours=1").text
    assert "Of another lab" not in theirs
    assert "Own lab only" in theirs
    assert f'href="/instruments/{thing.id}/as?who=partners&amp;day=2027-03-01' in theirs
    mine = client.get(f"/labs/{thing.lab_id}/as?who=lab&hours=1").text
    assert "Today 18:00–19:00" in mine
    assert "Own lab only" not in mine


def test_an_institutions_manager_looks_over_all_its_labs(world, client, thing) -> None:
    person = world.person(thing.lab.institution)
    world.grant(person, Role.INSTITUTION_MANAGER, thing.lab.institution)
    sign_in(client, person)
    other = world.instrument(world.lab(thing.lab.institution), name_en="In another lab")
    page = client.get(f"/institutions/{thing.institution_id}/as?who=companies").text
    assert other.name_en in page
    assert thing.name_en in page
    assert "Microscope" not in client.get(f"/institutions/{thing.institution_id}/as?q=nothing").text
    assert client.get(f"/institutions/{thing.institution_id}/as?hours=none").status_code == 422
