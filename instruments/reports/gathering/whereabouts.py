"""Whether what the record says of an instrument's place can be true where its lab stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from instruments.database import db
from instruments.errors import N_
from instruments.people.models import Lab
from instruments.reports.checking import Lack
from instruments.reports.gathering.asked import OUTSIDE, Asked
from instruments.reports.sources import AT_INSTRUMENT

PROVINCE, ADDRESS = "catalog.province", "catalog.mail_address"
ABROAD = N_(
    "This is a place in China, and the lab keeps the time of %(zone)s. Write where the instrument stands."
)
NOT_IN_CHINA = N_(
    "The national form knows places in China alone, with a province and a postal code of six digits; the lab keeps the time of "
    "%(zone)s. Leave this row out with a reason, unless the platform says how it wants it."
)
NO_PROVINCE = N_("Write the province in Chinese, like 陕西省.")
OTHER_CITY = N_("This does not go with the city %(city)s.")
# On the wall of these stands a place whose province the record can name.
CHINESE_ZONES = {
    "Asia/Shanghai", "Asia/Urumqi", "Asia/Chongqing", "Asia/Chungking", "Asia/Harbin", "Asia/Kashgar", "PRC",
    "Asia/Hong_Kong", "Hongkong", "Asia/Macau", "Asia/Macao", "Asia/Taipei", "ROC",
}  # fmt: skip
MUNICIPALITIES = ("北京", "天津", "上海", "重庆")
PROVINCES = (
    *MUNICIPALITIES, "河北", "山西", "内蒙古", "辽宁", "吉林", "黑龙江", "江苏", "浙江", "安徽", "福建", "江西", "山东",
    "河南", "湖北", "湖南", "广东", "广西", "海南", "四川", "贵州", "云南", "西藏", "陕西", "甘肃", "青海", "宁夏", "新疆",
    "台湾", "香港", "澳门",
)  # fmt: skip
# What stands for a city in the record of a municipality.
_ITSELF = ("市辖区", "县", "直辖区")


def zones_of(asked: Asked) -> Mapping[int, str]:
    """By lab of the institution, the zone of its wall; nothing where no place is asked for. One statement."""
    if PROVINCE not in asked.wanted:
        return {}
    found = db.session.execute(select(Lab.id, Lab.zone).where(Lab.institution_id == asked.institution_id))
    return {row.id: row.zone for row in found}


def misplaced(asked: Asked, row: Mapping[str, Any], zone: str) -> Iterator[Lack]:
    """What is said of a place elsewhere than the lab. row: of the catalogue."""
    keys = {column.source: column.key for column in asked.sheet.columns}
    said = {
        PROVINCE: str(row.get("record.province") or ""),
        ADDRESS: str(row.get("record.mail_address") or ""),
    }
    if zone not in CHINESE_ZONES:
        for source, text in said.items():
            if source in keys and text.startswith(PROVINCES):
                yield Lack("abroad", keys[source], ABROAD, {"zone": zone})
        yield Lack(OUTSIDE, "", NOT_IN_CHINA, {"zone": zone}, mend=AT_INSTRUMENT)
        return
    if said[PROVINCE] and not said[PROVINCE].startswith(PROVINCES):
        yield Lack("no_province", keys[PROVINCE], NO_PROVINCE)
    city = str(row.get("city_zh") or "").removesuffix("市")
    province = said[PROVINCE].removesuffix("市")
    here = city in MUNICIPALITIES or province in MUNICIPALITIES
    if city and province and here and city != province and city not in _ITSELF:
        yield Lack("other_city", keys[PROVINCE], OTHER_CITY, {"city": city})
