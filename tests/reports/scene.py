"""An institution whose instruments the forms ask for, with uses, charges and people that lack nothing."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from flask import current_app
from sqlalchemy import select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.transactions import perform
from instruments.people.models import Institution, Lab, Person
from instruments.people.rights import Actor, Role
from instruments.people.signing import actor_by_id
from instruments.reports.drafting import Wish, blank, keep, make
from instruments.reports.forms import form_at
from instruments.reports.models import Report, ReportRow
from instruments.reports.working_out import work_out
from instruments.timespan import Pair
from instruments.usage.models import InstrumentUse, UseCorrection
from instruments.utilization import periods, tasks
from tests.charges.rows import insert
from tests.utilization import facts
from tests.utilization.golden import span
from tests.world import World

# Wednesday, 20 January 2027, noon in Shanghai: 2026 is over, its last quarter is to be filed.
NOW = datetime(2027, 1, 20, 4, tzinfo=UTC)
BASE = "https://commons.example"
# What makes an instrument's own record whole.
RECORD = {
    "carrier_type": "无", "source": "购置", "country": "德国", "booked_on": "2020-03-01", "category": "通用",
    "technical_indicators": "分辨率 0.1 nm", "subjects": "150; 物理学", "funding": "中央财政资金; 单位自有资金",
    "services": "委托测试", "user_notes": "须经培训", "fees": "200 元/小时", "province": "陕西省", "county": "碑林区",
    "street": "南山路 1 号", "mail_address": "西安市南山路 1 号", "postal_code": "710000", "customs_supervised": "否",
    "booking_address": "https://lab.example/tem",
}  # fmt: skip
WHOLE: dict[str, Any] = {
    "name_zh": "透射电镜", "name_en": "TEM", "maker": "某厂", "model": "T-1", "class_code": "010101",
    "original_value": Decimal("1234567.00"), "university_asset_class": "03030107", "asset_category_code": "A02100300",
    "commissioned_on": date(2020, 3, 15), "description_zh": "看原子", "city_zh": "西安", "contact_name": "王联系",
    "contact_phone": "029-0000 0001", "contact_mail": "wang@example.org",
}  # fmt: skip
DONE = {"project": "课题一", "funding_source": "natural_science", "subject": "150"}


class House:
    """A university with a lab and an instrument, a partner and a company; its manager, auditor and lab manager."""

    def __init__(self, world: World) -> None:
        current_app.config["FROZEN_NOW"] = NOW
        self.world = world
        self.home = world.institution(name_zh="甲大学", name_en="First University")
        self.partner = world.institution(name_zh="乙研究所", name_en="Second Institute", kind="institute")
        self.company = world.institution(name_zh="丙公司", name_en="Third Ltd", kind="company")
        self.lab = world.lab(self.home, name_zh="分析中心", name_en="Centre")
        self.count = 0
        self.filed = self.drafted = 0
        self.thing = self.instrument()
        self.user = self.person(self.home, name_zh="李用户", name_en="Li")
        self.other = self.person(self.partner, name_zh="赵伙伴", name_en="Zhao")
        self.manager, self.auditor, self.keeper = (world.person(self.home) for _ in range(3))
        world.grant(self.manager, Role.INSTITUTION_MANAGER, self.home)
        world.grant(self.auditor, Role.AUDITOR, self.home)
        world.grant(self.keeper, Role.LAB_MANAGER, self.lab)

    def instrument(
        self, lab: Lab | None = None, *, record: dict[str, str] | None = None, **values: Any
    ) -> Any:
        """One that lacks nothing but what is said otherwise."""
        self.count += 1
        told = WHOLE | {"asset_number": f"2020{self.count:04}"} | values
        own = RECORD | (record or {})
        return self.world.instrument(lab or self.lab, national_record=own, **told)

    def person(self, home: Institution, **values: Any) -> Person:
        """Somebody with a phone."""
        return self.world.person(home, **({"phone": "029-0000 0009"} | values))

    def use(
        self, day: str, times: str, user: Person | None = None, thing: Any = None, **values: Any
    ) -> InstrumentUse:
        """A confirmed use of a day, with a reservation for a purpose; `purpose=None`: without one."""
        return self.used(span(day, times), user, thing, **values)

    def used(self, when: Pair, user: Person | None = None, thing: Any = None, **values: Any) -> InstrumentUse:
        """The same between two seconds."""
        thing, user = thing or self.thing, user or self.user
        purpose, title = values.pop("purpose", "research"), values.pop("title", "看样品")
        held = None
        if purpose is not None:
            start, end = (datetime.fromtimestamp(each, UTC) for each in when)
            held = self.world.reservation(thing, user, start, end, state="done", purpose=purpose, title=title)
        price = values.pop("price", 10_000)
        use = facts.use(thing, user, when, held, **(DONE | values))
        if price is not None:
            self.charge(use, price)
        return use

    def correct(self, use: InstrumentUse) -> None:
        """Somebody corrects its hours to none."""
        row = UseCorrection(
            use_id=use.id, layer="attended", reason="Nobody came", corrected_by_id=self.keeper.id, corrected_at=use.ended_at
        )  # fmt: skip
        db.session.add(row)
        db.session.commit()

    def charge(self, use: InstrumentUse, units: int, **values: Any) -> int:
        """A posted charge of a use, in cents."""
        lab = db.session.get_one(Instrument, use.instrument_id).lab
        customer = values.get("customer", 0)
        kind = values.get("kind", "use")
        row = {
            "key": f"{kind}:{use.id}:{customer}:{values.get('currency', '')}", "kind": kind, "use_id": use.id,
            "customer": customer, "instrument_id": use.instrument_id, "lab_id": lab.id,
            "institution_id": lab.institution_id, "currency": "CNY", "total_units": units, "state": "draft",
            "service_on": use.started_at.date().isoformat(), "made_at": int(NOW.timestamp()), "reason": "test",
        } | values  # fmt: skip
        return insert("charge", row)

    # --- Reports

    def actor(self, person: Person | None = None) -> Actor:
        """Whoever files, unless it is somebody else."""
        found = actor_by_id((person or self.manager).id, NOW)
        assert found is not None
        return found

    def draft(self, code: str, period: str, lab: Lab | None = None, **values: Any) -> Report:
        """A draft with its rows."""
        found = periods.read(period)
        wish = Wish(form_at(code, found.first), self.home.id, lab and lab.id, found, **values)
        actor = self.actor()
        tasks.keep_up()
        worked = work_out(blank(wish, actor.person_id, NOW), NOW, BASE)
        db.session.rollback()
        number = perform(partial(make, actor, wish, worked, NOW))
        db.session.rollback()
        return db.session.get_one(Report, number, populate_existing=True)

    def count_anew(self, number: int) -> Report:
        """Its rows as the facts now say."""
        tasks.keep_up()
        worked = work_out(db.session.get_one(Report, number), NOW, BASE)
        db.session.rollback()
        perform(partial(keep, number, None, worked, NOW))
        db.session.rollback()
        return db.session.get_one(Report, number, populate_existing=True)


def rows_of(report: Report, sheet: str = "") -> list[dict[str, str]]:
    """The cells of each row by column, in order."""
    layout = next(each for each in report.layout if not sheet or each["key"] == sheet)
    keys = [column["key"] for column in layout["columns"]]
    asked = select(ReportRow).where(ReportRow.report_id == report.id, ReportRow.sheet == layout["key"])
    return [
        dict(zip(keys, json.loads(row.cells), strict=True))
        for row in db.session.scalars(asked.order_by(ReportRow.position))
    ]


def lacks_of_rows(report: Report) -> list[set[tuple[str, str]]]:
    """What each row lacks: (code, column)."""
    asked = select(ReportRow.lacks).where(ReportRow.report_id == report.id).order_by(ReportRow.position)
    return [
        {(lack["code"], lack["column"]) for lack in json.loads(found)} for found in db.session.scalars(asked)
    ]
