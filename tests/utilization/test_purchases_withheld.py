"""What purchase reviews tell of instruments elsewhere, and to whom: nothing that would leave fewer than five persons."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.transactions import deed
from instruments.people.rights import Role
from instruments.utilization import tasks
from tests.utilization import facts
from tests.utilization.golden import span
from tests.utilization.test_purchases import ACADEMIC, FITS, SCOPES, YEAR, House, begun, change
from tests.utilization.test_sums import NOW
from tests.world import World, bearer, sign_in


@pytest.fixture
def house(app: Flask, world: World) -> House:
    app.config["FROZEN_NOW"] = NOW
    return House(world)


@pytest.mark.parametrize(
    ("period", "told"),
    [
        ("", True),
        (ACADEMIC, True),
        ("2025-09-01..2026-08-31", True),
        (YEAR, False),
        ("2025-11-01..2026-10-31", False),
        ("2025-10-01..2026-09-30", False),
        ("2026-01-01..2026-12-31", False),
    ],
)
def test_elsewhere_only_academic_years_are_told_so_that_none_overlap(client, house, period, told) -> None:
    enough_elsewhere(house)
    address, _, _ = begun(client, house, period=period)
    for thing in (house.own, house.foreign):
        change(client, house, "put", f"{address}/instruments/{thing.id}", **FITS)
    rows = client.get(address, headers=house.key("manager")).json["alternatives"]
    by_number = {row["id"]: row for row in rows}
    own, foreign = by_number[house.own.id], by_number[house.foreign.id]
    assert (own["withheld"], own["withheld_why"]) == (False, None)
    assert own["effective"] is not None
    assert (foreign["withheld"], foreign["withheld_why"]) == ((False, None) if told else (True, "period"))
    for name in ("effective", "free", "evidence_most"):
        assert (foreign[name] is not None) is told, name
    assert (own["evidence"] is None, foreign["evidence"]) == (False, None)
    assert (own["external"] is None, foreign["external"]) == (False, None)
    sign_in(client, house.manager)
    before = client.get(f"/purchases/{address.split('/')[-1]}/instruments").text
    assert ("so that theirs would be withheld" in before) is not told
    assert ("Choose an academic year</a>" in before) is not told and "told by academic years alone" in before
    page = client.get(f"/purchases/{address.split('/')[-1]}").text
    assert ("withheld: told by academic years alone" in page) is not told
    assert ("Choose an academic year to compare with them." in page) is not told


def test_what_is_proposed_first_tells_instruments_elsewhere(client, house) -> None:
    sign_in(client, house.manager)
    page = client.get(f"/institutions/{house.homes[0].id}/purchases/new").text
    offered = page.split('id="f-period"')[1].split("</select>")[0]
    assert offered.index(f'value="{ACADEMIC}"') < offered.index(f'value="{YEAR}"')
    assert "told by academic years alone" in page


def enough_elsewhere(house: House, hours: str = "15:00-17:00") -> None:
    """Five persons behind each instrument elsewhere in the only month of the academic year in which it was used."""
    for number in range(5):
        person = house.world.person(house.homes[1])
        for thing in (house.foreign, house.things[3]):
            facts.use(thing, person, span(f"2026-03-1{number}", hours))
    tasks.keep_up()


def test_what_too_few_persons_stand_behind_is_withheld(client, house) -> None:
    address, _, _ = begun(client, house, period=ACADEMIC)
    path = f"{address}/instruments/{house.foreign.id}"
    [row] = change(client, house, "put", path, **FITS).json["alternatives"]
    assert (row["withheld"], row["effective"], row["free"], row["evidence"]) == (True, None, None, None)
    assert row["withheld_why"] == "persons"
    assert float(row["open"]) > 0
    sign_in(client, house.manager)
    assert "withheld: fewer than five persons" in client.get(f"/purchases/{address.split('/')[-1]}").text
    enough_elsewhere(house)
    [row] = client.get(address, headers=house.key("manager")).json["alternatives"]
    assert row["effective"] is not None


@pytest.mark.parametrize(
    ("scans", "typed", "told"),
    [
        # By person, the hours that a scan and that a hand bears witness of; beside them two typed ten hours.
        ([], [1] * 5, "typed"),
        ([3] * 5, [], "scan"),
        ([2] * 5, [], None),
        ([1] * 5, [], None),
        ([1], [1] * 2, None),
        ([18], [1] * 3, None),
    ],
)
def test_of_others_only_the_grade_of_most_hours_is_told_and_only_where_five_had_uses_of_it(
    client, house, scans, typed, told
) -> None:
    every = [("scan", hours) for hours in scans] + [("typed", hours) for hours in typed]
    for number, (grade, hours) in enumerate(every):
        person = house.world.person(house.homes[1])
        day = f"2026-03-{number + 20}"
        facts.use(house.foreign, person, span(day, f"05:00-{5 + hours:02}:00"), grade=grade)
        facts.use(house.things[3], person, span(day, "15:00-17:00"))
    tasks.keep_up()
    address, _, _ = begun(client, house, period=ACADEMIC)
    for thing in (house.own, house.foreign):
        answer = change(client, house, "put", f"{address}/instruments/{thing.id}", **FITS)
    rows = {row["id"]: row for row in answer.json["alternatives"]}
    foreign, own = rows[house.foreign.id], rows[house.own.id]
    assert foreign["effective"] == f"{10 + sum(hours for _, hours in every)}.0"
    assert (foreign["evidence"], foreign["evidence_most"]) == (None, told)
    assert (own["evidence"], own["evidence_most"]) == ({"typed": 1.0}, "typed")
    sign_in(client, house.manager)
    page = client.get(f"/purchases/{address.split('/')[-1]}").text
    assert ("typed 100" in page, "mostly " in page) == (True, told is not None)
    assert told is None or f"mostly {told}" in page


def test_what_was_signed_of_others_with_the_shares_of_its_evidence_stays_as_it_was(client, house) -> None:
    enough_elsewhere(house)
    address, _, _ = begun(client, house, period=ACADEMIC)
    change(client, house, "put", f"{address}/instruments/{house.foreign.id}", **FITS)
    written = change(client, house, "put", f"{address}/opinion", conclusion="share", opinion="Half is free.")
    [row] = written.json["alternatives"]
    del row["evidence_most"]
    kept = json.dumps(row | {"evidence": {"scan": 0.25, "typed": 0.75}})
    review_id = int(address.split("/")[-1])
    with deed():
        db.session.execute(
            text("UPDATE purchase_alternative SET kept = :kept WHERE review_id = :id"),
            {"kept": kept, "id": review_id},
        )
        db.session.execute(
            text(
                "UPDATE purchase_review SET state = 'signed', signed_at = 1, digest = 'of old' WHERE id = :id"
            ),
            {"id": review_id},
        )
    told = client.get(address, headers=house.key("manager")).json
    [row] = told["alternatives"]
    assert (told["digest"], row["evidence"]) == ("of old", {"scan": 0.25, "typed": 0.75})
    assert row["evidence_most"] is None
    sign_in(client, house.manager)
    assert "typed 75" in client.get(f"/purchases/{review_id}").text


def test_what_is_free_is_withheld_where_few_used_it_at_hours_that_can_be_booked(client, house) -> None:
    """Effective hours are told beside, so that it would be known what one had within, or outside."""
    enough_elsewhere(house, "09:00-10:00")
    address, _, _ = begun(client, house, period=ACADEMIC)
    path = f"{address}/instruments/{house.foreign.id}"
    [row] = change(client, house, "put", path, **FITS).json["alternatives"]
    assert (row["withheld"], row["effective"] is None, row["free"]) == (False, False, None)
    head = client.get(address, headers=house.key("manager")).json["whole"]
    assert (head["n"], head["free_n"], head["free"]) == (1, 0, None)
    sign_in(client, house.manager)
    page = with_words(
        client, address, "n = 1 instrument", "What is free of 1 instrument of others is not counted"
    )
    assert "Still free, together" not in page
    assert "withheld: fewer than five persons" in client.get(f"/purchases/{address.split('/')[-1]}").text


def test_nothing_of_others_is_told_while_others_are_counted(client, house) -> None:
    enough_elsewhere(house)
    address, _, _ = begun(client, house, period=ACADEMIC)
    change(client, house, "put", f"{address}/instruments/{house.foreign.id}", **FITS)
    with deed():
        db.session.execute(
            text("UPDATE utilization_month SET due_at = 0 WHERE instrument_id = :id"),
            {"id": house.things[3].id},
        )
        db.session.execute(text("UPDATE utilization_state SET number = number + 1"))
        db.session.execute(text("DELETE FROM utilization_year"))
    [row] = client.get(address, headers=house.key("manager")).json["alternatives"]
    assert (row["withheld"], row["fresh"], row["effective"]) == (True, False, None)
    assert row["withheld_why"] == "counting"
    sign_in(client, house.manager)
    with_words(client, address, "1 instrument of others is not counted, since the use of others is being")


def with_words(client: FlaskClient, address: str, *words: str) -> str:
    """The page of a review, which says all of this."""
    page = client.get(f"/purchases/{address.split('/')[-1]}").text
    for each in words:
        assert each in page, each
    return page


NOT_COUNTED = {
    "persons": "2 instruments of others are not counted, since fewer than five persons stand behind them.",
    "period": "2 instruments of others are not counted, since their use is told by academic years alone.",
    "early": "2 instruments of others are not counted, since nothing is kept of this period.",
}
NOT_COUNTED_ZH = {
    "persons": "有 2 台其他单位的仪器背后不足五人，未计入。",
    "period": "有 2 台其他单位的仪器仅按学年提供使用情况，未计入。",
    "early": "有 2 台其他单位的仪器在本期没有留存记录，未计入。",
}


@pytest.mark.parametrize("with_own", [True, False])
@pytest.mark.parametrize(
    ("period", "enough", "why"),
    [
        (ACADEMIC, False, "persons"),
        (ACADEMIC, True, None),
        (YEAR, True, "period"),
        ("2025-11-01..2026-10-31", True, "period"),
        ("2024/25", True, "early"),
        ("2020", True, "early"),
    ],
)
def test_the_head_says_over_how_many_its_average_and_sum_are_and_why_the_others_are_not_counted(
    client, house, period, enough, why, with_own
) -> None:
    if enough:
        enough_elsewhere(house)
    address, _, _ = begun(client, house, period=period)
    meant = house.things if with_own else house.things[2:]
    for thing in meant:
        change(client, house, "put", f"{address}/instruments/{thing.id}", **FITS)
    answer = client.get(address, headers=house.key("manager")).json
    head, rows = answer["whole"], answer["alternatives"]
    n = len(meant) - 2 * (why is not None)
    assert (head["instruments"], head["n"], head["free_n"]) == (len(meant), n, n)
    assert head["withheld"] == dict.fromkeys(("persons", "period", "early", "counting"), 0) | (
        {why: 2} if why else {}
    )
    assert {row["withheld_why"] for row in rows} <= {why, None}
    counted = [row for row in rows if not row["withheld"]]
    for name in ("effective", "full"):
        if n:
            average = sum(float(row[name]) for row in counted) / n
            assert float(head[name]) == pytest.approx(average, abs=0.051), name
    if n:
        assert float(head["free"]) == pytest.approx(sum(float(row["free"]) for row in counted))
    else:
        assert [head[name] for name in ("effective", "full", "share", "free")] == [None] * 4
    sign_in(client, house.manager)
    page = with_words(client, address, *([NOT_COUNTED[why]] if why else []))
    assert page.count("not counted, since") == (why is not None)
    assert page.count(f"n = {n} instruments") == (2 if n else 0)
    assert ("Effective hours each" in page, "Still free, together" in page) == (n > 0, n > 0)
    client.get("/language/zh_Hans_CN?next=/")
    with_words(client, address, *([NOT_COUNTED_ZH[why]] if why else []))


def test_of_a_year_of_long_ago_it_says_that_nothing_is_kept(client, house, monkeypatch) -> None:
    enough_elsewhere(house)
    monkeypatch.setattr("instruments.utilization.purchases.telling.months_kept", lambda now: [202609, 202610])
    address, _, _ = begun(client, house, period=ACADEMIC)
    path = f"{address}/instruments/{house.foreign.id}"
    [row] = change(client, house, "put", path, **FITS).json["alternatives"]
    assert (row["withheld"], row["withheld_why"], row["fresh"]) == (True, "early", True)
    sign_in(client, house.manager)
    page = with_words(client, address, "withheld: nothing is kept of this period")
    assert "fewer than five persons" not in page


@pytest.mark.parametrize(
    ("period", "words", "other"),
    [
        (ACADEMIC, "what is free is counted with these days", "after this period"),
        ("2024/25", "after this period: no use in it is known", "less than a year"),
    ],
)
def test_where_records_begin_later_it_says_what_that_does_to_hours_and_to_what_is_free(
    client, house, period, words, other
) -> None:
    address, _, _ = begun(client, house, period=period)
    change(client, house, "put", f"{address}/instruments/{house.own.id}", **FITS)
    sign_in(client, house.manager)
    assert other not in with_words(client, address, words)


def told(client: FlaskClient, address: str, headers: dict[str, str]) -> dict[int, bool]:
    """Of which instruments of a review the use is told."""
    rows = client.get(address, headers=headers).json["alternatives"]
    return {row["id"]: row["effective"] is not None for row in rows}


def used_beside(house: House) -> tuple[Instrument, Instrument]:
    """An instrument of a third institution that five used in March and one in May, and one of the second that three used in
    both, like another beside it."""
    world, third = house.world, house.world.institution()
    thing = world.instrument(world.lab(third))
    beside = [world.instrument(house.labs[2]) for _ in range(2)]
    for number in range(5):
        facts.use(thing, world.person(third), span(f"2026-03-1{number}", "09:00-10:00"))
    facts.use(thing, house.manager, span("2026-05-11", "09:00-10:00"))
    for each in beside:
        for number in range(3):
            person = world.person(house.homes[1])
            for day in (f"2026-03-1{number}", f"2026-05-1{number}"):
                facts.use(each, person, span(day, "09:00-10:00"))
    tasks.keep_up()
    return thing, beside[0]


def test_whoever_knows_more_by_another_role_is_told_less_in_drafts_and_in_what_is_signed(
    client, house
) -> None:
    """In May one person used an instrument of a third institution, and six two of the second: to its manager, who may take
    these off what is told of the class, the year of that instrument would tell of the one."""
    thing, other = used_beside(house)
    world = house.world
    both = world.person(house.homes[0])
    for home in house.homes:
        world.grant(both, Role.INSTITUTION_MANAGER, home)
    address, _, _ = begun(client, house, period=ACADEMIC)
    for each in (thing, other):
        change(client, house, "put", f"{address}/instruments/{each.id}", **FITS)
    key = bearer(world.token(both, SCOPES))

    few = {other.id: False, thing.id: False}
    for is_signed in (False, True):
        if is_signed:
            words = {"conclusion": "share", "opinion": "Half is free."}
            written = change(client, house, "put", f"{address}/opinion", **words).json
            answer = change(client, house, "post", f"{address}/sign", digest=written["digest"])
            assert answer.status_code == 200, answer.json
        assert told(client, address, house.key("manager")) == few | {thing.id: True}
        # Those of the second institution they know themselves; a review tells of it what it tells everybody of the first.
        assert told(client, address, key) == few
