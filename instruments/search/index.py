"""The catalogue as sets, kept in memory while it stays the same: bit n of every set is the n-th instrument."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import or_
from typing import NamedTuple, TypeAlias

from sqlalchemy import select

from instruments.availability.calendar import calendars
from instruments.catalog.kept import Kept
from instruments.catalog.models import Instrument, InstrumentClass, InstrumentTechnique, Technique
from instruments.catalog.revision import catalog_number
from instruments.catalog.search_text import normalise
from instruments.database import db
from instruments.people.customer import SCHOLARLY
from instruments.people.models import Institution, Lab
from instruments.people.rights import Actor
from instruments.reservations.bookable import bookables
from instruments.search.question import MODES

Members: TypeAlias = int
"""A set of instruments as one whole number; counting and cutting 4,000 of them takes less than a microsecond."""


class Name(NamedTuple):
    """A name in both languages; either may be empty."""

    en: str
    zh: str


@dataclass(frozen=True, eq=False)
class CatalogIndex:
    """Which instruments (not retired) have which property, as of a revision of the catalogue.

    by_facet: {facet: {value: members}}, values as they stand in addresses, classes with their whole subtree;
    names: the words of each value; titles: for each instrument its names, its model and maker, its class and
    techniques, normalised, each part after a line break.
    """

    number: int
    ids: Sequence[int]
    position: Mapping[int, int]
    by_facet: Mapping[str, Mapping[str, Members]]
    names: Mapping[str, Mapping[str, Name]]
    by_lab: Mapping[int, Members]
    by_audience: Mapping[str, Members]
    class_parent: Mapping[str, str | None]
    titles: Sequence[Sequence[str]]
    down: Members
    published: Members

    @property
    def everything(self) -> Members:
        """All instruments."""
        return (1 << len(self.ids)) - 1

    def members(self, instrument_ids: Iterable[int]) -> Members:
        """The set of these instruments; unknown ones are left out."""
        marks = bytearray(len(self.ids) // 8 + 1)
        for instrument_id in instrument_ids:
            place = self.position.get(instrument_id)
            if place is not None:
                marks[place >> 3] |= 1 << (place & 7)
        return int.from_bytes(marks, "little")

    def ids_of(self, members: Members) -> list[int]:
        """The instruments of a set, by ascending id."""
        return [self.ids[place] for place in places(members)]

    def contains(self, members: Members, instrument_id: int) -> bool:
        """Whether an instrument is in the set."""
        place = self.position.get(instrument_id)
        return place is not None and bool(members >> place & 1)

    def any_of(self, facet: str, values: Iterable[str]) -> Members:
        """The instruments that have any of these values."""
        sets = self.by_facet[facet]
        return reduce(or_, (sets.get(value, 0) for value in values), 0)

    def admitting(self, actor: Actor | None) -> Members:
        """The instruments whose audience includes the actor; a stranger, who may belong anywhere, is in all of them."""
        if actor is None:
            return self.everything
        circles = self.by_audience
        open_to_own = circles["institution"] | circles["partners"] | circles["companies"]
        found = circles["companies"]
        if actor.institution_kind in SCHOLARLY:
            found |= circles["partners"]
        if actor.institution_id is not None:
            found |= open_to_own & self.by_facet["institution"].get(str(actor.institution_id), 0)
        return reduce(or_, (self.by_lab.get(lab_id, 0) for lab_id in actor.lab_ids), found)

    def bookable(self, actor: Actor | None) -> Members:
        """The instruments that the actor could book at some time: admitted, in service, with published hours."""
        return self.admitting(actor) & self.published & ~self.down


def places(members: Members) -> Iterator[int]:
    """The numbers of the bits that are set, ascending."""
    for byte_number, byte in enumerate(members.to_bytes((members.bit_length() + 7) // 8, "little")):
        while byte:
            lowest = byte & -byte
            yield (byte_number << 3) + lowest.bit_length() - 1
            byte ^= lowest


_kept: Kept[CatalogIndex] = Kept()


def catalog_index() -> CatalogIndex:
    """The index of the catalogue as it is now, or while another thread reads a change of it, as it was before.

    One small statement, and a reading of all only when it has changed.
    """
    number = catalog_number()
    return _kept.about(number, lambda: _load(number))


class _Sets:
    """Sets that grow instrument by instrument; one shift and one addition each would copy the whole set."""

    def __init__(self, size: int) -> None:
        self.size = size // 8 + 1
        self.marks: defaultdict[object, bytearray] = defaultdict(lambda: bytearray(self.size))

    def add(self, value: object, place: int) -> None:
        self.marks[value][place >> 3] |= 1 << (place & 7)

    def done(self) -> dict[object, Members]:
        return {value: int.from_bytes(marks, "little") for value, marks in self.marks.items()}


def _load(number: int) -> CatalogIndex:
    bookables(number)  # so that who finds the new index need not wait for the rest of what a search asks
    thing = Instrument
    rows = db.session.execute(
        select(
            thing.id, thing.institution_id, thing.lab_id, thing.class_code, thing.audience, thing.status,
            thing.self_operated, thing.guided, thing.delegated, thing.remote,
            thing.name_en, thing.name_zh, thing.maker, thing.model,
            thing.city_en, thing.city_zh, Lab.city_en, Lab.city_zh, Institution.city_en, Institution.city_zh,
        )
        .join(Lab, Lab.id == thing.lab_id)
        .join(Institution, Institution.id == thing.institution_id)
        .where(thing.status != "retired")
        .order_by(thing.id)
    ).all()  # fmt: skip
    position = {row[0]: place for place, row in enumerate(rows)}
    classes, parents, ancestry = _classes()
    techniques, tagged = _techniques(position)
    sets = {facet: _Sets(len(rows)) for facet in ("class", "institution", "city", "technique", "mode")}
    labs, audiences, statuses = _Sets(len(rows)), _Sets(len(rows)), _Sets(len(rows))
    cities: dict[str, Name] = {}
    subjects = {code: _lines(*name) for code, name in classes.items()}
    titles = []
    for place, row in enumerate(rows):
        for code in ancestry.get(row[3], ()):
            sets["class"].add(code, place)
        sets["institution"].add(str(row[1]), place)
        city = _city(row[14:])
        if city:
            cities.setdefault(city.en or city.zh, city)
            sets["city"].add(city.en or city.zh, place)
        for mode, offered in zip(MODES, row[6:10], strict=True):
            if offered:
                sets["mode"].add(mode, place)
        labs.add(row[2], place)
        audiences.add(row[4], place)
        statuses.add(row[5], place)
        titles.append([_lines(*row[10:12]), _lines(row[13], row[12]), subjects.get(row[3], "")])
    spoken = {technique: _lines(*name) for technique, name in techniques.items()}
    for technique, place in tagged:
        sets["technique"].add(technique, place)
        titles[place][2] += spoken[technique]
    in_audience = audiences.done()
    return CatalogIndex(
        number=number,
        ids=[row[0] for row in rows],
        position=position,
        by_facet={facet: grown.done() for facet, grown in sets.items()},
        names={"class": classes, "institution": _institutions(), "city": cities, "technique": techniques},
        by_lab=labs.done(),
        by_audience={
            circle: in_audience.get(circle, 0) for circle in ("lab", "institution", "partners", "companies")
        },
        class_parent=parents,
        titles=titles,
        down=statuses.done().get("down", 0),
        published=_published(number, position),
    )


# Most of a catalogue reads the same after a change as before it.
@lru_cache(maxsize=50_000)
def _lines(*texts: str) -> str:
    return "".join(f"\n{normalise(text)}" for text in texts if text)


def _classes() -> tuple[dict[str, Name], dict[str, str | None], dict[str | None, list[str]]]:
    """The names of all classes, the parent of each, and each with all those above it."""
    names: dict[str, Name] = {}
    parents: dict[str, str | None] = {}
    kind = InstrumentClass
    rows = db.session.execute(
        select(kind.code, kind.parent_code, kind.name_en, kind.name_zh).order_by(kind.code)
    )
    for code, parent, name_en, name_zh in rows:
        names[code], parents[code] = Name(name_en, name_zh), parent
    ancestry: dict[str | None, list[str]] = {}
    for code in names:
        line, at = [], code
        while at:
            line.append(at)
            at = parents.get(at) or ""
        ancestry[code] = line
    return names, parents, ancestry


def _techniques(position: Mapping[int, int]) -> tuple[dict[str, Name], list[tuple[str, int]]]:
    rows = db.session.execute(select(Technique.id, Technique.name_en, Technique.name_zh))
    names = {str(technique_id): Name(name_en, name_zh) for technique_id, name_en, name_zh in rows}
    tag = InstrumentTechnique
    tags = db.session.execute(select(tag.instrument_id, tag.technique_id))
    return names, [(str(technique), position[thing]) for thing, technique in tags if thing in position]


def _institutions() -> dict[str, Name]:
    rows = db.session.execute(select(Institution.id, Institution.name_en, Institution.name_zh))
    return {str(number): Name(name_en, name_zh) for number, name_en, name_zh in rows}


def _city(names: Sequence[str]) -> Name | None:
    """The instrument's city, else its lab's, else its institution's."""
    for name_en, name_zh in zip(names[::2], names[1::2], strict=True):
        if name_en or name_zh:
            return Name(name_en, name_zh)
    return None


def _published(number: int, position: Mapping[int, int]) -> Members:
    grown = _Sets(len(position))
    open_ones: dict[int, bool] = {}
    for instrument_id, calendar in calendars(number).items():
        place = position.get(instrument_id)
        if place is None:
            continue
        if open_ones.setdefault(id(calendar), calendar.published()):
            grown.add(True, place)
    return grown.done().get(True, 0)
