"""Where what a row lacks is mended: the page of its instrument, use, outputs or charges, and the field there. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from instruments.reports.checking import Lack
from instruments.reports.sources import (
    AT_CHARGES,
    AT_INSTITUTION,
    AT_INSTRUMENT,
    AT_OUTPUTS,
    AT_PERSON,
    AT_USE,
    SOURCES,
    Source,
)

_PAGES: Mapping[str, Callable[[Mapping[str, int | None]], str]] = {
    AT_INSTRUMENT: lambda of: f"/instruments/{of['instrument']}/edit",
    AT_OUTPUTS: lambda of: f"/instruments/{of['instrument']}/outputs",
    AT_USE: lambda of: f"/uses/{of['use']}",
    # People change their own profile; the use shows who it is.
    AT_PERSON: lambda of: f"/uses/{of['use']}",
    AT_CHARGES: lambda of: f"/labs/{of['lab']}/charges/missing",
    AT_INSTITUTION: lambda of: f"/institutions/{of['institution']}",
}
# What a page needs to be found.
_NEEDS = {
    AT_INSTRUMENT: "instrument", AT_OUTPUTS: "instrument", AT_USE: "use", AT_PERSON: "use", AT_CHARGES: "lab",
    AT_INSTITUTION: "institution",
}  # fmt: skip
# What comes before the name of a field in its place on a page; pages open the part in which it is.
_FIELDS = {AT_USE: "said-", AT_INSTRUMENT: "f-"}


def mended_at(
    rows: str, source: str, lack: Lack, key: str, instrument_id: int | None, lab_id: int | None, institution_id: int
) -> str:  # fmt: skip
    """The address at which a lack of a row is mended; "" where it can only be entered with the report.

    rows: what the rows of the sheet are; source: of the column; key: of the row.
    """
    whence = SOURCES[rows].get(source, Source("", ""))
    where = lack.mend or whence.mend
    if where == AT_USE and not key.startswith("use:"):
        where = AT_INSTRUMENT
    of = {
        "instrument": instrument_id, "lab": lab_id, "institution": institution_id,
        "use": int(key.split(":")[1]) if key.startswith("use:") else None,
    }  # fmt: skip
    if not where or of[_NEEDS[where]] is None:
        return ""
    field = whence.field if where == whence.mend else ""
    return at_field(_PAGES[where](of), where, field)


def at_field(page: str, where: str, field: str) -> str:
    """A page, opened at one of its fields; the page itself where none is named."""
    return f"{page}?field={field}#{_FIELDS[where]}{field}" if field else page


def acceptance_at(instrument_id: int) -> str:
    """Where the day of acceptance of an instrument is entered."""
    return at_field(_PAGES[AT_INSTRUMENT]({"instrument": instrument_id}), AT_INSTRUMENT, "commissioned_on")
