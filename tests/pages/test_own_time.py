"""The reader's own time beside the instrument's, on every page that names a time, where the two walls differ."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from instruments.catalog.revision import raise_catalog
from instruments.database import db
from instruments.reservations.models import Reservation
from instruments.web import wording
from tests.world import World, sign_in

NINE = datetime(2027, 3, 2, 1, tzinfo=UTC)  # Tuesday 09:00 in Xi'an, 02:00 in Berlin
HOUR = timedelta(hours=1)
OWN = "02:00–03:00, Berlin time, UTC+1"
OWN_IN_CHINESE = "02:00–03:00，柏林时间 UTC+1"
FORM = {"day": "2027-03-02", "from": "09:00", "until": "10:00", "purpose": "research", "key": "k"}


@pytest.fixture
def instrument(world: World, now):
    return world.instrument(
        world.lab(city_en="Xi’an", city_zh="西安"), week="Tue 09:00-12:00", name_en="Raman microscope"
    )


@pytest.fixture
def reader(world: World, instrument, client: FlaskClient):
    who = world.person(instrument.institution, zone="Europe/Berlin")
    sign_in(client, who)
    return who


def words(answer) -> str:
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", answer.get_data(as_text=True), flags=re.S)
    return re.sub(r"\s+", " ", text)


def addresses(instrument, reservation) -> list[str]:
    chosen = f"/instruments/{instrument.id}?day=2027-03-02&from=09:00&until=10:00"
    return [
        "/reservations", "/home", f"/reservations/{reservation.id}", f"/reservations/{reservation.id}/move",
        f"/reservations/{reservation.id}/cancel", chosen,
    ]  # fmt: skip


def test_a_reader_elsewhere_sees_both_times(client, world, instrument, reader) -> None:
    row = world.reservation(instrument, reader, NINE)
    for address in addresses(instrument, row):
        assert OWN in words(client.get(address)), address
        chinese = f"{address}{'&' if '?' in address else '?'}lang=zh"
        assert OWN_IN_CHINESE in words(client.get(chinese)), address


def test_a_reader_on_the_same_wall_sees_one(client, world, instrument) -> None:
    person = world.person(instrument.institution, zone="Asia/Singapore")
    sign_in(client, person)
    for address in addresses(instrument, world.reservation(instrument, person, NINE)):
        text = words(client.get(address))
        assert "Singapore" not in text.partition("Printed")[0], address
        assert "Your time" not in text, address


def test_results_and_free_times_say_both(client, instrument, reader) -> None:
    for view in ("list", "table"):
        text = words(client.get(f"/?q=raman&from=2027-03-01&until=2027-03-03&view={view}"))
        assert OWN in text
        assert "Tomorrow 09:00–10:00" in text
    listed = words(client.get(f"/instruments/{instrument.id}?week=2027-W09&view=list"))
    assert "Xi’an time, UTC+8; yours is Berlin time, UTC+1" in listed
    assert "02:00–05:00, Berlin time, UTC+1" in listed


def test_a_refusal_says_both_for_what_was_asked_and_for_what_one_can_have(
    client, world, instrument, reader
) -> None:
    world.reservation(instrument, world.person(), NINE)
    text = words(client.post(f"/instruments/{instrument.id}/reservations", data=FORM))
    assert f"Your time: {OWN}" in text
    assert "03:00–04:00, Berlin time, UTC+1" in text


def test_an_offer_elsewhere_is_on_the_wall_there(client, world, instrument, reader) -> None:
    elsewhere = world.instrument(world.lab(zone="Asia/Tokyo"), name_en="Raman in Tokyo")
    for each in (instrument, elsewhere):
        each.class_code = "010101"
    raise_catalog()
    db.session.commit()
    world.reservation(instrument, world.person(), NINE)
    answer = client.post(f"/instruments/{instrument.id}/reservations", data=FORM)
    assert "Tue 2 Mar, 10:00–11:00 02:00–03:00, Berlin time, UTC+1 Raman in Tokyo" in words(answer)
    form = re.findall(
        r'action="(/instruments/\d+/reservations)">(.*?)</form>', answer.get_data(as_text=True), re.S
    )
    action, body = form[-1]
    assert (
        client.post(action, data=dict(re.findall(r'name="([^"]+)" value="([^"]*)"', body))).status_code == 303
    )
    db.session.rollback()
    assert db.session.query(Reservation).filter_by(user_id=reader.id).one().starts_at == NINE


@pytest.mark.parametrize(
    ("start", "end", "own", "english"),
    [
        (NINE, NINE + HOUR, "Asia/Shanghai", ""),
        (NINE, NINE + HOUR, "Asia/Singapore", ""),
        (NINE, NINE + HOUR, "America/New_York", "Mon 1 Mar, 20:00–21:00, New York time, UTC−5"),
        # Over the night in which Berlin's clocks go forward: eight hours, and both ends on their own wall.
        (datetime(2027, 3, 27, 22, tzinfo=UTC), datetime(2027, 3, 28, 6, tzinfo=UTC), "Europe/Berlin",
         "Sat 27 Mar 23:00 – Sun 28 Mar 08:00, Berlin time, UTC+1"),
    ],
)  # fmt: skip
def test_the_words(start: datetime, end: datetime, own: str, english: str) -> None:
    span = type("Span", (), {"start": start, "end": end})()
    assert wording.own_time(span, "Asia/Shanghai", own, "en", start.date()) == english


def test_an_end_on_another_day_names_the_day() -> None:
    span = type("Span", (), {"start": NINE, "end": NINE + 30 * HOUR})()
    assert wording.hours_and_day(span, "Asia/Shanghai", "en", NINE.date()) == "09:00 – Wed 3 Mar 15:00"
    assert wording.hours_and_day(span, "Asia/Shanghai", "zh_Hans_CN", NINE.date()) == "09:00 至 3月3日 15:00"
    span.end = NINE + 15 * HOUR
    assert wording.hours_and_day(span, "Asia/Shanghai", "en", NINE.date()) == "09:00–24:00"


@pytest.mark.parametrize(
    ("week", "said"),
    [
        ("2027-W10", "Potsdam time, UTC+1; yours is Shanghai time, UTC+8"),
        ("2027-W12", "Potsdam time, UTC+1 / UTC+2; yours is Shanghai time, UTC+8"),
        ("2027-W13", "Potsdam time, UTC+2; yours is Shanghai time, UTC+8"),
        ("2027-W43", "Potsdam time, UTC+2 / UTC+1; yours is Shanghai time, UTC+8"),
    ],
)
def test_a_week_is_headed_with_the_clocks_of_that_week(client, world, now, week, said) -> None:
    thing = world.instrument(world.lab(zone="Europe/Berlin", city_en="Potsdam", city_zh="波茨坦"))
    sign_in(client, world.person(thing.institution, zone="Asia/Shanghai"))
    assert f" {said} " in words(client.get(f"/instruments/{thing.id}?week={week}"))
    monday = date.fromisoformat(f"{week}-1")
    address = f"/instruments/{thing.id}/week.json?from={monday}"
    assert client.get(f"{address}&zone=yes").json["zone_words"] == said
    assert "zone_words" not in client.get(address).json


def test_the_reader_is_told_their_zone_when_its_clocks_change(client, instrument, reader) -> None:
    listed = words(client.get(f"/instruments/{instrument.id}?week=2027-W12"))
    assert "Xi’an time, UTC+8; yours is Berlin time, UTC+1 / UTC+2" in listed
