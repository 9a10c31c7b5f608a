"""A catalogue comes in: what is refused, what is written, and that a second time changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from instruments.catalog.checking import Checked, check_rows
from instruments.catalog.exporting import export_rows, workbook
from instruments.catalog.importing import import_rows
from instruments.catalog.models import Instrument, InstrumentState
from instruments.catalog.present import known_of
from instruments.catalog.refused_files import read_table
from instruments.catalog.revision import catalog_number
from instruments.database import db
from instruments.documents.sheets import as_csv
from instruments.journal.models import JournalEntry
from instruments.people.models import Lab
from tests.catalog.files import FORTY, csv_bytes, many

BALANCE = {"asset_number": "B1", "name_zh": "电子天平", "lab": "天平室", "original_value": "12000"}


def given(rows: Sequence[Mapping[str, str]]) -> tuple[list[str], list[tuple[int, list[str]]]]:
    keys = list(dict.fromkeys(key for row in rows for key in row))
    return keys, [(number, [row.get(key, "") for key in keys]) for number, row in enumerate(rows, start=2)]


@pytest.fixture
def bring(world, now):
    """Import rows into one institution; the checked rows."""
    institution = world.institution("qlu.example", name_en="Qinling University", name_zh="秦岭大学")
    world.lab(institution, name_zh="天平室", name_en="Balance room")

    def bring(*rows: Mapping[str, str], create_labs: bool = False, **more) -> list[Checked]:
        outcome = import_rows(
            institution, *given(rows), actor_id=None, now=now, create_labs=create_labs, **more
        )
        db.session.commit()
        return outcome.rows

    bring.institution = institution
    return bring


def kinds(rows: Sequence[Checked]) -> list[str]:
    return [row.kind for row in rows]


def faults(row: Checked) -> list[tuple[str, str]]:
    return [(fault.column.key if fault.column else "", fault.reason.code) for fault in row.faults]


# --- Refusals


def test_every_reason_of_a_row_is_said_at_once(bring) -> None:
    (row,) = bring(
        BALANCE
        | {
            "original_value": "壹佰贰拾万",
            "commissioned_on": "2027-13-01",
            "class_code": "010888",
            "lab": "天秤室",
        }
    )
    assert row.kind == "refused"
    assert faults(row) == [
        ("lab", "no_such_lab"),
        ("original_value", "not_a_number"),
        ("commissioned_on", "no_such_month"),
        ("class_code", "no_such_class"),
    ]
    assert row.faults[0].reason.values["nearest"] == "Balance room / 天平室"  # each reads theirs
    assert str(row.faults[3].reason.values["nearest_code"]).startswith("0108")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name_zh": ""}, ("name_zh", "no_name")),
        ({"lab": ""}, ("lab", "no_lab")),
        ({"asset_number": ""}, ("asset_number", "no_key")),
        ({"original_value": "-35.6"}, ("original_value", "below_zero")),
        ({"original_value_10k": "120"}, ("original_value_10k", "two_values")),
        ({"capacity": "0"}, ("capacity", "not_a_capacity")),
        ({"status": "闪闪发光"}, ("status", "no_such_choice")),
        ({"commissioned_on": "2020-01-02", "retired_on": "2020-01-01"}, ("retired_on", "dates_swapped")),
        ({"subjects": "炼金术"}, ("subjects", "no_such_subject")),
        ({"postal_code": "7101"}, ("postal_code", "not_a_postal_code")),
        ({"postal_code": "14473"}, ("postal_code", "not_a_postal_code")),
        ({"postal_code": "DE-"}, ("postal_code", "not_a_postal_code")),
        ({"customs_item": "123"}, ("customs_item", "not_digits")),
        ({"contact_mail": "nobody"}, ("contact_mail", "not_a_mail")),
        ({"name_zh": "天" * 301}, ("name_zh", "too_long")),
        ({"model": "a\x00b"}, ("model", "unprintable")),
        ({"id": "987654"}, None),
    ],
)
def test_one_bad_row_never_sinks_the_others(bring, change, expected) -> None:
    rows = bring(BALANCE | change, BALANCE | {"asset_number": "B2"})
    assert kinds(rows) == ["refused" if expected else "new", "new"]
    assert faults(rows[0]) == ([expected] if expected else [])
    assert db.session.scalar(select(func.count()).select_from(Instrument)) == (1 if expected else 2)


def test_a_row_twice_in_the_file(bring) -> None:
    rows = bring(BALANCE, BALANCE | {"name_zh": "另一台天平"})
    assert kinds(rows) == ["new", "refused"]
    assert faults(rows[1]) == [("asset_number", "twice")]
    assert rows[1].faults[0].reason.values == {"row": 2}


def test_labs_of_refused_rows_are_not_made(bring) -> None:
    bring(BALANCE | {"lab": "新实验室", "capacity": "many"}, create_labs=True)
    assert db.session.scalars(select(Lab.name_zh)).all() == ["天平室"]


def test_lowering_the_capacity_below_what_is_reserved(bring, world, now) -> None:
    bring(BALANCE | {"capacity": "3"}, BALANCE | {"asset_number": "B2", "capacity": "3"})
    first = db.session.scalars(select(Instrument).where(Instrument.asset_number == "B1")).one()
    person, start = world.person(bring.institution), now + timedelta(days=3650)
    for _ in range(2):
        world.reservation(first, person, start)
    rows = bring(
        BALANCE | {"capacity": "1", "location": "B 101"},
        BALANCE | {"asset_number": "B2", "capacity": "1", "location": "B 102"},
    )
    assert kinds(rows) == ["refused", "changed"]
    assert faults(rows[0]) == [("capacity", "capacity")]
    stored = db.session.execute(
        select(Instrument.capacity, Instrument.location).order_by(Instrument.id)
    ).all()
    assert [tuple(each) for each in stored] == [(3, ""), (1, "B 102")]


def test_what_somebody_changed_since_the_check_is_left_alone(bring) -> None:
    bring(BALANCE)
    keys, cells = given([BALANCE | {"contact_phone": "029-2"}])
    (seen,) = check_rows(keys, cells, known_of(bring.institution))
    assert seen.changes == {"contact_phone": ("", "029-2")}
    agreed = {seen.target: known_of(bring.institution).instruments[seen.target]["version"]}
    bring(BALANCE | {"contact_phone": "029-1"})
    (row,) = bring(BALANCE | {"contact_phone": "029-2"}, agreed=agreed)
    assert faults(row) == [("", "changed_since")]
    assert db.session.scalars(select(Instrument.contact_phone)).all() == ["029-1"]


# --- What is written


def test_a_new_instrument(bring) -> None:
    (row,) = bring(
        BALANCE
        | {
            "class_code": "10101",
            "mode": "自主操作、委托测试",
            "techniques": "Weighing|称量",
            "specifications": "Readability=0.1 [mg]; 量程：220 g",
            "measured_quantities": "Mass；密度",
            "audience": "companies too",
        }
    )
    made = db.session.get_one(Instrument, row.target)
    assert (made.name_zh, made.lab.name_zh, made.original_value, made.status) == (
        "电子天平",
        "天平室",
        12000,
        "in_service",
    )
    assert (made.self_operated, made.guided, made.delegated, made.remote) == (True, False, True, False)
    assert [(each.name_en, each.name_zh) for each in made.techniques] == [("Weighing", "称量")]
    assert made.specifications == [
        {"name": "Readability", "value": "0.1", "unit": "mg"},
        {"name": "量程", "value": "220 g", "unit": ""},
    ]
    assert made.measured_quantities == ["Mass", "密度"]
    assert made.audience == "companies"
    assert all(each in made.search_text for each in ("dianzitianping", "dztp", "balance room", "称量", "b1"))
    assert db.session.get_one(InstrumentState, made.id).rev == 0


def test_an_empty_cell_leaves_what_is_there(bring) -> None:
    bring(BALANCE | {"contact_phone": "029-1"})
    rows = bring(BALANCE | {"contact_phone": "", "name_zh": "", "location": "B 101"})
    assert rows[0].changes == {"location": ("", "B 101")}
    made = db.session.scalars(select(Instrument)).one()
    assert (made.contact_phone, made.name_zh, made.location, made.version) == (
        "029-1",
        "电子天平",
        "B 101",
        2,
    )


def test_a_serial_number_finds_what_has_no_asset_number(bring) -> None:
    serial = {"name_zh": "天平", "lab": "天平室", "maker": "Sartorius", "model": "MSE", "serial_number": "77"}
    assert kinds(bring(serial)) == ["new"]
    assert kinds(bring(serial)) == ["same"]
    assert bring(serial | {"asset_number": "B7"})[0].changes == {"asset_number": ("", "B7")}
    assert kinds(bring(serial)) == ["same"]
    assert kinds(bring(serial | {"asset_number": "B8"})) == ["new"]
    assert faults(bring(serial)[0]) == [("serial_number", "several")]


def test_another_institution_is_not_touched(bring, world) -> None:
    other = world.instrument(asset_number="B1")
    assert kinds(bring(BALANCE)) == ["new"]
    db.session.refresh(other)
    assert other.asset_number == "B1" and other.version == 1


def test_twice_changes_nothing(bring) -> None:
    rows = many(30)
    assert set(kinds(bring(*rows, create_labs=True))) == {"new"}
    before = (catalog_number(), db.session.scalar(select(func.count()).select_from(JournalEntry)))
    assert set(kinds(bring(*rows, create_labs=True))) == {"same"}
    assert db.session.scalar(select(func.count()).select_from(JournalEntry)) == before[1]
    assert db.session.scalar(select(func.max(Instrument.version))) == 1


def test_the_journal_says_what_it_was(bring) -> None:
    bring(BALANCE)
    bring(BALANCE | {"original_value": "13,000"})
    entry = db.session.scalars(select(JournalEntry).order_by(JournalEntry.id.desc())).first()
    assert (entry.deed, entry.detail["changes"]) == (
        "instrument.changed",
        {"original_value": ["12000.00", "13000.00"]},
    )


# --- There and back


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_exported_comes_in_as_the_same(bring, world, tmp_path, kind) -> None:
    bring(*many(5), FORTY, create_labs=True)
    lab = world.lab(bring.institution, name_zh="天平室", name_en="Other balance room")
    world.instrument(lab, asset_number="", name_en='=Unnamed; "quoted"\n', original_value=None)
    world.instrument(
        lab,
        asset_number="",
        original_value=Decimal(1234567),
        original_currency="EUR",
        description_zh="-1|x\n+2",
    )
    exported = export_rows(bring.institution)
    path = tmp_path / f"out.{kind}"
    path.write_bytes(as_csv(exported) if kind == "csv" else workbook(exported))
    table = read_table(path)
    rows = check_rows(table["columns"], table["rows"], known_of(bring.institution))
    assert [(row.kind, row.changes, faults(row)) for row in rows] == [("same", {}, [])] * 8


def test_the_forty_columns_return_unchanged(bring, now, tmp_path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(csv_bytes([FORTY], encoding="gb18030"))
    table = read_table(path)
    outcome = import_rows(
        bring.institution, table["columns"], table["rows"], actor_id=None, now=now, create_labs=True
    )
    assert kinds(outcome.rows) == ["new"], faults(outcome.rows[0])
    _, row = export_rows(bring.institution)
    assert dict(zip(FORTY, row[:40], strict=True)) == dict(FORTY)
    made = db.session.scalars(select(Instrument)).one()
    assert (made.original_value, made.city_zh, made.class_code) == (3_565_000, "西安", "010103")


def test_a_changed_value_is_written_our_way(bring) -> None:
    bring(FORTY, create_labs=True)
    bring({"asset_number": FORTY["asset_number"], "original_value": "1000000"})
    _, row = export_rows(bring.institution)
    assert row[10] == "100.00"


def test_the_rounded_national_value_does_not_spoil_the_exact_one(bring) -> None:
    bring(BALANCE | {"original_value": "1234567.89"})
    assert kinds(bring({"asset_number": "B1", "original_value_10k": "123.46"})) == ["same"]
    assert kinds(bring({"asset_number": "B1", "original_value_10k": "123.47"})) == ["changed"]


# --- In sets


def test_statements_do_not_grow_with_the_rows(bring, statements) -> None:
    def counted(rows: list[dict[str, str]]) -> int:
        statements.clear()
        bring(*rows, create_labs=True)
        return len(statements)

    few = [counted(many(3)), counted(many(3, contact_phone="029-9", techniques="Other"))]
    more = [
        {**row, "asset_number": f"M{row['asset_number']}", "serial_number": f"M{row['serial_number']}"}
        for row in many(300)
    ]
    many_new = counted(more)
    many_changed = counted([row | {"contact_phone": "029-9", "techniques": "Other"} for row in more])
    assert abs(many_new - few[0]) <= 2
    assert abs(many_changed - few[1]) <= 2
