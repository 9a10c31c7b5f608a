"""The national columns of an invented instrument that have no column of their own in the catalogue."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

from instruments.demo.contents import Line, by_key
from instruments.demo.generator.places import Places, Row

SUBJECTS = {
    "01": "150;430", "0106": "150", "0110": "180;310", "0111": "610;210", "0112": "150;180", "02": "430;460",
    "0202": "420", "0203": "510;140", "03": "416", "04": "510", "05": "170", "06": "170;440", "07": "170;610",
    "08": "160", "09": "310;320", "10": "490;140", "11": "460;620", "12": "430;460", "1201": "580", "1202": "530;350",
    "1203": "510;430", "1205": "540", "1206": "550", "13": "520", "14": "140;510", "99": "610",
}  # fmt: skip
FUNDS = ("中央财政资金", "地方财政资金", "单位自有资金", "其他资金")
SERVICES = {"self": "自主上机", "guided": "指导上机", "delegated": "委托测试", "remote": "远程测试"}


def national_record(
    places: Places, lab: Row, model: Line, value: Decimal, chance: Random
) -> dict[str, Any]:
    """The remaining national columns by their headings, as an institution would have filled them in."""
    about = places.about[lab["institution_id"]]
    city = by_key("cities")[about["city"]]
    code = model["class_code"]
    abroad = by_key("makers")[model["maker"]]["country"]
    imported = abroad != "CN"
    record = {
        "所属单位内部门": lab["name_zh"],
        "设备来源": "购置" if chance.random() < 0.97 else "研制",
        "是否在海关监管年限内": "是" if imported and chance.random() < 0.15 else "否",
        "产地国别": by_key("countries")[abroad]["name_zh"],
        "类别": "通用" if code[:2] in ("01", "02", "04", "13") else "专用",
        "主要功能": model["purpose_zh"],
        "主要学科领域": max((key for key in SUBJECTS if code.startswith(key)), key=len),
        "主要购置经费来源": chance.choices(FUNDS, (50, 25, 20, 5))[0],
        "服务内容": "、".join(SERVICES[mode] for mode in model["modes"].split()),
        "用户须知": "首次使用须经培训；请爱护仪器，如实登记。",
        "参考收费标准": f"{max(20, round(int(value) // 20000, -1))} 元/小时",
        "省": "陕西省",
        "市": city["district_zh"],
        "街道": about["address_zh"],
        "通讯地址": f"陕西省{city['district_zh']}{about['address_zh']}",
        "邮政编码": city["post_code"],
    }
    record["主要学科领域"] = SUBJECTS[record["主要学科领域"]]
    return record
