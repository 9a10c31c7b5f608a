"""The pages of weekly hours: who may, what is refused, the buttons that only redraw, and publishing, without scripts."""

import re
from datetime import date

import pytest
from sqlalchemy import select

from instruments.availability.models import OpeningHours
from instruments.database import db
from instruments.people.rights import Role
from tests.world import sign_in

TABLE = {"days-0": "Mon-Fri", "from-0": "08:00", "to-0": "18:00", "since": "2027-03-01"}


def row(number: int, days: str, since: str, until: str) -> dict[str, str]:
    return {f"days-{number}": days, f"from-{number}": since, f"to-{number}": until}


@pytest.fixture
def manager(world, client, now):
    lab = world.lab()
    person = world.person(lab.institution)
    world.grant(person, Role.LAB_MANAGER, lab)
    sign_in(client, person)
    return lab


def seen_in(page: str) -> str:
    return re.search(r'name="seen" value="([^"]*)"', page)[1]


def send(client, address: str, do: str, **values: str):
    form = {"do": do, "seen": seen_in(client.get(address).text)} | values
    return client.post(address, data=form)


def published() -> list[tuple]:
    hours = OpeningHours
    columns = (hours.lab_id, hours.instrument_id, hours.week, hours.valid_from, hours.valid_to)
    return [tuple(row) for row in db.session.execute(select(*columns).order_by(hours.id))]


def test_strangers_are_sent_to_sign_in(world, client) -> None:
    lab = world.lab()
    for answer in (client.get(f"/labs/{lab.id}/hours"), client.post(f"/labs/{lab.id}/hours")):
        assert answer.status_code == 302
        assert "/sign-in" in answer.location


@pytest.mark.parametrize(
    ("role", "on", "status"),
    [
        (None, None, 403),
        (Role.LAB_OPERATOR, "lab", 403),
        (Role.LAB_MANAGER, "other", 403),
        (Role.AUDITOR, "institution", 403),
        (Role.FINANCE_OFFICER, "institution", 403),
        (Role.LAB_MANAGER, "lab", 200),
        (Role.INSTITUTION_MANAGER, "institution", 200),
        (Role.PLATFORM_ADMINISTRATOR, None, 200),
    ],
)
def test_only_those_who_run_the_lab_may(world, client, now, role, on, status) -> None:
    lab = world.lab()
    person = world.person(lab.institution)
    scopes = {"lab": lab, "other": world.lab(lab.institution), "institution": lab.institution, None: None}
    if role:
        world.grant(person, role, scopes[on])
    instrument = world.instrument(lab, week=None)
    sign_in(client, person)
    for address in (f"/labs/{lab.id}/hours", f"/instruments/{instrument.id}/hours"):
        assert client.get(address).status_code == status
        expected = 303 if status == 200 else status
        assert client.post(address, data={"do": "publish", "seen": ""} | TABLE).status_code == expected
    assert len(published()) == (2 if status == 200 else 0)


def test_what_does_not_exist_is_not_found(manager, client) -> None:
    assert client.get("/labs/999999999/hours").status_code == 404
    assert client.get("/instruments/999999999/hours").status_code == 404


def test_every_fault_is_named_beside_its_row_and_nothing_is_lost(manager, client) -> None:
    table = (
        row(0, "Mon", "08:00", "25:00")
        | row(1, "Tue", "09:00", "12:00")
        | row(2, "Holidays", "noon", "13:00")
    )
    answer = send(
        client, f"/labs/{manager.id}/hours", "publish", since="yesterday", until="2027-02-01", **table
    )
    assert answer.status_code == 422
    for kept in table.values():
        assert f'value="{kept}"' in answer.text
    for field in ("f-from-0", "f-days-2", "f-from-2", "f-since"):
        assert f'id="{field}-reason"' in answer.text
    assert 'id="f-days-1-reason"' not in answer.text
    assert published() == []


