"""Bring the rows of a file into the catalogue: checked again inside the deed, written in sets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from instruments.catalog import writing
from instruments.catalog.capacity import lower_capacities
from instruments.catalog.checking import Checked, check_rows
from instruments.catalog.known import Known, NewLab
from instruments.catalog.present import known_of
from instruments.catalog.revision import lock_all, raise_catalog
from instruments.database import db
from instruments.errors import N_
from instruments.journal.record import entry, record_many
from instruments.people.making_labs import add_labs
from instruments.people.models import Institution

# The columns that decide whether, and by how many, an instrument can be booked.
TOUCHES_TIME = {"status", "capacity", "lab"}


@dataclass
class Outcome:
    """What an import did: every row as it was treated, the labs it made, and the instruments the file speaks of."""

    rows: list[Checked]
    known: Known
    labs: Mapping[str, int] = field(default_factory=dict)
    instrument_ids: list[int] = field(default_factory=list)


def import_rows(
    institution: Institution,
    columns: Sequence[str],
    rows: Sequence[tuple[int, Sequence[str]]],
    *,
    actor_id: int | None,
    now: datetime,
    create_labs: bool = False,
    only_lab: int | None = None,
    agreed: Mapping[int, int] | None = None,
    run_id: int | None = None,
) -> Outcome:
    """Add the new and change the changed; refused rows are left out and none sinks the others.

    columns, rows: as `check_rows` takes them. agreed: {instrument: version} of what somebody saw would be
    changed and agreed to; what was changed by others since is left out and says so. The catalogue is locked
    first, so that what is checked is what is written. The number of statements does not grow with the rows.
    """
    known, checked = _check_and_lock(
        columns, rows, lambda: known_of(institution, create_labs=create_labs, only_lab=only_lab)
    )
    if agreed is not None:
        _leave_out_changed_since(checked, known, agreed)
    new = [row for row in checked if row.kind == "new"]
    changed = [row for row in checked if row.kind == "changed"]
    labs = _make_labs(institution, [*new, *changed], known, actor_id, now)
    lower_capacities(changed, known)
    changed = [row for row in changed if row.kind == "changed"]
    writing.write(institution.id, new, changed, known)
    _record(institution.id, new, changed, known, run_id, actor_id, now)
    ids = [row.target for row in checked if row.target is not None and row.kind != "refused"]
    return Outcome(checked, known, labs, ids)


def _check_and_lock(
    columns: Sequence[str], rows: Sequence[tuple[int, Sequence[str]]], look: Callable[[], Known]
) -> tuple[Known, list[Checked]]:
    """The checked rows, under the locks of the catalogue and of the calendars that they touch.

    Everybody takes calendars before the catalogue, but which calendars a file touches is known only when it is
    checked. So where it touches any, the catalogue is let go again (a savepoint gives its lock back) and taken after
    the calendars; if anything was changed in between, the rows are checked once more.
    """
    with db.session.begin_nested() as attempt:
        raise_catalog()
        known = look()
        checked = check_rows(columns, rows, known)
        if touched := calendars_touched(checked):
            attempt.rollback()
    if touched:
        lock_all(touched)
        raise_catalog()
        present = look()
        if not present.says_the_same_as(known):
            known, checked = present, check_rows(columns, rows, present)
    return known, checked


def calendars_touched(rows: Iterable[Checked]) -> list[int]:
    """The instruments whose time the changed rows touch."""
    return sorted(row.target for row in rows if row.target is not None and TOUCHES_TIME & row.changes.keys())


def _leave_out_changed_since(checked: Sequence[Checked], known: Known, agreed: Mapping[int, int]) -> None:
    for row in checked:
        if (
            row.kind == "changed"
            and agreed.get(row.target or 0) != known.instruments[row.target or 0]["version"]
        ):
            row.kind = "refused"
            row.refuse(
                None, "", "changed_since",
                N_("Somebody changed this instrument after the file was checked."),
                N_("Check the file again, then decide."),
            )  # fmt: skip


def _make_labs(
    institution: Institution, rows: Sequence[Checked], known: Known, actor_id: int | None, now: datetime
) -> dict[str, int]:
    """Make the labs that these rows name and put their ids in; a lab of refused rows alone is not made."""
    wanted = dict.fromkeys(
        row.values["lab_id"].name for row in rows if isinstance(row.values.get("lab_id"), NewLab)
    )
    ids = dict(zip(wanted, add_labs(institution, list(wanted), actor_id=actor_id, now=now), strict=True))
    for row in rows:
        if isinstance(lab := row.values.get("lab_id"), NewLab):
            row.values["lab_id"] = ids[lab.name]
    known.lab_names = {**known.lab_names, **{number: name for name, number in ids.items()}}
    return ids


def _record(
    institution_id: int,
    new: Sequence[Checked],
    changed: Sequence[Checked],
    known: Known,
    run_id: int | None,
    actor_id: int | None,
    now: datetime,
) -> None:
    """One journal entry for each instrument that was touched, with what it was before."""
    added = (
        entry(
            now=now, actor_id=actor_id, deed="instrument.added", thing=("instrument", row.target or 0),
            institution_id=institution_id, lab_id=row.values["lab_id"],
            detail={"name": row.name, "import_run": run_id},
        )
        for row in new
    )  # fmt: skip
    edited = (
        entry(
            now=now, actor_id=actor_id, deed="instrument.changed", thing=("instrument", row.target or 0),
            institution_id=institution_id,
            lab_id=row.values.get("lab_id") or known.instruments[row.target or 0]["lab_id"],
            detail={"changes": row.changes, "import_run": run_id},
        )
        for row in changed
    )  # fmt: skip
    record_many([*added, *edited])
