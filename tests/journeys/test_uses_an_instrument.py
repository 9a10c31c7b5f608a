"""An instrument is used by the code that hangs on it, and its lab confirms with what was counted, and thinks better of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from instruments.database import db
from instruments.people.models import Person
from instruments.people.rights import Role
from instruments.reservations.price_models import ReservationPrice
from tests.journeys.conftest import PASSWORD, Campus
from tests.journeys.reader import Reader, day_after
from tests.rates.pricing_world import price, published
from tests.world import World


def test_checks_in_by_its_code_and_is_confirmed(
    reader: Reader,
    new_reader: Callable[[], Reader],
    world: World,
    campus: Campus,
    member: Callable[..., Person],
) -> None:
    lin = member(campus.university, mail="lin@qinling.example", name_en="Lin Shili", name_zh="林示例")
    chen = member(campus.university, mail="chen@qinling.example", name_en="Chen Moni", name_zh="陈模拟")
    world.grant(chen, Role.LAB_OPERATOR, campus.lab)
    scope = world.instrument(campus.lab, name_en="Optical profiler", name_zh="光学轮廓仪")
    prices = [
        price("own_institution", 6000),
        price("own_institution", 300, "item", code="grid", name_en="Copper grid", name_zh="铜网", position=1),
    ]
    version = published(scope, day_after(-30), prices=prices)
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    mine = world.reservation(scope, lin, start, start + timedelta(hours=2), title="Roughness")
    bound = {"version_id": version.id, "customer_class": "own_institution", "mode": "self", "currency": "CNY"}
    db.session.add(
        ReservationPrice(reservation_id=mine.id, quoted_units=12_000, counts={}, priced_at=start, **bound)
    )
    db.session.commit()

    # Lin scans the code on the instrument, signs in, and is led back to it: one tap each.
    reader.opens(f"/instruments/{scope.id}/here")
    reader.signs_in(lin.mail, PASSWORD)
    reader.presses("Check in")
    reader.reads("Checked in. Tap “Finish” when you are done; the rest is free at once.")
    reader.presses("Extend by %(length)s", length=reader.length(0.5))
    reader.reads("Extended.")
    reader.follows("See this use")
    reader.presses("Measurement")
    reader.reads("From now on: %(what)s.", what=reader.words("Measurement"))
    reader.presses("Finish")
    reader.reads("Finished. What is left of the time is free for others.")
    reader.presses("Take the finish back")
    reader.reads("The finish is taken back; the use runs on.")
    reader.presses("Finish")

    # In the lab, Chen finds it on the list of today and confirms it with what was counted.
    chens = new_reader()
    chens.opens("/sign-in")
    chens.signs_in(chen.mail, PASSWORD)
    chens.goes_to("Today")
    chens.follows_named("Confirm", chens.words("%(num)s use to confirm", "%(num)s uses to confirm", num=1))
    chens.types("Number of samples", "many")
    chens.presses("Confirm what is ticked")
    chens.reads("Nothing was confirmed")
    chens.types("Number of samples", "3")
    chens.types(chens.name(Grid), "2")
    chens.presses("Confirm what is ticked")
    chens.reads("%(num)s use confirmed.", "%(num)s uses confirmed.", num=1)

    # It was the wrong day: taken back at once, and it waits as before with what was typed.
    chens.presses("Take the confirmation back")
    chens.reads("%(num)s confirmation taken back.", "%(num)s confirmations taken back.", num=1)
    chens.presses("Tick the %(num)s plain one", "Tick the %(num)s plain ones", num=1)
    chens.presses("Confirm what is ticked")
    chens.reads("%(num)s use confirmed.", "%(num)s uses confirmed.", num=1)


class Grid:
    """What is counted, in both languages."""

    name_en, name_zh = "Copper grid", "铜网"
