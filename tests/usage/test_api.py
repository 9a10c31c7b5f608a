"""Usage for programs: refusals first, versions, what a logger repeats, and every door once."""

from __future__ import annotations

import io

import pytest
from flask.testing import FlaskClient

from tests.usage.desk import HOUR, MINUTE, NINE, Desk
from tests.world import World, bearer

SCOPES = "usage:read usage:write labs:read labs:write reservations:read"


@pytest.fixture
def desk(world: World, app) -> Desk:
    app.config["FROZEN_NOW"] = NINE + 5 * MINUTE
    return Desk(world)


class Program:
    """A program with somebody's token."""

    def __init__(self, client: FlaskClient, desk: Desk, person) -> None:
        self.client, self.head = client, bearer(desk.world.token(person, SCOPES))

    def get(self, path: str):
        return self.client.get(f"/api/v1{path}", headers=self.head)

    def send(self, path: str, body=None, match: str | None = None, method: str = "POST"):
        head = self.head | ({"If-Match": match} if match else {})
        return self.client.open(f"/api/v1{path}", method=method, json=body or {}, headers=head)


def codes(answer) -> list[str]:
    return [reason["code"] for reason in answer.json["reasons"]]


def report(desk: Desk, **more):
    return {
        "instrument_id": desk.instrument.id, "key": "s-1", "start": (NINE - HOUR).isoformat(),
        "end": NINE.isoformat(), "layer": "measurement", "source": "meter",
    } | more  # fmt: skip


def test_a_logger_reports_once(desk: Desk, client: FlaskClient) -> None:
    user, lab = Program(client, desk, desk.user), Program(client, desk, desk.operator)
    assert client.post("/api/v1/usage", json=report(desk)).status_code == 401
    assert user.send("/usage", report(desk)).status_code == 404
    wrong = lab.send("/usage", report(desk, layer="sleep", end="yesterday"))
    assert wrong.status_code == 422 and len(wrong.json["reasons"]) == 2
    future = lab.send("/usage", report(desk, end=(NINE + HOUR).isoformat(), user="nobody@example.org"))
    assert sorted(codes(future)) == ["future", "no_person"]
    made = lab.send("/usage", report(desk))
    assert (made.status_code, made.json["repeated"]) == (201, False)
    again = lab.send("/usage", report(desk))
    assert (again.status_code, again.json) == (201, made.json | {"repeated": True})
    assert codes(lab.send("/usage", report(desk, start=(NINE - 2 * HOUR).isoformat()))) == ["key_used"]
    [item] = lab.get(f"/usage?lab_id={desk.lab.id}").json["items"]
    assert (item["flags"], item["evidence"]) == (["nobody"], {"sensor": 3600})
    number = made.json["use_ids"][0]
    nobody = {"user": "nobody@nowhere.example", "group_id": 0, "who": "x"}
    refused = lab.send(f"/usage/{number}/user", nobody, f'"{item["version"]}"')
    assert (refused.status_code, len(codes(refused))) == (422, 3)
    named = lab.send(f"/usage/{number}/user", {"user": desk.user.mail}, f'"{item["version"]}"')
    assert named.json["user"]["id"] == desk.user.id and named.json["flags"] == []
    assert user.get(f"/usage/{number}").status_code == 200


def test_check_in_and_out_by_version(desk: Desk, client: FlaskClient, app) -> None:
    user = Program(client, desk, desk.user)
    address = f"/reservations/{desk.reservation.id}"
    assert user.send(f"{address}/check-in").status_code == 428
    assert user.send(f"{address}/check-in", match='"7"').status_code == 412
    assert codes(user.send(f"{address}/check-out", match='"1"')) == ["not_checked_in"]
    begun = user.send(f"{address}/check-in", match='"1"')
    assert (begun.status_code, begun.json["state"]) == (200, "running")
    assert codes(user.send(f"{address}/check-in", match="*")) == ["checked_in"]
    use, tag = f"/usage/{begun.json['id']}", begun.headers["ETag"]
    assert user.send(f"{use}/phase", {"layer": "idle"}, tag).status_code == 422
    tag = user.send(f"{use}/phase", {"layer": "measurement"}, tag).headers["ETag"]
    later = (NINE + 3 * HOUR).isoformat()
    tag = user.send(f"{use}/extend", {"until": later}, tag).headers["ETag"]
    app.config["FROZEN_NOW"] = NINE + HOUR
    over = user.send(f"{address}/check-out", match="*")
    assert over.json["state"] == "waiting" and over.json["layers"]["measurement"]
    back = user.send(f"{use}/undo", match=over.headers["ETag"])
    assert back.json["state"] == "running"
    assert user.send(f"{use}/finish", match=back.headers["ETag"]).json["ended_by"] == "person"
    tag = user.get(use).headers["ETag"]
    told = user.send(use, {"project": "P1", "rating": 4, "subject": "150"}, tag, "PATCH")
    assert (told.json["project"], told.json["rating"]) == ("P1", 4)
    lab_says = {"project": "P2", "operator_minutes": 600, "samples": 5}
    refused = user.send(use, lab_says, told.headers["ETag"], "PATCH")
    assert (refused.status_code, codes(refused)) == (422, ["of_lab", "of_lab"])
    assert [reason["field"] for reason in refused.json["reasons"]] == ["operator_minutes", "samples"]
    assert user.get(use).json["project"] == "P1"


