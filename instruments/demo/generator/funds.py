"""The money of the invented world: grants and cost codes of groups, allowances, a company's wallet and credit, vouchers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from instruments.demo.generator.chance import stream
from instruments.demo.generator.people import People
from instruments.demo.generator.places import Places, Row

SHOWN_HOUSE, SHOWN_GROUP = 1, 1
COST_CODE_EVERY = 4
VOUCHERS = {
    "en": "Half of what the use of instruments costs small and medium-sized enterprises. Ask for admission with a "
    "declaration of staff and turnover.",
    "zh": "面向中小企业，承担仪器使用费用的一半。请附员工人数与营业收入申报，申请加入。",
}


@dataclass
class Money:
    """Rows of each table; taken: by fund, what was spent or owed before the books began here, in minor units."""

    funds: list[Row] = field(default_factory=list)
    users: list[Row] = field(default_factory=list)
    programmes: list[Row] = field(default_factory=list)
    admissions: list[Row] = field(default_factory=list)
    taken: dict[int, int] = field(default_factory=dict)
    paid_in: list[tuple[int, int, str, str, date]] = field(default_factory=list)
    """Payments into wallets: fund, minor units, account at the bank, reference, day."""


def make_funds(places: Places, people: People, anchor: date) -> Money:
    """The funds around the day `anchor`: grants run two to four years, the shown group has one that is nearly spent."""
    made = Money()
    for group in people.groups:
        _of_group(made, group, anchor)
    for house in places.institutions:
        if house["kind"] != "company":
            _allowance(made, house, anchor)
    for company in places.institutions:
        if company["kind"] == "company":
            _of_company(made, company, people, anchor)
    _vouchers(made, places, people, anchor)
    return made


def _fund(made: Money, anchor: date, **values: object) -> int:
    number = len(made.funds) + 1
    opened = datetime.combine(anchor.replace(month=1, day=4), time(1), UTC)
    row = {
        "id": number, "group_id": None, "source": "", "currency": "CNY", "valid_to": None, "budget_units": None,
        "warn_percents": [80, 100], "created_at": opened, "created_by_id": None,
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
    budget = chance.randrange(80, 600) * 100_000
    first = date(anchor.year - chance.randrange(0, 3), 1, 1)
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
            name_zh=f"{topic_zh}耗材经费", valid_from=date(anchor.year, 1, 1),
        )  # fmt: skip


def _shown_group(made: Money, whose: dict[str, int], anchor: date) -> None:
    """One that is nearly spent, one that is overdrawn, and a cost code."""
    this_year = {"valid_from": date(anchor.year, 1, 1), "valid_to": date(anchor.year, 12, 31)}
    nearly = _fund(
        made, anchor, **whose, **this_year, kind="grant", code="PV-TF", name_en="Thin films: provincial project",
        name_zh="薄膜材料省级项目", source="provincial", budget_units=6_000_000,
    )  # fmt: skip
    over = _fund(
        made, anchor, **whose, **this_year, kind="grant", code="EN-TF", name_en="Thin films: enterprise contract",
        name_zh="薄膜材料企业委托项目", source="enterprise", budget_units=1_500_000,
    )  # fmt: skip
    made.taken |= {nearly: 5_088_000, over: 1_523_650}
    _fund(
        made, anchor, **whose, kind="cost_code", code="CC-TF", name_en="Thin films: consumables",
        name_zh="薄膜材料耗材经费", valid_from=date(anchor.year, 1, 1),
    )  # fmt: skip


def _allowance(made: Money, house: Row, anchor: date) -> None:
    budget = 50_000_000
    number = _fund(
        made, anchor, institution_id=house["id"], owner_institution_id=house["id"], kind="allowance",
        code=f"AL-{anchor.year}", name_en=f"Allowance for shared instruments {anchor.year}",
        name_zh=f"{anchor.year} 年仪器共享补助", source="institution", budget_units=budget,
        valid_from=date(anchor.year, 1, 1), valid_to=date(anchor.year, 12, 31),
    )  # fmt: skip
    made.taken[number] = budget * stream("allowance", house["id"]).randrange(30, 75) // 100


def _of_company(made: Money, company: Row, people: People, anchor: date) -> None:
    chance = stream("wallet", company["id"])
    with_the_house = {"institution_id": SHOWN_HOUSE, "owner_institution_id": company["id"]}
    wallet = _fund(
        made, anchor, **with_the_house, kind="wallet", code=f"W{company['id']:03d}", name_en="Prepaid hours",
        name_zh="预付机时款", valid_from=date(anchor.year, 1, 1),
    )  # fmt: skip
    for number in range(1, 3):
        units = chance.randrange(50, 200) * 10_000
        account, day = (
            f"6222 0000 {company['id']:04d}",
            anchor.replace(month=max(anchor.month - number, 1), day=5),
        )
        made.paid_in.append((wallet, units, account, f"DEMO-{company['id']:03d}-{number}", day))
    limit = chance.randrange(20, 90) * 100_000
    credit = _fund(
        made, anchor, **with_the_house, kind="credit", code=f"C{company['id']:03d}", name_en="Monthly billing",
        name_zh="月结授信", budget_units=limit, valid_from=date(anchor.year, 1, 1), valid_to=date(anchor.year + 1, 12, 31),
    )  # fmt: skip
    made.taken[credit] = limit * chance.randrange(0, 40) // 100


def _vouchers(made: Money, places: Places, people: People, anchor: date) -> None:
    made.programmes.append({
        "id": 1, "institution_id": None, "code": f"IV-{anchor.year}", "name_en": f"Innovation vouchers {anchor.year}",
        "name_zh": f"{anchor.year} 年科技创新券", "description_en": VOUCHERS["en"], "description_zh": VOUCHERS["zh"],
        "currency": "CNY", "rate": 5_000, "valid_from": date(anchor.year, 1, 1), "valid_to": date(anchor.year, 12, 31),
        "payer_kinds": ["company"], "small_firms_only": True, "needs_proof": False, "class_codes": [],
        "institution_ids": [], "lines": ["add_on", "minimum", "operator", "time"], "cap_per_order_units": 1_000_000,
        "cap_per_year_units": 10_000_000, "budget_units": 200_000_000, "combines": False, "afterwards": False,
        "state": "open",
    })  # fmt: skip
    companies = [house["id"] for house in places.institutions if house["kind"] == "company"]
    home = people.person(people.shown["company"])["institution_id"]
    asked_at = datetime.combine(anchor.replace(month=1, day=15), time(2), UTC)
    for company in [home, *(each for each in companies if each != home)][:2]:
        asked = company != home
        made.admissions.append({
            "programme_id": 1, "payer_institution_id": company, "small_firm": True,
            "declaration": "58 people, CNY 31 million last year. / 员工 58 人，上年营业收入 3,100 万元。",
            "state": "asked" if asked else "admitted", "asked_at": asked_at,
            "decided_at": None if asked else asked_at, "expires_on": None,
            "decided_by_id": None if asked else people.shown["administrator"],
        })  # fmt: skip
