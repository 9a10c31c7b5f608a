"""The list of what a lab has to confirm: nothing ticked by itself, every reason beside whose it is, nothing typed lost."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from instruments.database import db
from instruments.reservations.price_models import ReservationPrice
from instruments.usage import tasks
from instruments.usage.finishing import finish
from instruments.usage.keeping import settled
from instruments.usage.kinds import ASSISTED, ASSUMED, FAULT, SCAN, SELF
from instruments.usage.models import InstrumentUse
from instruments.usage.rules import is_plain
from instruments.usage.settling import Report, settle
from tests.rates.pricing_world import keep, price, published
from tests.usage.desk import HOUR, MINUTE, NINE, Desk, done
from tests.usage.test_pages import text
from tests.world import World, sign_in


@pytest.fixture
def desk(world: World, app) -> Desk:
    app.config["FROZEN_NOW"] = NINE + 5 * MINUTE
    desk = Desk(world)
    grid = price(
        "own_institution", 300, "item", code="grid", name_en="Copper grid", name_zh="铜网", position=1
    )
    version = published(desk.instrument, prices=[price("own_institution", 6000), grid])
    keep(
        ReservationPrice(
            reservation_id=desk.reservation.id, version_id=version.id, customer_class="own_institution", mode="self",
            currency="CNY", quoted_units=12_000, counts={}, priced_at=NINE,
        )
    )  # fmt: skip
    return desk


@pytest.fixture
def address(desk: Desk) -> str:
    return f"/labs/{desk.lab.id}/uses"


@pytest.fixture
def waiting(desk: Desk, client: FlaskClient) -> dict[str, int]:
    """A use that was checked in, and one of the day before that is only assumed; the operator is signed in."""
    start = NINE - timedelta(days=1)
    other = desk.world.person(desk.home, name_en="Assumed Person")
    desk.world.reservation(desk.instrument, other, start, start + HOUR)
    tasks.sweep()
    number = desk.checked_in()
    done(finish, desk.actor(), number, None, NINE + MINUTE)
    sign_in(client, desk.operator)
    assumed = db.session.query(InstrumentUse.id).filter(InstrumentUse.id != number).scalar()
    return {"checked in": number, "assumed": assumed}


def ticked(page: str) -> set[int]:
    boxes = re.findall(r'<input class="form-check-input"[^>]*name="use"[^>]*>', page)
    return {int(re.search(r'value="(\d+)"', box)[1]) for box in boxes if " checked" in box}


def form_of(*numbers: int, **fields: str) -> dict[str, object]:
    """The form as the page sends it: the versions of all that it shows."""
    sent = {f"version-{number}": str(db.session.get(InstrumentUse, number).version) for number in numbers}
    return {**sent, **{name.replace("__", "-"): value for name, value in fields.items()}}


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ({}, True),
        ({"grade": ASSUMED}, False),
        ({"fault": True}, False),
        ({"mode": ASSISTED}, False),
        ({"mode": ASSISTED, "operator_minutes": 30}, True),
        ({"by_sample": True}, False),
        ({"by_sample": True, "samples": 0}, True),
        ({"samples": 3}, True),
    ],
)
def test_plain_is_what_needs_nobodys_eyes(given: dict, plain: bool) -> None:
    reports = [Report("attended", 0, 3600, given.get("grade", SCAN))]
    reports += [Report(FAULT, 0, 600, SCAN)] if given.get("fault") else []
    found = is_plain(settle(reports), given.get("mode", SELF), given.get("operator_minutes", 0),
                     given.get("samples"), by_sample=given.get("by_sample", False))  # fmt: skip
    assert found is plain


def test_nothing_is_ticked_by_itself(client, address: str, waiting) -> None:
    assert ticked(client.get(f"{address}?view=waiting").text) == set()
    nothing = client.post(f"{address}/confirm", data=form_of(*waiting.values()), follow_redirects=True)
    assert "Nothing was ticked, so nothing was confirmed." in nothing.text


def test_the_plain_ones_are_ticked_on_demand_and_what_was_typed_stays(client, address, waiting) -> None:
    checked_in, assumed = waiting["checked in"], waiting["assumed"]
    assert "Tick the 1 plain one" in client.get(f"{address}?view=waiting").text
    form = form_of(checked_in, assumed) | {"use": str(assumed), f"samples-{assumed}": "3"}
    page = client.post(f"{address}/tick", data=form)
    assert (page.status_code, ticked(page.text)) == (200, {checked_in, assumed})
    assert f'name="samples-{assumed}" value="3"' in page.text
    assert {use.state for use in db.session.query(InstrumentUse)} == {"waiting"}


def test_who_does_not_confirm_ticks_nothing(desk, client, address, waiting) -> None:
    sign_in(client, desk.user)
    for deed in ("tick", "confirm"):
        assert client.post(f"{address}/{deed}", data=form_of(*waiting.values())).status_code == 403


def test_every_reason_stands_at_its_row_and_names_whose_it_is(client, desk, address, waiting) -> None:
    checked_in, assumed = waiting["checked in"], waiting["assumed"]
    form = form_of(checked_in, assumed) | {
        "use": [str(checked_in), str(assumed)], f"samples-{checked_in}": "many", f"count-{checked_in}-grid": "0.12345",
        f"operator_minutes-{assumed}": "99999", f"fault_minutes-{assumed}": "5",
    }  # fmt: skip
    wrong = client.post(f"{address}/confirm", data=form)
    assert (wrong.status_code, ticked(wrong.text)) == (422, {checked_in, assumed})
    summary = re.findall(r'<li><a href="#f-([^"]+)">([^<]+)</a>', wrong.text)
    assert {field for field, _ in summary} == {
        f"samples-{checked_in}", f"count-{checked_in}-grid", f"operator_minutes-{assumed}", f"fault_reason-{assumed}",
    }  # fmt: skip
    whose = f"{desk.user.name_en}, {desk.instrument.name_en}, Tue 2 Mar, 09:00–09:01"
    told = dict(summary)
    assert told[f"samples-{checked_in}"] == f"{whose} · Number of samples: Enter a whole number."
    assert told[f"count-{checked_in}-grid"].startswith(
        f"{whose} · Copper grid: Count with at most three decimals"
    )
    assert all(
        words.startswith("Assumed Person, ") for field, words in summary if field.endswith(f"-{assumed}")
    )
    for field, _ in summary:
        assert f'id="f-{field}"' in wrong.text and f'id="f-{field}-reason"' in wrong.text
    for kept in ("many", "0.12345", "99999"):
        assert f'value="{kept}"' in wrong.text
    assert {use.state for use in db.session.query(InstrumentUse)} == {"waiting"}


def test_what_was_typed_of_a_row_that_is_not_ticked_is_not_lost_in_silence(client, address, waiting) -> None:
    checked_in, assumed = waiting["checked in"], waiting["assumed"]
    form = form_of(checked_in, assumed) | {"use": str(checked_in), f"samples-{assumed}": "3"}
    wrong = client.post(f"{address}/confirm", data=form)
    assert wrong.status_code == 422 and f'id="f-use-{assumed}-reason"' in wrong.text
    assert "Something was typed here, but it is not ticked." in wrong.text
    assert ticked(wrong.text) == {checked_in} and 'value="3"' in wrong.text
    form[f"samples-{assumed}"] = ""
    assert client.post(f"{address}/confirm", data=form).status_code == 303
    states = {use.id: use.state for use in db.session.query(InstrumentUse)}
    assert states == {checked_in: "confirmed", assumed: "waiting"}


def test_what_is_left_is_named(client, desk, address, waiting) -> None:
    checked_in, assumed = waiting["checked in"], waiting["assumed"]
    form = form_of(checked_in, assumed) | {
        "use": [str(checked_in), str(assumed)],
        f"version-{checked_in}": "1",
    }
    page = text(client.post(f"{address}/confirm", data=form, follow_redirects=True))
    assert "1 use confirmed." in page
    assert (
        f"1 was left, as it changed or needs a look: {desk.user.name_en}, {desk.instrument.name_en}," in page
    )


def test_together_with_what_was_counted_and_taken_back(desk: Desk, client: FlaskClient, now) -> None:
    number = desk.checked_in()
    done(finish, desk.actor(), number, None, NINE + MINUTE)
    sign_in(client, desk.operator)
    address = f"/labs/{desk.lab.id}/uses"
    form = {"use": str(number), f"version-{number}": "2", f"samples-{number}": "many", f"operator_minutes-{number}": "30",
            f"fault_minutes-{number}": "1", f"fault_reason-{number}": ""}  # fmt: skip
    wrong = client.post(f"{address}/confirm", data=form)
    assert wrong.status_code == 422 and 'value="many"' in wrong.text and "Enter a whole number." in wrong.text
    form |= {f"samples-{number}": "4"}
    wrong = client.post(f"{address}/confirm", data=form)
    assert "Say why the lab does not charge these minutes" in wrong.text
    long = {f"fault_reason-{number}": "Pump", f"fault_minutes-{number}": "2"}
    wrong = client.post(f"{address}/confirm", data=form | long)
    assert wrong.status_code == 422
    sentence = "The use has 1 minutes; at most so many can be fault minutes."
    assert sentence in wrong.text.split(f'name="fault_minutes-{number}"')[1].split("<input")[0]
    wrong = client.post(
        f"/uses/{number}/confirm", data={"version": 2, "fault_minutes": "2", "fault_reason": "Pump"}
    )
    assert wrong.status_code == 422 and sentence in wrong.text
    kept = client.post(f"{address}/confirm", data=form | {f"fault_reason-{number}": "Pump"})
    assert kept.status_code == 303 and f"done={number}" in kept.location
    assert "Take the confirmation back" in client.get(kept.location).text
    use = desk.use(number)
    assert (use.state, use.samples, use.operator_minutes) == ("confirmed", 4, 30)
    page = text(client.get(f"/uses/{number}"))
    assert "Pump" in page and "Take the confirmation back" in page
    amended = {"version": 3, "samples": "5", "reason": ""}
    wrong = client.post(f"/uses/{number}/amend", data=amended)
    assert wrong.status_code == 422 and "Say why it is amended" in wrong.text
    assert client.post(f"/uses/{number}/amend", data=amended | {"reason": "One more"}).status_code == 303
    page = text(client.get(f"/uses/{number}"))
    assert "One more" in page and "Number of samples: 4, now 5" in page
    client.post(f"{address}/take-back", data={"use": str(number)})
    assert desk.use(number).state == "waiting"


def test_what_it_was_for_is_amended_of_a_confirmed_use(desk: Desk, client: FlaskClient, now) -> None:
    number = desk.checked_in()
    done(finish, desk.actor(), number, None, NINE + HOUR)
    sign_in(client, desk.operator)
    assert 'id="said-subject"' in client.get(f"/uses/{number}?field=subject").text
    client.post(f"/uses/{number}/confirm", data={"version": 2, "project": "One"})
    page = client.get(f"/uses/{number}?field=subject").text
    amend_form = page.split('<details class="card" open>')[1]
    assert all(
        f'id="said-{name}"' in amend_form
        for name in ("project", "funding_source", "subject", "contract", "samples", "mode")
    )
    assert '<details class="card" open>' not in client.get(f"/uses/{number}").text
    said = {
        "version": 3, "project": "Two", "funding_source": "own", "subject": "998", "contract": "C-7",
        "trained_students": "2", "trained_teachers": "x", "reason": "From the order",
    }  # fmt: skip
    wrong = client.post(f"/uses/{number}/amend", data=said)
    assert wrong.status_code == 422 and 'value="Two"' in wrong.text
    for name in ("subject", "trained_teachers"):
        assert f'href="#f-amend-{name}"' in wrong.text and f'id="f-amend-{name}-reason"' in wrong.text
    hours = settled(number, NINE + 2 * HOUR)
    assert (
        client.post(
            f"/uses/{number}/amend", data=said | {"subject": "150", "trained_teachers": "1"}
        ).status_code
        == 303
    )
    use = desk.use(number)
    assert (use.project, use.funding_source, use.subject, use.contract) == ("Two", "own", "150", "C-7")
    assert (use.trained_students, use.trained_teachers, use.state) == (2, 1, "confirmed")
    assert settled(number, NINE + 2 * HOUR) == hours
    page = text(client.get(f"/uses/{number}"))
    assert "Project: One, now Two" in page and "From the order" in page
    # An empty field takes away what stood; who neither runs the lab nor oversees it amends nothing.
    assert (
        client.post(
            f"/uses/{number}/amend", data={"version": 4, "contract": "", "reason": "None"}
        ).status_code
        == 303
    )
    assert desk.use(number).contract == ""
    assert (
        client.post(f"/uses/{number}/amend", data={"version": 5, "subject": "160", "reason": "x"}).status_code
        == 303
    )
    sign_in(client, desk.user)
    refused_again = client.post(f"/uses/{number}/amend", data={"version": 6, "subject": "150", "reason": "x"})
    assert refused_again.status_code == 403 and desk.use(number).subject == "160"


def test_the_worklist_is_short_to_ask(desk: Desk, client: FlaskClient, statements, app) -> None:
    for day in range(1, 6):
        start = NINE - timedelta(days=day)
        desk.world.reservation(desk.instrument, desk.user, start, start + HOUR)
    tasks.sweep()
    sign_in(client, desk.operator)
    client.get(f"/labs/{desk.lab.id}/uses?view=waiting")
    statements.clear()
    assert client.get(f"/labs/{desk.lab.id}/uses?view=waiting").status_code == 200
    assert len(statements) <= 16
