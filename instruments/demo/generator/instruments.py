"""Instruments of the invented world: real makers and models, given to labs whose field they are of."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from instruments.demo.contents import Line, both, by_key, by_prefix, table
from instruments.demo.generator.chance import apportion, stream
from instruments.demo.generator.people import People
from instruments.demo.generator.places import Places, Row
from instruments.demo.generator.record import national_record

LONGEST_NAME = 80
AUDIENCES = (("lab", 7), ("institution", 20), ("partners", 45), ("companies", 28))
STATUSES = (("in_service", 935), ("limited", 30), ("down", 20), ("retired", 15))
NOTES = {
    "limited": ("Reduced performance until the next service", "性能受限，待下次保养"),
    "down": ("Waiting for a spare part", "等待备件"),
    "retired": ("Replaced by a newer instrument", "已由新仪器替代"),
}
SHOWN_LAB = 1
NOT_ON_RECORD = 37
SHOWN_MODELS = (
    "LabRAM HR Evolution",
    "Sigma 360",
    "Talos F200X",
    "D8 ADVANCE",
    "AVANCE NEO 400",
    "Dimension Icon",
)
MANY_AT_ONCE = {
    "battery-cycling": 8, "hpc": 10, "gpu-computing": 4, "freeze-drying": 2, "incubation": 2, "image-processing": 2,
    "simulation": 10, "light-microscopy": 2, "parallel-synthesis": 2, "virtual-reality": 8, "oscilloscopy": 2,
}  # fmt: skip
"""How many reservations at once an instrument of this technique often serves."""


@dataclass
class Instruments:
    """Rows of the instruments and their technique tags, with the model each one is of."""

    rows: list[Row] = field(default_factory=list)
    tags: list[Row] = field(default_factory=list)
    techniques: list[Row] = field(default_factory=list)
    models: dict[int, Line] = field(default_factory=dict)


def make_instruments(places: Places, people: People, count: int) -> Instruments:
    """`count` instruments over the labs; the same model is spread before it repeats."""
    made = Instruments(techniques=_techniques())
    technique_ids = {line["key"]: number for number, line in enumerate(table("techniques"), 1)}
    used: Counter[int] = Counter()
    owners = places.owners()
    weights = [float(places.about[owner["id"]]["weight"]) for owner in owners]
    for owner, share in zip(owners, apportion(count, weights), strict=True):
        labs = places.labs_of(owner["id"])
        lab_weights = [float(places.about_lab[lab["id"]]["weight"]) for lab in labs]
        for lab, number in zip(labs, apportion(share, lab_weights, least=1), strict=True):
            for model in _models_for(places.about_lab[lab["id"]], lab["id"], number, used):
                _add(made, places, people, lab, model, technique_ids)
    return made


def _techniques() -> list[Row]:
    return [
        {"id": number, "name_en": line["name_en"], "name_zh": line["name_zh"], "key": line["name_en"].lower()}
        for number, line in enumerate(table("techniques"), 1)
    ]


def _models_for(about: Line, lab_id: int, number: int, used: Counter[int]) -> list[Line]:
    """Models of the lab's fields, those first that the world has least of for their weight."""
    prefixes = tuple(about["classes"].split())
    fitting = [
        (place, line) for place, line in enumerate(table("models")) if line["class_code"].startswith(prefixes)
    ]
    chance = stream("models", lab_id)
    here: Counter[int] = Counter()
    chosen: list[tuple[str, int]] = []
    for _ in range(number):
        place, line = max(
            fitting,
            key=lambda one: chance.uniform(0.6, 1.4) * int(one[1]["weight"])
            / (used[one[0]] + 1) / (1 + 4 * here[one[0]]),
        )  # fmt: skip
        used[place] += 1
        here[place] += 1
        chosen.append((line["class_code"], place))
    return [table("models")[place] for _, place in sorted(chosen)]


def _add(
    made: Instruments, places: Places, people: People, lab: Row, model: Line, technique_ids: dict[str, int]
) -> None:
    number = len(made.rows) + 1
    chance = stream("instrument", number)
    techniques = model["techniques"].split()
    bought = date(2006, 3, 1) + timedelta(days=int((1 - chance.random() ** 1.7) * 7000))
    english, chinese = _names(model, chance)
    status = _pick(STATUSES, chance)
    value = Decimal(round(int(model["price_cny"]) * chance.uniform(0.8, 1.2), -2))
    staff = people.person(chance.choice(people.staff_of_lab[lab["id"]]))
    assets = by_prefix("asset_codes", model["class_code"])
    building, room = chance.randint(1, 12), chance.randint(1, 6) * 100 + chance.randint(1, 30)
    made.models[number] = model
    made.tags += [{"instrument_id": number, "technique_id": technique_ids[key]} for key in techniques]
    made.rows.append(
        {
            "id": number,
            "institution_id": lab["institution_id"],
            "lab_id": lab["id"],
            "class_code": model["class_code"],
            "name_en": english,
            "name_zh": chinese,
            "maker": model["maker"],
            "model": model["model"],
            "serial_number": f"{chance.choice('ABDEHKLMNPRSTX')}{chance.randint(10_000, 9_999_999)}",
            "asset_number": f"{bought.year}{number:05d}",
            "status": status,
            "status_note": " / ".join(NOTES[status]) if status in NOTES else "",
            "audience": _pick(AUDIENCES, chance),
            "capacity": _capacity(techniques, chance),
            **_modes(model["modes"].split(), chance),
            **_description(model, techniques),
            "sample_requirements": _requirements(model["sample"]),
            "measured_quantities": [both("quantities", key) for key in model["quantities"].split()],
            "specifications": _specifications(model),
            "location": f"{building}-{room}",
            "city_en": lab["city_en"],
            "city_zh": lab["city_zh"],
            "contact_name": f"{staff['name_en']} {staff['name_zh']}",
            "contact_phone": lab["contact_phone"],
            "contact_mail": staff["mail"],
            "commissioned_on": bought,
            "retired_on": _retired_on(bought) if status == "retired" else None,
            "original_value": value,
            "original_currency": "CNY",
            "book_value": _book_value(value, bought),
            "book_currency": "CNY",
            "university_asset_class": assets["university_asset_class"],
            "asset_category_code": assets["asset_category_code"],
            "national_record": national_record(places, lab, model, value, bought, chance)
            | _numbered(number, bought),
        }
    )
    if lab["id"] == SHOWN_LAB and model["model"] in SHOWN_MODELS:
        made.rows[-1] |= _shown(model)


