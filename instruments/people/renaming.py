"""What people needs of the floor above when a lab or an institution is called otherwise, lies elsewhere or keeps another time.

Instruments are found by the names and places of their lab and institution, and open by the lab's clock. The catalogue
stands on people, so people says here whom to tell, and app.py, which knows every room, hands it in.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

MATTERS = frozenset({"name_en", "name_zh", "city_en", "city_zh", "zone"})


class Tell(Protocol):
    """Bring what is kept of the instruments of a lab or an institution up to date, in the transaction of the deed."""

    def __call__(self, *, lab_id: int | None = None, institution_id: int | None = None) -> None: ...


_handed_in: list[Tell] = []


def use(tell: Tell) -> None:
    """Hand in whom to tell; called once by the application."""
    _handed_in[:] = [tell]


def lab_changed(lab_id: int, columns: Collection[str]) -> None:
    """A lab was changed in these columns."""
    if MATTERS.intersection(columns):
        _handed_in[0](lab_id=lab_id)


def institution_changed(institution_id: int, columns: Collection[str]) -> None:
    """An institution was changed in these columns."""
    if MATTERS.intersection(columns):
        _handed_in[0](institution_id=institution_id)