def test_given_back_missed_and_standing_again(desk: Desk, client: FlaskClient) -> None:
    user, lab = Program(client, desk, desk.user), Program(client, desk, desk.operator)
    address = f"/reservations/{desk.reservation.id}"
    assert codes(user.send(f"{address}/no-show", match="*")) == ["not_staff"]
    missed = lab.send(f"{address}/no-show", match='"1"')
    assert missed.json["state"] == "no_show"
    stands = lab.send(f"{address}/stand-again", match=missed.headers["ETag"])
    assert stands.json["state"] == "confirmed"
    assert user.send(f"{address}/give-back", match=stands.headers["ETag"]).json["state"] == "released"


def test_walk_ups_runs_and_settings(desk: Desk, client: FlaskClient, app) -> None:
    manager = desk.world.person(desk.home)
    desk.world.grant(manager, "lab_manager", desk.lab)
    lab, user = Program(client, desk, manager), Program(client, desk, desk.user)
    place = f"/labs/{desk.lab.id}/usage-settings"
    assert user.get(place).status_code in (403, 404)
    tag = lab.get(place).headers["ETag"]
    assert codes(lab.send(place, {"grace_minutes": 1}, tag, "PUT")) == ["not_within"]
    kept = lab.send(place, {"walk_up": True, "check_in": "optional"}, tag, "PUT")
    assert (kept.json["own"]["walk_up"], kept.json["otherwise"]["check_in"]) == (True, "off")
    assert (
        lab.get(f"/instruments/{desk.instrument.id}/usage-settings").json["otherwise"]["check_in"]
        == "optional"
    )
    app.config["FROZEN_NOW"] = NINE - 4 * HOUR
    wish = {"instrument_id": desk.instrument.id, "until": (NINE - 3 * HOUR).isoformat()}
    nowhere = user.send("/usage/walk-ups", {**wish, "instrument_id": 2**31})
    assert (nowhere.status_code, codes(nowhere)) == (404, ["no_instrument"])
    begun = user.send("/usage/walk-ups", wish)
    assert (begun.status_code, begun.json["kind"], begun.json["reserved"]) == (201, "walk_up", None)
    app.config["FROZEN_NOW"] = NINE + 5 * MINUTE
    span = {"start": (NINE - 2 * HOUR).isoformat(), "end": (NINE - HOUR).isoformat()}
    run = {"instrument_id": desk.instrument.id, "spans": [span], "facts": {"counts": {"sample": "2.5"}},
           "customers": [{"person_id": desk.user.id, "samples": 2}, {"institution_id": desk.home.id, "samples": 1}]}  # fmt: skip
    assert user.send("/usage/runs", run).status_code == 403
    made = lab.send("/usage/runs", run)
    assert (made.status_code, made.json["state"], made.json["samples"]) == (201, "confirmed", 3)


def test_confirm_correct_and_many(desk: Desk, client: FlaskClient, app) -> None:
    lab, user = Program(client, desk, desk.operator), Program(client, desk, desk.user)
    begun = user.send(f"/reservations/{desk.reservation.id}/check-in", match="*").json
    use = f"/usage/{begun['id']}"
    app.config["FROZEN_NOW"] = NINE + HOUR
    user.send(f"{use}/finish", match="*")
    assert user.send(f"{use}/confirm", {}, "*").status_code == 403
    assert user.send("/usage/confirm", {"ids": [begun["id"]]}).json == {
        "confirmed": [],
        "left": [begun["id"]],
    }
    tag = lab.get(use).headers["ETag"]
    span = {"start": NINE.isoformat(), "end": (NINE + HOUR).isoformat()}
    corrected = lab.send(f"{use}/correct", {"layer": "attended", "spans": [span], "reason": "Was there"}, tag)
    assert corrected.json["evidence"] == {"typed": 3600}
    assert lab.send("/usage/confirm", {"ids": [begun["id"]]}).json == {"confirmed": [begun["id"]], "left": []}
    assert codes(lab.send(f"{use}/confirm", {"operator_minutes": 5}, "*")) == ["confirmed"]


