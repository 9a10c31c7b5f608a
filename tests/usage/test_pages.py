"""The pages of usage: refusals first, then what is seen and what a tap does."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from instruments.database import db
from instruments.usage import day
from instruments.usage.finishing import finish
from instruments.usage.models import InstrumentUse, UsageSettings
from instruments.usage.views import board, today
from instruments.usage.walking_up import walk_up
from tests.usage.desk import HOUR, MINUTE, NINE, Desk, done
from tests.world import World, sign_in


@pytest.fixture
def desk(world: World, app) -> Desk:
    app.config["FROZEN_NOW"] = NINE + 5 * MINUTE
    return Desk(world)


def at(app, moment) -> None:
    app.config["FROZEN_NOW"] = moment


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


@pytest.mark.parametrize("address", ["/labs/{lab}/today", "/labs/{lab}/uses", "/labs/{lab}/runs/new",
    "/labs/{lab}/usage-files", "/labs/{lab}/usage-settings", "/instruments/{thing}/usage-settings",
    "/instruments/{thing}/code", "/instruments/{thing}/code.svg", "/uses/1"])  # fmt: skip
def test_what_is_the_labs_alone(desk: Desk, client: FlaskClient, address: str) -> None:
    sign_in(client, desk.world.person())
    found = client.get(address.format(lab=desk.lab.id, thing=desk.instrument.id))
    assert found.status_code in (403, 404)


def test_check_in_and_finish_from_the_reservation(desk: Desk, client: FlaskClient, app) -> None:
    sign_in(client, desk.user)
    address = f"/reservations/{desk.reservation.id}"
    page = client.get(address).text
    assert "Check in" in page and "Give it back" in page
    answer = client.post(f"{address}/check-in", data={"version": 1, "back": address})
    assert (answer.status_code, answer.location) == (303, address)
    page = client.get(address).text
    assert "Extend by 30 min" in page and "In use" in page
    again = client.post(f"{address}/check-in", data={"version": 1}, follow_redirects=True)
    assert "checked in already" in again.text
    use = db.session.query(InstrumentUse).one()
    at(app, NINE + HOUR)
    client.post(f"/uses/{use.id}/extend", data={"version": use.version})
    client.post(f"/uses/{use.id}/finish", data={"back": "//evil.example"})
    assert (desk.use(use.id).state, desk.held()[0]) == ("waiting", "done")
    assert "Take the finish back" in client.get(address).text


def test_a_tap_goes_back_only_to_pages_of_ours(desk: Desk, client: FlaskClient) -> None:
    sign_in(client, desk.user)
    for wrong in ("//evil.example", "https://evil.example", "/\\evil.example", "evil"):
        answer = client.post(
            f"/reservations/{desk.reservation.id}/check-in", data={"version": 1, "back": wrong}
        )
        assert answer.location == f"/reservations/{desk.reservation.id}"


def test_the_page_behind_the_code(desk: Desk, client: FlaskClient, app) -> None:
    address = f"/instruments/{desk.instrument.id}/here"
    assert client.get(address).status_code in (302, 303)
    sign_in(client, desk.user)
    assert "Check in" in client.get(address).text
    other = desk.world.person(desk.home)
    client = sign_in(app.test_client(), other)
    assert "by reservation" in text(client.get(address)) or "reserved or closed" in text(client.get(address))
    desk.set(walk_up=True)
    at(app, NINE - 3 * HOUR)
    page = client.get(address).text
    assert "Begin, for 30 min" in page and "Begin, for 2 h" in page and "Begin, for 4 h" not in page
    answer = client.post(f"/instruments/{desk.instrument.id}/walk-up", data={"minutes": 60, "back": address})
    assert answer.status_code == 303
    assert "Finish" in client.get(address).text
    use = db.session.query(InstrumentUse).one()
    client.post(f"/uses/{use.id}/finish", data={"version": use.version})
    # One that begins at any minute is extended to where a reservation may end.
    at(app, NINE - 3 * HOUR + 70 * MINUTE)
    client.post(f"/instruments/{desk.instrument.id}/walk-up", data={"minutes": 30})
    page = client.get(address).text
    assert "Extend until 08:15" in page and "Your use without a reservation" in page and "Yours:" not in page
    assert "Take the start back" in page and "check-in" not in page
    use = db.session.query(InstrumentUse).order_by(InstrumentUse.id.desc()).first()
    said = client.post(f"/uses/{use.id}/extend", data={"version": use.version}, follow_redirects=True).text
    assert "Extended." in said
    assert "Somebody is using it" in sign_in(app.test_client(), desk.user).get(address).text


def test_the_code_leads_there(desk: Desk, client: FlaskClient) -> None:
    sign_in(client, desk.operator)
    sheet = client.get(f"/instruments/{desk.instrument.id}/code").text
    assert f"/instruments/{desk.instrument.id}/here" in sheet
    picture = client.get(f"/instruments/{desk.instrument.id}/code.svg")
    assert (
        picture.mimetype == "image/svg+xml"
        and "style" not in picture.text
        and picture.text.startswith("<svg")
    )
    png = client.get(f"/instruments/{desk.instrument.id}/code.png")
    assert png.data.startswith(b"\x89PNG") and "Content-Security-Policy" in png.headers


def test_since_when_somebody_has_not_come_says_the_day_where_it_is_another(
    desk: Desk, client: FlaskClient, app
) -> None:
    desk.set(check_in="optional")
    start = NINE + 12 * HOUR
    desk.world.reservation(desk.instrument, desk.user, start, start + 6 * HOUR)
    sign_in(client, desk.operator)
    at(app, start + 10 * MINUTE)
    assert "since 21:00." in text(client.get(f"/labs/{desk.lab.id}/today"))
    at(app, start + 4 * HOUR)
    page = text(client.get(f"/labs/{desk.lab.id}/today?day=2027-03-03"))
    assert "since Tue 2 Mar, 21:00." in page and "since 21:00." not in page


def test_todays_list_says_who_has_not_come(desk: Desk, client: FlaskClient, app) -> None:
    desk.set(check_in="required", grace_minutes=15, walk_up=True)
    sign_in(client, desk.operator)
    address = f"/labs/{desk.lab.id}/today"
    assert client.get("/today").location == address
    page = text(client.get(address))
    assert "has not come" in page and "Released to others in 10 minutes." in page
    client.post(f"/reservations/{desk.reservation.id}/no-show", data={"version": 1, "back": address})
    page = text(client.get(address))
    assert "has not come" not in page and "Nobody came" in page and "Let it stand again" in page
    assert "Today" in text(client.get(f"{address}?day=2027-03-01"))
    done(walk_up, desk.actor(desk.operator), desk.instrument.id, NINE + HOUR, None, NINE + 6 * MINUTE)
    assert desk.operator.name_en + " ·" in text(client.get(address))
    # What runs now is nothing of tomorrow.
    assert desk.operator.name_en + " ·" not in text(client.get(f"{address}?day=2027-03-03"))
    assert client.get(f"{address}?day=9999-99-99").status_code == 200


def test_stays_at_the_same_time_stand_below_one_another_on_the_board(
    world: World, client: FlaskClient, now
) -> None:
    desk = Desk(world, capacity=12)
    for hour in range(10):
        world.reservation(desk.instrument, world.person(desk.home), NINE + hour * MINUTE, NINE + 3 * HOUR)
    world.reservation(desk.instrument, world.person(desk.home), NINE + 4 * HOUR, NINE + 5 * HOUR)
    page = sign_in(client, desk.operator).get(f"/labs/{desk.lab.id}/today?day=2027-03-02").text
    drawn = re.findall(r'tabindex="-1"><svg x="[\d.]+%" y="(\d+)"', page)
    assert sorted(map(int, drawn)) == [2, 2, 26, 50, 74, 98, 122, 146, 170]
    assert "+3 below" in text(client.get(f"/labs/{desk.lab.id}/today?day=2027-03-02"))


def test_what_is_down_is_closed_now_or_all_of_another_day(desk: Desk, client: FlaskClient, app) -> None:
    desk.world.closure(desk.lab, NINE + 3 * HOUR, NINE + 4 * HOUR, kind="training")
    tomorrow = NINE + 24 * HOUR
    desk.world.closure(desk.instrument, tomorrow - 9 * HOUR, tomorrow + 15 * HOUR)
    sign_in(client, desk.operator)
    address = f"/labs/{desk.lab.id}/today"
    assert "1 down" not in text(client.get(address))
    app.config["FROZEN_NOW"] = NINE + 3 * HOUR + MINUTE
    assert "1 down" in text(client.get(address))
    assert "1 down" in text(client.get(f"{address}?day=2027-03-03"))
    app.config["FROZEN_NOW"] = NINE - 24 * HOUR
    assert "1 down" not in text(client.get(f"{address}?day=2027-03-02"))


def test_who_runs_several_labs_goes_from_one_day_to_the_other(
    desk: Desk, client: FlaskClient, world: World
) -> None:
    other = world.lab(desk.home)
    address = f"/labs/{desk.lab.id}/today"
    assert "Your labs" not in sign_in(client, desk.operator).get(address).text
    world.grant(desk.operator, "lab_manager", other)
    page = client.get(address).text
    assert "Your labs" in page and f'href="/labs/{other.id}/today"' in page


def test_what_is_over_today_is_shown_latest_first_and_not_all_of_it(
    desk: Desk, client: FlaskClient, app, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(today, "MOST_OVER", 1)
    desk.world.reservation(desk.instrument, desk.user, NINE + 2 * HOUR, NINE + 3 * HOUR)
    desk.world.closure(desk.lab, NINE + 5 * HOUR, NINE + 6 * HOUR)
    at(app, NINE + 4 * HOUR)
    address = f"/labs/{desk.lab.id}/today"
    page = text(sign_in(client, desk.operator).get(address))
    assert "11:00–12:00" in page and "09:00–11:00" not in page
    assert "1 more is not shown. Show them" in page
    assert page.index("Closures 1") < page.index("Over 2"), "what is shut matters more than what has been"
    whole = text(client.get(f"{address}?show=over"))
    assert whole.index("11:00–12:00") < whole.index("09:00–11:00")
    at(app, NINE + 28 * HOUR)
    past = text(client.get(f"{address}?day={NINE:%Y-%m-%d}"))
    assert past.index("09:00–11:00") < past.index("11:00–12:00"), (
        "a day that is past reads from its morning on"
    )


def test_a_large_lab_is_shown_what_happens_on_its_day(
    desk: Desk, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name, number in (
        (day, "MOST_LINES", 3), (board, "MOST_LINES", 3), (today, "MOST_LATE", 1), (today, "MOST_LISTED", 1),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, number)
    desk.set(check_in="required", grace_minutes=15)
    for _ in range(2):
        desk.world.reservation(desk.world.instrument(desk.lab), desk.user, NINE, NINE + HOUR)
    idle, broken = desk.world.instrument(desk.lab), desk.world.instrument(desk.lab)
    broken.status = "down"
    db.session.commit()
    address = f"/labs/{desk.lab.id}/today"
    page = sign_in(client, desk.operator).get(address)
    words = text(page)
    assert ", 5 instruments" in words and "3 need you" in words and "1 down" in words
    assert "2 more have not come" in words and "2 more are not shown. Show them" in words
    assert "2 instruments have nothing on this day and are not drawn." in words
    assert page.text.count("board-line") == 3 and f'"/instruments/{idle.id}"' not in page.text
    whole = text(client.get(f"{address}?show=in_use"))
    assert "are not shown" not in whole and whole.count("Not come yet") == 3
    desk.world.closure(desk.lab, NINE, NINE + HOUR)
    assert "5 down" in text(client.get(address))
    # Of another day those are down that the lab shuts all the time they were open.
    assert "1 down" in text(client.get(f"{address}?day=2027-03-03"))
    desk.world.closure(desk.lab, NINE + 15 * HOUR, NINE + 39 * HOUR)
    assert "5 down" in text(client.get(f"{address}?day=2027-03-03"))


def test_an_empty_lab_has_a_day_too(world: World, client: FlaskClient, now) -> None:
    lab, person = world.lab(), world.person()
    world.grant(person, "lab_operator", lab)
    assert "Nothing needs you now" in sign_in(client, person).get(f"/labs/{lab.id}/today").text


def test_confirm_singly_and_together(desk: Desk, client: FlaskClient) -> None:
    number = desk.checked_in()
    done(finish, desk.actor(), number, None, NINE + HOUR)
    sign_in(client, desk.operator)
    page = client.get(f"/labs/{desk.lab.id}/uses").text
    assert "Confirm what is ticked" in page and f'value="{number}"' in page
    wrong = client.post(
        f"/uses/{number}/confirm", data={"version": 2, "operator_minutes": "many", "mode": "self"}
    )
    assert wrong.status_code == 422 and "Enter a whole number." in wrong.text and "many" in wrong.text
    counts = {"count_code": ["tip", ""], "count_number": ["1.5", ""]}
    kept = client.post(
        f"/uses/{number}/confirm", data={"version": 2, "operator_minutes": "75", "mode": "assisted", **counts}
    )
    assert kept.status_code == 303
    page = text(client.get(f"/uses/{number}"))
    assert "75" in page and "tip" in page and "Confirmed" in page
    nothing = client.post(
        f"/labs/{desk.lab.id}/uses/confirm", data={"use": [str(number), "x"]}, follow_redirects=True
    )
    assert "1 was left" in nothing.text


def test_correct_the_hours(desk: Desk, client: FlaskClient) -> None:
    number = desk.checked_in()
    done(finish, desk.actor(), number, None, NINE + HOUR)
    sign_in(client, desk.operator)
    form = {
        "version": 2,
        "layer": "attended",
        "day": "2027-03-02",
        "from": "09:00",
        "until": "09:04",
        "reason": "",
    }
    refused = client.post(f"/uses/{number}/correct", data=form)
    assert refused.status_code == 422 and "Say why the hours are corrected" in refused.text
    client.post(f"/uses/{number}/correct", data=form | {"reason": "Left at once"})
    page = text(client.get(f"/uses/{number}"))
    assert "Left at once" in page and "replaced by a correction" in page and "4 min" in page


def test_the_user_rates_and_sees_only_their_own(desk: Desk, client: FlaskClient) -> None:
    number = desk.checked_in()
    sign_in(client, desk.user)
    said = {"version": 1, "project": "P7", "rating": "5"}
    refused = client.post(f"/uses/{number}/describe", data=said | {"operator_minutes": "9"})
    assert refused.status_code == 422 and "the lab’s to say" in refused.text
    client.post(f"/uses/{number}/describe", data=said)
    assert (desk.use(number).project, desk.use(number).rating, desk.use(number).operator_minutes) == (
        "P7",
        5,
        0,
    )
    assert client.post(f"/uses/{number}/confirm", data={"version": 2}).status_code == 403
    sign_in(client, desk.world.person(desk.home))
    assert client.get(f"/uses/{number}").status_code == 404


def test_settings_say_everything_that_is_wrong(desk: Desk, client: FlaskClient) -> None:
    manager = desk.world.person(desk.home)
    desk.world.grant(manager, "lab_manager", desk.lab)
    sign_in(client, manager)
    address = f"/labs/{desk.lab.id}/usage-settings"
    wrong = client.post(
        address, data={"version": 0, "check_in": "maybe", "grace_minutes": "1", "confirm_days": "x"}
    )
    assert wrong.status_code == 422
    assert all(
        words in wrong.text for words in ("Choose off, optional", "from 5 to 1,440", "Enter a whole number")
    )
    assert (
        client.post(address, data={"version": 0, "check_in": "required", "walk_up": "yes"}).status_code == 303
    )
    assert client.post(address, data={"version": 0, "check_in": "off"}).status_code == 412
    row = db.session.query(UsageSettings).one()
    assert (row.check_in, row.walk_up, row.grace_minutes) == ("required", True, None)
    assert "Required" in client.get(f"/instruments/{desk.instrument.id}/usage-settings").text


def test_a_run_is_recorded_for_several(desk: Desk, client: FlaskClient) -> None:
    sign_in(client, desk.operator)
    address = f"/labs/{desk.lab.id}/runs"
    form = {"instrument": desk.instrument.id, "day": "2027-03-01", "from": "09:00", "until": "12:00",
            "customer": [desk.user.mail, "Nobody Ltd", ""], "customer_samples": ["2", "x", ""],
            "customer_share": ["", "", ""]}  # fmt: skip
    wrong = client.post(address, data=form)
    assert wrong.status_code == 422 and "Nobody Ltd" in wrong.text
    form |= {"customer": [desk.user.mail, desk.home.name_en, ""], "customer_samples": ["2", "4", ""]}
    made = client.post(address, data=form)
    assert made.status_code == 303
    page = text(client.get(made.location))
    assert "33.3%" in page and "66.7%" in page and "Confirmed" in page
