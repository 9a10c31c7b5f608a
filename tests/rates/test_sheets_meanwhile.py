"""Prices that others publish while a sheet is being filled in: nothing of theirs is lost, and one list holds up no other."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from instruments.database import db
from instruments.errors import Refusal
from instruments.journal.models import JournalEntry
from instruments.people.models import Person
from instruments.rates import publishing
from instruments.rates.models import RateVersion
from instruments.rates.sheets.bringing import checked, mark_of, take_over
from tests.conftest import NOW
from tests.rates.pricing_world import price, published
from tests.rates.sheet_world import APRIL, Sheets, changed, put, row_of, told
from tests.world import World, bearer, sign_in


@pytest.fixture
def sheets(world: World, now) -> Sheets:
    return Sheets(world)


def both_changed(sheets: Sheets) -> list[list[Any]]:
    """Both lists of the lab, each with one price changed, as they hold on 1 March."""
    rows = changed(sheets)
    own = next(row for row in rows if row[0].startswith("instrument") and row[2] == "Price")
    put(rows, own, "Own lab", "55")
    return rows


def published_anew(sheets: Sheets, since: date, **values: Any) -> RateVersion:
    """Another version of the lab's prices, which ends the one that was exported."""
    sheets.whole.valid_to = since
    db.session.commit()
    return published(sheets.lab, since, **values)


def test_a_list_without_room_is_named_and_the_others_go_on(sheets) -> None:
    kept = sheets.kept(both_changed(sheets))
    published_anew(sheets, date(2027, 5, 1), prices=[price("own_lab", 4200)])
    found = checked(kept, NOW)
    assert (told(found), [each.owner.kind for each in found.takes]) == ([], ["instrument"])
    (left,) = found.left_out
    assert (left.owner.kind, [each.code for each in left.against]) == ("lab", ["overlap"])
    (row,) = take_over(sheets.manager, kept.id, mark_of(kept, found), NOW, propose=True)
    db.session.commit()
    assert (row.card.instrument_id, row.state) == (sheets.thing.id, "proposed")
    detail = db.session.scalars(
        select(JournalEntry.detail).where(JournalEntry.deed == "prices.imported")
    ).one()
    assert detail["left_out"] == ["lab"]


def test_what_is_left_out_comes_in_by_the_same_file_and_nothing_comes_twice(sheets) -> None:
    rows = both_changed(sheets)
    kept = sheets.kept(rows)
    newer = published_anew(sheets, date(2027, 5, 1), prices=[price("own_lab", 4200)])
    take_over(sheets.manager, kept.id, None, NOW, propose=False)
    again = sheets.kept(rows)
    with pytest.raises(Refusal) as refused:
        take_over(sheets.manager, again.id, None, NOW, propose=False)
    assert [(each.code, each.field) for each in refused.value.reasons] == [("overlap", "row 2")]
    publishing.withdraw(sheets.approver, newer.id, newer.version, NOW)
    db.session.commit()
    assert [(each.owner.kind, each.outcome) for each in checked(again, NOW).lists] == [
        ("lab", "changed"),
        ("instrument", "same"),
    ]
    (row,) = take_over(sheets.manager, again.id, None, NOW, propose=False)
    assert row.card.lab_id == sheets.lab.id


def test_what_the_file_changes_is_put_over_what_was_published_since(sheets) -> None:
    rows = sheets.rows(sheets.whole)
    hour = row_of(rows, "Price", "per hour", "Operated by the user")
    put(rows, hour, "Own lab", "44")
    put(rows, row_of(rows, "Counted in steps of"), "Value", "30")
    rows.remove(row_of(rows, "Price", "grid"))
    newest = [price("own_lab", 4300), price("partner", 9500), price("company", 700, "use"),
              price("partner", 160000, "sample", code="grid", name_en="Grid", name_zh="载网")]  # fmt: skip
    newer = published_anew(sheets, date(2027, 3, 15), prices=newest, overrun=Decimal(150), increment=5)
    (one,) = sheets.check(rows).lists
    assert (one.outcome, one.before.id, one.over_newer) == ("changed", newer.id, True)
    said = {(price.customer, price.unit): price.amount.units for price in one.said.prices}
    assert said == {("own_lab", "hour"): 4400, ("partner", "hour"): 9500, ("company", "use"): 700}
    assert (one.said.increment, one.said.overrun, one.said.windows) == (30, Decimal(150), ())
    assert (one.said.valid_from, one.said.valid_to) == (APRIL, None)


