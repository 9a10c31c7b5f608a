"""A refused form as it comes back: its summary in the order of its fields, and every field that something is wrong with."""

from __future__ import annotations

import re
from datetime import datetime
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from instruments.people.models import Lab
from tests.rates.pricing_world import price, published
from tests.world import World, sign_in


@pytest.fixture
def lab(world: World, now: datetime) -> Lab:
    return world.lab()


@pytest.fixture
def manager(client: FlaskClient, world: World, lab: Lab) -> FlaskClient:
    who = world.person(lab.institution)
    world.grant(who, "lab_manager", lab)
    return sign_in(client, who)


WRONG = {
    "names_seen": "nobody knows", "buffer_minutes": "-1", "before_minutes": "x", "lab_days": "0", "horizon_days": "x",
    "cutoff_minutes": "-1", "consecutive_minutes": "x", "grid_minutes": "7", "longest_minutes": "x", "lead_minutes": "-3",
}  # fmt: skip


@pytest.mark.parametrize(
    ("address", "more"),
    [("/labs/{}/rules", {}), ("/labs/{}/rules/dates", {"since": "x", "until": "y"})],
)
def test_the_summary_names_the_fields_from_the_top(
    manager: FlaskClient, lab: Lab, address: str, more: dict[str, Any]
) -> None:
    answer = manager.post(address.format(lab.id), data={**WRONG, **more})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    named = list(dict.fromkeys(re.findall(r'<li><a href="#f-([a-z_]+)">', page)))
    fields = [name for name in re.findall(r'<(?:input|select)[^>]* id="f-([a-z_]+)"', page) if name in named]
    assert named == fields and len(named) >= len(WRONG) - 1 + len(more)


@pytest.mark.parametrize("typed", ["999999999", "nobody@example.org"])
def test_the_field_for_whom_comes_back_with_its_reason(
    client: FlaskClient, world: World, lab: Lab, typed: str
) -> None:
    thing, who = world.instrument(lab), world.person(lab.institution)
    client, address = sign_in(client, who), f"/instruments/{thing.id}/reservations"
    assert 'name="user"' not in client.get(f"/instruments/{thing.id}").get_data(as_text=True)
    sent = {"day": "2027-03-04", "from": "10:00", "until": "11:00", "user": typed}
    answer = client.post(address, data=sent)
    page = unescape(answer.get_data(as_text=True))
    assert answer.status_code == 403
    assert re.search(
        rf'id="f-user"[^>]*name="user"[^>]*value="{typed}"|name="user"[^>]*value="{typed}"', page
    )
    assert page.count("You may not book for this person.") == 2  # above, and at the field
    assert client.post(address, data=sent | {"user": ""}).status_code == 303


@pytest.mark.parametrize(("language", "words"), [("en", "In CNY"), ("zh", "单位：元")])
def test_price_tables_say_the_currency_as_their_reader_does(
    client: FlaskClient, world: World, lab: Lab, language: str, words: str
) -> None:
    prices = [
        price("own_institution", 6000),
        price("own_institution", 500, "item", code="tip-7", name_zh="针尖"),
    ]
    published(lab, prices=prices)
    page = client.get(f"/labs/{lab.id}/published-prices?lang={language}").get_data(as_text=True)
    assert f'<th scope="col">{words}</th>' in page
    assert "针尖" in page and "tip-7" not in page


def test_hours_are_written_alike_everywhere(manager: FlaskClient, lab: Lab) -> None:
    page = manager.get("/profile/notices?lang=zh").get_data(as_text=True)
    assert "1 小时" in page and "2 天" in page and not re.search(r"\d(小时|天)<", page)
    rules = manager.get(f"/labs/{lab.id}/rules?lang=zh").get_data(as_text=True)
    assert "31 天为 44,640 分钟" in rules
