"""Instruments side by side: what each costs whoever reads, from which fund, and what an address cannot make it show."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.funds.models import FundUser
from instruments.people.rights import Role
from tests.rates.pricing_world import price, published
from tests.world import World, sign_in

# Whether what has the focus lies wholly under the first column of its table; None where it is in no table.
UNDER_THE_COLUMN = """() => {
  const focused = document.activeElement, table = focused.closest(".scroll");
  if (!table || focused === table) return null;
  const place = focused.getBoundingClientRect(), column = table.querySelector("tbody th").getBoundingClientRect();
  return place.right <= column.right;
}"""
EN = {"Accept-Language": "en"}


class Shelf:
    """Three instruments of a house: at 90.00 and 30.00 an hour, and one without a price; a student with a grant."""

    def __init__(self, world: World) -> None:
        self.world, house = world, world.institution()
        self.things: dict[str, Any] = {}
        for name, units in (("Dear", 9_000), ("Cheap", 3_000), ("Unpriced", None)):
            specifications = [{"name": "Resolution", "value": str(len(name)), "unit": "nm"}]
            thing = world.instrument(
                world.lab(house), name_en=name, name_zh=name, specifications=specifications
            )
            if units is not None:
                published(thing, prices=[price("own_institution", units)])
            self.things[name] = thing
        head, self.student = world.person(house), world.person(house)
        group = world.group(house, head)
        world.grant(self.student, Role.MEMBER, group)
        self.fund = world.fund(group, name_en="Thin films", name_zh="薄膜", budget_units=10_000)
        db.session.add(FundUser(fund_id=self.fund.id, given_at=datetime(2027, 1, 1, tzinfo=UTC)))
        db.session.commit()
        self.numbers = [thing.id for thing in self.things.values()]
        self.fund_id = self.fund.id


@pytest.fixture
def shelf(world: World, now: datetime) -> Shelf:
    return Shelf(world)


def compared(client: FlaskClient, *numbers: Any, status: int = 200, **query: Any) -> str:
    answer = client.get("/compare", query_string={"instrument": numbers, "hours": "2", **query}, headers=EN)
    assert answer.status_code == status
    return unescape(answer.get_data(as_text=True))


@pytest.mark.parametrize("numbers", [(), ("x",), ("-1",), ("999999",), ("99999999999999999999",), ("\0",)])
def test_nonsense_is_nothing_to_compare(shelf: Shelf, client: FlaskClient, numbers: tuple[str, ...]) -> None:
    assert "Nothing to compare yet" in compared(client, *numbers)


def test_a_question_that_cannot_be_read_is_answered_beside_its_field(
    shelf: Shelf, client: FlaskClient
) -> None:
    page = compared(client, *shelf.numbers, until="2020-01-01", status=422)
    assert "That time is over." in page
    assert "Dear" in page


def test_strangers_compare_without_prices(shelf: Shelf, client: FlaskClient) -> None:
    page = compared(client, *shelf.numbers, fund_id=shelf.fund_id)
    for words in ("Dear", "Cheap", "Resolution", "4 nm", "Sign in to see your price", "First free 2 h"):
        assert words in page
    for words in ("CNY", "Thin films"):
        assert words not in page


def test_each_says_what_it_costs_this_person_and_who_is_cheapest(shelf: Shelf, client: FlaskClient) -> None:
    page = compared(sign_in(client, shelf.student), *shelf.numbers)
    for words in ("2 h at CNY 90.00 an hour", "CNY 180.00", "CNY 60.00", "No price set", "Lowest price", "Cancelling is free.",
                  "Open to: "):  # fmt: skip
        assert words in page
    assert page.count("Lowest price") == 1
    assert page.index("CNY 180.00") < page.index("Lowest price") < page.index("CNY 60.00")


def test_the_fund_is_weighed_and_kept_in_the_way_to_book(shelf: Shelf, client: FlaskClient) -> None:
    page = compared(sign_in(client, shelf.student), *shelf.numbers, fund_id=shelf.fund_id)
    for words in (
        "CNY 40.00 left after this booking",
        "CNY 80.00 is missing.",
        f"&fund_id={shelf.fund_id}#booking",
    ):
        assert words in page


def test_anothers_fund_is_as_if_not_there(shelf: Shelf, client: FlaskClient) -> None:
    other = shelf.world.fund(
        shelf.world.group(shelf.world.institution()), name_en="Secret", budget_units=777_777
    )
    page = compared(sign_in(client, shelf.student), *shelf.numbers, fund_id=other.id)
    assert "Secret" not in page
    assert f"fund_id={other.id}" not in page


def test_more_than_four_are_the_first_four_and_each_can_be_left_out(
    shelf: Shelf, client: FlaskClient
) -> None:
    more = [shelf.world.instrument(name_en=f"More {each}", name_zh=f"更多{each}").id for each in range(2)]
    page = compared(client, *shelf.numbers, *more, 999_999)
    assert "Up to 4 instruments fit side by side" in page
    assert "More 0" in page
    assert "More 1" not in page
    left = "&".join(f"instrument={number}" for number in (*shelf.numbers[1:], more[0]))
    assert f'href="/compare?{left}&hours=2"' in page
    assert "Some that were named are not published any more." in compared(client, shelf.numbers[0], 999_999)


def test_the_results_of_a_search_lead_there_with_their_question(shelf: Shelf, client: FlaskClient) -> None:
    for view in ("list", "table"):
        page = client.get("/", query_string={"hours": "2", "view": view}, headers=EN).text
        assert 'action="/compare"' in page
        assert page.count('type="checkbox" id="tick-') == 3
        assert '<input type="hidden" name="hours" value="2">' in page
    assert 'id="compare"' not in client.get("/?q=Cheap", headers=EN).text, "there is nothing beside it"


def test_what_is_ticked_stays_on_every_page_of_the_search(shelf: Shelf, client: FlaskClient) -> None:
    for each in range(20):
        shelf.world.instrument(name_en=f"Other {each}", name_zh=f"其他{each}")
    dear, cheap = shelf.numbers[:2]
    query = {"hours": "2", "instrument": [dear, cheap, 999_999]}
    page = unescape(client.get("/", query_string=query, headers=EN).text)
    assert "2 of 4 to compare" in page and "Compare 2 side by side" in page
    assert f'href="/?hours=2&page=2&instrument={dear}&instrument={cheap}&instrument=999999"' in page
    assert (
        f'href="/?hours=2&instrument={cheap}&instrument=999999" aria-label="Dear: no longer to compare"'
        in page
    )
    assert 'href="/?hours=2">Empty</a>' in page.replace('class="btn btn-quiet" ', "")
    second = unescape(client.get("/", query_string=query | {"page": "2"}, headers=EN).text)
    # What is ticked elsewhere is sent along by the form, and the page it is on, too.
    form = second[second.index('id="compare"') : second.index("</form>", second.index('id="compare"'))]
    assert f'<input type="hidden" name="instrument" value="{dear}">' in form
    assert '<input type="hidden" name="page" value="2">' in form
    assert f'value="{dear}"' in second[second.index('id="search-kept"') : second.index("search-box")]


def test_no_more_than_four_can_be_ticked(shelf: Shelf, client: FlaskClient) -> None:
    more = [shelf.world.instrument(name_en=f"More {each}", name_zh=f"更多{each}").id for each in range(2)]
    ticked = [*shelf.numbers, more[0]]
    page = client.get("/", query_string={"instrument": [*ticked, more[1]]}, headers=EN).text
    assert page.count(" checked>Compare") == 4
    assert page.count(" disabled>Compare") == 1
    assert "4 of 4 to compare" in page


def test_the_tray_stays_where_one_is_found_or_none(shelf: Shelf, client: FlaskClient) -> None:
    for words in (
        {"institution": db.session.get(Instrument, shelf.numbers[1]).institution_id},
        {"q": "no such thing"},
    ):
        query = {**words, "instrument": shelf.numbers[0]}
        assert "1 of 4 to compare" in client.get("/", query_string=query, headers=EN).text


def test_the_fund_that_is_usual_pays_unless_another_or_none_is_chosen(
    shelf: Shelf, client: FlaskClient
) -> None:
    reader = sign_in(client, shelf.student)
    assert "CNY 40.00 left after this booking" in compared(reader, *shelf.numbers)
    page = compared(reader, *shelf.numbers, fund_id="")
    assert "left after this booking" not in page and "&fund_id=#booking" in page


def test_what_gets_the_focus_is_not_under_the_column_that_stays(
    view: Callable[[], Page], app: Flask, world: World
) -> None:
    """On a phone, back through the table, whose first column stays where it is."""
    shelf = Shelf(world)
    page = view()
    page.set_viewport_size({"width": 390, "height": 700})
    query = "&".join(f"instrument={thing.id}" for thing in shelf.things.values())
    page.goto(f"/compare?{query}")
    page.locator(".scroll a").last.focus()
    seen = []
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        seen.append(page.evaluate(UNDER_THE_COLUMN))
    assert False in seen
    assert True not in seen
