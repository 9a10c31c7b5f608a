"""The seven-day strip: a bar a day, hatched when closed, never too low to see."""

from __future__ import annotations

from instruments.web.strip import strip_paths


def day(share: float, closed: bool = False) -> dict[str, object]:
    """One day of a strip."""
    return {"letter": "M", "words": "Mon", "share": share, "closed": closed}


def test_bars_grow_with_what_is_free() -> None:
    assert strip_paths([day(0.2), day(1)]).fill == "M0 15v-3h25v3M27 15v-15h25v15"


def test_a_little_is_still_seen_and_nothing_draws_nothing() -> None:
    assert strip_paths([day(0.01)]).fill == "M0 15v-1.5h25v1.5"
    assert strip_paths([day(0)]).fill == ""


def test_a_closed_day_is_hatched_not_filled() -> None:
    strip = strip_paths([day(0.5), day(0.5, closed=True)])
    assert strip.closed.startswith("M27 5l")
    assert strip.fill.count("M") == 1


def test_letters_stand_under_their_bars_and_words_are_joined() -> None:
    strip = strip_paths([day(0.5), day(0.5)])
    assert (strip.letters, strip.places, strip.words) == ("MM", "12.5 39.5", "Mon; Mon")
