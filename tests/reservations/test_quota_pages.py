"""Setting quotas in the browser's forms: who may, what is refused, what is left shown to whom it concerns."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from instruments.database import db
from instruments.reservations.quota_models import QuotaRow
from tests.world import World, sign_in

NINE = datetime(2027, 3, 2, 1, tzinfo=UTC)  # Tuesday 09:00 in Xi'an; the tests' now is a day earlier
TYPED = {
    "amount": "4", "measured": "hours", "per": "week", "holder": "person", "over": "lab",
    "circles": ["lab", "institution", "partners", "companies"], "peak": "", "short_notice_hours": "",
    "since": "2027-03-02", "until": "",
}  # fmt: skip


@pytest.fixture
def lab(world: World, now):
    return world.lab()


@pytest.fixture
def manager(client, world, lab):
    who = world.person(lab.institution)
    world.grant(who, "lab_manager", lab)
    sign_in(client, who)
    return who


def words(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def rows() -> list[QuotaRow]:
    db.session.rollback()
    return db.session.query(QuotaRow).order_by(QuotaRow.id).all()


def test_only_who_sets_the_rules_sets_quotas(client, world, lab) -> None:
    instrument, row = world.instrument(lab), world.quota(lab)
    operator = world.person(lab.institution)
    world.grant(operator, "lab_operator", lab)
    for who in (world.person(lab.institution), operator):
        sign_in(client, who)
        for owner in (f"labs/{lab.id}", f"instruments/{instrument.id}", f"institutions/{lab.institution_id}"):
            assert client.get(f"/{owner}/quotas").status_code == 403
            assert client.get(f"/{owner}/quotas/new").status_code == 403
            assert client.post(f"/{owner}/quotas/new", data=TYPED).status_code == 403
        assert client.get(f"/labs/{lab.id}/quotas/{row.id}").status_code == 403
        assert client.post(f"/labs/{lab.id}/quotas/{row.id}", data=TYPED).status_code == 403
        assert client.post(f"/labs/{lab.id}/quotas/{row.id}/end").status_code == 403
    assert len(rows()) == 1


def test_a_labs_manager_sets_none_for_the_institution_and_finds_none_of_others(
    client, world, lab, manager
) -> None:
    other = world.quota(world.lab(lab.institution))
    assert client.get(f"/institutions/{lab.institution_id}/quotas").status_code == 403
    assert client.get("/institutions/999999999/quotas").status_code == 404
    assert client.get(f"/labs/{lab.id}/quotas/{other.id}").status_code == 404
    assert client.post(f"/labs/{lab.id}/quotas/{other.id}/end").status_code == 404


def test_what_cannot_stand_is_refused_all_at_once_with_what_was_typed(client, lab, manager) -> None:
    typed = {
        **TYPED, "amount": "0", "per": "decade", "over": "catalogue", "circles": [], "peak": "Mon-Fri 9-banana",
        "short_notice_hours": "x", "since": "2027-02-01", "until": "2027-01-01",
    }  # fmt: skip
    answer = client.post(f"/labs/{lab.id}/quotas/new", data=typed)
    assert answer.status_code == 422
    page = words(answer)
    for sentence in (
        "Enter a number from 1 to 100,000.", "Choose one of these.", "Choose at least one.", "Enter a whole number.",
        "It cannot begin on a day that is over.", "The last day lies before the first.",
    ):  # fmt: skip
        assert sentence in page, sentence
    assert "9-banana" in answer.get_data(as_text=True)
    for amount in ("-5", "99999999999"):  # whole numbers both: the sentence says between which ones
        told = words(client.post(f"/labs/{lab.id}/quotas/new", data=TYPED | {"amount": amount}))
        assert "Enter a number from 1 to 100,000." in told and "Enter a whole number." not in told
    assert rows() == []


@pytest.mark.parametrize("amount", ["", "four", "4.5", "-4", "0"])
def test_no_quota_stands_that_lets_nothing_be_booked(client, lab, manager, amount) -> None:
    answer = client.post(f"/labs/{lab.id}/quotas/new", data={**TYPED, "amount": amount})
    assert answer.status_code == 422
    assert words(answer).count("Not saved: 1 thing to correct") == 1
    assert rows() == []


def test_a_quota_is_added_changed_and_ended(client, lab, manager) -> None:
    address = f"/labs/{lab.id}/quotas"
    assert "No quotas" in words(client.get(address))
    assert client.get(f"{address}/new").status_code == 200
    typed = {**TYPED, "circles": ["partners"], "peak": "Mon-Fri 09:00-17:00", "short_notice_hours": "24"}
    assert client.post(f"{address}/new", data=typed).status_code == 303
    page = words(client.get(address))
    assert "4 h a week per person in this lab, in peak time" in page
    assert "for other universities and institutes" in page
    row = rows()[0]
    assert (row.circles, row.peak, row.short_notice_hours, row.valid_from) == (
        "partners", "Mon-Fri 09:00-17:00", 24, date(2027, 3, 2),
    )  # fmt: skip
    one = f"{address}/{row.id}"
    assert 'value="4"' in client.get(one).get_data(as_text=True)
    assert client.post(one, data={**TYPED, "amount": "6", "version": "1"}).status_code == 303
    assert client.post(one, data={**TYPED, "amount": "7", "version": "1"}).status_code == 412
    assert (rows()[0].amount, rows()[0].circles) == (6, "")
    assert client.post(f"{one}/end").status_code == 303
    assert rows() == []


def test_one_that_has_begun_keeps_its_first_day_and_ends_with_today(client, world, lab, manager) -> None:
    row = world.quota(lab, valid_from=date(2027, 1, 1))
    one = f"/labs/{lab.id}/quotas/{row.id}"
    assert "End today" in words(client.get(f"/labs/{lab.id}/quotas"))
    refused = client.post(one, data={**TYPED, "until": "2027-02-01", "version": "1"})
    assert "It cannot end on a day that is over." in words(refused)
    assert client.post(one, data={**TYPED, "since": "2027-06-01", "version": "1"}).status_code == 303
    assert rows()[0].valid_from == date(2027, 1, 1)
    assert client.post(f"{one}/end").status_code == 303
    assert rows()[0].valid_to == date(2027, 3, 1)
    assert "End today" not in words(client.get(f"/labs/{lab.id}/quotas"))


def test_the_institutions_manager_sets_them_for_all_its_labs(client, world, lab) -> None:
    boss, instrument = world.person(lab.institution), world.instrument(lab)
    world.grant(boss, "institution_manager", lab.institution)
    sign_in(client, boss)
    address = f"/institutions/{lab.institution_id}/quotas"
    assert client.post(f"{address}/new", data={**TYPED, "over": "catalogue"}).status_code == 303
    assert "in all labs of the institution" in words(client.get(address))
    below = words(client.get(f"/instruments/{instrument.id}/quotas"))
    assert "set by the institution" in below
    assert "Quotas" in words(client.get(f"/institutions/{lab.institution_id}"))


def test_everybody_sees_what_is_left_to_them(client, world, lab, statements) -> None:
    instrument, who = world.instrument(lab), world.person(lab.institution)
    address = f"/instruments/{instrument.id}"
    world.quota(lab)
    assert "4 h a week per person in this lab" in words(client.get(address))
    sign_in(client, who)
    world.reservation(instrument, who, NINE, NINE + timedelta(hours=3))
    assert (
        words(client.get(address)).count("4 h a week per person in this lab: 1 h left this week, 3 h used")
        == 2
    )
    statements.clear()
    client.get(address)
    before = len(statements)
    world.quota(lab, per="month", holder="group")
    world.quota(instrument, per="future", measured="count")
    world.quota(instrument, per="week", amount=30, valid_from=date(2027, 4, 1), valid_to=date(2027, 6, 30))
    world.quota(instrument, per="year", amount=40, valid_from=date(2026, 4, 1), valid_to=date(2026, 6, 30))
    world.quota(instrument, per="year", amount=50, circles="companies")
    world.quota(instrument, per="year", amount=60, valid_from=date(2027, 4, 1))
    page = words(client.get(address))
    assert "30 h a week per person on this instrument (from Thu 1 Apr, until Wed 30 Jun)" in page
    assert "60 h a year per person on this instrument: 60 h left, 0 h used (from Thu 1 Apr)" in page
    assert not {"40 h a year", "50 h a year"} & {page[index : index + 11] for index in range(len(page))}
    statements.clear()
    client.get(address)
    assert len(statements) == before
