"""Quotas: what counts, in which period, against whom, and that racers never take more than there is."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instruments.availability.season_models import SeasonSpan
from instruments.availability.week import parse_week
from instruments.database import db
from instruments.database.transactions import deed
from instruments.errors import Refusal
from instruments.people.signing import actor_by_id
from instruments.reservations.handing_over import hand_over
from instruments.reservations.models import Reservation
from instruments.reservations.quotas import Quota, later_periods, periods
from tests.racing import Round, run
from tests.world import World, bearer

XIAN, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
NINE = datetime(2027, 3, 2, 1, tzinfo=UTC)  # Tuesday 09:00 in Xi'an; the tests' now is a day earlier
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def quota(**values) -> Quota:
    usual = {
        "id": 1,
        "owner": "lab",
        "measured": "hours",
        "amount": 10,
        "per": "week",
        "holder": "person",
        "over": "lab",
    }
    return Quota(**{**usual, **values})


def at(text: str, zone: ZoneInfo = XIAN) -> int:
    return int(datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=zone).timestamp())


def taken(each: Quota, first: str, last: str, zone: ZoneInfo = XIAN) -> list[tuple[str, float]]:
    """By period: when it begins, and how many hours (or reservations) of it a reservation takes."""
    span = (at(first, zone), at(last, zone))
    unit = 3600 if each.measured == "hours" else 1
    return [
        (
            f"{datetime.fromtimestamp(period.first, zone):%Y-%m-%d %H:%M}",
            each.taken_by(span, period.parts) / unit,
        )
        for period in periods(each, span, zone, span[0])
    ]


WORKDAYS = parse_week("Mon-Fri 09:00-17:00")


@pytest.mark.parametrize(
    ("each", "span", "zone", "found"),
    [
        (quota(), ("2027-03-02 09:00", "2027-03-02 11:00"), XIAN, [("2027-03-01 00:00", 2)]),
        (quota(per="day"), ("2027-03-02 22:00", "2027-03-03 03:00"), XIAN,
         [("2027-03-02 00:00", 2), ("2027-03-03 00:00", 3)]),
        (quota(), ("2027-03-07 20:00", "2027-03-08 06:00"), XIAN, [("2027-03-01 00:00", 4), ("2027-03-08 00:00", 6)]),
        (quota(per="month"), ("2027-03-31 20:00", "2027-04-01 02:00"), XIAN,
         [("2027-03-01 00:00", 4), ("2027-04-01 00:00", 2)]),
        (quota(per="month"), ("2027-12-31 23:00", "2028-01-01 01:00"), XIAN,
         [("2027-12-01 00:00", 1), ("2028-01-01 00:00", 1)]),
        (quota(per="year"), ("2027-12-31 23:00", "2028-01-01 02:00"), XIAN,
         [("2027-01-01 00:00", 1), ("2028-01-01 00:00", 2)]),
        # In Berlin the 28th of March 2027 has 23 hours, the 31st of October 25.
        (quota(per="day"), ("2027-03-28 00:00", "2027-03-29 00:00"), BERLIN, [("2027-03-28 00:00", 23)]),
        (quota(per="day"), ("2027-10-31 00:00", "2027-11-01 00:00"), BERLIN, [("2027-10-31 00:00", 25)]),
        (quota(per="day", measured="count"), ("2027-03-02 22:00", "2027-03-03 03:00"), XIAN,
         [("2027-03-02 00:00", 1), ("2027-03-03 00:00", 1)]),
        (quota(peak=WORKDAYS), ("2027-03-02 08:00", "2027-03-02 18:00"), XIAN, [("2027-03-01 00:00", 8)]),
        (quota(peak=WORKDAYS), ("2027-03-06 08:00", "2027-03-06 18:00"), XIAN, [("2027-03-01 00:00", 0)]),
        (quota(peak=WORKDAYS, measured="count"), ("2027-03-02 17:00", "2027-03-02 20:00"), XIAN, [("2027-03-01 00:00", 0)]),
        (quota(valid_from=date(2027, 3, 3)), ("2027-03-02 22:00", "2027-03-03 03:00"), XIAN, [("2027-03-01 00:00", 3)]),
        (quota(valid_to=date(2027, 3, 2)), ("2027-03-02 22:00", "2027-03-03 03:00"), XIAN, [("2027-03-01 00:00", 2)]),
        (quota(valid_to=date(2027, 2, 27)), ("2027-03-02 22:00", "2027-03-03 03:00"), XIAN, []),
        (quota(per="future"), ("2027-03-02 22:00", "2027-03-03 03:00"), XIAN, [("2027-03-02 22:00", 5)]),
    ],
)  # fmt: skip
def test_what_a_reservation_takes_of_each_period(each, span, zone, found) -> None:
    assert taken(each, *span, zone) == found


def test_periods_follow_one_another_over_a_clock_change() -> None:
    coming = later_periods(quota(per="day"), at("2027-03-27 00:00", BERLIN), BERLIN)
    assert [(each.last - each.first) // 3600 for each in coming][:3] == [24, 23, 24]
    assert all(one.last == other.first for one, other in pairwise(coming))
    assert later_periods(quota(per="future"), 0, XIAN) == []


MOMENTS = st.integers(at("2027-03-20 00:00", BERLIN) // 900, at("2027-04-10 00:00", BERLIN) // 900).map(
    lambda q: q * 900
)


@settings(max_examples=300)
@given(
    st.lists(MOMENTS, min_size=3, max_size=3, unique=True).map(sorted),
    st.sampled_from(["day", "week", "month", "year"]),
    st.sampled_from([None, WORKDAYS, parse_week("Sat 22:00-03:00; Sun 03:30-05:00")]),
    st.sampled_from([None, date(2027, 3, 29)]),
)
def test_splitting_a_reservation_never_changes_the_hours_counted(moments, per, peak, since) -> None:
    first, middle, last = moments
    each = quota(per=per, peak=peak, valid_from=since)

    def by_period(*span: int) -> Counter[int]:
        found = periods(each, span, BERLIN, 0)
        return Counter({one.first: each.taken_by(span, one.parts) for one in found})

    assert +(by_period(first, middle) + by_period(middle, last)) == +by_period(first, last)


# --- Against whom


@pytest.fixture
def lab(world: World, now):
    return world.lab()


@pytest.fixture
def instrument(world: World, lab):
    return world.instrument(lab, class_code=None)


def book(client, world, who, instrument, start: datetime, hours: float = 1, **more):
    body = {
        "instrument_id": instrument.id, "start": start.isoformat(), "end": (start + hours * HOUR).isoformat(), **more,
    }  # fmt: skip
    return client.post("/api/v1/reservations", json=body, headers=bearer(world.token(who)))


def codes(answer) -> list[str]:
    return [reason["code"] for reason in answer.json.get("reasons", [])]


def test_more_hours_than_the_week_allows_are_refused_with_what_is_left_and_a_way_out(
    client, world, lab, instrument
) -> None:
    world.quota(lab, amount=4, per="week")
    who, other = world.person(lab.institution), world.instrument(lab)
    assert book(client, world, who, instrument, NINE, 3).status_code == 201
    refused = book(client, world, who, other, NINE + 4 * HOUR, 2)
    assert (refused.status_code, codes(refused)) == (422, ["quota"])
    told = refused.json["reasons"][0]
    assert told["message"] == (
        "The quota is 4 h a week per person in this lab: 3 h used, 1 h left; this takes 2 h. "
        "End at Tue 2 Mar, 14:00."
    )
    assert told["fix"] == {"end": "2027-03-02T14:00:00+08:00"}
    assert book(client, world, who, other, NINE + 4 * HOUR, 1).status_code == 201
    used_up = book(client, world, who, other, NINE + 6 * HOUR, 2).json["reasons"][0]
    assert "There is room again from Mon 8 Mar, 00:00." in used_up["message"]
    assert used_up["fix"] == {"start": "2027-03-09T15:00:00+08:00", "end": "2027-03-09T17:00:00+08:00"}
    assert book(client, world, who, other, NINE + 7 * DAY + 6 * HOUR, 2).status_code == 201
    assert book(client, world, world.person(lab.institution), other, NINE + 6 * HOUR, 2).status_code == 201


def test_where_days_are_counted_the_next_day_has_room_again(client, world, lab, instrument) -> None:
    world.quota(lab, amount=2, per="day")
    who = world.person(lab.institution)
    assert book(client, world, who, instrument, NINE, 2).status_code == 201
    assert book(client, world, who, instrument, NINE + DAY, 2).status_code == 201
    told = book(client, world, who, instrument, NINE + 4 * HOUR, 2).json["reasons"][0]
    assert "There is room again from Thu 4 Mar, 00:00." in told["message"]
    assert told["fix"] == {"start": "2027-03-04T13:00:00+08:00", "end": "2027-03-04T15:00:00+08:00"}


@pytest.mark.parametrize(
    ("owner", "over", "where", "status"),
    [
        ("instrument", "instrument", "same", 422),
        ("instrument", "instrument", "like it", 201),
        ("lab", "instrument", "like it", 201),
        ("lab", "class", "like it", 422),
        ("lab", "class", "other kind", 201),
        ("lab", "lab", "other kind", 422),
        ("lab", "lab", "other lab", 201),
        ("institution", "class", "other lab", 422),
        ("institution", "lab", "other lab", 201),
        ("institution", "catalogue", "other lab", 422),
    ],
)
def test_over_which_instruments_it_counts(client, world, lab, owner, over, where, status) -> None:
    kind, other = "010101", "010102"
    things = {
        "same": world.instrument(lab, class_code=kind),
        "like it": world.instrument(lab, class_code=kind),
        "other kind": world.instrument(lab, class_code=other),
        "other lab": world.instrument(world.lab(lab.institution), class_code=kind),
    }
    owners = {"instrument": things["same"], "lab": lab, "institution": lab.institution}
    world.quota(owners[owner], amount=1, measured="count", over=over)
    who = world.person(lab.institution)
    assert book(client, world, who, things["same"], NINE).status_code == 201
    assert book(client, world, who, things[where], NINE + 3 * HOUR).status_code == status


def test_a_group_and_an_institution_are_counted_as_one(client, world, lab, instrument) -> None:
    world.quota(lab, amount=2, holder="group")
    home = lab.institution
    one, two, alone, group = world.person(home), world.person(home), world.person(home), world.group(home)
    world.grant(one, "member", group)
    world.grant(two, "member", group)
    assert book(client, world, one, instrument, NINE, 2).status_code == 201
    assert codes(book(client, world, two, instrument, NINE + 3 * HOUR)) == ["quota"]
    assert book(client, world, alone, instrument, NINE + 3 * HOUR, 2).status_code == 201
    assert codes(book(client, world, alone, instrument, NINE + 6 * HOUR)) == ["quota"]
    other = world.instrument(world.lab(home))
    world.quota(other, amount=1, holder="institution", over="instrument")
    assert book(client, world, one, other, NINE).status_code == 201
    assert codes(book(client, world, alone, other, NINE + 3 * HOUR)) == ["quota"]
    assert book(client, world, world.person(world.institution()), other, NINE + 3 * HOUR).status_code == 201


def test_it_holds_for_the_chosen_circles_only(client, world, lab, instrument) -> None:
    world.quota(lab, amount=1, circles="partners companies")
    home, away = world.person(lab.institution), world.person(world.institution())
    assert book(client, world, home, instrument, NINE, 2).status_code == 201
    refused = book(client, world, away, instrument, NINE + 3 * HOUR, 2)
    assert codes(refused) == ["quota"]


def test_free_time_at_short_notice_is_exempt_and_does_not_count(client, world, lab, instrument) -> None:
    world.quota(lab, amount=1, per="future", measured="count", short_notice_hours=48)
    who = world.person(lab.institution)
    assert book(client, world, who, instrument, NINE).status_code == 201
    assert book(client, world, who, instrument, NINE + 5 * DAY).status_code == 201
    refused = book(client, world, who, instrument, NINE + 6 * DAY)
    assert codes(refused) == ["quota"]
    assert "There is room again when some of it is over or cancelled" in refused.json["detail"]
    assert book(client, world, who, instrument, NINE + HOUR).status_code == 201


def test_moving_does_not_count_the_reservation_itself_and_cancelling_gives_back(
    client, world, lab, instrument
) -> None:
    world.quota(lab, amount=3)
    who = world.person(lab.institution)
    made = book(client, world, who, instrument, NINE, 3).json
    headers = bearer(world.token(who)) | {"If-Match": "*"}
    url = f"/api/v1/reservations/{made['id']}"
    body = {"start": (NINE + DAY).isoformat(), "end": (NINE + DAY + 3 * HOUR).isoformat()}
    assert client.patch(url, json=body, headers=headers).status_code == 200
    longer = client.patch(url, json={"end": (NINE + DAY + 4 * HOUR).isoformat()}, headers=headers)
    assert (longer.status_code, codes(longer)) == (422, ["quota"])
    assert codes(book(client, world, who, instrument, NINE)) == ["quota"]
    assert client.post(f"{url}/cancel", json={"reason": "ill"}, headers=headers).status_code == 200
    assert book(client, world, who, instrument, NINE).status_code == 201


def test_all_quotas_are_counted_by_one_statement(client, world, lab, instrument, statements) -> None:
    who = world.person(lab.institution)
    group = world.group(lab.institution)
    world.grant(who, "member", group)
    headers = bearer(world.token(who))
    body = {"instrument_id": instrument.id, "start": NINE.isoformat(), "end": (NINE + HOUR).isoformat()}

    def asked(day: int) -> int:
        start = NINE + day * DAY
        body.update(start=start.isoformat(), end=(start + HOUR).isoformat())
        statements.clear()
        assert client.post("/api/v1/reservations", json=body, headers=headers).status_code == 201
        return len(statements)

    asked(1)
    without = asked(2)
    counts = []
    for number, holder in enumerate(("person", "group", "institution", "person", "group", "institution")):
        world.quota(
            lab, amount=1000, holder=holder, per=("day", "week", "month", "year", "future", "week")[number]
        )
        asked(3 + 2 * number)
        counts.append(asked(4 + 2 * number))
    # Each time it is checked, before the lock and under it, one statement more; on PostgreSQL the holders' locks too.
    locks = 3 if db.engine.dialect.name == "postgresql" else 0
    assert counts[-1] <= without + 2 + locks
    assert counts[-1] == counts[2]


@pytest.mark.parametrize("holder", ["person", "group"])
def test_16_racers_never_take_more_than_the_quota(server, world: World, holder) -> None:
    lab = world.lab()
    world.quota(lab, amount=3, per="week", measured="count", holder=holder)
    group, who = world.group(lab.institution), world.person(lab.institution)
    people = [who] * 16 if holder == "person" else [world.person(lab.institution) for _ in range(16)]
    for each in set(people):
        world.grant(each, "member", group)
    things = [world.instrument(lab) for _ in range(16)]
    start = (datetime.now(UTC) + 9 * DAY).replace(hour=2, minute=0, second=0, microsecond=0)
    weeks = [start - timedelta(days=start.weekday()) + week * 7 * DAY for week in range(1, 5)]
    racers = [
        (
            world.token(person),
            [
                Round(
                    "POST", "/api/v1/reservations",
                    {"instrument_id": thing.id, "start": week.isoformat(), "end": (week + HOUR).isoformat()},
                )
                for week in weeks
            ],
        )
        for person, thing in zip(people, things, strict=True)
    ]  # fmt: skip
    answers = run(server, racers)
    for number in range(len(weeks)):
        assert Counter(racer[number][0] for racer in answers) == {201: 3, 422: 13}
    db.session.rollback()
    assert db.session.query(Reservation).count() == 3 * len(weeks)


def test_programs_read_the_rules_and_what_is_left_to_their_person(client, world, lab, instrument) -> None:
    world.rules(lab, longest_minutes=240, partners_days=7, names_seen="group")
    world.dated_rules(instrument, date(2027, 3, 8), date(2027, 3, 14), longest_minutes=60)
    world.quota(lab, amount=4, peak="Mon-Fri 08:00-18:00", circles="lab institution")
    world.quota(lab.institution, amount=2, measured="count", per="future")
    address = f"/api/v1/instruments/{instrument.id}/rules"
    stranger = client.get(address).json
    assert stranger["limits"]["longest_minutes"] == 240
    assert [each["left"] for each in stranger["quotas"]] == [None, None]
    who = world.person(lab.institution)
    world.reservation(instrument, who, NINE, NINE + 3 * HOUR)
    told = client.get(address, headers=bearer(world.token(who))).json
    assert [(each["first"], each["last"]) for each in told["other_dates"]] == [("2027-03-08", "2027-03-14")]
    assert told["window_days"] == 60
    hours, count = told["quotas"]
    assert (hours["used"], hours["left"], hours["period"]["start"]) == (3.0, 1.0, "2027-03-01T00:00:00+08:00")
    assert (count["used"], count["left"], count["period"], count["set_by"]) == (1, 1, None, "institution")
    partner = client.get(address, headers=bearer(world.token(world.person(world.institution())))).json
    assert (partner["window_days"], len(partner["quotas"])) == (7, 1)
    assert client.get("/api/v1/instruments/999999999/rules").status_code == 404


def test_nobody_is_handed_more_than_their_quota(client, world, lab, instrument) -> None:
    world.quota(lab, amount=2)
    leaver, receiver, manager = (world.person(lab.institution) for _ in range(3))
    world.grant(manager, "institution_manager", lab.institution)
    row = world.reservation(instrument, leaver, NINE, NINE + 2 * HOUR)
    world.reservation(instrument, receiver, NINE + 3 * HOUR)
    actor, user = actor_by_id(manager.id, NINE - DAY), actor_by_id(receiver.id, NINE - DAY)
    with pytest.raises(Refusal) as refused, deed():
        hand_over(actor, user, row.id, None, NINE - DAY)
    assert [(reason.code, reason.field, reason.fix) for reason in refused.value.reasons] == [
        ("quota", "user", {})
    ]
    with deed():
        hand_over(actor, actor, row.id, None, NINE - DAY)


def test_of_peak_time_only_what_lies_in_it_counts(client, world, lab, instrument) -> None:
    world.quota(lab, amount=3, peak="Mon-Fri 09:00-17:00")
    who = world.person(lab.institution)
    other = world.instrument(lab)
    assert (
        book(client, world, who, instrument, NINE - 2 * HOUR, 4).status_code == 201
    )  # 07:00-11:00: two hours of it
    assert book(client, world, who, instrument, NINE + 8 * HOUR, 6).status_code == 201  # 17:00-23:00: none
    assert book(client, world, who, instrument, NINE + 15 * HOUR, 10).status_code == 201  # 00:00-10:00: one
    assert codes(book(client, world, who, other, NINE + 3 * HOUR)) == ["quota"]
    assert book(client, world, who, other, NINE + 9 * HOUR, 2).status_code == 201


def test_of_a_season_in_several_spans_what_lies_between_them_does_not_count(
    client, world, lab, instrument
) -> None:
    who = world.person(lab.institution)
    season = world.season(lab.institution, date(2027, 3, 2), date(2027, 3, 2))
    db.session.add(SeasonSpan(season_id=season.id, first_day=date(2027, 3, 9), last_day=date(2027, 3, 9)))
    db.session.commit()
    world.quota(lab, amount=4, per="year", season_id=season.id)
    assert book(client, world, who, instrument, NINE + DAY, 4).status_code == 201
    assert book(client, world, who, instrument, NINE, 2).status_code == 201
    assert book(client, world, who, instrument, NINE + 7 * DAY, 2).status_code == 201
    assert codes(book(client, world, who, instrument, NINE + 7 * DAY + 3 * HOUR, 1)) == ["quota"]
    assert book(client, world, who, instrument, NINE + 8 * DAY, 4).status_code == 201
