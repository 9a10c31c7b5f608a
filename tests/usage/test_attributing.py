"""Whose it was what meters saw: tables of cases, and what holds of any reports in any order."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.timespan import merge
from instruments.usage.attributing import Holder, Piece, allotted, turns

H = 3600


def at(hour: float) -> int:
    return int(hour * H)


def there(
    key: str, start: float, end: float, seen=None, user: int | None = None, came: bool = True
) -> Holder:
    return Holder(key, at(start), at(end), user, seen and (at(seen[0]), at(seen[1])), came)


# A run, who could have been there, and who answers for which part of it, and why.
WHO = [
    ("within one", (10, 11), [there("a", 9, 12)], [("a", 10, 11, "time")]),
    ("over two", (9, 17), [there("a", 9, 11), there("b", 11, 17)], [("a", 9, 11, "time"), ("b", 11, 17, "time")]),
    ("goes on until the next begins", (10, 16), [there("a", 9, 11), there("b", 15, 16)],
     [("a", 10, 15, "time"), ("b", 15, 16, "time")]),
    ("a little early", (8.5, 10), [there("a", 9, 11)], [("a", 8.5, 10, "time")]),
    ("exactly an hour early", (8, 10), [there("a", 9, 11)], [("a", 8, 10, "time")]),
    ("much too early", (6, 10), [there("a", 9, 11)], [(None, 6, 9, "nobody"), ("a", 9, 10, "time")]),
    ("before it, not into it", (8, 9), [there("a", 9, 11)], [(None, 8, 9, "nobody")]),
    ("long after", (13, 14), [there("a", 9, 11)], [(None, 13, 14, "nobody")]),
    ("nobody there", (13, 14), [], [(None, 13, 14, "nobody")]),
    # (a) of the fault: within an hour of somebody's end is a guess, and says so.
    ("soon after", (11.5, 12), [there("a", 9, 11)], [("a", 11.5, 12, "near")]),
    ("as it ends", (11, 12), [there("a", 9, 11)], [("a", 11, 12, "near")]),
    ("as it ends, and seen until then", (11, 12), [there("a", 9, 11, seen=(10, 11))], [("a", 11, 12, "time")]),
    ("exactly an hour after", (12, 13), [there("a", 9, 11)], [(None, 12, 13, "nobody")]),
    ("soon after whoever did not come", (11.5, 12), [there("a", 9, 11, came=False)], [(None, 11.5, 12, "nobody")]),
    ("soon after one, into the next", (11.5, 13), [there("a", 9, 11), there("b", 12, 14)],
     [("b", 11.5, 12, "near"), ("b", 12, 13, "time")]),
    ("long after one, into the next", (12.5, 14), [there("a", 9, 11), there("b", 13, 14)], [("b", 12.5, 14, "time")]),
    ("after both", (13.5, 14), [there("a", 9, 11), there("b", 11, 13)], [("b", 13.5, 14, "near")]),
    ("two at the same time", (9, 12), [there("a", 9, 12), there("b", 10, 11)],
     [("a", 9, 10, "time"), ("b", 10, 11, "time"), ("a", 11, 12, "time")]),
    ("known to be there in another's time", (9, 12), [there("a", 8, 11, seen=(8, 11)), there("b", 10, 12)],
     [("a", 9, 11, "time"), ("b", 11, 12, "time")]),
    ("over midnight", (23, 26), [there("a", 22, 24), there("b", 25, 27)], [("a", 23, 25, "time"), ("b", 25, 26, "time")]),
]  # fmt: skip


@pytest.mark.parametrize(("case", "run", "holders", "expected"), WHO, ids=[case[0] for case in WHO])
def test_whose_a_run_is(case, run, holders, expected) -> None:
    found = turns((at(run[0]), at(run[1])), holders)
    assert [(turn.holder, turn.span[0] / H, turn.span[1] / H, turn.why) for turn in found] == expected


def piece(number: int, start: float, end: float, source: str = "m", user: int | None = None) -> Piece:
    return Piece(number, at(start), at(end), source, user)


# Several reports, who could have been there, places, and whose time comes of it.
TOGETHER = [
    ("(b): overlapping reports are one run", [piece(1, 12, 13), piece(2, 12.5, 13.5)], [], 1,
     [(None, 12, 13.5)]),
    ("adjoining reports are one run", [piece(1, 12, 13), piece(2, 13, 14)], [], 1, [(None, 12, 14)]),
    ("of two meters, too", [piece(1, 12, 13), piece(2, 12.5, 13.5, "n")], [], 1, [(None, 12, 13.5)]),
    ("apart they are two", [piece(1, 12, 13), piece(2, 13.1, 14)], [], 1, [(None, 12, 13), (None, 13.1, 14)]),
    ("one bridges what lay near with whose it was", [piece(1, 11.5, 12), piece(2, 10.5, 11.5)], [there("a", 9, 11)], 1,
     [("a", 10.5, 12)]),
    ("one bridges two reservations", [piece(1, 10, 10.5), piece(2, 12.5, 13), piece(3, 10.4, 12.6)],
     [there("a", 9, 11), there("b", 12, 13)], 1, [("a", 10, 12), ("b", 12, 13)]),
    ("one shows that what was a little early was not", [piece(1, 11.2, 12.5), piece(2, 10.5, 11.3)], [there("b", 12, 13)], 1,
     [(None, 10.5, 12), ("b", 12, 12.5)]),
    ("who is named is believed", [piece(1, 9, 10, user=7), piece(2, 12, 13, user=7)], [there("a", 9, 11, user=7)], 1,
     [("a", 9, 10), (None, 12, 13)]),
    ("who is named has no part in others' reservations", [piece(1, 9, 10, user=7)], [there("a", 9, 11, user=8)], 1,
     [(None, 9, 10)]),
    ("near the own reservation is a use of its own", [piece(1, 11.5, 12, user=7)], [there("a", 9, 11, user=7)], 1,
     [(None, 11.5, 12)]),
    ("others' reports of a time of which one names the user", [piece(1, 12, 13, user=7), piece(2, 12.5, 13.5, "n")], [], 1,
     [(None, 12, 13), ("named:7:43200:", 12.5, 13.5)]),
    ("several places: one meter, one run", [piece(1, 12, 13), piece(2, 12.5, 13.5), piece(3, 12, 13, "n")], [], 3,
     [(None, 12, 13), (None, 12, 13.5)]),
    ("several places: whose it was if nobody else was near", [piece(1, 9, 10)], [there("a", 9, 11)], 3, [("a", 9, 10)]),
    ("several places: nobody's if two were", [piece(1, 9, 10)], [there("a", 9, 11), there("b", 8, 9)], 3, [(None, 9, 10)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("case", "pieces", "holders", "places", "expected"), TOGETHER, ids=[case[0] for case in TOGETHER]
)
def test_whose_reports_are_together(case, pieces, holders, places, expected) -> None:
    assert _runs(allotted(pieces, holders, places)) == sorted(
        ((key or "", at(start), at(end)) for key, start, end in expected),
        key=lambda each: (each[1], each[0], each[2]),
    )


def _runs(parts) -> list[tuple[str, int, int]]:
    """Whose time comes of them: (holder, start, end), what is of the same run together."""
    found: dict[tuple, list] = {}
    for part in parts:
        own = part.holder or (part.piece.user_id, part.run)
        found.setdefault((part.holder or "", own), []).append(part.span)
    runs = [(key, start, end) for (key, _), spans in found.items() for start, end in merge(spans)]
    return sorted(runs, key=lambda each: (each[1], each[0], each[2]))


SPANS = st.tuples(st.integers(0, 40), st.integers(1, 12)).map(
    lambda each: (each[0] * 900, (each[0] + each[1]) * 900)
)
PIECES = st.lists(
    st.tuples(SPANS, st.sampled_from("mn"), st.sampled_from([None, None, 7, 8])), min_size=1, max_size=8
).map(
    lambda found: [Piece(place, *span, source, user) for place, (span, source, user) in enumerate(found, 1)]
)
HOLDERS = st.lists(
    st.tuples(SPANS, st.sampled_from([7, 8, 9]), st.booleans(), st.booleans()), max_size=5
).map(
    lambda found: [
        Holder(f"h{place}", *span, user, span if seen else None, came)
        for place, (span, user, seen, came) in enumerate(found)
    ]
)


@given(PIECES, HOLDERS, st.sampled_from([1, 3]), st.integers(0, 99))
def test_the_order_of_reports_does_not_matter(pieces, holders, places, seed) -> None:
    shuffled = random.Random(seed).sample(pieces, len(pieces))
    assert _runs(allotted(pieces, holders, places)) == _runs(allotted(shuffled, holders[::-1], places))


@given(PIECES, HOLDERS, st.sampled_from([1, 3]))
def test_each_report_is_divided_without_rest(pieces, holders, places) -> None:
    by_piece: dict[Piece, list] = {}
    for part in allotted(pieces, holders, places):
        by_piece.setdefault(part.piece, []).append(part.span)
    assert set(by_piece) == set(pieces)
    for each, spans in by_piece.items():
        spans = sorted(spans)
        assert (spans[0][0], spans[-1][1]) == (each.start, each.end)
        assert all(one[1] == other[0] for one, other in pairwise(spans))


@given(PIECES.map(lambda pieces: [each._replace(user_id=None) for each in pieces]), HOLDERS)
def test_of_one_place_nothing_counts_twice(pieces, holders) -> None:
    runs = _runs(allotted(pieces, holders))
    assert sum(end - start for _, start, end in runs) == sum(
        end - start for start, end in merge((each.start, each.end) for each in pieces)
    )


@given(PIECES, HOLDERS)
def test_cut_in_two_or_said_twice_a_report_says_the_same(pieces, holders) -> None:
    first, *others = pieces
    half = (first.start + first.end) // 2
    halves = [first._replace(end=half), first._replace(number=99, start=half), first._replace(number=98)]
    assert _runs(allotted(pieces, holders)) == _runs(allotted([*halves, *others], holders))


@given(PIECES, HOLDERS)
def test_only_what_is_known_is_not_flagged(pieces, holders) -> None:
    for part in allotted([each._replace(user_id=None) for each in pieces], holders):
        whose = next((each for each in holders if each.key == part.holder), None)
        assert (whose is None) == (part.why == "nobody")
        if (
            part.why == "time"
            and whose is not None
            and not (whose.start < part.span[1] and whose.end > part.span[0])
        ):
            runs = merge((each.start, each.end) for each in pieces)
            run = next(each for each in runs if each[0] <= part.span[0] < each[1])
            assert (run[0] < whose.end and run[1] > whose.start) or (whose.seen or (0, 0))[1] == run[0]