def test_a_list_that_the_file_leaves_as_it_was_stays_as_it_was_published_since(sheets) -> None:
    rows = sheets.rows()
    published_anew(sheets, date(2027, 4, 1), prices=[price("own_lab", 4300)])
    assert [each.outcome for each in sheets.check(rows).lists] == ["same", "same"]


def test_what_fits_no_longer_together_is_left_out(sheets) -> None:
    rows = sheets.rows(sheets.whole)
    put(rows, row_of(rows, "Price", "at least for the time"), "Partner institutions", "60")
    published_anew(sheets, date(2027, 3, 15), prices=[price("own_lab", 4300)])
    found = sheets.check(rows)
    assert told(found) == []
    assert [[each.code for each in left.against] for left in found.left_out] == [["only_minimum"]]


# --- At the doors


BOTH = "价目,内容,单位,使用方式,own_lab\nlab,价格,每小时,self,44\n{thing},价格,每小时,self,55\n"


@pytest.fixture
def brought(sheets, world, client) -> Any:
    """Two lists brought as one file by a program, the first of which has no room since."""
    person = db.session.get_one(Person, sheets.manager.person_id)
    headers = bearer(world.token(person))
    text = BOTH.format(thing=f"instrument-{sheets.thing.id}")
    published_anew(sheets, date(2027, 5, 1), prices=[price("own_lab", 4200)])
    data = {"file": (io.BytesIO(text.encode()), "prices.csv"), "valid_from": "2027-04-01"}
    told = client.post(f"/api/v1/labs/{sheets.lab.id}/price-sheets", headers=headers, data=data)
    assert told.status_code == 201, told.text
    return told.json, headers, person, text


def test_a_program_is_told_what_is_left_out_and_takes_the_rest(sheets, client, brought) -> None:
    sheet, headers, _, _ = brought
    assert sheet["faults"] == [] and sheet["counts"]["left_out"] == 1
    left = next(each for each in sheet["lists"] if each["outcome"] == "left_out")
    assert (left["owner"]["kind"], [each["code"] for each in left["reasons"]]) == ("lab", ["overlap"])
    path = f"/api/v1/price-sheets/{sheet['id']}/take"
    taken = client.post(path, headers=headers | {"If-Match": f'"{sheet["seen"]}"'}, json={})
    assert taken.status_code == 200, taken.text
    assert [each["state"] for each in taken.json["items"]] == ["draft"]
    assert [each["owner"]["kind"] for each in taken.json["left_out"]] == ["lab"]


def test_the_page_names_what_is_left_out_before_and_after(client, brought) -> None:
    sheet, _, person, _ = brought
    address = f"/price-sheets/{sheet['id']}"
    sign_in(client, person)
    page = client.get(address).text
    assert "1 price list is left out" in page and "Make 1 draft" in page
    assert "Another version is published from" in page
    sent = client.post(f"{address}/take", data={"seen": sheet["seen"]})
    assert sent.location.endswith(address)
    page = client.get(address).text
    assert "1 draft made." in page and "1 price list was left out" in page


def test_the_command_line_names_what_is_left_out(sheets, app, brought, tmp_path: Path) -> None:
    _, _, person, text = brought
    file = tmp_path / "prices.csv"
    file.write_text(text, encoding="utf-8")
    args = ["rates", "import", str(file), "--institution", str(sheets.lab.institution_id), "--lab",
            str(sheets.lab.id), "--by", person.mail, "--from", "2027-04-01"]  # fmt: skip
    answer = app.test_cli_runner().invoke(args=args)
    assert answer.exit_code == 0, answer.output
    assert "1 left out" in answer.output and "row 2, left out: For all instruments." in answer.output
    assert "1 drafts made." in answer.output
