"""A lab with prices of its own and of an instrument, as sheets take them home and bring them back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from instruments.database import db
from instruments.people.rights import Role
from instruments.people.signing import actor_by_id
from instruments.rates.models import CustomerSplit, RateVersion, RateWindow, Service
from instruments.rates.sheets import exporting
from instruments.rates.sheets.bringing import keep_sheet
from instruments.rates.sheets.checking import Checked, check
from tests.conftest import NOW
from tests.rates.pricing_world import JANUARY, JUNE, keep, price, published
from tests.world import World

APRIL = date(2027, 4, 1)


class Sheets:
    """A lab with prices of its own and of an instrument, a finer class and a service; who runs it."""

    def __init__(self, world: World) -> None:
        self.thing = world.instrument(
            audience="companies", name_en="Raman", name_zh="拉曼", asset_number="A-7"
        )
        self.lab = self.thing.lab
        manager, approver = (world.person(self.thing.institution) for _ in range(2))
        world.grant(manager, Role.LAB_MANAGER, self.lab)
        world.grant(approver, Role.INSTITUTION_MANAGER, self.thing.institution)
        self.manager, self.approver = (actor_by_id(each.id, NOW) for each in (manager, approver))
        keep(CustomerSplit(lab_id=self.lab.id, base="partner", name_en="Allies", name_zh="联盟"))
        self.service = keep(Service(lab_id=self.lab.id, name_en="Sections", name_zh="切片"))
        split = db.session.scalars(select(CustomerSplit)).one().key
        night = RateWindow(position=0, name_en="Night", name_zh="夜间", since=1320, until=480, factor=Decimal(50),
                           days="rest workday")  # fmt: skip
        self.whole = published(
            self.lab,
            prices=[
                price("own_lab", 4000, position=0), price("partner", 9000, position=1), price(split, 8050, position=2),
                price("partner", 5000, "minimum", position=3),
                price("partner", 150000, "sample", code="grid", name_en="Grid", name_zh="载网", position=4),
                price("company", 0, "operator_hour", "assisted", position=5),
                price("company", 123456789, "hour", "assisted", position=6),
            ],
            windows=[night], increment=15, late_percent=Decimal("12.5"), free_hours=24, note="=1+1; as agreed",
        )  # fmt: skip
        self.own = published(self.thing, JANUARY, JUNE, prices=[price("own_lab", 5000)])

    def rows(self, *versions: RateVersion, chinese: bool = False) -> list[list[Any]]:
        found = exporting.exported(self.lab, date(2027, 3, 1))
        if versions:
            found = [(owner, row) for owner, row in found if row in versions]
        return exporting.table(self.lab, found, chinese=chinese)

    def check(self, rows: list[list[Any]], since: date | None = APRIL) -> Checked:
        texts = [[number, [str(cell) for cell in row]] for number, row in enumerate(rows, start=1)]
        return check(self.lab, texts[0][1], texts[1:], since, NOW)  # type: ignore[arg-type] # as JSON has it

    def kept(self, rows: list[list[Any]], since: date | None = APRIL) -> Any:
        read = {
            "header": rows[0],
            "rows": [[at, [str(cell) for cell in row]] for at, row in enumerate(rows[1:], 2)],
        }
        kept = keep_sheet(self.manager, self.lab, "prices.xlsx", read, since, NOW)
        db.session.commit()
        return kept


def at(rows: list[list[Any]], column: str) -> int:
    return next(
        place for place, head in enumerate(rows[0]) if head.endswith(column) or column in head.split(" (")
    )


def row_of(rows: list[list[Any]], what: str, *cells: str) -> list[Any]:
    return next(row for row in rows if row[2] == what and set(cells) <= set(row))


def put(rows: list[list[Any]], row: list[Any], column: str, text: str) -> None:
    row[at(rows, column)] = text


def told(found: Checked) -> list[tuple[int, str, str]]:
    return [(each.row, each.column, each.reason.code) for each in found.faults]


def changed(sheets: Sheets) -> list[list[Any]]:
    rows = sheets.rows()
    put(rows, row_of(rows, "Price", "per hour"), "Own lab", "44")
    return rows