@pytest.mark.parametrize(
    ("table", "field"),
    [
        ({}, "days-0"),
        (row(0, "Mon", "22:00", "06:00") | row(1, "Tue", "05:00", "08:00"), "days-1"),
        (row(0, "", "08:00", "18:00"), "days-0"),
        (row(0, "Mon", "", ""), "from-0"),
        (row(0, "Mon", "08:00", "08:00"), "from-0"),
    ],
)
def test_an_empty_table_and_overlaps_are_refused(manager, client, table, field) -> None:
    answer = send(client, f"/labs/{manager.id}/hours", "publish", since="2027-03-01", **table)
    assert answer.status_code == 422
    assert f'id="f-{field}-reason"' in answer.text


def test_days_that_are_over_are_refused(manager, client) -> None:
    answer = send(client, f"/labs/{manager.id}/hours", "publish", **(TABLE | {"since": "2027-02-28"}))
    assert answer.status_code == 422
    assert 'id="f-since-reason"' in answer.text


def test_a_page_that_is_out_of_date_is_refused_and_shows_the_present(world, manager, client) -> None:
    world.hours(manager, "24/7")
    answer = client.post(f"/labs/{manager.id}/hours", data={"do": "publish", "seen": ""} | TABLE)
    assert answer.status_code == 412
    assert 'value="08:00"' in answer.text
    assert send(client, f"/labs/{manager.id}/hours", "publish", **TABLE).status_code == 303


def test_what_only_redraws_writes_nothing(manager, client) -> None:
    address = f"/labs/{manager.id}/hours"
    two = row(0, "Mon", "07:00", "09:00") | row(1, "Sat", "10:00", "11:00")
    copied = send(client, address, "copy", copy_day="0", copy_to=["1", "2", "3", "4"], **two)
    assert table_of(copied.text) == [("Mon–Fri", "07:00", "09:00"), ("Sat", "10:00", "11:00")]
    added = send(client, address, "add", **two)
    assert table_of(added.text)[2:] == [("", "", "")]
    assert table_of(send(client, address, "remove-0", **two).text) == [("Sat", "10:00", "11:00")]
    filled = send(client, address, "line", line="周一至周五 8点-18点；周六 9:00-12:30")
    assert table_of(filled.text) == [("Mon–Fri", "08:00", "18:00"), ("Sat", "09:00", "12:30")]
    assert send(client, address, "line", line="whenever").status_code == 422
    shown = send(client, address, "show", **row(0, "Mon", "22:00", "02:00"), **row(1, "nonsense", "1", "2"))
    assert "22:00–02:00" in shown.text
    assert "4 h open" in shown.text
    assert "1 row cannot be read yet." in shown.text
    assert published() == []


def test_a_row_that_the_picture_cannot_show_is_named(manager, client) -> None:
    address = f"/labs/{manager.id}/hours"
    typed = {**row(0, "Mon", "08:00", "18:00"), **row(1, "Tue", "08:00", "25:00")}
    shown = send(client, address, "show", **typed)
    assert shown.status_code == 422
    assert '-1-reason"' in shown.text and '-0-reason"' not in shown.text
    assert table_of(shown.text) == [("Mon", "08:00", "18:00"), ("Tue", "08:00", "25:00")]
    live = client.post(address, data={"do": "show", **typed}, headers={"X-Requested-With": "hours"})
    assert live.status_code == 200 and 'data-unread="1"' in live.text
    assert send(client, address, "show", closed="1", **typed).status_code == 200
    assert published() == []


@pytest.mark.parametrize("kind", ["labs", "instruments"])
def test_a_week_is_taken_to_other_instruments_as_it_is_typed(world, manager, client, kind) -> None:
    owner = manager if kind == "labs" else world.instrument(manager, week=None)
    typed = {**TABLE, "circles": ["lab"], "until": "2027-06-30"}
    answer = send(client, f"/{kind}/{owner.id}/hours", "others", **typed)
    assert (answer.status_code, published()) == (303, [])
    choice = client.get(answer.location).text
    for field in (
        'name="week" value="Mon-Fri 08:00-18:00"',
        'name="since" value="2027-03-01"',
        'name="until" value="2027-06-30"',
    ):
        assert field in choice
    assert re.search(r'name="circles" value="lab"[^>]* checked', choice)
    assert f'<option value="{manager.id}" selected>' in choice