def test_outputs_and_files(desk: Desk, client: FlaskClient) -> None:
    lab, user = Program(client, desk, desk.operator), Program(client, desk, desk.user)
    address = f"/instruments/{desk.instrument.id}/outputs"
    assert user.send(address, {"year": 2026, "kind": "thesis"}).status_code == 403
    made = lab.send(address, {"year": 2026, "kind": "thesis", "title": "On spectra"})
    assert made.status_code == 201
    assert [one["title"] for one in user.get(address).json["items"]] == ["On spectra"]
    one = f"/outputs/{made.json['id']}"
    assert lab.send(one, method="DELETE").status_code == 428
    assert lab.send(one, match='"1"', method="DELETE").status_code == 200
    content = (
        f"instrument,start,end\n{desk.instrument.name_en},2027-03-02 07:00,2027-03-02 08:00\nx,y,z\n".encode()
    )
    sent = client.post(
        f"/api/v1/labs/{desk.lab.id}/usage-files", headers=lab.head, content_type="multipart/form-data",
        data={"kind": "logs", "file": (io.BytesIO(content), "logs.csv")},
    )  # fmt: skip
    assert (sent.status_code, sent.json["counts"]) == (201, {"new": 1, "taken": 0, "same": 0, "refused": 1})
    number = sent.json["id"]
    assert lab.send(f"/usage-files/{number}/take").json == {"taken": 1}
    told = lab.get(f"/usage-files/{number}").json
    assert told["counts"] == {"new": 0, "taken": 1, "same": 0, "refused": 1}
    assert [row["outcome"] for row in told["rows"]] == ["taken", "refused"]


def test_whose_uses_a_program_reads(desk: Desk, client: FlaskClient) -> None:
    user = Program(client, desk, desk.user)
    user.send(f"/reservations/{desk.reservation.id}/check-in", match="*")
    assert len(user.get("/usage").json["items"]) == 1
    stranger = Program(client, desk, desk.world.person(desk.home))
    assert stranger.get("/usage").json["items"] == []
    number = user.get("/usage").json["items"][0]["id"]
    assert stranger.get(f"/usage/{number}").status_code == 404
    assert (
        user.get(f"/usage?from={(NINE + HOUR).isoformat().replace('+', '%2B')}&limit=1").json["next"] is None
    )


def test_what_is_on_record_is_told_whole(desk: Desk, client: FlaskClient, app) -> None:
    lab, user = Program(client, desk, desk.operator), Program(client, desk, desk.user)
    number = user.send(f"/reservations/{desk.reservation.id}/check-in", match="*").json["id"]
    day = lab.get(f"/labs/{desk.lab.id}/day").json
    assert [(stay["state"], stay["use_id"]) for stay in day["stays"]] == [("in_use", number)]
    assert user.get(f"/labs/{desk.lab.id}/day").status_code == 403
    for wrong_day in ("2027-13-01", "0001-01-01", "9999-12-31"):
        assert codes(lab.get(f"/labs/{desk.lab.id}/day?day={wrong_day}")) == ["date"]
    app.config["FROZEN_NOW"] = NINE + HOUR
    user.send(f"/usage/{number}/finish", match="*")
    wrong = {"uses": [{"id": number, "samples": 2, "fault_minutes": 5}]}
    assert lab.send("/usage/confirm", wrong).json["reasons"][0]["field"] == f"uses.{number}.fault_reason"
    wrong["uses"][0] |= {"fault_minutes": 61, "fault_reason": "Pump"}
    (reason,) = lab.send("/usage/confirm", wrong).json["reasons"]
    assert (reason["code"], reason["field"]) == ("fault_too_long", f"uses.{number}.fault_minutes")
    assert codes(
        lab.send(f"/usage/{number}/confirm", {"fault_minutes": 61, "fault_reason": "Pump"}, match="*")
    ) == ["fault_too_long"]
    said = {"uses": [{"id": number, "version": 2, "samples": 2, "counts": {"grid": "1.50"}}]}
    assert lab.send("/usage/confirm", said).json == {"confirmed": [number], "left": []}
    one = lab.get(f"/usage/{number}")
    assert (one.json["counts"], one.json["confirmed_by"]["id"]) == ({"grid": "1.5"}, desk.operator.id)
    amended = lab.send(f"/usage/{number}/amend", {"samples": 3, "reason": "Miscounted"}, one.headers["ETag"])
    assert amended.json["samples"] == 3
    record = lab.get(f"/usage/{number}/record").json
    assert [each["grade"] for each in record["reports"]] == ["scan"]
    assert [(each["reason"], each["changes"]) for each in record["amendments"]] == [
        ("Miscounted", {"samples": [2, 3]})
    ]
    assert Program(client, desk, desk.world.person()).get(f"/usage/{number}/record").status_code == 404
    back = lab.send(f"/usage/{number}/undo", match=amended.headers["ETag"])
    assert (back.json["state"], back.json["confirmed_at"]) == ("waiting", None)


def test_a_report_is_known_by_the_key_of_its_request(desk: Desk, client: FlaskClient) -> None:
    lab = Program(client, desk, desk.operator)
    span = {"start": (NINE - HOUR).isoformat(), "end": NINE.isoformat()}
    report = {"instrument_id": desk.instrument.id, "source": "meter", **span}
    assert codes(lab.send("/usage", report)) == ["key"]
    headers = lab.head | {"Idempotency-Key": "one"}
    first, again = (client.post("/api/v1/usage", json=report, headers=headers).json for _ in range(2))
    assert (first["repeated"], again) == (False, first | {"repeated": True})
    other = client.post("/api/v1/usage", json=report | {"layer": "idle"}, headers=headers)
    assert codes(other) == ["key_used"]
