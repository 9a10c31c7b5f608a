"""A head gives a student a fund up to a limit; the student books with a price, and the bill is explained, disputed, answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from instruments.charges.tasks import charge_all
from instruments.database import db
from instruments.people.models import Person
from instruments.people.rights import Role
from instruments.reservations.models import Reservation
from instruments.usage.models import InstrumentUse, UseSpan
from tests.journeys.conftest import PASSWORD, Campus
from tests.journeys.reader import Reader, day_after
from tests.rates.pricing_world import price, published
from tests.world import World

ALREADY = timedelta(days=5)


def used() -> None:
    """Days later: the reservation lies in the past, and was used as long as it was reserved."""
    db.session.rollback()
    row = db.session.scalars(select(Reservation)).one()
    row.starts_at, row.ends_at, row.held_until = (
        moment - ALREADY for moment in (row.starts_at, row.ends_at, row.held_until)
    )
    use = InstrumentUse(
        kind="reservation", reservation_id=row.id, instrument_id=row.instrument_id, user_id=row.user_id,
        group_id=row.group_id, institution_id=row.institution_id, reserved_from=row.starts_at,
        reserved_until=row.ends_at, started_at=row.starts_at, ended_at=row.ends_at, ended_by="person",
        state="waiting", confirm_by=row.ends_at + 10 * ALREADY, created_at=row.ends_at, changed_at=row.ends_at,
    )  # fmt: skip
    db.session.add(use)
    db.session.flush()
    db.session.add(
        UseSpan(use_id=use.id, layer="attended", started_at=row.starts_at, ended_at=row.ends_at, grade="scan",
                recorded_at=row.ends_at, source_key="")
    )  # fmt: skip
    db.session.commit()


def sweep() -> None:
    """The worker's look at what can be charged."""
    db.session.rollback()
    charge_all()
    db.session.rollback()


# Enough to see it in both languages and at both seats: the pages are looked at elsewhere as well.
@pytest.mark.parametrize("new_reader", ["english-desktop", "chinese-phone"], indirect=True)
def test_a_bill_is_explained_disputed_and_answered(
    new_reader: Callable[[], Reader], campus: Campus, member: Callable[..., Person], world: World
) -> None:
    head = member(campus.university, mail="wang@qinling.example", name_en="Wang Jiaoshou", name_zh="王教授")
    lin = member(
        campus.university, mail="lin@qinling.example", name_en="Lin Shili", name_zh="林示例", kind="student"
    )
    chen = member(campus.university, mail="chen@qinling.example", name_en="Chen Moni", name_zh="陈模拟")
    world.grant(chen, Role.LAB_MANAGER, campus.lab)
    group = world.group(campus.university, head, name_en="Thin films", name_zh="薄膜课题组")
    world.grant(lin, Role.MEMBER, group)
    fund = world.fund(group, name_en="Key project", name_zh="重点项目", budget_units=1_000_000)
    published(campus.lab, date(2020, 1, 1), prices=[price("own_institution", 6000)])
    pi, student, lab = new_reader(), new_reader(), new_reader()

    # The head lets Lin charge the fund, up to 500.00.
    pi.opens("/sign-in")
    pi.signs_in(head.mail, PASSWORD)
    pi.opens(f"/funds/{fund.id}")
    pi.follows("Give the right")
    pi.types("Mail addresses", lin.mail)
    pi.types(pi.words("Limit for each, in %(currency)s", currency=pi.currency("CNY")), "500")
    pi.presses("Give the right")

    # Lin books two hours and sees before what they cost, and why.
    student.opens("/sign-in")
    student.signs_in(lin.mail, PASSWORD)
    day = day_after(3)
    student.opens(f"/instruments/{campus.raman.id}?day={day.isoformat()}&from=10:00&until=12:00")
    student.reads("Paid from")
    # Phones keep the sum beside the button, in the bar.
    if student.phone:
        student.presses("Book")
    else:
        student.presses("Book for %(price)s", price=money(student, "120.00"))
    student.reads("Quoted")

    # It is used; before the lab has confirmed it, Lin sees what it comes to.
    used()
    sweep()
    student.opens("/charges")
    student.reads("Not final yet")
    lab.opens("/sign-in")
    lab.signs_in(chen.mail, PASSWORD)
    lab.opens(f"/labs/{campus.lab.id}/uses")
    lab.ticks_named("Confirm", lab.name(lin))
    lab.presses("Confirm what is ticked")
    sweep()

    # The head goes from the group to its costs, and to why one comes to that.
    pi.opens(f"/groups/{group.id}")
    pi.follows("Costs of the group")
    pi.follows(pi.name(campus.raman))
    pi.reads("Why %(amount)s", amount=money(pi, "120.00"))
    pi.reads("The payer belongs to the same institution as this lab.")

    # Lin disputes it in place, and the lab answers from home.
    student.opens("/charges")
    student.follows(student.name(campus.raman))
    student.unfolds("Something wrong with it?")
    student.types("Why", "The laser was off for an hour")
    student.presses("Dispute it")
    student.reads("The lab is asked. You are told of its answer.")
    lab.goes_to("Home")
    lab.follows_named("Look at it", lab.words("A dispute waits for your answer"))
    lab.types("Why", "The log shows two hours")
    lab.presses("Uphold it")
    lab.reads("Upheld")


def money(reader: Reader, amount: str) -> str:
    """An amount as this reader's page writes it."""
    return f"{amount} 元" if reader.language.startswith("zh") else f"CNY {amount}"