def test_a_week_that_cannot_be_read_is_taken_nowhere(manager, client) -> None:
    address = f"/labs/{manager.id}/hours"
    answer = send(client, address, "others", **row(0, "Mon", "18:00", "nonsense"))
    assert answer.status_code == 422
    assert 'value="nonsense"' in answer.text
    closed = send(client, address, "others", closed="1", since="2027-03-01")
    assert "week=closed" in closed.location


def table_of(page: str) -> list[tuple[str, ...]]:
    """The rows of the table as they are typed."""
    body = page.partition("data-rules")[2].partition("</table>")[0]
    values = re.findall(r'name="(?:days|from|to)-\d+" value="([^"]*)"', body)
    return list(zip(values[::3], values[1::3], values[2::3], strict=True))


@pytest.mark.parametrize("days", ["Mon–Fri", "周一至周五", "weekdays", "mon, tue, wed, thu, fri", "工作日"])
def test_days_are_understood_as_people_write_them(manager, client, days) -> None:
    address = f"/labs/{manager.id}/hours"
    assert (
        send(client, address, "publish", since="2027-03-01", **row(0, days, "8", "18：00")).status_code == 303
    )
    assert published()[0][2] == "Mon-Fri 08:00-18:00"


def test_hours_of_another_and_earlier_ones_fill_the_table(world, manager, client) -> None:
    other = world.lab(manager.institution, name_en="Night laboratory")
    world.hours(other, "daily 20:00-06:00")
    earlier = world.hours(manager, "Sat 09:00-12:30", valid_from=date(2026, 1, 1))
    world.hours(manager, "Mon 08:00-09:00", valid_from=date(2027, 1, 1))
    page = client.get(f"/labs/{manager.id}/hours").text
    assert f'value="labs.{other.id}"' in page
    copied = client.get(f"/labs/{manager.id}/hours?from=labs.{other.id}").text
    assert table_of(copied) == [("Daily", "20:00", "06:00")]
    assert "The table shows the hours of Night laboratory" in copied
    assert table_of(client.get(f"/labs/{manager.id}/hours?week={earlier.id}").text) == [
        ("Sat", "09:00", "12:30")
    ]
    for nonsense in ("from=labs.999999999", "from=people.1", "week=99999"):
        assert table_of(client.get(f"/labs/{manager.id}/hours?{nonsense}").text) == [
            ("Mon", "08:00", "09:00")
        ]


def test_hours_are_published_and_shown_as_in_force(manager, client) -> None:
    address = f"/labs/{manager.id}/hours"
    assert send(client, address, "publish", **TABLE).status_code == 303
    assert published() == [(manager.id, None, "Mon-Fri 08:00-18:00", date(2027, 3, 1), None)]
    page = client.get(address).text
    assert "Mon–Fri 08:00–18:00" in page
    assert "In force now" in page


def test_closed_all_week_can_be_said(world, manager, client) -> None:
    instrument = world.instrument(manager)
    days = {"closed": "1", "since": "2027-03-01"}
    assert send(client, f"/instruments/{instrument.id}/hours", "publish", **days).status_code == 303
    assert published()[-1][2] == "closed"


def test_an_instrument_goes_back_to_the_hours_of_the_lab(world, manager, client) -> None:
    world.hours(manager, "Mon-Fri 08:00-18:00")
    instrument = world.instrument(manager, week="24/7")
    answer = send(client, f"/instruments/{instrument.id}/hours", "follow", since="2027-03-08")
    assert answer.status_code == 303
    assert published()[-1][1:] == (instrument.id, "24/7", None, date(2027, 3, 7))
    lab = send(client, f"/labs/{manager.id}/hours", "follow", since="2027-03-08")
    assert lab.status_code == 422


