"""The money of the invented world: grants and cost codes of groups, allowances, a company's wallet and credit, vouchers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from instruments.demo.generator.chance import stream
from instruments.demo.generator.months import KEPT, at, first_day, month_day
from instruments.demo.generator.people import People
from instruments.demo.generator.places import Places, Row

SHOWN_HOUSE, SHOWN_GROUP = 1, 1
# The institutions whose money is shown: with full prices, and every company has credit with them.
SHOWN_HOUSES = (1, 2)
COST_CODE_EVERY = 4
OVERDRAWN = "EN-TF"
VOUCHERS = {
    "en": "Half of what the use of instruments costs small and medium-sized enterprises. Ask for admission with a "
    "declaration of staff and turnover.",
    "zh": "面向中小企业，承担仪器使用费用的一半。请附员工人数与营业收入申报，申请加入。",
}


@dataclass
class Money:
    """Rows of each table; taken: by fund, what was spent or owed before the books began here, in minor units."""

    times: int = 1
    funds: list[Row] = field(default_factory=list)
    users: list[Row] = field(default_factory=list)
    programmes: list[Row] = field(default_factory=list)
    admissions: list[Row] = field(default_factory=list)
    taken: dict[int, int] = field(default_factory=dict)
    paid_in: list[tuple[int, int, str, str, date]] = field(default_factory=list)
    """Payments into wallets: fund, minor units, account at the bank, reference, day."""


def make_funds(places: Places, people: People, anchor: date, times: int = 1) -> Money:
    """The funds around the day `anchor`: grants run two to four years, the shown group has one that is nearly spent.

    times: how much more than usual there is of everything, since so much more is reserved.
    """
    made = Money(times)
    for group in people.groups:
        _of_group(made, group, anchor)
    for house in places.institutions:
        if house["kind"] != "company":
            _allowance(made, house, anchor)
    for company in places.institutions:
        if company["kind"] == "company":
            _of_company(made, company, places, anchor)
    _vouchers(made, places, people, anchor)
    return made


def _fund(made: Money, anchor: date, **values: object) -> int:
    number = len(made.funds) + 1
    opened = datetime.combine(first_day(anchor), time(1), UTC)
    row = {
        "id": number, "group_id": None, "source": "", "currency": "CNY", "valid_to": None, "budget_units": None,
        "warn_percents": [80, 100], "created_at": opened, "created_by_id": None, "state": "open", "closed_at": None,
    } | values  # fmt: skip
    made.funds.append(row)
    made.users.append(_user(number, None, None, opened))
    return number


def _user(fund_id: int, person_id: int | None, limit: int | None, given_at: datetime) -> Row:
    return {
        "fund_id": fund_id, "person_id": person_id, "limit_units": limit, "ends_on": None, "given_by_id": None,
        "given_at": given_at,
    }  # fmt: skip


def _of_group(made: Money, group: Row, anchor: date) -> None:
    chance = stream("funds", group["id"])
    home, source = group["institution_id"], chance.choice(("national", "foundation", "provincial"))
    budget = chance.randrange(80, 600) * 100_000 * made.times
    first = date(anchor.year - 1 - chance.randrange(0, 2), 1, 1)
    topic_en, topic_zh = group["name_en"].removesuffix(" group"), group["name_zh"].removesuffix("课题组")
    whose = {"institution_id": home, "owner_institution_id": home, "group_id": group["id"]}
    number = _fund(
        made, anchor, **whose, kind="grant", code=f"NF{group['id']:05d}", name_en=f"{topic_en}: key project",
        name_zh=f"{topic_zh}重点项目", source=source, budget_units=budget, valid_from=first,
        valid_to=date(first.year + 3, 12, 31),
    )  # fmt: skip
    made.taken[number] = budget * chance.randrange(5, 78) // 100
    if group["id"] == SHOWN_GROUP:
        _shown_group(made, whose, anchor)
    elif group["id"] % COST_CODE_EVERY == 0:
        _fund(
            made, anchor, **whose, kind="cost_code", code=f"CC{group['id']:05d}", name_en=f"{topic_en}: consumables",
            name_zh=f"{topic_zh}耗材经费", valid_from=first_day(anchor),
        )  # fmt: skip


def _shown_group(made: Money, whose: dict[str, int], anchor: date) -> None:
    """One that is nearly spent, one that is overdrawn, and a cost code."""
    this_year = {"valid_from": date(anchor.year, 1, 1), "valid_to": date(anchor.year, 12, 31)}
    nearly = _fund(
        made, anchor, **whose, **this_year, kind="grant", code="PV-TF", name_en="Thin films: provincial project",
        name_zh="薄膜材料省级项目", source="provincial", budget_units=6_000_000,
    )  # fmt: skip
    over = _fund(
        made, anchor, **whose, **this_year, kind="grant", code=OVERDRAWN, name_en="Thin films: enterprise contract",
        name_zh="薄膜材料企业委托项目", source="enterprise", budget_units=1_500_000,
    )  # fmt: skip
    made.taken |= {nearly: 5_088_000, over: 1_523_650}
    _fund(
        made, anchor, **whose, kind="cost_code", code="CC-TF", name_en="Thin films: consumables",
        name_zh="薄膜材料耗材经费", valid_from=first_day(anchor),
    )  # fmt: skip


def _allowance(made: Money, house: Row, anchor: date) -> None:
    """One of the year before, and one of this year of which a part was spent before the books began to be kept here."""
    budget = (2_000_000_000 if house["id"] == SHOWN_HOUSE else 200_000_000) * made.times
    over = {"state": "closed", "closed_at": at(date(anchor.year, 1, 31))} if anchor.month > 1 else {}
    for year, more in ((anchor.year - 1, over), (anchor.year, {})):
        number = _fund(
            made, anchor, institution_id=house["id"], owner_institution_id=house["id"], kind="allowance",
            code=f"AL-{year}", name_en=f"Allowance for shared instruments {year}",
            name_zh=f"{year} 年仪器共享补助", source="institution", budget_units=budget,
            valid_from=date(year, 1, 1), valid_to=date(year, 12, 31), **more,
        )  # fmt: skip
        made.taken[number] = budget * stream("allowance", house["id"], year).randrange(30, 75) // 100


def _of_company(made: Money, company: Row, places: Places, anchor: date) -> None:
    """A wallet with the shown house, topped up lately, and a limit of credit with each house that it buys from."""
    chance = stream("wallet", company["id"])
    theirs = {"owner_institution_id": company["id"], "valid_from": first_day(anchor)}
    wallet = _fund(
        made, anchor, **theirs, institution_id=SHOWN_HOUSE, kind="wallet", code=f"W{company['id']:03d}",
        name_en="Prepaid hours", name_zh="预付机时款",
    )  # fmt: skip
    for number, back in enumerate((KEPT, 5, 1), 1):
        units = chance.randrange(30, 120) * 10_000 * made.times
        day = month_day(anchor, back) + timedelta(days=4)
        made.paid_in.append(
            (wallet, units, f"6222 0000 {company['id']:04d}", f"DEMO-{company['id']:03d}-{number}", day)
        )
    names = {row["id"]: (row["name_en"], row["name_zh"]) for row in places.institutions}
    for house in places.sellers_to(company["id"], SHOWN_HOUSES):
        limit = chance.randrange(20, 90) * 100_000 * made.times
        credit = _fund(
            made, anchor, **theirs, institution_id=house, kind="credit", code=f"C{company['id']:03d}",
            name_en=f"Monthly billing, {names[house][0]}", name_zh=f"{names[house][1]}月结授信",
            budget_units=limit, valid_to=date(anchor.year + 1, 12, 31),
        )  # fmt: skip
        made.taken[credit] = limit * chance.randrange(0, 40) // 100


def _vouchers(made: Money, places: Places, people: People, anchor: date) -> None:
    made.programmes.append({
        "id": 1, "institution_id": None, "code": f"IV-{anchor.year}", "name_en": f"Innovation vouchers {anchor.year}",
        "name_zh": f"{anchor.year} 年科技创新券", "description_en": VOUCHERS["en"], "description_zh": VOUCHERS["zh"],
        "currency": "CNY", "rate": 5_000, "valid_from": date(anchor.year, 1, 1), "valid_to": date(anchor.year, 12, 31),
        "payer_kinds": ["company"], "small_firms_only": True, "needs_proof": False, "class_codes": [],
        "institution_ids": list(SHOWN_HOUSES), "lines": ["add_on", "minimum", "operator", "time"],
        "cap_per_order_units": 1_000_000, "cap_per_year_units": 10_000_000, "budget_units": 20_000_000 * made.times,
        "combines": False, "afterwards": False, "state": "open",
    })  # fmt: skip
    _admissions(made, places, people, anchor)


def _admissions(made: Money, places: Places, people: People, anchor: date) -> None:
    """The shown company and some others are admitted since the spring; the first of the rest asks to be."""
    home = people.person(people.shown["company"])["institution_id"]
    companies = [house["id"] for house in places.institutions if house["kind"] == "company"]
    others = [number for number in companies if number != home]
    for number in (home, *others[1:3], others[0]):
        asked = number == others[0]
        asked_at = at(anchor - timedelta(days=3)) if asked else at(month_day(anchor, 8))
        made.admissions.append({
            "programme_id": 1, "payer_institution_id": number, "small_firm": True,
            "declaration": "58 people, CNY 31 million last year. / 员工 58 人，上年营业收入 3,100 万元。",
            "state": "asked" if asked else "admitted", "asked_at": asked_at,
            "decided_at": None if asked else asked_at + timedelta(days=3), "expires_on": None,
            "decided_by_id": None if asked else people.shown["administrator"],
        })  # fmt: skip
