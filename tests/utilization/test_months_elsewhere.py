"""Who stands behind a month elsewhere is gone through once, and anew when that month or the catalogue is no longer the same."""

from __future__ import annotations

import pytest

from instruments.catalog.revision import raise_catalog
from instruments.database import db
from instruments.database.transactions import deed
from instruments.timespan import instant
from instruments.utilization import tasks
from instruments.utilization.elsewhere import figures_told, may_tell
from instruments.utilization.models import MonthNumber
from instruments.utilization.sums import Selection
from tests.utilization import facts
from tests.utilization.golden import span
from tests.utilization.test_elsewhere import CODE, OCTOBER
from tests.utilization.test_elsewhere import Elsewhere as There
from tests.utilization.test_sums import NOW
from tests.world import World

NOVEMBER = "2026-11-02"
BOTH = (202610, 202611)


@pytest.fixture
def there(app, world: World) -> There:
    app.config["FROZEN_NOW"] = NOW
    there = There(world)
    there.use(there.own[:6])
    tasks.keep_up()
    return there


def numbers() -> dict[int, int]:
    db.session.rollback()
    return {row.month: row.number for row in db.session.query(MonthNumber)}


def persons_read(statements) -> int:
    return sum("utilization_person" in each and "SELECT" in each for each in statements)


def asked(there: There, months: tuple[int, int] = BOTH, code: str = CODE) -> set[str]:
    others = Selection(class_code=code, not_institution_id=there.home.id)
    return figures_told(others, months) if may_tell(others, months) else set()


@pytest.mark.parametrize("code", [CODE, ""], ids=["a class", "everything"])
def test_only_the_month_that_was_counted_anew_is_gone_through_again(there, statements, code) -> None:
    assert asked(there, code=code)
    statements.clear()
    assert asked(there, code=code) and persons_read(statements) == 0
    before = numbers()
    facts.use(there.thing, there.own[0], span(NOVEMBER, "09:00-10:00"))
    tasks.keep_up()
    assert {month for month, number in numbers().items() if number != before.get(month)} == {202611}
    statements.clear()
    asked(there, OCTOBER, code)
    assert persons_read(statements) == 0
    # November, in which only one used anything.
    assert not asked(there, code=code) and persons_read(statements) in {1, 2}


def test_what_a_month_tells_follows_who_uses_it(there) -> None:
    assert "external" in asked(there, OCTOBER)
    facts.use(there.thing, there.guests[0], span("2026-10-22", "09:00-10:00"))
    tasks.keep_up()
    assert "external" not in asked(there, OCTOBER)


@pytest.mark.parametrize("code", [CODE, ""], ids=["a class", "everything"])
def test_a_class_or_a_lab_that_changes_in_the_catalogue_counts_at_once(there, code) -> None:
    other = there.world.instrument(there.world.lab(there.world.institution()), class_code=CODE)
    start, end = (instant(each) for each in span("2026-10-23", "09:00-10:00"))
    there.world.reservation(other, there.own[7], start, end, state="no_show")
    there.book(there.own[:6], "09:00-10:00", "no_show")
    tasks.keep_up()
    assert asked(there, OCTOBER, code)
    with deed():
        # All that six did goes to the institution that asks, and one is left.
        there.thing.institution_id, there.thing.lab_id = there.home.id, there.world.lab(there.home).id
        raise_catalog()
    assert not asked(there, OCTOBER, code)
