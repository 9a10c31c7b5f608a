"""What a file would do to the catalogue, row by row: new, changed, same or refused, with every reason. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from instruments.catalog.cells import Unreadable, read, write
from instruments.catalog.columns import BY_KEY, Column
from instruments.catalog.known import Known, NewLab
from instruments.errors import N_, Reason

CELLS_REMEMBERED = 200_000
PROGRESS_EVERY = 500
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Fault:
    """One reason against one cell (or, without a column, against the row)."""

    column: Column | None
    cell: str
    reason: Reason


@dataclass
class Checked:
    """One row of the file. kind: new, changed, same, refused.

    values: {place: value} of its cells that are not empty; written: {key: text} where the national form's cell was
    written otherwise than we would; changes: {key: (old, new)} as text; target: the instrument it is, if any.
    """

    number: int
    kind: str = "same"
    name: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    changes: dict[str, tuple[str, str]] = field(default_factory=dict)
    target: int | None = None
    rounded: bool = False

    def refuse(
        self, column: Column | None, cell: str, code: str, message: str, remedy: str, **values: object
    ) -> None:
        """Add a reason against the row."""
        self.faults.append(Fault(column, cell, Reason(code, column and column.key, message, values, remedy)))


def check_rows(
    columns: Sequence[str],
    rows: Iterable[tuple[int, Sequence[str]]],
    known: Known,
    progress: Progress | None = None,
) -> list[Checked]:
    """Check every row of a file against what is known.

    columns: the keys of the recognised columns, in the order of the cells; rows: (row number, cells).
    progress is told the number of rows checked, every 500.
    """
    sheet = _Sheet([BY_KEY[key] for key in columns], known)
    checked: list[Checked] = []
    for count, (number, cells) in enumerate(rows, start=1):
        checked.append(sheet.check(number, cells))
        if progress and count % PROGRESS_EVERY == 0:
            progress(count)
    return checked


class _Sheet:
    """The columns of one file, what its cells were read as, and which rows claimed which instrument."""

    def __init__(self, columns: Sequence[Column], known: Known) -> None:
        self.columns = columns
        self.known = known
        self.seen: dict[tuple[str, str], Any] = {}
        self.claimed: dict[object, int] = {}

    def check(self, number: int, cells: Sequence[str]) -> Checked:
        """One row, with all its reasons."""
        row = Checked(number)
        for column, cell in zip(self.columns, cells, strict=True):
            if cell:
                self._take(row, column, cell)
        row.name = row.values.get("name_zh") or row.values.get("name_en") or ""
        self._find_target(row)
        current = self.known.instruments[row.target] if row.target is not None else None
        if current is not None:
            row.name = row.name or current["name_zh"] or current["name_en"]
        typed = {column.key: cell for column, cell in zip(self.columns, cells, strict=True)}
        self._check_lab(row, current, typed.get("lab", ""))
        self._check_whole(row, current or {})
        if row.faults:
            row.kind = "refused"
        elif current is None:
            row.kind = "new"
        else:
            self._keep_exact_amount(row, current)
            row.changes = changes(row.values, current, self.known)
            row.kind = "changed" if row.changes else "same"
        return row

    def _take(self, row: Checked, column: Column, cell: str) -> None:
        try:
            value = self._read(column, cell)
        except Unreadable as refused:
            row.faults.append(Fault(column, cell, refused.reason))
            return
        if column.national and not column.in_record and written(column, value, self.known) != cell:
            row.written[column.key] = cell
        if column.place == "original_value" and column.place in row.values:
            self._second_amount(row, column, cell, value)
            if column.kind == "amount_10k":
                return
        row.values[column.place] = cell if column.in_record else value
        if column.place == "original_value":
            row.rounded = column.kind == "amount_10k"

    def _second_amount(self, row: Checked, column: Column, cell: str, value: Any) -> None:
        """The same amount in yuan and in 10,000 yuan: the form's two decimals may round the other."""
        first = row.values["original_value"]
        if abs(first - value) > 50:
            row.refuse(
                column,
                cell,
                "two_values",
                N_("The two columns of the original value disagree: %(one)s and %(other)s yuan."),
                N_("Keep one of them."),
                one=f"{first:.2f}",
                other=f"{value:.2f}",
            )

    def _keep_exact_amount(self, row: Checked, current: Mapping[str, Any]) -> None:
        """The national form rounds to 100 yuan: what is the same after rounding is no change."""
        old, new = current.get("original_value"), row.values.get("original_value")
        if row.rounded and old is not None and new is not None and rounded(old) == rounded(new) == new:
            del row.values["original_value"]

    def _read(self, column: Column, cell: str) -> Any:
        remembered = self.seen.get((column.key, cell))
        if remembered is None:
            try:
                remembered = (True, self._read_anew(column, cell))
            except Unreadable as refused:
                remembered = (False, refused)
            if len(self.seen) < CELLS_REMEMBERED:
                self.seen[column.key, cell] = remembered
        fine, value = remembered
        if not fine:
            raise value
        return value

    def _read_anew(self, column: Column, cell: str) -> Any:
        value = read(column, cell)
        match column.kind:
            case "class":
                return self.known.class_code(str(value))
            case "lab":
                return self.known.lab(str(value))
            case "techniques":
                return self.known.technique_keys(value)
        return value

    def _find_target(self, row: Checked) -> None:
        """Which instrument the row is: by asset number, else by maker, model and serial number."""
        known, values = self.known, row.values
        asset, serial = values.get("asset_number", ""), values.get("serial_number", "")
        triple = (values.get("maker", ""), values.get("model", ""), serial)
        if asset:
            row.target = known.by_asset.get(asset)
        if row.target is None and serial:
            self._find_by_serial(row, triple, asset)
        if not asset and not serial:
            self._find_by_number(row)
        key: object = (
            row.target if row.target is not None else ("asset", asset) if asset else ("serial", triple)
        )
        if row.target is None and not asset and not serial:
            return
        first = self.claimed.setdefault(key, row.number)
        if first != row.number:
            column = BY_KEY["asset_number" if asset else "serial_number" if serial else "id"]
            row.refuse(
                column, asset or serial or str(row.target), "twice",
                N_("Also in row %(row)s."), N_("Keep one row."), row=first,
            )  # fmt: skip

    def _find_by_serial(self, row: Checked, triple: tuple[str, str, str], asset: str) -> None:
        found = self.known.by_serial.get(triple, [])
        if asset:  # an instrument that has another asset number is another instrument
            found = [each for each in found if not self.known.instruments[each]["asset_number"]]
        if len(found) > 1:
            row.refuse(
                BY_KEY["serial_number"], triple[2], "several",
                N_("%(count)s instruments have this maker, model and serial number."), N_("Give the asset number."),
                count=len(found),
            )  # fmt: skip
        elif found:
            row.target = found[0]

    def _find_by_number(self, row: Checked) -> None:
        number = row.values.get("id")
        if number is None:
            if not any(
                fault.column and fault.column.key in ("asset_number", "serial_number") for fault in row.faults
            ):
                row.refuse(
                    BY_KEY["asset_number"], "", "no_key",
                    N_("Empty, and there is no serial number either."),
                    N_("Give one of them, so that the same instrument is found again."),
                )  # fmt: skip
        elif number in self.known.instruments:
            row.target = number
        else:
            row.refuse(
                BY_KEY["id"], str(number), "not_here",
                N_("No instrument of this institution has this number."),
                N_("Leave it empty for a new one, and give an asset number."),
            )  # fmt: skip

    def _check_lab(self, row: Checked, current: Mapping[str, Any] | None, cell: str) -> None:
        """Where a file is for one lab alone: whose the row is and will be."""
        only = self.known.only_lab
        if only is None:
            return
        if current is not None and current["lab_id"] != only:
            row.refuse(
                BY_KEY["lab"], "", "other_lab", N_("This instrument belongs to another lab."),
                N_("Leave the row out; who runs that lab, or the institution, brings it."),
            )  # fmt: skip
        elif row.values.get("lab_id", only) != only:
            row.refuse(
                BY_KEY["lab"], cell, "other_lab", N_("This file is for the lab %(lab)s alone."),
                N_("Leave the cell empty, or name this lab."), lab=self.known.lab_called(only),
            )  # fmt: skip
        elif current is None and not any(fault.column and fault.column.key == "lab" for fault in row.faults):
            row.values["lab_id"] = only

    def _check_whole(self, row: Checked, current: Mapping[str, Any]) -> None:
        """What only several cells together can say."""
        wrong = {fault.column.key for fault in row.faults if fault.column}
        if not current and not wrong & {"name_zh", "name_en"} and not row.name:
            row.refuse(
                BY_KEY["name_zh"],
                "",
                "no_name",
                N_("Empty, and there is no English name either."),
                N_("Give a name."),
            )
        if not current and "lab" not in wrong and "lab_id" not in row.values:
            row.refuse(
                BY_KEY["lab"],
                "",
                "no_lab",
                N_("Empty, but a new instrument needs a lab."),
                N_("Give its name."),
            )
        begins = row.values.get("commissioned_on") or current.get("commissioned_on")
        ends = row.values.get("retired_on") or current.get("retired_on")
        touched = {"commissioned_on", "retired_on"} & row.values.keys()
        if begins and ends and ends < begins and touched:
            column = BY_KEY["retired_on" if "retired_on" in row.values else "commissioned_on"]
            row.refuse(
                column, row.values[column.place].isoformat(), "dates_swapped",
                N_("Retired before it came into service."), N_("Check both dates."),
            )  # fmt: skip


