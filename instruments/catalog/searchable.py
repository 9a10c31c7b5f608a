"""Keep the text that instruments are found by true, whichever of the names in it changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select, update

from instruments.catalog.models import Instrument, InstrumentClass, InstrumentTechnique, Technique
from instruments.catalog.revision import raise_catalog
from instruments.catalog.search_text import search_text
from instruments.database import db
from instruments.people.models import Institution, Lab

NAMES = ("name_en", "name_zh")
IDENTIFIERS = ("maker", "model", "serial_number", "asset_number")
CITIES = ("city_en", "city_zh")
# The columns of an instrument that are part of the text; classes, labs and techniques are the rest of it.
CONTRIBUTING = (*NAMES, *IDENTIFIERS, *CITIES, "class_code", "lab_id", "measured_quantities")


class Sources:
    """The names around instruments, read once: labs with their institutions, classes with their parents."""

    def __init__(self, institution_id: int | None = None) -> None:
        self._classes = class_texts()
        self._labs = _lab_texts(institution_id)
        # The English name of a city that labs and institutions of the same one have.
        self.cities = {
            zh: en for texts in self._labs.values() for en, zh in (texts[4:6], texts[6:8]) if zh and en
        }

    def text(self, values: Mapping[str, Any], techniques: Iterable[str] = ()) -> str:
        """The text of one instrument from its columns (see CONTRIBUTING) and the names of its techniques."""
        return search_text(
            names=[values[key] for key in NAMES],
            identifiers=[values[key] for key in IDENTIFIERS],
            places=[*self._labs.get(values["lab_id"], ()), *(values[key] for key in CITIES)],
            classes=self._classes.get(values["class_code"] or "", ()),
            techniques=techniques,
            quantities=values["measured_quantities"] or (),
        )


def place_changed(*, lab_id: int | None = None, institution_id: int | None = None) -> None:
    """A lab or an institution has another name, place or zone: its instruments are found, and open, accordingly."""
    raise_catalog()
    refresh_search_text(lab_id=lab_id, institution_id=institution_id)


def refresh_search_text(
    *,
    lab_id: int | None = None,
    institution_id: int | None = None,
    instrument_ids: Collection[int] | None = None,
) -> None:
    """Write the text anew for the instruments of a lab, of an institution, or these; a constant number of statements.

    Called by every deed that changes a name that instruments are found by.
    """
    thing = Instrument
    chosen = select(thing.id)
    if lab_id is not None:
        chosen = chosen.where(thing.lab_id == lab_id)
    if institution_id is not None:
        chosen = chosen.where(thing.institution_id == institution_id)
    if instrument_ids is not None:
        chosen = chosen.where(thing.id.in_(instrument_ids))
    sources = Sources(institution_id)
    techniques = _technique_names(chosen)
    columns = [thing.id, thing.search_text, *(getattr(thing, name) for name in CONTRIBUTING)]
    rows = [
        {"this_id": row.id, "text": text}
        for row in db.session.execute(select(*columns).where(thing.id.in_(chosen)))
        if (text := sources.text(row._mapping, techniques.get(row.id, ()))) != row.search_text
    ]
    if rows:
        table = thing.__table__
        statement = (
            update(table).where(table.c.id == bindparam("this_id")).values(search_text=bindparam("text"))
        )
        db.session.connection().execute(statement, rows)
        raise_catalog()


def class_texts() -> dict[str, Sequence[str]]:
    """{code: the code and its names, and those of the classes above it}."""
    row = InstrumentClass
    found = {
        code: (code, zh, en, parent)
        for code, zh, en, parent in db.session.execute(
            select(row.code, row.name_zh, row.name_en, row.parent_code)
        )
    }
    texts: dict[str, Sequence[str]] = {}
    for code, (_, zh, en, parent) in found.items():
        names = [code, zh, en]
        while parent:
            _, zh, en, parent = found[parent]
            names += [zh, en]
        texts[code] = names
    return texts


def _lab_texts(institution_id: int | None) -> dict[int, Sequence[str]]:
    lab, institution = Lab, Institution
    question = select(
        lab.id, lab.name_en, lab.name_zh, institution.name_en, institution.name_zh,
        lab.city_en, lab.city_zh, institution.city_en, institution.city_zh,
    ).join(institution, institution.id == lab.institution_id)  # fmt: skip
    if institution_id is not None:
        question = question.where(lab.institution_id == institution_id)
    return {lab_id: names for lab_id, *names in db.session.execute(question)}


def _technique_names(chosen: Any) -> dict[int, list[str]]:
    link = InstrumentTechnique
    found: dict[int, list[str]] = {}
    for instrument_id, en, zh in db.session.execute(
        select(link.instrument_id, Technique.name_en, Technique.name_zh)
        .join(Technique, Technique.id == link.technique_id)
        .where(link.instrument_id.in_(chosen))
        .order_by(link.instrument_id, Technique.id)
    ):
        found.setdefault(instrument_id, []).extend((en, zh))
    return found
