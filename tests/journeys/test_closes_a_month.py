"""A finance officer closes a month: an objection is answered, statements issued, one is paid, and what both owe is netted."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask_babel import force_locale
from playwright.sync_api import expect
from sqlalchemy import select

from instruments.charges.closing.starting import start
from instruments.charges.closing.tasks import issue
from instruments.charges.closing_models import Statement
from instruments.database import db
from instruments.database.transactions import perform
from instruments.people.models import Person
from instruments.people.rights import Role
from instruments.web import wording
from tests.charges.scene import Scene
from tests.journeys.conftest import PASSWORD
from tests.journeys.reader import Reader
from tests.world import World

SHANGHAI = ZoneInfo("Asia/Shanghai")


def last_month() -> date:
    """The first day of the month before this one, in Shanghai."""
    return (datetime.now(SHANGHAI).date().replace(day=1) - timedelta(days=1)).replace(day=1)


class Books:
    """Two institutions that used one another's instruments last month; the second closed it already, the first has not."""

    def __init__(self, world: World, member: Callable[..., Person]) -> None:
        self.one, self.two = Scene(world), Scene(world)
        self.month = f"{last_month():%Y-%m}"
        for number, scene in enumerate((self.one, self.two)):
            other = self.two if scene is self.one else self.one
            for day in range(1, 4 - number):
                nine = datetime.combine(last_month().replace(day=day), datetime.min.time(), SHANGHAI).replace(
                    hour=9
                )
                scene.use(scene.reservation(nine, payers=[(other.grant, "100", "partner")]))
            scene.charge(datetime.now(UTC))
            officer = member(scene.house, mail=f"finance{number}@example.org")
            world.grant(officer, Role.FINANCE_OFFICER, scene.house)
        now = datetime.now(UTC)
        closing = perform(
            partial(start, self.two.house.id, self.month, None, now, self.two.finance.id, early=True)
        )
        issue(closing)

    def statement(self, scene: Scene) -> Statement:
        """The only one that one of them issued."""
        db.session.rollback()
        return db.session.scalars(select(Statement).where(Statement.creditor_id == scene.house.id)).one()


def follows_month(reader: Reader, month: str, *before: str) -> None:
    """Follow the link that is called by a month, perhaps behind other words."""
    with force_locale(reader.language):
        said = wording.month(date.fromisoformat(f"{month}-01"), "zh" if "zh" in reader.language else "en")
    takes(reader, "link", re.compile(".*".join([*map(re.escape, before), re.escape(said)]) + "$"))


def takes(reader: Reader, role: Any, name: re.Pattern[str]) -> None:
    """Follow or press what is called so, where the name holds more than a text of the pages."""
    reader.reaches(reader.page.get_by_role(role, name=name))
    reader._arrives(lambda: reader.page.keyboard.press("Enter"))


@pytest.mark.usefixtures("worker")
def test_finance_closes_a_month_and_settles_with_another(
    new_reader: Callable[[], Reader], reader: Reader, world: World, member: Callable[..., Person], server: str
) -> None:
    books = Books(world, member)
    one, two = books.one.house, books.two.house

    # What the month would come to, and what it lacks.
    reader.opens(f"{server}/sign-in?next=/institutions/{one.id}/months")
    reader.signs_in("finance0@example.org", PASSWORD)
    reader.opens(f"{server}/institutions/{one.id}/months")
    follows_month(reader, books.month)
    reader.reads("Checklist")
    reader.reads("Billing details that are empty")
    reader.presses("Open it for objections")

    # The other finance office looks at what is to come, and objects to the first line in one click.
    other = new_reader()
    other.opens(f"{server}/sign-in")
    other.signs_in("finance1@example.org", PASSWORD)
    other.opens(f"{server}/statements")
    follows_month(other, books.month, other.name(one))
    summary = other.page.locator(".statement-lines summary")
    other.reaches(summary)
    other.page.keyboard.press("Enter")
    other.presses("Not our use")

    # It is answered, and upheld.
    reader.opens(f"{server}/institutions/{one.id}/months/{books.month}")
    reader.follows("Charges in dispute")
    takes(reader, "link", re.compile(re.escape(reader.name(books.one.instrument))))
    reader.reaches(reader.page.locator("#f-answer"))
    reader.page.keyboard.type("It was booked by your group.")
    reader.presses("Uphold it")
    reader.reads("Upheld")

    # Issued by the worker while the page tells how far it is.
    reader.opens(f"{server}/institutions/{one.id}/months/{books.month}")
    reader.unfolds("Issue it without waiting")
    reader.presses("Issue %(count)s statement now", "Issue %(count)s statements now", num=1, count="1")
    number = re.compile(rf"^{datetime.now(SHANGHAI).year}-0001$")
    done = reader.page.get_by_role("link", name=reader.words("Show them"), exact=True)
    listed = reader.page.get_by_role("link", name=number)
    expect(done.or_(listed).first).to_be_visible(timeout=30_000)
    if done.count():
        reader.follows("Show them")
    takes(reader, "link", number)
    row = books.statement(books.one)
    paper = reader.page.context.request.get(f"{server}/statements/{row.id}.pdf")
    assert paper.ok and paper.body().startswith(b"%PDF")

    # Part of it comes in by bank.
    reader.unfolds("Record a payment")
    reader.types("From account", "6222 0001")
    reader.types("Bank reference", "BANK-1")
    amount = reader.page.locator("#f-amount")
    reader.reaches(amount)
    reader.page.keyboard.press("ControlOrMeta+a")
    reader.page.keyboard.type("200.00")
    reader.presses("Record the payment")
    reader.reads("The payment is recorded.")

    # What both owe is netted, as soon as the other accepts.
    reader.opens(f"{server}/institutions/{one.id}/settlements")
    takes(reader, "link", re.compile(f"^{re.escape(reader.words('Look and propose'))}"))
    takes(reader, "button", re.compile("340.00"))
    reader.reads("Accepted by one side")
    address = reader.page.url.split("?")[0]
    other.opens(address)
    other.presses("Accept for %(name)s", name=other.name(two))
    other.reads("Netted")
    reader.opens(f"{server}/statements/{row.id}")
    reader.reads("Paid")