def test_going_back_to_a_lab_without_hours_says_that_nothing_can_be_booked(world, manager, client) -> None:
    instrument = world.instrument(manager, week="24/7")
    send(client, f"/instruments/{instrument.id}/hours", "follow", since="2027-03-08")
    assert "so nothing can be booked" in client.get(f"/instruments/{instrument.id}/hours").text


def test_a_plan_is_taken_back(manager, client) -> None:
    address = f"/labs/{manager.id}/hours"
    send(client, address, "publish", **TABLE)
    send(client, address, "publish", **(TABLE | row(1, "Sat", "09:00", "12:00") | {"since": "2027-09-01"}))
    plan = db.session.scalars(select(OpeningHours.id).order_by(OpeningHours.id.desc())).first()
    assert send(client, address, "drop", hours=str(plan)).status_code == 303
    assert [row[2:] for row in published()] == [("Mon-Fri 08:00-18:00", date(2027, 3, 1), None)]


def test_in_chinese(manager, client) -> None:
    client.set_cookie("language", "zh_Hans_CN")
    send(client, f"/labs/{manager.id}/hours", "publish", **TABLE)
    page = client.get(f"/labs/{manager.id}/hours").text
    assert "周一至周五 08:00–18:00" in page
    assert "开放时间" in page
    table = row(0, "周二", "08:00", "12:00") | row(1, "周二", "10:00", "18:00")
    told = send(client, f"/labs/{manager.id}/hours", "publish", since="2027-03-01", **table).text
    assert "周二的 08:00-12:00 与 10:00-18:00 重叠" in told


def test_the_number_of_statements_does_not_grow_with_the_weeks(world, manager, client, statements) -> None:
    counts = []
    for more in (1, 8):
        for number in range(more):
            world.hours(manager, "24/7", valid_from=date(2026, 1, 1 + number), valid_to=date(2026, 2, 1))
        statements.clear()
        client.get(f"/labs/{manager.id}/hours")
        counts.append(len(statements))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("typed", ["🔬", "foo", "Mon 08:00-10:00"])
def test_what_is_no_day_is_quoted_as_it_was_typed(manager, client, typed) -> None:
    table = row(4, typed, "08:00", "10:00")
    answer = send(client, f"/labs/{manager.id}/hours", "publish", since="2027-03-08", **table)
    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.text


def test_hours_that_begin_later_are_said_as_the_labs_page_says_them(manager, world, client) -> None:
    later = "No hours are published for today. Other hours from Thu 20 May"
    thing, address = world.instrument(manager, week=None), f"/labs/{manager.id}/hours"
    assert "so nothing can be booked" in client.get(address).text
    world.hours(manager, "Mon-Fri 08:00-18:00", valid_from=date(2027, 5, 20))
    for page in (address, f"/labs/{manager.id}", f"/instruments/{thing.id}/hours"):
        text = client.get(page).text
        assert later in text and "so nothing can be booked" not in text, page
    world.hours(manager, "Mon 08:00-09:00", valid_to=date(2027, 12, 31))
    assert "In force now" in client.get(address).text


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("Wed 08:00-12:00; Wed 11:00-14:00", "overlap"),
        ("whenever", "whenever"),
        ("Mon-Fri 09:00-17:00", "The line says other hours than the table."),
    ],
)
def test_a_line_that_the_table_does_not_say_refuses_the_publishing(manager, client, line, why) -> None:
    address = f"/labs/{manager.id}/hours"
    refused = send(client, address, "publish", **TABLE, line=line)
    assert refused.status_code == 422 and why in refused.text and f'value="{line}"' in refused.text
    assert table_of(refused.text) == [("Mon-Fri", "08:00", "18:00")]
    assert published() == []


def test_a_line_that_the_table_says_too_is_published_with_it(manager, client) -> None:
    address = f"/labs/{manager.id}/hours"
    shown = send(client, address, "line", **TABLE, line="Mon-Fri 08:00-18:00")
    assert 'value="Mon-Fri 08:00-18:00"' not in shown.text
    assert send(client, address, "publish", **TABLE, line="Mon-Fri 08:00-18:00").status_code == 303
    assert len(published()) == 1
