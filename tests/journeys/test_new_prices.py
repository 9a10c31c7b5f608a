"""A lab publishes new prices for a day to come: copied, raised, compared, proposed, approved; seen by who books then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from playwright.sync_api import expect

from instruments.people.models import Person
from instruments.people.rights import Role
from tests.journeys.conftest import PASSWORD, Campus
from tests.journeys.reader import Reader, day_after, hours_of
from tests.rates.pricing_world import price, published
from tests.world import World

SINCE = date(2026, 1, 1)


def test_lab_publishes_new_prices(
    reader: Reader,
    new_reader: Callable[[], Reader],
    world: World,
    campus: Campus,
    member: Callable[..., Person],
) -> None:
    chen = member(campus.university, mail="chen@qinling.example", name_en="Chen Moni", name_zh="陈模拟")
    zhou = member(campus.university, mail="zhou@qinling.example", name_en="Zhou Nishe", name_zh="周拟设")
    world.grant(chen, Role.LAB_MANAGER, campus.lab)
    world.grant(zhou, Role.INSTITUTION_MANAGER, campus.university)
    published(campus.lab, SINCE, prices=[price("own_lab", 4000), price("own_institution", 6000)])
    first = day_after(10)

    # Chen raises what holds by percent, from a day to come, after a look at every price.
    reader.opens("/sign-in")
    reader.signs_in(chen.mail, PASSWORD)
    reader.opens(f"/labs/{campus.lab.id}/prices")
    reader.follows("Change by percent")
    reader.types("By how many percent", "5")
    reader.types_day("First day", first)
    reader.presses("See what would change")
    expect(reader.page.locator("main")).to_contain_text("42.00")
    reader.presses("Make the drafts")
    reader.reads("Draft")

    # The Raman microscope gets a list of its own: copied from what holds, and changed in the grid.
    reader.follows(reader.name(campus.raman))
    reader.types_day("First day", first)
    field = reader.field("Begin with")
    reader.reaches(field)
    reader.page.keyboard.press("End")
    reader.presses("Begin a draft")
    for customer, text in (("own_institution", "seventy"), ("own_institution", "70"), ("own_lab", "")):
        reader.reaches(reader.page.locator(f"#f-p0-c-{customer}"))
        reader.page.keyboard.press("ControlOrMeta+a")
        reader.page.keyboard.type(text) if text else reader.page.keyboard.press("Delete")
        if text == "seventy":
            reader.presses("Save the draft")
            reader.reads("“%(text)s” is no number; write it like 40.00.", text=text)
    reader.presses("Save the draft")

    # What it leaves without a price, and what a use would cost, is seen before it is proposed.
    reader.reads("Left without a price")
    reader.reads("What typical uses would cost")
    expect(reader.page.locator("#examples-title ~ *, section:has(#examples-title)").first).to_contain_text(
        "140.00"
    )
    reader.presses("Propose")
    reader.opens(f"/labs/{campus.lab.id}/prices")
    reader.reaches(reader.page.locator(".price-draft a").first)
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url("**/price-versions/*")
    reader.presses("Show what differs")
    expect(reader.page.locator("main")).to_contain_text("+5.0%")
    reader.page.go_back()
    reader.presses("Propose")

    # Zhou is told at home, and publishes both at once.
    zhou_reads = new_reader()
    zhou_reads.opens("/sign-in")
    zhou_reads.signs_in(zhou.mail, PASSWORD)
    zhou_reads.goes_to("Home")
    zhou_reads.reads(
        "%(num)s price list waits for your approval", "%(num)s price lists wait for your approval", num=2
    )
    zhou_reads.reaches(zhou_reads.page.locator("a[href$='/price-proposals']"))
    zhou_reads.page.keyboard.press("Enter")
    zhou_reads.page.wait_for_url("**/price-proposals")
    zhou_reads.unfolds("Several at once")
    zhou_reads.presses("Publish the chosen")
    zhou_reads.reads("%(num)s price list published.", "%(num)s price lists published.", num=2)

    # The public page says today's price and the one to come; who books for then is quoted the new one.
    zhou_reads.opens(f"/instruments/{campus.raman.id}")
    prices = zhou_reads.page.locator("#prices")
    expect(prices).to_contain_text("60.00")
    zhou_reads.reaches(prices.locator("summary"))
    zhou_reads.page.keyboard.press("Enter")
    expect(prices).to_contain_text("70.00")
    zhou_reads.looks()
    for day, amount in ((day_after(2), "120.00"), (first, "140.00")):
        span = hours_of(day, 10, 12)
        asked = f"day={day}&from={span.start:%H:%M}&until={span.end:%H:%M}"
        zhou_reads.opens(f"/instruments/{campus.raman.id}?{asked}#booking")
        expect(zhou_reads.page.locator("#quote [data-price]")).to_contain_text(amount)
