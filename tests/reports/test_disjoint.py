"""Each instrument stands in one draft of the national record: several drafts at once, and of one day, hold different ones."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.reports.drafting import give_up
from instruments.reports.files import file_name
from instruments.reports.filing import correct, file, next_version
from instruments.reports.models import Report
from instruments.reports.working_out import work_out
from tests.reports.scene import BASE, NOW, House, rows_of
from tests.reports.test_filing import begin, begun, file_it
from tests.reports.test_pages import key_of, posted
from tests.world import World, sign_in

RECORD, TODAY = "instrument_record", "2027-01-20..2027-01-20"


@pytest.fixture
def house(app: Flask, world: World) -> House:
    return House(world)


def held(report: Report) -> list[str]:
    """The last digits of the instruments of a report."""
    return [row["asset_number"][-1] for row in rows_of(report)]


def drafted(house: House, **values: Any) -> Report:
    return house.draft(RECORD, TODAY, **values)


def filed(house: House, number: int, minutes: int, **told: Any) -> int:
    """File a draft as its facts now say, so many minutes later; its number."""
    now = NOW + timedelta(minutes=minutes)
    worked = work_out(db.session.get_one(Report, number), now, BASE)
    db.session.rollback()
    perform(partial(file, house.actor(), number, None, worked, now, today=now.date(), **told))
    db.session.rollback()
    return number


def corrected(house: House, number: int) -> Report:
    """The draft of a correction that is begun an hour later."""
    actor, now = house.actor(), NOW + timedelta(hours=1)
    worked = work_out(next_version(number, actor.person_id, now), now, BASE)
    db.session.rollback()
    draft = perform(partial(correct, actor, number, worked, now))
    db.session.rollback()
    return db.session.get_one(Report, draft, populate_existing=True)


def mended(thing: Any, model: str) -> None:
    db.session.merge(thing).model = model
    db.session.commit()


def refusal_of(act: Any) -> str:
    with pytest.raises(Refusal) as refusal:
        act()
    db.session.rollback()
    return refusal.value.reasons[0].code


def test_after_some_were_filed_the_rest_is_drafted_the_same_day(house: House) -> None:
    """First what is not on record, then of all what no other draft holds."""
    first = file_it(house, drafted(house)).id
    house.instrument()
    fresh, rest = drafted(house).id, drafted(house, fresh_only=False).id
    found = [db.session.get_one(Report, number) for number in (first, fresh, rest)]
    assert [(report.part, held(report)) for report in found] == [(1, ["1"]), (2, ["2"]), (3, ["1"])]
    assert file_name(found[2]).endswith("part3-v1-draft")
    for fresh_only in (True, False):
        assert refusal_of(partial(drafted, house, fresh_only=fresh_only)) == "draft_there"
    worked, later = work_out(db.session.get_one(Report, fresh), NOW, BASE), NOW + timedelta(minutes=1)
    db.session.rollback()
    perform(partial(file, house.actor(), fresh, None, worked, later, today=later.date()))
    # What was filed since it was begun stays out of it.
    assert held(house.count_anew(rest)) == ["1"]
    assert file_it(house, db.session.get_one(Report, rest)).state == "filed"


def test_what_a_draft_held_that_was_given_up_is_taken_in(house: House) -> None:
    house.instrument()
    first = drafted(house).id
    house.instrument()
    second = drafted(house).id
    assert held(db.session.get_one(Report, second)) == ["3"]
    assert held(house.count_anew(first)) == ["1", "2"]
    perform(partial(give_up, house.actor(), second, None, NOW))
    assert held(house.count_anew(first)) == ["1", "2", "3"]


def test_a_correction_waits_for_the_draft_that_holds_what_it_corrects(house: House) -> None:
    house.instrument(model="")
    filed = file_it(house, drafted(house), leave_out=True, reason="缺型号").id
    left, whole = drafted(house).id, drafted(house, fresh_only=False).id
    assert [held(db.session.get_one(Report, number)) for number in (left, whole)] == [["2"], ["1"]]
    assert refusal_of(partial(begin, house, filed)) == "in_draft"
    perform(partial(give_up, house.actor(), whole, None, NOW))
    # What was left out and stands in a draft now is not brought twice.
    draft = begun(house, db.session.get_one(Report, filed))
    assert (draft.part, draft.number, held(draft)) == (1, 2, ["1"])


def test_a_correction_takes_in_nothing_that_another_report_holds(house: House) -> None:
    """Two drafts of one day; corrections of either, and of a correction, differ in nothing, and what is new goes into one."""
    first = drafted(house).id
    house.instrument()
    lacking = house.instrument(model="")
    second = drafted(house, fresh_only=False).id
    filed(house, first, 1)
    filed(house, second, 2, leave_out=True, reason="缺型号")
    draft, told = corrected(house, second), {"leave_out": True, "reason": "看看"}
    assert held(draft) == ["2", "3"]
    assert refusal_of(partial(filed, house, draft.id, 3, **told)) == "same"
    perform(partial(give_up, house.actor(), draft.id, None, NOW))
    drafts = [corrected(house, first).id]
    # What is left out of another report and in none is new to whichever is corrected first, as for any draft.
    assert held(db.session.get_one(Report, drafts[0])) == ["1", "3"]
    drafts.append(corrected(house, second).id)
    assert held(db.session.get_one(Report, drafts[1])) == ["2"]
    perform(partial(give_up, house.actor(), drafts[0], None, NOW))
    assert held(house.count_anew(drafts[1])) == ["2", "3"]
    assert refusal_of(partial(filed, house, drafts[1], 3, **told)) == "same"
    mended(lacking, "K-3")
    house.count_anew(drafts[1])
    filed(house, drafts[1], 4, reason="补充型号")
    for number, rows in ((first, ["1"]), (drafts[1], ["2", "3"])):
        draft = corrected(house, number)
        assert held(draft) == rows
        assert refusal_of(partial(filed, house, draft.id, 5, reason="看看")) == "same"
    house.instrument()
    later = db.session.scalars(select(Report.id).where(Report.state == "draft").order_by(Report.id)).all()
    assert [held(house.count_anew(number)) for number in later] == [["1", "4"], ["2", "3"]]


def test_what_was_left_out_and_filed_by_another_report_since_stays_there(house: House) -> None:
    lacking = house.instrument(model="")
    first = filed(house, drafted(house).id, 1, leave_out=True, reason="缺型号")
    mended(lacking, "K-2")
    second = filed(house, drafted(house).id, 2)
    assert [held(corrected(house, number)) for number in (first, second)] == [["1"], ["2"]]


def test_what_a_correction_left_out_comes_back_in_the_next(house: House) -> None:
    thing = house.instrument()
    first = filed(house, drafted(house).id, 1)
    mended(thing, "")
    second = filed(house, corrected(house, first).id, 2, leave_out=True, reason="缺型号")
    mended(thing, "K-2")
    assert held(corrected(house, second)) == ["1", "2"]


def test_a_report_of_all_instruments_holds_again_what_was_filed_before_it(house: House) -> None:
    thing = house.instrument()
    first = filed(house, drafted(house).id, 1)
    house.instrument()
    filed(house, drafted(house).id, 2)
    mended(thing, "")
    now = NOW + timedelta(minutes=3)
    whole = drafted(house, fresh_only=False)
    whole.made_at = now
    number = whole.id
    db.session.commit()
    assert held(house.count_anew(number)) == ["1", "2", "3"]
    filed(house, number, 4, leave_out=True, reason="缺型号")
    mended(thing, "K-2")
    draft = corrected(house, number)
    assert held(draft) == ["1", "2", "3"]
    perform(partial(give_up, house.actor(), draft.id, None, NOW))
    assert held(corrected(house, first)) == ["1", "2"]


def test_the_database_keeps_one_draft_of_each_part(house: House) -> None:
    house.instrument()
    number = drafted(house).id
    house.instrument()
    drafted(house)
    with pytest.raises(IntegrityError):
        db.session.execute(text("UPDATE report SET part = 2 WHERE id = :number"), {"number": number})
    db.session.rollback()


def test_pages_and_programs_say_what_is_left(client: FlaskClient, house: House) -> None:
    sign_in(client, house.manager)
    home, token = f"/institutions/{house.home.id}/reports", key_of(house, house.manager)
    assert "Draft the record of 1 instrument that is not on it" in client.get(home).text
    first = posted(client, home, form=RECORD).location
    page = client.get(home).text
    assert "stands in a draft" in page and "There is a draft of each of these instruments already." in page
    assert "Draft it of all others, those on record too" in page and "Draft the record of" not in page
    again = posted(client, home, form=RECORD, which="all")
    assert again.location == first
    house.instrument()
    made = client.post(f"/api/v1{home}", json={"form": RECORD, "which": "all"}, headers=token)
    assert (made.status_code, made.json["part"], made.json["fresh_only"], made.json["rows_total"]) == (
        201,
        2,
        False,
        1,
    )
    refused = client.post(f"/api/v1{home}", json={"form": RECORD}, headers=token)
    assert (refused.status_code, refused.json["reasons"][0]["code"]) == (422, "draft_there")
    told = client.get(f"/api/v1{home}", headers=token).json["not_on_record"]
    assert [f"/reports/{each['draft_id']}" for each in told] == [first, f"/reports/{made.json['id']}"]
    page = client.get(f"/reports/{made.json['id']}").text
    assert ", no. 2" in page and "It holds all instruments from the threshold on" in page
