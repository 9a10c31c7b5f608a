"""A fund that one may not charge is no fund: whichever way it is named, the answer is that to a number nobody has."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeAlias

import pytest

from instruments.database import db
from instruments.funds.models import Fund, FundHold, FundUser
from instruments.people.rights import Role
from instruments.people.tokens import SCOPES
from instruments.reservations.models import Reservation
from instruments.usage.metering import Metered, Reporter, take
from instruments.usage.models import InstrumentUse, UsageSettings
from tests.rates.pricing_world import published
from tests.reservations.ways_in import HOUR, Place
from tests.usage.desk import done
from tests.world import sign_in

Answer: TypeAlias = Any
Way: TypeAlias = Callable[["Purse", int], Answer]
NOBODYS = 999_999_999
NAMES = ("Secret of a neighbour", "Secret of the house", "Secret of a firm")
# What an hour costs whoever pays from these funds, and from no fund (a partner): two hours are asked for.
PRICES = re.compile(r"\b(80|120|400)\.00")
NOISE = re.compile(r'"csrf[^>]*>|name="key" value="[0-9a-f]+"|value="[\w.-]{40,}"|[0-9a-f]{32}')


class Purse(Place):
    """A place with prices, whose user has no fund; others have: of their own institution, of the lab's, of a company."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        published(self.lab)
        self.neighbour = self.world.group(self.user.institution)
        firm = self.world.institution(kind="company")
        inside = self.world.group(self.home, lab_id=self.lab.id)
        owners = (self.neighbour, inside, self.world.group(firm))
        self.funds = [
            self._fund(*each) for each in zip(range(NOBODYS - 9, NOBODYS), owners, NAMES, strict=False)
        ]
        self.program = self.world.token(self.user, " ".join(SCOPES))
        self.lab_program = self.world.token(self.manager, " ".join(SCOPES))

    def _fund(self, number: int, owner: Any, name: str) -> int:
        fund = self.world.fund(owner, id=number, name_en=name, budget_units=9_999_999)
        db.session.add(FundUser(fund_id=fund.id, given_at=self.now))
        db.session.commit()
        return int(fund.id)

    def post(self, path: str, body: dict[str, Any], token: str = "", method: str = "POST") -> Answer:
        return self.send(method, path, body, token or self.program)

    def wanted(self, fund_id: int) -> dict[str, Any]:
        return {"instrument_id": self.instrument_id, **self.span, "fund_id": fund_id}

    def page(self, address: str, data: dict[str, Any] | None = None) -> Answer:
        sign_in(self.client, self.user)
        return self.client.get(address) if data is None else self.client.post(address, data=data)

    def used(self) -> int:
        """A use of the last hour that a meter reported, of nobody yet."""
        meter = Reporter("meter", "sensor", self.ids["manager"], self.home.id)
        last = int(self.now.timestamp())
        metered = Metered(self.instrument_id, last - 3600, last, "measurement", str(self.now))
        return int(done(take, metered, meter, self.now)[0])


@pytest.fixture
def purse(app, client, world, now) -> Purse:
    return Purse(app, client, world, now)


def quoted(purse: Purse, fund_id: int) -> Answer:
    return purse.post("/quotes", {"instrument_ids": [purse.instrument_id], **purse.span, "fund_id": fund_id})


def quoted_in_shares(purse: Purse, fund_id: int) -> Answer:
    parts = [{"fund_id": fund_id, "percent": "60"}, {"fund_id": NOBODYS - 1, "percent": "40"}]
    return purse.post("/quotes", {"instrument_ids": [purse.instrument_id], **purse.span, "funds": parts})


def found(purse: Purse, fund_id: int) -> Answer:
    return purse.post(f"/free?prices=true&fund_id={fund_id}", {}, method="GET")


def booked(purse: Purse, fund_id: int) -> Answer:
    return purse.post("/reservations", purse.wanted(fund_id))


def booked_by_staff(purse: Purse, fund_id: int) -> Answer:
    return purse.post("/reservations", purse.wanted(fund_id) | {"for": purse.ids["user"]}, purse.lab_program)


def booked_without_price(purse: Purse, fund_id: int) -> Answer:
    if not hasattr(purse, "bare"):
        purse.bare = purse.world.instrument(purse.world.lab(purse.home), audience="companies").id
    return purse.post("/reservations", purse.wanted(fund_id) | {"instrument_id": purse.bare})


def planned(purse: Purse, fund_id: int) -> Answer:
    return purse.post("/reservation-series/plan", purse.wanted(fund_id) | {"times": 2})


def repeated(purse: Purse, fund_id: int) -> Answer:
    return purse.post("/reservation-series", purse.wanted(fund_id) | {"times": 2})


def named_afterwards(purse: Purse, fund_id: int) -> Answer:
    number = _reserved(purse)
    return purse.post(f"/reservations/{number}/payers", {"fund_id": fund_id}, method="PUT")


