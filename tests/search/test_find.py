"""Searching finds what a plain look at every instrument finds, in a constant number of statements."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from instruments.catalog.models import Instrument, InstrumentClass, Technique
from instruments.catalog.search_text import normalise, search_text
from instruments.database import db
from instruments.people.audience import admits, customer_class
from instruments.people.rights import Actor
from instruments.reservations.timetable import spans
from instruments.search import find as finding
from instruments.search import soonest
from instruments.search.find import find
from instruments.search.loosening import ways
from instruments.search.question import FACETS, MODES, Question, read
from tests.world import World

SHANGHAI = ZoneInfo("Asia/Shanghai")
WORDS = ("raman", "laser", "probe", "光谱", "cryo")
CODES = ("010410", "010409", "010101", "020201", None)
WEEKS = ("24/7", "mon-fri 08:00-18:00", "mon-sun 20:00-02:00", None)
AUDIENCES = ("lab", "institution", "partners", "companies")


def ask(now: datetime, **given: str | list[str]) -> Question:
    values = {name: value if isinstance(value, list) else [value] for name, value in given.items()}
    question, reasons = read(values, now, SHANGHAI)
    assert reasons == []
    return question


def actor_in(lab: Any, kind: str = "university", **values: Any) -> Actor:
    return Actor(person_id=1, institution_id=lab.institution_id, institution_kind=kind, **values)


def build(world: World, chance: random.Random, now: datetime, count: int) -> list[Instrument]:
    """Instruments that differ in everything that a question can ask."""
    labs = [world.lab(city_en=city, city_zh=city) for city in ("Xi’an", "Baoji", "")]
    techniques = [Technique(name_en=name, name_zh=name, key=name) for name in ("sem", "xrd")]
    db.session.add_all(techniques)
    db.session.commit()
    user = world.person(labs[0].institution)
    found = []
    for number in range(count):
        words = chance.sample(WORDS, 2)
        name = f"{words[0]} {words[1]} {number}"
        thing = world.instrument(
            chance.choice(labs), week=chance.choice(WEEKS), name_en=name, name_zh="", class_code=chance.choice(CODES),
            audience=chance.choice(AUDIENCES), search_text=search_text(names=[name]),
            status=chance.choice(("in_service", "in_service", "limited", "down", "retired")),
            techniques=chance.sample(techniques, chance.randint(0, 2)),
            **{mode: chance.random() < 0.5 for mode in MODES},
        )  # fmt: skip
        start = now + timedelta(hours=chance.randint(0, 5))
        world.reservation(thing, user, start, start + timedelta(hours=chance.randint(1, 30)))
        found.append(thing)
    return found


def fits(thing: Instrument, question: Question, actor: Actor | None, but: str = "") -> bool:
    """One instrument against a question, asked one part after the other."""
    chosen = {facet: values for facet, values in question.chosen.items() if facet != but}
    code = thing.class_code or ""
    levels = [code[:2] + "0000", code[:4] + "00", code]
    city = thing.city_en or thing.lab.city_en or thing.institution.city_en
    has = {
        "class": set(levels) if code else set(),
        "institution": {str(thing.institution_id)},
        "city": {city} if city else set(),
        "technique": {str(each.id) for each in thing.techniques},
        "mode": {mode for mode in MODES if getattr(thing, mode)},
    }
    return (
        thing.status != "retired"
        and all(word in normalise(thing.name_en) for word in normalise(question.words).split())
        and all(has[facet] & set(values) for facet, values in chosen.items())
        and (but == "open_to_me" or not question.open_to_me or actor is None or can_be_had(thing, actor))
    )


def can_be_had(thing: Instrument, actor: Actor | None) -> bool:
    open_hours = spans([thing.id], 0, 1, datetime(1970, 1, 1, tzinfo=UTC))[
        thing.id
    ].thing.calendar.hours.published()
    circle = actor and customer_class(actor, thing.institution_id, thing.lab_id)
    return (
        open_hours
        and thing.status not in ("down", "retired")
        and (circle is None or admits(thing.audience, circle))
    )


def first_free(thing: Instrument, question: Question, actor: Actor | None, now: datetime) -> int | None:
    """The first free moment with room for the length, out of the timetable of this one instrument."""
    if not can_be_had(thing, actor):
        return None
    since, until = question.window.seconds
    length = round(question.length.total_seconds())
    time = spans([thing.id], since, until, now)[thing.id]
    if length > time.thing.rules.longest:
        return None
    for start, end in time.free:
        if end - start >= length:
            return start
    return None


QUESTIONS: list[dict[str, Any]] = [
    {},
    {"q": "raman"},
    {"q": "laser raman", "sort": "relevance"},
    {"class": ["010000"], "hours": "3"},
    {"class": ["010410", "020000"], "mode": ["remote", "guided"]},
    {"city": ["Baoji"], "q": "光谱"},
    {"open_to_me": "1", "hours": "12"},
    {"institution": ["INSTITUTION"], "technique": ["TECHNIQUE"]},
    {"hours": "80", "until": "2027-03-04"},
]


@pytest.mark.parametrize(("seed", "page", "first_asked"), [(1, 20, 120), (2, 4, 2), (3, 10, 5)])
def test_finding_equals_a_look_at_every_instrument(
    world: World, now: datetime, monkeypatch: pytest.MonkeyPatch, seed: int, page: int, first_asked: int
) -> None:
    monkeypatch.setattr(finding, "PAGE", page)
    monkeypatch.setattr(soonest, "ASKED_FOR_TWENTY", first_asked)
    things = build(world, random.Random(seed), now, 40)
    technique = db.session.scalar(select(Technique.id))
    lab = things[0].lab
    for actor in (
        None,
        actor_in(lab),
        actor_in(lab, "company", lab_ids=frozenset({lab.id})),
        actor_in(world.lab(), "company"),
    ):
        for given in QUESTIONS:
            wanted = {
                name: [str({"INSTITUTION": lab.institution_id, "TECHNIQUE": technique}.get(value, value)) for value in values]
                if isinstance(values, list) else values
                for name, values in given.items()
            }  # fmt: skip
            question = ask(now, **({"until": "2027-03-06"} | wanted))
            check(things, question, actor, now)


def check(things: list[Instrument], question: Question, actor: Actor | None, now: datetime) -> None:
    found = find(question, actor, now)
    matching = [thing for thing in things if fits(thing, question, actor)]
    assert found.total == len(matching)
    free = {thing.id: first_free(thing, question, actor, now) for thing in matching}
    shown = [hit.instrument_id for hit in found.hits]
    assert len(shown) == len(set(shown)) == min(len(matching), finding.PAGE)
    assert set(shown) <= set(free)
    starts = [int(hit.span.start.timestamp()) for hit in found.hits if hit.span]
    assert {
        hit.instrument_id: int(hit.span.start.timestamp()) for hit in found.hits if hit.span
    }.items() <= free.items()
    if question.sort == "earliest":
        expected = sorted(start for start in free.values() if start is not None)
        assert starts == expected[: finding.PAGE]
        assert found.none_free is (not expected)
    for hit in found.hits:
        if hit.span is None:
            assert free[hit.instrument_id] is None
            assert (hit.obstacle == "not_free") is can_be_had(
                db.session.get_one(Instrument, hit.instrument_id), actor
            )
    check_counts(things, question, actor, found)


def check_counts(
    things: list[Instrument], question: Question, actor: Actor | None, found: finding.Found
) -> None:
    """Every count is what would match with that value alone in its facet."""
    for facet in FACETS:
        for choice in found.facets[facet]:
            alone = replace(question, chosen={**question.chosen, facet: (choice.value,)})
            assert choice.count == sum(fits(thing, alone, actor) for thing in things), (facet, choice)
            assert choice.chosen is (choice.value in question.values(facet))
    for choice in found.facets["open_to_me"]:
        alone = replace(question, open_to_me=True)
        assert choice.count == sum(fits(thing, alone, actor) for thing in things)


def test_pages_follow_one_another_without_gap_or_repetition(world: World, now: datetime) -> None:
    build(world, random.Random(3), now, 50)
    question = ask(now)
    pages = [find(replace(question, page=number), None, now) for number in (1, 2, 3)]
    ids = [hit.instrument_id for page in pages for hit in page.hits]
    assert len(ids) == len(set(ids)) == pages[0].total
    starts = [hit.span.start for page in pages for hit in page.hits if hit.span]
    assert starts == sorted(starts)


@pytest.mark.parametrize(
    "given", [{}, {"q": "raman", "sort": "relevance"}, {"class": "010000", "hours": "2"}]
)
def test_the_number_of_statements_does_not_grow(
    world: World, now: datetime, statements: list[str], given: dict[str, str]
) -> None:
    def counted(count: int) -> int:
        build_plain(world, now, count)
        question = ask(now, **given)
        find(question, None, now)  # reads the catalogue, which has just changed
        statements.clear()
        find(question, None, now)
        return len(statements)

    assert counted(3) == counted(60)


def build_plain(world: World, now: datetime, count: int) -> None:
    lab = world.lab()
    user = world.person(lab.institution)
    for number in range(count):
        thing = world.instrument(
            lab, name_en=f"raman {number}", search_text=f"raman {number}", class_code="010410"
        )
        world.reservation(thing, user, now + timedelta(hours=number % 7))


def test_the_best_match_is_by_name_then_model_then_class(world: World, now: datetime) -> None:
    lab = world.lab()

    def thing(**values: Any) -> int:
        texts = [values.get("name_en", ""), values.get("model", ""), "raman spectrometers"]
        return world.instrument(lab, **({"name_zh": ""} | values), search_text=search_text(names=texts)).id

    by_class = thing(name_en="Spectrometer", class_code="010410")
    by_model = thing(name_en="Spectrometer two", model="Raman-7")
    within = thing(name_en="MicroRaman")
    later = thing(name_en="Confocal Raman microscope")
    first = thing(name_en="Raman microscope")
    found = find(ask(now, q="Raman", sort="relevance"), None, now)
    assert [hit.instrument_id for hit in found.hits] == [first, later, by_model, within, by_class]


def test_wildcards_are_plain_characters(world: World, now: datetime) -> None:
    lab = world.lab()
    thing = world.instrument(
        lab, name_en="100% humid_chamber", search_text=search_text(names=["100% humid_chamber"])
    )
    world.instrument(lab, name_en="100 humid chamber", search_text=search_text(names=["100 humid chamber"]))
    for query in ("100%", "humid_chamber"):
        assert [hit.instrument_id for hit in find(ask(now, q=query), None, now).hits] == [thing.id]
    assert find(ask(now, q="\\"), None, now).total == 0


def test_chinese_is_found_by_characters_pinyin_and_initials(world: World, now: datetime) -> None:
    thing = world.instrument(name_zh="拉曼光谱仪", search_text=search_text(names=["拉曼光谱仪"]))
    world.instrument(name_zh="电镜", search_text=search_text(names=["电镜"]))
    for query in ("拉曼", "lamanguangpuyi", "lmgpy", "光谱 拉曼"):
        assert [hit.instrument_id for hit in find(ask(now, q=query), None, now).hits] == [thing.id]


def test_a_change_of_the_catalogue_is_seen_at_once(world: World, now: datetime) -> None:
    assert find(ask(now), None, now).total == 0
    thing = world.instrument()
    assert find(ask(now), None, now).total == 1
    world.closure(thing, now, now + timedelta(days=7))
    found = find(ask(now), None, now)
    assert (found.none_free, found.hits[0].obstacle) == (True, "not_free")


class TestNothingFound:
    def test_each_filter_is_offered_to_be_given_up_with_what_it_hides(
        self, world: World, now: datetime
    ) -> None:
        lab = world.lab(city_en="Baoji", city_zh="宝鸡")
        for number in range(3):
            world.instrument(
                lab,
                name_en=f"raman {number}",
                search_text=f"raman {number}",
                class_code="010410",
                guided=True,
            )
        question = ask(now, q="raman cryo", **{"class": "010410", "city": "Baoji"})
        offered = ways(find(question, None, now), None, now)
        assert [(way.kind, way.value, way.count) for way in offered] == [("q", "cryo", 3)]
        question = ask(now, q="raman", mode="remote", city="Baoji")
        offered = ways(find(question, None, now), None, now)
        assert [(way.kind, way.value, way.count) for way in offered] == [("mode", "remote", 3)]
        assert find(offered[0].question, None, now).total == 3

    def test_a_slip_of_the_pen_is_mended(self, world: World, now: datetime) -> None:
        world.instrument(class_code="010410", search_text="raman spectrometers")
        offered = ways(find(ask(now, q="spectrometrs"), None, now), None, now)
        assert offered[0].kind == "spelling"
        assert offered[0].value == "spectrometers"
        assert find(offered[0].question, None, now).total == 1

    def test_the_longest_gap_and_the_nearest_later_one_are_shown(self, world: World, now: datetime) -> None:
        thing = world.instrument(week="mon-sun 08:00-12:30")
        user = world.person()
        world.reservation(thing, user, now, now + timedelta(hours=1))
        question = ask(now, hours="4.5", until="2027-03-01")
        found = find(question, None, now)
        assert found.none_free
        shorter, later = ways(found, None, now)
        assert (shorter.kind, shorter.question.length) == ("length", timedelta(hours=3, minutes=30))
        assert find(shorter.question, None, now).hits[0].span is not None
        assert later.kind == "later"
        assert later.hit is not None
        assert later.hit.span is not None
        assert later.hit.span.start == datetime(2027, 3, 2, 8, tzinfo=SHANGHAI)
        again, _ = read({name: [value] for name, value in later.question.pairs()}, now, SHANGHAI)
        assert find(again, None, now).hits[0].span == later.hit.span

    def test_nothing_is_offered_when_something_was_found(self, world: World, now: datetime) -> None:
        world.instrument()
        assert ways(find(ask(now), None, now), None, now) == []


def test_class_codes_of_the_list_are_all_in_the_tree(world: World, now: datetime) -> None:
    world.instrument(class_code="010410")
    names = dict(db.session.execute(select(InstrumentClass.code, InstrumentClass.name_en)).all())
    found = find(ask(now), None, now)
    assert [(choice.value, choice.count) for choice in found.facets["class"]] == [("010000", 1)]
    narrower = find(ask(now, **{"class": "010000"}), None, now)
    assert [(each.value, each.count) for each in narrower.facets["class"]] == [("010000", 1), ("010400", 1)]
    assert names["010400"] == narrower.facets["class"][1].name.en


def test_strangers_are_offered_everything_that_can_be_had_at_all(world: World, now: datetime) -> None:
    thing = world.instrument(audience="lab")
    assert find(ask(now), None, now).hits[0].span is not None
    outsider = actor_in(world.lab(), "company")
    assert find(ask(now), outsider, now).hits[0].obstacle == "not_open"
    assert thing.id in {hit.instrument_id for hit in find(ask(now), outsider, now).hits}
