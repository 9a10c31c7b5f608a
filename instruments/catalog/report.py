"""The report of a check or an import as JSON: counts, the refused by row and column, the changed from old to new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from instruments.catalog.checking import Checked, Fault
from instruments.catalog.known import Known, NewLab
from instruments.errors import Reason

KINDS = ("refused", "new", "changed", "same")
# What is listed; the counts always cover everything.
MOST_LISTED = 20_000


def report_of(table: Mapping[str, Any], rows: Sequence[Checked], known: Known) -> dict[str, Any]:
    """What the page and the command show. Reasons stay untranslated: their reader comes later."""
    kinds = {kind: [row for row in rows if row.kind == kind] for kind in KINDS}
    counts = {kind: len(found) for kind, found in kinds.items()}
    counts["cells"] = sum(len(row.changes) for row in kinds["changed"])
    counts["faults"] = sum(len(row.faults) for row in kinds["refused"])
    return {
        "file": {name: table.get(name) for name in ("sheet", "encoding", "delimiter", "header_row", "columns", "unknown")},
        "counts": counts,
        "refused": [_fault(row, fault) for row in kinds["refused"] for fault in row.faults][:MOST_LISTED],
        "changed": [
            {
                "row": row.number, "name": row.name, "id": row.target,
                "version": known.instruments[row.target or 0]["version"],
                "cells": [{"column": key, "old": old, "new": new} for key, (old, new) in row.changes.items()],
            }
            for row in kinds["changed"]
        ][:MOST_LISTED],
        "new": [{"row": row.number, "name": row.name, "lab": _lab(row, known)} for row in kinds["new"]][:MOST_LISTED],
        "labs": _new_labs(kinds["new"] + kinds["changed"]),
    }  # fmt: skip


def _fault(row: Checked, fault: Fault) -> dict[str, Any]:
    return {
        "row": row.number,
        "name": row.name,
        "column": fault.column.key if fault.column else "",
        "cell": fault.cell[:200],
        "reason": {
            "code": fault.reason.code,
            "message": fault.reason.message,
            "remedy": fault.reason.remedy,
            "values": {name: _plain(value) for name, value in fault.reason.values.items()},
        },
    }


def reason_of(kept: Mapping[str, Any]) -> Reason:
    """The reason that a report keeps."""
    return Reason(kept["code"], kept.get("field"), kept["message"], kept["values"], kept["remedy"])


def _plain(value: object) -> object:
    return value if isinstance(value, (int, str)) else str(value)


def _lab(row: Checked, known: Known) -> str:
    lab = row.values.get("lab_id")
    return lab.name if isinstance(lab, NewLab) else known.lab_names.get(lab or 0, "")


def _new_labs(rows: Sequence[Checked]) -> list[str]:
    return list(
        dict.fromkeys(
            row.values["lab_id"].name for row in rows if isinstance(row.values.get("lab_id"), NewLab)
        )
    )