def waited(purse: Purse, fund_id: int) -> Answer:
    when = {"from": purse.span["start"], "to": purse.span["end"]}
    return purse.post("/wait-requests", {"instrument_id": purse.instrument_id, **when, "fund_id": fund_id})


def waited_on_page(purse: Purse, fund_id: int) -> Answer:
    data = {"instrument": str(purse.instrument_id), "first": "2027-03-02", "last": "2027-03-05", "hours": "2"}
    return purse.page("/waitlist", data | {"fund_id": str(fund_id)})


def offer_accepted(purse: Purse, fund_id: int) -> Answer:
    number = _offered(purse)
    return purse.post(f"/wait-requests/{number}/accept", {"fund_id": fund_id})


def formal_quote_accepted(purse: Purse, fund_id: int) -> Answer:
    number = _formal_quote(purse)
    return purse.post(f"/formal-quotes/{number}/accept", {"fund_id": fund_id})


def walked_up(purse: Purse, fund_id: int) -> Answer:
    _walk_ups(purse)
    until = (purse.now + HOUR).isoformat()
    body = {"instrument_id": purse.instrument_id, "until": until, "fund_id": fund_id}
    return purse.post("/usage/walk-ups", body)


def run_recorded(purse: Purse, fund_id: int) -> Answer:
    span = {"start": (purse.now - 2 * HOUR).isoformat(), "end": purse.now.isoformat()}
    customer = {"person_id": purse.ids["user"], "samples": 1, "fund_id": fund_id}
    body = {"instrument_id": purse.instrument_id, "spans": [span], "customers": [customer]}
    return purse.post("/usage/runs", body, purse.lab_program)


def user_named(purse: Purse, fund_id: int) -> Answer:
    body = {"user": purse.user.mail, "fund_id": fund_id}
    return purse.post(f"/usage/{purse.used()}/user", body, purse.lab_program)


def typed(purse: Purse, fund_id: int) -> Answer:
    data = purse.form() | {"fund_id": str(fund_id)}
    return purse.page(f"/instruments/{purse.instrument_id}/reservations", data)


def typed_as_second(purse: Purse, fund_id: int) -> Answer:
    shares = {"fund_id": str(NOBODYS - 1), "second_fund": str(fund_id), "second_percent": "40"}
    return purse.page(f"/instruments/{purse.instrument_id}/reservations", purse.form() | shares)


def typed_again_and_again(purse: Purse, fund_id: int) -> Answer:
    data = purse.form() | {"fund_id": str(fund_id), "repeats": "week", "times": "2"}
    return purse.page(f"/instruments/{purse.instrument_id}/series/plan", data)


def price_shown(purse: Purse, fund_id: int) -> Answer:
    query = {**purse.form(), "fund_id": str(fund_id)}
    sign_in(purse.client, purse.user)
    return purse.client.get(f"/instruments/{purse.instrument_id}/price", query_string=query)


def page_opened(purse: Purse, fund_id: int) -> Answer:
    query = {**purse.form(), "fund_id": str(fund_id)}
    sign_in(purse.client, purse.user)
    return purse.client.get(f"/instruments/{purse.instrument_id}", query_string=query)


def compared(purse: Purse, fund_id: int) -> Answer:
    both = f"instrument={purse.instrument_id}&instrument={purse.other_id}"
    return purse.page(f"/compare?{both}&fund_id={fund_id}")


def searched(purse: Purse, fund_id: int) -> Answer:
    return purse.page(f"/?hours=2&sort=price&at_most=1000&view=table&fund_id={fund_id}")


def payers_typed(purse: Purse, fund_id: int) -> Answer:
    data = {"version": "1", "fund_id": str(fund_id)}
    return purse.page(f"/reservations/{_reserved(purse)}/payers", data)


def payers_shown(purse: Purse, fund_id: int) -> Answer:
    return purse.page(f"/reservations/{_reserved(purse)}/payers?fund_id={fund_id}")


def offer_accepted_on_page(purse: Purse, fund_id: int) -> Answer:
    number = _offered(purse)
    purse.page(f"/waitlist/{number}/accept", {"version": "2", "fund_id": str(fund_id)})
    return purse.page("/waitlist")


def formal_quote_typed(purse: Purse, fund_id: int) -> Answer:
    number = _formal_quote(purse)
    return purse.page(f"/formal-quotes/{number}/accept", {"version": "1", "fund_id": str(fund_id)})


def formal_quote_shown(purse: Purse, fund_id: int) -> Answer:
    return purse.page(f"/formal-quotes/{_formal_quote(purse)}?fund_id={fund_id}")


def walked_up_on_page(purse: Purse, fund_id: int) -> Answer:
    _walk_ups(purse)
    data = {"minutes": "60", "fund_id": str(fund_id)}
    purse.page(f"/instruments/{purse.instrument_id}/walk-up", data)
    return purse.page(f"/instruments/{purse.instrument_id}/here?fund_id={fund_id}")


