"""What the doors of qualifications share: the blueprint, whose page it is, and what forms say."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, TypeVar

from flask import Blueprint
from werkzeug.datastructures import FileStorage

from instruments.catalog.listed_files import Listed
from instruments.catalog.models import Instrument
from instruments.catalog.views.uploads import to_read
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.people.models import Institution, Lab
from instruments.qualifications.list_reading import QUALIFICATIONS, read_list
from instruments.qualifications.needs import LEVEL_WORDS

pages = Blueprint("qualifications", __name__)
Thing = TypeVar("Thing", Lab, Instrument, Institution)


@pages.context_processor
def words_of_levels() -> dict[str, Any]:
    """The words of levels, for the templates."""
    return {"level_words": LEVEL_WORDS}


def the(kind: type[Thing], number: int) -> Thing:
    """The lab, instrument or institution of an address; raises NotFound."""
    found = db.session.get(kind, number)
    if found is None:
        raise NotFound([Reason("not_found", None, N_("There is nothing at this address."))])
    return found


def rows_sent(
    file: FileStorage, kind: Listed = QUALIFICATIONS, left_out: Collection[str] = ()
) -> list[dict[str, Any]]:
    """The rows of a list that was sent, as `read_list` gives them, read in a process of its own. Raises Refusal."""
    with to_read(file) as path:
        return read_list(path, kind, left_out)


def with_expires_on(act: Callable[[], object]) -> None:
    """Do what names the last day of an admission, where qualifications and admissions call it by one name."""
    try:
        act()
    except Refusal as refusal:
        if refusal.status != Refusal.status:
            raise
        raise Refusal(
            [
                replace(each, field="expires_on" if each.field == "valid_until" else each.field)
                for each in refusal.reasons
            ]
        ) from refusal
