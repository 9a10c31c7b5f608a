"""Which instrument a row is of, among all of its name: columns of files, and words under the name on pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from instruments.errors import N_
from instruments.utilization.asking import INSTITUTION, INSTRUMENT, LAB
from instruments.utilization.naming import Which
from instruments.web.language import in_language

# After the name, in every file of instruments.
WHICH_HEADS = (N_("Institution"), N_("Lab"), N_("Asset number"))
WHICH_WIDTHS = (40, 30, 30, 18)
NOTHING = Which("", "", "", "", "", "", "")


def name_cell(found: Mapping[int, Which], number: int) -> str:
    """What an instrument is called."""
    return named(found.get(number, NOTHING))


def named(which: Which) -> str:
    """Its name in the language of the reader."""
    return in_language(which.name_en, which.name_zh)


def which_cells(which: Which) -> list[str]:
    """The cells under those heads."""
    return [
        in_language(which.institution_en, which.institution_zh), in_language(which.lab_en, which.lab_zh),
        which.asset_number,
    ]  # fmt: skip


def which_words(which: Which, kind: str) -> str:
    """What stands under a name on the page of a place of this kind: what that place does not say already."""
    institution, lab, asset = which_cells(which)
    left_out = {INSTITUTION: (institution,), LAB: (institution, lab), INSTRUMENT: (institution, lab)}
    told: Iterable[str] = (part for part in (institution, lab, asset) if part not in left_out.get(kind, ()))
    return " · ".join(filter(None, told))
