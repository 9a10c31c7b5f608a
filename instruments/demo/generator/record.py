"""The national columns of an invented instrument that have no column of their own in the catalogue."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from instruments.demo.contents import Line, by_key
from instruments.demo.generator.places import Places, Row

SUBJECTS = {
    "01": "150;430", "0106": "150", "0110": "180;310", "0111": "610;210", "0112": "150;180", "02": "430;460",
    "0202": "420", "0203": "510;140", "03": "416", "04": "510", "05": "170", "06": "170;440", "07": "170;610",
    "08": "160", "09": "310;320", "10": "490;140", "11": "460;620", "12": "430;460", "1201": "580", "1202": "530;350",
    "1203": "510;430", "1205": "540", "1206": "550", "13": "520", "14": "140;510", "99": "610",
}  # fmt: skip
GENERAL_PURPOSE = ("01", "02", "04", "13")
FUNDS = ("中央财政资金", "地方财政资金", "单位自有资金", "其他资金")
SERVICES = {"self": "自主上机", "guided": "指导上机", "delegated": "委托测试", "remote": "远程测试"}


def national_record(
    places: Places, lab: Row, model: Line, value: Decimal, bought: date, chance: Random
) -> dict[str, str]:
    """The remaining national columns by their keys (see catalog/columns), written as an institution writes them."""
    where = _where(places, lab)
    code = model["class_code"]
    country = by_key("makers")[model["maker"]]["country"]
    run = chance.randint(200, 2400)
    record = {
        "carrier_type": "国家重点实验室" if "国家重点实验室" in lab["name_zh"] else "无",
        "source": "购置" if chance.random() < 0.97 else "研制",
        "country": by_key("countries")[country]["name_zh"],
        "booked_on": (bought + timedelta(days=chance.randint(5, 60))).isoformat(),
        "category": "通用" if code[:2] in GENERAL_PURPOSE else "专用",
        "technical_indicators": _indicators(model),
        "subjects": SUBJECTS[max((key for key in SUBJECTS if code.startswith(key)), key=len)],
        "funding": chance.choices(FUNDS, (50, 25, 20, 5))[0],
        "services": "、".join(SERVICES[mode] for mode in model["modes"].split()),
        "hours_run": str(run),
        "user_notes": "首次使用须经培训；请爱护仪器，如实登记。",
        "fees": f"{max(20, round(int(value) // 20000, -1))} 元/小时",
        "province": where["province"],
        "street": where["street"],
        "hours_served": str(int(run * chance.random() * 0.3)),
        "mail_address": where["address"],
        "postal_code": where["post_code"],
    }
    supervised = country != "CN" and chance.random() < 0.15
    return (
        record
        | {"customs_supervised": "是" if supervised else "否"}
        | (_customs(model, bought, chance) if supervised else {})
    )


def _where(places: Places, lab: Row) -> dict[str, str]:
    """Where its lab stands: at its institution, or abroad."""
    abroad = by_key("abroad").get(lab["name_en"])
    if abroad:
        street = abroad["address_zh"]
        return {
            "province": abroad["province_zh"], "street": street, "post_code": abroad["post_code"],
            "address": f"{abroad['province_zh']}{abroad['city_zh']}{street}",
        }  # fmt: skip
    about = places.about[lab["institution_id"]]
    city, street = by_key("cities")[about["city"]], about["address_zh"]
    return {
        "province": "陕西省", "street": street, "post_code": city["post_code"],
        "address": f"陕西省{city['district_zh']}{street}",
    }  # fmt: skip


def _customs(model: Line, bought: date, chance: Random) -> dict[str, str]:
    return {
        "customs_declaration": f"9999{bought.year}{chance.randrange(10**10):010d}",
        "customs_item": f"{chance.randint(1, 12):02d}",
        "customs_released_on": (bought - timedelta(days=40)).isoformat(),
        "customs_name": model["name_zh"],
    }


def _indicators(model: Line) -> str:
    """The specifications as the national form has them: one Chinese text."""
    parts = []
    for one in model["specifications"].split(";"):
        key, _, rest = one.partition("=")
        parts.append(f"{by_key('specifications')[key]['name_zh']}：{rest.replace('~', ' ').strip()}")
    return "；".join(parts)
