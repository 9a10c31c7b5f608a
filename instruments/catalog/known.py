"""What a file is checked against: classes, labs, techniques and instruments that are there, and what lies nearest."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from instruments.catalog.cells import Unreadable, plain
from instruments.errors import N_

# Looking for the nearest name takes milliseconds; a file of nonsense must not take minutes.
MOST_NEAREST = 150


@dataclass
class NewLab:
    """A lab that an import makes."""

    name: str


@dataclass
class Known:
    """What there is before a file comes in; plain values only.

    classes: {code: (Chinese, English)}; labs: {plain name: id}; lab_names: {id: name to write}; labs_called: {id:
    "English / Chinese"};
    techniques: {plain name: key}; technique_names: {key: "English|中文"}; instruments: {id: {place: value}} of the institution.
    only_lab: the lab whose instruments alone a file may bring.
    """

    classes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    labs: Mapping[str, int] = field(default_factory=dict)
    lab_names: Mapping[int, str] = field(default_factory=dict)
    labs_called: Mapping[int, str] = field(default_factory=dict)
    techniques: Mapping[str, str] = field(default_factory=dict)
    technique_names: Mapping[str, str] = field(default_factory=dict)
    instruments: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    create_labs: bool = False
    only_lab: int | None = None
    new_labs: dict[str, str] = field(default_factory=dict)
    new_techniques: dict[str, str] = field(default_factory=dict)
    _nearest_left: int = MOST_NEAREST

    def __post_init__(self) -> None:
        self._class_codes = {plain(name): code for code, names in self.classes.items() for name in names}
        self.by_asset = {
            row["asset_number"]: number for number, row in self.instruments.items() if row["asset_number"]
        }
        self.by_serial: dict[tuple[str, str, str], list[int]] = {}
        for number, row in self.instruments.items():
            if row["serial_number"]:
                self.by_serial.setdefault((row["maker"], row["model"], row["serial_number"]), []).append(
                    number
                )

    def says_the_same_as(self, earlier: Known) -> bool:
        """Whether a file would be checked against this as it was against the earlier one."""
        return all(
            getattr(self, name) == getattr(earlier, name)
            for name in ("instruments", "labs", "lab_names", "techniques", "technique_names", "classes")
        )

    def class_code(self, text: str) -> str:
        """The code of a class by its code or either name; Unreadable with the nearest one."""
        found = re.match(r"\d{5,6}(?!\d)", text)
        # A workbook that took the code for a number has dropped its leading zero.
        code = found[0].zfill(6) if found else self._class_codes.get(plain(text), "")
        code = "990000" if code == "999999" else code
        if code in self.classes:
            return code
        near = self._nearest_class(text, code)
        message = N_("No such class.")
        if not near:
            raise Unreadable("no_such_class", message, N_("Look it up in docs/catalog-template.md."))
        zh, en = self.classes[near]
        raise Unreadable(
            "no_such_class",
            message,
            N_("Nearest: %(nearest)s."),
            nearest=f"{near} {zh} {en}",
            nearest_code=near,
        )

    def lab(self, text: str) -> int | NewLab:
        """The lab by either name, or one to be made where that was asked; Unreadable with the nearest one."""
        name = plain(text)
        if name in self.labs:
            return self.labs[name]
        if self.create_labs:
            return NewLab(self.new_labs.setdefault(name, text))
        near = self._closest(name, self.labs)
        message = N_("No such lab in this institution.")
        if near:
            nearest = self.lab_called(self.labs[near])
            raise Unreadable("no_such_lab", message, N_("Did you mean %(nearest)s?"), nearest=nearest)
        raise Unreadable("no_such_lab", message, N_("Add the lab first, or let the import add it."))

    def lab_called(self, number: int) -> str:
        """The name of a lab in a reason: in both languages where it has both, of which each reads theirs."""
        return self.labs_called.get(number) or self.lab_names[number]

    def technique_keys(self, names: Sequence[str]) -> tuple[str, ...]:
        """The keys of techniques by either name ("English|中文" names both), sorted; unknown ones become new."""
        return tuple(sorted({self._technique_key(name) for name in names}))

    def technique_name(self, key: str) -> str:
        """How a technique is written in a file."""
        return self.technique_names.get(key) or self.new_techniques.get(key, key)

    def _technique_key(self, name: str) -> str:
        parts = [part.strip() for part in name.split("|") if part.strip()] or [name]
        for part in parts:
            key = self.techniques.get(plain(part))
            if key:
                return key
        key = plain(parts[0])
        self.new_techniques.setdefault(key, "|".join(parts))
        return key

    def _nearest_class(self, text: str, code: str) -> str:
        if code:
            return max(
                (each for each in self.classes if not each.endswith("00")),
                key=lambda each: (_shared(each, code), -abs(int(each) - int(code))),
                default="",
            )
        return self._class_codes.get(self._closest(plain(text), self._class_codes), "")

    def _closest(self, text: str, names: Collection[str]) -> str:
        if self._nearest_left <= 0:
            return ""
        self._nearest_left -= 1
        return next(iter(difflib.get_close_matches(text[:80], names, 1, 0.5)), "")


def _shared(one: str, other: str) -> int:
    """How many leading digits two codes share."""
    return next((place for place in range(6) if one[place] != other[place]), 6)