def written(column: Column, value: Any, known: Known) -> str:
    """A value as our export writes it in this column."""
    if column.kind == "lab" and value is not None:
        return value.name if isinstance(value, NewLab) else known.lab_names.get(value, str(value))
    if column.kind == "techniques":
        return write(column, tuple(known.technique_name(key) for key in value or ()))
    return write(column, value)


def rounded(yuan: Decimal) -> Decimal:
    """An amount to the two decimals of 10,000 yuan that the national form has."""
    return yuan.quantize(Decimal("1E2"), ROUND_HALF_UP)


def changes(
    values: Mapping[str, Any], current: Mapping[str, Any], known: Known
) -> dict[str, tuple[str, str]]:
    """{column: (old, new)} as text, for the values that differ from what is there."""
    found: dict[str, tuple[str, str]] = {}
    for place, new in values.items():
        old = current.get(place)
        if place == "id" or new == old or (not new and not old) or _same_words(new, old):
            continue
        column = COLUMN_OF_PLACE[place]
        found[column.key] = (written(column, old, known), written(column, new, known))
    return found


def _same_words(new: object, old: object) -> bool:
    """Line ends and spaces that a file cannot keep are no change."""
    return isinstance(new, str) and isinstance(old, str) and new.split() == old.split()


# The column that a value is shown in; the value in yuan says more than the one in 10,000 yuan.
COLUMN_OF_PLACE: Mapping[str, Column] = {
    column.place: column for column in BY_KEY.values() if column.kind != "amount_10k"
}