def _shown(model: Line) -> Row:
    """What the demonstration persons meet can be booked by all of them, and bears its model in its name."""
    return {
        "name_en": f"{model['name_en']} {model['model']}",
        "name_zh": f"{model['name_zh']} {model['model']}",
        "status": "in_service",
        "status_note": "",
        "retired_on": None,
        "audience": "companies",
        "capacity": 1,
        "self_operated": True,
    }


def _numbered(number: int, bought: date) -> dict[str, str]:
    """The number that the national platform gave; one in so many was never put on its record."""
    return {"national_number": f"{bought.year}61{number:08d}"} if number % NOT_ON_RECORD else {}


def _pick(weighted: tuple[tuple[str, int], ...], chance: Random) -> str:
    return chance.choices([name for name, _ in weighted], [weight for _, weight in weighted])[0]


def _capacity(techniques: list[str], chance: Random) -> int:
    most = max((MANY_AT_ONCE.get(key, 1) for key in techniques), default=1)
    return most if most > 1 and chance.random() < 0.7 else 1


def _modes(offered: list[str], chance: Random) -> Row:
    """What the model suits, less now and then one of several."""
    if len(offered) > 1 and chance.random() < 0.25:
        offered = [mode for mode in offered if mode != chance.choice(offered[1:])]
    return {
        "self_operated": "self" in offered,
        "guided": "guided" in offered,
        "delegated": "delegated" in offered,
        "remote": "remote" in offered,
    }


def _names(model: Line, chance: Random) -> tuple[str, str]:
    """The name in both languages: plain, with the model, or with what it is equipped with."""
    english, chinese = model["name_en"], model["name_zh"]
    fitting = [line for line in table("accessories") if model["class_code"].startswith(line["class_prefix"])]
    equipped = bool(fitting) and chance.random() < 0.3 and " with " not in english and "（" not in chinese
    if chance.random() < 0.8 and len(f"{english} {model['model']}") <= LONGEST_NAME:
        english, chinese = f"{english} {model['model']}", f"{chinese} {model['model']}"
    if equipped:
        extra = chance.choice(fitting)
        if len(f"{english} with {extra['name_en']}") <= LONGEST_NAME:
            english, chinese = f"{english} with {extra['name_en']}", f"{chinese}（{extra['name_zh']}）"
    return english, chinese


def _description(model: Line, techniques: list[str]) -> Row:
    maker = by_key("makers")[model["maker"]]
    names = [by_key("techniques")[key] for key in techniques]
    chinese_maker = maker["name_zh"] or model["maker"]
    return {
        "description_en": f"{model['purpose_en']} Techniques: {', '.join(line['name_en'] for line in names)}."
        f" {model['maker']} {model['model']}.",
        "description_zh": f"{model['purpose_zh']}主要技术：{'、'.join(line['name_zh'] for line in names)}。"
        f"{chinese_maker} {model['model']}。",
    }


def _requirements(key: str) -> str:
    line = by_key("samples")[key]
    return f"{line['text_en']} / {line['text_zh']}"


def _specifications(model: Line) -> list[dict[str, str]]:
    """Three at least: what the model's line says, then the mains and the room it needs."""
    listed = []
    for one in model["specifications"].split(";"):
        key, _, rest = one.partition("=")
        value, _, unit = rest.partition("~")
        listed.append({"name": both("specifications", key), "value": value.strip(), "unit": unit.strip()})
    large = int(model["price_cny"]) > 1_000_000
    for key, value, unit in (
        ("power-supply", "380" if large else "220", "V"),
        ("footprint", "2.4 × 3.0" if large else "0.8 × 1.2", "m"),
    ):
        if len(listed) < 3:
            listed.append({"name": both("specifications", key), "value": value, "unit": unit})
    return listed


def _book_value(value: Decimal, bought: date) -> Decimal:
    """Straight depreciation over ten years to one twentieth, as it stood at the end of 2025."""
    years = min(10, max(0, 2026 - bought.year))
    return (value * (Decimal(1) - Decimal("0.095") * years)).quantize(Decimal("0.01"))


def _retired_on(bought: date) -> date:
    return min(bought + timedelta(days=3650), date(2025, 9, 30))
