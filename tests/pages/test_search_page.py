"""The front page: the box, the filters, the results, and what to do when there are none."""

from __future__ import annotations

from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from instruments.catalog.search_text import search_text
from instruments.search.question import MOST_PAGES
from tests.world import World, sign_in

CHINESE = {"Accept-Language": "zh-CN"}
ENGLISH = {"Accept-Language": "en"}


def page(client: FlaskClient, address: str, headers: dict[str, str] = ENGLISH, status: int = 200) -> str:
    answer = client.get(address, headers=headers)
    assert answer.status_code == status
    return unescape(answer.get_data(as_text=True))


def raman(world: World, **values: Any) -> Any:
    names = {"name_en": "Raman microscope", "name_zh": "拉曼显微镜"} | values
    return world.instrument(search_text=search_text(names=[names["name_en"], names["name_zh"]]), **names)


def test_a_result_says_where_how_and_when_and_offers_to_book(
    world: World, client: FlaskClient, now: datetime
) -> None:
    lab = world.lab(name_en="Testing Centre", name_zh="测试中心", city_en="Xi’an", city_zh="西安")
    thing = raman(world, lab=lab, week="mon-fri 09:00-18:00", guided=True, class_code="010410")
    found = page(client, "/?q=raman&hours=2")
    assert "Raman microscope" in found
    assert f"Testing Centre, {lab.institution.name_en}" in found
    for words in ("I operate it", "Guided", "Xi’an", "First free 2 h", "Today 09:00–11:00", "Book 09:00"):
        assert words in found
    assert f'href="/instruments/{thing.id}?day=2027-03-01&from=09:00&until=11:00#booking"' in found
    chinese = page(client, "/?q=拉曼&hours=2", CHINESE)
    for words in ("拉曼显微镜", "自主上机", "西安", "今天 09:00–11:00", "预约 09:00", "查找并预约仪器"):
        assert words in chinese


@pytest.mark.parametrize("view", ["list", "table"])
def test_both_views_show_the_same_and_keep_the_question(
    world: World, client: FlaskClient, now: datetime, view: str
) -> None:
    raman(world)
    found = page(client, f"/?q=raman&hours=2&mode=self_operated&sort=relevance&view={view}")
    assert "Book 08:00" in found
    other = {"list": "table", "table": "list"}[view]
    ending = "&view=table" if other == "table" else ""
    assert f'href="/?q=raman&hours=2&mode=self_operated&sort=relevance{ending}"' in found


def test_blocked_rows_say_why_instead_of_offering_to_book(
    world: World, client: FlaskClient, now: datetime
) -> None:
    lab = world.lab()
    world.instrument(lab, status="down", name_en="Broken")
    world.instrument(lab, week=None, name_en="Hourless")
    world.instrument(lab, audience="institution", name_en="Closed circle")
    busy = world.instrument(lab, name_en="Busy")
    world.reservation(busy, world.person(), now, now + timedelta(days=9))
    guest = world.person(world.institution())
    found = page(sign_in(client, guest), "/")
    for words in ("Out of service", "Cannot be booked yet", "No opening hours published", "Own institution only",
                  "Not open to you", "Not free up to Sun 7 Mar", "See its calendar"):  # fmt: skip
        assert words in found
    assert "Book 0" not in found.split("All that match")[1]
    assert "None of 4 instruments is free for 1 h up to Sun 7 Mar" in found


def test_filters_are_ticked_counted_and_can_be_taken_away(
    world: World, client: FlaskClient, now: datetime
) -> None:
    lab = world.lab(city_en="Baoji", city_zh="宝鸡")
    for number in range(3):
        world.instrument(lab, class_code="010410", name_en=f"Raman {number}")
    world.instrument(world.lab(city_en="Xi’an", city_zh="西安"), class_code="020201")
    found = page(client, "/?city=Baoji")
    assert 'name="city" value="Baoji" checked' in found
    assert 'aria-label="Baoji: remove this filter"' in found
    assert "<b>3 instruments</b>" in found
    assert 'name="open_to_me"' not in found
    assert 'name="open_to_me"' in page(sign_in(client, world.person()), "/?city=Baoji")


def test_what_was_typed_wrong_is_said_beside_the_field_and_results_still_show(
    world: World, client: FlaskClient, now: datetime
) -> None:
    raman(world)
    found = page(client, "/?q=raman&from=2026-01-01&hours=x", status=422)
    assert "That time is over. Choose Mon 1 Mar or later." in found
    assert "Say how long as a number of hours" in found
    assert 'aria-describedby="s-from-reason"' in found
    assert "Raman microscope" in found
    assert "该时间已过" in page(client, "/?from=2026-01-01", CHINESE, status=422)


def test_nothing_found_says_what_to_loosen(world: World, client: FlaskClient, now: datetime) -> None:
    raman(world, class_code="010410")
    found = page(client, "/?q=raman&mode=remote")
    assert "No instrument fits “raman” and these filters" in found
    assert "Without Remote: 1" in found
    assert 'href="/?q=raman"' in found
    assert "Raman microscope" in found  # the nearest is shown
    found = page(client, "/?q=ramann")
    assert "No instrument fits “ramann”" in found
    assert "Search “raman”" in found
    assert "没有符合“ramann”的仪器" in page(client, "/?q=ramann", CHINESE)


