"""The page of closures: who may, what is refused, and whom a closure hits."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from instruments.availability.models import Closure
from instruments.database import db
from instruments.people.rights import Role
from instruments.reservations.displacing import within_closures
from tests.world import sign_in

FORM = {
    "kind": "maintenance", "reason": "Laser service",
    "start_day": "2027-03-02", "start_time": "08:00", "end_day": "2027-03-02", "end_time": "24:00",
}  # fmt: skip
START = datetime(2027, 3, 2, tzinfo=UTC)


def all_closures() -> list[Closure]:
    return list(
        db.session.scalars(select(Closure).order_by(Closure.id).execution_options(populate_existing=True))
    )


@pytest.mark.parametrize(
    ("role", "on", "may"),
    [
        (None, None, False),
        (Role.LAB_OPERATOR, "other", False),
        (Role.AUDITOR, "institution", False),
        (Role.LAB_OPERATOR, "lab", True),
        (Role.LAB_MANAGER, "lab", True),
        (Role.INSTITUTION_MANAGER, "institution", True),
        (Role.PLATFORM_ADMINISTRATOR, None, True),
    ],
)
def test_only_those_who_work_in_the_lab_may(world, client, now, role, on, may) -> None:
    lab = world.lab()
    person = world.person(lab.institution)
    scopes = {"lab": lab, "other": world.lab(lab.institution), "institution": lab.institution, None: None}
    if role:
        world.grant(person, role, scopes[on])
    there = world.closure(world.instrument(lab), START, START + timedelta(hours=2))
    sign_in(client, person)
    address = f"/labs/{lab.id}/closures"
    assert client.get(address).status_code == (200 if may else 403)
    assert client.post(address, data=FORM).status_code == (303 if may else 403)
    assert client.post(f"/closures/{there.id}", data=FORM | {"version": "1"}).status_code == (
        303 if may else 403
    )
    assert client.post(f"/closures/{there.id}/lift", data={"version": "2"}).status_code == (
        303 if may else 403
    )
    assert len(all_closures()) == 1


def test_strangers_sign_in_first(world, client) -> None:
    lab = world.lab()
    assert client.get(f"/labs/{lab.id}/closures").status_code == 302


@pytest.fixture
def lab(world, client, now):
    lab = world.lab()
    person = world.person(lab.institution)
    world.grant(person, Role.LAB_MANAGER, lab)
    sign_in(client, person)
    return lab


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"start_day": "someday"}, "start_day"),
        ({"end_time": "25:00"}, "end_time"),
        ({"end_time": "08:00+01:00"}, "end_time"),
        ({"start_day": "0001-01-01", "start_time": "00:00"}, "start_day"),
        ({"end_day": "9999-12-31"}, "end_day"),
        ({"reason": " "}, "reason"),
        ({"kind": "party"}, "kind"),
        ({"end_day": "2027-03-01"}, "end"),
        ({"start_day": "2027-02-01"}, "start"),
    ],
)
def test_faults_are_named_and_what_was_typed_stays(lab, client, wrong, field) -> None:
    answer = client.post(f"/labs/{lab.id}/closures", data=FORM | {"reason": "Kept words"} | wrong)
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert "reason" in wrong or "Kept words" in answer.text
    assert all_closures() == []


def test_an_unreadable_time_hides_no_other_reason(lab, client) -> None:
    wrong = FORM | {"kind": "party", "reason": " ", "end_day": "", "repeat": "week", "repeat_until": "soon"}
    page = client.post(f"/labs/{lab.id}/closures", data=wrong)
    assert page.status_code == 422
    for field in ("kind", "reason", "end_day", "repeat_until"):
        assert f'id="f-{field}-reason"' in page.text, field


def test_a_stale_change_and_a_missing_closure(world, lab, client) -> None:
    closure = world.closure(lab, START, START + timedelta(hours=2))
    for address in (f"/closures/{closure.id}", f"/closures/{closure.id}/lift"):
        assert client.post(address, data=FORM | {"version": "7"}).status_code == 412
    assert client.post("/closures/999999999", data=FORM).status_code == 404
    assert client.get(f"/labs/{lab.id}/closures?change=999999999").status_code == 404


def test_closing_changing_and_lifting(lab, client) -> None:
    address = f"/labs/{lab.id}/closures"
    assert client.post(address, data=FORM).status_code == 303
    [closure] = all_closures()
    assert (closure.starts_at, closure.ends_at) == (START, datetime(2027, 3, 2, 16, tzinfo=UTC))
    page = client.get(address).text
    assert "Laser service" in page
    form = client.get(f"{address}?change={closure.id}").text
    assert 'value="2027-03-03"' in form  # 24:00 is read back as the next day
    client.post(
        f"/closures/{closure.id}", data=FORM | {"version": "1", "reason": "Longer", "end_day": "2027-03-05"}
    )
    [closure] = all_closures()
    assert (closure.reason, closure.version) == ("Longer", 2)
    assert client.post(f"/closures/{closure.id}/lift", data={"version": "2"}).status_code == 303
    assert all_closures() == []


def test_those_that_follow_are_counted_before_they_go(lab, client) -> None:
    address = f"/labs/{lab.id}/closures"
    weekly = {"end_day": "2027-03-02", "repeat": "week", "repeat_until": "2027-03-23"}
    assert client.post(address, data=FORM | weekly).status_code == 303
    first, second, *_, last = closures = all_closures()
    assert len(closures) == 4
    lift = {"version": "1", "following": "1"}
    asked = client.post(f"/closures/{second.id}/lift", data=lift)
    assert asked.status_code == 200
    assert "Remove 3 closures?" in asked.text and 'name="agreed" value="3"' in asked.text
    # Another number than it is by now is asked about anew.
    other = client.post(f"/closures/{second.id}/lift", data=lift | {"agreed": "2"})
    assert "Remove 3 closures?" in other.text and len(all_closures()) == 4
    # The last has none that follow: there is nothing to ask.
    assert client.post(f"/closures/{last.id}/lift", data=lift).status_code == 303
    page = client.post(f"/closures/{second.id}/lift", data=lift | {"agreed": "2"}, follow_redirects=True)
    assert "2 closures are removed." in page.text
    assert [each.id for each in all_closures()] == [first.id]


def test_whom_it_hits_is_said_and_linked(world, lab, client) -> None:
    instrument, other = world.instrument(lab), world.instrument()
    person = world.person(lab.institution, name_en="Zhang Yangben")
    hit = world.reservation(instrument, person, START + timedelta(hours=1))
    world.reservation(instrument, person, START + timedelta(hours=3), state="cancelled")
    world.reservation(instrument, person, START - timedelta(hours=5))
    world.reservation(other, person, START + timedelta(hours=1))
    decided = FORM | {"decided": "1"}
    said = client.post(f"/labs/{lab.id}/closures", data=decided, follow_redirects=True).text
    assert "1 reservation lies within it" in said
    assert f'href="/reservations/{hit.id}"' in said
    assert "Zhang Yangben" in said
    # Nobody is moved.
    db.session.refresh(hit)
    assert hit.state == "confirmed"


def test_what_lies_within_is_counted_by_closure(world, lab, now) -> None:
    one, two = world.instrument(lab), world.instrument(lab)
    person = world.person()
    whole = world.closure(lab, START, START + timedelta(hours=8))
    own = world.closure(one, START + timedelta(hours=2), START + timedelta(hours=4))
    none = world.closure(two, START + timedelta(days=3), START + timedelta(days=4))
    early = world.reservation(one, person, START - timedelta(hours=1), START + timedelta(hours=1))
    inside = world.reservation(one, person, START + timedelta(hours=3))
    beside = world.reservation(two, person, START + timedelta(hours=3))
    world.reservation(two, person, START + timedelta(hours=8))  # touches the end only

    found = within_closures([whole.id, own.id, none.id], now)
    assert {key: (each.count, {row.id for row in each.rows}) for key, each in found.items()} == {
        whole.id: (3, {early.id, inside.id, beside.id}),
        own.id: (1, {inside.id}),
    }
    assert within_closures([], now) == {}


def test_what_is_over_hits_nobody(world, lab, now) -> None:
    instrument, person = world.instrument(lab), world.person()
    closure = world.closure(lab, now - timedelta(hours=6), now + timedelta(hours=6))
    world.reservation(instrument, person, now - timedelta(hours=3))
    running = world.reservation(instrument, person, now - timedelta(hours=1), now + timedelta(hours=1))
    assert {row.id for row in within_closures([closure.id], now)[closure.id].rows} == {running.id}


def test_the_page_asks_as_often_for_many_closures_as_for_few(world, lab, client, statements) -> None:
    instrument, person = world.instrument(lab), world.person()
    counts = []
    for many in (1, 6):
        for number in range(many):
            start = START + timedelta(days=10 * many + number)
            world.closure(instrument, start, start + timedelta(hours=4))
            world.reservation(instrument, person, start + timedelta(hours=1))
        statements.clear()
        assert client.get(f"/instruments/{instrument.id}/closures").status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_an_end_that_is_not_known_is_for_breakdowns_only(lab, client) -> None:
    answer = client.post(f"/labs/{lab.id}/closures", data=FORM | {"open_end": "1", "reason": "Kept words"})
    assert answer.status_code == 422
    assert 'href="#f-end"' in answer.text
    assert "Kept words" in answer.text
    assert all_closures() == []


def test_a_breakdown_is_said_wherever_the_instrument_is_until_it_is_back(world, lab, client, now) -> None:
    instrument = world.instrument(lab)
    address = f"/instruments/{instrument.id}/closures"
    form = client.get(f"{address}?broken=1").text
    assert 'name="open_end" value="1" checked' in form
    broken = {"kind": "breakdown", "reason": "Pump seized. / 泵卡死。", "open_end": "1",
              "start_day": "2027-03-01", "start_time": "08:00"}  # fmt: skip
    said = client.post(address, data=broken, follow_redirects=True).text
    assert "Back in service" in said
    assert "since Mon 1 Mar, 08:00, end not known" in said
    page = client.get(f"/instruments/{instrument.id}").text
    assert "Out of order since Mon 1 Mar, 08:00, end not known: Pump seized." in page
    wish = {
        "day": "2027-03-04",
        "from": "09:00",
        "until": "10:00",
        "purpose": "research",
        "unit": "institution",
    }
    refused = client.post(f"/instruments/{instrument.id}/reservations", data=wish)
    assert refused.status_code == 422
    assert "Out of order since Mon 1 Mar, 08:00, end not known: Pump seized" in refused.text
    [closure] = all_closures()
    client.post(f"/closures/{closure.id}/lift", data={"version": "1"}, follow_redirects=True)
    assert "Out of order since" not in client.get(f"/instruments/{instrument.id}").text


def test_every_kind_has_its_own_word_on_the_calendar(world, lab, client) -> None:
    instrument = world.instrument(lab)
    for number, kind in enumerate(("closed", "maintenance", "training", "breakdown")):
        start = START + timedelta(hours=3 * number)
        world.closure(instrument, start, start + timedelta(hours=2), kind=kind, reason=f"Reason {number}")
    page = client.get(f"/instruments/{instrument.id}").text
    for number, word in enumerate(("Closed", "Maintenance", "Training", "Out of order")):
        assert f"{word}: Reason {number}" in page
    week = client.get(f"/instruments/{instrument.id}/week.json?from=2027-03-01").get_json()
    states = {span["state"] for span in week["spans"]}
    assert states == {"open", "closed", "maintenance", "training", "breakdown"}
