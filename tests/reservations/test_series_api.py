"""Series for programs: the plan, booking it once, changing and cancelling some or all of it, the lab's answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from instruments.database import db
from instruments.reservations.models import Reservation
from instruments.reservations.series_models import Series
from tests.reservations.asking import Lab
from tests.world import World, bearer, sign_in

NINE = datetime(2027, 3, 2, 1, tzinfo=UTC)  # Tuesday 09:00 in Shanghai; the tests' now is a day earlier
HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)


class Desk:
    """Somebody with a token who books one instrument again and again."""

    def __init__(self, client: Any, world: World) -> None:
        self.client, self.world = client, world
        self.home = world.institution()
        self.lab = world.lab(self.home)
        self.person, self.other = world.person(self.home), world.person(self.home)
        self.thing = world.instrument(self.lab)
        self.token, self.stranger = world.token(self.person), world.token(world.person())

    def post(self, path: str, token: str = "", key: str = "", match: str = "", **body: Any) -> Any:
        headers = bearer(token or self.token)
        headers |= {"Idempotency-Key": key} if key else {}
        headers |= {"If-Match": match} if match else {}
        return self.client.post(f"/api/v1/reservation-series{path}", json=body, headers=headers)

    def wanted(self, **more: Any) -> dict[str, Any]:
        times = {"start": NINE.isoformat(), "end": (NINE + 3 * HOUR).isoformat()}
        return {"instrument_id": self.thing.id, **times, "times": 4, "title": "Run", **more}

    def made(self, **more: Any) -> Any:
        answer = self.post("", **self.wanted(**more))
        assert answer.status_code == 201, answer.json
        return answer

    def patch(self, number: int, match: str = "*", **body: Any) -> Any:
        headers = bearer(self.token) | ({"If-Match": match} if match else {})
        return self.client.patch(f"/api/v1/reservation-series/{number}", json=body, headers=headers)

    def starts(self, number: int) -> list[str]:
        """When its reservations that stand start, on the wall."""
        found = self.client.get(f"/api/v1/reservation-series/{number}", headers=bearer(self.token)).json
        return [each["start"][5:16] for each in found["items"] if each["state"] in ("confirmed", "requested")]


@pytest.fixture
def desk(client, world, now) -> Desk:
    return Desk(client, world)


def codes(answer: Any) -> list[str]:
    return [reason["code"] for reason in answer.json["reasons"]]


def count(table: Any) -> int:
    db.session.rollback()
    return db.session.query(table).count()


@pytest.mark.parametrize(
    ("asked", "fields"),
    [
        ({"times": None, "until": "2027-01-01"}, ["until"]),
        ({"times": None}, ["until"]),
        ({"times": 0, "until": "2027-01-01"}, ["times", "until"]),
        ({"times": 0}, ["times"]),
        ({"times": 3, "until": "someday"}, ["until"]),
        ({"times": None, "title": "x" * 201, "every": "never"}, ["every", "title", "until"]),
    ],
)
def test_a_rule_that_is_none_is_told_by_the_names_that_programs_send_and_beside_what_cannot_be_read(
    desk, asked, fields
) -> None:
    for path in ("", "/plan"):
        answer = desk.post(path, **desk.wanted(**asked))
        assert answer.status_code == 422
        assert sorted(reason["field"] for reason in answer.json["reasons"]) == fields
    assert count(Series) == 0


def test_what_does_not_fit_is_told_at_once(desk) -> None:
    answer = desk.post("", **desk.wanted(every="day", weekdays=["XX"], until="soon", surprise=1))
    assert answer.status_code == 422
    assert {reason["field"] for reason in answer.json["reasons"]} == {
        "every",
        "weekdays",
        "until",
        "surprise",
    }
    assert codes(desk.post("", **desk.wanted(until="2027-06-01"))) == ["repeat_two_ends"]
    bad = desk.post(
        "/plan", **desk.wanted(decisions=[{"position": 1, "skip": True, "start": NINE.isoformat()}])
    )
    assert codes(bad) == ["decision"]
    assert desk.post("/plan", **desk.wanted(instrument_id=999999999)).status_code == 404
    assert desk.post("", key=" ", **desk.wanted()).json["reasons"][0]["code"] == "key_empty"


def test_a_decision_about_a_date_that_is_none_is_refused_and_so_are_two_about_one(desk) -> None:
    for path in ("", "/plan"):
        strange = desk.post(path, **desk.wanted(decisions=[{"position": 9, "skip": True}]))
        assert strange.status_code == 422 and codes(strange) == ["no_position"]
        assert strange.json["reasons"][0]["field"] == "decisions"
        assert strange.json["detail"] == (
            "The series has no date at position 9. Its dates are counted from 0 to 3."
        )
        skips = {"position": 1, "skip": True}
        assert codes(desk.post(path, **desk.wanted(decisions=[skips, skips]))) == ["decision"]
    assert count(Series) == 0


def test_the_plan_tells_each_conflict_with_a_proposal_and_writes_nothing(desk) -> None:
    desk.world.reservation(desk.thing, desk.other, NINE + WEEK, NINE + WEEK + HOUR)
    found = desk.post("/plan", **desk.wanted()).json
    assert (found["free"], found["conflicts"]) == (3, 1)
    second = found["items"][1]
    assert (second["outcome"], second["day"]) == ("conflict", "2027-03-09")
    assert [reason["code"] for reason in second["reasons"]] == ["taken"]
    proposal = second["proposal"]
    assert second["shorter_minutes"] == 0
    assert count(Reservation) == 1
    refused = desk.post("", **desk.wanted())
    assert refused.status_code == 409 and codes(refused) == ["taken"]
    assert "9 Mar" in refused.json["detail"] and count(Reservation) == 1
    made = desk.made(decisions=[{"position": 1, **proposal}, {"position": 3, "skip": True}])
    assert [each["start"] for each in made.json["items"]][1] == proposal["start"]
    assert len(made.json["items"]) == 3


def test_sent_twice_it_is_booked_once(desk) -> None:
    first = desk.post("", key="one", **desk.wanted())
    again = desk.post("", key="one", **desk.wanted())
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json and first.headers["ETag"] == again.headers["ETag"]
    assert (count(Series), count(Reservation)) == (1, 4)
    assert codes(desk.post("", key="one", **desk.wanted(times=3))) == ["key_reused"]


def test_strangers_know_nothing_of_it(desk) -> None:
    number = desk.made().json["id"]
    assert (
        desk.client.get(f"/api/v1/reservation-series/{number}", headers=bearer(desk.stranger)).status_code
        == 404
    )
    for deed in ("cancel", "approve", "decline"):
        answer = desk.post(f"/{number}/{deed}", token=desk.stranger, match="*")
        assert answer.status_code == 404, deed


def test_a_change_needs_the_version(desk) -> None:
    made = desk.made()
    number, tag = made.json["id"], made.headers["ETag"]
    assert desk.patch(number, "", scope="all", title="x").status_code == 428
    first = made.json["items"][0]["id"]
    headers = bearer(desk.token) | {"If-Match": "*"}
    assert (
        desk.client.patch(f"/api/v1/reservations/{first}", json={"title": "One"}, headers=headers).status_code
        == 200
    )
    assert desk.patch(number, tag, scope="all", title="x").status_code == 412
    assert codes(desk.patch(number, "*", scope="this", title="x")) == ["not_of_series"]
    assert codes(desk.patch(number, "*", scope="this", reservation_id=999999999, title="x")) == [
        "not_of_series"
    ]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("this", ["03-02T09:00", "03-09T10:00", "03-16T09:00", "03-23T09:00"]),
        ("following", ["03-02T09:00", "03-09T10:00", "03-16T10:00", "03-23T10:00"]),
        ("all", ["03-02T10:00", "03-09T10:00", "03-16T10:00", "03-23T10:00"]),
    ],
)
def test_this_one_this_and_following_or_all_move_alike(desk, scope, expected) -> None:
    made = desk.made().json
    second = made["items"][1]["id"]
    start = NINE + WEEK + HOUR
    times = {"start": start.isoformat(), "end": (start + 3 * HOUR).isoformat()}
    answer = desk.patch(made["id"], scope=scope, reservation_id=second, **times)
    assert answer.status_code == 200, answer.json
    assert desk.starts(made["id"]) == expected


def test_it_moves_into_the_time_that_its_own_next_leaves(desk) -> None:
    made = desk.made(weekdays=["TU", "WE"]).json
    for shift in (24 * HOUR, -24 * HOUR):
        first = datetime.fromisoformat(desk.client.get(
            f"/api/v1/reservation-series/{made['id']}", headers=bearer(desk.token)).json["items"][0]["start"])  # fmt: skip
        times = {"start": (first + shift).isoformat(), "end": (first + shift + 3 * HOUR).isoformat()}
        answer = desk.patch(made["id"], scope="all", **times)
        assert answer.status_code == 200, answer.json
    assert desk.starts(made["id"]) == ["03-02T09:00", "03-03T09:00", "03-09T09:00", "03-10T09:00"]


def test_where_one_cannot_move_none_does_unless_it_is_left(desk) -> None:
    made = desk.made().json
    desk.world.reservation(desk.thing, desk.other, NINE + 2 * WEEK + 3 * HOUR, NINE + 2 * WEEK + 4 * HOUR)
    times = {"start": (NINE + HOUR).isoformat(), "end": (NINE + 4 * HOUR).isoformat()}
    refused = desk.patch(made["id"], scope="all", **times)
    assert refused.status_code == 409 and codes(refused) == ["taken"]
    assert desk.starts(made["id"]) == ["03-02T09:00", "03-09T09:00", "03-16T09:00", "03-23T09:00"]
    moved = desk.patch(made["id"], scope="all", leave=True, **times)
    assert [reason["code"] for reason in moved.json["left"]] == ["taken"]
    assert desk.starts(made["id"]) == ["03-02T10:00", "03-09T10:00", "03-16T09:00", "03-23T10:00"]


def test_a_refused_change_says_what_each_date_could_have_and_takes_decisions(desk) -> None:
    made = desk.made().json
    desk.world.reservation(desk.thing, desk.other, NINE + 2 * WEEK + 3 * HOUR, NINE + 2 * WEEK + 4 * HOUR)
    times = {"scope": "all", "start": (NINE + HOUR).isoformat(), "end": (NINE + 4 * HOUR).isoformat()}
    (date,) = desk.patch(made["id"], **times).json["dates"]
    third = made["items"][2]["id"]
    assert (date["reservation_id"], date["start"][5:16]) == (third, "03-16T09:00")
    # Where it stands it may be left: offered is another time, of the three hours that were wished.
    assert [date["proposal"][end][5:16] for end in ("start", "end")] == ["03-16T13:00", "03-16T16:00"]
    assert date["shorter_minutes"] == 0
    for wrong, code in (
        ({"reservation_id": 999999999, "choice": "leave"}, "not_of_series"),
        ({"reservation_id": third, "choice": "take"}, "decision"),
        ({"reservation_id": third, "choice": "leave", **date["proposal"]}, "decision"),
    ):
        assert codes(desk.patch(made["id"], **times, decisions=[wrong])) == [code]
    leaves = {"reservation_id": third, "choice": "leave"}
    assert codes(desk.patch(made["id"], **times, decisions=[leaves, leaves])) == ["decision"]
    one = {**times, "scope": "this", "reservation_id": made["items"][0]["id"]}
    assert codes(desk.patch(made["id"], **one, decisions=[leaves])) == ["not_changed"]
    takes = {"reservation_id": third, "choice": "take", **date["proposal"]}
    moved = desk.patch(made["id"], **times, decisions=[takes])
    assert moved.status_code == 200, moved.json
    stands = desk.starts(made["id"])
    assert stands[:2] + stands[3:] == ["03-02T10:00", "03-09T10:00", "03-23T10:00"]
    assert stands[2] == date["proposal"]["start"][5:16]


def test_what_it_says_changes_for_all_and_a_wrong_word_is_told_once(desk) -> None:
    made = desk.made().json
    answer = desk.patch(made["id"], scope="all", title="Calibration", purpose="service")
    assert {(each["title"], each["purpose"]) for each in answer.json["items"]} == {("Calibration", "service")}
    answer = desk.patch(made["id"], scope="all", title="x" * 201)
    assert [reason["code"] for reason in answer.json["reasons"]] == ["title_too_long"]


@pytest.mark.parametrize(("scope", "left"), [("this", 3), ("following", 1), ("all", 0)])
def test_cancel_this_one_this_and_following_or_all(desk, scope, left) -> None:
    made = desk.made().json
    second = made["items"][1]["id"]
    assert codes(desk.post(f"/{made['id']}/cancel", match="*", scope="all")) == ["no_reason"]
    answer = desk.post(f"/{made['id']}/cancel", match="*", scope=scope, reservation_id=second, reason="ill")
    assert answer.status_code == 200, answer.json
    assert len(desk.starts(made["id"])) == left


def test_the_cut_off_holds_and_what_has_begun_stays(desk, app) -> None:
    desk.world.rules(desk.thing, cutoff_minutes=24 * 60)
    made = desk.made().json
    app.config["FROZEN_NOW"] = NINE + WEEK - HOUR
    refused = desk.post(f"/{made['id']}/cancel", match="*", scope="all", reason="ill")
    assert codes(refused) == ["cutoff"] and len(desk.starts(made["id"])) == 4
    answer = desk.post(f"/{made['id']}/cancel", match="*", scope="all", reason="ill", leave=True)
    assert [reason["code"] for reason in answer.json["left"]] == ["cutoff"]
    assert desk.starts(made["id"]) == ["03-02T09:00", "03-09T09:00"]
    app.config["FROZEN_NOW"] = NINE + 5 * WEEK
    assert codes(desk.post(f"/{made['id']}/cancel", match="*", scope="all", reason="ill")) == ["series_over"]


def test_the_lab_answers_a_series_at_once(client, world, now) -> None:
    lab = Lab(client, world, now)
    start = now + 26 * HOUR

    def ask() -> int:
        body = {
            "instrument_id": lab.instrument_id, "times": 3,
            "start": start.isoformat(), "end": (start + 2 * HOUR).isoformat(),
        }  # fmt: skip
        answer = client.post("/api/v1/reservation-series", json=body, headers=bearer(lab.tokens["partner"]))
        assert {each["state"] for each in answer.json["items"]} == {"requested"}
        return answer.json["id"]

    def answer(who: str, number: int, deed: str, **body: Any) -> Any:
        headers = bearer(lab.tokens[who]) | {"If-Match": "*"}
        return client.post(f"/api/v1/reservation-series/{number}/{deed}", json=body, headers=headers)

    number = ask()
    assert answer("partner", number, "approve").status_code == 403
    assert answer("member", number, "approve").status_code == 404
    assert answer("operator", number, "decline").json["reasons"][0]["code"] == "no_reason"
    declined = answer("operator", number, "decline", message="No staff that month")
    assert {each["state"] for each in declined.json["items"]} == {"declined"}
    page = sign_in(client, lab.people["partner"]).get(f"/reservations/series/{number}").text
    assert page.count("No staff that month") == 3
    number = ask()
    approved = answer("manager", number, "approve", message="Welcome")
    assert {each["state"] for each in approved.json["items"]} == {"confirmed"}
    assert answer("manager", number, "approve").json["reasons"][0]["code"] == "not_requested"
