"""A series from the booking form: every date first, what conflicts and what instead, then booked, changed and cancelled."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from instruments.database import db
from instruments.database.transactions import deed
from instruments.people.rights import Role
from instruments.people.signing import actor_by_id
from instruments.reservations.handing_over import hand_over
from instruments.reservations.models import Reservation
from instruments.reservations.series_models import Series
from tests.world import World, sign_in

NINE = datetime(2027, 3, 2, 1, tzinfo=UTC)  # Tuesday 09:00 in Shanghai; the tests' now is a day earlier
HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)


class Desk:
    """Somebody signed in, before the booking form of an instrument."""

    def __init__(self, client: Any, world: World, **instrument: Any) -> None:
        self.client, self.world = client, world
        self.home = world.institution()
        self.lab = world.lab(self.home)
        self.person, self.other = world.person(self.home), world.person(self.home)
        self.thing = world.instrument(self.lab, **instrument)
        sign_in(client, self.person)

    def form(self, **more: Any) -> dict[str, Any]:
        return {
            "day": "2027-03-02", "from": "09:00", "until": "12:00", "purpose": "research", "title": "Run", "key": "k",
            "repeats": "week", "times": "4", "skip_holidays": "1", **more,
        }  # fmt: skip

    def post(self, path: str, **more: Any) -> Any:
        return self.client.post(f"/instruments/{self.thing.id}{path}", data=self.form(**more))

    def books(self, **more: Any) -> int:
        answer = self.post("/series", do="book", **more)
        assert answer.status_code == 303, answer.text
        return int(answer.location.rsplit("/", 1)[1])

    def starts(self) -> list[str]:
        db.session.rollback()
        rows = db.session.query(Reservation).filter_by(user_id=self.person.id).order_by(Reservation.starts_at)
        return [f"{row.starts_at + 8 * HOUR:%m-%d %H}" for row in rows if row.live]


@pytest.fixture
def desk(client, world, now) -> Desk:
    return Desk(client, world)


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_the_form_offers_to_repeat_and_without_script_sends_to_the_dates(desk) -> None:
    page = desk.client.get(f"/instruments/{desk.thing.id}").text
    assert 'name="repeats"' in page and 'name="weekdays"' in page
    answer = desk.post("/reservations")
    assert answer.status_code == 307 and answer.location.endswith(f"/instruments/{desk.thing.id}/series/plan")
    followed = desk.client.post(answer.location, data=desk.form())
    assert followed.status_code == 200 and "4 of 4 can be booked" in words(followed)
    assert desk.starts() == []


def test_what_cannot_be_read_is_told_beside_its_field_and_stays(desk) -> None:
    answer = desk.post("/series/plan", times="", title="Nickel")
    assert "It has no end. Give its last day, or how many times." in words(answer) and "Nickel" in answer.text
    answer = desk.post("/series/plan", times="many", repeat_until="soon", day="x")
    for sentence in ("Write a whole number.", "Write it like 2026-11-25."):
        assert sentence in words(answer)
    answer = desk.post("/series", do="book", repeats="daily")
    assert "Choose how often it repeats." in words(answer) and desk.starts() == []


def test_with_what_cannot_be_read_the_rest_is_judged(desk) -> None:
    desk.world.reservation(desk.thing, desk.other, NINE, NINE + HOUR)
    answer = words(desk.post("/series/plan", times="many", title="x" * 201))
    for sentence in (
        "Write a whole number.",
        "Tue 2 Mar, 09:00–10:00 is already booked.",
        "The title is too long.",
    ):
        assert sentence in answer, sentence
    answer = words(desk.post("/series/plan", times="", title="x" * 201))
    for sentence in ("It has no end.", "Tue 2 Mar, 09:00–10:00 is already booked.", "The title is too long."):
        assert answer.count(sentence) in (1, 2), sentence
    answer = words(desk.post("/series/plan", day="soon", title="x" * 201))
    assert "Write it like 2026-11-25." in answer and "The title is too long." in answer
    assert "is already booked" not in answer


def test_a_conflict_is_left_out_or_its_proposal_taken(desk) -> None:
    desk.world.reservation(desk.thing, desk.other, NINE + WEEK, NINE + WEEK + HOUR)
    desk.world.holiday(desk.home, (NINE + 2 * WEEK).date())
    page = desk.post("/series/plan")
    assert "3 of 4 can be booked" in words(page) and "1 holiday left out" in words(page)
    (offer,) = re.findall(r'name="offer-2027-03-09" value="([^"]+)"', page.text)
    assert '<option value="skip" selected>' in page.text
    checked = desk.post("/series", do="check", **{"on-2027-03-09": f"take:{offer}"})
    assert "4 of 4 can be booked" in words(checked) and desk.starts() == []
    desk.books(**{"on-2027-03-09": f"take:{offer}"})
    assert desk.starts() == ["03-02 09", "03-09 10", "03-23 09", "03-30 09"]


def test_another_time_counts_before_the_choice_and_is_judged(desk) -> None:
    other = {"day-2027-03-09": "2027-03-10", "from-2027-03-09": "14:00", "on-2027-03-09": "skip"}
    wrong = desk.post("/series", do="book", **other)
    assert "Choose a time." in words(wrong) and desk.starts() == []
    # At the top, too, where one looks first, with the day that is meant and once.
    assert "Nothing is booked yet: please correct this" in words(wrong)
    assert '<a href="#f-on-2027-03-09">Tue 9 Mar: Choose a time.' in wrong.text
    desk.books(**other, **{"until-2027-03-09": "16:00"})
    assert desk.starts() == ["03-02 09", "03-10 14", "03-16 09", "03-23 09"]


def test_nothing_is_half_done_when_a_date_went_meanwhile(desk) -> None:
    desk.world.reservation(desk.thing, desk.other, NINE + WEEK, NINE + WEEK + HOUR)
    answer = desk.post("/series", do="book")
    assert answer.status_code == 409 and "Nothing was booked." in words(answer)
    assert "9 Mar" in words(answer) and desk.starts() == []
    desk.books(**{"on-2027-03-09": "skip"})
    assert desk.starts() == ["03-02 09", "03-16 09", "03-23 09"]


def test_the_form_sent_twice_books_once(desk) -> None:
    assert desk.books() == desk.books()
    assert db.session.query(Series).count() == 1


def test_mine_lists_the_next_of_a_series_and_leads_to_all_of_it(desk) -> None:
    number = desk.books(title="Weekly run")
    desk.world.reservation(desk.thing, desk.person, NINE + 2 * HOUR + WEEK * 5)
    page = desk.client.get("/reservations")
    assert page.text.count("Weekly run") == 1 and "Series, 3 more to come" in words(page)
    assert f"/reservations/series/{number}" in page.text
    shown = words(desk.client.get(f"/reservations/series/{number}"))
    assert (
        "Every week on Tue, 09:00–12:00, 4 times, not on holidays (as booked)" in shown
        and "4 still to come" in shown
    )


def test_strangers_see_no_series(desk, client, world) -> None:
    number = desk.books()
    sign_in(client, world.person())
    for path in ("", "/change", "/cancel"):
        assert client.get(f"/reservations/series/{number}{path}").status_code == 404
    for path in ("/change", "/cancel", "/answer"):
        assert client.post(f"/reservations/series/{number}{path}", data={}).status_code == 404


def version(desk: Desk, number: int) -> str:
    page = desk.client.get(f"/reservations/series/{number}/cancel").text
    return re.findall(r'name="version" value="(\d+)"', page)[0]


def change(desk: Desk, number: int, of: int = 0, **more: Any) -> Any:
    page = desk.client.get(f"/reservations/series/{number}/change?of={of}").text
    hidden = dict(re.findall(r'type="hidden" name="(version|of)" value="([^"]*)"', page))
    typed = {"day": "2027-03-02", "from": "13:00", "until": "15:00", "title": "Run", "purpose": "research"}
    return desk.client.post(
        f"/reservations/series/{number}/change", data={**hidden, "scope": "all", **typed, **more}
    )


def test_all_move_alike_and_what_cannot_is_left_only_when_wished(desk) -> None:
    number = desk.books()
    desk.world.reservation(desk.thing, desk.other, NINE + WEEK + 4 * HOUR, NINE + WEEK + 5 * HOUR)
    refused = change(desk, number)
    assert refused.status_code == 409 and "Nothing was changed." in words(refused)
    assert desk.starts() == ["03-02 09", "03-09 09", "03-16 09", "03-23 09"]
    assert "Decide below what becomes of 1 date." in words(refused)
    assert change(desk, number, leave="1").status_code == 303
    assert desk.starts() == ["03-02 13", "03-09 09", "03-16 13", "03-23 13"]


@pytest.mark.parametrize(("moves", "said", "next_one"), [
    ([(0, "all", "02", "13:00", "16:00")], "Every week on Tue, 13:00–16:00", "13:00"),
    ([(0, "all", "03", "13:00", "16:00")], "Every week on Wed, 13:00–16:00", "13:00"),
    ([(0, "this", "03", "09:00", "12:00")], "On different days, 09:00–12:00", "09:00"),
    (
        [(0, "this", "02", "09:30", "10:30"), (1, "following", "09", "11:00", "12:00")],
        "Every week on Tue, at different times: 09:30–10:30 once, 11:00–12:00 3 times", "09:30",
    ),
    (
        [(n, "this", day, f"1{n}:00", f"1{n}:30") for n, day in enumerate(("02", "09", "16", "23"))],
        "Every week on Tue, at different times ", "10:00",
    ),
])  # fmt: skip
def test_the_head_says_what_is_true_of_the_dates_to_come(desk, moves, said, next_one) -> None:
    number = desk.books()
    ids = [row.id for row in db.session.query(Reservation.id).order_by(Reservation.starts_at)]
    for place, scope, day, start, end in moves:
        times = {"day": f"2027-03-{day}", "from": start, "until": end}
        assert change(desk, number, of=ids[place], scope=scope, **times).status_code == 303
    page, form = (words(desk.client.get(f"/reservations/series/{number}{path}")) for path in ("", "/change"))
    assert said in page and said in form and "(as booked)" not in page
    typed = desk.client.get(f"/reservations/series/{number}/change").text
    assert re.findall(r'name="from"[^>]*value="([^"]*)"', typed) == [next_one]


def test_what_is_over_or_gone_counts_no_more_in_the_head_of_a_series(desk) -> None:
    number = desk.books()
    first = db.session.query(Reservation.id).order_by(Reservation.starts_at).first()[0]
    assert change(desk, number, of=first, scope="this").status_code == 303
    assert "at different times" in words(desk.client.get(f"/reservations/series/{number}"))
    cancelled = desk.client.post(
        f"/reservations/series/{number}/cancel",
        data={"of": str(first), "scope": "this", "reason": "ill", "version": version(desk, number)},
    )
    assert cancelled.status_code == 303
    assert "Tue, 09:00–12:00, 4 times, not on holidays (as booked)" in words(
        desk.client.get(f"/reservations/series/{number}")
    )


def test_what_cannot_move_is_listed_by_day(desk) -> None:
    number = desk.books()
    for weeks in (1, 3):
        start = NINE + weeks * WEEK + 4 * HOUR
        desk.world.reservation(desk.thing, desk.other, start, start + HOUR)
    said = words(change(desk, number))
    assert said.index("Tue 9 Mar, 09:00") < said.index("Tue 23 Mar, 09:00")


def decided(answer: Any) -> tuple[dict[str, str], list[str]]:
    """The question that the page asks about, and what can be chosen for the one date in the way."""
    question = re.findall(r'name="question" value="([^"]*)"', answer.text)[0]
    (choices,) = re.findall(r'<select[^>]*name="at-1".*?</select>', answer.text, re.S)
    return {"question": question}, re.findall(r'value="([^"]+)"', choices)


def test_a_date_in_the_way_takes_another_time_stays_or_is_cancelled(desk) -> None:
    number = desk.books()
    desk.world.reservation(desk.thing, desk.other, NINE + WEEK + 4 * HOUR, NINE + WEEK + 5 * HOUR)
    question, choices = decided(change(desk, number))
    assert [choice.partition(":")[0] for choice in choices] == ["take", "leave", "drop"]
    unsaid = change(desk, number, **question, **{"at-1": "drop"})
    assert unsaid.status_code == 422 and "Say why you cancel." in words(unsaid)
    assert '<option value="drop" selected' in unsaid.text
    # What was decided about other times than are asked for now counts for nothing.
    elsewhere = change(desk, number, **question, **{"at-1": "leave", "until": "15:15"})
    assert elsewhere.status_code == 409
    assert change(desk, number, **question, **{"at-1": choices[0]}).status_code == 303
    assert desk.starts()[0] == "03-02 13" and desk.starts()[2:] == ["03-16 13", "03-23 13"]
    assert desk.starts()[1] in ("03-09 11", "03-09 14", "03-09 12")


def test_a_date_in_the_way_is_dropped_with_a_reason_and_told_so(desk) -> None:
    number = desk.books()
    desk.world.reservation(desk.thing, desk.other, NINE + WEEK + 4 * HOUR, NINE + WEEK + 5 * HOUR)
    question, _ = decided(change(desk, number))
    done = change(desk, number, **question, **{"at-1": "drop", "reason": "No staff"})
    assert done.status_code == 303
    assert desk.starts() == ["03-02 13", "03-16 13", "03-23 13"]
    page = words(desk.client.get(done.location))
    assert "3 reservations are changed. 1 reservation is cancelled" in page


def test_all_left_as_they_are_is_no_change(desk) -> None:
    number = desk.books()
    asked = "2027-03-02|13:00||15:00|all"
    every = {f"at-{place}": "leave" for place in range(4)}
    answer = change(desk, number, question=asked, **every)
    assert answer.status_code == 422 and "there is nothing to change" in words(answer)


def test_hazardous_samples_are_said_for_all_of_them(desk) -> None:
    number = desk.books()
    desk.world.needs(desk.thing, two_if_hazardous=True)
    page = desk.client.get(f"/reservations/series/{number}/change")
    assert 'name="hazardous"' in page.text and 'name="second_person"' in page.text
    refused = change(desk, number, hazardous="1", **{"from": "09:00", "until": "12:00"})
    assert refused.status_code == 422 and "Dates that cannot be changed" not in words(refused)
    assert 'id="f-second_person-error"' in refused.text or "second person" in words(refused)
    desk.world.admission(desk.other, desk.home)
    done = change(
        desk, number, hazardous="1", second_person=desk.other.mail, **{"from": "09:00", "until": "12:00"}
    )
    assert done.status_code == 303, words(done)
    rows = db.session.query(Reservation).filter_by(user_id=desk.person.id).populate_existing().all()
    assert {(row.hazardous, row.second_id) for row in rows} == {(True, desk.other.id)}


def test_this_and_those_that_follow_are_cancelled_with_a_reason(desk) -> None:
    number = desk.books()
    second = db.session.query(Reservation.id).order_by(Reservation.starts_at).all()[1][0]
    page = desk.client.get(f"/reservations/series/{number}/cancel?of={second}")
    assert "This and those that follow" in page.text and "3 reservations" in page.text
    hidden = dict(re.findall(r'type="hidden" name="(version|of)" value="([^"]*)"', page.text))
    address = f"/reservations/series/{number}/cancel"
    refused = desk.client.post(address, data={**hidden, "scope": "following"})
    assert refused.status_code == 422 and "Say why you cancel." in words(refused)
    stale = desk.client.post(address, data={**hidden, "version": 1, "scope": "following", "reason": "ill"})
    assert stale.status_code == 412
    done = desk.client.post(address, data={**hidden, "scope": "following", "reason": "ill"})
    assert done.status_code == 303 and desk.starts() == ["03-02 09"]


def test_the_lab_sees_one_line_and_answers_it_at_once(desk, client, world) -> None:
    world.approval_rule(desk.lab, "institution")
    manager = world.person(desk.home)
    world.grant(manager, Role.LAB_MANAGER, desk.lab)
    page = desk.post("/series/plan")
    assert "Ask for the chosen dates" in page.text
    number = desk.books()
    sign_in(client, manager)
    queue = client.get(f"/labs/{desk.lab.id}/approvals")
    assert "4 dates of a series wait" in words(queue) and queue.text.count('aria-current="true"') >= 1
    assert queue.text.count("queue-line") == 1
    version = re.findall(r'series/\d+/answer".*?name="version" value="(\d+)"', queue.text, re.S)[0]
    refused = client.post(
        f"/reservations/series/{number}/answer", data={"do": "decline", "version": version, "message": " "}
    )
    assert refused.status_code == 422 and 'href="#series-message"' in refused.text
    answer = client.post(f"/reservations/series/{number}/answer", data={"do": "approve", "version": version})
    assert answer.status_code == 303
    db.session.rollback()
    assert {row.state for row in db.session.query(Reservation)} == {"confirmed"}


def test_what_was_handed_over_stands_alone_and_leads_to_nobody_elses_series(desk, client, world, now) -> None:
    desk.books()
    number = db.session.query(Reservation.id).order_by(Reservation.starts_at).all()[2][0]
    manager = world.person(desk.home)
    world.grant(manager, Role.INSTITUTION_MANAGER, desk.home)
    actor, user = actor_by_id(manager.id, now), actor_by_id(desk.other.id, now)
    with deed():
        hand_over(actor, user, number, None, now)
    with deed():
        db.session.execute(
            update(Reservation).where(Reservation.id == number).values(booker_id=desk.other.id)
        )
    sign_in(client, desk.other)
    page = client.get("/reservations")
    assert page.text.count(f'/reservations/{number}"') == 1 and "/reservations/series/" not in page.text
    assert "/reservations/series/" not in client.get(f"/reservations/{number}").text


@pytest.mark.parametrize("rule", [{"repeat_until": "2027-06-01"}, {"times": "4"}, {"weekdays": "2"}])
def test_once_with_an_end_or_weekdays_is_asked_about_and_not_booked(desk, rule) -> None:
    once = {"repeats": "", "times": "", **rule}
    answer = desk.post("/reservations", **once)
    assert answer.status_code == 422 and desk.starts() == []
    assert (
        "Choose how often it repeats. Or, to book it once, leave its weekdays, last day and number empty."
        in (words(answer))
    )
    assert re.search(r'<select[^>]*id="f-repeats"[^>]*aria-invalid="true"', answer.text)
    (typed,) = rule.values()
    assert f'value="{typed}"' in answer.text  # what was typed is kept
    assert desk.post("/reservations", repeats="", times="").status_code == 303


def test_the_head_speaks_chinese_where_times_differ(desk) -> None:
    number = desk.books()
    first = db.session.query(Reservation.id).order_by(Reservation.starts_at).first()[0]
    assert change(desk, number, of=first, scope="this").status_code == 303
    desk.person.language = "zh_Hans_CN"
    db.session.commit()
    shown = words(desk.client.get(f"/reservations/series/{number}"))
    assert "周二，时间各异：09:00–12:00 3 次、13:00–15:00 1 次" in shown


def test_each_date_stands_on_the_readers_wall_too_with_the_clock_of_that_date(desk) -> None:
    plain = desk.post("/series/plan", times="5")
    assert "Your time" not in plain.text
    desk.person.zone = "Europe/Berlin"
    db.session.commit()
    shown = words(desk.post("/series/plan", times="5"))
    assert "Tue 2 Mar, 09:00–12:00 Your time: 02:00–05:00, Berlin time, UTC+1" in shown
    assert "Tue 30 Mar, 09:00–12:00 Your time: 03:00–06:00, Berlin time, UTC+2" in shown


def test_the_form_that_moves_a_series_says_ones_own_time_of_the_date(desk) -> None:
    number = desk.books()
    address = f"/reservations/series/{number}/change"
    assert "Berlin" not in words(desk.client.get(address))
    desk.person.zone = "Europe/Berlin"
    db.session.commit()
    assert "Berlin time, UTC+1" in words(desk.client.get(address))
