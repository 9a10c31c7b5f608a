"""The pages of notices: one's own and nobody else's, the unread first, and what one wishes to be told."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from instruments.database import db
from instruments.notices import tasks
from instruments.notices.models import Notice, NoticePreference
from tests.conftest import NOW
from tests.notices.conftest import HOUR, TOMORROW
from tests.world import bearer, sign_in


@pytest.fixture
def lin(client: FlaskClient, place) -> FlaskClient:
    """Lin, signed in, for whom the lab booked three times."""
    for hours in range(3):
        place.books(place.manager, place.lin, start=TOMORROW + hours * HOUR)
    tasks.follow()
    return sign_in(client, place.lin)


def of(person) -> list[Notice]:
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(select(Notice).where(Notice.person_id == person.id).order_by(Notice.id)))


# --- Refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path"), [("GET", "/notices/{}"), ("POST", "/notices/{}/read")])
def test_nobody_reads_anothers_notice(lin, place, method, path) -> None:
    (theirs,) = (each for each in of(place.lin) if each.detail["start"] == int(TOMORROW.timestamp()))
    sign_in(lin, place.mei)
    assert lin.open(path.format(theirs.id), method=method).status_code == 404
    assert of(place.lin)[0].read_at is None


def test_the_list_shows_nothing_of_others(lin, place) -> None:
    sign_in(lin, place.mei)
    page = lin.get("/notices").text
    assert "No notices" in page or "没有通知" in page
    assert "拉曼显微镜" not in page


def test_marking_all_touches_only_ones_own_and_only_what_was_there(lin, place) -> None:
    _first, second, _third = of(place.lin)
    db.session.commit()
    sign_in(lin, place.mei)
    lin.post("/notices/read", data={"up_to": 10**9})
    assert [each.read_at for each in of(place.lin)] == [None, None, None]
    sign_in(lin, place.lin)
    lin.post("/notices/read", data={"up_to": second.id})
    assert [each.read_at is not None for each in of(place.lin)] == [True, True, False]


def test_hours_that_are_none_are_refused_and_nothing_is_lost(lin, place) -> None:
    answer = lin.post("/profile/notices", data={"in_app": ["role.given"], "hours.reservation.soon": "7"})
    assert answer.status_code == 422
    assert "Choose one of the times." in answer.text
    assert ticked(answer.text, "in_app") == {"role.given"}
    assert db.session.scalar(select(func.count()).select_from(NoticePreference)) == 0


def test_a_kind_of_the_lab_is_no_choice_of_others(lin, place) -> None:
    assert "lab.booked" not in lin.get("/profile/notices").text
    lin.post("/profile/notices", data={"in_app": ["lab.booked"], "hours.reservation.soon": "24"})
    assert not db.session.scalars(select(NoticePreference).where(NoticePreference.kind == "lab.booked")).all()
    sign_in(lin, place.manager)
    assert "lab.booked" in lin.get("/profile/notices").text


# --- The list ---------------------------------------------------------------------------------------------------------


def test_the_bell_counts_what_is_unread(lin, place) -> None:
    assert "3 unread notices" in lin.get("/notices").text
    lin.post(f"/notices/{of(place.lin)[0].id}/read")
    assert "2 unread notices" in lin.get("/reservations").text
    lin.post("/notices/read", data={"up_to": 10**9})
    page = lin.get("/notices").text
    assert "unread notice" not in page and "Mark all as read" not in page


def test_opening_one_marks_it_and_leads_to_what_it_is_about(lin, place) -> None:
    notice = of(place.lin)[0]
    answer = lin.get(f"/notices/{notice.id}")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/reservations/{notice.thing_id}")
    assert of(place.lin)[0].read_at == NOW


def test_the_unread_stand_first_and_each_newest_first(lin, place) -> None:
    numbers = [each.id for each in of(place.lin)]
    lin.post(f"/notices/{numbers[2]}/read")
    shown = [int(number) for number in re.findall(r'href="/notices/(\d+)"', lin.get("/notices").text)]
    assert shown == [numbers[1], numbers[0], numbers[2]]


def test_the_sentence_is_in_the_readers_language_with_both_walls(lin, place) -> None:
    page = lin.get("/notices").text
    assert (
        "Chen Moni booked Raman microscope for you: Thu 4 Mar, 08:00–09:00 (01:00–02:00, Berlin time, UTC+1)."
        in page
    )
    lin.set_cookie("language", "zh_Hans_CN")
    assert "陈模拟为您预约了拉曼显微镜：3月4日 周四 08:00–09:00" in lin.get("/notices").text


def test_every_page_of_a_long_list_is_reached(lin, place) -> None:
    for number in range(60):
        db.session.add(
            Notice(
                person_id=place.lin.id, kind="role.given", said="given", occasion=f"test/{number}",
                thing_kind="person", thing_id=place.lin.id, at=NOW, read_at=NOW if number % 2 else None,
                detail={"actor_id": place.manager.id, "role": "lab_operator"},
            )
        )  # fmt: skip
    db.session.commit()
    seen, address = [], "/notices"
    while address:
        page = lin.get(address).text
        seen += re.findall(r'href="/notices/(\d+)"', page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        address = found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == len(set(seen)) == 63


def test_the_statements_do_not_grow_with_the_notices(lin, place, statements) -> None:
    lin.get("/notices")
    statements.clear()
    lin.get("/notices")
    before = len(statements)
    for hours in range(3, 12):
        place.books(place.manager, place.lin, start=TOMORROW + hours * HOUR)
    tasks.follow()
    db.session.commit()
    statements.clear()
    lin.get("/notices")
    assert len(statements) == before


def test_notices_go_after_a_year(lin, place, app) -> None:
    app.config["FROZEN_NOW"] = NOW + timedelta(days=364)
    tasks.forget()
    assert len(of(place.lin)) == 3
    app.config["FROZEN_NOW"] = NOW + timedelta(days=366)
    tasks.forget()
    assert of(place.lin) == []


# --- Preferences ------------------------------------------------------------------------------------------------------


def ticked(page: str, channel: str) -> set[str]:
    return set(re.findall(rf'name="{channel}" value="([^"]+)" checked', page))


def test_what_is_ticked_is_what_holds(lin, place) -> None:
    assert "own.booked" not in ticked(lin.get("/profile/notices").text, "in_app")
    hours = {"hours.reservation.soon": "4", "hours.proposal.due": "4"}
    data = {"in_app": ["own.booked"], "by_mail": ["reservation.soon"], **hours}
    assert lin.post("/profile/notices", data=data).status_code == 303
    page = lin.get("/profile/notices").text
    assert (ticked(page, "in_app"), ticked(page, "by_mail")) == ({"own.booked"}, {"reservation.soon"})
    assert '<option value="4" selected>' in page
    place.books(place.manager, place.lin, start=TOMORROW + 5 * HOUR)
    place.books(place.lin, start=TOMORROW + 6 * HOUR)
    assert tasks.follow() == 2
    kinds = [each.kind for each in of(place.lin)]
    assert kinds == ["reservation.booked"] * 3 + ["own.booked"]


# --- Programs ---------------------------------------------------------------------------------------------------------


def test_a_token_without_the_scope_reads_nothing(lin, place) -> None:
    answer = lin.get("/api/v1/notices", headers=bearer(place.world.token(place.lin)))
    assert (answer.status_code, answer.json["reasons"][0]["code"]) == (403, "scope_missing")
    assert lin.get("/api/v1/notices").status_code == 401


def test_a_program_reads_ones_own_and_marks_them_read(lin, place, app) -> None:
    key = bearer(place.world.token(place.lin, "notices:read"))
    first = lin.get("/api/v1/notices?limit=2", headers=key).json
    assert (len(first["items"]), first["unread"]) == (2, 3)
    notice = first["items"][0]
    assert notice["sentence"].startswith("Chen Moni booked Raman microscope for you: ")
    assert notice["address"].startswith(f"{app.config['BASE_URL']}/reservations/")
    rest = lin.get(f"/api/v1/notices?cursor={first['next']}", headers=key).json
    assert (len(rest["items"]), rest["next"]) == (1, None)
    oldest = rest["items"][0]["id"]
    left = lin.post("/api/v1/notices/read", json={"up_to": oldest}, headers=key).json
    assert (left["unread"], oldest in [each["id"] for each in left["items"]]) == (2, False)
    assert lin.post("/api/v1/notices/read", json={"up_to": "all"}, headers=key).status_code == 422
    theirs = bearer(place.world.token(place.mei, "notices:read"))
    assert lin.get("/api/v1/notices", headers=theirs).json["items"] == []


def test_programs_choose_what_is_told(lin, place) -> None:
    address = "/api/v1/notice-preferences"
    reads = bearer(place.world.token(place.lin, "notices:read"))
    writes = bearer(place.world.token(place.lin, "notices:read notices:write"))
    before = {each["kind"]: each for each in lin.get(address, headers=reads).json["items"]}
    assert before["reservation.soon"]["hours"] == 24
    assert "lab.booked" not in before
    choice = {"kind": "reservation.soon", "in_app": False, "by_mail": True, "hours": 48}
    assert lin.patch(address, json={"items": [choice]}, headers=reads).status_code == 403
    assert lin.patch(address, json={"items": [choice | {"hours": 5}]}, headers=writes).status_code == 422
    assert (
        lin.patch(address, json={"items": [choice | {"kind": "lab.booked"}]}, headers=writes).status_code
        == 422
    )
    after = {
        each["kind"]: each
        for each in lin.patch(address, json={"items": [choice]}, headers=writes).json["items"]
    }
    assert after["reservation.soon"] | choice == after["reservation.soon"]
    assert after["own.booked"] == before["own.booked"]
