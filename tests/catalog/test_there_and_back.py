"""The 40 national columns: from a university's file through the catalogue into an exported file, cell by cell unchanged."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from instruments.catalog.columns import NATIONAL
from instruments.catalog.models import Instrument, InstrumentClass
from instruments.catalog.search_text import terms
from instruments.database import db
from tests.catalog.files import FORTY, csv_bytes, xlsx_file

# As other programs and other hands write the same form.
ODD: Mapping[str, str] = {
    **FORTY,
    "national_number": "0006109831",
    "asset_number": "QLU-2019／０033",
    "name_zh": "“高分辨”透射电镜（TEM）,  Ⅱ 型",
    "name_en": 'Microscope, "high  resolution"; 2nd',
    "carrier_type": "独立",
    "carrier_number": "无",
    "class_code": "透射电镜",
    "source": "购买",
    "customs_supervised": "y",
    "original_value_10k": "1,356.500",
    "maker": "Carl  Zeiss AG",
    "booked_on": "2019年3月5日",
    "category": "通用",
    "model": "01.50",
    "technical_indicators": "1. 分辨率：0.05 nm\n2. 电压：30–300 kV;\n\n3. 𠮷",
    "description_zh": "形貌; 结构\n成分",
    "subjects": "150；430",
    "funding": "自筹,其他",
    "hours_run": "1,850.0",
    "booking_address": "https://example.org/书?id=33&x=%20",
    "city_zh": "西安市",
    "hours_served": "0",
    "contact_phone": "029 - 0000 0101 转 8",
    "contact_mail": "Chen.Mo@Example.ORG",
    "customs_released_on": "20190201",
}
FULL_OF_BLANKS: Mapping[str, str] = {
    **dict.fromkeys(FORTY, ""), "asset_number": "A3", "name_zh": "空表", "lab": FORTY["lab"], "original_value_10k": "0",
}  # fmt: skip
ROWS = (FORTY, ODD, FULL_OF_BLANKS)


@pytest.fixture
def run(world, runner):
    """Runs a command on an institution that has no lab yet; it has to succeed."""
    world.institution("qlu.example", name_zh="秦岭大学")

    def run(*arguments: str) -> str:
        done = runner.invoke(args=["catalog", *arguments, "--institution", "qlu.example"])
        assert done.exit_code == 0, (done.output, done.exception)
        return done.output

    return run


def cells_of(file: Path) -> list[list[str]]:
    """The cells of an exported file, read by other code than ours."""
    if file.suffix == ".csv":
        return list(csv.reader(io.StringIO(file.read_text(encoding="utf-8-sig"), newline="")))
    return [
        [str(cell) for cell in row]
        for row in CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python()
    ]


@pytest.mark.parametrize("out", ["out.csv", "out.xlsx"])
@pytest.mark.parametrize("come", ["gb18030", "utf-8", "utf-8-sig", "utf-16", "xlsx"])
def test_all_forty_return_byte_for_byte(run, tmp_path, come, out) -> None:
    file = tmp_path / "in"
    if come == "xlsx":
        xlsx_file(file, ROWS)
    else:
        file.write_bytes(csv_bytes(ROWS, encoding=come))
    assert "3 new, 0 changed, 0 same, 0 refused" in run("import", str(file), "--create-labs")
    run("export", str(tmp_path / out))
    header, *rows = cells_of(tmp_path / out)
    assert [head.split(" ")[0] for head in header[:40]] == [column.zh for column in NATIONAL]
    for row, given in zip(rows, ROWS, strict=True):
        assert dict(zip(FORTY, row, strict=False)) == dict(given)
    assert "0 new, 0 changed, 3 same, 0 refused" in run("import", str(tmp_path / out))


def test_what_they_mean_is_understood(run, tmp_path) -> None:
    (tmp_path / "in.csv").write_bytes(csv_bytes([ODD]))
    run("import", str(tmp_path / "in.csv"), "--create-labs")
    made = db.session.scalars(select(Instrument)).one()
    assert (made.original_value, made.city_zh, made.class_code) == (13_565_000, "西安", "010101")


def test_a_number_that_looks_like_a_formula_is_kept_from_spreadsheet_programs(run, tmp_path) -> None:
    given = {**FORTY, "contact_phone": "+86 29 0000 0101", "user_notes": "=1+1", "fees": "-"}
    (tmp_path / "in.csv").write_bytes(csv_bytes([given]))
    run("import", str(tmp_path / "in.csv"), "--create-labs")
    run("export", str(tmp_path / "out.xlsx"))
    assert dict(zip(FORTY, cells_of(tmp_path / "out.xlsx")[1], strict=False)) == given
    run("export", str(tmp_path / "out.csv"))
    assert "'=1+1" in cells_of(tmp_path / "out.csv")[1]
    assert "1 same" in run("import", str(tmp_path / "out.csv"))


def test_every_class_is_found_by_its_code_and_by_its_names_in_both_languages(client, run, tmp_path) -> None:
    """One instrument of each of the 739 classes: whatever a class is called, the search finds its instrument by it."""
    kind = InstrumentClass
    classes = db.session.execute(select(kind.code, kind.name_zh, kind.name_en).order_by(kind.code)).all()
    assert len(classes) == 739
    rows = [
        {"asset_number": code, "name_zh": "仪器", "lab": "甲", "class_code": code} for code, *_ in classes
    ]
    (tmp_path / "in.csv").write_bytes(csv_bytes(rows))
    assert "739 new" in run("import", str(tmp_path / "in.csv"), "--create-labs")
    texts = dict(db.session.execute(select(Instrument.class_code, Instrument.search_text)).all())
    for code, *names in classes:
        for name in (code, *names):
            assert name
            terms_of = [word.replace("\\", "") for word in terms(name)]
            assert all(word in texts[code] for word in terms_of), (code, name)
    for words in ("原子力显微镜", "yuanzilixianweijing", "atomic force microscopes"):
        assert client.get("/api/v1/instruments", query_string={"q": words}).json["items"], words
