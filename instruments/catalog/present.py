"""What is in the catalogue of an institution now, as the plain values that files are checked against and written from."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from instruments.catalog.cells import plain
from instruments.catalog.columns import BY_KEY, COLUMNS
from instruments.catalog.known import Known
from instruments.catalog.models import Instrument, InstrumentClass, InstrumentTechnique, Technique
from instruments.database import db
from instruments.people.models import Institution, Lab

MODES = ("self_operated", "guided", "delegated", "remote")
VIRTUAL = {"mode", "techniques"}
# The columns of the table that a file can fill, in the template's order.
PLACES = tuple(
    dict.fromkeys(
        column.place for column in COLUMNS if not column.in_record and column.place not in {*VIRTUAL, "id"}
    )
)


def known_of(
    institution: Institution,
    *,
    create_labs: bool = False,
    instrument_id: int | None = None,
    only_lab: int | None = None,
) -> Known:
    """Everything a file of this institution is checked against, in a constant number of statements.

    With an instrument_id only this instrument is among the known ones.
    """
    techniques = _techniques()
    labs, lab_names, labs_called = _labs(institution.id)
    return Known(
        classes=classes(),
        labs=labs,
        lab_names=lab_names,
        labs_called=labs_called,
        techniques={plain(part): key for key, en, zh in techniques for part in (key, en, zh) if part},
        technique_names={key: _both(en, zh) for key, en, zh in techniques},
        instruments=instruments_of(institution.id, instrument_id),
        create_labs=create_labs,
        only_lab=only_lab,
    )


def instruments_of(institution_id: int, instrument_id: int | None = None) -> dict[int, dict[str, Any]]:
    """{id: {place: value}}: the columns, "record.<key>" of the national form, mode and techniques as tuples, version."""
    thing = Instrument
    columns = [getattr(thing, place) for place in PLACES]
    tagged = _tags(institution_id, instrument_id)
    chosen = thing.institution_id == institution_id
    if instrument_id is not None:
        chosen &= thing.id == instrument_id
    return {
        row[0]: _values(row, tagged.get(row[0], ()))
        for row in db.session.execute(
            select(
                thing.id,
                thing.version,
                thing.national_record,
                *(getattr(thing, mode) for mode in MODES),
                *columns,
            )
            .where(chosen)
            .order_by(thing.id)
        )
    }


def _values(row: Row[Any], techniques: tuple[str, ...]) -> dict[str, Any]:
    number, version, record, *rest = row
    modes, values = rest[: len(MODES)], rest[len(MODES) :]
    found: dict[str, Any] = dict(zip(PLACES, values, strict=True))
    found["id"], found["version"], found["national_record"] = number, version, record
    found["mode"] = tuple(mode for mode, chosen in zip(MODES, modes, strict=True) if chosen)
    found["techniques"] = techniques
    found["measured_quantities"] = tuple(found["measured_quantities"] or ())
    found["specifications"] = tuple(
        (each.get("name", ""), each.get("value", ""), each.get("unit", ""))
        for each in found["specifications"] or ()
    )
    for key, value in (record or {}).items():
        if key in BY_KEY and BY_KEY[key].in_record:
            found[f"record.{key}"] = str(value)
    return found


def classes() -> dict[str, tuple[str, str]]:
    """{code: (Chinese name, English name)} of every class."""
    row = InstrumentClass
    return {code: (zh, en) for code, zh, en in db.session.execute(select(row.code, row.name_zh, row.name_en))}


def _labs(institution_id: int) -> tuple[dict[str, int], dict[int, str], dict[int, str]]:
    """Labs by plain name, the name each is written with, and how reasons call those with two names of their own."""
    found: dict[str, int] = {}
    names: dict[int, str] = {}
    called: dict[int, str] = {}
    for number, en, zh in db.session.execute(
        select(Lab.id, Lab.name_en, Lab.name_zh).where(Lab.institution_id == institution_id).order_by(Lab.id)
    ):
        for name in filter(None, (zh, en)):
            found.setdefault(plain(name), number)
        # Labs that share a name are told apart by their number, so that what is written is read again as the same.
        own = [name for name in (zh, en) if name and found[plain(name)] == number]
        names[number] = next(iter(own), f"{zh or en} #{number}")
        if own == [zh, en] and zh != en:
            called[number] = f"{en} / {zh}"
        found.setdefault(plain(names[number]), number)
    return found, names, called


def _techniques() -> list[Any]:
    row = Technique
    return list(db.session.execute(select(row.key, row.name_en, row.name_zh).order_by(row.id)))


def _both(en: str, zh: str) -> str:
    return "|".join(dict.fromkeys(part for part in (en, zh) if part))


def _tags(institution_id: int, instrument_id: int | None) -> dict[int, tuple[str, ...]]:
    link = InstrumentTechnique
    chosen = Instrument.institution_id == institution_id
    if instrument_id is not None:
        chosen &= Instrument.id == instrument_id
    found: dict[int, list[str]] = {}
    for number, key in db.session.execute(
        select(link.instrument_id, Technique.key)
        .join(Technique, Technique.id == link.technique_id)
        .join(Instrument, Instrument.id == link.instrument_id)
        .where(chosen)
    ):
        found.setdefault(number, []).append(key)
    return {number: tuple(sorted(keys)) for number, keys in found.items()}
