"""Written feeds, kept in memory under their tags: many programs ask for the same one, and writing is dear."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

MOST_BYTES = 32 * 1024 * 1024

_bodies: OrderedDict[str, bytes] = OrderedDict()
_lock = Lock()


def body(tag: str, make: Callable[[], bytes]) -> bytes:
    """The body under this tag, made if it is not kept; those asked for longest ago are dropped for room."""
    with _lock:
        if (found := _bodies.get(tag)) is not None:
            _bodies.move_to_end(tag)
            return found
    made = make()
    with _lock:
        _bodies[tag] = made
        while len(_bodies) > 1 and sum(map(len, _bodies.values())) > MOST_BYTES:
            _bodies.popitem(last=False)
    return made


def forget() -> None:
    """Drop everything that is kept: for measurements."""
    with _lock:
        _bodies.clear()