def _reserved(purse: Purse) -> int:
    rows = db.session.query(Reservation.id).filter_by(user_id=purse.ids["user"]).all()
    return int(rows[0].id) if rows else purse.holds(at=purse.start)


def _offered(purse: Purse) -> int:
    if not hasattr(purse, "asked"):
        held = purse.world.reservation(purse.instrument, purse.colleague, purse.start, purse.end)
        purse.asked = purse.wait(purse.user, group_id=purse.group.id)
        db.session.delete(db.session.get(Reservation, held.id))
        db.session.commit()
        assert purse.sweep(purse.app) == 1
    return int(purse.asked)


def _formal_quote(purse: Purse) -> int:
    if not hasattr(purse, "on_paper"):
        body = {"instrument_id": purse.instrument_id, **purse.span}
        made = purse.post("/formal-quotes", body)
        assert made.status_code == 201, made.json
        purse.on_paper = made.json["id"]
    return int(purse.on_paper)


def _walk_ups(purse: Purse) -> None:
    if not db.session.query(UsageSettings).count():
        db.session.add(UsageSettings(lab_id=purse.lab.id, walk_up=True))
        db.session.commit()


REFUSED: tuple[Way, ...] = (
    quoted, quoted_in_shares, found, booked, booked_by_staff, booked_without_price, repeated, named_afterwards,
    waited, waited_on_page, offer_accepted, formal_quote_accepted, walked_up, run_recorded, user_named, typed,
    typed_as_second, payers_typed,
    formal_quote_typed,
)  # fmt: skip
SHOWN: tuple[Way, ...] = (
    planned, typed_again_and_again, price_shown, page_opened, compared, searched, payers_shown, offer_accepted_on_page,
    formal_quote_shown, walked_up_on_page,
)  # fmt: skip


@pytest.mark.parametrize("way", REFUSED + SHOWN, ids=lambda way: way.__name__)
def test_it_is_answered_as_one_that_is_not_there(purse: Purse, way: Way) -> None:
    nobodys = _read(way(purse, NOBODYS), NOBODYS)
    for fund_id in purse.funds:
        assert _read(way(purse, fund_id), fund_id) == nobodys
    status, text = nobodys
    assert status == (422 if way in REFUSED else 200)
    assert not any(name in text for name in NAMES)
    assert not PRICES.search(text)
    assert db.session.query(FundHold).count() == 0
    assert db.session.query(InstrumentUse).filter_by(user_id=purse.ids["user"]).count() == 0


def _read(answer: Answer, fund_id: int) -> tuple[int, str]:
    """What is answered, without what differs from one answer to the next, and without the number that was sent."""
    text = NOISE.sub("", answer.get_data(as_text=True))
    return answer.status_code, text.replace(str(fund_id), "N")


@pytest.mark.parametrize("way", [quoted, booked, named_afterwards], ids=lambda way: way.__name__)
def test_one_that_is_closed_is_known_to_whoever_could_charge_it(purse: Purse, way: Way) -> None:
    fund = purse.world.fund(purse.group, name_en="Of our own", state="closed", closed_at=purse.now)
    db.session.add(FundUser(fund_id=fund.id, given_at=purse.now))
    db.session.commit()
    assert f"Of our own ({fund.code}) is closed." in way(purse, fund.id).get_data(as_text=True)


def test_who_holds_of_it_already_reads_its_name_when_the_right_is_gone(purse: Purse) -> None:
    purse.world.grant(purse.user, Role.MEMBER, purse.neighbour)
    body = purse.wanted(purse.funds[0]) | {"group_id": purse.group.id}
    number = purse.post("/reservations", body).json["id"]
    db.session.query(FundUser).delete()
    db.session.commit()
    later = {
        "start": (purse.start + timedelta(days=1)).isoformat(),
        "end": (purse.end + timedelta(days=1)).isoformat(),
    }
    refused = purse.post(f"/reservations/{number}", later, method="PATCH")
    [reason] = [each for each in refused.json["reasons"] if each["field"] == "fund_id"]
    assert reason["code"] == "fund_not_yours" and NAMES[0] in reason["message"]


def test_who_books_for_another_reads_no_sums_of_a_fund_that_is_not_theirs(purse: Purse) -> None:
    fund = purse._fund(NOBODYS - 20, purse.group, "Of our own")
    row = db.session.get_one(Fund, fund)
    code, row.budget_units = row.code, 1_234
    db.session.commit()
    body = purse.wanted(fund) | {"for": purse.ids["user"]}
    [reason] = purse.post("/reservations", body, purse.lab_program).json["reasons"]
    assert (reason["code"], reason["message"]) == ("fund_short", f"Of our own ({code}) cannot pay all of it.")
    purse.world.grant(purse.colleague, Role.GROUP_HEAD, purse.group)
    head = purse.world.token(purse.colleague, " ".join(SCOPES))
    [reason] = purse.post("/reservations", body, head).json["reasons"]
    assert "CNY 12.34 is left" in reason["message"]
