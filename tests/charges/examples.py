"""The worked examples of what becomes of a charge: one table, which docs/charging.md is written from beside those of prices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import select

from instruments.charges.dispute_models import ChargingSettings, Dispute
from instruments.charges.disputing import answer, dispute, escalate
from instruments.charges.fund_changing import ask
from instruments.charges.models import Charge, ChargeLine
from instruments.charges.tasks import charge_all
from instruments.database import db
from instruments.database.transactions import perform
from instruments.funds.ledger_models import ClosedMonth
from instruments.funds.models import Fund
from instruments.money import Money
from instruments.people.rights import Role
from instruments.usage.models import InstrumentUse
from tests.charges.evidence import reported_so
from tests.charges.scene import HOUR, MORNING, Scene, balances
from tests.conftest import NOW
from tests.rates.pricing_world import price, published

WAITING = {"state": "waiting", "confirmed_at": None, "confirmed_by_id": None}
WORDS = {"fund": "fund", "receivable": "owed by the payer", "lab_income": "income of the lab",
         "institution_share": "share of the institution", "output_tax": "tax"}  # fmt: skip


class BookExample(NamedTuple):
    """A rule, a case in words, how it is acted out, and what is then said."""

    rule: int
    case: str
    act: Callable[[Scene], list[str]]
    result: list[str]


def yuan(units: int) -> str:
    return str(Money.from_units(units, "CNY").amount)


def said() -> list[str]:
    """Every charge with its state, and its month where it is in the books."""
    db.session.rollback()
    rows = db.session.scalars(select(Charge).order_by(Charge.id)).all()
    return [
        f"{row.kind}, {row.state}{', ' + row.month if row.month else ''}: {yuan(row.total_units)}"
        for row in rows
    ]


def accounts(scene: Scene) -> list[str]:
    """What stands on the accounts of the institution."""
    found = {kind: units for (kind, books, _), units in balances().items() if books == scene.house.id}
    return [f"{WORDS[kind]}: {yuan(units)}" for kind, units in found.items()]


def total(row: Charge) -> list[str]:
    return [f"total: {yuan(row.total_units)}"]


def at_a_later_price(scene: Scene) -> list[str]:
    row = scene.reservation()
    scene.version.valid_to = date(2027, 2, 1)
    db.session.commit()
    published(scene.lab, date(2027, 2, 1))
    scene.use(row)
    charge_all()
    return total(db.session.scalars(select(Charge)).one())


def a_partner(scene: Scene) -> list[str]:
    return total(scene.charged(payers=[(scene.partner()[1], "100", "partner")]))


def drafted(scene: Scene) -> list[str]:
    scene.use(scene.reservation(), **WAITING)
    charge_all()
    return [*said(), f"entries in the books: {len(balances())}"]


def corrected(scene: Scene) -> list[str]:
    use = db.session.get_one(InstrumentUse, scene.charged().use_id)
    reported_so(use.id, ended_at=MORNING + HOUR)
    use.ended_at, use.version = MORNING + HOUR, use.version + 1
    db.session.add(ClosedMonth(institution_id=scene.house.id, month="2027-02", closed_at=NOW))
    db.session.commit()
    charge_all()
    return said()


def within(scene: Scene) -> list[str]:
    db.session.add(ChargingSettings(institution_id=scene.house.id, share_rate=2000))
    scene.charged()
    return accounts(scene)


def owed_with_tax(scene: Scene) -> list[str]:
    db.session.add(ChargingSettings(institution_id=scene.house.id, tax_rate=600))
    company = scene.world.institution(kind="company")
    credit = scene.fund(company, kind="credit", creditor=scene.house, budget_units=10_000_000)
    scene.charged(payers=[(credit, "100", "company")], hours=0.8)
    return accounts(scene)


def disputed(scene: Scene, decision: str, less: str | None = None) -> list[str]:
    charge = scene.charged().id
    student, manager = scene.actor(scene.student), scene.actor(scene.manager)
    number = perform(lambda: dispute(student, charge, "Too long", None, NOW))
    off = Money(Decimal(less), "CNY") if less else None
    perform(lambda: answer(manager, number, decision, "The log says so", off, None, NOW))
    return said()


def draft_disputed(scene: Scene, *, confirmed: bool = False) -> list[str]:
    use = scene.use(scene.reservation(), **WAITING)
    charge_all()
    adjusted(scene, db.session.scalars(select(Charge.id)).one(), None, "20.00")
    if confirmed:
        use.state, use.confirmed_at, use.confirmed_by_id = "confirmed", NOW, scene.manager.id
        use.version += 1
        db.session.commit()
    charge_all()
    return said()


def adjusted(scene: Scene, charge: int, line: int | None, less: str) -> None:
    student, manager = scene.actor(scene.student), scene.actor(scene.manager)
    number = perform(lambda: dispute(student, charge, "Too long", line, NOW))
    off = Money(Decimal(less), "CNY")
    perform(lambda: answer(manager, number, "adjusted", "The log says so", off, None, NOW))


def line_disputed(scene: Scene) -> list[str]:
    hour, sample = (
        price("own_institution", 6000),
        price("own_institution", 1500, "sample", code="s", position=1),
    )
    scene.version = published(scene.instrument, date(2027, 1, 1), prices=[hour, sample])
    use = scene.use(scene.reservation(), counts={"s": "3"})
    charge_all()
    adjusted(scene, db.session.scalars(select(Charge.id)).one(), 1, "30.00")
    last = select(ChargeLine.kind, ChargeLine.amount_units).join(Charge, Charge.id == ChargeLine.charge_id)
    rows = db.session.execute(
        last.where(Charge.use_id == use.id, Charge.state == "posted", Charge.kind == "use").order_by(
            ChargeLine.position
        )
    )
    return [f"{kind.replace('_', '-')}: {yuan(units)}" for kind, units in rows]


def above_the_limit(scene: Scene) -> list[str]:
    db.session.add(ChargingSettings(institution_id=scene.house.id, second_above_units=2_000))
    db.session.commit()
    return disputed(scene, "adjusted", "20.01")


def unanswered(scene: Scene) -> list[str]:
    charge, student = scene.charged().id, scene.actor(scene.student)
    number = perform(lambda: dispute(student, charge, "Too long", None, NOW))
    later = NOW + timedelta(days=14, minutes=1)
    perform(lambda: escalate(number, later))
    row = db.session.get_one(Dispute, number)
    return ["the institution decides" if row.escalated_at else "the lab decides"]


def moved_to(scene: Scene, fund: Fund, who: Any) -> list[str]:
    charge, number, actor = scene.charged().id, fund.id, scene.actor(who)
    perform(lambda: ask(actor, charge, number, "It is their project", NOW))
    return said()


def own_grant(scene: Scene) -> list[str]:
    return moved_to(scene, scene.fund(scene.group, budget_units=1_000_000), scene.head)


def partners_grant(scene: Scene) -> list[str]:
    head, fund = scene.partner()
    scene.world.grant(head, Role.FUND_DELEGATE, scene.group)
    return moved_to(scene, fund, head)


def overdrawn(scene: Scene) -> list[str]:
    scene.grant.budget_units = 10_000
    db.session.commit()
    scene.charged()
    db.session.refresh(scene.grant)
    return [*said(), "overdrawn: no new bookings" if scene.grant.overdrawn else "covered"]


POSTED = "use, posted, 2027-02: 120.00"
TAKEN_BACK = ["use, reversed, 2027-02: 120.00", "reversal, posted, 2027-02: -120.00"]
EXAMPLES = [
    BookExample(4, "2 h paid by the grant of a partner, whose price is 90.00", a_partner, ["total: 180.00"]),
    BookExample(5, "2 h booked at 60.00; other prices are published before they are used", at_a_later_price, ["total: 120.00"]),
    BookExample(
        5, "2 h used; a formal quote of 100.00 was accepted", lambda scene: total(scene.charged(ceiling_units=10_000)),
        ["total: 100.00"],
    ),
    BookExample(15, "2 h are over, the lab has not confirmed them", drafted, ["use, draft: 120.00", "entries in the books: 0"]),
    BookExample(
        15, "posted in February; corrected to 1 h when February is closed", corrected,
        ["use, reversed, 2027-02: 120.00", "reversal, posted, 2027-03: -120.00", "use, posted, 2027-03: 60.00"],
    ),
    BookExample(
        16, "120.00 from a grant of the same institution, which keeps 20 % of its lab's income", within,
        ["fund: 120.00", "income of the lab: -96.00", "share of the institution: -24.00"],
    ),
    BookExample(
        16, "160.00 owed by a company, including 6 %", owed_with_tax,
        ["owed by the payer: 160.00", "income of the lab: -150.94", "tax: -9.06"],
    ),
    BookExample(18, "120.00 disputed and upheld", lambda scene: disputed(scene, "upheld"), [POSTED]),
    BookExample(
        18, "120.00 disputed and adjusted by 20.00", lambda scene: disputed(scene, "adjusted", "20.00"),
        [*TAKEN_BACK, "use, posted, 2027-02: 100.00"],
    ),
    BookExample(
        18, "120.00 of time and 45.00 of samples; the samples disputed and adjusted by 30.00", line_disputed,
        ["time: 120.00", "add-on: 45.00", "add-on: -30.00"],
    ),
    BookExample(18, "a draft of 120.00 disputed and adjusted by 20.00", draft_disputed, ["use, draft: 100.00"]),
    BookExample(
        18, "the same, and its use is confirmed", lambda scene: draft_disputed(scene, confirmed=True),
        ["use, posted, 2027-02: 100.00"],
    ),
    BookExample(
        18, "120.00 disputed and adjusted by 20.01, where one person may change 20.00 alone", above_the_limit,
        ["use, disputed, 2027-02: 120.00", "credit, draft: -20.01"],
    ),
    BookExample(18, "disputed, and the lab is silent for 14 days", unanswered, ["the institution decides"]),
    BookExample(19, "120.00 moved to another grant of the group", own_grant, [*TAKEN_BACK, POSTED]),
    BookExample(
        19, "120.00 moved to the grant of a partner, whose price is 90.00", partners_grant,
        [*TAKEN_BACK, "use, posted, 2027-02: 180.00"],
    ),
    BookExample(19, "120.00 charged to a grant with 100.00 left", overdrawn, [POSTED, "overdrawn: no new bookings"]),
]  # fmt: skip
