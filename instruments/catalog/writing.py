"""Write many instruments in sets: one statement for all that are new, one for all that change, however many there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from instruments.catalog.checking import Checked
from instruments.catalog.known import Known
from instruments.catalog.models import Instrument, InstrumentTechnique, Technique
from instruments.catalog.present import MODES, PLACES
from instruments.catalog.search_text import normalise
from instruments.catalog.searchable import CONTRIBUTING, Sources
from instruments.database import db

# What an instrument is where a file does not say.
DEFAULTS: Mapping[str, Any] = {
    "status": "in_service", "audience": "partners", "capacity": 1, "original_currency": "CNY",
    "book_currency": "CNY", "measured_quantities": (), "specifications": (), "mode": ("self_operated",),
    "class_code": None, "commissioned_on": None, "retired_on": None, "original_value": None, "book_value": None,
}  # fmt: skip
Techniques = Mapping[str, tuple[int, str, str]]


def write(institution_id: int, new: Sequence[Checked], changed: Sequence[Checked], known: Known) -> None:
    """Insert the new rows (their `target` becomes the new id) and update the changed ones."""
    techniques = _techniques_of([*new, *changed], known)
    sources = Sources(institution_id)
    _insert(institution_id, new, sources, techniques)
    _update(changed, known, sources, techniques)
    _tag(new, changed, techniques)


def _insert(institution_id: int, rows: Sequence[Checked], sources: Sources, techniques: Techniques) -> None:
    if not rows:
        return
    prepared = [
        {"institution_id": institution_id, **_stored(DEFAULTS | row.values, {}, row, sources, techniques)}
        for row in rows
    ]
    thing = Instrument
    last = db.session.scalar(select(func.max(thing.id))) or 0
    db.session.execute(insert(thing), prepared)
    # Asked for afterwards: an insert that returns ids in order goes row by row on SQLite.
    keys = (thing.asset_number, thing.maker, thing.model, thing.serial_number)
    numbers = {
        tuple(key): number
        for number, *key in db.session.execute(
            select(thing.id, *keys).where(thing.institution_id == institution_id, thing.id > last)
        )
    }
    for row, stored in zip(rows, prepared, strict=True):
        row.target = numbers[tuple(stored[key.key] for key in keys)]


def _update(rows: Sequence[Checked], known: Known, sources: Sources, techniques: Techniques) -> None:
    if not rows:
        return
    prepared = []
    # In the order in which everybody takes these locks.
    for row in sorted(rows, key=lambda row: row.target or 0):
        current = known.instruments[row.target or 0]
        stored = _stored({**current, **row.values}, current["national_record"], row, sources, techniques)
        prepared.append(stored | {"this_id": row.target, "version": current["version"] + 1})
    table = Instrument.__table__
    names = prepared[0].keys() - {"this_id"}
    statement = (
        update(table)
        .where(table.c.id == bindparam("this_id"))
        .values({name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names})
    )
    db.session.connection().execute(
        statement,
        [
            {name if name == "this_id" else f"new_{name}": value for name, value in each.items()}
            for each in prepared
        ],
    )


def _stored(
    values: Mapping[str, Any],
    record: Mapping[str, str],
    row: Checked,
    sources: Sources,
    techniques: Techniques,
) -> dict[str, Any]:
    """The columns of the table for these values; texts that nobody gave are empty."""
    stored = {place: values.get(place, "") for place in PLACES}
    stored["city_en"] = stored["city_en"] or sources.cities.get(stored["city_zh"], "")
    stored |= {mode: mode in values["mode"] for mode in MODES}
    stored["measured_quantities"] = list(values["measured_quantities"])
    stored["specifications"] = [
        dict(zip(("name", "value", "unit"), each, strict=True)) for each in values["specifications"]
    ]
    own = {
        place.removeprefix("record."): value
        for place, value in row.values.items()
        if place.startswith("record.")
    }
    merged = {**record, **own, **row.written}
    stored["national_record"] = {key: text for key, text in merged.items() if text}
    tags = (name for key in values.get("techniques", ()) for name in techniques.get(key, (0, "", ""))[1:])
    stored["search_text"] = sources.text({name: stored[name] for name in CONTRIBUTING}, tags)
    return stored


def _techniques_of(rows: Sequence[Checked], known: Known) -> Techniques:
    """{key: (id, English, Chinese)} of every technique, after making those that only these rows name."""
    missing = sorted(
        {key for row in rows for key in row.values.get("techniques", ())} - known.technique_names.keys()
    )
    if missing:
        db.session.execute(insert(Technique), [_technique(key, known.new_techniques[key]) for key in missing])
    tag = Technique
    return {
        key: (number, en, zh)
        for number, key, en, zh in db.session.execute(select(tag.id, tag.key, tag.name_en, tag.name_zh))
    }


def _technique(key: str, names: str) -> dict[str, str]:
    """The row of a new technique: of "English|中文" both, else the one that the letters say."""
    parts = names.split("|")
    chinese = next((part for part in parts if _is_chinese(part)), "")
    english = next((part for part in parts if part != chinese), "")
    return {"key": key, "name_en": english, "name_zh": chinese}


def _is_chinese(text: str) -> bool:
    return any("\u3400" <= letter <= "\u9fff" for letter in normalise(text))


def _tag(new: Sequence[Checked], changed: Sequence[Checked], techniques: Techniques) -> None:
    """Give the rows that name techniques exactly those."""
    retagged = [row for row in changed if "techniques" in row.changes]
    table = InstrumentTechnique.__table__
    if retagged:
        statement = delete(table).where(table.c.instrument_id == bindparam("this_id"))
        db.session.connection().execute(statement, [{"this_id": row.target} for row in retagged])
    links = [
        {"instrument_id": row.target, "technique_id": techniques[key][0]}
        for row in (*new, *retagged)
        for key in row.values.get("techniques", ())
    ]
    if links:
        db.session.execute(insert(InstrumentTechnique), links)