def test_nothing_free_offers_the_longest_gap_and_the_nearest_later_one(
    world: World, client: FlaskClient, now: datetime
) -> None:
    thing = world.instrument(week="mon-sun 08:00-12:00")
    world.reservation(thing, world.person(), now, now + timedelta(hours=2))
    found = page(client, "/?hours=4&until=2027-03-01")
    assert "The only instrument that fits is not free for 4 h up to Mon 1 Mar" in found
    assert "Search 2 h" in found
    assert "Look up to Tue 2 Mar" in found
    assert "Book 10:00" in found


def test_an_empty_catalogue_has_a_sentence(client: FlaskClient, world: World, now: datetime) -> None:
    assert "No instrument is published here yet" in page(client, "/")


def test_pages_are_linked_and_a_page_too_far_is_the_first(
    world: World, client: FlaskClient, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = world.lab()
    for number in range(23):
        world.instrument(lab, name_en=f"Thing {number}")
    found = page(client, "/")
    assert "1–20 of 23" in found
    assert 'rel="next" href="/?page=2"' in found
    assert "21–23 of 23" in page(client, "/?page=2")
    for beyond in ("9", "9" * 5000):
        assert "21–23 of 23" in page(client, f"/?page={beyond}")
    assert "These are the first" not in found
    monkeypatch.setitem(MOST_PAGES, "earliest", 1)
    found = page(client, "/?page=2")
    assert 'rel="next"' not in found
    assert "These are the first 20 of 23. Narrow the search" in found
    assert 'href="/?sort=relevance"' in found
    assert "21–23 of 23" in page(client, "/?sort=relevance&page=2")


@pytest.mark.parametrize("path", ["/", "/?view=table", "/?q=thing&sort=relevance"])
def test_the_statements_of_the_page_do_not_grow_with_the_catalogue(
    world: World, client: FlaskClient, now: datetime, statements: list[str], path: str
) -> None:
    lab, user = world.lab(), world.person()

    def counted(more: int) -> int:
        for number in range(more):
            thing = world.instrument(lab, name_en=f"Thing {number}", search_text=f"thing {number}")
            world.reservation(thing, user, now + timedelta(hours=number % 5))
        client.get(path)
        statements.clear()
        assert client.get(path).status_code == 200
        return len(statements)

    assert counted(3) == counted(40)


def test_the_page_is_written_for_search_engines_in_both_languages(
    world: World, client: FlaskClient, now: datetime
) -> None:
    found = page(client, "/")
    assert '<link rel="alternate" hreflang="zh-Hans" href="http://localhost:5000/?lang=zh">' in found
    assert '<link rel="canonical" href="http://localhost:5000/">' in found
    assert "noindex" not in found
    assert "noindex" in page(client, "/?q=raman")
    assert "查找并预约仪器" in page(client, "/?lang=zh")
    assert "/language/en?next=/" in page(client, "/?lang=zh")


@pytest.mark.parametrize(
    "query", ["%00", "<script>alert(1)</script>", "'; DROP TABLE instrument; --", "%", "a" * 5000, "𠮷"]
)
def test_odd_words_do_no_harm(world: World, client: FlaskClient, now: datetime, query: str) -> None:
    raman(world)
    answer = client.get(
        "/", query_string={"q": query, "class": query, "institution": query, "city": query, "page": query}
    )
    assert answer.status_code == 200
    assert b"<script>alert" not in answer.data


def test_the_page_asks_four_questions_whatever_it_shows(
    world: World, client: FlaskClient, statements: list[str], now: datetime
) -> None:
    lab = world.lab()
    user = world.person(lab.institution)
    for several in (2, 30):
        for number in range(several):
            world.reservation(raman(world, lab=lab), user, now + timedelta(hours=number % 7))
        page(client, "/")  # reads the catalogue, which has just changed
        statements.clear()
        page(client, "/")
        # Whether the catalogue changed, who is free first, what is said of them, and their week.
        assert [line.split()[0] for line in statements if not line.startswith("BEGIN")] == ["SELECT"] * 4


def test_a_hit_says_that_the_lab_is_asked_and_which_quota_counts(
    world: World, client: FlaskClient, now: datetime
) -> None:
    lab = world.lab()
    raman(world, lab=lab)
    world.approval_rule(lab, "partners")
    world.quota(lab, circles="partners")
    assert "Book 08:00" in page(client, "/?q=raman&hours=1")
    sign_in(client, world.person(lab.institution))
    own = page(client, "/?q=raman&hours=1")
    assert ("Book 08:00" in own, "Quota:" in own) == (True, False)
    sign_in(client, world.person(world.institution()))
    found = page(client, "/?q=raman&hours=1")
    assert "Ask the lab" in found
    assert "Book 08:00" not in found
    assert "Quota: 4 h a week<" in found
    client.get("/language/zh_Hans_CN?next=/")
    chinese = page(client, "/?q=raman&hours=1")
    # The button asks for time; it does not put a question.
    assert "申请预约" in chinese and "询问实验室" not in chinese
