"""Whose time a closure took and is offered back books it again with the form as it was, but for what is not theirs to say."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from instruments.catalog import revision
from instruments.database import db
from instruments.database.transactions import perform
from instruments.funds.models import Fund
from instruments.funds.programme_models import ProgrammeRow
from instruments.people.models import Person, RoleGrant
from instruments.people.rights import Role
from instruments.people.signing import actor_by_id
from instruments.reservations.booked_again import fields_again
from instruments.reservations.cancelling import cancel
from instruments.reservations.models import Displacement, Reservation
from tests.reservations.test_price_form import Place
from tests.reservations.test_subsidies import Voucher
from tests.world import World, sign_in

WHEN = {"day": "2027-03-03", "from": "10:00", "until": "12:00"}
START = datetime(2027, 3, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Lost(Place):
    """A priced instrument where two must be present with hazardous samples; a student in two groups, who has lost a time there
    that they booked with all that the form can say."""

    def __init__(self, world: World, client: FlaskClient, now: datetime) -> None:
        super().__init__(world)
        self.client, self.now = client, now
        self.second_group = world.group(self.lab.institution)
        world.grant(self.student, Role.MEMBER, self.second_group)
        self.other_fund = self.grant("Second grant", 50_000)
        world.needs(self.thing, two_if_hazardous=True)
        self.second = world.person(self.lab.institution)
        world.admission(self.second, self.lab.institution)
        self.form: dict[str, Any] = {
            "unit": self.second_group.id, "purpose": "development", "title": "Graphene & flakes", "public_title": "1",
            "hazardous": "1", "second_person": self.second.mail, "fund_id": self.fund.id, "second_fund": self.other_fund.id,
            "fund_percent": "60", "second_percent": "40", "add_on-tip": "2", "mode": "self",
        }  # fmt: skip

    def booked(self, booker: Person | None = None, **more: Any) -> Reservation:
        """What somebody books by the form, and a closure then takes; its time is offered back."""
        sign_in(self.client, booker or self.student)
        form = {**WHEN, **self.form, "key": "k", **more}
        answer = self.client.post(f"/instruments/{self.id}/reservations", data=form)
        assert answer.status_code == 303, re.findall(r"<b>([^<]+)</b>", answer.get_data(as_text=True))
        number = int(answer.location.rsplit("/", 1)[1])
        actor = actor_by_id((booker or self.student).id, self.now)
        assert actor
        perform(lambda: cancel(actor, number, "closed", None, self.now))
        row = db.session.get_one(Reservation, number)
        db.session.add(
            Displacement(
                reservation_id=row.id, outcome="cancelled", instrument_id=self.id, starts_at=START,
                ends_at=START + 2 * HOUR, decided_at=self.now, offered_until=self.now + 9 * HOUR,
            )
        )  # fmt: skip
        db.session.commit()
        return row

    def link(self, row: Reservation, reader: Person) -> str:
        """Where *Book it again* leads this reader."""
        page = sign_in(self.client, reader).get(f"/reservations/{row.id}").get_data(as_text=True)
        [address] = re.findall(r'<a href="([^"]+)">Book it again</a>', page)
        return unescape(address)

    def said(self, row: Reservation, reader: Person) -> dict[str, str]:
        """What the address says beside the time."""
        fields = {name: value for name, [value] in parse_qs(urlsplit(self.link(row, reader)).query).items()}
        assert {name: fields.pop(name) for name in WHEN} == WHEN
        return fields


@pytest.fixture
def lost(world: World, client: FlaskClient, now: datetime) -> Lost:
    return Lost(world, client, now)


def as_sent(form: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in form.items()}


def filled(page: str) -> dict[str, str]:
    """What the booking form of a page would send."""
    form = page[page.index('id="booking"') :]
    form = unescape(form[: form.index("</form>")])
    sent = {}
    for tag in re.findall(r"<input [^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        ticked = "checkbox" not in tag and "radio" not in tag or " checked" in tag
        if name and ticked:
            sent[name[1]] = value[1] if value else "on"
    for name, inside in re.findall(r'<select [^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.findall(r'<option value="([^"]*)" selected', inside)
        sent[name] = chosen[0] if chosen else re.findall(r'<option value="([^"]*)"', inside)[0]
    return sent


def test_one_press_gives_the_form_as_it_was_and_another_books_it(lost: Lost) -> None:
    row = lost.booked()
    said = lost.said(row, lost.student)
    assert said == as_sent(lost.form)
    page = lost.client.get(lost.link(row, lost.student)).get_data(as_text=True)
    sent = filled(page)
    assert {name: sent.get(name) for name in said} | {"public_title": "1", "hazardous": "1"} == said
    assert {"public_title", "hazardous"} <= sent.keys()
    told = {name: value for name, value in sent.items() if name in {*said, *WHEN, "key"}}
    answer = lost.client.post(f"/instruments/{lost.id}/reservations", data=told)
    assert answer.status_code == 303
    again = db.session.get_one(Reservation, int(answer.location.rsplit("/", 1)[1]))
    same = ("user_id", "group_id", "purpose", "title", "shows_name", "hazardous", "second_id", "starts_at")
    assert [getattr(again, name) for name in same] == [getattr(row, name) for name in same]


def test_what_was_left_empty_stays_empty(lost: Lost) -> None:
    plain = dict.fromkeys(lost.form, "") | {"unit": str(lost.group.id), "purpose": "research"}
    plain["fund_id"] = str(lost.fund.id)
    row = lost.booked(**plain)
    said = lost.said(row, lost.student)
    assert said == {
        "unit": str(lost.group.id),
        "purpose": "research",
        "fund_id": str(lost.fund.id),
        "mode": "self",
    }


def gone(lost: Lost, what: str) -> None:
    """Let something be gone since it was booked."""
    match what:
        case "fund":
            fund = db.session.get_one(Fund, lost.other_fund.id)
            fund.state, fund.closed_at = "closed", lost.now
        case "group":
            db.session.query(RoleGrant).filter_by(
                person_id=lost.student.id, group_id=lost.second_group.id
            ).delete()
        case "second":
            db.session.get_one(Person, lost.second.id).ends_on = (lost.now - 3 * 24 * HOUR).date()
    revision.raise_catalog()
    db.session.commit()


PAYER = {"fund_id", "second_fund", "fund_percent", "second_percent"}


@pytest.mark.parametrize(
    ("what", "fields"),
    [("fund", PAYER), ("group", {"unit"}), ("second", {"second_person"})],
    ids=["fund", "group", "second"],
)
def test_what_is_gone_falls_away_and_the_rest_stays(lost: Lost, what: str, fields: set[str]) -> None:
    row = lost.booked()
    gone(lost, what)
    assert lost.form.keys() - lost.said(row, lost.student).keys() == fields
    # The form then begins as for anybody.
    assert lost.client.get(lost.link(row, lost.student)).status_code == 200


@pytest.mark.parametrize(
    ("who", "missing", "more"),
    [
        # Of whom they booked for, whoever booked keeps all, by name; the person sees who pays, but typed no mail address.
        ("booker", {"unit"}, {"user"}),
        ("user", {"second_person"}, set()),
        ("operator", {"unit", "title", "public_title", "second_person"}, {"user"}),
        ("second", None, set()),
    ],
)
def test_each_reader_carries_over_only_what_is_theirs_to_read_and_to_say(
    lost: Lost, world: World, who: str, missing: set[str] | None, more: set[str]
) -> None:
    booker, operator = (world.person(lost.lab.institution) for _ in range(2))
    for person in (booker, operator):
        world.grant(person, Role.LAB_OPERATOR, lost.lab)
    # Who has one group is served for it, whatever the booker's are.
    lost.form["unit"] = lost.group.id
    row = lost.booked(booker, user=lost.student.mail)
    row.group_id = lost.group.id
    db.session.commit()
    reader = {"booker": booker, "user": lost.student, "operator": operator, "second": lost.second}[who]
    said = lost.said(row, reader)
    if missing is None:
        assert said == {}
        return
    assert lost.form.keys() - said.keys() == missing
    assert said.keys() - lost.form.keys() == more
    if more:
        assert said["user"] == lost.student.mail


def test_whoever_may_not_see_it_learns_nothing_and_who_may_book_for_nobody_books_for_themselves(
    lost: Lost, world: World
) -> None:
    head = world.person(lost.lab.institution)
    world.grant(head, Role.GROUP_HEAD, lost.group)
    lost.form["unit"] = lost.group.id
    row = lost.booked(head, user=lost.student.id)
    assert lost.said(row, head)["user"] == str(lost.student.id)
    for stranger in (world.person(lost.lab.institution), world.person()):
        actor = actor_by_id(stranger.id, lost.now)
        assert actor and fields_again(row.id, actor, lost.now) == {}
    db.session.query(RoleGrant).filter_by(person_id=head.id, group_id=lost.group.id).delete()
    db.session.commit()
    said = lost.said(row, head)
    assert not {"user", "unit", *PAYER} & said.keys()
    assert (said["title"], said["purpose"]) == ("Graphene & flakes", "development")


def test_the_voucher_is_ticked_again_while_it_is_open(
    world: World, client: FlaskClient, now: datetime
) -> None:
    voucher = Voucher(world)
    engineer = actor_by_id(voucher.person_id, now)
    assert engineer
    sign_in(client, db.session.get_one(Person, voucher.person_id))
    ticked = {f"programme-{voucher.programme_id}": "1"}
    form = {**WHEN, "purpose": "service", "key": "k", "fund_id": voucher.fund_id, **ticked}
    answer = client.post(f"/instruments/{voucher.instrument_id}/reservations", data=form)
    number = int(answer.location.rsplit("/", 1)[1])
    perform(lambda: cancel(engineer, number, "closed", None, now))
    paid = {"fund_id": str(voucher.fund_id), "mode": "self"}
    assert fields_again(number, engineer, now) == {"purpose": "service", **paid, **ticked}
    db.session.get_one(ProgrammeRow, voucher.programme_id).valid_to = (now - 3 * 24 * HOUR).date()
    db.session.commit()
    assert fields_again(number, engineer, now) == {"purpose": "service", **paid}


def test_any_reservation_is_booked_again_as_it_was_at_the_next_time_that_is_free(lost: Lost) -> None:
    row = lost.booked()
    page = sign_in(lost.client, lost.student).get(f"/reservations/{row.id}").text
    [address] = re.findall(r'href="([^"]+)"[^>]*>(?:<svg.*?</svg>)?\s*Book again', page)
    assert address == f"/reservations/{row.id}/again"
    there = lost.client.get(address).location
    fields = {name: value for name, [value] in parse_qs(urlsplit(there).query).items()}
    assert fields == WHEN | as_sent(lost.form)
    # Its own time is taken meanwhile, so the next of that length is proposed.
    lost.world.reservation(lost.thing, lost.second, START, START + HOUR)
    fields = {
        name: value for name, [value] in parse_qs(urlsplit(lost.client.get(address).location).query).items()
    }
    assert (fields["day"], fields["from"], fields["until"]) == ("2027-03-03", "11:00", "13:00")


def test_what_one_may_not_read_is_not_booked_again(lost: Lost) -> None:
    row = lost.booked()
    assert sign_in(lost.client, lost.world.person()).get(f"/reservations/{row.id}/again").status_code == 404
    assert lost.client.get("/reservations/999999999/again").status_code == 404


def test_where_nothing_is_free_the_form_is_filled_without_a_time(lost: Lost) -> None:
    row = lost.booked()
    lost.world.reservation(lost.thing, lost.second, START, START + 400 * HOUR)
    sign_in(lost.client, lost.student)
    query = parse_qs(urlsplit(lost.client.get(f"/reservations/{row.id}/again").location).query)
    assert "day" not in query and query["title"] == ["Graphene & flakes"]
