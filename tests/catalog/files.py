"""Catalogue files for tests, as universities send them: made here, in every encoding and shape."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import xlsxwriter

from instruments.catalog.columns import BY_KEY, NATIONAL

# One instrument in all 40 columns of the national form, as its template asks for them.
FORTY: Mapping[str, str] = {
    "national_number": "6109831",
    "asset_number": "20190033",
    "name_zh": "激光共聚焦显微镜",
    "name_en": "Laser scanning confocal microscope",
    "carrier_type": "附属于科学仪器中心",
    "carrier_number": "QLU-C-01",
    "lab": "材料分析中心",
    "class_code": "010103",
    "source": "购置",
    "customs_supervised": "否",
    "original_value_10k": "356.5",
    "country": "德国",
    "maker": "Carl Zeiss",
    "booked_on": "2019-03-05",
    "category": "通用",
    "model": "LSM 980",
    "technical_indicators": "分辨率 120 nm；\n扫描速度 13 帧/秒",
    "description_zh": "荧光成像、共定位分析",
    "subjects": "物理学;180",
    "funding": "中央财政;单位自有资金",
    "services": "成像与数据处理",
    "picture": "20190033.jpg",
    "hours_run": "1,850",
    "user_notes": "请提前一天预约，自带样品。",
    "fees": "校内 100 元/时；校外 300 元/时",
    "booking_address": "https://example.org/book?id=33",
    "province": "陕西省",
    "city_zh": "西安市",
    "county": "长安区",
    "street": "兴隆街道",
    "hours_served": "420.5",
    "contact_name": "陈墨",
    "contact_phone": "029-0000 0101",
    "contact_mail": "chen@example.org",
    "mail_address": "西安市长安区某路 1 号",
    "postal_code": "710126",
    "customs_declaration": "012345678901234567",
    "customs_item": "02",
    "customs_released_on": "2019/2/1",
    "customs_name": "共聚焦显微镜",
}


def headers(keys: Sequence[str], language: str = "zh") -> list[str]:
    """The headers of these columns: zh, en or key."""
    return [key if language == "key" else getattr(BY_KEY[key], language) for key in keys]


def csv_bytes(
    rows: Sequence[Mapping[str, str]], *, encoding: str = "utf-8", delimiter: str = ",", language: str = "zh"
) -> bytes:
    """A CSV file of these rows, with the columns that any of them has."""
    keys = list(dict.fromkeys(key for row in rows for key in row))
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerow(headers(keys, language))
    writer.writerows([row.get(key, "") for key in keys] for row in rows)
    return file.getvalue().encode(encoding)


def xlsx_file(path: Path, rows: Sequence[Mapping[str, str]], language: str = "zh") -> Path:
    """A workbook of these rows, every cell a text, on a sheet called 设备清单."""
    keys = list(dict.fromkeys(key for row in rows for key in row))
    with xlsxwriter.Workbook(str(path), {"strings_to_urls": False}) as book:
        sheet = book.add_worksheet("设备清单")
        for number, cells in enumerate(
            [headers(keys, language), *([row.get(key, "") for key in keys] for row in rows)]
        ):
            for position, cell in enumerate(cells):
                sheet.write_string(number, position, cell)
    return path


def many(count: int, **more: str) -> list[dict[str, str]]:
    """A catalogue of this many different instruments in 40 labs, with every national column filled."""
    return [
        {
            **FORTY,
            "asset_number": f"A{number:06}",
            "name_zh": f"激光共聚焦显微镜（{number} 号）",
            "name_en": f"Confocal microscope {number}",
            "lab": f"第{number % 40}实验室",
            "serial_number": f"S{number:06}",
            "techniques": f"Confocal microscopy|共聚焦显微术; 荧光成像 {number % 25}",
            "specifications": f"Resolution={number % 100} [nm]; 电压=30 [kV]",
            **more,
        }
        for number in range(count)
    ]


assert [column.key for column in NATIONAL] == list(FORTY)
