"""A company compares two instruments, sees what a voucher leaves to pay, gets a quote on paper, and accepts it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from flask_babel import force_locale

from instruments.database import db
from instruments.database.transactions import perform
from instruments.funds.programme_models import ProgrammePayer, ProgrammeRow
from instruments.people.models import Institution, Person
from instruments.people.rights import Role
from instruments.people.signing import actor_by_id
from instruments.reservations.formal_quotes.agreements import publish
from instruments.web import clock, formats
from tests.journeys.conftest import PASSWORD, Campus
from tests.journeys.reader import Reader, day_after, hours_of
from tests.rates.pricing_world import published
from tests.world import World


def voucher_for(company: Institution) -> ProgrammeRow:
    """A programme of this year that bears half of what companies pay for time, and has admitted this one."""
    now = clock.now()
    row = ProgrammeRow(
        code="IV", name_en="Innovation vouchers", name_zh="科技创新券", rate=5000, valid_from=date(now.year, 1, 1),
        valid_to=date(now.year, 12, 31), payer_kinds=["company"], lines=["time"], cap_per_order_units=100_000,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    admitted = {"state": "admitted", "asked_at": now, "decided_at": now}
    db.session.add(ProgrammePayer(programme_id=row.id, payer_institution_id=company.id, **admitted))
    db.session.commit()
    return row


def test_company_accepts_a_quote_with_a_voucher(
    reader: Reader, campus: Campus, world: World, member: Callable[..., Person]
) -> None:
    university, lab, now, day = campus.university, campus.lab, clock.now(), day_after(3)
    for thing in (campus.raman, *campus.ramans_elsewhere):
        thing.audience = "companies"
    published(lab, now.date() - timedelta(days=9))
    company = world.institution(kind="company", name_en="Sample Optics Ltd", name_zh="样本光电有限公司")
    he = member(
        company, mail="he@sample-optics.example", kind="external", name_en="He Xuni", name_zh="何虚拟"
    )
    world.grant(he, Role.COMPANY_MANAGER, company)
    world.fund(
        company,
        he,
        creditor=university,
        kind="credit",
        budget_units=900_000,
        name_en="Monthly",
        name_zh="月结",
    )
    officer = world.person(university)
    world.grant(officer, Role.FINANCE_OFFICER, university)
    author = actor_by_id(officer.id, now)
    assert author is not None
    perform(lambda: publish(author, university.id, ("Pay within 30 days.", "三十日内付款。"), 0, now))
    voucher, raman, other = (
        reader.name(each) for each in (voucher_for(company), campus.raman, campus.ramans_elsewhere[0])
    )

    def money(amount: int) -> str:
        with force_locale(reader.language):
            return formats.money(Decimal(amount), "CNY")

    # He looks for two hours of Raman, and lays two of what is found side by side.
    reader.opens("/sign-in")
    reader.signs_in(he.mail, PASSWORD)
    reader.opens(f"/?class=010410&hours=2&from={day}&until={day}&sort=relevance")
    reader.skips_to("Skip to the results")
    order = sorted((raman, other), key=lambda each: reader.page.content().index(f">{each}<"))
    for count, name in enumerate(order, 1):
        reader.ticks(f"{reader.words('Compare')} {name}")
        reader.waits_until("Compare %(count)s side by side", count=count)
    reader.presses("Compare %(count)s side by side", count=2)
    reader.reads(money(400))
    reader.reads("No price set")
    reader.follows(f"{reader.words('Book %(time)s', time='08:00')}, {raman}")

    # The voucher bears half of it; He wants that on paper.
    reader.ticks(voucher)
    reader.waits_until("Left to pay")
    reader.reads(money(200))
    reader.presses("Get a formal quote")
    reader.reads("Here is your quote. It holds no time until you accept it.")
    reader.reads(voucher)
    paper = reader.page.request.get(f"{reader.page.url}.pdf")
    assert (paper.status, paper.body()[:5]) == (200, b"%PDF-")

    # The agreement is read and accepted once, and then the quote, for what the voucher leaves.
    reader.follows("Read and accept it")
    agreement = reader.page.request.get(reader.page.url.replace("agreement?", "agreement.pdf?"))
    assert (agreement.status, agreement.body()[:5]) == (200, b"%PDF-")
    reader.presses("Accept agreement No. %(number)s", number=1)
    reader.presses("Accept for %(price)s", price=money(200))
    reader.reads("Accepted. The time is booked at the price of the quote.")

    # The reservation keeps the price that was quoted, and the voucher.
    reader.follows(reader.when(hours_of(day, 8, 10)))
    reader.reads(voucher)
    reader.reads("It costs at most %(sum)s.", sum=money(400))
    reader.reads(money(200))
    reader.opens("/formal-quotes")
    reader.reads("Accepted")
